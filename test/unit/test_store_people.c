/* Accounts, tokens, ties, restraints and the audit log: what was put comes back after a restart,
 * what was taken away does not, and a damaged row is counted and harms nothing else. */
#include "chat/fact.h"
#include <sqlite3.h>

#include "test_store_expect.h"

#include "chat/once.h"

enum { LINES_MAX = 64, LINE_MAX = 400 };

/* What store_load() gave, a line each, in its order. */
struct lines {
    uint32_t count, skipped;
    char lines[LINES_MAX][LINE_MAX];
};

#define SLICE(slice) (int)(slice).size, (slice).at

static void line_write(char line[LINE_MAX], const struct record *r) {
    switch ((int)r->kind) {
    case RECORD_COUNTERS: snprintf(line, LINE_MAX, "counters"); break;
    case RECORD_ROOM:
        snprintf(line, LINE_MAX, "room %u %x '%.*s' %u %u %u", r->room.v, r->flags,
                 SLICE(r->secret), r->slow_seconds, r->retention_days, r->retention_count);
        break;
    case RECORD_ACCOUNT:
        snprintf(line, LINE_MAX, "account %u %x %.*s %.*s %.*s %.*s %.*s %lld", r->author.v,
                 r->flags, SLICE(r->account_name), SLICE(r->account_key), SLICE(r->skeleton),
                 SLICE(r->verifier), SLICE(r->scram), (long long)r->time_ms);
        break;
    case RECORD_TOKEN:
        snprintf(line, LINE_MAX, "token %u %.*s %lld", r->author.v, SLICE(r->key),
                 (long long)r->until_ms);
        break;
    case RECORD_TIE:
        snprintf(line, LINE_MAX, "tie %u %u %u %u %llu", r->room.v, r->author.v, r->role, r->joined,
                 (unsigned long long)r->number);
        break;
    case RECORD_FACTS:
        snprintf(line, LINE_MAX, "facts %llx %u %u '%.*s'", (unsigned long long)r->number,
                 r->room.v, r->author.v, SLICE(r->text));
        break;
    case RECORD_RESTRAINT:
        snprintf(line, LINE_MAX, "restraint %u %llu %u %u %u %.*s %.*s %.*s %lld %lld", r->room.v,
                 (unsigned long long)r->number, r->restraint, r->subject, r->author.v,
                 SLICE(r->name), SLICE(r->key), SLICE(r->author_name), (long long)r->time_ms,
                 (long long)r->until_ms);
        break;
    case RECORD_EPOCH:
        snprintf(line, LINE_MAX, "epoch %u %llu %llu", r->room.v, (unsigned long long)r->epoch,
                 (unsigned long long)r->seq);
        break;
    case RECORD_ONCE:
        snprintf(line, LINE_MAX, "once %u %llu %llx%llx %llx", r->room.v,
                 (unsigned long long)r->seq, (unsigned long long)r->hex,
                 (unsigned long long)r->epoch, (unsigned long long)r->number);
        break;
    default: fail_msg("record of kind %d", (int)r->kind);
    }
}

static void line_of(void *context, const struct record *record) {
    struct lines *lines = context;
    line_write(lines->lines[lines->count++], record);
    assert_true(lines->count < LINES_MAX);
}

static struct lines *load_lines(struct scratch *s, struct store *store) {
    static struct lines lines;
    lines = (struct lines){0};
    if (store_load(store, line_of, &lines, &lines.skipped, &s->error) < 0) {
        fail_msg("%s", s->error.text);
    }
    return &lines;
}

/* All that is loaded, after a restart. NULL ends the list. */
static void expect_lines(struct scratch *s, const char *const *expected) {
    struct store *store = scratch_open(s);
    struct lines *lines = load_lines(s, store);
    uint32_t count = 0;
    assert_int_equal(lines->skipped, 0);
    for (; expected[count] != NULL; count++) {
        if (count == lines->count) fail_msg("'%s' is missing", expected[count]);
        assert_string_equal(lines->lines[count], expected[count]);
    }
    if (lines->count != count) fail_msg("and '%s'", lines->lines[count]);
    store_close(store);
}

