/* listeners.c: from a configuration to sockets and manners. */
#include "server/listeners.h"

#include "server/secure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/listen.h"
#include "server/derive.h"
#include "server/supervisor.h"

enum { MOTD_SIZE_MAX = 65536 }; /* bytes */

static enum dialect_kind dialect_of_config(enum config_dialect dialect) {
    static const enum dialect_kind kinds[] = {
        [CONFIG_DIALECT_AUTO] = DIALECT_AUTO,         [CONFIG_DIALECT_LINE] = DIALECT_LINE,
        [CONFIG_DIALECT_FRIENDLY] = DIALECT_FRIENDLY, [CONFIG_DIALECT_PIPE] = DIALECT_PIPE,
        [CONFIG_DIALECT_DOLLAR] = DIALECT_DOLLAR,     [CONFIG_DIALECT_IRC] = DIALECT_IRC,
        [CONFIG_DIALECT_WEB] = DIALECT_WEB,
    };
    return kinds[dialect];
}

/* The port of the first listener that speaks IRC through TLS and nothing else; 0: there is none. */
static uint16_t sts_port(const struct config *config) {
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *at = &config->listeners[i];
        bool irc = at->dialect == CONFIG_DIALECT_IRC || at->dialect == CONFIG_DIALECT_AUTO;
        if (irc && at->tls && at->address.family != AF_UNIX) return at->address.inet.port;
    }
    return 0;
}

static void manner_of_irc(const struct config *config, struct manner *manner) {
    manner->icon = config->server.icon;
    manner->sts_port = sts_port(config);
    manner->sts_seconds = manner->sts_port > 0 ? config->server.sts_seconds : 0;
    if (config->webirc.password.size == 0) return;
    manner->gateways = config->webirc.from.at;
    manner->gateway_count = config->webirc.from.count;
    manner->gateways_unix = config->webirc.from.unix_peers;
    secret_hash(config->webirc.password, manner->gateway_password);
}

static struct manner manner_make(const struct config *config, const struct config_listener *from,
                                 struct slice motd) {
    struct manner manner = {
        .dialect = dialect_of_config(from->dialect),
        .sender = from->sender == CONFIG_SENDER_NAME  ? SENDER_NAME
                  : from->sender == CONFIG_SENDER_UID ? SENDER_UID
                                                      : SENDER_NONE,
        .greeting = from->greeting,
        .announce = from->announce,
        .commands = from->commands,
        .crlf = from->eol == CONFIG_EOL_CRLF,
        .colour = from->colour == CONFIG_COLOUR_ALWAYS,
        .backlog_lines = from->backlog_lines,
        .auto_wait_ms = from->auto_wait_ms,
        .line_size = config->limits.max_line_bytes,
        .message_size = config->limits.max_message_bytes,
        .body_size = derive_body_size(config),
        .name_size = config->limits.nick_length,
        .channel_size = config->limits.channel_length,
        .topic_size = config->limits.topic_length,
        .why_size = config->limits.kick_length,
        .away_size = config->limits.away_length,
        .rooms_max = config->limits.channels_per_user,
        .list_max = config->limits.list_mode_entries,
        .scram = config->accounts.enabled && config->accounts.scram,
        .registers = config->accounts.enabled && config->accounts.registration,
        .guests = config->accounts.guests,
        .accounts = config->accounts.enabled,
        .searches = config->history.enabled && config->history.search,
        .registers_first = config->accounts.registration_before_connect,
        .registers_by_mail = config->accounts.registration_email == CONFIG_EMAIL_REQUIRED,
        .multiline_bytes = config->limits.multiline_max_bytes,
        .multiline_lines = config->limits.multiline_max_lines,
        .history_max = config->history.max_messages,
        .stored_tags = config->history.stored_client_tags.at,
        .stored_tag_count = config->history.stored_client_tags.count,
        .origins = from->allowed_origins.at,
        .origin_count = from->allowed_origins.count,
        .listens = from->address.text,
        .forwarders = from->forwarded_from.at,
        .forwarder_count = from->forwarded_from.count,
        .forwards_unix = from->forwarded_from.unix_peers,
        .server = config->server.name,
        .network = config->server.network,
        .description = config->server.description,
        .motd = motd,
        .latin1 = !config->server.utf8_only,
        .precis = config->server.casemapping == CONFIG_CASEMAPPING_PRECIS,
        .metadata_keys = config->limits.metadata_max_keys,
        .metadata_subs = config->limits.metadata_max_subscriptions,
        .monitor_max = config->limits.monitor_entries,
        .room_size = (uint8_t)from->room.size,
    };
    struct buf key;
    check(from->room.size <= ROOM_NAME_SIZE_MAX);
    memcpy(manner.room, from->room.at, from->room.size);
    buf_init(&key, manner.room_key, sizeof manner.room_key);
    bool fits = name_key(&key, from->room);
    check(fits); /* the configuration saw to it */
    manner.room_key_size = (uint8_t)key.size;
    manner_of_irc(config, &manner);
    manner.asks_password = config->server.password.size > 0;
    secret_hash(config->server.password, manner.password);
    return manner;
}

