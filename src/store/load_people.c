/* load_people.c: accounts and tokens, and what is kept of people in rooms. What belongs to a room
 * that was not given is passed over: the room was deleted, or was counted as damaged itself. */
#include <time.h>

#include "chat/fact.h"
#include "store/load.h"

enum { DAY_MS = 86400000 };

static enum load_verdict verdict(sqlite3_stmt *row, int column, uint32_t sum) {
    return sqlite3_column_int64(row, column) == sum ? LOAD_RIGHT : LOAD_WRONG;
}

/* The sum comes first: a damaged number is no room that was deleted. */
static enum load_verdict verdict_in_room(const struct loading *loading, sqlite3_stmt *row,
                                         int column, uint32_t sum, const struct record *record) {
    if (verdict(row, column, sum) == LOAD_WRONG) return LOAD_WRONG;
    return load_has_room(loading, record->room.v) ? LOAD_RIGHT : LOAD_NOT_MEANT;
}

/* As that, of what is left of an account that is gone. */
static enum load_verdict verdict_of_person(const struct loading *loading, sqlite3_stmt *row,
                                           int column, uint32_t sum, const struct record *record) {
    enum load_verdict found = verdict_in_room(loading, row, column, sum, record);
    if (found != LOAD_RIGHT || loading->leaving == NULL) return found;
    bind_number(loading->leaving, 1, record->author.v);
    bool gone = sqlite3_step(loading->leaving) == SQLITE_ROW;
    sqlite3_reset(loading->leaving);
    return gone ? LOAD_NOT_MEANT : LOAD_RIGHT;
}

static enum load_verdict account_judge(struct loading *loading, sqlite3_stmt *row,
                                       struct record *record) {
    *record = (struct record){
        .kind = RECORD_ACCOUNT,
        .author.v = (uint32_t)sqlite3_column_int64(row, 0),
        .flags = (uint32_t)sqlite3_column_int64(row, 1),
        .time_ms = sqlite3_column_int64(row, 2),
        .account_name = row_text(row, 4),
        .account_key = row_text(row, 5),
        .skeleton = row_text(row, 6),
        .verifier = row_text(row, 7),
        .scram = row_text(row, 8),
    };
    return verdict(row, 3, row_account_sum(&loading->store->crc, record));
}

static enum load_verdict token_judge(struct loading *loading, sqlite3_stmt *row,
                                     struct record *record) {
    *record = (struct record){
        .kind = RECORD_TOKEN,
        .author.v = (uint32_t)sqlite3_column_int64(row, 1),
        .until_ms = sqlite3_column_int64(row, 2),
        .key = {sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0)},
        .seq = (uint64_t)sqlite3_column_int64(row, 4),
        .number = (uint64_t)sqlite3_column_int64(row, 5),
        .room.v = (uint32_t)sqlite3_column_int64(row, 6),
        .identity.v = (uint64_t)sqlite3_column_int64(row, 7),
        .name = row_text(row, 8),
        .author_name = row_text(row, 9),
    };
    if (verdict(row, 3, row_token_sum(&loading->store->crc, record)) == LOAD_WRONG) {
        return LOAD_WRONG;
    }
    bool over = record->until_ms > 0 && record->until_ms <= loading->now_ms;
    return over ? LOAD_NOT_MEANT : LOAD_RIGHT;
}

static enum load_verdict epoch_judge(struct loading *loading, sqlite3_stmt *row,
                                     struct record *record) {
    *record = (struct record){
        .kind = RECORD_EPOCH,
        .room.v = (uint32_t)sqlite3_column_int64(row, 0),
        .epoch = (uint64_t)sqlite3_column_int64(row, 1),
        .seq = (uint64_t)sqlite3_column_int64(row, 2),
    };
    return verdict_in_room(loading, row, 3, row_epoch_sum(&loading->store->crc, record), record);
}

