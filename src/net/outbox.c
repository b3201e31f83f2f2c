/* outbox.c: references, and the one write that sends them. */
#include "net/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/check.h"

static struct outbox_ref *ref_take(struct outbox_pool *pool) {
    struct outbox_ref *ref = pool->spares;
    if (!ref) return malloc(sizeof *ref);
    pool->spares = ref->next;
    pool->spare_count--;
    return ref;
}

static void ref_drop(struct outbox_pool *pool, struct outbox_ref *ref) {
    blob_unref(pool->blobs, ref->blob);
    if (pool->spare_count == OUTBOX_SPARES_MAX) {
        free(ref);
        return;
    }
    ref->next = pool->spares;
    pool->spares = ref;
    pool->spare_count++;
}

bool outbox_add(struct outbox_pool *pool, struct outbox *outbox, struct blob *blob, uint32_t at,
                uint32_t size) {
    check(size > 0 && (uint64_t)at + size <= blob->size);
    struct outbox_ref *last = outbox->last;
    outbox->size += size;
    if (last && last->blob == blob && last->at + last->size == at) {
        last->size += size;
        return true;
    }
    struct outbox_ref *ref = ref_take(pool);
    if (!ref) {
        outbox->size -= size;
        return false;
    }
    *ref = (struct outbox_ref){.blob = blob, .at = at, .size = size};
    blob->references++;
    if (last)
        last->next = ref;
    else
        outbox->first = ref;
    outbox->last = ref;
    return true;
}

void outbox_append(struct outbox *to, struct outbox *from) {
    if (!from->first) return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    to->size += from->size;
    *from = (struct outbox){0};
}

void outbox_clear(struct outbox_pool *pool, struct outbox *outbox) {
    outbox_sent(pool, outbox, outbox->size);
}

void outbox_sent(struct outbox_pool *pool, struct outbox *outbox, uint64_t size) {
    check(size <= outbox->size);
    outbox->size -= size;
    while (size > 0) {
        struct outbox_ref *ref = outbox->first;
        if (size < ref->size) {
            ref->at += (uint32_t)size;
            ref->size -= (uint32_t)size;
            return;
        }
        size -= ref->size;
        outbox->first = ref->next;
        ref_drop(pool, ref);
    }
    if (!outbox->first) outbox->last = NULL;
}

static ssize_t write_once(const struct outbox *outbox, int fd, uint64_t *wanted) {
    struct iovec pieces[OUTBOX_GATHER];
    const struct outbox_ref *ref = outbox->first;
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    *wanted = ref->size;
    if (!ref->next) return send(fd, ref->blob->bytes + ref->at, ref->size, flags);
    size_t count = 0;
    for (*wanted = 0; ref && count < OUTBOX_GATHER; ref = ref->next, count++) {
        pieces[count] = (struct iovec){ref->blob->bytes + ref->at, ref->size};
        *wanted += ref->size;
    }
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return sendmsg(fd, &message, flags);
}

/* WAY 9 of 9: bytes out, one gathered write per socket and turn. */
int outbox_write(struct outbox_pool *pool, struct outbox *outbox, int fd) {
    while (outbox->first) {
        uint64_t wanted;
        ssize_t n = write_once(outbox, fd, &wanted);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        outbox_sent(pool, outbox, (uint64_t)n);
        if ((uint64_t)n < wanted) return -EAGAIN;
    }
    return 0;
}

void outbox_pool_trim(struct outbox_pool *pool) {
    while (pool->spares) {
        struct outbox_ref *ref = pool->spares;
        pool->spares = ref->next;
        free(ref);
    }
    pool->spare_count = 0;
}