/* Kept as long as the process, as the manners that show it are. Empty: there is none. */
static struct slice motd_read(const struct config *config) {
    const char *path = config->server.motd.at;
    struct buf text;
    if (config->server.motd.size == 0) return (struct slice){0};
    buf_init(&text, malloc(MOTD_SIZE_MAX), MOTD_SIZE_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t size = fd >= 0 && text.at ? read(fd, text.at, text.cap) : -1;
    if (fd >= 0) close(fd);
    if (size > 0) return (struct slice){text.at, (size_t)size};
    free(text.at);
    log_line(LOG_WARNING, "no message of the day", log_text("path", config->server.motd));
    return (struct slice){0};
}

static bool manner_same(const struct manner *a, const struct manner *b) {
    // NOLINTNEXTLINE: one that only looks another is bound anew, which nobody notices
    return memcmp(a, b, sizeof *a) == 0;
}

static struct listener *listener_find(struct listeners *listeners, struct slice address) {
    for (struct listener *at = listeners->all; at; at = at->next)
        if (at->active && slice_equal(at->address, address)) return at;
    return NULL;
}

/* A descriptor for each worker, so that nothing is left to fail once the listener is wanted. */
static int listener_share(struct listener *listener, uint32_t workers) {
    for (uint32_t w = 0; w < workers; w++) {
        listener->worker_fds[w] = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);
        if (listener->worker_fds[w] >= 0) continue;
        int failed = -errno;
        while (w-- > 0)
            close(listener->worker_fds[w]);
        return failed;
    }
    return 0;
}

static int listener_bind(struct listeners *listeners, const struct config_listener *from,
                         const struct manner *manner, uint32_t workers) {
    struct listener *old = listener_find(listeners, from->address.text);
    struct listener *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return -ENOMEM;
    if (old) { /* the same socket, other manners for those who come now */
        fresh->fd = fcntl(old->fd, F_DUPFD_CLOEXEC, 0);
        fresh->port = old->port;
        fresh->lent = old->lent;
        if (fresh->fd < 0) fresh->fd = -errno;
    } else {
        const struct config_address *at = &from->address;
        fresh->fd = supervisor_socket(at->family, at->inet, at->path.at, &fresh->port);
        fresh->lent = fresh->fd >= 0;
        if (!fresh->lent) fresh->fd = listen_bind(at->family, at->inet, at->path.at, &fresh->port);
    }
    int failed = fresh->fd < 0 ? fresh->fd : listener_share(fresh, workers);
    if (failed) {
        if (fresh->fd >= 0) close(fresh->fd);
        free(fresh);
        return failed;
    }
    fresh->manner = *manner;
    fresh->from = from;
    fresh->connections_max = from->max_connections;
    fresh->address = from->address.text;
    fresh->number = ++listeners->next_number;
    fresh->wanted = true;
    fresh->next = listeners->all;
    listeners->all = fresh;
    return 0;
}

/* Forget what this reload opened. */
static void listeners_undo(struct listeners *listeners, uint32_t workers) {
    for (struct listener **at = &listeners->all; *at;) {
        struct listener *listener = *at;
        if (listener->active || !listener->wanted) {
            at = &listener->next;
            continue;
        }
        *at = listener->next;
        close(listener->fd);
        tls_context_free(listener->tls);
        for (uint32_t w = 0; w < workers; w++)
            close(listener->worker_fds[w]);
        free(listener);
    }
}

int listeners_open(struct listeners *listeners, const struct config *config, uint32_t workers,
                   struct slice *failed) {
    struct slice motd = motd_read(config);
    for (struct listener *at = listeners->all; at; at = at->next)
        at->wanted = false;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *from = &config->listeners[i];
        struct manner manner = manner_make(config, from, motd);
        struct listener *same = listener_find(listeners, from->address.text);
        bool secure = from->tls || (same && same->tls); /* its files are read again */
        if (same && !secure && manner_same(&same->manner, &manner) &&
            same->connections_max == from->max_connections) {
            same->wanted = true;
            continue;
        }
        int result = listener_bind(listeners, from, &manner, workers);
        if (result == 0) continue;
        *failed = from->address.text;
        listeners_undo(listeners, workers);
        return result;
    }
    return 0;
}

bool listeners_secure(struct listeners *listeners, const struct config *config, uint32_t workers,
                      char *why) {
    for (struct listener *at = listeners->all; at; at = at->next) {
        if (!at->wanted || at->active) continue;
        if (secure_context(config, at->from, &at->tls, why)) continue;
        listeners_undo(listeners, workers);
        return false;
    }
    return true;
}

