/* browsers.c: how they come, speak, and look at each number. */
#include "sim/browsers.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "sim/manners.h"

static const char *const names[BROWSERS] = {"web-a", "web-b", "web-c"};

void browsers_init(struct browsers *browsers, struct world *world, struct oracle *oracle,
                   uint64_t seed) {
    *browsers =
        (struct browsers){.world = world, .oracle = oracle, .rng.state = seed, .next_port = 30001};
    check(manner_of(slice_of("json"), &browsers->manner));
}

static uint32_t below(struct browsers *browsers, uint32_t n) {
    return rng_below(&browsers->rng, n);
}

static const char *name_of(const struct browsers *browsers, const struct browser *browser) {
    return names[browser - browsers->at];
}

static void sends(struct browsers *browsers, struct browser *browser, const struct buf *line) {
    check(buf_ok(line));
    if (world_may_hear(browsers->world, browser->peer))
        world_hear(browsers->world, browser->peer, buf_slice(line));
}

/* ---- coming ---- */

/* With the cursors of all rooms that she knows. */
static void put_hello(struct browsers *browsers, struct browser *browser, struct buf *line) {
    char text[160];
    const char *name = name_of(browsers, browser);
    bool known = durable_account_called(&browsers->oracle->durable, slice_text(name)) != NULL;
    snprintf(text, sizeof text, "{\"type\":\"hello\",\"name\":\"%s\",\"password\":\"pw-%s\"%s",
             name, name, known ? "" : ",\"register\":true");
    buf_text(line, text);
    buf_text(line, ",\"rooms\":[");
    for (uint32_t i = 0; i < BROWSER_ROOMS; i++) {
        struct cursor *cursor = &browser->cursors[i];
        cursor->inside = false;
        if (!cursor->follows) cursor->room = 0;
        if (cursor->room == 0) continue;
        cursor->waits = true;
        snprintf(text, sizeof text, "{\"room\":%u,\"epoch\":\"%016llx\",\"seq\":%llu},",
                 cursor->room, (unsigned long long)cursor->epoch, (unsigned long long)cursor->at);
        buf_text(line, text);
    }
    buf_text(line, "{\"room\":\"lobby\"},{\"room\":\"oak\"}]}\n");
}

static void comes(struct browsers *browsers, struct browser *browser) {
    char memory[BROWSER_TYPED_CAP * 2];
    struct address address;
    struct buf line;
    check(address_parse(slice_of("127.0.0.3:1"), &address));
    address.port = browsers->next_port++;
    uint16_t worker = (uint16_t)below(browsers, WORLD_WORKERS);
    browser->peer =
        world_connect(browsers->world, worker, address, &browsers->manner, below(browsers, 2));
    browser->here = browser->peer != NOBODY;
    if (!browser->here) return;
    browser->settled = browser->lost = false;
    browser->id = browsers->world->peers[browser->peer].id;
    oracle_came_beside(browsers->oracle, browser->id, browser->peer, address);
    buf_init(&line, memory, sizeof memory);
    put_hello(browsers, browser, &line);
    sends(browsers, browser, &line);
}

/* ---- what she does ---- */

static void speaks(struct browsers *browsers, struct browser *browser) {
    char memory[BROWSER_TYPED_CAP];
    struct buf text, line;
    uint64_t marker = oracle_marker(browsers->oracle);
    char said[64];
    buf_init(&text, said, sizeof said);
    buf_text(&text, "from a browser ~");
    buf_number(&text, marker);
    buf_text(&text, "~");
    oracle_intend(browsers->oracle, marker, NOBODY, buf_slice(&text), false);
    buf_init(&line, memory, sizeof memory);
    buf_text(&line, "{\"type\":\"send\",\"ref\":7,\"room\":\"");
    buf_text(&line, below(browsers, 3) == 0 ? "oak" : "lobby");
    buf_text(&line, "\",\"text\":\"");
    buf_put(&line, buf_slice(&text));
    buf_text(&line, "\"}\n");
    sends(browsers, browser, &line);
}

