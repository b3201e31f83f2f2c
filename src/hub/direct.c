/* direct.c: rooms of two. Nobody is a member of one: the pair is its people, and what is said in
 * it goes to each session of both. Between accounts it is kept like any other room, and both have
 * a tie to it that says how far they have read. With a guest it lives as long as both are here:
 * where the other is an account it is kept so long, so that she can look back. */
#include "base/buf.h"
#include "base/check.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/silent.h"

enum {
    YOUNG_MS = 24 * 3600 * 1000, /* so long an account may not write to everybody at once */
    NEW_PEOPLE_MAX = 20,         /* a minute, whom a guest or young account writes to first */
    MINUTE_MS = 60000,
    DIRECTS_TOLD_MAX = 64,  /* to who is shown all of them */
    UNREAD_ALERTS_MAX = 16, /* rooms told at a login, the newest first */
};

/* One of the two, connected or not. */
struct party {
    struct user *user;       /* NULL: not connected */
    struct account *account; /* NULL: a guest */
    uint32_t number;         /* 0: there is nobody of that name */
};

static struct party party_of(struct hub *hub, struct user *user) {
    return (struct party){user, account_of(hub, user), user->number};
}

static struct party party_numbered(struct hub *hub, uint32_t number) {
    struct account *account = account_by_number(hub, number);
    return (struct party){user_by_number(hub, number), account, number};
}

static struct party party_named(struct hub *hub) {
    const struct command *c = hub->command;
    struct slice key = c->name_key.size > 0 ? c->name_key : c->name;
    struct user *user = user_by_key(hub, key);
    if (user) return party_of(hub, user);
    struct account *account = account_by_key(hub, key);
    return account ? party_numbered(hub, account->number) : (struct party){0};
}

static struct slice party_name(const struct party *party) {
    if (party->user) return user_name(party->user);
    return party->account ? account_name(party->account) : (struct slice){0};
}

/* "@" and the two numbers, the smaller first. */
static struct slice direct_key(uint32_t a, uint32_t b, char *memory, size_t cap) {
    struct buf key;
    buf_init(&key, memory, cap);
    buf_byte(&key, '@');
    buf_number(&key, a < b ? a : b);
    buf_byte(&key, ':');
    buf_number(&key, a < b ? b : a);
    check(buf_ok(&key));
    return buf_slice(&key);
}

static struct room *direct_find(struct hub *hub, uint32_t a, uint32_t b) {
    char memory[ROOM_NAME_SIZE_MAX];
    struct room *room = room_by_key(hub, direct_key(a, b, memory, sizeof memory));
    check(!room || (room->flags & ROOM_DIRECT));
    return room;
}

bool direct_pair(struct slice key, uint32_t pair[2]) {
    uint64_t a, b;
    char memory[ROOM_NAME_SIZE_MAX];
    struct slice rest = key, at = slice_head(key, 1);
    if (!slice_equal(at, slice_of("@"))) return false;
    rest = slice_from(rest, 1);
    struct slice first = slice_until(&rest, ':');
    if (!slice_number(first, UINT32_MAX, &a) || !slice_number(rest, UINT32_MAX, &b)) return false;
    pair[0] = (uint32_t)a;
    pair[1] = (uint32_t)b;
    return a > 0 && a <= b && slice_equal(key, direct_key(pair[0], pair[1], memory, sizeof memory));
}

struct room *direct_meant(struct hub *hub) {
    const struct user *asker = hub_asking_user(hub);
    struct party other = party_named(hub);
    if (!asker || other.number == 0) return NULL;
    return direct_find(hub, asker->number, other.number);
}

/* The rooms of a user that end with her are a chain through her side of each. */
static uint32_t *next_of(struct room *room, uint32_t number) {
    check(room->pair[0] == number || room->pair[1] == number);
    return &room->pair_next[room->pair[1] == number];
}

static void direct_unlink(struct hub *hub, struct user *user, struct room *room) {
    uint32_t row = room_row(hub, room), *at = &user->directs;
    while (*at != row) {
        check(*at != NONE);
        at = next_of(&hub->rooms[*at], user->number);
    }
    *at = *next_of(room, user->number);
}