#define expect(s, ...) expect_lines(s, (const char *const[]){__VA_ARGS__, NULL})

static const struct record alice = {
    .kind = RECORD_ACCOUNT,
    .author.v = 1073741825,
    .flags = ACCOUNT_BOT,
    .time_ms = 1700000000001,
    .account_name = {"Alice", 5},
    .account_key = {"alice", 5},
    .skeleton = {"a1ice", 5},
    .verifier = {"$argon2id$v", 11},
    .scram = {"SCRAM-SHA-256$4096", 18},
};

static struct record token(const char *hash, uint32_t account, int64_t until_ms) {
    return (struct record){
        .kind = RECORD_TOKEN, .author.v = account, .key = slice_text(hash), .until_ms = until_ms};
}

static struct record tie(uint32_t room, uint32_t account, uint8_t role, bool joined,
                         uint64_t read) {
    return (struct record){.kind = RECORD_TIE,
                           .room.v = room,
                           .author.v = account,
                           .role = role,
                           .joined = joined,
                           .number = read};
}

static struct record restraint(uint32_t room, uint64_t number, uint8_t subject, uint32_t account) {
    return (struct record){
        .kind = RECORD_RESTRAINT,
        .room.v = room,
        .number = number,
        .restraint = RESTRAINT_MUTE,
        .subject = subject,
        .author.v = account,
        .name = slice_of("Al*"),
        .key = slice_of("al*"),
        .author_name = slice_of("bob"),
        .time_ms = 17,
        .until_ms = 1800000000000,
    };
}

static void put_all(struct scratch *s, struct store *store) {
    struct record bob = alice;
    bob.author.v = 5; /* a phone's number */
    bob.account_name = bob.account_key = slice_of("bob");
    bob.scram = (struct slice){0};
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 1});
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 2);
    scratch_put(s, store, alice);
    scratch_put(s, store, bob);
    scratch_put(s, store, token("0123456789abcdef0123456789abcdef", 5, 0));
    scratch_put(s, store, token("11", alice.author.v, INT64_C(99999999999999)));
    scratch_put(s, store, token("22", alice.author.v, 1000)); /* ran out long ago */
    scratch_put(s, store, tie(1, alice.author.v, 3, true, 0));
    scratch_put(s, store, tie(1, 5, 0, false, 12));
    scratch_put(s, store, tie(2, 5, 0, true, 0));
    scratch_put(s, store, restraint(2, 1, SUBJECT_ACCOUNT, alice.author.v));
    scratch_put(s, store, restraint(2, 2, SUBJECT_MASK, 0));
    scratch_commit(s, store);
}

#define ALICE "account 1073741825 2 Alice alice a1ice $argon2id$v SCRAM-SHA-256$4096 1700000000001"
#define BOB "account 5 2 bob bob a1ice $argon2id$v  1700000000001"
#define ROOM_1 "room 1 0 '' 0 0 0"
#define ROOM_2 "room 2 0 '' 0 0 0"
#define MUTE_1 "restraint 2 1 1 0 1073741825 Al* al* bob 17 1800000000000"
#define MUTE_2 "restraint 2 2 1 2 0 Al* al* bob 17 1800000000000"
#define TOKEN_1 "token 5 0123456789abcdef0123456789abcdef 0"
#define TOKEN_2 "token 1073741825 11 99999999999999"

static void people_come_back_after_a_restart(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    store_close(store);
    expect(s, "counters", BOB, ALICE, TOKEN_1, TOKEN_2, ROOM_1, ROOM_2, "tie 1 5 0 0 12",
           "tie 1 1073741825 3 1 0", "tie 2 5 0 1 0", MUTE_1, MUTE_2);
}

