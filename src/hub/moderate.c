/* moderate.c: what a room is, who has which role in it, and who did what. Whatever changes a room
 * is a stored event of it, is told to its members, and stands in the audit log. */
#include "hub/moderate.h"

#include "base/check.h"
#include "hub/inside.h"
#include "hub/messages.h"

/* A stored event, the room's row or a tie, and the log; with a room's row at most, and a name and
 * words in each. */
enum {
    CHANGE_RECORDS = 3,
    CHANGE_SIZE = TOPIC_SIZE_MAX + 4 * (ROOM_NAME_SIZE_MAX + ROOM_KEY_MAX + USER_NAME_SIZE_MAX)
};

enum { RENAME_WHY_MAX = 300 /* bytes of a reason that is told */ };
enum { HOUR_MS = 3600000, ATTEMPTS_OF_ROOM = 10, ATTEMPTS_OF_ALL = 500 };

struct slice moderate_words(struct hub *hub, struct slice a, struct slice b, struct slice c) {
    struct buf words;
    buf_init(&words, hub->words + hub->words_size, sizeof hub->words - hub->words_size);
    buf_put(&words, a);
    buf_put(&words, b);
    buf_put(&words, c);
    check(buf_ok(&words)); /* ADMIT_MAX names, or one name and a reason */
    hub->words_size += (uint32_t)words.size;
    return buf_slice(&words);
}

bool moderate_reason(struct hub *hub) {
    uint32_t most = hub->limits.why_size;
    if (most == 0 || most > WHY_SIZE_MAX) most = WHY_SIZE_MAX;
    if (hub->command->text.size <= most) return true;
    hub_refuse(hub, REFUSED_TEXT_TOO_LONG, most, (struct slice){0});
    return false;
}

static struct slice number_words(struct hub *hub, uint64_t number) {
    char memory[24];
    struct buf digits;
    buf_init(&digits, memory, sizeof memory);
    buf_number(&digits, number);
    return moderate_words(hub, buf_slice(&digits), (struct slice){0}, (struct slice){0});
}

bool moderate_whom(struct hub *hub, struct whom *whom, bool needed) {
    const struct command *c = hub->command;
    struct slice key = c->name_key.size > 0 ? c->name_key : c->name;
    struct user *user = user_by_key(hub, key);
    struct account *account = user ? account_of(hub, user) : account_by_key(hub, key);
    *whom = (struct whom){.user = user, .account = account, .mask = c->name, .key = key};
    if (account) {
        whom->subject = SUBJECT_ACCOUNT;
        whom->mask = account_name(account);
        if (account->user != NONE) whom->user = &hub->users[account->user];
    } else {
        whom->subject = user ? SUBJECT_GUEST : SUBJECT_MASK;
        if (user) whom->mask = user_name(user);
    }
    if (user || account) return true;
    if (needed) hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
    return false;
}

enum standing moderate_standing(struct hub *hub, const struct whom *whom, const struct room *room) {
    if (whom->account) return standing_of_account(hub, whom->account, room);
    return whom->user ? standing_of(hub, whom->user, room) : STANDING_STRANGER;
}

struct event *moderate_event(struct hub *hub, struct room *room, enum stored stored,
                             struct slice text, enum event_kind kind) {
    const struct user *asker = hub_asking_user(hub);
    struct record *record = speech_next(hub, room, asker, stored);
    if (record) {
        record->text = text;
        hub_record_sum(hub, record);
    }
    struct event *event = hub_publish(hub, kind, room, asker);
    event->seq = room->seq;
    event->time_ms = room->time_ms;
    event->reply_code = hub->command->reply_code;
    return event;
}