static enum load_verdict tie_judge(struct loading *loading, sqlite3_stmt *row,
                                   struct record *record) {
    uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);
    *record = (struct record){
        .kind = RECORD_TIE,
        .room.v = (uint32_t)(id >> 32),
        .author.v = (uint32_t)sqlite3_column_int64(row, 1),
        .role = (uint8_t)sqlite3_column_int(row, 2),
        .joined = sqlite3_column_int(row, 3) != 0,
        .number = (uint64_t)sqlite3_column_int64(row, 4),
    };
    if ((uint32_t)id != record->author.v) return LOAD_WRONG;
    return verdict_of_person(loading, row, 5, row_tie_sum(&loading->store->crc, record), record);
}

static enum load_verdict restraint_judge(struct loading *loading, sqlite3_stmt *row,
                                         struct record *record) {
    uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);
    *record = (struct record){
        .kind = RECORD_RESTRAINT,
        .room.v = (uint32_t)(id >> SEQ_BITS),
        .number = id & SEQ_MAX,
        .restraint = (uint8_t)sqlite3_column_int(row, 1),
        .subject = (uint8_t)sqlite3_column_int(row, 2),
        .author.v = (uint32_t)sqlite3_column_int64(row, 3),
        .until_ms = sqlite3_column_int64(row, 4),
        .time_ms = sqlite3_column_int64(row, 5),
        .name = row_text(row, 7),
        .key = row_text(row, 8),
        .author_name = row_text(row, 9),
    };
    uint32_t sum = row_restraint_sum(&loading->store->crc, record);
    if (record->room.v == 0) return verdict(row, 6, sum); /* of the whole server */
    if (record->subject != SUBJECT_ACCOUNT) return verdict_in_room(loading, row, 6, sum, record);
    return verdict_of_person(loading, row, 6, sum, record);
}

static enum load_verdict facts_judge(struct loading *loading, sqlite3_stmt *row,
                                     struct record *record) {
    uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);
    bool of_room = id >> 40 == FACT_OF_ROOM;
    *record = (struct record){.kind = RECORD_FACTS, .number = id, .text = row_text(row, 2)};
    if (of_room)
        record->room.v = (uint32_t)id;
    else
        record->author.v = (uint32_t)id;
    uint32_t sum = row_facts_sum(&loading->store->crc, record);
    return of_room ? verdict_in_room(loading, row, 1, sum, record) : verdict(row, 1, sum);
}

/* A day is counted from the newest, so that a clock that was set forward forgets no id. */
bool row_webhook_fill(sqlite3_stmt *row, const struct crc *crc, struct record *record) {
    *record = (struct record){
        .kind = RECORD_WEBHOOK,
        .number = (uint64_t)sqlite3_column_int64(row, 0),
        .room.v = (uint32_t)sqlite3_column_int64(row, 1),
        .author.v = (uint32_t)sqlite3_column_int64(row, 2),
        .epoch = (uint64_t)sqlite3_column_int64(row, 3),
        .seq = (uint64_t)sqlite3_column_int64(row, 4),
        .time_ms = sqlite3_column_int64(row, 5),
        .author_name = row_text(row, 7),
        .text = row_text(row, 8),
        .secret = {sqlite3_column_blob(row, 9), (size_t)sqlite3_column_bytes(row, 9)},
    };
    return sqlite3_column_int64(row, 6) == row_webhook_sum(crc, record);
}

static enum load_verdict webhook_judge(struct loading *loading, sqlite3_stmt *row,
                                       struct record *record) {
    if (!row_webhook_fill(row, &loading->store->crc, record)) return LOAD_WRONG;
    return load_has_room(loading, record->room.v) ? LOAD_RIGHT : LOAD_NOT_MEANT;
}

static enum load_verdict once_judge(struct loading *loading, sqlite3_stmt *row,
                                    struct record *record) {
    if (loading->once_left == 0) return LOAD_ENOUGH;
    if (!once_take(&loading->store->crc, row, 1, record)) return LOAD_WRONG;
    if (loading->newest_ms == 0) loading->newest_ms = record->time_ms;
    if (record->time_ms < loading->newest_ms - DAY_MS) return LOAD_ENOUGH;
    if (!load_has_room(loading, record->room.v)) return LOAD_NOT_MEANT;
    loading->once_left--;
    return LOAD_RIGHT;
}

