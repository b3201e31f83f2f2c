/* ban.c: the commands about who may not come, who may not speak, and who may come. */
#include "base/check.h"
#include "chat/restraint.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/profile.h"
#include "hub/rule.h"

enum { MINUTE_MS = 60000, PUT_OUT_MAX = ADMIT_MAX };
_Static_assert(PUT_OUT_MAX *(USER_SESSIONS_MAX + 4) + 16 <= EFFECTS_MAX, "one step tells them all");

static struct slice asker_name(struct hub *hub) {
    return user_name(hub_asking_user(hub));
}

static int64_t until_of(const struct hub *hub) {
    uint64_t minutes = hub->command->number;
    return minutes == 0 ? 0 : hub->now_ms + (int64_t)minutes * MINUTE_MS;
}

/* True where the numbers and the reason of the command are in their bounds; else she was told. */
static bool bounds_fit(struct hub *hub) {
    const struct command *c = hub->command;
    struct slice number = {0};
    if (!moderate_reason(hub)) return false;
    if (c->number <= RESTRAINT_MINUTES_MAX && c->count <= PURGE_HOURS_MAX) return true;
    char memory[24];
    struct buf digits;
    buf_init(&digits, memory, sizeof memory);
    buf_number(&digits, c->number > RESTRAINT_MINUTES_MAX ? c->number : c->count);
    number = moderate_words(hub, buf_slice(&digits), number, number);
    hub_refuse(hub, REFUSED_NUMBER_BAD, 0, number);
    return false;
}

static bool has_wildcard(struct slice mask) {
    return mask.size > 0 && (memchr(mask.at, '*', mask.size) || memchr(mask.at, '?', mask.size));
}

static bool mask_is_word(struct slice mask) {
    if (mask.size == 0 || mask.size > MASK_SIZE_MAX) return false;
    for (size_t i = 0; i < mask.size; i++)
        if ((unsigned char)mask.at[i] <= ' ' || mask.at[i] == 0x7F) return false;
    return true;
}

/* The network in its one spelling, so that it is lifted by any. */
static struct slice network_key(struct hub *hub, const struct network *network) {
    char memory[ADDRESS_TEXT_SIZE_MAX + 8];
    struct buf text;
    buf_init(&text, memory, sizeof memory);
    network_text(&text, *network);
    return moderate_words(hub, buf_slice(&text), (struct slice){0}, (struct slice){0});
}

/* Whom a ban's word means: a network, a mask, somebody, or a name that nobody bears now. False: it
 * is none of them; the asker was told. */
static bool word_means(struct hub *hub, struct whom *whom) {
    const struct command *c = hub->command;
    *whom = (struct whom){.mask = c->name, .key = c->name_key.size > 0 ? c->name_key : c->name};
    if (!mask_is_word(c->name) || whom->key.size > MASK_SIZE_MAX) {
        hub_refuse(hub, REFUSED_MASK_BAD, 0, c->name);
        return false;
    }
    if (network_parse(c->name, &whom->network)) {
        whom->subject = SUBJECT_NET;
        whom->mask = whom->key = network_key(hub, &whom->network);
        return true;
    }
    if (memchr(c->name.at, '/', c->name.size)) {
        hub_refuse(hub, REFUSED_MASK_BAD, 0, c->name);
        return false;
    }
    if (has_wildcard(c->name))
        whom->subject = SUBJECT_MASK;
    else
        (void)moderate_whom(hub, whom, false);
    return true;
}

/* Nobody acts on who stands above her, and who runs the room is not touched at all. */
static bool may_restrain(struct hub *hub, const struct whom *whom, const struct room *room) {
    enum standing standing = moderate_standing(hub, whom, room);
    if (!standing_over(hub, hub_asking_user(hub), standing, room)) return false;
    if (standing < STANDING_OPERATOR) return true;
    hub_refuse(hub, REFUSED_HAS_ROLE, 0, whom->mask);
    return false;
}

/* So many rows and records, for which there is room; else the asker was told. */
static bool there_is_room(struct hub *hub, const struct room *room, uint32_t rows,
                          uint32_t records) {
    const size_t size = records * (2 * MASK_SIZE_MAX + USER_NAME_SIZE_MAX) + 4 * WHY_SIZE_MAX;
    if (room->flags & ROOM_OWN) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
        return false;
    }
    if (restraint_room_left(hub, room) < rows) {
        hub_refuse(hub, REFUSED_LIST_FULL, hub->limits.list_entries, (struct slice){0});
        return false;
    }
    return hub_can_record_all(hub, records, size);
}

