/* connection.c: sockets, TLS, frames. */
#include "client/connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "client/own.h"
#include "wire/websocket_client.h"

enum state { CLOSED, CONNECTING, SECURING, ASKING, OPEN };

enum { READ_SIZE = 64 * 1024, UNSENT_MAX = 16 * 1024 * 1024 };

struct connection {
    const struct address *address;
    struct trust *trust;
    enum framing framing;
    enum state state;
    int fd;
    struct addrinfo *found, *next; /* addresses; next: to try when this one fails */
    SSL_CTX *context;
    SSL *tls; /* NULL: none */
    bool tls_wants_write;
    char *in, *out; /* owned */
    size_t in_at, in_size, in_cap, out_size, out_cap;
    char key[WEBSOCKET_KEY_SIZE + 1];
    struct websocket_client frames;
    struct websocket_taken taken;
    char why[CONNECTION_WHY_MAX];
};

struct connection *connection_new(const struct address *address, struct trust *trust,
                                  enum framing framing) {
    struct connection *connection = own_memory(sizeof *connection);
    connection->address = address;
    connection->trust = trust;
    connection->framing = framing;
    connection->fd = -1;
    return connection;
}

static void drop_socket(struct connection *connection) {
    SSL_free(connection->tls);
    connection->tls = NULL;
    if (connection->fd >= 0) close(connection->fd);
    connection->fd = -1;
}

/* What came before the end may still be taken. */
static void fail(struct connection *connection, const char *what, const char *why) {
    if (connection->state == CLOSED) return;
    drop_socket(connection);
    if (connection->found) freeaddrinfo(connection->found);
    connection->found = connection->next = NULL;
    connection->state = CLOSED;
    connection->out_size = 0;
    snprintf(connection->why, sizeof connection->why, "%s%s%s", what, *why ? ": " : "", why);
}

void connection_close(struct connection *connection) {
    fail(connection, "", "");
}

void connection_free(struct connection *connection) {
    connection_close(connection);
    SSL_CTX_free(connection->context);
    websocket_client_deinit(&connection->frames);
    free(connection->in);
    free(connection->out);
    free(connection);
}

bool connection_is_closed(const struct connection *connection) {
    return connection->state == CLOSED;
}

bool connection_is_open(const struct connection *connection) {
    return connection->state == OPEN;
}

const char *connection_why(const struct connection *connection) {
    return connection->why;
}

int connection_fd(const struct connection *connection) {
    return connection->fd;
}

bool connection_has_unsent(const struct connection *connection) {
    return connection->out_size > 0;
}

short connection_events(const struct connection *connection) {
    bool out =
        connection->out_size > 0 || connection->state == CONNECTING || connection->tls_wants_write;
    return (short)(POLLIN | (out ? POLLOUT : 0));
}

/* ---- opening ---- */

static void put_out(struct connection *connection, struct slice bytes) {
    if (connection->out_size + bytes.size > UNSENT_MAX) {
        fail(connection, "it does not take what is sent to it", "");
        return;
    }
    if (connection->out_size + bytes.size > connection->out_cap) {
        connection->out_cap = (connection->out_size + bytes.size) * 2;
        connection->out = realloc(connection->out, connection->out_cap);
        check(connection->out != NULL);
    }
    memcpy(connection->out + connection->out_size, bytes.at, bytes.size);
    connection->out_size += bytes.size;
}