static void what_is_changed_or_taken_away_is_so_after_a_restart(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    struct record changed = alice;
    changed.flags = ACCOUNT_SUSPENDED;
    changed.verifier = slice_of("other");
    changed.scram = (struct slice){0};
    scratch_put(s, store, changed);
    struct record gone = token("0123456789abcdef0123456789abcdef", 5, 0);
    gone.kind = RECORD_TOKEN_GONE;
    scratch_put(s, store, gone);
    scratch_put(s, store, tie(1, 5, 0, false, 0));
    scratch_put(s, store, tie(2, 5, 2, true, 7));
    scratch_put(s, store, (struct record){.kind = RECORD_RESTRAINT_GONE, .room.v = 2, .number = 2});
    scratch_commit(s, store);
    store_close(store);
    expect(s, "counters", BOB, "account 1073741825 1 Alice alice a1ice other  1700000000001",
           TOKEN_2, ROOM_1, ROOM_2, "tie 1 1073741825 3 1 0", "tie 2 5 2 1 7", MUTE_1);
}

static void all_tokens_of_an_account_go_at_once(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    scratch_put(s, store, (struct record){.kind = RECORD_TOKEN_GONE, .author.v = alice.author.v});
    scratch_commit(s, store);
    struct lines *lines = load_lines(s, store);
    assert_string_equal(lines->lines[3], TOKEN_1);
    assert_string_equal(lines->lines[4], ROOM_1);
    store_close(store);
}

static struct record facts(uint64_t owner, const char *text) {
    struct record record = {.kind = RECORD_FACTS, .number = owner, .text = slice_text(text)};
    if (owner >> 40 == FACT_OF_ROOM)
        record.room.v = (uint32_t)owner;
    else
        record.author.v = (uint32_t)owner;
    return record;
}

/* One row an owner, which goes with her. */
static void what_people_and_rooms_say_of_themselves_comes_back(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_PERSON, 5), "name\tBob\n"));
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_PERSON, 5), "name\tBob B\n"));
    scratch_put(s, store, facts(FACT_OWNER(FACT_MARKS, 5), "#0123456789\t17\n"));
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_PERSON, alice.author.v), "url\tx\n"));
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_PERSON, alice.author.v), ""));
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_ROOM, 1), "name\tone\n"));
    scratch_put(s, store, facts(FACT_OWNER(FACT_OF_ROOM, 2), "name\ttwo\n"));
    scratch_commit(s, store);
    store_close(store);
    expect(s, "counters", BOB, ALICE, TOKEN_1, TOKEN_2, ROOM_1, ROOM_2, "tie 1 5 0 0 12",
           "tie 1 1073741825 3 1 0", "tie 2 5 0 1 0", MUTE_1, MUTE_2, "facts 5 0 5 'name\tBob B\n'",
           "facts 10000000005 0 5 '#0123456789\t17\n'", "facts 20000000001 1 0 'name\tone\n'",
           "facts 20000000002 2 0 'name\ttwo\n'");
    store = scratch_open(s);
    struct lines *lines = load_lines(s, store);
    assert_int_equal(lines->skipped, 0);
    scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = 5});
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    lines = load_lines(s, store);
    uint32_t left = 0;
    for (uint32_t i = 0; i < lines->count; i++)
        left += strncmp(lines->lines[i], "facts", 5) == 0;
    assert_int_equal(left, 1);
    store_close(store);
}

static int64_t count_rows(const struct scratch *s, const char *sql) {
    char path[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

/* Ties to very many rooms are deleted in slices: until then none of them counts. */
static void what_is_left_of_an_account_is_not_loaded_and_goes_in_slices(void **state) {
    enum { TIES = 3000, LARGE = 500 };
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    for (uint32_t room = 3; room <= TIES; room++)
        scratch_put(s, store, tie(room, alice.author.v, 0, false, 7));
    scratch_commit(s, store);
    scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = alice.author.v});
    scratch_commit(s, store);
    store_close(store);
    assert_true(count_rows(s, "SELECT count(*) FROM ties WHERE account = 1073741825") > LARGE);
    expect(s, "counters", BOB, TOKEN_1, ROOM_1, ROOM_2, "tie 1 5 0 0 12", "tie 2 5 0 1 0", MUTE_2);
    store = scratch_open(s);
    do
        scratch_idle(s, store);
    while (store_idle_again(store));
    store_close(store);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM ties WHERE account = 1073741825"), 0);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM leaving"), 0);
    expect(s, "counters", BOB, TOKEN_1, ROOM_1, ROOM_2, "tie 1 5 0 0 12", "tie 2 5 0 1 0", MUTE_2);
}

