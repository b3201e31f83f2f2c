/* webhook.c: making, listing and deleting outgoing webhooks. There are few, so they are found by
 * looking at all. */
#include "hub/webhook.h"

#include "base/check.h"
#include "base/secret.h"
#include "hub/inside.h"
#include "hub/moderate.h"

static struct slice maker_of(const struct webhook_row *row) {
    return (struct slice){row->maker, row->maker_size};
}

static struct slice url_of(const struct webhook_row *row) {
    return (struct slice){row->url, row->url_size};
}

static struct webhook_row *row_by_number(struct hub *hub, uint64_t number) {
    for (uint32_t i = 0; i < hub->webhook_top && number > 0; i++)
        if (hub->webhooks[i].number == number) return &hub->webhooks[i];
    return NULL;
}

static struct webhook_row *row_free(struct hub *hub) {
    for (uint32_t i = 0; i < hub->webhook_top; i++)
        if (hub->webhooks[i].number == 0) return &hub->webhooks[i];
    return hub->webhook_top < WEBHOOKS_MAX ? &hub->webhooks[hub->webhook_top] : NULL;
}

static void row_use(struct hub *hub, const struct webhook_row *row) {
    if (row == &hub->webhooks[hub->webhook_top]) hub->webhook_top++;
}

static uint32_t count_of(const struct hub *hub, const struct room *room) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < hub->webhook_top; i++)
        count += hub->webhooks[i].number > 0 && hub->webhooks[i].room == room->number;
    return count;
}

static void record(struct hub *hub, enum record_kind kind, const struct room *room,
                   const struct webhook_row *row) {
    struct record *record = hub_record(hub, kind, room);
    record->number = row->number;
    record->author.v = row->maker_number;
    record->epoch = row->epoch;
    record->seq = row->seq;
    record->time_ms = row->made_ms;
    record->author_name = maker_of(row);
    record->text = url_of(row);
    record->secret = (struct slice){(const char *)row->secret, sizeof row->secret};
    hub_record_sum(hub, record);
}

/* The room, where it may have webhooks at all. NULL: the asker was told. */
static struct room *room_with(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_MODE);
    if (!room) return NULL;
    if (room->flags & (ROOM_OWN | ROOM_DIRECT)) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return NULL;
    }
    return room;
}

/* False: the asker was told. */
static bool may_be_made(struct hub *hub, const struct room *room) {
    enum refusal why = REFUSED_NOT;
    uint64_t number = 0;
    struct slice text = {0};
    if (!account_of(hub, hub_asking_user(hub))) {
        why = REFUSED_LOGIN_NEEDED;
    } else if (!webhook_url_fits(hub->command->text)) {
        why = REFUSED_SETTING_BAD;
        text = slice_of("an http:// or https:// address of at most 500 characters");
    } else if (!room_keeps_texts(hub, room)) {
        why = REFUSED_HISTORY_OFF;
    } else if (count_of(hub, room) >= ROOM_WEBHOOKS_MAX) {
        why = REFUSED_LIST_FULL;
        number = ROOM_WEBHOOKS_MAX;
    } else if (!row_free(hub)) {
        why = REFUSED_SERVER_FULL;
    }
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, number, text);
    return false;
}

void webhook_add(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_with(hub);
    if (!room || !may_be_made(hub, room)) return;
    if (!hub_can_record_all(hub, 2, 2 * WEBHOOK_URL_MAX + 4 * USER_NAME_SIZE_MAX)) return;
    const struct account *maker = account_of(hub, hub_asking_user(hub));
    struct slice name = account_name(maker);
    struct webhook_row *row = row_free(hub);
    row_use(hub, row);
    *row = (struct webhook_row){.number = hub->next_webhook_number++,
                                .room = room->number,
                                .maker_number = maker->number,
                                .maker_size = (uint8_t)name.size,
                                .url_size = (uint16_t)c->text.size,
                                .made_ms = hub->now_ms};
    memcpy(row->maker, name.at, name.size);
    memcpy(row->url, c->text.at, c->text.size);
    secret_token(hub->secret, hub->token);
    secret_hash((struct slice){hub->token, TOKEN_SIZE}, row->secret);
    moderate_log(hub, room, "webhook", (struct slice){0}, url_of(row));
    row->epoch = room->epoch;
    row->seq = room->seq; /* what is said from now on */
    record(hub, RECORD_WEBHOOK, room, row);
    struct event *event = hub_reply(hub, EVENT_WEBHOOK, room, true);
    event->number = row->number;
    event->text = (struct slice){(const char *)row->secret, sizeof row->secret};
    event->other = url_of(row);
}

static void line_put(const struct room *room, const struct webhook_row *row, struct buf *out) {
    bool same = row->epoch == room->epoch && row->seq <= room->seq;
    webhook_line_put(out,
                     &(struct webhook_line){.number = row->number,
                                            .maker = maker_of(row),
                                            .behind = same ? room->seq - row->seq : 0,
                                            .failures = row->failures,
                                            .status = row->status,
                                            .fault = slice_text(webhook_fault_word(row->fault)),
                                            .url = url_of(row)});
}

