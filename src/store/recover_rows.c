/* recover_rows.c: every row that can be read, one table after the other. Where a page cannot be
 * read, reading goes on with the first key behind it that can be found. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/utf8.h"
#include "store/load.h"
#include "store/recovery.h"

enum { COLUMNS_MAX = 20, TEXT_MAX = 1024, ROWS_A_COMMIT = 10000 };

struct table {
    const char *name, *columns;
    const char *key;               /* an integer, the first of the columns; or */
    const char *order, *backwards; /* its keys, and the way back */
    bool (*right)(struct recovery *recovery, sqlite3_stmt *row); /* NULL: it has no sum */
    const struct load_table *load;                               /* or: as the server loads it */
};

/* One table on its way. */
struct taking {
    struct recovery *recovery;
    const struct table *table;
    struct loading loading; /* for its judges */
    sqlite3_stmt *insert;
    uint64_t kept, aside, unread; /* rows; unread: places, of one row or more */
    uint64_t uncommitted;
};

/* ---- sums of the tables that the server does not load ---- */

static struct slice blob(sqlite3_stmt *row, int column) {
    return row_text(row, column);
}

static bool counters_right(struct recovery *recovery, sqlite3_stmt *row) {
    struct record record = {.number = (uint64_t)sqlite3_column_int64(row, 1),
                            .seq = (uint64_t)sqlite3_column_int64(row, 2)};
    bool right = sqlite3_column_int64(row, 3) == row_counters_sum(&recovery->old->crc, &record);
    recovery->no_counters |= !right;
    return right;
}

static bool room_right(struct recovery *recovery, sqlite3_stmt *row) {
    const struct crc *crc = &recovery->old->crc;
    struct record record = {
        .room.v = (uint32_t)sqlite3_column_int64(row, 0),
        .hex = (uint64_t)sqlite3_column_int64(row, 1),
        .epoch = (uint64_t)sqlite3_column_int64(row, 2),
        .flags = (uint32_t)sqlite3_column_int64(row, 3),
        .name = blob(row, 4),
        .key = blob(row, 5),
        .author.v = (uint32_t)sqlite3_column_int64(row, 6),
        .author_name = blob(row, 7),
        .text = blob(row, 9),
        .secret = blob(row, 11),
        .slow_seconds = (uint32_t)sqlite3_column_int64(row, 12),
        .retention_days = (uint32_t)sqlite3_column_int64(row, 13),
        .retention_count = (uint32_t)sqlite3_column_int64(row, 14),
        .made_ms = sqlite3_column_int64(row, 15),
        .topic_ms = sqlite3_column_int64(row, 16),
        .topic_by = blob(row, 17),
        .member_limit = (uint32_t)sqlite3_column_int64(row, 18),
        .forward = (uint32_t)sqlite3_column_int64(row, 19),
    };
    int64_t number = sqlite3_column_int64(row, 0);
    return number > 0 && number <= (int64_t)ROOM_NUMBER_MAX &&
           sqlite3_column_int64(row, 8) == row_room_sum(crc, &record) &&
           sqlite3_column_int64(row, 10) == row_topic_sum(crc, &record);
}

static bool head_right(struct recovery *recovery, sqlite3_stmt *row) {
    const struct crc *crc = &recovery->old->crc;
    int64_t number = sqlite3_column_int64(row, 0);
    uint32_t room = (uint32_t)number;
    uint64_t seq = (uint64_t)sqlite3_column_int64(row, 1);
    return number > 0 && number <= (int64_t)ROOM_NUMBER_MAX && seq <= SEQ_MAX &&
           sqlite3_column_int64(row, 3) ==
               row_head_sum(crc, room, seq, sqlite3_column_int64(row, 2)) &&
           sqlite3_column_int64(row, 5) ==
               row_whole_sum(crc, room, (uint64_t)sqlite3_column_int64(row, 4)) &&
           sqlite3_column_int64(row, 7) ==
               row_first_sum(crc, room, (uint64_t)sqlite3_column_int64(row, 6));
}