/* Her number is hers as a guest, too, and she may register again at once. */
static void an_account_made_anew_has_nothing_of_the_old_one(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = alice.author.v});
    scratch_put(s, store, alice);
    scratch_put(s, store, tie(2, alice.author.v, 1, true, 0));
    scratch_commit(s, store);
    scratch_idle(s, store);
    store_close(store);
    expect(s, "counters", BOB, ALICE, TOKEN_1, ROOM_1, ROOM_2, "tie 1 5 0 0 12", "tie 2 5 0 1 0",
           "tie 2 1073741825 1 1 0", MUTE_2);
}

static void an_account_takes_what_is_about_it_with_it(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = alice.author.v});
    scratch_commit(s, store);
    store_close(store);
    expect(s, "counters", BOB, TOKEN_1, ROOM_1, ROOM_2, "tie 1 5 0 0 12", "tie 2 5 0 1 0", MUTE_2);
}

static void tokens_that_ran_out_leave_the_disk(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    while (store_idle_again(store))
        scratch_idle(s, store);
    store_close(store);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM tokens"), 2);
}

static void a_deleted_room_takes_its_people_with_it_but_not_the_audit_log(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    put_all(s, store);
    for (uint32_t account = 100; account < 400; account++)
        scratch_put(s, store, tie(2, account, 0, true, account));
    for (uint64_t number = 3; number < 100; number++)
        scratch_put(s, store, restraint(2, number, SUBJECT_NET, 0));
    scratch_put(s, store,
                (struct record){.kind = RECORD_AUDIT,
                                .room.v = 2,
                                .author.v = 5,
                                .author_name = slice_of("bob"),
                                .key = slice_of("delete")});
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    store_close(store);
    expect(s, "counters", BOB, ALICE, TOKEN_1, TOKEN_2, ROOM_1, "tie 1 5 0 0 12",
           "tie 1 1073741825 3 1 0"); /* before the rows are gone */
    store = scratch_open(s);
    while (store_idle_again(store))
        scratch_idle(s, store);
    store_close(store);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM ties WHERE id >> 32 = 2"), 0);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM ties"), 2);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM restraints"), 0);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM audit WHERE room = 2"), 1);
}

static void a_room_keeps_its_settings(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    char name[24];
    struct record room = scratch_room(3, name);
    room.flags = ROOM_DIRECT | ROOM_PRIVATE | ROOM_MODERATED | ROOM_INVITE_ONLY;
    room.secret = slice_of("sesame");
    room.slow_seconds = 30;
    room.retention_days = 7;
    room.retention_count = UINT32_MAX;
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 4});
    scratch_put(s, store, room);
    scratch_commit(s, store);
    store_close(store);
    expect(s, "counters", "room 3 f0 'sesame' 30 7 4294967295");
}

/* How a message with this id is loaded; `any`: its text is not known any more. */
static const char *once_of(struct record message, const char *id, bool any) {
    static char lines[8][LINE_MAX];
    static int next;
    char *line = lines[next++ % 8];
    message.client_id = slice_text(id);
    struct record once = once_record(&message);
    if (any) once.number = 0;
    line_write(line, &once);
    return line;
}

static void client_ids_come_newest_first_as_far_as_asked_for(void **state) {
    struct scratch *s = *state;
    s->options.once_max = 4;
    struct store *store = scratch_open(s);
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 2});
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 2);
    char ids[8][16];
    for (uint64_t seq = 1; seq <= 7; seq++) {
        struct record said = scratch_message(1, seq, 0);
        snprintf(ids[seq], sizeof ids[seq], "id-%llu", (unsigned long long)seq);
        said.client_id = slice_text(ids[seq]);
        said.identity.v = UINT64_C(1) << 63 | seq;
        if (seq == 5) said.client_id = (struct slice){0};
        scratch_put(s, store, said);
    }
    struct record edit = scratch_message(1, 8, 0);
    edit.stored = STORED_EDIT;
    edit.target = 6;
    scratch_put(s, store, edit);
    struct record removal = scratch_message(1, 9, 0);
    removal.stored = STORED_REMOVAL;
    removal.target = 4;
    scratch_put(s, store, removal);
    struct record other = scratch_message(2, 99, 0);
    other.client_id = slice_of("of a deleted room");
    scratch_put(s, store, other);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    store_close(store);
    const char *lines[8];
    for (uint64_t seq = 1; seq <= 7; seq++) {
        struct record said = scratch_message(1, seq, 0);
        said.identity.v = UINT64_C(1) << 63 | seq;
        lines[seq] = once_of(said, ids[seq], seq == 4);
    }
    expect(s, "counters", ROOM_1, lines[7], lines[6], lines[4], lines[3]);
}