static void begin_asking(struct connection *connection) {
    connection->state = connection->framing == FRAMING_LINES ? OPEN : ASKING;
    if (connection->state == OPEN) return;
    char memory[2 * ADDRESS_HOST_MAX + 512];
    struct buf request;
    unsigned char random[16];
    buf_init(&request, memory, sizeof memory);
    check(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    websocket_client_ask(&request, slice_text(connection->address->shown),
                         slice_text(connection->address->path), random, connection->key);
    check(buf_ok(&request));
    put_out(connection, buf_slice(&request));
}

static const char *tls_words(void) {
    const char *words = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return words ? words : "the connection ended";
}

static void begin_securing(struct connection *connection) {
    if (!connection->context) {
        connection->context = SSL_CTX_new(TLS_client_method());
        check(connection->context != NULL);
        SSL_CTX_set_min_proto_version(connection->context, TLS1_2_VERSION);
        SSL_CTX_set_default_verify_paths(connection->context);
        SSL_CTX_set_verify(connection->context, SSL_VERIFY_NONE, NULL); /* see trust.h */
        SSL_CTX_set_mode(connection->context,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    connection->tls = SSL_new(connection->context);
    check(connection->tls != NULL);
    const char *host = connection->address->host;
    X509_VERIFY_PARAM *wanted = SSL_get0_param(connection->tls);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) != 1) {
        SSL_set_tlsext_host_name(connection->tls, host);
        SSL_set1_host(connection->tls, host);
    }
    ERR_clear_error();
    SSL_set_fd(connection->tls, connection->fd);
    SSL_set_connect_state(connection->tls);
    connection->state = SECURING;
}

static void connected(struct connection *connection) {
    int yes = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    /* a server that vanished is found out within 45 seconds */
    int idle_s = 15, interval_s = 10, probes = 3, unacknowledged_ms = 45000;
    setsockopt(connection->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
               sizeof unacknowledged_ms);
    if (connection->address->secure)
        begin_securing(connection);
    else
        begin_asking(connection);
}

/* Each address in turn. */
static void try_next(struct connection *connection, int error) {
    while (connection->next) {
        struct addrinfo *at = connection->next;
        connection->next = at->ai_next;
        drop_socket(connection);
        connection->fd =
            socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
        if (connection->fd >= 0 && connect(connection->fd, at->ai_addr, at->ai_addrlen) == 0) {
            connected(connection);
            return;
        }
        error = errno;
        if (connection->fd >= 0 && error == EINPROGRESS) return;
    }
    fail(connection, "there is nobody at that address", strerror(error));
}

void connection_open(struct connection *connection) {
    connection_close(connection);
    websocket_client_deinit(&connection->frames);
    connection->in_at = connection->in_size = 0;
    connection->why[0] = 0;
    connection->tls_wants_write = false;
    connection->state = CONNECTING;
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int error = getaddrinfo(connection->address->host, connection->address->port, &wanted,
                            &connection->found);
    if (error) {
        fail(connection, connection->address->host, gai_strerror(error));
        return;
    }
    connection->next = connection->found;
    try_next(connection, ENOENT);
}

/* ---- bytes ---- */

/* Bytes read or written; 0: none now; -1: the connection has ended, and failed. */
static ssize_t plain_result(struct connection *connection, ssize_t done, bool reading) {
    if (done > 0) return done;
    if (done < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (done < 0 || reading)
        fail(connection, done < 0 ? strerror(errno) : "the server has closed the connection", "");
    return done < 0 || reading ? -1 : 0;
}

static ssize_t tls_result(struct connection *connection, int done) {
    if (done > 0) return done;
    int error = SSL_get_error(connection->tls, done);
    connection->tls_wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
    if (error == SSL_ERROR_ZERO_RETURN)
        fail(connection, "the server has closed the connection", "");
    else
        fail(connection, "TLS", tls_words());
    return -1;
}

static ssize_t read_some(struct connection *connection, char *to, size_t size) {
    if (!connection->tls) return plain_result(connection, recv(connection->fd, to, size, 0), true);
    ERR_clear_error();
    return tls_result(connection, SSL_read(connection->tls, to, (int)size));
}

static ssize_t write_some(struct connection *connection) {
    size_t size = connection->out_size;
    if (!connection->tls)
        return plain_result(connection, send(connection->fd, connection->out, size, MSG_NOSIGNAL),
                            false);
    ERR_clear_error();
    return tls_result(connection, SSL_write(connection->tls, connection->out, (int)size));
}

static void make_room(struct connection *connection) {
    if (connection->in_at > 0) {
        connection->in_size -= connection->in_at;
        memmove(connection->in, connection->in + connection->in_at, connection->in_size);
        connection->in_at = 0;
    }
    if (connection->in_cap - connection->in_size >= READ_SIZE) return;
    connection->in_cap = connection->in_size * 2 + READ_SIZE;
    connection->in = realloc(connection->in, connection->in_cap);
    check(connection->in != NULL);
}

static void read_all(struct connection *connection) {
    for (int turns = 0; turns < 16 && connection->state >= ASKING; turns++) {
        make_room(connection);
        ssize_t got = read_some(connection, connection->in + connection->in_size, READ_SIZE);
        if (got <= 0) return;
        connection->in_size += (size_t)got;
        if (connection->in_size > 2 * CONNECTION_MESSAGE_MAX) return; /* take those first */
    }
}

static void write_all(struct connection *connection) {
    while (connection->state >= ASKING && connection->out_size > 0) {
        ssize_t sent = write_some(connection);
        if (sent <= 0) return;
        connection->out_size -= (size_t)sent;
        memmove(connection->out, connection->out + sent, connection->out_size);
    }
}

static void answered(struct connection *connection) {
    struct slice bytes = {connection->in + connection->in_at,
                          connection->in_size - connection->in_at};
    size_t head_size = 0;
    int status = websocket_client_answered(bytes, connection->key, &head_size);
    char words[64];
    if (status == 0) return;
    if (status == 101) {
        connection->in_at += head_size;
        connection->state = OPEN;
        return;
    }
    snprintf(words, sizeof words, "it answers with status %d", status);
    fail(connection, "this server does not speak Parlance's protocol there",
         status > 0 ? words : "it does not answer in HTTP");
}

static void secure(struct connection *connection) {
    char why[TRUST_WORDS_MAX] = "";
    ERR_clear_error();
    if (tls_result(connection, SSL_do_handshake(connection->tls)) <= 0) return;
    connection->tls_wants_write = false;
    if (trust_judge(connection->trust, connection->tls, connection->address->shown, why))
        begin_asking(connection);
    else
        fail(connection, "it is not believed", why);
}

void connection_step(struct connection *connection) {
    if (connection->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        struct pollfd ready = {.fd = connection->fd, .events = POLLOUT};
        if (poll(&ready, 1, 0) == 0) return;
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error)
            try_next(connection, error);
        else
            connected(connection);
    }
    if (connection->state == SECURING) secure(connection);
    write_all(connection);
    read_all(connection);
    if (connection->state == ASKING) answered(connection);
}

/* ---- messages ---- */

static bool take_line(struct connection *connection, struct slice *message) {
    char *begin = connection->in + connection->in_at;
    size_t left = connection->in_size - connection->in_at;
    char *end = left > 0 ? memchr(begin, '\n', left) : NULL;
    if (!end && left > CONNECTION_MESSAGE_MAX) fail(connection, "its line has no end", "");
    if (!end) return false;
    *message = (struct slice){begin, (size_t)(end - begin)};
    if (message->size > 0 && begin[message->size - 1] == '\r') message->size--;
    connection->in_at += (size_t)(end - begin) + 1;
    return true;
}

static void put_frame(struct connection *connection, uint8_t opcode, struct slice payload) {
    uint32_t mask = 0;
    size_t cap = payload.size + WEBSOCKET_HEAD_MAX + 4;
    char *memory = own_memory(cap);
    struct buf frame;
    buf_init(&frame, memory, cap);
    check(getrandom(&mask, sizeof mask, 0) == (ssize_t)sizeof mask);
    websocket_client_put(&frame, opcode, payload, mask);
    check(buf_ok(&frame));
    put_out(connection, buf_slice(&frame));
    free(memory);
}

bool connection_take(struct connection *connection, struct slice *message) {
    enum { OP_PONG = 10 };
    if (connection->framing == FRAMING_LINES) return take_line(connection, message);
    if (connection->state != OPEN && connection->state != CLOSED) return false;
    for (;;) {
        struct slice stream = {connection->in + connection->in_at,
                               connection->in_size - connection->in_at};
        if (stream.size == 0) return false;
        enum websocket_result result = websocket_client_take(
            &connection->frames, &stream, CONNECTION_MESSAGE_MAX, &connection->taken);
        connection->in_at = connection->in_size - stream.size;
        switch (result) {
        case WEBSOCKET_MORE:
        case WEBSOCKET_BAD:
            if (result == WEBSOCKET_BAD) fail(connection, "it does not speak as it should", "");
            return false;
        case WEBSOCKET_PING:
            if (connection->state == OPEN)
                put_frame(connection, OP_PONG, connection->taken.payload);
            break;
        case WEBSOCKET_PONG: break;
        case WEBSOCKET_CLOSE:
            fail(connection, "the server has closed the connection", "");
            return false;
        case WEBSOCKET_MESSAGE: *message = connection->taken.payload; return true;
        }
    }
}

void connection_send(struct connection *connection, struct slice message) {
    if (connection->state != OPEN) return;
    if (connection->framing == FRAMING_LINES) {
        put_out(connection, message);
        put_out(connection, slice_of("\n"));
    } else {
        put_frame(connection, WEBSOCKET_TEXT, message);
    }
    write_all(connection);
}