void moderate_log(struct hub *hub, const struct room *room, const char *action, struct slice whom,
                  struct slice why) {
    const struct user *asker = hub_asking_user(hub);
    struct record *record = hub_record(hub, RECORD_AUDIT, room);
    record->time_ms = hub->now_ms;
    record->author_name = slice_of("console");
    if (asker) {
        record->author = (struct user_id){asker->number};
        record->identity = asker->identity;
        record->author_name = user_name(asker);
    }
    record->key = slice_text(action);
    record->name = whom;
    record->text = why;
    hub_record_sum(hub, record);
}

/* What only some may do, as the log calls it. */
static const char *const attempts[COMMAND_KINDS] = {
    [COMMAND_TOPIC] = "refused-topic",         [COMMAND_ADMIT] = "refused-invite",
    [COMMAND_INVITE] = "refused-invite",       [COMMAND_KICK] = "refused-kick",
    [COMMAND_REMOVE] = "refused-kick",         [COMMAND_BAN] = "refused-ban",
    [COMMAND_MUTE] = "refused-mute",           [COMMAND_ROLE] = "refused-role",
    [COMMAND_MODE] = "refused-mode",           [COMMAND_RENAME] = "refused-rename",
    [COMMAND_WEBHOOK_ADD] = "refused-webhook", [COMMAND_DELETE] = "refused-delete",
    [COMMAND_EDIT] = "refused-edit",           [COMMAND_AUDIT] = "refused-audit",
    [COMMAND_RESTRAINTS] = "refused-bans",     [COMMAND_RETRACT] = "refused-retract",
    [COMMAND_MODES] = "refused-mode",          [COMMAND_FILTER] = "refused-filter",
};

/* One more of at most so many an hour. */
static bool attempts_count(const struct hub *hub, struct attempts *lately, uint32_t most) {
    int64_t age_ms = hub->now_ms - lately->since_ms;
    if (age_ms < 0 || age_ms >= HOUR_MS) *lately = (struct attempts){.since_ms = hub->now_ms};
    return lately->count < most && ++lately->count > 0;
}

bool moderate_counts(struct hub *hub, const struct room *room) {
    if (room && !attempts_count(hub, &hub->rooms[room_row(hub, room)].attempts, ATTEMPTS_OF_ROOM))
        return false;
    return attempts_count(hub, &hub->attempts, ATTEMPTS_OF_ALL);
}

/* At most so many rows an hour, of a room and of all, so that nobody fills the disk with them; and
 * none where the disk is nearly full, or where nothing of the room is kept. */
void moderate_log_refused(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    const char *what = attempts[c->kind];
    if (!what || (room->flags & (ROOM_OWN | ROOM_DIRECT | ROOM_VOLATILE))) return;
    struct slice whom = c->name.size <= MASK_SIZE_MAX ? c->name : (struct slice){0};
    if (!hub_fits(hub, 1, whom.size + USER_NAME_SIZE_MAX + 64)) return;
    if (!moderate_counts(hub, room)) return;
    struct slice which = {0};
    if (c->target > 0) which = number_words(hub, c->target);
    if (c->target > 0) which = moderate_words(hub, slice_of("message "), which, (struct slice){0});
    moderate_log(hub, room, what, whom, which);
}

void moderate_answer(struct hub *hub, const struct room *room, const struct event *event) {
    const struct user *asker = hub_asking_user(hub);
    bool waits = hub->command->flags & COMMAND_WAITS;
    if (!asker || asker->silent || !member_find(hub, asker, room)) {
        struct event *told = hub_reply(hub, event->kind, room, true);
        uint16_t flags = told->flags;
        *told = *event;
        told->flags |= flags;
        told->reply_code = hub->command->reply_code;
    } else if (waits) {
        hub_reply(hub, EVENT_DONE, NULL, true);
    }
}

/* The settings: one row each. */