/* The stored event, what the members are told, and the log. `sign` is + or -. */
static struct event *restrained(struct hub *hub, struct room *room, enum restraint kind,
                                const struct whom *whom, const char *sign) {
    const struct command *c = hub->command;
    char memory[32];
    struct buf hours;
    bool lifts = *sign == '-';
    struct slice word =
        moderate_words(hub, slice_text(sign), slice_text(restraint_word(kind)), slice_of(" "));
    buf_init(&hours, memory, sizeof memory);
    if (c->count > 0 && !lifts) {
        buf_byte(&hours, ' ');
        buf_number(&hours, c->count);
        buf_byte(&hours, 'h');
    }
    struct slice text = moderate_words(hub, word, whom->mask, buf_slice(&hours));
    struct event *event = moderate_event(hub, room, STORED_RESTRAINT, text, EVENT_RESTRAINED);
    event->why = (uint8_t)kind;
    event->setting = (uint8_t)whom->subject;
    event->other = whom->mask;
    if (whom->user) event->other_id.v = whom->user->number;
    if (whom->account) event->other_id.v = whom->account->number;
    if (lifts) event->flags |= EVENT_OFF;
    if (!lifts) {
        event->number = c->number;
        event->count = c->count;
        event->text = c->text;
    }
    static const char *const lift_words[RESTRAINTS] = {
        "unban",     "unmute", "uninvite", "unexempt", "mutable",
        "unwelcome", "filter", "filter",   "filter",   "lockdown"};
    moderate_log(hub, room, lifts ? lift_words[kind] : restraint_word(kind), whom->mask,
                 event->text);
    return event;
}

static void lift(struct hub *hub, struct room *room, enum restraint kind, const struct whom *whom) {
    if (!there_is_room(hub, room, 0, 4)) return;
    if (!restraint_lift(hub, room, kind, whom)) {
        hub_refuse(hub, REFUSED_NOTHING_HOLDS, 0, whom->mask);
        return;
    }
    moderate_answer(hub, room, restrained(hub, room, kind, whom, "-"));
}

/* What she said in the last hours loses its text. */
static void purge(struct hub *hub, struct room *room, const struct whom *whom) {
    int64_t hours = hub->command->count;
    if (hours == 0) return;
    room->text_serial = hub->next_serial++;
    struct record *record = hub_record(hub, RECORD_PURGE, room);
    record->identity =
        !whom->account ? whom->user->identity : (struct identity){whom->account->number};
    record->time_ms = hub->now_ms - hours * 60 * MINUTE_MS;
    hub_record_sum(hub, record);
}

/* True where the hours of ban-and-remove may be given; else she was told. */
static bool may_purge(struct hub *hub, const struct whom *whom) {
    if (hub->command->count == 0) return true;
    if (!whom->user && !whom->account)
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, whom->mask);
    else if (!hub->limits.retract)
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    else
        return true;
    return false;
}

/* A mask or a network may mean many who are inside: PUT_OUT_MAX of them at most, those who came
 * first; the same ban given again goes on. Nobody who runs the room is meant. */
static void put_out_all(struct hub *hub, struct room *room, const struct whom *whom) {
    uint32_t next, count = 0;
    for (uint32_t at = room->members_first; at != NONE && count < PUT_OUT_MAX; at = next) {
        struct user *user = &hub->users[hub->memberships[at].user];
        next = hub->memberships[at].room_next;
        if (!restraint_is_about(hub, user, room, RESTRAINT_BAN, whom)) continue;
        if (standing_of(hub, user, room) >= STANDING_OPERATOR) continue;
        if (!hub_fits(hub, 3, 4 * USER_NAME_SIZE_MAX)) return;
        (void)member_put_out(hub, user, room, LEAVING_KICKED, (struct slice){0});
        count++;
    }
}

static void ban_put_out(struct hub *hub, struct room *room, const struct whom *whom) {
    if (whom->subject == SUBJECT_MASK || whom->subject == SUBJECT_NET)
        put_out_all(hub, room, whom);
    else if (whom->user && member_find(hub, whom->user, room))
        (void)member_put_out(hub, whom->user, room, LEAVING_KICKED, hub->command->text);
    else if (whom->account)
        (void)tie_set_joined(hub, whom->account, room, false);
}