static void client_ids_older_than_a_day_before_the_newest_are_not_given(void **state) {
    struct scratch *s = *state;
    s->options.once_max = 100;
    struct store *store = scratch_open(s);
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 2});
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct record said = scratch_message(1, seq, 0);
        said.client_id = slice_of("id");
        said.time_ms = 1700000000000 + (int64_t)seq * 80000000; /* 22 hours */
        scratch_put(s, store, said);
    }
    scratch_commit(s, store);
    store_close(store);
    const char *third = once_of(scratch_message(1, 3, 0), "id", false);
    const char *second = once_of(scratch_message(1, 2, 0), "id", false);
    expect(s, "counters", ROOM_1, third, second);
    store = scratch_open(s);
    do
        scratch_idle(s, store);
    while (store_idle_again(store));
    store_close(store);
    assert_int_equal(count_rows(s, "SELECT count(*) FROM onces"), 2);
    expect(s, "counters", ROOM_1, third, second);
}

/* ---- the audit log ---- */

struct log {
    uint32_t count;
    char lines[40][80];
};

static void log_row(void *context, const struct event *past) {
    struct log *log = context;
    assert_int_equal(past->kind, EVENT_PAST);
    assert_int_equal(past->stored, STORED_NOTHING);
    snprintf(log->lines[log->count++], 80, "%.*s %.*s %.*s %lld", SLICE(past->author_name),
             SLICE(past->other), SLICE(past->text), (long long)past->time_ms);
}

static void the_audit_log_is_read_from_its_end_in_pieces(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    for (int64_t i = 1; i <= 30; i++) {
        scratch_put(s, store,
                    (struct record){.kind = RECORD_AUDIT,
                                    .room.v = 1 + (uint32_t)(i % 2),
                                    .author.v = 5,
                                    .author_name = slice_of("bob"),
                                    .key = slice_of("kick"),
                                    .name = slice_of("carl"),
                                    .text = i % 4 == 0 ? slice_of("noise") : (struct slice){0},
                                    .time_ms = i});
    }
    scratch_put(s, store,
                (struct record){.kind = RECORD_AUDIT,
                                .author_name = slice_of("console"),
                                .key = slice_of("lockdown"),
                                .time_ms = 31});
    scratch_commit(s, store);
    struct store_reader *reader = scratch_reader(s);
    struct query query = {.kind = QUERY_AUDIT, .room.v = 1, .count = 9, .last = UINT64_MAX};
    struct query_end end;
    struct log log = {0};
    do {
        assert_int_equal(store_read(reader, &query, 700, log_row, &log, &end, &s->error), 0);
        query.count = end.count;
        query.last = end.last;
    } while (end.count > 0);
    assert_int_equal(log.count, 9);
    assert_string_equal(log.lines[0], "bob carl kick 30");
    assert_string_equal(log.lines[1], "bob carl kick noise 28");
    assert_string_equal(log.lines[8], "bob carl kick 14");
    query.count = 100;
    assert_int_equal(store_read(reader, &query, 1 << 20, log_row, &log, &end, &s->error), 0);
    assert_int_equal(log.count, 15);
    assert_int_equal(end.count, 0);
    assert_string_equal(log.lines[14], "bob carl kick 2");
    query.room.v = 0; /* the whole server's */
    query.last = UINT64_MAX;
    log.count = 0;
    assert_int_equal(store_read(reader, &query, 1 << 20, log_row, &log, &end, &s->error), 0);
    assert_int_equal(log.count, 1);
    assert_string_equal(log.lines[0], "console  lockdown 31");
    store_reader_close(reader);
    store_close(store);
}

