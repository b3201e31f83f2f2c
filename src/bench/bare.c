/* bare.c: one epoll loop. A turn reads what is there, appends whole lines to one shared buffer, and
 * ends with one send() of what is new to each member. The buffer starts over whenever everyone has
 * everything, which is nearly always; only a member whose socket was full has a position of its
 * own. */
#include "bench/bare.h"

#include "base/check.h"
#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 1024,
    READ_MAX = 64 * 1024,
    PARTIAL_MAX = 8 * 1024,
    SHARED_MAX = 8 * 1024 * 1024,
    ROOM_NEEDED = 1024 * 1024, /* in the shared buffer before a sender is read */
    LAG_MAX = 1024 * 1024,     /* a member that is further behind is cut */
    SPANS_MAX = 64 * 1024,
    PIECES_MAX = 64,
};

/* By file descriptor. */
struct peer {
    bool open, member, waiting;
    uint32_t member_index;
    size_t at;      /* while waiting: its position in the shared buffer */
    uint64_t spoke; /* the last turn in which it spoke */
    char nick[32];  /* with ": " */
    uint32_t nick_size;
    uint32_t partial_size;
    char *partial; /* owned: a line without its end, NULL if none ever */
};

/* Bytes of the shared buffer from one author, who is not sent them. */
struct span {
    size_t from, to;
    int author;
};

struct bare {
    int epoll, listener;
    bool announce;
    struct peer *peers;
    int peer_cap;
    int *members;
    uint32_t member_count, waiting_count;
    uint64_t turn;
    char *shared;
    size_t size, flushed; /* bytes written, and sent to all who are not waiting */
    struct span *spans;
    size_t span_count;
    char *input; /* PARTIAL_MAX + READ_MAX */
};

static void close_peer(struct bare *bare, int fd) {
    struct peer *peer = &bare->peers[fd];
    if (peer->waiting) bare->waiting_count--;
    if (peer->member) {
        int last = bare->members[--bare->member_count];
        bare->members[peer->member_index] = last;
        bare->peers[last].member_index = peer->member_index;
    }
    free(peer->partial);
    *peer = (struct peer){0};
    close(fd);
}