static void does(struct browsers *browsers, struct browser *browser) {
    char memory[BROWSER_TYPED_CAP];
    struct buf line;
    const struct cursor *cursor = &browser->cursors[below(browsers, BROWSER_ROOMS)];
    uint32_t dice = below(browsers, 8);
    buf_init(&line, memory, sizeof memory);
    if (dice < 5 || cursor->room == 0 || cursor->at == 0) {
        speaks(browsers, browser);
        return;
    }
    int size =
        snprintf(memory, sizeof memory,
                 dice == 5   ? "{\"type\":\"history\",\"room\":%u,\"before\":%llu,\"count\":5}\n"
                 : dice == 6 ? "{\"type\":\"read\",\"room\":%u,\"seq\":%llu}\n"
                             : "{\"type\":\"react\",\"room\":%u,\"target\":%llu,"
                               "\"reaction\":\"+1\"}\n",
                 cursor->room, 1 + (unsigned long long)rng_below(&browsers->rng, cursor->at));
    line.size = (size_t)size;
    sends(browsers, browser, &line);
}

void browsers_step(struct browsers *browsers) {
    struct browser *browser = &browsers->at[below(browsers, BROWSERS)];
    uint32_t dice = below(browsers, 100);
    if (!browser->here) {
        /* the hub must have heard that she went: she would be two devices */
        if (dice < 10 && !oracle_seat(browsers->oracle, browser->id)) comes(browsers, browser);
        return;
    }
    if (!browsers->world->peers[browser->peer].open || browser->lost) return;
    if (dice < 3) {
        browser->lost = true;
        world_lose(browsers->world, browser->peer);
    } else if (browser->settled && dice < 60) {
        does(browsers, browser);
    }
}

/* ---- what she is told ---- */

static struct cursor *cursor_of(struct browser *browser, uint32_t room) {
    struct cursor *free_one = NULL;
    for (uint32_t i = 0; i < BROWSER_ROOMS; i++) {
        if (browser->cursors[i].room == room) return &browser->cursors[i];
        if (browser->cursors[i].room == 0) free_one = &browser->cursors[i];
    }
    if (free_one) *free_one = (struct cursor){.room = room};
    return free_one;
}

