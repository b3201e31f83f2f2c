/* clients.c: how they come, go, send and read. */
#include "sim/clients.h"

#include "base/check.h"

static const struct {
    const char *dialect;
    uint8_t speaks;
    const char *options[3];
} kinds[MANNERS] = {
    {"line", DIALECT_LINE, {"backlog_lines=5"}},
    {"line", DIALECT_LINE, {"eol=lf", "greeting=false", "announce=false"}},
    {"line", DIALECT_LINE, {"room=ox"}},
    {"auto", DIALECT_LINE, {"backlog_lines=20"}},
    {"line", DIALECT_LINE, {"commands=false"}},
    {"friendly", DIALECT_FRIENDLY, {"colour=never", "sender=name"}},
    {"friendly", DIALECT_FRIENDLY, {"backlog_lines=3"}},
    {"pipe", DIALECT_PIPE, {NULL}},
    {"auto", DIALECT_PIPE, {NULL}},
    {"dollar", DIALECT_DOLLAR, {"sender=uid"}},
    {"auto", DIALECT_DOLLAR, {"sender=name"}},
    {"auto", DIALECT_WEB, {NULL}},
};

void clients_init(struct clients *clients, struct world *world, struct oracle *oracle,
                  uint64_t seed) {
    *clients =
        (struct clients){.world = world, .oracle = oracle, .rng.state = seed, .next_port = 1001};
    for (size_t i = 0; i < MANNERS; i++) {
        check(manner_of(slice_text(kinds[i].dialect), &clients->manners[i]));
        for (size_t o = 0; o < 3 && kinds[i].options[o]; o++)
            check(manner_set(&clients->manners[i], slice_text(kinds[i].options[o])));
        clients->manners[i].line_size = SIM_LINE_SIZE;
        clients->manners[i].message_size = SIM_LINE_SIZE;
        clients->manners[i].body_size = 2 * SIM_LINE_SIZE;
        clients->speaks[i] = kinds[i].speaks;
    }
}

static bool one_in(struct clients *clients, uint32_t n) {
    return rng_below(&clients->rng, n) == 0;
}

static void client_comes(struct clients *clients, struct client *client) {
    uint32_t kind = rng_below(&clients->rng, one_in(clients, 2) ? LINE_MANNERS : MANNERS);
    if (clients->speaks[kind] == DIALECT_WEB && !one_in(clients, 8)) return;
    *client = (struct client){.here = true,
                              .first = true,
                              .speaks = clients->speaks[kind],
                              .manner = &clients->manners[kind],
                              .number = 1 + rng_below(&clients->rng, 6)};
    uint32_t mood = rng_below(&clients->rng, 16);
    client->mood = mood == 0 ? MOOD_STUCK : mood < 5 ? MOOD_SLOW : MOOD_FAST;
    check(address_parse(slice_of("127.0.0.1:1"), &client->address));
    if (one_in(clients, 8)) client->address.ip[15] = 2;
    client->address.port = clients->next_port++;
    uint16_t worker = (uint16_t)rng_below(&clients->rng, WORLD_WORKERS);
    client->peer =
        world_connect(clients->world, worker, client->address, client->manner, clients->exempt);
    client->here = client->peer != NOBODY;
    if (client->here)
        oracle_came(clients->oracle, clients->world->peers[client->peer].id, client->peer,
                    client->address, client->manner->announce);
}

/* Send a piece of what she typed; it ends anywhere. */
static void client_sends(struct clients *clients, struct client *client) {
    size_t left = client->typed_size - client->typed_at;
    if (left == 0 || !world_may_hear(clients->world, client->peer)) return;
    size_t size = one_in(clients, 3) ? 1 + rng_below(&clients->rng, left) : left;
    struct slice bytes = {client->typed + client->typed_at, size};
    client->typed_at += size;
    world_hear(clients->world, client->peer, bytes);
    if (client->typed_at < client->typed_size) return;
    client->typed_at = client->typed_size = 0;
    if (client->ending && clients->world->peers[client->peer].open) {
        world_hear_end(clients->world, client->peer);
        client->ended = true;
    }
}

static void client_is_lost(struct clients *clients, struct client *client) {
    client->lost = true;
    world_lose(clients->world, client->peer);
}