static const struct setting {
    uint32_t flag; /* ROOM_*; 0: a number or a word */
    uint64_t most;
    bool keeps_out; /* the lobby cannot be so */
} settings[ROOM_SETTINGS] = {
    [SETTING_PRIVATE] = {ROOM_PRIVATE, 1, true},
    [SETTING_INVITE_ONLY] = {ROOM_INVITE_ONLY, 1, true},
    [SETTING_MODERATED] = {ROOM_MODERATED, 1, false},
    [SETTING_KEY] = {0, UINT64_MAX, true},
    [SETTING_SLOW] = {0, SLOW_SECONDS_MAX, false},
    [SETTING_HISTORY] = {ROOM_NO_HISTORY, 1, false},
    [SETTING_RETENTION_DAYS] = {0, RETENTION_DAYS_MAX, false},
    [SETTING_RETENTION_COUNT] = {0, RETENTION_COUNT_MAX, false},
    [SETTING_SECRET] = {ROOM_SECRET, 1, false},
    [SETTING_TOPIC_FREE] = {ROOM_TOPIC_FREE, 1, false},
    [SETTING_OUTSIDE] = {ROOM_OUTSIDE, 1, false},
    [SETTING_NO_CTCP] = {ROOM_NO_CTCP, 1, false},
    [SETTING_KNOWN_SPEAK] = {ROOM_KNOWN_SPEAK, 1, false},
    [SETTING_KNOWN_ENTER] = {ROOM_KNOWN_ENTER, 1, true},
    [SETTING_LIMIT] = {0, INT32_MAX, true},
    [SETTING_OP_MODERATED] = {ROOM_OP_MODERATED, 1, false},
    [SETTING_AUDITORIUM] = {ROOM_AUDITORIUM, 1, false},
    [SETTING_FORWARD] = {0, 1, true},
};

static bool key_is_word(struct slice key) {
    if (key.size > ROOM_SECRET_MAX) return false;
    for (size_t i = 0; i < key.size; i++)
        if ((unsigned char)key.at[i] <= ' ' || key.at[i] == 0x7F) return false;
    return true;
}

/* Who sends people to a room runs that one too. */
static enum refusal forward_refusal(struct hub *hub, const struct room *room) {
    const struct room *to = room_by_key(hub, hub->command->name_key);
    if (!to || to == room || !standing_sees(hub, hub_asking_user(hub), to))
        return REFUSED_FORWARD_BAD;
    return standing_refusal(hub, ACTION_MODE, to) == REFUSED_NOT ? REFUSED_NOT
                                                                 : REFUSED_NOT_ALLOWED;
}

/* False: it cannot be set so; the asker was told. */
static bool setting_fits(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    enum refusal why = REFUSED_NOT;
    uint64_t number = 0;
    struct slice text = {0};
    if (c->setting >= ROOM_SETTINGS) {
        why = REFUSED_SETTING_BAD;
        text = slice_text(setting_words);
    } else if (c->setting == SETTING_KEY && !key_is_word(c->text)) {
        why = REFUSED_ROOM_KEY_BAD;
        number = ROOM_SECRET_MAX;
    } else if (c->setting != SETTING_KEY && c->number > settings[c->setting].most) {
        why = REFUSED_NUMBER_BAD;
        text = number_words(hub, c->number);
    } else if ((room->flags & ROOM_OWN) ||
               ((room->flags & ROOM_LOBBY) && settings[c->setting].keeps_out)) {
        why = REFUSED_NOT_ALLOWED;
    } else if (c->setting == SETTING_FORWARD && c->number > 0) {
        why = forward_refusal(hub, room);
        text = c->name;
    }
    if (why != REFUSED_NOT) hub_refuse(hub, why, number, text);
    return why == REFUSED_NOT;
}

/* False: it was so already. */
static bool setting_flag(struct room *room, uint32_t flag, bool on) {
    uint32_t before = room->flags;
    room->flags = on ? room->flags | flag : room->flags & ~flag;
    return room->flags != before;
}

static bool setting_number(uint32_t *to, uint64_t number) {
    uint32_t before = *to;
    *to = (uint32_t)number;
    return *to != before;
}