static void accept_peers(struct bare *bare) {
    for (int i = 0; i < 256; i++) {
        int fd = accept4(bare->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (fd >= bare->peer_cap) {
            close(fd);
            return;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        check(epoll_ctl(bare->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
        bare->peers[fd] = (struct peer){.open = true};
    }
}

/* Lines of one author that follow each other are one span. */
static void append(struct bare *bare, int author, struct slice text) {
    check(text.size <= SHARED_MAX - bare->size);
    memcpy(bare->shared + bare->size, text.at, text.size);
    struct span *last = bare->span_count > 0 ? &bare->spans[bare->span_count - 1] : NULL;
    if (last != NULL && last->author == author && last->to == bare->size) {
        last->to += text.size;
    } else {
        check(bare->span_count < SPANS_MAX);
        bare->spans[bare->span_count++] = (struct span){bare->size, bare->size + text.size, author};
    }
    bare->size += text.size;
    bare->peers[author].spoke = bare->turn;
}

static void enter(struct bare *bare, int fd, struct slice nick) {
    struct peer *peer = &bare->peers[fd];
    nick = slice_head(nick, sizeof peer->nick - 2);
    memcpy(peer->nick, nick.at, nick.size);
    memcpy(peer->nick + nick.size, ": ", 2);
    peer->nick_size = (uint32_t)nick.size + 2;
    peer->member = true;
    peer->member_index = bare->member_count;
    bare->members[bare->member_count++] = fd;
    if (!bare->announce) return;
    append(bare, fd, nick);
    append(bare, fd, slice_of(" has joined the chat\r\n"));
}

static void take_line(struct bare *bare, int fd, struct slice line) {
    struct peer *peer = &bare->peers[fd];
    if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
    if (line.size == 0) return;
    if (!peer->member) {
        enter(bare, fd, line);
        return;
    }
    append(bare, fd, (struct slice){peer->nick, peer->nick_size});
    append(bare, fd, line);
    append(bare, fd, slice_of("\r\n"));
}

/* Keep a line without its end. False if it is too long. */
static bool keep_partial(struct peer *peer, struct slice rest) {
    if (rest.size > PARTIAL_MAX) return false;
    peer->partial_size = (uint32_t)rest.size;
    if (rest.size == 0) return true;
    if (peer->partial == NULL) peer->partial = malloc(PARTIAL_MAX);
    check(peer->partial != NULL);
    memcpy(peer->partial, rest.at, rest.size);
    return true;
}

static void read_peer(struct bare *bare, int fd) {
    struct peer *peer = &bare->peers[fd];
    if (SHARED_MAX - bare->size < ROOM_NEEDED || bare->span_count > SPANS_MAX - 8192) return;
    memcpy(bare->input, peer->partial_size > 0 ? peer->partial : "", peer->partial_size);
    ssize_t size = recv(fd, bare->input + peer->partial_size, READ_MAX, 0);
    if (size <= 0) {
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) close_peer(bare, fd);
        return;
    }
    struct slice rest = {bare->input, peer->partial_size + (size_t)size};
    const char *end;
    while (rest.size > 0 && (end = memchr(rest.at, '\n', rest.size)) != NULL) {
        size_t line_size = (size_t)(end - rest.at);
        take_line(bare, fd, slice_head(rest, line_size));
        rest = slice_from(rest, line_size + 1);
    }
    if (!keep_partial(peer, rest)) close_peer(bare, fd);
}

static void watch_writing(struct bare *bare, int fd, bool on) {
    struct epoll_event event = {.events = EPOLLIN | (on ? EPOLLOUT : 0), .data.fd = fd};
    check(epoll_ctl(bare->epoll, EPOLL_CTL_MOD, fd, &event) == 0);
}

static void begin_waiting(struct bare *bare, int fd, size_t at) {
    struct peer *peer = &bare->peers[fd];
    peer->at = at;
    if (peer->waiting) return;
    peer->waiting = true;
    bare->waiting_count++;
    watch_writing(bare, fd, true);
}

/* The pieces of the shared buffer from *at to `to` that are not by `fd`. Returns their number and
 * moves *at behind them. */
static int collect_pieces(const struct bare *bare, int fd, size_t *at, size_t to,
                          struct iovec *pieces) {
    int count = 0;
    for (size_t i = 0; i < bare->span_count && count < PIECES_MAX; i++) {
        const struct span *span = &bare->spans[i];
        if (span->to <= *at) continue;
        if (span->from >= to) break;
        size_t from = span->from > *at ? span->from : *at;
        *at = span->to < to ? span->to : to;
        if (span->author == fd) continue;
        pieces[count++] = (struct iovec){bare->shared + from, *at - from};
    }
    return count;
}

/* Where one stands after `sent` bytes of the pieces. */
static size_t position_after(const struct bare *bare, const struct iovec *pieces, int count,
                             size_t sent) {
    for (int i = 0; i < count; i++) {
        size_t from = (size_t)((const char *)pieces[i].iov_base - bare->shared);
        if (sent < pieces[i].iov_len) return from + sent;
        sent -= pieces[i].iov_len;
    }
    check(false);
    return 0;
}

/* The careful way, for authors and for those who lag: all between `at` and `to` that is not one's
 * own. Returns true when all of it is sent. */
static bool send_others(struct bare *bare, int fd, size_t at, size_t to) {
    while (at < to) {
        struct iovec pieces[PIECES_MAX];
        size_t wanted = 0;
        int count = collect_pieces(bare, fd, &at, to, pieces);
        for (int i = 0; i < count; i++) {
            wanted += pieces[i].iov_len;
        }
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = count == 0 ? 0 : sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return true; /* its end is read next turn */
        if (sent < 0) sent = 0;
        if ((size_t)sent < wanted) {
            begin_waiting(bare, fd, position_after(bare, pieces, count, (size_t)sent));
            return false;
        }
    }
    return true;
}

/* The fast way: one send() of all that is new. */
static void send_new(struct bare *bare, int fd) {
    size_t size = bare->size - bare->flushed;
    ssize_t sent = send(fd, bare->shared + bare->flushed, size, MSG_NOSIGNAL);
    if (sent == (ssize_t)size) return;
    if (sent < 0 && errno != EAGAIN) return; /* its end is read next turn */
    begin_waiting(bare, fd, bare->flushed + (sent < 0 ? 0 : (size_t)sent));
}

/* Up to where the others are; what is new comes to all alike at the end of the turn. */
static void catch_up(struct bare *bare, int fd) {
    struct peer *peer = &bare->peers[fd];
    if (!peer->waiting || !send_others(bare, fd, peer->at, bare->flushed)) return;
    peer->waiting = false;
    bare->waiting_count--;
    watch_writing(bare, fd, false);
}

/* Drop what everyone has from the front of the buffer; cut those too far behind. */
static void make_room(struct bare *bare) {
    size_t least = bare->size;
    for (uint32_t i = bare->member_count; i-- > 0;) {
        int fd = bare->members[i];
        struct peer *peer = &bare->peers[fd];
        if (!peer->waiting) continue;
        if (bare->size - peer->at > LAG_MAX) {
            close_peer(bare, fd);
        } else if (peer->at < least) {
            least = peer->at;
        }
    }
    for (uint32_t i = 0; i < bare->member_count; i++) {
        struct peer *peer = &bare->peers[bare->members[i]];
        if (peer->waiting) peer->at -= least;
    }
    size_t kept = 0;
    for (size_t i = 0; i < bare->span_count; i++) {
        struct span span = bare->spans[i];
        if (span.to <= least) continue;
        span.from = span.from > least ? span.from - least : 0;
        span.to -= least;
        bare->spans[kept++] = span;
    }
    bare->span_count = kept;
    memmove(bare->shared, bare->shared + least, bare->size - least);
    bare->size -= least;
    bare->flushed = bare->size;
}

static void end_turn(struct bare *bare) {
    if (bare->size > bare->flushed) {
        for (uint32_t i = 0; i < bare->member_count; i++) {
            int fd = bare->members[i];
            const struct peer *peer = &bare->peers[fd];
            if (peer->waiting) continue;
            if (peer->spoke == bare->turn) {
                send_others(bare, fd, bare->flushed, bare->size);
            } else {
                send_new(bare, fd);
            }
        }
        bare->flushed = bare->size;
    }
    if (bare->waiting_count == 0) {
        bare->size = bare->flushed = bare->span_count = 0;
    } else if (bare->size > SHARED_MAX / 2 || bare->span_count > SPANS_MAX / 2) {
        make_room(bare);
    }
}

static void bare_init(struct bare *bare, int listener, bool announce) {
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int cap = (int)limit.rlim_cur;
    *bare = (struct bare){.epoll = epoll_create1(EPOLL_CLOEXEC),
                          .listener = listener,
                          .announce = announce,
                          .peers = calloc((size_t)cap, sizeof *bare->peers),
                          .peer_cap = cap,
                          .members = calloc((size_t)cap, sizeof *bare->members),
                          .shared = malloc(SHARED_MAX),
                          .spans = malloc(SPANS_MAX * sizeof *bare->spans),
                          .input = malloc(PARTIAL_MAX + READ_MAX),
                          .turn = 1};
    check(bare->epoll >= 0 && bare->peers != NULL && bare->members != NULL);
    check(bare->shared != NULL && bare->spans != NULL && bare->input != NULL);
    check(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    check(epoll_ctl(bare->epoll, EPOLL_CTL_ADD, listener, &event) == 0);
}

_Noreturn void bare_serve(int listener, bool announce) {
    static struct bare bare;
    static struct epoll_event events[EVENTS_MAX];
    bare_init(&bare, listener, announce);
    for (;;) {
        int count = epoll_wait(bare.epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_peers(&bare);
                continue;
            }
            if ((events[i].events & EPOLLOUT) != 0) catch_up(&bare, fd);
            if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) read_peer(&bare, fd);
        }
        end_turn(&bare);
        bare.turn++;
    }
}