/* One whose end cannot be written now is deleted when the server starts again. */
static void direct_end(struct hub *hub, struct room *room) {
    check(room->flags & (ROOM_VOLATILE | ROOM_PASSING));
    bool fits = hub_fits(hub, 1, 0) && hub->out->count < EFFECTS_MAX / 2;
    if ((room->flags & ROOM_PASSING) && fits)
        hub_record_sum(hub, hub_record(hub, RECORD_DELETED, room));
    for (int i = 0; i < 2; i++)
        direct_unlink(hub, user_by_number(hub, room->pair[i]), room);
    room_free(hub, room);
}

void direct_drop(struct hub *hub, const struct user *user) {
    while (user->directs != NONE)
        direct_end(hub, &hub->rooms[user->directs]);
}

/* Whoever is not known yet writes to so many strangers a minute, and no more: THREATS 58. */
static bool may_meet(struct hub *hub, struct user *user) {
    struct account *account = account_of(hub, user);
    if (account && hub->now_ms - account->time_ms >= YOUNG_MS) return true;
    uint32_t minute = (uint32_t)(hub->now_ms / MINUTE_MS);
    uint32_t *since = account ? &account->strangers_minute : &user->strangers_minute;
    uint8_t *met = account ? &account->strangers : &user->strangers; /* on all of its devices */
    if (*since != minute) *met = 0;
    *since = minute;
    if (*met < NEW_PEOPLE_MAX) {
        ++*met;
        return true;
    }
    hub_refuse(hub, REFUSED_TOO_MANY_NEW, NEW_PEOPLE_MAX, (struct slice){0});
    return false;
}

static struct room *passing_make(struct hub *hub, struct user *a, struct user *b, uint32_t flags,
                                 struct slice key) {
    struct room *room = room_make(hub, key, key, ROOM_DIRECT | flags, NULL);
    if (!room) return NULL;
    struct user *both[2] = {a->silent ? silent_person(hub, a) : a, b};
    for (int i = 0; i < 2; i++) {
        *next_of(room, both[i]->number) = both[i]->directs;
        both[i]->directs = room_row(hub, room);
    }
    return room;
}

/* A room for two who have none. NULL: the asker was told. */
static struct room *direct_make(struct hub *hub, struct party *asker, struct party *other) {
    struct slice key =
        direct_key(asker->number, other->number, hub->own_name, sizeof hub->own_name);
    if (!may_meet(hub, asker->user)) return NULL;
    if (!asker->account || !other->account) {
        bool kept = asker->account || (other->account && other->user);
        uint32_t flags = kept ? ROOM_PASSING : ROOM_VOLATILE;
        return passing_make(hub, asker->user, other->user, flags, key);
    }
    struct room *room = room_make(hub, key, key, ROOM_DIRECT, NULL);
    if (!room) return NULL;
    if (!tie_set_joined(hub, asker->account, room, true)) return NULL;
    return tie_set_joined(hub, other->account, room, true) ? room : NULL;
}

/* The room that the two have as what they are now, NULL: none. */
static struct room *direct_of(struct hub *hub, const struct party *a, const struct party *b) {
    struct room *room = direct_find(hub, a->number, b->number);
    bool passes = room && (room->flags & (ROOM_VOLATILE | ROOM_PASSING));
    if (!passes || !a->account || !b->account) return room;
    direct_end(hub, room); /* one of them has made an account of herself since */
    return NULL;
}

/* Who is shown it on a terminal has read it; a page in a browser says so itself. */
static bool is_shown(const struct hub *hub, const struct user *user) {
    if (!user) return false;
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next)
        if (hub->sessions[at].dialect != DIALECT_JSON && hub->sessions[at].dialect != DIALECT_REST)
            return true;
    return false;
}

