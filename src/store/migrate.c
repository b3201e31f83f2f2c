/* migrate.c: the tables, as a list of steps from one version of them to the next.
 *
 * A step and the version it leads to (user_version) are committed together, so a server killed
 * half-way begins the same step anew. A step that was ever released is never changed. */
#include <errno.h>
#include <stdio.h>

#include "store/state.h"

/* heads: where a room stands. It is apart from `rooms` because it changes with every message, and a
 * hundred heads fit a page. From seq `whole_from` on, every event of the room has a row: a reader
 * that finds one missing knows that the file is damaged.
 * events: key room << 40 | seq. client_ids is for loading the newest ids at start, newest first; it
 * grows at its end, where an index by author and id would touch a page per message. It is not
 * UNIQUE: an id may come again once the hub has forgotten it, and that must not stop the server.
 * doomed: deleted rooms, some of whose events are still there. */
/* How many rows a table has, and the sum of their sums: kept by SQLite beside every change of a
 * row, so that load.c notices rows that damage took away or brought back. */
#define TOTALS_OF(table)                                                                           \
    "INSERT INTO totals SELECT '" table "', count(*), ifnull(sum(crc), 0) FROM " table ";"         \
    "CREATE TRIGGER " table "_added AFTER INSERT ON " table " BEGIN"                               \
    "  UPDATE totals SET row_count = row_count + 1, crc_sum = crc_sum + new.crc"                   \
    "  WHERE name = '" table "'; END;"                                                             \
    "CREATE TRIGGER " table "_removed AFTER DELETE ON " table " BEGIN"                             \
    "  UPDATE totals SET row_count = row_count - 1, crc_sum = crc_sum - old.crc"                   \
    "  WHERE name = '" table "'; END;"                                                             \
    "CREATE TRIGGER " table "_changed AFTER UPDATE OF crc ON " table " BEGIN"                      \
    "  UPDATE totals SET crc_sum = crc_sum - old.crc + new.crc WHERE name = '" table "'; END;"

static const char *const steps[] = {
    "CREATE TABLE counters ("
    "  one INTEGER PRIMARY KEY, next_user INTEGER NOT NULL, next_room INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE rooms ("
    "  number INTEGER PRIMARY KEY, hex INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    "  flags INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, maker INTEGER NOT NULL,"
    "  maker_name TEXT NOT NULL, crc INTEGER NOT NULL, topic TEXT NOT NULL,"
    "  topic_crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE heads ("
    "  room INTEGER PRIMARY KEY, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL, whole_from INTEGER NOT NULL, whole_crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE events ("
    "  id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind INTEGER NOT NULL,"
    "  speech INTEGER NOT NULL, author INTEGER NOT NULL, crc INTEGER NOT NULL,"
    "  author_name TEXT NOT NULL, client_id TEXT, text TEXT NOT NULL) STRICT;"
    "CREATE INDEX client_ids ON events (time_ms) WHERE client_id IS NOT NULL;"
    "CREATE TABLE doomed (room INTEGER PRIMARY KEY) STRICT;",

    /* The columns that rooms, heads and events gain enter their sums only where they are not 0 or
     * empty: rows of version 1 stay as they are, and adding columns touches none of them.
     * events: target is a key of the same table, changed the seq of the last edit or removal.
     * heads: what lies below seq `first` was trimmed.
     * doomed: with `below`, only what lies below this seq goes.
     * reactions: those that stand, for counting; what was said of them is in events. No sum: a
     * wrong count harms nobody.
     * purges: events that count as removed until their texts are gone; first and last are keys of
     * events, identity 0 is anybody's, seq what `changed` will be.
     * ties: key room << 32 | account. restraints: key room << 40 | number. */
    "ALTER TABLE rooms ADD COLUMN secret TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE rooms ADD COLUMN slow_seconds INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN retention_days INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN retention_count INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX kept ON rooms (number) WHERE retention_days > 0 OR retention_count > 0;"
    "ALTER TABLE heads ADD COLUMN first INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE heads ADD COLUMN first_crc INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN identity INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN target INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE events ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX edits ON events (target) WHERE kind = 2;"
    "ALTER TABLE doomed ADD COLUMN below INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE reactions ("
    "  target INTEGER NOT NULL, identity INTEGER NOT NULL, text TEXT NOT NULL,"
    "  PRIMARY KEY (target, identity, text)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE purges ("
    "  id INTEGER PRIMARY KEY, room INTEGER NOT NULL, identity INTEGER NOT NULL,"
    "  since_ms INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL) STRICT;"
    "CREATE INDEX purges_of ON purges (room);"
    "CREATE TABLE epochs ("
    "  room INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, crc INTEGER NOT NULL,"
    "  PRIMARY KEY (room, epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE accounts ("
    "  number INTEGER PRIMARY KEY, flags INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, skeleton TEXT NOT NULL,"
    "  verifier TEXT NOT NULL, scram TEXT NOT NULL) STRICT;"
    "CREATE TABLE tokens ("
    "  hash BLOB PRIMARY KEY, account INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tokens_of ON tokens (account);"
    "CREATE INDEX tokens_end ON tokens (until_ms) WHERE until_ms > 0;"
    "CREATE TABLE ties ("
    "  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, role INTEGER NOT NULL,"
    "  joined INTEGER NOT NULL, read INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT;"
    "CREATE INDEX ties_of ON ties (account);"
    "CREATE TABLE restraints ("
    "  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, subject INTEGER NOT NULL,"
    "  account INTEGER NOT NULL, until_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,"
    "  author_name TEXT NOT NULL) STRICT;"
    "CREATE INDEX restraints_of ON restraints (account) WHERE subject = 0;"
    "CREATE TABLE audit ("
    "  id INTEGER PRIMARY KEY, room INTEGER NOT NULL, author INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL, crc INTEGER NOT NULL, author_name TEXT NOT NULL,"
    "  action TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL) STRICT;"
    "CREATE INDEX audit_of ON audit (room);",

    SEARCH_MIGRATION,

    "CREATE TABLE totals ("
    "  name TEXT PRIMARY KEY, row_count INTEGER NOT NULL, crc_sum INTEGER NOT NULL)"
    "  STRICT, WITHOUT ROWID;" TOTALS_OF("rooms") TOTALS_OF("epochs") TOTALS_OF("accounts")
        TOTALS_OF("tokens") TOTALS_OF("ties") TOTALS_OF("restraints"),

    /* onces: the client ids of a day in the order of time; entry: see once.c, which knows the
     * function too. The index is for removals. */
    "CREATE TABLE onces ("
    "  n INTEGER PRIMARY KEY, id INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  entry BLOB NOT NULL) STRICT;"
    "CREATE INDEX onces_of ON onces (id);"
    "INSERT INTO onces (id, time_ms, entry)"
    "  SELECT id, time_ms,"
    "    once_entry(id, time_ms, identity, client_id, iif(changed = 0, text, NULL))"
    "  FROM events WHERE client_id IS NOT NULL AND time_ms >"
    "    (SELECT max(time_ms) FROM events WHERE client_id IS NOT NULL) - 86400000"
    "  ORDER BY time_ms, id;"
    "DROP INDEX client_ids;",

    /* leaving: accounts that are gone, some of whose ties and restraints are still there. */
    "CREATE TABLE leaving (account INTEGER PRIMARY KEY) STRICT;",
    /* Of tokens that have names; they enter a row's sum only where number is not 0. */
    "ALTER TABLE tokens ADD COLUMN number INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tokens ADD COLUMN scopes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tokens ADD COLUMN room INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tokens ADD COLUMN speaker INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE tokens ADD COLUMN shown TEXT NOT NULL DEFAULT '';",

    /* facts: what people and rooms say of themselves, all of one owner in one row; id is
     * FACT_OWNER() of chat/fact.h. */
    "CREATE TABLE facts ("
    "  id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, text TEXT NOT NULL) STRICT;" TOTALS_OF(
        "facts"),

    /* webhooks: outgoing ones, of which there are few. Up to seq of epoch all is delivered. */
    "CREATE TABLE webhooks ("
    "  number INTEGER PRIMARY KEY, room INTEGER NOT NULL, maker INTEGER NOT NULL,"
    "  epoch INTEGER NOT NULL, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL, maker_name TEXT NOT NULL, url TEXT NOT NULL,"
    "  secret BLOB NOT NULL) STRICT;" TOTALS_OF("webhooks"),

    /* What rooms gain enters their sums only where it is not 0 or empty. secrets: one row. */
    "ALTER TABLE rooms ADD COLUMN made_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN topic_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN topic_by TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE rooms ADD COLUMN member_limit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE rooms ADD COLUMN forward INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE secrets ("
    "  one INTEGER PRIMARY KEY, crc INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;",
};