static bool event_right(struct recovery *recovery, sqlite3_stmt *row) {
    struct row_event event;
    row_event_fill(row, &event);
    return event.crc == row_event_sum(&recovery->old->crc, &event);
}

static bool audit_right(struct recovery *recovery, sqlite3_stmt *row) {
    struct record record = {
        .room.v = (uint32_t)sqlite3_column_int64(row, 1),
        .author.v = (uint32_t)sqlite3_column_int64(row, 2),
        .time_ms = sqlite3_column_int64(row, 3),
        .author_name = blob(row, 5),
        .key = blob(row, 6),
        .name = blob(row, 7),
        .text = blob(row, 8),
    };
    return sqlite3_column_int64(row, 4) == row_audit_sum(&recovery->old->crc, &record);
}

static bool once_right(struct recovery *recovery, sqlite3_stmt *row) {
    struct record once;
    return once_take(&recovery->old->crc, row, 3, &once) &&
           event_key(once.room.v, once.seq) == sqlite3_column_int64(row, 1) &&
           once.time_ms == sqlite3_column_int64(row, 2);
}

static bool is_right(struct taking *taking, sqlite3_stmt *row) {
    const struct table *table = taking->table;
    struct record record;
    if (table->load != NULL)
        return table->load->judge(&taking->loading, row, &record) != LOAD_WRONG;
    return table->right == NULL || table->right(taking->recovery, row);
}

/* ---- rows.jsonl ---- */

static void put_bytes(FILE *file, struct slice bytes) {
    fputs("\"hex:", file);
    for (size_t i = 0; i < bytes.size; i++)
        fprintf(file, "%02x", (unsigned)(unsigned char)bytes.at[i]);
    fputc('"', file);
}

static void put_string(FILE *file, struct slice text) {
    fputc('"', file);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\') {
            fprintf(file, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(file, "\\u%04x", (unsigned)c);
        } else {
            fputc(c, file);
        }
    }
    fputc('"', file);
}

static void put_value(FILE *file, sqlite3_stmt *row, int column) {
    struct slice bytes;
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: fprintf(file, "%lld", sqlite3_column_int64(row, column)); break;
    case SQLITE_FLOAT: fprintf(file, "%.17g", sqlite3_column_double(row, column)); break;
    case SQLITE_TEXT:
        bytes = row_text(row, column);
        if (utf8_valid(bytes)) {
            put_string(file, bytes);
        } else {
            put_bytes(file, bytes);
        }
        break;
    case SQLITE_BLOB:
        bytes.at = sqlite3_column_blob(row, column);
        bytes.size = (size_t)sqlite3_column_bytes(row, column);
        put_bytes(file, bytes);
        break;
    default: fputs("null", file);
    }
}