static void direct_read(struct hub *hub, const struct party *asker, const struct party *other,
                        struct room *room) {
    if (room->flags & (ROOM_VOLATILE | ROOM_PASSING)) return;
    /* an account may have ended since, and its person be a guest */
    if (asker->account) tie_set_read(hub, asker->account, room, room->seq);
    if (other->account && is_shown(hub, other->user))
        tie_set_read(hub, other->account, room, room->seq);
}

void direct_away(struct hub *hub, const struct room *room, const struct user *other) {
    if (other->away_size == 0) return;
    struct event *event = hub_reply(hub, EVENT_ALERT, room, false);
    event->why = ALERT_AWAY;
    event->other = user_name(other);
    event->other_id = (struct user_id){other->number};
    event->text = user_away_words(hub, other);
}

/* What she takes from nobody, or not from guests: the modes +R and +T of IRC. */
static enum refusal shields(const struct hub *hub, const struct party *asker,
                            const struct party *other) {
    uint32_t modes = other->user ? profile_flags(hub, other->user) : 0;
    struct slice text = hub->command->text;
    bool ctcp = text.size > 0 && text.at[0] == '\x01';
    if ((modes & PERSON_REGISTERED) && !asker->account && !asker->user->admin &&
        !profile_lets(hub, other->user, asker->user))
        return REFUSED_LOGIN_NEEDED;
    return (modes & PERSON_NO_CTCP) && ctcp ? REFUSED_NOT_ALLOWED : REFUSED_NOT;
}

/* True where she may be written to. Else the asker was told. */
static bool may_tell(struct hub *hub, const struct party *asker, const struct party *other) {
    enum refusal why = REFUSED_NOT;
    if (other->number == 0)
        why = REFUSED_PERSON_UNKNOWN;
    else if (other->number == asker->number)
        why = REFUSED_NOT_ALLOWED;
    else if (!asker->account && !other->user)
        why = REFUSED_LOGIN_NEEDED; /* what a guest says is kept for nobody */
    else if (asker->user->silent && !other->account && !silent_person(hub, asker->user))
        why = REFUSED_SILENT; /* the room of a guest lives as long as both are here */
    else
        why = shields(hub, asker, other);
    if (why != REFUSED_NOT) hub_refuse(hub, why, 0, hub->command->name);
    return why == REFUSED_NOT;
}

/* Say it to the other; they may have no room yet. */
static void direct_put(struct hub *hub, struct party *asker, struct party *other,
                       struct room *room) {
    const struct command *c = hub->command;
    struct once once;
    if (!speech_answers(hub, room) || (room && speech_again(hub, room, &once))) return;
    /* the room, two ties to it, the message, two read positions */
    if ((asker->account || other->account) &&
        !hub_can_record_all(hub, 6, speech_size(hub) + 2 * ROOM_KEY_MAX))
        return;
    if (!room) {
        room = direct_make(hub, asker, other);
        if (!room || speech_again(hub, room, &once)) return;
    }
    struct record *record = speech_next(hub, room, asker->user, STORED_MESSAGE);
    speech_keep(hub, room, &once, record);
    struct event told = {.kind = EVENT_TOLD,
                         .speech = c->speech,
                         .text = c->text,
                         .target = c->target,
                         .tags = c->tags};
    tell_room(hub, room, asker->user, &told);
    direct_read(hub, asker, other, room);
    if (other->user) direct_away(hub, room, other->user);
    hub_done(hub);
}

/* Whom she writes to may answer. */
static void let_answer(struct hub *hub, const struct party *asker, const struct party *other) {
    if (other->user && (profile_flags(hub, asker->user) & PERSON_REGISTERED))
        profile_let(hub, asker->user, other->user, true);
}

/* To one session; `room`: what it is kept in, NULL nothing. Only IRC has a form for it. */
static void tell_live(struct hub *hub, const struct room *room, uint32_t session_row,
                      const struct user *with, bool own, const struct event *what) {
    struct session_id id = hub_session_id(hub, session_row);
    bool asks = session_same(id, hub->command->session);
    if (hub->sessions[session_row].dialect != DIALECT_IRC) return;
    struct event *event = hub_reply_to(hub, id, what->kind, room);
    tell_fill(hub, event, room, hub_asking_user(hub), what);
    event->flags |= EVENT_DIRECT | (own ? EVENT_OWN : 0);
    event->session = hub->command->session;
    event->reply_code = own && asks ? hub->command->reply_code : 0;
    event->other = user_name(with);
    event->other_id.v = with->number;
}