void webhook_list(struct hub *hub) {
    const struct room *room = room_with(hub);
    struct buf lines;
    if (!room) return;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    _Static_assert(ROOM_WEBHOOKS_MAX * WEBHOOK_LINE_MAX <= sizeof hub->pieces, "one answer");
    for (uint32_t i = 0; i < hub->webhook_top; i++)
        if (hub->webhooks[i].number > 0 && hub->webhooks[i].room == room->number)
            line_put(room, &hub->webhooks[i], &lines);
    check(buf_ok(&lines));
    hub_reply(hub, EVENT_WEBHOOKS, room, true)->text = buf_slice(&lines);
}

/* The record of the step points into the row, which is taken again by a later step at the soonest.
 */
void webhook_delete(struct hub *hub) {
    struct room *room = room_with(hub);
    if (!room) return;
    struct webhook_row *row = row_by_number(hub, hub->command->target);
    if (!row || row->room != room->number) {
        hub_refuse(hub, REFUSED_NOTHING_HOLDS, 0, hub->command->text);
        return;
    }
    if (!hub_can_record_all(hub, 2, 2 * WEBHOOK_URL_MAX + 4 * USER_NAME_SIZE_MAX)) return;
    moderate_log(hub, room, "webhook off", (struct slice){0}, url_of(row));
    record(hub, RECORD_WEBHOOK_GONE, room, row);
    row->number = 0;
    hub_reply(hub, EVENT_DONE, room, true);
}

void webhook_marked(struct hub *hub, const struct webhook_mark *mark) {
    struct webhook_row *row = row_by_number(hub, mark->number);
    const struct room *room = row ? room_by_number(hub, row->room) : NULL;
    if (!room || mark->epoch != room->epoch || mark->seq > room->seq) return;
    check(mark->fault < WEBHOOK_FAULTS);
    row->failures = mark->failures;
    row->fault = mark->fault;
    row->status = mark->status;
    bool moved = row->epoch != mark->epoch || row->seq < mark->seq;
    if (!moved || !hub_fits(hub, 1, WEBHOOK_URL_MAX + 2 * USER_NAME_SIZE_MAX)) return;
    row->epoch = mark->epoch;
    row->seq = mark->seq;
    record(hub, RECORD_WEBHOOK, room, row);
}

void webhook_drop_room(struct hub *hub, const struct room *room) {
    for (uint32_t i = 0; i < hub->webhook_top; i++)
        if (hub->webhooks[i].room == room->number) hub->webhooks[i].number = 0;
}

bool webhook_load(struct hub *hub, const struct record *record) {
    struct webhook_row *row = row_free(hub);
    bool fits = record->text.size <= WEBHOOK_URL_MAX && webhook_url_fits(record->text) &&
                record->author_name.size <= USER_NAME_SIZE_MAX &&
                record->secret.size == WEBHOOK_SECRET_SIZE;
    if (!row || !fits || record->number == 0 || record->number == UINT64_MAX) return false;
    if (row_by_number(hub, record->number) || !room_by_number(hub, record->room.v)) return false;
    row_use(hub, row);
    *row = (struct webhook_row){.number = record->number,
                                .room = record->room.v,
                                .maker_number = record->author.v,
                                .epoch = record->epoch,
                                .seq = record->seq,
                                .made_ms = record->time_ms,
                                .url_size = (uint16_t)record->text.size,
                                .maker_size = (uint8_t)record->author_name.size};
    memcpy(row->url, record->text.at, record->text.size);
    if (row->maker_size > 0) memcpy(row->maker, record->author_name.at, row->maker_size);
    memcpy(row->secret, record->secret.at, sizeof row->secret);
    if (row->number >= hub->next_webhook_number) hub->next_webhook_number = row->number + 1;
    return true;
}

void webhook_verify(const struct hub *hub) {
    for (uint32_t i = 0; i < hub->webhook_top; i++) {
        const struct webhook_row *row = &hub->webhooks[i];
        if (row->number == 0) continue;
        check(row->number < hub->next_webhook_number);
        check(room_by_number((struct hub *)(uintptr_t)hub, row->room) != NULL);
        check(webhook_url_fits(url_of(row)));
    }
}

uint64_t webhook_digest(const struct hub *hub) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < hub->webhook_top; i++) {
        const struct webhook_row *row = &hub->webhooks[i];
        if (row->number == 0) continue;
        uint64_t digest = digest_mix(digest_mix(row->number, row->room), row->maker_number);
        digest = digest_mix(digest_mix(digest, row->epoch), row->seq);
        struct slice secret = {(const char *)row->secret, sizeof row->secret};
        digest = digest_mix(digest, slice_hash(url_of(row), 1));
        sum += digest_mix(digest, slice_hash(secret, 2));
    }
    return sum;
}
