/* recover_rooms.c: rooms that lost their row or their head, messages and accounts that are lost,
 * counters. */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/check.h"
#include "store/recovery.h"

enum {
    NAMES_TRIED = 100,
    NUMBERS_SKIPPED = 4096, /* that were perhaps given to people, or rooms, and left no trace */
};

/* One room while its rows are mended. */
struct mending {
    struct recovery *recovery;
    uint32_t room;
    uint64_t seq; /* the last of its messages; 0: none */
    int64_t time_ms;
};

static int fail(struct recovery *recovery) {
    return recovery_fail(recovery, recovery->new->db, "cannot write the new database");
}

/* Runs a statement whose parameters are numbers. 0 or negative errno. */
static int run(struct recovery *recovery, const char *text, const uint64_t *numbers, int count) {
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(recovery->new->db, text, -1, &row, NULL);
    for (int i = 0; i < count && result == SQLITE_OK; i++)
        bind_number(row, i + 1, numbers[i]);
    if (result == SQLITE_OK) result = sqlite3_step(row);
    sqlite3_finalize(row);
    return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : fail(recovery);
}

/* The first number that the statement gives for `number`; `none` where it gives no row. */
static int ask(struct recovery *recovery, const char *text, uint64_t number, int64_t *answer) {
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(recovery->new->db, text, -1, &row, NULL);
    if (result == SQLITE_OK) {
        if (sqlite3_bind_parameter_count(row) > 0) bind_number(row, 1, number);
        result = sqlite3_step(row);
        if (result == SQLITE_ROW) *answer = sqlite3_column_int64(row, 0);
    }
    sqlite3_finalize(row);
    return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : fail(recovery);
}

static uint64_t random_number(void) {
    uint64_t number;
    ssize_t size = getrandom(&number, sizeof number, 0);
    check(size == sizeof number);
    return number;
}

/* ---- a room without its row ---- */

static int name_find(struct mending *mending, char name[32]) {
    static const char text[] = "SELECT 1 FROM rooms WHERE key = ?1";
    struct recovery *recovery = mending->recovery;
    for (int i = 1; i <= NAMES_TRIED; i++) {
        sqlite3_stmt *row = NULL;
        snprintf(name, 32, i == 1 ? "recovered-%u" : "recovered-%u-%d", mending->room, i);
        int result = sqlite3_prepare_v2(recovery->new->db, text, -1, &row, NULL);
        if (result == SQLITE_OK) {
            bind_text(row, 1, slice_text(name));
            result = sqlite3_step(row);
        }
        sqlite3_finalize(row);
        if (result == SQLITE_DONE) return 0;
        if (result != SQLITE_ROW) return fail(recovery);
    }
    return store_blame(recovery->error, STORE_CANNOT, 0, "no name is free for room %u",
                       mending->room);
}

/* Nobody knows whether it was public: only who has a tie to it comes in. */
static int room_make(struct mending *mending) {
    struct recovery *recovery = mending->recovery;
    const struct crc *crc = &recovery->new->crc;
    sqlite3_stmt *row = recovery->new->statements[REPLACE_ROOM];
    char name[32];
    int failed = name_find(mending, name);
    if (failed < 0) return failed;
    struct record record = {
        .room.v = mending->room,
        .hex = random_number() & ((UINT64_C(1) << 40) - 1),
        .epoch = random_number(),
        .flags = ROOM_PRIVATE | ROOM_INVITE_ONLY,
        .name = slice_text(name),
        .key = slice_text(name),
    };
    bind_number(row, 1, record.room.v);
    bind_number(row, 2, record.hex);
    bind_number(row, 3, record.epoch);
    bind_number(row, 4, record.flags);
    bind_text(row, 5, record.name);
    bind_text(row, 6, record.key);
    bind_number(row, 7, 0);
    bind_text(row, 8, record.author_name);
    bind_number(row, 9, row_room_sum(crc, &record));
    bind_text(row, 10, record.text);
    bind_number(row, 11, row_topic_sum(crc, &record));
    bind_text(row, 12, record.secret);
    for (int column = 13; column <= 20; column++)
        bind_number(row, column, 0);
    bind_text(row, 18, record.topic_by);
    if (store_run(recovery->new, REPLACE_ROOM) != SQLITE_OK) return fail(recovery);
    recovery_find(recovery, "room %u has lost its name and settings: it is %s now, private",
                  mending->room, name);
    return 0;
}

