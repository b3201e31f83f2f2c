/* speech.c: what people say. The number of a message is given here and nowhere else, so that the
 * disk and every reader agree on the order. */
#include "base/check.h"
#include "base/text.h"
#include "chat/mention.h"
#include "chat/once.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/silent.h"

static uint32_t line_count(struct slice text) {
    uint32_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == '\n';
    return count;
}

static bool client_id_fits(struct slice id) {
    if (id.size > CLIENT_ID_SIZE_MAX) return false;
    for (size_t i = 0; i < id.size; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~') return false;
    return true;
}

bool speech_fits(struct hub *hub, size_t most) {
    struct slice text = hub->command->text;
    enum refusal why = REFUSED_NOT;
    if (hub->limits.text_size < most) most = hub->limits.text_size;
    if (text.size == 0)
        why = REFUSED_TEXT_EMPTY;
    else if (text.size > most || line_count(text) > TEXT_LINES_MAX)
        why = REFUSED_TEXT_TOO_LONG;
    else if (!client_id_fits(hub->command->client_id))
        why = REFUSED_CLIENT_ID_BAD;
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, most, (struct slice){0});
    return false;
}

size_t speech_size(struct hub *hub) {
    const struct command *c = hub->command;
    return c->text.size + c->client_id.size + c->name.size + hub_asking_user(hub)->name_size;
}

int64_t *speech_last(struct hub *hub, const struct user *user, const struct room *room) {
    struct membership *member = member_find(hub, user, room);
    if (member) return &member->said_ms;
    struct account *account = user->silent ? account_of(hub, user) : NULL;
    struct tie *tie = account ? tie_find(hub, account, room) : NULL;
    return tie ? &tie->said_ms : NULL;
}

/* Client ids. A person's ids are her own, and each room has its own. */

static uint64_t once_slot(const struct hub *hub, struct once once) {
    uint64_t hashes[] = {once.hash, once.check};
    return slice_hash((struct slice){(const char *)hashes, sizeof hashes}, hub->seed);
}

static const struct once *once_find(const struct hub *hub, struct once key) {
    uint64_t slot = once_slot(hub, key);
    for (uint32_t at = index_first(&hub->once_index, slot); at != INDEX_END;
         at = index_next(&hub->once_index, at, slot)) {
        const struct once *once = &hub->onces[index_row(&hub->once_index, at)];
        if (once->hash == key.hash && once->check == key.check) return once;
    }
    return NULL;
}

static void once_put(struct hub *hub, struct once once) {
    uint32_t row = hub->once_next;
    hub->once_next = (row + 1) % hub->size.client_ids;
    if (hub->onces[row].seq != 0)
        index_drop(&hub->once_index, once_slot(hub, hub->onces[row]), row);
    hub->onces[row] = once;
    index_put(&hub->once_index, once_slot(hub, once), row);
}

enum { ONCE_MANY = 1024 }; /* loaded, of which each was on another page of the index */

/* The newest comes first and stands last in the ring: it is to be overwritten last. */
bool speech_load(struct hub *hub, const struct record *record) {
    const struct room *room = room_by_number(hub, record->room.v);
    if (!room || record->seq == 0 || record->seq > room->seq) return false;
    if ((record->hex | record->epoch) == 0) return false;
    if (hub->once_loaded == hub->size.client_ids) return true; /* older than what is remembered */
    struct once once = {.hash = record->hex, .check = record->epoch, .text_hash = record->number};
    if (hub->once_loaded == ONCE_MANY) index_touch(&hub->once_index);
    if (once_find(hub, once)) return true; /* its id was forgotten and used again since */
    uint32_t row = hub->size.client_ids - ++hub->once_loaded;
    once.seq = record->seq;
    hub->onces[row] = once;
    index_put(&hub->once_index, once_slot(hub, once), row);
    return true;
}

bool speech_again(struct hub *hub, const struct room *room, struct once *once) {
    const struct command *c = hub->command;
    *once = (struct once){0};
    if (c->client_id.size == 0) return false;
    struct once_hash hash = once_hash(hub_asking_user(hub)->identity,
                                      (struct room_id){room->number}, c->client_id, c->text);
    *once = (struct once){.hash = hash.id[0], .check = hash.id[1], .text_hash = hash.text};
    const struct once *before = once_find(hub, *once);
    if (!before) return false;
    if (before->text_hash != once->text_hash && before->text_hash != 0) {
        hub_refuse(hub, REFUSED_CLIENT_ID_REUSED, 0, c->client_id);
        return true;
    }
    struct event *done = hub_reply(hub, EVENT_DONE, room, true);
    done->flags |= EVENT_AGAIN;
    done->seq = before->seq;
    return true;
}