static bool setting_key(struct room *room, struct slice key) {
    if (slice_equal(key, (struct slice){room->secret, room->secret_size})) return false;
    if (key.size > 0) memcpy(room->secret, key.at, key.size);
    room->secret_size = (uint8_t)key.size;
    return true;
}

static bool setting_apply(struct hub *hub, struct room *room) {
    const struct command *c = hub->command;
    bool on = c->number > 0;
    switch ((enum room_setting)c->setting) {
    case SETTING_PRIVATE:
    case SETTING_INVITE_ONLY:
    case SETTING_MODERATED:
    case SETTING_SECRET:
    case SETTING_TOPIC_FREE:
    case SETTING_OUTSIDE:
    case SETTING_NO_CTCP:
    case SETTING_KNOWN_SPEAK:
    case SETTING_OP_MODERATED:
    case SETTING_AUDITORIUM:
    case SETTING_KNOWN_ENTER: return setting_flag(room, settings[c->setting].flag, on);
    case SETTING_HISTORY: return setting_flag(room, ROOM_NO_HISTORY, !on);
    case SETTING_KEY: return setting_key(room, c->text);
    case SETTING_SLOW: return setting_number(&room->slow_seconds, c->number);
    case SETTING_LIMIT: return setting_number(&room->member_limit, c->number);
    case SETTING_FORWARD:
        return setting_number(&room->forward, on ? room_by_key(hub, c->name_key)->number : 0);
    case SETTING_RETENTION_DAYS: return setting_number(&room->retention_days, c->number);
    case SETTING_RETENTION_COUNT: return setting_number(&room->retention_count, c->number);
    case ROOM_SETTINGS: break;
    }
    return false;
}

/* The name of who made it, if she is somebody that is known. */
static struct slice maker_name(struct hub *hub, const struct room *room) {
    const struct user *user = user_by_number(hub, room->maker);
    const struct account *account = account_by_number(hub, room->maker);
    if (account) return account_name(account);
    return user && room_owned(room, user) ? user_name(user) : (struct slice){0};
}

void moderate_mode(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_for(hub, ACTION_MODE);
    if (!room || !setting_fits(hub, room)) return;
    if (!hub_can_record_all(hub, CHANGE_RECORDS, CHANGE_SIZE)) return;
    if (!setting_apply(hub, room)) {
        hub_reply(hub, EVENT_DONE, room, true);
        return;
    }
    bool key = c->setting == SETTING_KEY;
    uint64_t number = key ? c->text.size > 0 : c->number;
    struct slice words = moderate_words(hub, slice_text(setting_word(c->setting)), slice_of(" "),
                                        number_words(hub, number));
    struct event *event = moderate_event(hub, room, STORED_MODE, words, EVENT_MODE_SET);
    event->setting = c->setting;
    event->number = number;
    room_record(hub, room, maker_name(hub, room));
    moderate_log(hub, room, "mode", (struct slice){0}, words);
    moderate_answer(hub, room, event);
}

/* True where the room may be called so; else the asker was told. */
static bool name_fits(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    enum refusal why = room_name_fault(hub, c->name, c->name_key);
    const struct room *other = room_by_key(hub, c->name_key);
    if (why == REFUSED_NOT && other && other != room) {
        bool seen = standing_sees(hub, hub_asking_user(hub), other);
        why = seen ? REFUSED_ROOM_EXISTS : REFUSED_ROOM_NAME_BAD;
    }
    if (why == REFUSED_NOT && (room->flags & (ROOM_LOBBY | ROOM_OWN))) why = REFUSED_NOT_ALLOWED;
    if (why != REFUSED_NOT) hub_refuse(hub, why, hub->limits.room_name_size, c->name);
    return why == REFUSED_NOT;
}

