/* statements.c: what the writing handle says to SQLite, prepared once when the store is opened. */
#include "base/check.h"
#include "store/state.h"

const char *const write_texts[STATEMENTS] = {
    [BEGIN_BATCH] = "BEGIN IMMEDIATE",
    [COMMIT_BATCH] = "COMMIT",
    [ROLLBACK_BATCH] = "ROLLBACK",
    [KEEP_IMPORTED] = "UPDATE rooms SET flags = flags & ~512 WHERE flags & 512",
    [PAGE_COUNT] = "PRAGMA page_count",
    [INSERT_EVENT] = "INSERT INTO events (" ROW_EVENT_COLUMNS ")"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [REPLACE_ROOM] =
        "REPLACE INTO rooms (number, hex, epoch, flags, name, key, maker, maker_name, crc, topic,"
        " topic_crc, secret, slow_seconds, retention_days, retention_count, made_ms, topic_ms,"
        " topic_by, member_limit, forward) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    [REPLACE_HEAD] =
        "INSERT INTO heads (room, seq, time_ms, crc, whole_from, whole_crc)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (room)"
        " DO UPDATE SET seq = excluded.seq, time_ms = excluded.time_ms, crc = excluded.crc,"
        " whole_from = iif(excluded.seq > seq, excluded.whole_from, whole_from),"
        " whole_crc = iif(excluded.seq > seq, excluded.whole_crc, whole_crc)",
    [UPDATE_HEAD] = "UPDATE heads SET seq = ?2, time_ms = ?3, crc = ?4 WHERE room = ?1",
    [UPDATE_HEAD_NOT_WHOLE] = "UPDATE heads SET seq = ?2, time_ms = ?3, crc = ?4, whole_from = ?5,"
                              " whole_crc = ?6 WHERE room = ?1",
    [UPDATE_TOPIC] = "UPDATE rooms SET topic = ?2, topic_crc = ?3, topic_ms = ?4, topic_by = ?5"
                     " WHERE number = ?1",
    [DELETE_ROOM] = "DELETE FROM rooms WHERE number = ?1",
    [DELETE_HEAD] = "DELETE FROM heads WHERE room = ?1",
    [INSERT_DOOMED] = "REPLACE INTO doomed (room, below) VALUES (?1, ?2)",
    [REPLACE_COUNTERS] = "REPLACE INTO counters (one, next_user, next_room, crc)"
                         " VALUES (1, ?1, ?2, ?3)",
    [RAISE_NEXT_ROOM] = "INSERT INTO counters (one, next_user, next_room, crc)"
                        " VALUES (2, ?1, ?2, ?3) ON CONFLICT (one)"
                        " DO UPDATE SET next_room = excluded.next_room, crc = excluded.crc"
                        " WHERE excluded.next_room > next_room",

    [FIND_EVENT] = "SELECT " ROW_EVENT_COLUMNS " FROM events WHERE id = ?1",
    [UPDATE_EVENT] = "UPDATE events SET text = ?2, changed = ?3, kind = ?4, crc = ?5 WHERE id = ?1",
    [FIND_EDITS] = "SELECT id, length(CAST(text AS BLOB)) FROM events"
                   " WHERE target = ?1 AND kind = 2 ORDER BY id LIMIT ?2",
    [FIND_PURGE] = "SELECT 1 FROM purges WHERE room = ?1 AND first <= ?2 AND last >= ?2"
                   " AND since_ms <= ?3 AND identity IN (0, ?4) LIMIT 1",
    [FIND_HEAD] = "SELECT seq FROM heads WHERE room = ?1",
    [INSERT_REACTION] = "INSERT OR IGNORE INTO reactions (target, identity, text)"
                        " VALUES (?1, ?2, ?3)",
    [DELETE_REACTION] = "DELETE FROM reactions WHERE target = ?1 AND identity = ?2 AND text = ?3",
    [INSERT_PURGE] = "INSERT INTO purges (room, identity, since_ms, first, last, seq)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",

    [REPLACE_ACCOUNT] = "REPLACE INTO accounts (number, flags, time_ms, crc, name, key, skeleton,"
                        " verifier, scram) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [DELETE_ACCOUNT] = "DELETE FROM accounts WHERE number = ?1",
    [DELETE_ACCOUNT_TOKENS] = "DELETE FROM tokens WHERE account = ?1",
    [DELETE_ACCOUNT_TIES] = "DELETE FROM ties WHERE id IN"
                            " (SELECT id FROM ties WHERE account = ?1 LIMIT ?2)",
    [DELETE_ACCOUNT_RESTRAINTS] =
        "DELETE FROM restraints WHERE id IN"
        " (SELECT id FROM restraints WHERE account = ?1 AND subject = 0 LIMIT ?2)",
    [INSERT_LEAVING] = "REPLACE INTO leaving (account) VALUES (?1)",
    [FIRST_LEAVING] = "SELECT account FROM leaving ORDER BY account LIMIT 1",
    [DELETE_LEAVING] = "DELETE FROM leaving WHERE account = ?1",
    [REPLACE_TOKEN] =
        "REPLACE INTO tokens (hash, account, until_ms, crc, number, scopes, room, speaker, name,"
        " shown) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [DELETE_TOKEN] = "DELETE FROM tokens WHERE hash = ?1",
    [REPLACE_TIE] = "INSERT INTO ties (id, account, role, joined, read, crc)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET"
                    " role = excluded.role, joined = excluded.joined, read = excluded.read,"
                    " crc = excluded.crc",
    [DELETE_TIE] = "DELETE FROM ties WHERE id = ?1",
    [REPLACE_FACTS] = "REPLACE INTO facts (id, crc, text) VALUES (?1, ?2, ?3)",
    [DELETE_FACTS] = "DELETE FROM facts WHERE id IN (?1, ?2)",
    [REPLACE_WEBHOOK] =
        "INSERT INTO webhooks (number, room, maker, epoch, seq, time_ms, crc, maker_name, url,"
        " secret) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (number)"
        " DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, crc = excluded.crc",
    [DELETE_WEBHOOK] = "DELETE FROM webhooks WHERE number = ?1",
    [DELETE_WEBHOOKS] = "DELETE FROM webhooks WHERE room = ?1",
    [REPLACE_RESTRAINT] =
        "REPLACE INTO restraints (id, kind, subject, account, until_ms, time_ms, crc, name, key,"
        " author_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [DELETE_RESTRAINT] = "DELETE FROM restraints WHERE id = ?1",
    [INSERT_AUDIT] = "INSERT INTO audit (room, author, time_ms, crc, author_name, action, name,"
                     " text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [REPLACE_SECRET] = "REPLACE INTO secrets (one, crc, bytes) VALUES (1, ?1, ?2)",

    [INSERT_ONCE] = "INSERT INTO onces (id, time_ms, entry) VALUES (?1, ?3, ?2)",
    [FIND_ONCE] = "SELECT entry FROM onces WHERE id = ?1",
    [UPDATE_ONCE] = "UPDATE onces SET entry = ?2 WHERE id = ?1",
    [OLD_ONCES] = "SELECT n, time_ms < (SELECT time_ms FROM onces ORDER BY n DESC LIMIT 1) - ?1"
                  " FROM onces ORDER BY n LIMIT ?2",
    [DELETE_ONCES] = "DELETE FROM onces WHERE n <= ?1",

    [FIRST_DOOMED] = "SELECT room, below FROM doomed ORDER BY room LIMIT 1",
    [DELETE_DOOMED] = "DELETE FROM doomed WHERE room = ?1",
    [DELETE_EVENTS] = "DELETE FROM events WHERE id IN"
                      " (SELECT id FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)",
    [DELETE_REACTIONS] = "DELETE FROM reactions WHERE (target, identity, text) IN"
                         " (SELECT target, identity, text FROM reactions"
                         " WHERE target BETWEEN ?1 AND ?2 ORDER BY target LIMIT ?3)",
    [DELETE_TIES] = "DELETE FROM ties WHERE id IN"
                    " (SELECT id FROM ties WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)",
    [DELETE_RESTRAINTS] =
        "DELETE FROM restraints WHERE id IN"
        " (SELECT id FROM restraints WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)",
    [DELETE_EPOCHS] = "DELETE FROM epochs WHERE room = ?1",
    [DELETE_PURGES] = "DELETE FROM purges WHERE id IN"
                      " (SELECT id FROM purges WHERE room = ?1 LIMIT ?2)",
    [FIRST_PURGE] = "SELECT id, identity, since_ms, first, last, seq FROM purges"
                    " ORDER BY id LIMIT 1",
    [PURGE_EVENTS] = "SELECT id, time_ms, kind, identity FROM events"
                     " WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3",
    [UPDATE_PURGE] = "UPDATE purges SET last = ?2 WHERE id = ?1",
    [DELETE_PURGE] = "DELETE FROM purges WHERE id = ?1",
    [DELETE_OLD_TOKENS] = "DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens"
                          " WHERE until_ms > 0 AND until_ms <= ?1 ORDER BY until_ms LIMIT ?2)",

    [NEXT_ROOM] = "SELECT number, retention_days, retention_count, seq, first"
                  " FROM rooms JOIN heads ON room = number WHERE number > ?1"
                  " ORDER BY number LIMIT 1",
    [NEXT_KEPT_ROOM] = "SELECT number, retention_days, retention_count, seq, first"
                       " FROM rooms JOIN heads ON room = number WHERE number > ?1"
                       " AND (retention_days > 0 OR retention_count > 0)"
                       " ORDER BY number LIMIT 1",
    [FIRST_SINCE] = "SELECT id, time_ms FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
    [COUNT_BACK] = "SELECT id, kind FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    [TRIM_HEAD] = "UPDATE heads SET first = ?2, first_crc = ?3 WHERE room = ?1",
};

void bind_number(sqlite3_stmt *row, int column, uint64_t number) {
    int result = sqlite3_bind_int64(row, column, (int64_t)number);
    check(result == SQLITE_OK);
}

void bind_text(sqlite3_stmt *row, int column, struct slice text) {
    int result = sqlite3_bind_text(row, column, text.size == 0 ? "" : text.at, (int)text.size,
                                   SQLITE_STATIC);
    check(result == SQLITE_OK);
}

void bind_bytes(sqlite3_stmt *row, int column, struct slice bytes) {
    int result = sqlite3_bind_blob(row, column, bytes.size == 0 ? "" : bytes.at, (int)bytes.size,
                                   SQLITE_STATIC);
    check(result == SQLITE_OK);
}

int store_run(struct store *store, enum statement which) {
    int result = sqlite3_step(store->statements[which]);
    int reset = sqlite3_reset(store->statements[which]);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : reset;
}

int store_run_numbers(struct store *store, enum statement which, const uint64_t *numbers,
                      int count) {
    for (int i = 0; i < count; i++)
        bind_number(store->statements[which], i + 1, numbers[i]);
    return store_run(store, which);
}