static int aside_open(struct recovery *recovery) {
    char name[RECOVERY_NAME_SIZE + 16];
    snprintf(name, sizeof name, "%s/rows.jsonl", recovery->copy);
    int fd = openat(recovery->old->folder_fd, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    recovery->aside = fd < 0 ? NULL : fdopen(fd, "w");
    if (recovery->aside != NULL) return 0;
    int errno_now = errno;
    if (fd >= 0) close(fd);
    return store_blame(recovery->error, STORE_CANNOT, errno_now, "cannot make %s/%s: %s",
                       recovery->old->folder, name, strerror(errno_now));
}

static int set_aside(struct taking *taking, sqlite3_stmt *row) {
    struct recovery *recovery = taking->recovery;
    if (recovery->aside == NULL && aside_open(recovery) < 0) return -EIO;
    FILE *file = recovery->aside;
    fprintf(file, "{\"table\":\"%s\"", taking->table->name);
    for (int column = 0; column < sqlite3_column_count(row); column++) {
        fprintf(file, ",\"%s\":", sqlite3_column_name(row, column));
        put_value(file, row, column);
    }
    fputs("}\n", file);
    recovery->aside_count++;
    taking->aside++;
    return 0;
}

/* ---- one row ---- */

/* The rows of a large table do not go into one transaction, whose WAL would be as large. */
static int commit_some(struct taking *taking, bool all) {
    struct recovery *recovery = taking->recovery;
    sqlite3 *db = recovery->new->db;
    bool open = sqlite3_get_autocommit(db) == 0;
    if (!all && taking->uncommitted < ROWS_A_COMMIT) {
        if (open || sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK) return 0;
        return recovery_fail(recovery, db, "cannot write the new database");
    }
    taking->uncommitted = 0;
    if (open && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return recovery_fail(recovery, db, "cannot write the new database");
    if (idle_checkpoint(recovery->new, SQLITE_CHECKPOINT_PASSIVE) != SQLITE_OK)
        return recovery_fail(recovery, db, "cannot write the new database");
    return all ? 0 : commit_some(taking, false);
}

/* A row that stands twice is taken once. */
static int take(struct taking *taking, sqlite3_stmt *row) {
    struct recovery *recovery = taking->recovery;
    if (!is_right(taking, row)) return set_aside(taking, row);
    int failed = commit_some(taking, false);
    if (failed < 0) return failed;
    for (int column = 0; column < sqlite3_column_count(row); column++)
        sqlite3_bind_value(taking->insert, column + 1, sqlite3_column_value(row, column));
    int result = sqlite3_step(taking->insert);
    int reset = sqlite3_reset(taking->insert);
    if ((reset & 0xff) == SQLITE_CONSTRAINT) return set_aside(taking, row);
    if (result != SQLITE_DONE)
        return recovery_fail(recovery, recovery->new->db, "cannot write the new database");
    taking->kept += (uint64_t)sqlite3_changes(recovery->new->db);
    taking->uncommitted++;
    return 0;
}

/* ---- one table ---- */

/* All rows that a statement gives, up to the first that cannot be read: *whole is false then. *key:
 * column 0 of the last. */
static int take_all(struct taking *taking, const char *text, int64_t from, int64_t *key,
                    bool *whole) {
    sqlite3 *db = taking->recovery->old->db;
    sqlite3_stmt *row = NULL;
    int failed = 0;
    int result = sqlite3_prepare_v2(db, text, -1, &row, NULL);
    if (result == SQLITE_OK && sqlite3_bind_parameter_count(row) > 0)
        result = sqlite3_bind_int64(row, 1, from);
    while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW && failed == 0) {
        *key = sqlite3_column_int64(row, 0);
        failed = take(taking, row);
        result = SQLITE_OK;
    }
    *whole = result == SQLITE_DONE;
    sqlite3_finalize(row);
    if (failed == 0 && (result & 0xff) == SQLITE_NOMEM)
        return recovery_fail(taking->recovery, db, "cannot read parlance.db");
    return failed;
}

/* The first key from one on. False: it cannot be found. INT64_MAX: there is none. */
static bool key_from(struct taking *taking, int64_t from, int64_t *key) {
    char text[TEXT_MAX];
    sqlite3_stmt *row = NULL;
    const struct table *table = taking->table;
    snprintf(text, sizeof text, "SELECT %s FROM %s WHERE %s >= ?1 ORDER BY %s LIMIT 1", table->key,
             table->name, table->key, table->key);
    int result = sqlite3_prepare_v2(taking->recovery->old->db, text, -1, &row, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(row, 1, from);
        result = sqlite3_step(row);
    }
    *key = result == SQLITE_ROW ? sqlite3_column_int64(row, 0) : INT64_MAX;
    sqlite3_finalize(row);
    return result == SQLITE_ROW || result == SQLITE_DONE;
}

/* Where reading can go on: the row at `from` alone is passed over where its key can be read; else
 * leaps that double find a place behind the damage, and halving them its end. */
static int64_t key_behind(struct taking *taking, int64_t from) {
    int64_t key;
    if (key_from(taking, from, &key)) return key == INT64_MAX ? key : key + 1;
    int64_t bad = from;
    int64_t good = INT64_MAX;
    for (int64_t leap = 1; leap > 0 && leap<INT64_MAX - from; leap *= leap> INT64_MAX / 2 ? 0 : 2) {
        if (key_from(taking, from + leap, &key)) {
            good = from + leap;
            break;
        }
        bad = from + leap;
    }
    while (good - bad > 1) {
        int64_t middle = bad + (good - bad) / 2;
        if (key_from(taking, middle, &key)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return good;
}

static int take_keyed(struct taking *taking) {
    char text[TEXT_MAX];
    const struct table *table = taking->table;
    int64_t from = 0;
    bool whole = false;
    snprintf(text, sizeof text, "SELECT %s FROM %s WHERE %s >= ?1 ORDER BY %s", table->columns,
             table->name, table->key, table->key);
    while (!whole && from < INT64_MAX) {
        int64_t key = INT64_MAX;
        int64_t begun = from;
        int failed = take_all(taking, text, from, &key, &whole);
        if (failed < 0) return failed;
        if (whole) break;
        taking->unread++;
        if (key != INT64_MAX && key >= begun) from = key + 1;
        from = key_behind(taking, from);
    }
    return 0;
}

/* From both ends to the damage. */
static int take_listed(struct taking *taking) {
    char text[TEXT_MAX];
    const struct table *table = taking->table;
    int64_t key;
    bool whole;
    snprintf(text, sizeof text, "SELECT %s FROM %s ORDER BY %s", table->columns, table->name,
             table->order);
    int failed = take_all(taking, text, 0, &key, &whole);
    if (failed < 0 || whole) return failed;
    taking->unread++;
    snprintf(text, sizeof text, "SELECT %s FROM %s ORDER BY %s", table->columns, table->name,
             table->backwards);
    return take_all(taking, text, 0, &key, &whole);
}

static int insert_prepare(struct taking *taking) {
    char text[TEXT_MAX];
    sqlite3 *db = taking->recovery->new->db;
    const struct table *table = taking->table;
    int columns = 1;
    for (const char *at = table->columns; *at != '\0'; at++)
        columns += *at == ',';
    int size = snprintf(text, sizeof text, "INSERT OR IGNORE INTO %s (%s) VALUES (?1", table->name,
                        table->columns);
    for (int i = 2; i <= columns; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, ", ?%d", i);
    snprintf(text + size, sizeof text - (size_t)size, ")");
    check(columns <= COLUMNS_MAX);
    if (sqlite3_prepare_v2(db, text, -1, &taking->insert, NULL) == SQLITE_OK) return 0;
    return recovery_fail(taking->recovery, db, "cannot write the new database");
}

/* What damage took away without a trace: rows are fewer than their total. */
static void compare_total(struct taking *taking) {
    char text[TEXT_MAX];
    int64_t total = -1;
    snprintf(text, sizeof text, "SELECT row_count FROM totals WHERE name = '%s'",
             taking->table->name);
    (void)connect_number(taking->recovery->old->db, text, &total);
    uint64_t seen = taking->kept + taking->aside;
    if (total >= 0 && (uint64_t)total > seen)
        recovery_find(taking->recovery, "%llu rows of %s are lost",
                      (unsigned long long)((uint64_t)total - seen), taking->table->name);
    else if (total >= 0 && (uint64_t)total < seen)
        recovery_find(taking->recovery, "there are more rows of %s than were counted",
                      taking->table->name);
}

static void sum_up(struct taking *taking) {
    struct recovery *recovery = taking->recovery;
    if (taking->aside > 0)
        recovery_find(recovery, "%llu rows of %s are damaged, %llu are right",
                      (unsigned long long)taking->aside, taking->table->name,
                      (unsigned long long)taking->kept);
    if (taking->unread > 0)
        recovery_find(recovery, "%s cannot be read at %llu places, %llu rows of it are right",
                      taking->table->name, (unsigned long long)taking->unread,
                      (unsigned long long)taking->kept);
    if (taking->table->load != NULL || strcmp(taking->table->name, "rooms") == 0)
        compare_total(taking);
    if (strcmp(taking->table->name, "counters") == 0) recovery->no_counters |= taking->unread > 0;
}

static const struct table tables[] = {
    {"counters", "one, next_user, next_room, crc", .key = "one", .right = counters_right},
    {"rooms",
     "number, hex, epoch, flags, name, key, maker, maker_name, crc, topic, topic_crc, secret,"
     " slow_seconds, retention_days, retention_count, made_ms, topic_ms, topic_by, member_limit,"
     " forward",
     .key = "number", .right = room_right},
    {"heads", "room, seq, time_ms, crc, whole_from, whole_crc, first, first_crc", .key = "room",
     .right = head_right},
    {"doomed", "room, below", .key = "room"},
    {"leaving", "account", .key = "account"},
    {"events", ROW_EVENT_COLUMNS, .key = "id", .right = event_right},
    {"reactions", "target, identity, text", .order = "target, identity, text",
     .backwards = "target DESC, identity DESC, text DESC"},
    {"purges", "id, room, identity, since_ms, first, last, seq", .key = "id"},
    {"epochs", LOAD_EPOCH_COLUMNS, .order = "room, epoch", .backwards = "room DESC, epoch DESC",
     .load = &load_people[LOAD_EPOCHS]},
    {"accounts", LOAD_ACCOUNT_COLUMNS, .key = "number", .load = &load_people[LOAD_ACCOUNTS]},
    {"tokens", LOAD_TOKEN_COLUMNS, .order = "hash", .backwards = "hash DESC",
     .load = &load_people[LOAD_TOKENS]},
    {"ties", LOAD_TIE_COLUMNS, .key = "id", .load = &load_people[LOAD_TIES]},
    {"restraints", LOAD_RESTRAINT_COLUMNS, .key = "id", .load = &load_people[LOAD_RESTRAINTS]},
    {"facts", LOAD_FACTS_COLUMNS, .key = "id", .load = &load_people[LOAD_FACTS]},
    {"webhooks", LOAD_WEBHOOK_COLUMNS, .key = "number", .load = &load_people[LOAD_WEBHOOKS]},
    {"secrets", LOAD_SECRET_COLUMNS, .key = "one", .load = &load_people[LOAD_SECRETS]},
    {"onces", "n, id, time_ms, entry", .key = "n", .right = once_right},
    {"audit", "id, room, author, time_ms, crc, author_name, action, name, text", .key = "id",
     .right = audit_right},
};

bool recovery_knows_tables(struct recovery *recovery) {
    bool known = true;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && known; i++) {
        char text[TEXT_MAX];
        sqlite3_stmt *row = NULL;
        snprintf(text, sizeof text, "SELECT %s FROM %s", tables[i].columns, tables[i].name);
        known = sqlite3_prepare_v2(recovery->old->db, text, -1, &row, NULL) == SQLITE_OK;
        sqlite3_finalize(row);
    }
    return known;
}

static int take_tables(struct recovery *recovery, unsigned char *rooms) {
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct taking taking = {
            .recovery = recovery,
            .table = &tables[i],
            .loading = {.store = recovery->old, .rooms = rooms},
        };
        int failed = insert_prepare(&taking);
        if (failed == 0)
            failed = tables[i].key != NULL ? take_keyed(&taking) : take_listed(&taking);
        if (failed == 0) failed = commit_some(&taking, true);
        sqlite3_finalize(taking.insert);
        if (failed < 0) return failed;
        sum_up(&taking);
    }
    return 0;
}

int recovery_take_rows(struct recovery *recovery) {
    unsigned char *rooms = calloc(ROOM_NUMBER_MAX / 8 + 1, 1);
    if (rooms == NULL) return store_blame(recovery->error, STORE_CANNOT, ENOMEM, "no memory");
    int failed = take_tables(recovery, rooms);
    free(rooms);
    return failed;
}