static enum load_verdict secret_judge(struct loading *loading, sqlite3_stmt *row,
                                      struct record *record) {
    *record = (struct record){
        .kind = RECORD_SECRET,
        .key = {sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2)},
    };
    return verdict(row, 1, row_secret_sum(&loading->store->crc, record));
}

const struct load_table load_people[LOAD_PEOPLE] = {
    [LOAD_ACCOUNTS] =
        {
            .name = "accounts",
            .has_total = true,
            .crc_column = 3,
            .is_keyed = true,
            .text = "SELECT " LOAD_ACCOUNT_COLUMNS " FROM accounts ORDER BY number",
            .judge = account_judge,
        },
    [LOAD_TOKENS] =
        {
            .name = "tokens",
            .has_total = true,
            .crc_column = 3,
            .text = "SELECT " LOAD_TOKEN_COLUMNS " FROM tokens ORDER BY account, until_ms",
            .judge = token_judge,
        },
    [LOAD_EPOCHS] =
        {
            .name = "epochs",
            .has_total = true,
            .crc_column = 3,
            .text = "SELECT " LOAD_EPOCH_COLUMNS " FROM epochs ORDER BY room, seq",
            .judge = epoch_judge,
        },
    [LOAD_TIES] =
        {
            .name = "ties",
            .has_total = true,
            .crc_column = 5,
            .is_keyed = true,
            .text = "SELECT " LOAD_TIE_COLUMNS " FROM ties ORDER BY id",
            .judge = tie_judge,
        },
    [LOAD_RESTRAINTS] =
        {
            .name = "restraints",
            .has_total = true,
            .crc_column = 6,
            .is_keyed = true,
            .text = "SELECT " LOAD_RESTRAINT_COLUMNS " FROM restraints ORDER BY id",
            .judge = restraint_judge,
        },
    [LOAD_FACTS] =
        {
            .name = "facts",
            .has_total = true,
            .crc_column = 1,
            .is_keyed = true,
            .text = "SELECT " LOAD_FACTS_COLUMNS " FROM facts ORDER BY id",
            .judge = facts_judge,
        },
    [LOAD_WEBHOOKS] =
        {
            .name = "webhooks",
            .has_total = true,
            .crc_column = 6,
            .is_keyed = true,
            .text = "SELECT " LOAD_WEBHOOK_COLUMNS " FROM webhooks ORDER BY number",
            .judge = webhook_judge,
        },
    [LOAD_ONCES] =
        {
            .name = "client ids",
            .text = "SELECT n, entry FROM onces ORDER BY n DESC",
            .judge = once_judge,
        },
    [LOAD_SECRETS] =
        {
            .name = "secrets",
            .crc_column = 1,
            .is_keyed = true,
            .text = "SELECT " LOAD_SECRET_COLUMNS " FROM secrets ORDER BY one",
            .judge = secret_judge,
        },
};

int load_accounts(struct loading *loading) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    loading->now_ms = (int64_t)now.tv_sec * 1000;
    int result = load_rows(loading, &load_people[LOAD_ACCOUNTS]);
    return result == 0 ? load_rows(loading, &load_people[LOAD_TOKENS]) : result;
}

/* Nearly always there is none, and nothing needs to be asked. */
static int leaving_prepare(struct loading *loading) {
    sqlite3 *db = loading->store->db;
    int64_t any = 0;
    int result = connect_number(db, "SELECT 1 FROM leaving LIMIT 1", &any);
    if (result == SQLITE_OK && any != 0) {
        result = sqlite3_prepare_v2(db, "SELECT 1 FROM leaving WHERE account = ?1", -1,
                                    &loading->leaving, NULL);
    }
    if (result == SQLITE_OK) return 0;
    return store_blame_sqlite(loading->error, STORE_FAILED, trouble_of(db),
                              "cannot read parlance.db; see parlance recover");
}

int load_of_rooms(struct loading *loading) {
    int result = leaving_prepare(loading);
    loading->once_left = loading->store->once_max;
    for (int table = LOAD_EPOCHS; table < LOAD_PEOPLE && result == 0; table++)
        result = load_rows(loading, &load_people[table]);
    sqlite3_finalize(loading->leaving);
    loading->leaving = NULL;
    return result;
}