int listeners_begin(struct listeners *listeners, uint32_t workers, struct slice *failed) {
    for (struct listener *at = listeners->all; at; at = at->next) {
        int result = at->wanted && !at->active ? listen_begin(at->fd) : 0;
        if (result == 0) continue;
        *failed = at->address;
        listeners_undo(listeners, workers);
        return result;
    }
    return 0;
}

static void order_all(struct mailbox *mailbox, uint32_t tag, const void *order, size_t size) {
    for (uint32_t w = 0; w < mailbox->workers; w++) {
        struct post *post = &mailbox->posts[w];
        ring_put(&post->orders, tag, order, size, 0, 0);
        ring_publish(&post->orders);
        bell_ring(&post->bell);
    }
}

static void listener_start(struct listener *listener, struct mailbox *mailbox) {
    for (uint32_t w = 0; w < mailbox->workers; w++) {
        struct post *post = &mailbox->posts[w];
        struct order_listen order = {.listener = listener->number,
                                     .fd = listener->worker_fds[w],
                                     .connections_max = listener->connections_max,
                                     .manner = &listener->manner,
                                     .tls = listener->tls,
                                     .tls_only = listener->from->tls,
                                     .proxies = listener->from->proxy_from,
                                     .connections = &listener->connections};
        ring_put(&post->orders, ORDER_LISTEN, &order, sizeof order, 0, 0);
        ring_publish(&post->orders);
        bell_ring(&post->bell);
    }
    listener->active = true;
    log_line(LOG_INFO, "listening", log_text("address", listener->address),
             log_number("port", listener->port));
}

void listeners_apply(struct listeners *listeners, const struct config *config,
                     struct mailbox *mailbox) {
    for (struct listener *at = listeners->all; at; at = at->next) {
        if (at->wanted) listen_set_patience(at->fd, config->timeouts.ping_seconds);
        if (at->wanted && !at->active) {
            listener_start(at, mailbox);
        } else if (!at->wanted && at->active) {
            order_all(mailbox, ORDER_UNLISTEN, &at->number, sizeof at->number);
            at->active = false;
            if (!at->lent && !listener_find(listeners, at->address)) listen_end(at->fd);
            close(at->fd);
        }
    }
}

static void print_one(const struct listener *listener, struct slice invitation) {
    char memory[256];
    struct buf text;
    struct slice host = listener->address, port = {0};
    buf_init(&text, memory, sizeof memory);
    if (slice_starts(host, slice_of("unix:"))) {
        printf("  %.*s\n", (int)host.size, host.at);
        return;
    }
    size_t colon = host.size;
    while (colon > 0 && host.at[colon - 1] != ':')
        colon--;
    host = slice_head(host, colon > 0 ? colon - 1 : 0);
    if (host.size > 1 && host.at[0] == '[') host = (struct slice){host.at + 1, host.size - 2};
    buf_number(&text, listener->port);
    port = buf_slice(&text);
    int h = (int)host.size, p = (int)port.size;
    bool ip6 = memchr(host.at, ':', host.size) != NULL;
    enum dialect_kind kind = listener->manner.dialect;
    bool tls = listener->from->tls;
    if (kind == DIALECT_AUTO || kind == DIALECT_WEB)
        printf("  browser     http%s://%s%.*s%s:%.*s/\n", tls ? "s" : "", ip6 ? "[" : "", h,
               host.at, ip6 ? "]" : "", p, port.at);
    if ((kind == DIALECT_AUTO || kind == DIALECT_WEB) && invitation.size > 0)
        printf("  invitation  http%s://%s%.*s%s:%.*s/invite/%.*s   for a week\n", tls ? "s" : "",
               ip6 ? "[" : "", h, host.at, ip6 ? "]" : "", p, port.at, (int)invitation.size,
               invitation.at);
    if (kind != DIALECT_IRC && kind != DIALECT_WEB && tls)
        printf("  TLS         openssl s_client -quiet -connect %.*s:%.*s\n", h, host.at, p,
               port.at);
    if (kind != DIALECT_IRC && kind != DIALECT_WEB && !tls)
        printf("  nc, telnet  nc %.*s %.*s\n", h, host.at, p, port.at);
    if (kind == DIALECT_AUTO || kind == DIALECT_IRC)
        printf("  IRC client  /connect %s%.*s %.*s   then /join #%.*s\n", tls ? "-tls " : "", h,
               host.at, p, port.at, listener->manner.room_size, listener->manner.room);
}

void listeners_print(const struct listeners *listeners, struct slice invitation) {
    printf("Parlance is listening. Point your client here:\n");
    for (const struct listener *at = listeners->all; at; at = at->next)
        if (at->active) print_one(at, invitation);
    fflush(stdout);
}