void clients_step(struct clients *clients) {
    struct client *client = &clients->at[rng_below(&clients->rng, CLIENTS)];
    uint32_t dice = rng_below(&clients->rng, 1000);
    if (!client->here) {
        if (dice < 300) client_comes(clients, client);
        return;
    }
    if (!clients->world->peers[client->peer].open || client->lost || client->ended) return;
    if (dice < 3)
        client_is_lost(clients, client);
    else if (dice < 8)
        client->ending = true;
    if (client->lost) return;
    bool full = client->typed_size > TYPED_CAP / 2;
    if (dice < 500 && !client->ending && !full) client_types(clients, client);
    if (client->ending && client->typed_size == 0) {
        world_hear_end(clients->world, client->peer);
        client->ended = true;
        return;
    }
    client_sends(clients, client);
}

/* Without the commands of telnet, and the colours where her client draws them. */
static size_t plain(const struct client *client, struct slice from, char *to) {
    size_t size = 0;
    for (size_t i = 0; i < from.size; i++) {
        if ((unsigned char)from.at[i] == 0xff) {
            i += 2;
        } else if (from.at[i] == '\x1b' && client->manner->colour &&
                   client->speaks == DIALECT_FRIENDLY) {
            while (i < from.size && from.at[i] != 'm')
                i++;
        } else {
            to[size++] = from.at[i];
        }
    }
    return size;
}

static void client_reads(struct clients *clients, struct client *client) {
    struct peer *peer = &clients->world->peers[client->peer];
    static char line[1 << 16];
    while (peer->read < peer->size) {
        const char *at = peer->bytes + peer->read, *end = memchr(at, '\n', peer->size - peer->read);
        if (!end) break;
        size_t size = (size_t)(end - at);
        check(size < sizeof line);
        peer->read += size + 1;
        size = plain(client, (struct slice){at, size}, line);
        oracle_sent(clients->oracle, client->peer, (struct slice){line, size});
        bool crlf = client->manner->crlf && client->speaks == DIALECT_LINE;
        bool cr = size > 0 && line[size - 1] == '\r';
        bool prompted = client->manner->dialect == DIALECT_AUTO && !crlf;
        if (prompted) crlf = cr; /* by `auto`, which talks as `line` does */
        if (client->speaks == DIALECT_WEB) continue;
        if (crlf != cr)
            oracle_fail(clients->oracle, "peer %u: a line's end is wrong", client->peer);
        client_hears(clients, client, (struct slice){line, size - cr});
    }
}

static void client_goes(struct clients *clients, struct client *client) {
    const struct peer *peer = &clients->world->peers[client->peer];
    static char rest[1 << 16];
    check(peer->size - peer->read < sizeof rest);
    bool whole =
        peer->read == peer->size ||
        plain(client, (struct slice){peer->bytes + peer->read, peer->size - peer->read}, rest) == 0;
    oracle_sent(clients->oracle, client->peer,
                (struct slice){peer->bytes + peer->read, peer->size - peer->read});
    if (!client->lost && !peer->cut && client->speaks != DIALECT_WEB) {
        if (!whole) oracle_fail(clients->oracle, "peer %u has half a line", client->peer);
        oracle_closed(clients->oracle, client->peer);
    }
    client->here = false;
}

void clients_read(struct clients *clients) {
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *client = &clients->at[i];
        if (!client->here) continue;
        client_reads(clients, client);
        if (!clients->world->peers[client->peer].open) client_goes(clients, client);
    }
}

uint64_t clients_takes(void *context, uint32_t peer) {
    struct clients *clients = context;
    if (clients->quiet) return UINT64_MAX;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *client = &clients->at[i];
        if (!client->here || client->peer != peer) continue;
        if (client->mood == MOOD_STUCK) return 0;
        if (client->mood == MOOD_SLOW)
            return one_in(clients, 4) ? rng_below(&clients->rng, 4096) : 0;
    }
    return UINT64_MAX;
}

void clients_crashed(struct clients *clients) {
    clients_read(clients); /* what came before is as good as ever */
    for (uint32_t i = 0; i < CLIENTS; i++)
        clients->at[i].here = false;
}

bool clients_finish(struct clients *clients) {
    bool more = false;
    clients->quiet = true;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *client = &clients->at[i];
        if (!client->here || client->lost || client->ended) continue;
        if (!clients->world->peers[client->peer].open) continue;
        client_sends(clients, client);
        more |= client->typed_at < client->typed_size;
    }
    return more;
}

void clients_leave(struct clients *clients) {
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct client *client = &clients->at[i];
        if (!client->here || client->lost || client->ended) continue;
        if (!clients->world->peers[client->peer].open) continue;
        world_hear_end(clients->world, client->peer);
        client->ended = true;
    }
}
