/* ledger.c: what each connection was shown against what it must be shown. */
#include "base/check.h"
#include "sim/inside.h"

void ledger_put(struct ledger *ledger, uint32_t at, struct due due) {
    if (ledger->count == ledger->cap)
        ledger->dues = oracle_grow(ledger->dues, ledger->count, &ledger->cap, sizeof due);
    memmove(&ledger->dues[at + 1], &ledger->dues[at], (ledger->count - at) * sizeof due);
    ledger->dues[at] = due;
    ledger->count++;
}

void oracle_due(struct oracle *oracle, const struct seat *seat, struct due due) {
    if (seat->peer == NOBODY) return;
    struct ledger *ledger = &oracle->ledgers[seat->peer];
    ledger_put(ledger, ledger->count, due);
}

/* The page of a room that is deleted while it is read, or of somebody who is put out, may end. */
static bool may_be_missing(const struct oracle *oracle, const struct ledger *ledger,
                           const struct due *due) {
    if (due->page) return ledger->over || oracle->rooms[due->room].gone;
    return due->past && (ledger->over || oracle->rooms[oracle->said[due->said].room].gone);
}

static void due_take(struct oracle *oracle, struct ledger *ledger, uint32_t at) {
    ledger->dues[at].done = true;
    while (ledger->first < ledger->count && ledger->dues[ledger->first].done)
        ledger->first++;
    oracle->deliveries++;
}

static const struct said *said_with(const struct oracle *oracle, uint64_t marker) {
    for (uint32_t i = oracle->said_count; i-- > 0;)
        if (oracle->said[i].marker == marker) return &oracle->said[i];
    return NULL;
}

static uint32_t due_room(const struct oracle *oracle, const struct due *due) {
    return due->page ? due->room : oracle->said[due->said].room;
}

/* Is this text what the line that is due must say: of a page, as it was when that was read? */
static bool due_says(const struct oracle *oracle, const struct due *due, const struct said *text) {
    return !due->page && (uint32_t)(text - oracle->said) == (due->past ? due->text : due->said);
}

static const char *due_words(const struct due *due) {
    return due->page ? "a page with" : due->past ? "past" : "live";
}

struct shown oracle_shown(struct oracle *oracle, uint32_t peer, uint64_t marker) {
    struct ledger *ledger = &oracle->ledgers[peer];
    const struct said *said = said_with(oracle, marker);
    unsigned number = (unsigned)marker;
    struct shown nothing = {0};
    if (!said) {
        oracle_fail(oracle, "peer %u sees message %u, which nobody said", peer, number);
        return nothing;
    }
    if (said->lost || said->record > oracle->world->rows.flushed) {
        oracle_fail(oracle, "peer %u sees message %u, which is not stored", peer, number);
        return nothing;
    }
    for (uint32_t i = ledger->first; i < ledger->count; i++) {
        struct due *due = &ledger->dues[i];
        if (due->done || due_room(oracle, due) != said->room) continue;
        if (due_says(oracle, due, said)) {
            due_take(oracle, ledger, i);
            return (struct shown){&oracle->said[due->said], said, due->past};
        }
        if (may_be_missing(oracle, ledger, due)) continue;
        oracle_fail(oracle, "peer %u sees message %u of room %u, but %s message %u is next", peer,
                    number, oracle->rooms[said->room].number, due_words(due),
                    due->page ? 0 : (unsigned)oracle->said[due->said].marker);
        return nothing;
    }
    oracle_fail(oracle, "peer %u sees message %u of room %u, which was not for her", peer, number,
                oracle->rooms[said->room].number);
    return nothing;
}

static bool is_called(const struct chat_room *room, struct slice place) {
    if (place.size == 0 || slice_equal(place, (struct slice){room->name, room->name_size}))
        return true;
    for (uint32_t i = 0; i < EARLIER_NAMES; i++)
        if (slice_equal(place, (struct slice){room->earlier[i].name, room->earlier[i].size}))
            return true;
    return room->direct && place.at[0] == '@';
}

/* That message `seq` is gone. */
static bool tells_removal(const struct oracle *oracle, const struct due *due, uint64_t seq) {
    const struct said *said = &oracle->said[due->said];
    if (due->done || due->page) return false;
    if (said->stored == STORED_REMOVAL && said->target == seq) return true;
    return due->all && said->stored == STORED_MESSAGE && said->seq == seq &&
           oracle_removed(oracle, said, true);
}

static void removal_take(struct oracle *oracle, uint32_t peer, uint32_t at) {
    struct ledger *ledger = &oracle->ledgers[peer];
    for (uint32_t before = ledger->first; before < at; before++) {
        struct due *other = &ledger->dues[before];
        if (other->done || due_room(oracle, other) != due_room(oracle, &ledger->dues[at])) continue;
        if (!may_be_missing(oracle, ledger, other))
            oracle_fail(oracle, "peer %u sees a removal before %s message", peer, due_words(other));
        other->done = true; /* it may not come any more */
    }
    due_take(oracle, ledger, at);
}

/* Nothing of its room must come before it. */
static bool is_next(const struct oracle *oracle, const struct ledger *ledger, uint32_t at) {
    uint32_t room = due_room(oracle, &ledger->dues[at]);
    for (uint32_t i = ledger->first; i < at; i++) {
        const struct due *due = &ledger->dues[i];
        if (due->done || due_room(oracle, due) != room) continue;
        if (!may_be_missing(oracle, ledger, due)) return false;
    }
    return true;
}

/* Without a place it is where she types, if she did not go elsewhere meanwhile; messages of two
 * rooms may have the number, and then it is one whose turn it is. */
void oracle_shown_removal(struct oracle *oracle, uint32_t peer, uint64_t seq, struct slice place,
                          struct room_id focus) {
    const struct ledger *ledger = &oracle->ledgers[peer];
    uint32_t found = ledger->count;
    int found_rank = -1;
    for (uint32_t i = ledger->first; i < ledger->count; i++) {
        const struct due *due = &ledger->dues[i];
        const struct chat_room *room = &oracle->rooms[due_room(oracle, due)];
        if (!tells_removal(oracle, due, seq) || !is_called(room, place)) continue;
        bool here = place.size > 0 || room->number == focus.v;
        int rank = (is_next(oracle, ledger, i) ? 2 : 0) + (here ? 1 : 0);
        if (rank > found_rank) {
            found = i;
            found_rank = rank;
        }
    }
    if (found < ledger->count)
        removal_take(oracle, peer, found);
    else
        oracle_fail(oracle, "peer %u sees the removal of %u, which was not for her", peer,
                    (unsigned)seq);
}

/* Answers. */

void oracle_shown_refusal(struct oracle *oracle, uint32_t peer) {
    struct ledger *ledger = &oracle->ledgers[peer];
    if (++ledger->refusals_shown > ledger->refusals)
        oracle_fail(oracle, "peer %u is refused something that was not", peer);
}

/* Is it something that she did herself, and must have seen before the end? */
static bool is_hers(const struct oracle *oracle, uint32_t peer, const struct due *due) {
    if (due->page) return false;
    uint64_t marker = oracle->said[due->said].marker;
    return !due->past && marker > 0 && oracle->intents[marker].peer == peer;
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
        if (due->done || may_be_missing(oracle, ledger, due)) continue;
        oracle_fail(oracle, "peer %u never sees %s message %u of room %u", peer, due_words(due),
                    due->page ? 0 : (unsigned)oracle->said[due->said].marker,
                    oracle->rooms[due_room(oracle, due)].number);
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