void ban_ban(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_for(hub, ACTION_BAN);
    struct whom whom, name;
    if (!room || !word_means(hub, &whom) || !bounds_fit(hub)) return;
    if (!(c->flags & COMMAND_SETS)) {
        lift(hub, room, RESTRAINT_BAN, &whom);
        return;
    }
    if (!may_restrain(hub, &whom, room) || !may_purge(hub, &whom)) return;
    name = whom;
    name.subject = SUBJECT_MASK;
    uint32_t rows = restraint_needs(hub, room, RESTRAINT_BAN, &whom);
    if (whom.subject == SUBJECT_GUEST) rows += restraint_needs(hub, room, RESTRAINT_BAN, &name);
    /* two rows; event and log, kick and log, tie, invitation, purge */
    if (!there_is_room(hub, room, rows, 9)) return;
    (void)restraint_lift(hub, room, RESTRAINT_INVITE, &whom);
    restraint_set(hub, room, RESTRAINT_BAN, &whom, until_of(hub), asker_name(hub));
    if (whom.subject == SUBJECT_GUEST) /* who comes back under her name is her */
        restraint_set(hub, room, RESTRAINT_BAN, &name, until_of(hub), asker_name(hub));
    purge(hub, room, &whom);
    struct event *event = restrained(hub, room, RESTRAINT_BAN, &whom, "+");
    moderate_answer(hub, room, event);
    ban_put_out(hub, room, &whom);
}

void ban_mute(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_MUTE);
    struct whom whom;
    if (!room || !bounds_fit(hub)) return;
    bool sets = hub->command->flags & COMMAND_SETS;
    if (!moderate_whom(hub, &whom, sets) && sets) return;
    if (!sets) {
        lift(hub, room, RESTRAINT_MUTE, &whom);
        return;
    }
    if (!may_restrain(hub, &whom, room)) return;
    if (!there_is_room(hub, room, restraint_needs(hub, room, RESTRAINT_MUTE, &whom), 3)) return;
    restraint_set(hub, room, RESTRAINT_MUTE, &whom, until_of(hub), asker_name(hub));
    moderate_answer(hub, room, restrained(hub, room, RESTRAINT_MUTE, &whom, "+"));
}

/* An account's name means the account, where there is one; else accounts that are called so. */
static bool entry_means(struct hub *hub, enum subject subject, struct whom *whom) {
    const struct command *c = hub->command;
    *whom = (struct whom){.subject = subject, .mask = c->name, .key = c->name_key};
    bool fits = mask_is_word(c->name) && mask_is_word(c->name_key);
    if (subject == SUBJECT_KNOWN) fits &= slice_starts(c->name_key, slice_of("a:"));
    if (!fits ||
        (subject != SUBJECT_MASK && subject != SUBJECT_PERSON && subject != SUBJECT_KNOWN)) {
        hub_refuse(hub, REFUSED_MASK_BAD, 0, c->name);
        return false;
    }
    if (subject != SUBJECT_KNOWN) return true;
    struct account *account = account_by_key(hub, slice_from(c->name_key, 2));
    if (!account) return true;
    whom->subject = SUBJECT_ACCOUNT;
    whom->account = account;
    whom->mask = account_name(account);
    whom->key = (struct slice){account->key, account->key_size};
    return true;
}

void ban_entry(struct hub *hub, enum restraint kind, enum subject subject) {
    struct room *room = room_for(hub, kind == RESTRAINT_MUTE ? ACTION_MUTE : ACTION_BAN);
    struct whom whom;
    if (!room || !entry_means(hub, subject, &whom)) return;
    if (!(hub->command->flags & COMMAND_SETS)) {
        lift(hub, room, kind, &whom);
        return;
    }
    bool restrains = kind == RESTRAINT_BAN || kind == RESTRAINT_MUTE;
    if (restrains && whom.account && !may_restrain(hub, &whom, room)) return;
    uint32_t rows = restraint_needs(hub, room, kind, &whom);
    if (!there_is_room(hub, room, rows, 4)) return;
    if (rows == 0) {
        hub_reply(hub, EVENT_DONE, room, true); /* it holds already */
        return;
    }
    if (kind == RESTRAINT_BAN) (void)restraint_lift(hub, room, RESTRAINT_INVITE, &whom);
    restraint_set(hub, room, kind, &whom, 0, asker_name(hub));
    moderate_answer(hub, room, restrained(hub, room, kind, &whom, "+"));
}

