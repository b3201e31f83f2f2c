/* store_thread.h: the thread that writes, and the one that reads pages of history. */
#ifndef SERVER_STORE_THREAD_H
#define SERVER_STORE_THREAD_H

#include "server/mailbox.h"
#include "store/read.h"
#include "store/search.h"
#include "store/store.h"

struct store_thread {
    struct mailbox *mailbox;
    struct store *store;             /* the thread's own while it runs */
    uint64_t records;                /* put so far */
    uint64_t cost;                   /* of the last record put */
    _Atomic uint32_t retention_days; /* the setting; main to store */
    uint32_t rebuilt;                /* of the search index, as told in the log */
};

struct reader_thread {
    struct mailbox *mailbox;
    struct store_reader *reader;
    struct store_searcher *searcher;
};

/* Until mailbox.stop_store and nothing waits. A failed write or flush ends the process with 74. */
void *store_thread_run(void *thread);
void *reader_thread_run(void *thread); /* until mailbox.stop_reader */

#endif