static uint64_t number_of(const json_t *object, const char *key) {
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *word_of(const json_t *object, const char *key) {
    const char *word = json_string_value(json_object_get(object, key));
    return word ? word : "";
}

static void hears_entered(struct browser *browser, const json_t *message) {
    const json_t *room = json_object_get(message, "room");
    struct cursor *cursor = cursor_of(browser, (uint32_t)number_of(room, "id"));
    if (!cursor) return; /* more rooms than she minds */
    uint64_t epoch = strtoull(word_of(room, "epoch"), NULL, 16);
    bool again = cursor->inside; /* she hears it already */
    cursor->inside = true;
    if (again || (cursor->follows && cursor->waits && cursor->epoch == epoch)) return;
    *cursor = (struct cursor){.room = cursor->room,
                              .epoch = epoch,
                              .at = number_of(room, "seq"),
                              .inside = true,
                              .follows = true};
}

static void hears_stored(struct browsers *browsers, struct browser *browser, const json_t *event,
                         bool past) {
    struct cursor *cursor = cursor_of(browser, (uint32_t)number_of(event, "room"));
    uint64_t seq = number_of(event, "seq");
    if (!cursor || !cursor->inside || seq == 0) return;
    browsers->checked++;
    if (past != cursor->waits)
        oracle_fail(browsers->oracle, "%s: %s %u of room %u %s", name_of(browsers, browser),
                    word_of(event, "type"), (unsigned)seq, cursor->room,
                    past ? "comes unasked" : "comes before what was missed");
    else if (seq <= cursor->at || (!past && seq != cursor->at + 1))
        oracle_fail(browsers->oracle, "%s: %s %u of room %u comes after %u",
                    name_of(browsers, browser), word_of(event, "type"), (unsigned)seq, cursor->room,
                    (unsigned)cursor->at);
    if (past) cursor->gap += seq - cursor->at - 1;
    cursor->at = seq;
}

static void hears_caught_up(struct browsers *browsers, struct browser *browser,
                            const json_t *message) {
    struct cursor *cursor = cursor_of(browser, (uint32_t)number_of(message, "room"));
    if (!cursor || !cursor->waits) return;
    uint64_t seq = number_of(message, "seq");
    if (seq > cursor->at) cursor->gap += seq - cursor->at;
    if (cursor->gap > 0 && json_is_true(json_object_get(message, "complete")))
        oracle_fail(browsers->oracle, "%s: %u events of room %u are missing",
                    name_of(browsers, browser), (unsigned)cursor->gap, cursor->room);
    cursor->waits = false;
    cursor->gap = 0;
    if (seq > cursor->at) cursor->at = seq;
}

/* She is out of it, or her cursor was not taken: she knows nothing of it any more. */
static void forgets(struct browser *browser, uint32_t room) {
    for (uint32_t i = 0; i < BROWSER_ROOMS; i++)
        if (browser->cursors[i].room == room) browser->cursors[i] = (struct cursor){0};
}

static void hears(struct browsers *browsers, struct browser *browser, const json_t *message) {
    static const char *const stored[] = {"message",    "edited", "removed",     "reacted",
                                         "topic",      "mode",   "role",        "kicked",
                                         "restrained", "ack",    "room_renamed"};
    const char *type = word_of(message, "type");
    if (strcmp(type, "entered") == 0) hears_entered(browser, message);
    if (strcmp(type, "caught_up") == 0) hears_caught_up(browsers, browser, message);
    if (strcmp(type, "welcome") == 0) browser->settled = true;
    if (strcmp(type, "exited") == 0 || strcmp(type, "deleted") == 0)
        forgets(browser, (uint32_t)number_of(message, "room"));
    if (strcmp(type, "error") == 0 && json_object_get(message, "room"))
        forgets(browser, (uint32_t)number_of(message, "room"));
    if (strcmp(type, "past") == 0) {
        const json_t *event = json_object_get(message, "event");
        const struct cursor *cursor = cursor_of(browser, (uint32_t)number_of(event, "room"));
        if (cursor && cursor->waits) hears_stored(browsers, browser, event, true);
    }
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++)
        if (strcmp(type, stored[i]) == 0) hears_stored(browsers, browser, message, false);
}

static void reads(struct browsers *browsers, struct browser *browser) {
    struct peer *peer = &browsers->world->peers[browser->peer];
    while (peer->read < peer->size && !browsers->oracle->failed) {
        const char *at = peer->bytes + peer->read, *end = memchr(at, '\n', peer->size - peer->read);
        json_error_t error;
        if (!end) break;
        peer->read += (size_t)(end - at) + 1;
        json_t *message = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, &error);
        if (message)
            hears(browsers, browser, message);
        else
            oracle_fail(browsers->oracle, "%s is told what is no JSON (%s): %.*s",
                        name_of(browsers, browser), error.text, (int)(end - at), at);
        json_decref(message);
    }
    if (!peer->open) browser->here = false;
}

void browsers_read(struct browsers *browsers) {
    for (uint32_t i = 0; i < BROWSERS; i++)
        if (browsers->at[i].here) reads(browsers, &browsers->at[i]);
}

void browsers_crashed(struct browsers *browsers) {
    browsers_read(browsers); /* what came before is as good as ever */
    for (uint32_t i = 0; i < BROWSERS; i++)
        browsers->at[i].here = false;
}

void browsers_leave(struct browsers *browsers) {
    for (uint32_t i = 0; i < BROWSERS; i++) {
        struct browser *browser = &browsers->at[i];
        if (!browser->here || browser->lost) continue;
        if (browsers->world->peers[browser->peer].open)
            world_hear_end(browsers->world, browser->peer);
        browser->lost = true;
    }
}