/* What is left of rooms that are gone goes afterwards, by `doomed`. */
static int rooms_make(struct recovery *recovery) {
    static const char next_text[] =
        "SELECT min(ifnull((SELECT min(room) FROM heads WHERE room > ?1), 1 << 40),"
        " ifnull((SELECT min(id) >> 40 FROM events WHERE id >= ?1 + 1 << 40), 1 << 40))";
    static const char known_text[] = "SELECT 1 FROM rooms WHERE number = ?1 UNION ALL"
                                     " SELECT 1 FROM doomed WHERE room = ?1 AND below = 0";
    int64_t room = 0;
    for (;;) {
        int64_t known = 0;
        int failed = ask(recovery, next_text, (uint64_t)room, &room);
        if (failed < 0 || room > (int64_t)ROOM_NUMBER_MAX) return failed;
        failed = ask(recovery, known_text, (uint64_t)room, &known);
        struct mending mending = {.recovery = recovery, .room = (uint32_t)room};
        if (failed == 0 && known == 0) failed = room_make(&mending);
        if (failed < 0) return failed;
    }
}

/* ---- a room without its head ---- */

/* The last message that is left may not be the last there was: numbers are given anew, and whoever
 * saw more is told by the new epoch, as after a restore. */
static int epoch_renew(struct mending *mending) {
    struct recovery *recovery = mending->recovery;
    const struct crc *crc = &recovery->new->crc;
    struct record record = {0};
    sqlite3_stmt *row = NULL;
    uint64_t fresh = random_number();
    int result = sqlite3_prepare_v2(
        recovery->new->db,
        "SELECT " ROW_ROOM_COLUMNS " FROM rooms LEFT JOIN heads ON room = number WHERE number = ?1",
        -1, &row, NULL);
    if (result == SQLITE_OK) {
        bind_number(row, 1, mending->room);
        result = sqlite3_step(row);
    }
    if (result != SQLITE_ROW || !row_room_fill(row, crc, &record)) {
        sqlite3_finalize(row);
        return fail(recovery);
    }
    struct record old = {.room = record.room, .epoch = record.epoch, .seq = mending->seq};
    record.epoch = fresh;
    const uint64_t update[] = {mending->room, fresh, row_room_sum(crc, &record)};
    sqlite3_finalize(row);
    const uint64_t insert[] = {mending->room, old.epoch, old.seq, row_epoch_sum(crc, &old)};
    int failed =
        run(recovery, "UPDATE rooms SET epoch = ?2, crc = ?3 WHERE number = ?1", update, 3);
    if (failed < 0) return failed;
    return run(recovery, "REPLACE INTO epochs (room, epoch, seq, crc) VALUES (?1, ?2, ?3, ?4)",
               insert, 4);
}