/* Numbers and rows. */

bool speech_answers(struct hub *hub, const struct room *room) {
    uint64_t target = hub->command->target;
    uint64_t hex = hub->command->target_hex;
    bool here = hex == 0 || (room && room->hex == hex);
    if (here && target <= (room ? room->seq : 0)) return true;
    hub_refuse(hub, REFUSED_MESSAGE_UNKNOWN, target, (struct slice){0});
    return false;
}

struct record *speech_next(struct hub *hub, struct room *room, const struct user *author,
                           enum stored stored) {
    room->seq++;
    if (hub->now_ms > room->time_ms) room->time_ms = hub->now_ms;
    if (room->flags & (ROOM_OWN | ROOM_VOLATILE)) return NULL;
    enum record_kind kind = stored == STORED_TOPIC ? RECORD_TOPIC : RECORD_MESSAGE;
    struct record *record = hub_record(hub, kind, room);
    record->stored = (uint8_t)stored;
    if (!room_keeps_texts(hub, room)) record->flags |= ROOM_NO_HISTORY;
    if (!author) return record;
    record->author = (struct user_id){author->number};
    record->identity = author->identity;
    record->author_name = user_name(author);
    return record;
}

/* WAY 5 of 9: what was said -> row to be. */
void speech_keep(struct hub *hub, const struct room *room, const struct once *once,
                 struct record *record) {
    const struct command *c = hub->command;
    if (c->client_id.size > 0) {
        struct once kept = *once;
        kept.seq = room->seq;
        once_put(hub, kept);
    }
    if (!record) return;
    record->speech = c->speech;
    record->text = c->text;
    record->target = c->target;
    record->client_id = c->client_id;
    hub_record_sum(hub, record);
}

/* Telling. */

void tell_fill(struct hub *hub, struct event *event, const struct room *room,
               const struct user *author, const struct event *what) {
    if (room) {
        event->seq = room->seq;
        event->time_ms = room->time_ms;
        event->epoch = room->epoch;
    }
    event->flags |= what->flags;
    event->speech = what->speech;
    event->setting = what->setting;
    event->why = what->why;
    event->number = what->number;
    event->target = what->target;
    event->text = what->text;
    event->other = what->other;
    event->other_id = what->other_id;
    event->tags = what->tags;
    if (!author) return;
    event->author = (struct user_id){author->number};
    event->author_name = user_name(author);
    event->identity = author->identity;
    event->login = profile_login(hub, author);
    if (profile_flags(hub, author) & PERSON_BOT) event->flags |= EVENT_BOT;
    event->account = profile_account(hub, author);
    event->dialect = hub_asker(hub)->dialect;
    event->address = hub_asker(hub)->address;
    if (what->author_name.size == 0) return;
    event->author_name = what->author_name; /* relayed */
    event->account = (struct slice){0};
}

void tell_room(struct hub *hub, const struct room *room, const struct user *author,
               const struct event *what) {
    if (room->flags & ROOM_DIRECT) {
        direct_publish(hub, room, author, what);
    } else {
        struct event *event = hub_publish(hub, what->kind, room, author);
        tell_fill(hub, event, room, author, what);
        event->reply_code = hub->command->reply_code;
    }
    if (!author->silent) return;
    struct event *own = hub_reply(hub, what->kind, room, false); /* she hears nothing else of it */
    tell_fill(hub, own, room, author, what);
    own->flags |= EVENT_OWN;
}

/* Mentions. */

static void mention(struct hub *hub, const struct room *room, const struct user *author,
                    const struct user *called) {
    if (called->away_size > 0) {
        direct_away(hub, room, called);
        return;
    }
    for (uint32_t at = called->sessions; at != NONE; at = hub->sessions[at].next) {
        struct event *event = hub_reply_to(hub, hub_session_id(hub, at), EVENT_ALERT, room);
        event->why = ALERT_MENTIONED;
        event->author = (struct user_id){author->number};
        event->author_name = user_name(author);
        event->seq = room->seq;
        event->time_ms = room->time_ms;
    }
}