/* To all of both, who may be one: then she is told what she said, and hears it. */
static void direct_live(struct hub *hub, const struct room *room, const struct user *other,
                        const struct event *what) {
    const struct user *asker = hub_asking_user(hub);
    for (uint32_t at = asker->sessions; at != NONE; at = hub->sessions[at].next)
        if (other != asker || session_same(hub_session_id(hub, at), hub->command->session))
            tell_live(hub, room, at, other, true, what);
    for (uint32_t at = other->sessions; at != NONE; at = hub->sessions[at].next)
        tell_live(hub, room, at, asker, false, what);
    hub_done(hub);
}

/* IRC lets one write to oneself. */
static bool is_to_self(struct hub *hub, const struct party *asker, const struct party *other) {
    return other->number == asker->number && hub_asker(hub)->dialect == DIALECT_IRC;
}

/* An account's notes to itself are kept; nothing is of a guest's. NULL and false: she was told. */
static bool note_room(struct hub *hub, struct party *asker, struct room **room) {
    *room = NULL;
    if (!asker->account) return true;
    if (!hub_can_record_all(hub, 4, speech_size(hub) + 2 * ROOM_KEY_MAX)) return false;
    *room = direct_find(hub, asker->number, asker->number);
    if (*room) return true;
    struct slice key =
        direct_key(asker->number, asker->number, hub->own_name, sizeof hub->own_name);
    *room = room_make(hub, key, key, ROOM_DIRECT, NULL);
    return *room && tie_set_joined(hub, asker->account, *room, true);
}

static void direct_note(struct hub *hub, struct party *asker) {
    const struct command *c = hub->command;
    struct room *room;
    struct event told = {.kind = EVENT_TOLD,
                         .speech = c->speech,
                         .text = c->text,
                         .tags = c->tags,
                         .number = rng_next(&hub->rng) | 1};
    if (!speech_fits(hub, DIRECT_TEXT_MAX) || !note_room(hub, asker, &room)) return;
    if (room) {
        struct once once = {0};
        struct record *record = speech_next(hub, room, asker->user, STORED_MESSAGE);
        speech_keep(hub, room, &once, record);
        (void)tie_set_read(hub, asker->account, room, room->seq);
    }
    direct_live(hub, room, asker->user, &told);
}

void direct_tell(struct hub *hub) {
    struct party asker = party_of(hub, hub_asking_user(hub)), other = party_named(hub);
    if (is_to_self(hub, &asker, &other)) {
        direct_note(hub, &asker);
        return;
    }
    if (!speech_fits(hub, DIRECT_TEXT_MAX) || !may_tell(hub, &asker, &other)) return;
    if (!filter_passes(hub, NULL)) return;
    let_answer(hub, &asker, &other);
    direct_put(hub, &asker, &other, direct_of(hub, &asker, &other));
}

void direct_say(struct hub *hub, struct room *room) {
    struct party asker = party_of(hub, hub_asking_user(hub));
    struct party other = party_numbered(hub, room->pair[room->pair[0] == asker.number]);
    if (!other.user && !other.account) other.number = 0; /* her account is gone */
    if (!speech_fits(hub, DIRECT_TEXT_MAX) || !may_tell(hub, &asker, &other)) return;
    if (!filter_passes(hub, NULL)) return;
    direct_put(hub, &asker, &other, room);
}