static int head_make(struct mending *mending) {
    struct recovery *recovery = mending->recovery;
    const struct crc *crc = &recovery->new->crc;
    uint32_t room = mending->room;
    uint64_t time_ms = (uint64_t)mending->time_ms;
    const uint64_t head[] = {room,    mending->seq,
                             time_ms, row_head_sum(crc, room, mending->seq, mending->time_ms),
                             1,       row_whole_sum(crc, room, 1)};
    int failed = run(recovery,
                     "INSERT INTO heads (room, seq, time_ms, crc, whole_from, whole_crc)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                     head, 6);
    if (failed == 0) failed = epoch_renew(mending);
    recovery_find(recovery, "room %u has lost count: it goes on behind message %llu", room,
                  (unsigned long long)mending->seq);
    return failed;
}

/* ---- messages that are lost ---- */

struct head {
    uint64_t seq, whole_from, first;
};

/* How many of the events that must be there are not, and the last of these. */
static int holes_find(struct mending *mending, const struct head *head, uint64_t *lost,
                      uint64_t *last_lost) {
    struct recovery *recovery = mending->recovery;
    uint64_t next = head->whole_from > head->first ? head->whole_from : head->first;
    sqlite3_stmt *row = NULL;
    if (next == 0) next = 1;
    int result = sqlite3_prepare_v2(recovery->new->db,
                                    "SELECT id FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                                    -1, &row, NULL);
    if (result == SQLITE_OK && next <= SEQ_MAX) {
        bind_number(row, 1, (uint64_t)event_key(mending->room, next));
        bind_number(row, 2, (uint64_t)event_key(mending->room, head->seq));
    }
    while (result == SQLITE_OK && next <= head->seq && (result = sqlite3_step(row)) == SQLITE_ROW) {
        uint64_t seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
        result = SQLITE_OK;
        if (seq > next) *lost += seq - next, *last_lost = seq - 1;
        next = seq + 1;
    }
    sqlite3_finalize(row);
    if (next <= head->seq) *lost += head->seq + 1 - next, *last_lost = head->seq;
    return result == SQLITE_OK || result == SQLITE_DONE ? 0 : fail(recovery);
}

static int head_mend(struct mending *mending, struct head head) {
    struct recovery *recovery = mending->recovery;
    const struct crc *crc = &recovery->new->crc;
    uint64_t lost = 0, last_lost = 0;
    int failed = 0;
    if (mending->seq > head.seq) {
        const uint64_t update[] = {
            mending->room, mending->seq, (uint64_t)mending->time_ms,
            row_head_sum(crc, mending->room, mending->seq, mending->time_ms)};
        failed = run(recovery, "UPDATE heads SET seq = ?2, time_ms = ?3, crc = ?4 WHERE room = ?1",
                     update, 4);
        head.seq = mending->seq;
        recovery_find(recovery, "room %u counted fewer messages than it has", mending->room);
    }
    if (failed == 0) failed = holes_find(mending, &head, &lost, &last_lost);
    if (failed < 0 || lost == 0) return failed;
    recovery_find(recovery, "%llu messages of room %u are lost, the last of them %llu",
                  (unsigned long long)lost, mending->room, (unsigned long long)last_lost);
    const uint64_t whole[] = {mending->room, last_lost + 1,
                              row_whole_sum(crc, mending->room, last_lost + 1)};
    return run(recovery, "UPDATE heads SET whole_from = ?2, whole_crc = ?3 WHERE room = ?1", whole,
               3);
}

/* The room's last message that is left, and its head if it has one. */
static int room_look(struct mending *mending, struct head *head, bool *has_head) {
    struct recovery *recovery = mending->recovery;
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(
        recovery->new->db,
        "SELECT id, events.time_ms, heads.seq, whole_from, first FROM (SELECT ?1 AS number)"
        " LEFT JOIN heads ON room = number"
        " LEFT JOIN events ON id = (SELECT max(id) FROM events WHERE id BETWEEN ?2 AND ?3)",
        -1, &row, NULL);
    if (result == SQLITE_OK) {
        bind_number(row, 1, mending->room);
        bind_number(row, 2, (uint64_t)event_key(mending->room, 0));
        bind_number(row, 3, (uint64_t)event_key(mending->room, SEQ_MAX));
        result = sqlite3_step(row);
    }
    mending->seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
    mending->time_ms = sqlite3_column_int64(row, 1);
    *has_head = sqlite3_column_type(row, 2) == SQLITE_INTEGER;
    head->seq = (uint64_t)sqlite3_column_int64(row, 2);
    head->whole_from = (uint64_t)sqlite3_column_int64(row, 3);
    head->first = (uint64_t)sqlite3_column_int64(row, 4);
    sqlite3_finalize(row);
    if (result != SQLITE_ROW) return fail(recovery);
    if (mending->time_ms == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        mending->time_ms = (int64_t)now.tv_sec * 1000;
    }
    return 0;
}

static int rooms_mend(struct recovery *recovery) {
    int64_t room = 0;
    for (;;) {
        int64_t next = 0;
        int failed =
            ask(recovery, "SELECT min(number) FROM rooms WHERE number > ?1", (uint64_t)room, &next);
        if (failed < 0 || next == 0) return failed;
        room = next;
        struct mending mending = {.recovery = recovery, .room = (uint32_t)room};
        struct head head;
        bool has_head;
        failed = room_look(&mending, &head, &has_head);
        if (failed == 0) failed = has_head ? head_mend(&mending, head) : head_make(&mending);
        if (failed < 0) return failed;
    }
}

/* ---- people ---- */

/* What belonged to an account that is lost would be set aside at each start. */
static int orphans_drop(struct recovery *recovery) {
    static const char *const texts[] = {
        "DELETE FROM tokens WHERE account > 0 AND account NOT IN (SELECT number FROM accounts)",
        "DELETE FROM ties WHERE account NOT IN (SELECT number FROM accounts)",
        ("DELETE FROM restraints WHERE subject = 0"
         " AND account NOT IN (SELECT number FROM accounts)"),
    };
    int count = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int failed = run(recovery, texts[i], NULL, 0);
        if (failed < 0) return failed;
        count += sqlite3_changes(recovery->new->db);
    }
    if (count > 0)
        recovery_find(recovery, "%d rows belonged to accounts that are lost, and are gone", count);
    return 0;
}

/* ---- counters ---- */

static int counters_make(struct recovery *recovery) {
    static const char user_text[] = "SELECT max(ifnull((SELECT max(author) FROM events), 0),"
                                    " ifnull((SELECT max(number) FROM accounts), 0), "
                                    "ifnull((SELECT max(maker) FROM rooms), 0))";
    static const char room_text[] = "SELECT max(ifnull((SELECT max(number) FROM rooms), 0),"
                                    " ifnull((SELECT max(room) FROM doomed), 0))";
    int64_t there = 0, user = 0, room = 0;
    int failed = ask(recovery, "SELECT count(*) FROM counters WHERE one = 1", 0, &there);
    if (failed == 0) failed = ask(recovery, user_text, 0, &user);
    if (failed == 0) failed = ask(recovery, room_text, 0, &room);
    if (failed < 0 || (there > 0 && !recovery->no_counters)) return failed;
    if (there == 0 && user == 0 && room == 0) return 0; /* nobody was ever here */
    if (user < (int64_t)USER_NUMBER_FIRST) user = USER_NUMBER_FIRST;
    struct record record = {.number = (uint64_t)user + NUMBERS_SKIPPED,
                            .seq = (uint64_t)room + NUMBERS_SKIPPED};
    if (record.number > UINT32_MAX) record.number = UINT32_MAX;
    if (record.seq > ROOM_NUMBER_MAX + 1) record.seq = ROOM_NUMBER_MAX + 1;
    const uint64_t counters[] = {record.number, record.seq,
                                 row_counters_sum(&recovery->new->crc, &record)};
    recovery_find(recovery, "the counters were lost: the next room is number %llu",
                  (unsigned long long)record.seq);
    return run(recovery,
               "REPLACE INTO counters (one, next_user, next_room, crc) VALUES (1, ?1, ?2, ?3)",
               counters, 3);
}

int recovery_mend(struct recovery *recovery) {
    if (sqlite3_exec(recovery->new->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return fail(recovery);
    int failed = rooms_make(recovery);
    if (failed == 0) failed = rooms_mend(recovery);
    if (failed == 0) failed = orphans_drop(recovery);
    if (failed == 0) failed = counters_make(recovery);
    const char *end = failed == 0 ? "COMMIT" : "ROLLBACK";
    if (sqlite3_exec(recovery->new->db, end, NULL, NULL, NULL) != SQLITE_OK && failed == 0)
        return fail(recovery);
    return failed;
}
