/* kill -9 before any write to the files, while messages are changed and people come and go: after
 * the next start the tables are as they are after whole batches, all that were committed and
 * perhaps the one that was being written. Compared with stores that nobody killed, table by table.
 */
#include <sqlite3.h>

#include "chat/fact.h"
#include "test_store_everything.h"

enum { BATCHES = 8, SAID_A_BATCH = 6, STEP = 5, WRITES_MAX = 3000 };

static const char *const tables[] = {"rooms",  "heads",    "events", "reactions", "purges",
                                     "epochs", "accounts", "tokens", "ties",      "restraints",
                                     "audit",  "counters", "onces",  "totals",    "leaving",
                                     "doomed", "facts"};
enum { TABLES = sizeof tables / sizeof tables[0] };

/* ---- what is written ---- */

static void put_said(struct scratch *s, struct store *store, uint64_t seq, enum stored stored,
                     uint64_t target) {
    struct record record = scratch_message(1, seq, TEXT_MAX);
    record.stored = (uint8_t)stored;
    record.target = target;
    record.identity.v = 77;
    if (stored == STORED_MESSAGE) record.client_id = slice_text(seq % 2 == 0 ? "even" : "odd");
    scratch_put(s, store, record);
}

static void put_people(struct scratch *s, struct store *store, uint32_t number) {
    char bytes[80];
    for (int kind = 0; kind < PERSON_KINDS; kind++)
        scratch_put(s, store, person(person_kinds[kind], number, bytes));
    if (number == 1) return;
    struct record changed = person(RECORD_ACCOUNT, number - 1, bytes);
    changed.flags ^= ACCOUNT_SUSPENDED;
    scratch_put(s, store, changed);
    changed = person(RECORD_TIE, number - 1, bytes);
    changed.number += 5;
    scratch_put(s, store, changed);
    changed = person(RECORD_RESTRAINT, number - 1, bytes);
    changed.kind = RECORD_RESTRAINT_GONE;
    scratch_put(s, store, changed);
    changed = person(RECORD_TOKEN, number - 1, bytes);
    changed.kind = RECORD_TOKEN_GONE;
    scratch_put(s, store, changed);
    changed = (struct record){.kind = RECORD_FACTS,
                              .number = FACT_OWNER(FACT_OF_PERSON, number / 2),
                              .text = number % 4 == 0 ? (struct slice){0} : slice_of("a\tb\n")};
    scratch_put(s, store, changed);
    if (number % 3 == 0)
        scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = number - 1});
}

/* The n-th batch, from 1 on. */
static void put_batch(struct scratch *s, struct store *store, uint32_t batch) {
    uint64_t seq = (uint64_t)(batch - 1) * SAID_A_BATCH;
    char name[24];
    if (batch == 1) scratch_put(s, store, scratch_room(1, name));
    for (int i = 1; i <= 3; i++)
        put_said(s, store, seq + (uint64_t)i, STORED_MESSAGE, 0);
    put_said(s, store, seq + 4, STORED_EDIT, seq + 1);
    put_said(s, store, seq + 5, STORED_REMOVAL, seq + 2);
    put_said(s, store, seq + 6, STORED_REACTION, seq + 3);
    put_people(s, store, batch);
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = batch, .seq = 9});
    scratch_put(s, store,
                (struct record){.kind = RECORD_AUDIT, .room.v = 1, .time_ms = (int64_t)batch});
}

/* ---- what is there ---- */

static uint64_t table_hash(sqlite3 *db, const char *table) {
    char text[80];
    sqlite3_stmt *row = NULL;
    uint64_t hash = 1;
    snprintf(text, sizeof text, "SELECT * FROM %s ORDER BY 1, 2", table);
    if (strcmp(table, "leaving") == 0) snprintf(text, sizeof text, "SELECT * FROM leaving");
    if (sqlite3_prepare_v2(db, text, -1, &row, NULL) != SQLITE_OK) fail_msg("%s", table);
    while (sqlite3_step(row) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            struct slice value = {sqlite3_column_blob(row, i),
                                  (size_t)sqlite3_column_bytes(row, i)};
            hash = slice_hash(value, hash + value.size);
        }
    }
    sqlite3_finalize(row);
    return hash;
}

/* Opens the store, as a server does after a crash, and lets it finish what idle turns do. */
static void look(struct scratch *s, uint64_t hashes[TABLES]) {
    struct store *store = scratch_open(s);
    char path[256];
    sqlite3 *db = NULL;
    do
        scratch_idle(s, store);
    while (store_idle_again(store));
    store_close(store);
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (int i = 0; i < TABLES; i++)
        hashes[i] = table_hash(db, tables[i]);
    sqlite3_close(db);
}

/* ---- the kill ---- */

static struct {
    int left; /* writes */
    ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t at);
} killer;

static ssize_t killing_pwrite(int fd, const void *bytes, size_t size, off_t at) {
    if (killer.left-- == 0) kill(getpid(), SIGKILL);
    return killer.pwrite(fd, bytes, size, at);
}

static void killer_arm(int writes) {
    static const char *const names[] = {"pwrite", "pwrite64"};
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix-excl");
    killer.left = writes;
    killer.pwrite = pwrite;
    for (int i = 0; i < 2; i++)
        if (vfs->xGetSystemCall(vfs, names[i]) != NULL)
            vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)killing_pwrite);
}

/* Up to the write before which it is killed. False: it came to its end. */
static bool run_killed(struct scratch *s, int writes, uint32_t *committed) {
    pid_t child = fork();
    if (child == 0) {
        struct store *store = scratch_open(s);
        killer_arm(writes);
        for (uint32_t batch = 1; batch <= BATCHES; batch++) {
            put_batch(s, store, batch);
            scratch_commit(s, store);
            *committed = batch;
            if (batch % 2 == 0) scratch_idle(s, store);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status)) assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static const char *first_other(const uint64_t a[TABLES], const uint64_t b[TABLES]) {
    for (int i = 0; i < TABLES; i++)
        if (a[i] != b[i]) return tables[i];
    return NULL;
}

static void a_kill_before_any_write_leaves_whole_batches(void **state) {
    struct scratch *s = *state;
    static uint64_t right[BATCHES + 1][TABLES];
    uint32_t *committed = scratch_shared(sizeof *committed);
    int step = getenv("PARLANCE_LONG") != NULL ? 1 : STEP;
    int kills = 0;
    for (uint32_t batches = 0; batches <= BATCHES; batches++) {
        struct store *store = scratch_open(s);
        for (uint32_t batch = 1; batch <= batches; batch++) {
            put_batch(s, store, batch);
            scratch_commit(s, store);
        }
        store_close(store);
        look(s, right[batches]);
        scratch_forget(s);
    }
    for (int writes = 0; writes < WRITES_MAX; writes += step) {
        uint64_t hashes[TABLES];
        *committed = 0;
        if (!run_killed(s, writes, committed)) break;
        uint32_t batches = *committed;
        look(s, hashes);
        const char *other = first_other(hashes, right[batches]);
        if (other != NULL && batches < BATCHES && first_other(hashes, right[batches + 1]) != NULL)
            fail_msg("killed before write %d, %u batches committed: %s", writes, batches, other);
        scratch_forget(s);
        kills++;
    }
    print_message("%d kills\n", kills);
    assert_true(kills > 20);
    munmap(committed, sizeof *committed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(a_kill_before_any_write_leaves_whole_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