enum { STEPS = sizeof steps / sizeof steps[0] };

static int step_take(struct store *store, int version) {
    char text[128];
    int result = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (result == SQLITE_OK) result = sqlite3_exec(store->db, steps[version], NULL, NULL, NULL);
    if (result == SQLITE_OK) {
        snprintf(text, sizeof text, "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT",
                 version + 1, APPLICATION_ID);
        result = sqlite3_exec(store->db, text, NULL, NULL, NULL);
    }
    return result;
}

static int version_find(struct store *store, int64_t *version, struct store_error *error) {
    int64_t application = 0;
    if (connect_number(store->db, "PRAGMA user_version", version) != SQLITE_OK ||
        connect_number(store->db, "PRAGMA application_id", &application) != SQLITE_OK) {
        return store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                                  "cannot read parlance.db");
    }
    if (*version != 0 && application != APPLICATION_ID) {
        return store_blame(error, STORE_CANNOT, EINVAL,
                           "%s/parlance.db is not a database of this program", store->folder);
    }
    if (*version < 0 || *version > STEPS) {
        return store_blame(error, STORE_NEWER, EINVAL,
                           "%s/parlance.db has tables of version %lld, this program knows version "
                           "%d: start the newer program",
                           store->folder, (long long)*version, (int)STEPS);
    }
    return 0;
}

int store_migrate(struct store *store, struct store_error *error) {
    int64_t version = 0;
    int found = version_find(store, &version, error);
    if (found < 0) return found;
    if (version < STEPS && once_define(store) != SQLITE_OK)
        return store_blame(error, STORE_CANNOT, ENOMEM, "no memory for SQLite");
    for (; version < STEPS; version++) {
        if (step_take(store, (int)version) != SQLITE_OK) {
            char what[96];
            snprintf(what, sizeof what, "cannot bring parlance.db to version %d", (int)version + 1);
            return store_blame_sqlite(error, STORE_CANNOT, trouble_of(store->db), what);
        }
    }
    return 0;
}