void direct_tag(struct hub *hub, struct event *what) {
    struct party asker = party_of(hub, hub_asking_user(hub)), other = party_named(hub);
    if (is_to_self(hub, &asker, &other)) {
        direct_live(hub, NULL, asker.user, what);
        return;
    }
    if (!may_tell(hub, &asker, &other)) return;
    if (!filter_passes(hub, NULL)) return;
    struct room *room = direct_of(hub, &asker, &other);
    bool keeps = (hub->command->flags & COMMAND_SETS) && asker.account && other.account;
    if (!room && keeps) { /* two ties to it, and the tags */
        if (!hub_can_record_all(hub, 4, hub->command->tags.size + 3 * ROOM_KEY_MAX)) return;
        room = direct_make(hub, &asker, &other);
        if (!room) return;
    }
    if (!room && other.user) {
        direct_live(hub, NULL, other.user, what);
        return;
    }
    if (room && !speech_keep_tags(hub, room, what)) return;
    if (room) direct_publish(hub, room, asker.user, what);
    hub_done(hub);
}

void direct_other(struct hub *hub, struct event *event, const struct room *room,
                  const struct user *user) {
    uint32_t number = room->pair[room->pair[0] == user->number];
    struct party other = party_numbered(hub, number);
    event->other = party_name(&other);
    event->other_id = (struct user_id){number};
}

/* To one session of the pair. */
static void tell_session(struct hub *hub, const struct room *room, uint32_t session_row,
                         const struct user *author, const struct event *what) {
    struct session_id id = hub_session_id(hub, session_row);
    struct event *event = hub_reply_to(hub, id, what->kind, room);
    bool asks = session_same(id, hub->command->session);
    tell_fill(hub, event, room, author, what);
    event->session = hub->command->session;
    direct_other(hub, event, room, &hub->users[hub->sessions[session_row].user]);
    event->reply_code = asks ? hub->command->reply_code : 0;
    if (hub->users[hub->sessions[session_row].user].number == author->number)
        event->flags |= EVENT_OWN;
}

void direct_publish(struct hub *hub, const struct room *room, const struct user *author,
                    const struct event *what) {
    for (int i = room->pair[0] == room->pair[1]; i < 2; i++) {
        const struct user *user = user_by_number(hub, room->pair[i]);
        for (uint32_t at = user ? user->sessions : NONE; at != NONE; at = hub->sessions[at].next)
            tell_session(hub, room, at, author, what);
    }
}

/* To JSON all direct rooms are told of, to others those where something is unread. */
static bool unread_told(struct hub *hub, const struct tie *tie) {
    const struct room *room = &hub->rooms[tie->room];
    if (!(room->flags & ROOM_DIRECT) || room->seq == 0) return false;
    return room->seq > tie->read || hub_asker(hub)->dialect == DIALECT_JSON;
}

static uint32_t unread_told_max(struct hub *hub) {
    return hub_asker(hub)->dialect == DIALECT_JSON ? DIRECTS_TOLD_MAX : UNREAD_ALERTS_MAX;
}

void direct_unread(struct hub *hub, struct user *user) {
    const struct account *account = account_of(hub, user);
    uint32_t told = 0, at = account ? account->ties : NONE;
    for (; at != NONE && told < unread_told_max(hub); at = hub->ties[at].account_next) {
        const struct tie *tie = &hub->ties[at];
        const struct room *room = &hub->rooms[tie->room];
        if (!unread_told(hub, tie)) continue;
        struct event *event = hub_reply(hub, EVENT_ALERT, room, false);
        event->why = ALERT_UNREAD;
        event->seq = room->seq;
        event->epoch = room->epoch;
        uint64_t events = room->seq > tie->read ? room->seq - tie->read : 0;
        event->count = events < UINT32_MAX ? (uint32_t)events : UINT32_MAX;
        told++;
    }
}

const struct tie *direct_unread_next(struct hub *hub, const struct user *user,
                                     struct room_id behind) {
    const struct account *account = account_of(hub, user);
    bool is_behind = behind.v == 0;
    uint32_t told = 0, at = account ? account->ties : NONE;
    for (; at != NONE && told < unread_told_max(hub); at = hub->ties[at].account_next) {
        const struct tie *tie = &hub->ties[at];
        const struct room *room = &hub->rooms[tie->room];
        if (!unread_told(hub, tie)) continue;
        if (is_behind && room->seq > tie->read) return tie;
        is_behind |= room->number == behind.v;
        told++;
    }
    return NULL;
}
