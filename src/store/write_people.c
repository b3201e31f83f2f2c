/* write_people.c: accounts, what lets them in, what they are in rooms, and what was done about
 * people there. */
#include "base/check.h"
#include "chat/fact.h"
#include "store/state.h"

/* Somebody who was deleted while she was here and registers anew has the same number: what is left
 * of the old account goes first, all at once. */
static int write_account_anew(struct store *store, uint64_t account) {
    bool any = true;
    int result = store_run_numbers(store, DELETE_LEAVING, &account, 1);
    if (result != SQLITE_OK || sqlite3_changes(store->db) == 0) return result;
    while (result == SQLITE_OK && any)
        result = write_account_rest(store, account, INT32_MAX, &any);
    return result;
}

int write_account(struct store *store, const struct record *record) {
    int result = write_account_anew(store, record->author.v);
    if (result != SQLITE_OK) return result;
    sqlite3_stmt *row = store->statements[REPLACE_ACCOUNT];
    bind_number(row, 1, record->author.v);
    bind_number(row, 2, record->flags);
    bind_number(row, 3, (uint64_t)record->time_ms);
    bind_number(row, 4, row_account_sum(&store->crc, record));
    bind_text(row, 5, record->account_name);
    bind_text(row, 6, record->account_key);
    bind_text(row, 7, record->skeleton);
    bind_text(row, 8, record->verifier);
    bind_text(row, 9, record->scram);
    return store_run(store, REPLACE_ACCOUNT);
}

/* Up to `rows` of an account's ties or, when there are none, restraints; *any: there were some. */
int write_account_rest(struct store *store, uint64_t account, uint64_t rows, bool *any) {
    const uint64_t numbers[] = {account, rows};
    int result = store_run_numbers(store, DELETE_ACCOUNT_TIES, numbers, 2);
    *any = sqlite3_changes(store->db) > 0;
    if (result != SQLITE_OK || *any) return result;
    result = store_run_numbers(store, DELETE_ACCOUNT_RESTRAINTS, numbers, 2);
    *any = sqlite3_changes(store->db) > 0;
    return result;
}

/* What lets her in goes at once. Ties may be as many as there are rooms, and to delete them all
 * would keep everybody's messages waiting: they go in slices (tidy.c), and are not loaded. */
int write_account_gone(struct store *store, const struct record *record) {
    static const enum statement parts[] = {DELETE_ACCOUNT, DELETE_ACCOUNT_TOKENS, INSERT_LEAVING};
    const uint64_t account[] = {record->author.v};
    int result = SQLITE_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && result == SQLITE_OK; i++)
        result = store_run_numbers(store, parts[i], account, 1);
    const uint64_t facts[] = {FACT_OWNER(FACT_OF_PERSON, record->author.v),
                              FACT_OWNER(FACT_MARKS, record->author.v)};
    if (result == SQLITE_OK) result = store_run_numbers(store, DELETE_FACTS, facts, 2);
    store->wipe_wal = true;
    store->work |= TIDY_LEAVING;
    return result;
}

int write_token(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[REPLACE_TOKEN];
    check(record->key.size > 0);
    bind_bytes(row, 1, record->key);
    bind_number(row, 2, record->author.v);
    bind_number(row, 3, (uint64_t)record->until_ms);
    bind_number(row, 4, row_token_sum(&store->crc, record));
    bind_number(row, 5, record->seq);
    bind_number(row, 6, record->number);
    bind_number(row, 7, record->room.v);
    bind_number(row, 8, record->identity.v);
    bind_text(row, 9, record->name);
    bind_text(row, 10, record->author_name);
    if (record->until_ms > 0) store->work |= TIDY_TOKENS;
    return store_run(store, REPLACE_TOKEN);
}

int write_token_gone(struct store *store, const struct record *record) {
    const uint64_t account[] = {record->author.v};
    if (record->key.size == 0) return store_run_numbers(store, DELETE_ACCOUNT_TOKENS, account, 1);
    bind_bytes(store->statements[DELETE_TOKEN], 1, record->key);
    return store_run(store, DELETE_TOKEN);
}

int write_tie(struct store *store, const struct record *record) {
    const uint64_t tie[] = {(uint64_t)record->room.v << 32 | record->author.v,
                            record->author.v,
                            record->role,
                            record->joined,
                            record->number,
                            row_tie_sum(&store->crc, record)};
    bool gone = record->role == 0 && !record->joined && record->number == 0;
    return store_run_numbers(store, gone ? DELETE_TIE : REPLACE_TIE, tie, gone ? 1 : 6);
}

/* One row holds all of one owner; without a line it is gone. */
int write_facts(struct store *store, const struct record *record) {
    const uint64_t ids[] = {record->number, record->number};
    if (record->text.size == 0) return store_run_numbers(store, DELETE_FACTS, ids, 2);
    sqlite3_stmt *row = store->statements[REPLACE_FACTS];
    bind_number(row, 1, record->number);
    bind_number(row, 2, row_facts_sum(&store->crc, record));
    bind_text(row, 3, record->text);
    return store_run(store, REPLACE_FACTS);
}

int write_webhook(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[REPLACE_WEBHOOK];
    bind_number(row, 1, record->number);
    bind_number(row, 2, record->room.v);
    bind_number(row, 3, record->author.v);
    bind_number(row, 4, record->epoch);
    bind_number(row, 5, record->seq);
    bind_number(row, 6, (uint64_t)record->time_ms);
    bind_number(row, 7, row_webhook_sum(&store->crc, record));
    bind_text(row, 8, record->author_name);
    bind_text(row, 9, record->text);
    bind_bytes(row, 10, record->secret);
    return store_run(store, REPLACE_WEBHOOK);
}

int write_webhook_gone(struct store *store, const struct record *record) {
    const uint64_t number[] = {record->number};
    store->wipe_wal = true; /* its key is nobody's any more */
    return store_run_numbers(store, DELETE_WEBHOOK, number, 1);
}

int write_restraint(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[REPLACE_RESTRAINT];
    check(record->number < SEQ_MAX);
    bind_number(row, 1, (uint64_t)event_key(record->room.v, record->number));
    bind_number(row, 2, record->restraint);
    bind_number(row, 3, record->subject);
    bind_number(row, 4, record->author.v);
    bind_number(row, 5, (uint64_t)record->until_ms);
    bind_number(row, 6, (uint64_t)record->time_ms);
    bind_number(row, 7, row_restraint_sum(&store->crc, record));
    bind_text(row, 8, record->name);
    bind_text(row, 9, record->key);
    bind_text(row, 10, record->author_name);
    return store_run(store, REPLACE_RESTRAINT);
}

int write_restraint_gone(struct store *store, const struct record *record) {
    const uint64_t key[] = {(uint64_t)event_key(record->room.v, record->number)};
    return store_run_numbers(store, DELETE_RESTRAINT, key, 1);
}

int write_audit(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[INSERT_AUDIT];
    bind_number(row, 1, record->room.v);
    bind_number(row, 2, record->author.v);
    bind_number(row, 3, (uint64_t)record->time_ms);
    bind_number(row, 4, row_audit_sum(&store->crc, record));
    bind_text(row, 5, record->author_name);
    bind_text(row, 6, record->key);
    bind_text(row, 7, record->name);
    bind_text(row, 8, record->text);
    return store_run(store, INSERT_AUDIT);
}

int write_secret(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[REPLACE_SECRET];
    bind_number(row, 1, row_secret_sum(&store->crc, record));
    bind_bytes(row, 2, record->key);
    return store_run(store, REPLACE_SECRET);
}