/* Each is told once, and no more than MENTIONS_MAX are: THREATS 58. */
static void speech_mentions(struct hub *hub, const struct room *room, const struct user *author) {
    const struct user *told[MENTIONS_MAX];
    struct slice rest = hub->command->text, name;
    uint32_t count = 0, tries = 0;
    while (tries < 4 * MENTIONS_MAX && count < MENTIONS_MAX &&
           mention_next(&rest, tries++ == 0, &name)) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf key;
        buf_init(&key, memory, sizeof memory);
        if (name.size > USER_NAME_SIZE_MAX || !name_key(&key, name)) continue;
        const struct user *called = user_by_key(hub, buf_slice(&key));
        if (!called || called->number == author->number || !member_find(hub, called, room))
            continue;
        bool again = false;
        for (uint32_t i = 0; i < count; i++)
            again |= told[i] == called;
        if (again) continue;
        told[count++] = called;
        mention(hub, room, author, called);
    }
}

void speech_say(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    struct room *room = user->silent ? silent_room(hub) : room_for(hub, ACTION_SAY);
    struct once once;
    if (!room) return;
    if (room->flags & ROOM_DIRECT) { /* the pair is known, so is the way */
        direct_say(hub, room);
        return;
    }
    if (!user_is_inside(hub, user, room) &&
        !(room->flags & ROOM_OUTSIDE)) { /* who speaks hears the answers */
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    if ((room->flags & ROOM_NO_CTCP) && slice_starts(c->text, slice_of("\x01"))) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return;
    }
    bool relayed = c->name.size > 0;
    if (relayed && standing_allows(hub, ACTION_MODE, room) != MAY) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return;
    }
    if (!speech_fits(hub, TEXT_SIZE_MAX) || speech_again(hub, room, &once)) return;
    if (!speech_answers(hub, room) || !filter_passes(hub, room)) return;
    if (aside_is_due(hub, room)) {
        aside_to_operators(hub, room);
        return;
    }
    if (!(room->flags & ROOM_OWN) && !hub_can_record(hub, speech_size(hub))) return;
    int64_t *last = speech_last(hub, user, room);
    if (last) *last = hub->now_ms;
    profile_spoke(hub, user);
    struct record *record = speech_next(hub, room, user, STORED_MESSAGE);
    if (record && relayed) record->author_name = c->name;
    speech_keep(hub, room, &once, record);
    struct event said = {.kind = EVENT_SAID,
                         .author_name = c->name,
                         .other = relayed ? user_name(user) : c->name,
                         .speech = c->speech,
                         .text = c->text,
                         .target = c->target,
                         .tags = c->tags};
    tell_room(hub, room, user, &said);
    if (!(room->flags & ROOM_OWN)) speech_mentions(hub, room, user);
    hub_done(hub);
}

/* Where that is asked for, and the room keeps anything: a stored event, which has no other number.
 * False: the disk cannot take it, the asker was told. */
bool speech_keep_tags(struct hub *hub, struct room *room, struct event *tagged) {
    const struct command *c = hub->command;
    bool kept = (c->flags & COMMAND_SETS) && c->text.size == 0 && room_keeps_texts(hub, room) &&
                !(room->flags & (ROOM_OWN | ROOM_VOLATILE));
    if (!kept) return true;
    if (!hub_can_record(hub, c->tags.size + USER_NAME_SIZE_MAX)) return false;
    struct record *record = speech_next(hub, room, hub_asking_user(hub), STORED_TAGS);
    check(record);
    record->text = c->tags;
    record->target = c->target;
    hub_record_sum(hub, record);
    tagged->target = c->target;
    tagged->number = 0;
    return true;
}

/* Shown live and kept nowhere: who is writing, for instance. */
void speech_tag(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    struct event tagged = {.kind = EVENT_TAGGED,
                           .speech = c->speech,
                           .text = c->text,
                           .tags = c->tags,
                           .number = rng_next(&hub->rng) | 1};
    if (c->name.size > 0) {
        direct_tag(hub, &tagged);
        return;
    }
    struct room *room = room_for(hub, ACTION_SAY);
    if (!room) return;
    if (c->text.size > 0 && (room->flags & ROOM_NO_CTCP)) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return;
    }
    if (!filter_passes(hub, room) || !speech_keep_tags(hub, room, &tagged)) return;
    tell_room(hub, room, user, &tagged);
    hub_done(hub);
}
