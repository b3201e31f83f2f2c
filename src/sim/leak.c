/* leak.c: names and topics that nobody can guess, and who may have heard of them. Each carries its
 * number, as messages do; whatever bytes a connection is sent are searched for them. */
#include <stdlib.h>

#include "base/check.h"
#include "sim/inside.h"

enum { PEERS_MAX = 4096 };

struct secret {
    uint32_t room; /* row of the last one that is or was called so, or had it as its topic */
    uint8_t known[PEERS_MAX / 8]; /* bit: this peer may have been told */
};

uint64_t oracle_secret(struct oracle *oracle) {
    oracle->secrets = oracle_grow(oracle->secrets, oracle->secret_count + 1, &oracle->secret_cap,
                                  sizeof *oracle->secrets);
    oracle->secrets[++oracle->secret_count] = (struct secret){.room = NOBODY};
    return oracle->secret_count;
}

/* The number of the next one in *text, which is taken off; 0: there is none. */
static uint64_t secret_next(struct slice *text) {
    static const struct slice heads[] = {{SECRET_NAME, sizeof SECRET_NAME - 1},
                                         {SECRET_TOPIC, sizeof SECRET_TOPIC - 1}};
    for (; text->size > 0; *text = slice_from(*text, 1))
        for (size_t i = 0; i < 2; i++) {
            struct slice rest = *text;
            uint64_t number = 0;
            if (!slice_starts(rest, heads[i])) continue;
            rest = slice_from(rest, heads[i].size);
            while (rest.size > 0 && rest.at[0] >= '0' && rest.at[0] <= '9') {
                number = number * 10 + (uint64_t)(rest.at[0] - '0');
                rest = slice_from(rest, 1);
            }
            *text = rest;
            if (number > 0) return number;
        }
    return 0;
}

static struct secret *secret_at(const struct oracle *oracle, uint64_t number) {
    return number <= oracle->secret_count ? &oracle->secrets[number] : NULL;
}

static void learn(struct secret *secret, uint32_t peer) {
    if (peer == NOBODY) return; /* a browser: she hears more than the oracle follows */
    check(peer < PEERS_MAX);
    secret->known[peer / 8] |= (uint8_t)(1u << peer % 8);
}

void oracle_typed(struct oracle *oracle, uint32_t peer, struct slice text) {
    for (uint64_t number; (number = secret_next(&text)) > 0;)
        if (secret_at(oracle, number)) learn(secret_at(oracle, number), peer);
}

void oracle_secret_is(struct oracle *oracle, const struct chat_room *room, struct slice text) {
    for (uint64_t number; (number = secret_next(&text)) > 0;)
        if (secret_at(oracle, number)) secret_at(oracle, number)->room = oracle_row(oracle, room);
}

void oracle_secrets_told(struct oracle *oracle, const struct seat *seat,
                         const struct event *event) {
    if (seat->peer == NOBODY) return;
    const struct person *person = seat->person == NOBODY ? NULL : &oracle->people[seat->person];
    bool invited = event->kind == EVENT_ALERT && event->why == ALERT_INVITED;
    for (int i = 0; i < EVENT_SLICES; i++) {
        struct slice text = event->slices[i];
        for (uint64_t number; (number = secret_next(&text)) > 0;) {
            struct secret *secret = secret_at(oracle, number);
            if (!secret || secret->room == NOBODY) continue;
            const struct chat_room *room = &oracle->rooms[secret->room];
            if (invited || (!room->gone && rank_sees(oracle, person, room)))
                learn(secret, seat->peer);
        }
    }
    const struct chat_room *room = oracle_room(oracle, event->room.v);
    if (event->kind != EVENT_QUERY || !room || !rank_sees(oracle, person, room)) return;
    for (uint64_t i = 1; i <= oracle->secret_count; i++)
        if (oracle->secrets[i].room == oracle_row(oracle, room))
            learn(&oracle->secrets[i], seat->peer); /* what it was called before stands there too */
}

void oracle_secrets_published(struct oracle *oracle, const struct chat_room *room,
                              const struct event *event) {
    for (int i = 0; i < EVENT_SLICES; i++) {
        struct slice text = event->slices[i], rest = text;
        if (secret_next(&rest) == 0) continue;
        for (uint32_t w = 0; w < WORLD_WORKERS; w++)
            for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
                const struct seat *seat = &oracle->seats[w][s];
                if (seat->id.generation != 0 && oracle_inside(oracle, seat, room))
                    oracle_typed(oracle, seat->peer, text);
            }
    }
}

void oracle_sent(struct oracle *oracle, uint32_t peer, struct slice bytes) {
    struct slice text = bytes;
    for (uint64_t number; (number = secret_next(&text)) > 0;) {
        const struct secret *secret = secret_at(oracle, number);
        if (secret && secret->room == NOBODY) continue; /* nothing was ever called so */
        if (secret && (secret->known[peer / 8] >> peer % 8 & 1)) continue;
        oracle_fail(oracle, "peer %u is sent '%.*s', of a room that she may not know", peer,
                    (int)slice_head(bytes, 200).size, bytes.at);
    }
}