void moderate_rename(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_for(hub, ACTION_RENAME);
    if (!room || !name_fits(hub, room) || !moderate_reason(hub)) return;
    if (!hub_can_record_all(hub, CHANGE_RECORDS, CHANGE_SIZE)) return;
    struct slice why = slice_head(c->text, RENAME_WHY_MAX), topic = room_topic(hub, room);
    struct slice words = moderate_words(hub, why, slice_of("\n"), topic);
    struct slice old = room_rename(hub, room, c->name, c->name_key);
    struct event *event = moderate_event(hub, room, STORED_RENAME, old, EVENT_ROOM_RENAMED);
    event->text = old;
    event->other = words;
    room_record(hub, room, maker_name(hub, room));
    moderate_log(hub, room, "rename", (struct slice){0}, old);
    moderate_answer(hub, room, event);
}

/* Roles. */

static enum role whom_role(struct hub *hub, const struct whom *whom, const struct room *room) {
    if (whom->account) return tie_role(hub, whom->account, room);
    if (room_owned(room, whom->user)) return ROLE_OWNER;
    return (enum role)member_find(hub, whom->user, room)->role;
}

/* False: it was not changed; the asker was told. */
static bool role_set(struct hub *hub, const struct whom *whom, struct room *room, enum role role) {
    if (whom->account) return tie_set_role(hub, whom->account, room, role);
    standing_set_guest(hub, whom->user, room, role);
    return true;
}

/* COMMAND_ROLE with a count: it is about one mark of hers, the role below it. False: giving it
 * would lower her, or she has not just this one. A guest who owns the room bears an operator's
 * mark. */
static bool mark_changes(const struct command *c, const struct whom *whom, const struct room *room,
                         enum role before) {
    if (c->count == 0) return true;
    enum role role = (enum role)(c->count - 1);
    bool founder = whom->account && (room->flags & ROOM_REGISTERED);
    if (before == ROLE_OWNER && !founder) before = ROLE_OPERATOR;
    if (role == ROLE_OWNER && !whom->account) return c->number == ROLE_OWNER;
    return c->number == role ? before < role : before == role;
}

void moderate_role(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *asker = hub_asking_user(hub);
    struct room *room = room_for(hub, ACTION_SEE);
    struct whom whom;
    if (!room) return;
    enum role role = c->number < ROLES ? (enum role)c->number : ROLES;
    bool small = role == ROLE_NONE || role == ROLE_VOICE;
    if (!standing_may(hub, small ? ACTION_VOICE : ACTION_PROMOTE, room)) return;
    if (role == ROLES) {
        hub_refuse(hub, REFUSED_SETTING_BAD, 0, slice_of("member, voice, operator, owner"));
        return;
    }
    if (!moderate_whom(hub, &whom, true)) return;
    if (!whom.account && !member_find(hub, whom.user, room)) {
        hub_refuse(hub, REFUSED_PERSON_NOT_IN_ROOM, 0, c->name); /* a guest's role is there */
        return;
    }
    enum role before = whom_role(hub, &whom, room);
    if (!standing_over(hub, asker, moderate_standing(hub, &whom, room), room)) return;
    if (before > ROLE_VOICE && small && !standing_may(hub, ACTION_PROMOTE, room)) return;
    if (!hub_can_record_all(hub, CHANGE_RECORDS + 1, CHANGE_SIZE)) return;
    bool registers = (c->flags & COMMAND_KEEPS) && role == ROLE_OWNER && whom.account;
    if (registers && setting_flag(room, ROOM_REGISTERED, true))
        room_record(hub, room, maker_name(hub, room));
    if (before == role || !mark_changes(c, &whom, room, before)) {
        hub_reply(hub, EVENT_DONE, room, true);
        return;
    }
    if (!role_set(hub, &whom, room, role)) return;
    struct slice word = slice_text(role_word(role));
    struct slice words = moderate_words(hub, word, slice_of(" "), whom.mask);
    struct event *event = moderate_event(hub, room, STORED_ROLE, words, EVENT_ROLE_SET);
    event->other = whom.mask;
    event->other_id.v = whom.account ? whom.account->number : whom.user->number;
    event->number = role;
    event->before = before;
    moderate_log(hub, room, "role", whom.mask, word);
    moderate_answer(hub, room, event);
}