static void alert_invited(struct hub *hub, const struct room *room, const struct user *whom) {
    const struct user *asker = hub_asking_user(hub);
    for (uint32_t at = whom->sessions; at != NONE; at = hub->sessions[at].next) {
        struct event *event = hub_reply_to(hub, hub_session_id(hub, at), EVENT_ALERT, room);
        event->why = ALERT_INVITED;
        event->author = (struct user_id){asker->number};
        event->author_name = user_name(asker);
        event->login = profile_login(hub, asker);
        event->account = profile_account(hub, asker);
    }
}

/* Where everybody may come in, an invitation is a hint and nothing to keep. */
void ban_invite(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_INVITE);
    struct whom whom;
    if (!room || !bounds_fit(hub) || !moderate_whom(hub, &whom, true)) return;
    if (whom.user && member_find(hub, whom.user, room)) {
        struct event *done = hub_reply(hub, EVENT_DONE, room, true);
        done->text =
            moderate_words(hub, whom.mask, slice_of(" is in the room already"), (struct slice){0});
        done->other = whom.mask;
        done->number = 1; /* nothing was done */
        return;
    }
    bool closed = (room->flags & (ROOM_PRIVATE | ROOM_INVITE_ONLY | ROOM_KNOWN_ENTER)) ||
                  room->secret_size > 0 || room->member_limit > 0 ||
                  (whom.user && restraint_holds(hub, whom.user, room, RESTRAINT_BAN));
    if (closed) {
        uint32_t rows = restraint_needs(hub, room, RESTRAINT_INVITE, &whom);
        if (!there_is_room(hub, room, rows, 3)) return;
        restraint_set(hub, room, RESTRAINT_INVITE, &whom, until_of(hub), asker_name(hub));
        struct event *event = restrained(hub, room, RESTRAINT_INVITE, &whom, "+");
        if (whom.user) alert_invited(hub, room, whom.user);
        moderate_answer(hub, room, event);
        return;
    }
    if (whom.user) alert_invited(hub, room, whom.user);
    struct event *done = hub_reply(hub, EVENT_DONE, room, true);
    done->text = moderate_words(hub, whom.mask, slice_of(" is invited"), (struct slice){0});
    done->other = whom.mask;
}

static void list_line(const struct hub *hub, const struct restraint_row *row, struct buf *out) {
    int64_t left_ms = row->until_ms - hub->now_ms;
    buf_text(out, restraint_word((enum restraint)row->kind));
    buf_byte(out, '\t');
    buf_put(out, (struct slice){row->mask, row->mask_size});
    buf_byte(out, '\t');
    buf_number(out, left_ms > 0 ? (uint64_t)(left_ms + MINUTE_MS - 1) / MINUTE_MS : 0);
    buf_byte(out, '\t');
    buf_put(out, (struct slice){row->by, row->by_size});
    buf_byte(out, '\t');
    buf_number(out, (uint64_t)row->time_ms / 1000);
    buf_byte(out, '\t');
    buf_number(out, row->subject);
    if (row->kind == RESTRAINT_HUSH) {
        buf_byte(out, '\t');
        buf_number(out, row->account_number);
    }
    buf_byte(out, '\n');
}

/* A guest's ban stands beside that of her name: it is listed once. */
static bool is_listed(const struct hub *hub, const struct restraint_row *row) {
    bool all = !(hub->command->flags & COMMAND_FULL);
    if (!all && row->kind != RESTRAINT_BAN && row->kind != RESTRAINT_MUTE) return false;
    if (row->until_ms != 0 && row->until_ms <= hub->now_ms) return false;
    return row->subject != SUBJECT_GUEST || row->kind != RESTRAINT_BAN;
}

void ban_list(struct hub *hub) {
    bool members = hub->command->flags & COMMAND_FULL;
    struct buf lines;
    struct room *room = server_or_room(hub, members ? ACTION_READ : ACTION_BAN);
    if (!room) return;
    if (members && !member_find(hub, hub_asking_user(hub), room) &&
        !standing_may(hub, ACTION_BAN, room))
        return;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint32_t at = room->restraints_first;
    uint64_t cursor = hub->command->cursor;
    while (at != NONE && hub->restraints[at].number <= cursor)
        at = hub->restraints[at].next;
    for (; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        if (lines.size + MASK_SIZE_MAX + USER_NAME_SIZE_MAX + 64u > lines.cap) break;
        if (is_listed(hub, row)) list_line(hub, row, &lines);
        cursor = row->number;
    }
    struct event *event = hub_reply(hub, EVENT_RESTRAINTS, room, at == NONE);
    event->text = buf_slice(&lines);
    event->count = room->restraint_count;
    event->cursor = at == NONE ? 0 : cursor;
    event->before = hub->command->cursor;
    event->setting = members;
}
