/* ledger.c: what each connection was shown against what it must be shown. */
#include "base/check.h"
#include "sim/oracle.h"

/* A room that is deleted while its page is read may give a shorter page. */
static bool may_be_missing(const struct oracle *oracle, const struct due *due) {
    return due->past && oracle->rooms[oracle->said[due->said].room].gone;
}

static const struct said *due_take(struct oracle *oracle, struct ledger *ledger, uint32_t at) {
    ledger->dues[at].done = true;
    while (ledger->first < ledger->count && ledger->dues[ledger->first].done)
        ledger->first++;
    oracle->deliveries++;
    return &oracle->said[ledger->dues[at].said];
}

static const struct said *said_with(const struct oracle *oracle, uint64_t marker) {
    for (uint32_t i = oracle->said_count; i-- > 0;)
        if (oracle->said[i].marker == marker) return &oracle->said[i];
    return NULL;
}

const struct said *oracle_shown(struct oracle *oracle, uint32_t peer, uint64_t marker, bool *past) {
    struct ledger *ledger = &oracle->ledgers[peer];
    const struct said *said = said_with(oracle, marker);
    unsigned number = (unsigned)marker;
    if (!said) {
        oracle_fail(oracle, "peer %u sees message %u, which nobody said", peer, number);
        return NULL;
    }
    if (said->lost || said->record > oracle->world->rows.flushed) {
        oracle_fail(oracle, "peer %u sees message %u, which is not stored", peer, number);
        return NULL;
    }
    for (uint32_t i = ledger->first; i < ledger->count; i++) {
        const struct due *due = &ledger->dues[i];
        if (due->done || oracle->said[due->said].room != said->room) continue;
        *past = due->past;
        if (&oracle->said[due->said] == said) return due_take(oracle, ledger, i);
        if (may_be_missing(oracle, due)) continue;
        oracle_fail(oracle, "peer %u sees message %u of room %u, but %s message %u is next", peer,
                    number, oracle->rooms[said->room].number, due->past ? "past" : "live",
                    (unsigned)oracle->said[due->said].marker);
        return NULL;
    }
    oracle_fail(oracle, "peer %u sees message %u of room %u, which was not for her", peer, number,
                oracle->rooms[said->room].number);
    return NULL;
}

void oracle_shown_refusal(struct oracle *oracle, uint32_t peer) {
    struct ledger *ledger = &oracle->ledgers[peer];
    if (++ledger->refusals_shown > ledger->refusals)
        oracle_fail(oracle, "peer %u is refused something that was not", peer);
}

/* Is it something that she did herself, and must have seen before the end? */
static bool is_hers(const struct oracle *oracle, uint32_t peer, const struct due *due) {
    uint64_t marker = oracle->said[due->said].marker;
    return !due->past && oracle->intents[marker].peer == peer;
}

void oracle_closed(struct oracle *oracle, uint32_t peer) {
    struct ledger *ledger = &oracle->ledgers[peer];
    for (uint32_t i = ledger->first; i < ledger->count; i++)
        if (!ledger->dues[i].done && is_hers(oracle, peer, &ledger->dues[i]))
            oracle_fail(oracle, "peer %u went without the echo of message %u", peer,
                        (unsigned)oracle->said[ledger->dues[i].said].marker);
    if (ledger->refusals_shown < ledger->refusals)
        oracle_fail(oracle, "peer %u went without an answer", peer);
}

static void ledger_end(struct oracle *oracle, uint32_t peer) {
    struct ledger *ledger = &oracle->ledgers[peer];
    for (uint32_t i = ledger->first; i < ledger->count; i++) {
        const struct due *due = &ledger->dues[i];
        if (due->done || may_be_missing(oracle, due)) continue;
        oracle_fail(oracle, "peer %u never sees %s message %u of room %u", peer,
                    due->past ? "past" : "live", (unsigned)oracle->said[due->said].marker,
                    oracle->rooms[oracle->said[due->said].room].number);
    }
    if (ledger->refusals_shown < ledger->refusals)
        oracle_fail(oracle, "peer %u never sees a refusal", peer);
}

void oracle_end(struct oracle *oracle) {
    const struct world *world = oracle->world;
    for (uint32_t i = 0; i < world->peer_count; i++)
        if (world->peers[i].open && !world->peers[i].cut) ledger_end(oracle, i);
    for (uint64_t i = 1; i <= oracle->intent_count; i++) {
        const struct intent *intent = &oracle->intents[i];
        if (!intent->sure || intent->heard || intent->peer == NOBODY) continue;
        if (world->peers[intent->peer].open && !world->peers[intent->peer].cut)
            oracle_fail(oracle, "message %u of peer %u was never heard", (unsigned)i, intent->peer);
    }
}