/* ---- damage ---- */

static void outside(const struct scratch *s, const char *sql) {
    char path[256];
    sqlite3 *db = NULL;
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Of 11 rows one is not given, and is counted. */
static void a_damaged_row_is_counted_and_the_others_are_loaded(void **state) {
    static const char *const damages[] = {
        "UPDATE accounts SET verifier = 'mine' WHERE number = 5",
        "UPDATE accounts SET number = 6 WHERE number = 5",
        "UPDATE accounts SET flags = 0 WHERE number = 5",
        "UPDATE tokens SET account = 6 WHERE account = 5",
        "UPDATE tokens SET hash = x'00' WHERE account = 5",
        "UPDATE tokens SET until_ms = 99999999999998 WHERE until_ms = 99999999999999",
        "UPDATE ties SET role = 3 WHERE account = 5 AND joined",
        "UPDATE ties SET id = (2 << 32) | 77, account = 77 WHERE account = 5 AND joined",
        "UPDATE ties SET account = 77 WHERE account = 5 AND joined",
        "UPDATE restraints SET until_ms = 1 WHERE subject = 0",
        "UPDATE restraints SET key = '*' WHERE subject = 2",
        "UPDATE restraints SET id = (1 << 40) | 2 WHERE subject = 2",
        "UPDATE rooms SET slow_seconds = 1 WHERE number = 1; DELETE FROM ties WHERE id >> 32 = 1",
        "UPDATE rooms SET secret = 'x' WHERE number = 1; DELETE FROM ties WHERE id >> 32 = 1",
    };
    struct scratch *s = *state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct store *store = scratch_open(s);
        put_all(s, store);
        store_close(store);
        outside(s, damages[i]);
        store = scratch_open(s);
        struct lines *lines = load_lines(s, store);
        bool ties_gone = strstr(damages[i], "DELETE") != NULL;
        if (lines->skipped != 1) fail_msg("%s: %u skipped", damages[i], lines->skipped);
        assert_int_equal(lines->count, ties_gone ? 9 : 11);
        store_close(store);
        scratch_forget(s);
    }
}

static void a_damaged_row_of_the_audit_log_is_told(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    for (int64_t i = 1; i <= 3; i++) {
        scratch_put(s, store,
                    (struct record){.kind = RECORD_AUDIT, .room.v = 1, .key = slice_of("kick")});
    }
    scratch_commit(s, store);
    store_close(store);
    outside(s, "UPDATE audit SET name = 'eve' WHERE id = 2");
    store = scratch_open(s);
    struct store_reader *reader = scratch_reader(s);
    struct query query = {.kind = QUERY_AUDIT, .room.v = 1, .count = 9, .last = UINT64_MAX};
    struct query_end end;
    struct log log = {0};
    assert_true(store_read(reader, &query, 1 << 20, log_row, &log, &end, &s->error) < 0);
    assert_true(end.failed);
    assert_int_equal(log.count, 1);
    assert_non_null(strstr(s->error.text, "row 2 of the audit log"));
    store_reader_close(reader);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(people_come_back_after_a_restart),
        scratch_test(what_is_changed_or_taken_away_is_so_after_a_restart),
        scratch_test(all_tokens_of_an_account_go_at_once),
        scratch_test(what_people_and_rooms_say_of_themselves_comes_back),
        scratch_test(an_account_takes_what_is_about_it_with_it),
        scratch_test(what_is_left_of_an_account_is_not_loaded_and_goes_in_slices),
        scratch_test(an_account_made_anew_has_nothing_of_the_old_one),
        scratch_test(tokens_that_ran_out_leave_the_disk),
        scratch_test(a_deleted_room_takes_its_people_with_it_but_not_the_audit_log),
        scratch_test(a_room_keeps_its_settings),
        scratch_test(client_ids_come_newest_first_as_far_as_asked_for),
        scratch_test(client_ids_older_than_a_day_before_the_newest_are_not_given),
        scratch_test(the_audit_log_is_read_from_its_end_in_pieces),
        scratch_test(a_damaged_row_is_counted_and_the_others_are_loaded),
        scratch_test(a_damaged_row_of_the_audit_log_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
