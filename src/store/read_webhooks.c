/* read_webhooks.c: the outgoing webhooks, with how far their rooms are. */
#include "store/load.h"
#include "store/reader.h"

/* A restore gave the room another epoch: of the old one that holds up to column 13 what was
 * delivered stays delivered; of one that nobody knows nothing is told again. */
static uint64_t begin_of(sqlite3_stmt *row, const struct store_webhook *webhook) {
    uint64_t seq = webhook->webhook->seq;
    if (webhook->webhook->epoch != webhook->room_epoch) {
        if (sqlite3_column_type(row, 13) == SQLITE_NULL) return webhook->room_seq;
        uint64_t held = (uint64_t)sqlite3_column_int64(row, 13);
        if (held < seq) seq = held;
    }
    return seq < webhook->room_seq ? seq : webhook->room_seq;
}

int store_read_webhooks(struct store_reader *reader,
                        void (*row)(void *context, const struct store_webhook *webhook),
                        void *context, struct store_error *error) {
    sqlite3_stmt *found = reader->statements[WEBHOOKS];
    struct record record;
    int result;
    *error = (struct store_error){.fault = STORE_FINE};
    while ((result = sqlite3_step(found)) == SQLITE_ROW) {
        struct store_webhook webhook = {
            .webhook = &record,
            .room_name = row_text(found, 10),
            .room_epoch = (uint64_t)sqlite3_column_int64(found, 11),
            .room_seq = (uint64_t)sqlite3_column_int64(found, 12),
        };
        if (!row_webhook_fill(found, &reader->crc, &record)) continue; /* as at the start */
        webhook.from = begin_of(found, &webhook);
        row(context, &webhook);
    }
    int done = 0;
    if (result != SQLITE_DONE)
        done = store_blame_sqlite(error, STORE_FAILED, trouble_of(reader->db),
                                  "cannot read the webhooks of parlance.db");
    sqlite3_reset(found);
    return done;
}