/* What the control socket is shown of a room. */

static void show_text(struct buf *out, const char *what, struct slice value) {
    buf_text(out, what);
    buf_byte(out, '\t');
    buf_put(out, value);
    buf_byte(out, '\n');
}

static void show_number(struct buf *out, const char *what, uint64_t value) {
    buf_text(out, what);
    buf_byte(out, '\t');
    buf_number(out, value);
    buf_byte(out, '\n');
}

static void show_owners(struct hub *hub, const struct room *room, struct buf *out) {
    uint32_t count = 0;
    for (uint32_t at = room->ties; at != NONE && count < PAGE_ENTRIES_MAX;
         at = hub->ties[at].room_next) {
        if (hub->ties[at].role < ROLE_OPERATOR) continue;
        const char *word = role_word((enum role)hub->ties[at].role);
        show_text(out, word, account_name(&hub->accounts[hub->ties[at].account]));
        count++;
    }
    const struct user *maker = user_by_number(hub, room->maker);
    if (maker && room_owned(room, maker)) show_text(out, "owner", user_name(maker));
}

void moderate_show(struct hub *hub) {
    const struct room *room = room_needed(hub);
    char memory[16];
    struct buf lines, hex;
    if (!room) return;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    buf_init(&hex, memory, sizeof memory);
    buf_hex(&hex, room->hex, 10);
    show_text(&lines, "name", room_name(room));
    show_number(&lines, "number", room->number);
    show_text(&lines, "id", buf_slice(&hex));
    show_text(&lines, "topic", room_topic(hub, room));
    show_number(&lines, "members", room->member_count);
    show_number(&lines, "newest", room->seq);
    for (enum room_setting i = 0; i < ROOM_SETTINGS; i++) {
        bool on = i == SETTING_KEY ? room->secret_size > 0 : (room->flags & settings[i].flag) != 0;
        if (i == SETTING_HISTORY) on = !on;
        if (settings[i].flag || i == SETTING_KEY)
            show_text(&lines, setting_word(i), on ? slice_of("yes") : slice_of("no"));
    }
    show_number(&lines, "slow", room->slow_seconds);
    show_number(&lines, "days", room->retention_days);
    show_number(&lines, "count", room->retention_count);
    show_number(&lines, "bans, mutes and invitations", room->restraint_count);
    show_owners(hub, room, &lines);
    check(buf_ok(&lines));
    hub_reply(hub, EVENT_ROOM_SHOWN, room, true)->text = buf_slice(&lines);
}

/* How the room is set, for who may know of it; its key is for who is inside. */
void moderate_modes(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_SEE);
    struct buf lines;
    if (!room) return;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    for (enum room_setting i = 0; i < ROOM_SETTINGS; i++)
        if (settings[i].flag && (room->flags & settings[i].flag))
            show_text(&lines, setting_word(i), slice_of("yes"));
    struct slice key = {room->secret, room->secret_size};
    bool inside = user_is_inside(hub, hub_asking_user(hub), room);
    if (key.size > 0) show_text(&lines, "key", inside ? key : slice_of("*"));
    if (room->slow_seconds > 0) show_number(&lines, "slow", room->slow_seconds);
    if (room->member_limit > 0) show_number(&lines, "limit", room->member_limit);
    const struct room *forward = room->forward > 0 ? room_by_number(hub, room->forward) : NULL;
    if (forward && standing_sees(hub, hub_asking_user(hub), forward))
        show_text(&lines, "forward", room_name(forward));
    check(buf_ok(&lines));
    struct event *event = hub_reply(hub, EVENT_ROOM_MODES, room, true);
    event->text = buf_slice(&lines);
    event->time_ms = room->made_ms;
}
