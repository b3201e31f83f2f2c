/* hub.c: the state machine's front: tables, dispatch, who asks, what goes out. */
#include "hub/hub.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/secret.h"
#include "base/table.h"
#include "chat/scope.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/invitation.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/people.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/watch.h"
#include "hub/webhook.h"

static void hub_ping(struct hub *hub);
static void hub_help(struct hub *hub);
static void hub_wrong(struct hub *hub);

/* Who may give a command at all; what she may do with it is asked in standing.c. */
enum { BY_ANYBODY = 1, BY_USER = 2, BY_CONTROL = 4, BY_SILENT = 8, BY_API = BY_USER | BY_SILENT };

/* One row a command; without one, nobody may give it. `scope`: what a token that has a name must
 * be made for. */
static const struct {
    void (*run)(struct hub *hub);
    int by;
    uint16_t scope;
} commands[COMMAND_KINDS] = {
    [COMMAND_HELLO] = {user_hello, BY_ANYBODY, 0},
    [COMMAND_NICK] = {user_nick, BY_USER, SCOPE_WRITE},
    [COMMAND_REGISTER] = {account_register, BY_ANYBODY, SCOPE_ADMIN},
    [COMMAND_LOGIN] = {login, BY_ANYBODY | BY_SILENT, 0},
    [COMMAND_SCRAM] = {login_scram, BY_ANYBODY, SCOPE_ADMIN},
    [COMMAND_LOGOUT] = {logout, BY_USER, SCOPE_ADMIN},
    [COMMAND_PASSWORD] = {account_password, BY_API, SCOPE_ADMIN},
    [COMMAND_UNREGISTER] = {account_unregister, BY_API, SCOPE_ADMIN},
    [COMMAND_TOKEN] = {token_give, BY_USER, SCOPE_ADMIN},
    [COMMAND_TOKEN_ADD] = {token_add, BY_API | BY_CONTROL, SCOPE_ADMIN},
    [COMMAND_TOKENS] = {token_list, BY_API | BY_CONTROL, SCOPE_ADMIN},
    [COMMAND_TOKEN_DELETE] = {token_delete, BY_API | BY_CONTROL, SCOPE_ADMIN},
    [COMMAND_WEBHOOK_ADD] = {webhook_add, BY_API, SCOPE_MODERATE},
    [COMMAND_WEBHOOKS] = {webhook_list, BY_API, SCOPE_MODERATE},
    [COMMAND_WEBHOOK_DELETE] = {webhook_delete, BY_API, SCOPE_MODERATE},
    [COMMAND_OPER] = {account_oper, BY_USER, SCOPE_ADMIN},
    [COMMAND_ACCOUNT_SET] = {account_set, BY_USER, SCOPE_ADMIN},
    [COMMAND_GHOST] = {account_ghost, BY_USER, SCOPE_ADMIN},
    [COMMAND_USER_ADD] = {user_add, BY_USER | BY_CONTROL, SCOPE_ADMIN},
    [COMMAND_USER_PASSWD] = {user_passwd, BY_CONTROL, 0},
    [COMMAND_USER_DELETE] = {user_delete, BY_CONTROL, 0},
    [COMMAND_INVITATION] = {invitation_make, BY_API | BY_CONTROL, SCOPE_INVITE},
    [COMMAND_INVITATIONS] = {invitation_list, BY_API | BY_CONTROL, SCOPE_INVITE},
    [COMMAND_INVITATION_DELETE] = {invitation_delete, BY_API | BY_CONTROL, SCOPE_INVITE},
    [COMMAND_USERS] = {user_list, BY_CONTROL, 0},
    [COMMAND_JOIN] = {member_join, BY_API, SCOPE_WRITE},
    [COMMAND_CREATE] = {room_create, BY_API, SCOPE_WRITE},
    [COMMAND_LEAVE] = {member_part, BY_API, SCOPE_WRITE},
    [COMMAND_SAY] = {speech_say, BY_API, SCOPE_WRITE | SCOPE_HOOK},
    [COMMAND_TELL] = {direct_tell, BY_API, SCOPE_WRITE},
    [COMMAND_EDIT] = {change_edit, BY_API, SCOPE_WRITE},
    [COMMAND_RETRACT] = {change_retract, BY_API, SCOPE_WRITE},
    [COMMAND_REACT] = {change_react, BY_API, SCOPE_WRITE},
    [COMMAND_READ] = {change_read, BY_API, SCOPE_WRITE},
    [COMMAND_SEARCH] = {list_search, BY_API, SCOPE_READ},
    [COMMAND_RESUME] = {list_resume, BY_API, SCOPE_READ},
    [COMMAND_UNREAD] = {list_unread, BY_API, SCOPE_READ},
    [COMMAND_TOPIC] = {room_set_topic, BY_API, SCOPE_WRITE},
    [COMMAND_AWAY] = {user_away, BY_USER, SCOPE_WRITE},
    [COMMAND_WHO] = {list_who, BY_API, SCOPE_READ},
    [COMMAND_ROOMS] = {list_rooms, BY_API | BY_CONTROL, SCOPE_READ},
    [COMMAND_HISTORY] = {list_history, BY_API, SCOPE_READ},
    [COMMAND_TARGETS] = {list_targets, BY_API, SCOPE_READ},
    [COMMAND_ADMIT] = {member_admit, BY_USER, SCOPE_WRITE},
    [COMMAND_REMOVE] = {member_remove, BY_USER, SCOPE_MODERATE},
    [COMMAND_KICK] = {member_kick, BY_API, SCOPE_MODERATE},
    [COMMAND_MODE] = {moderate_mode, BY_API, SCOPE_MODERATE},
    [COMMAND_RENAME] = {moderate_rename, BY_API, SCOPE_MODERATE},
    [COMMAND_ROLE] = {moderate_role, BY_API, SCOPE_MODERATE},
    [COMMAND_AUDIT] = {list_audit, BY_API, SCOPE_MODERATE},
    [COMMAND_ROOM_SHOW] = {moderate_show, BY_CONTROL, 0},
    [COMMAND_INVITE] = {ban_invite, BY_API, SCOPE_MODERATE},
    [COMMAND_BAN] = {ban_ban, BY_API, SCOPE_MODERATE},
    [COMMAND_MUTE] = {ban_mute, BY_API, SCOPE_MODERATE},
    [COMMAND_RESTRAINTS] = {ban_list, BY_API | BY_CONTROL, SCOPE_MODERATE},
    [COMMAND_FILTER] = {filter_set, BY_API | BY_CONTROL, SCOPE_MODERATE},
    [COMMAND_SERVER_BAN] = {server_ban, BY_API | BY_CONTROL, SCOPE_ADMIN | SCOPE_SERVER},
    [COMMAND_LOCKDOWN] = {server_lockdown, BY_API | BY_CONTROL, SCOPE_ADMIN | SCOPE_SERVER},
    [COMMAND_DELETE] = {room_delete, BY_API | BY_CONTROL, SCOPE_MODERATE},
    [COMMAND_ABOUT] = {profile_about, BY_USER, SCOPE_WRITE},
    [COMMAND_WHOIS] = {profile_whois, BY_API, SCOPE_READ},
    [COMMAND_PEOPLE] = {profile_people, BY_API, SCOPE_READ},
    [COMMAND_WATCH] = {watch_command, BY_USER, SCOPE_READ},
    [COMMAND_POWER] = {watch_power, BY_USER, SCOPE_ADMIN},
    [COMMAND_WHOWAS] = {whowas_list, BY_USER, SCOPE_READ},
    [COMMAND_USER_MODE] = {profile_mode, BY_USER, SCOPE_WRITE},
    [COMMAND_COUNTS] = {profile_counts, BY_API, SCOPE_READ},
    [COMMAND_ROOM_MODES] = {moderate_modes, BY_API, SCOPE_READ},
    [COMMAND_MODES] = {modes_change, BY_USER, SCOPE_MODERATE},
    [COMMAND_TAG] = {speech_tag, BY_USER, SCOPE_WRITE},
    [COMMAND_ASIDE] = {aside_say, BY_USER, SCOPE_WRITE},
    [COMMAND_ACCEPT] = {profile_accept, BY_USER, SCOPE_WRITE},
    [COMMAND_FACTS] = {fact_command, BY_USER, SCOPE_WRITE},
    [COMMAND_HELP] = {hub_help, BY_ANYBODY | BY_SILENT, 0},
    [COMMAND_PING] = {hub_ping, BY_ANYBODY | BY_SILENT, 0},
    [COMMAND_WRONG] = {hub_wrong, BY_ANYBODY | BY_SILENT | BY_CONTROL, 0},
    [COMMAND_IMPORT_ROOM] = {import_room, BY_CONTROL, 0},
    [COMMAND_IMPORT_EVENT] = {import_event, BY_CONTROL, 0},
    [COMMAND_IMPORT_END] = {import_end, BY_CONTROL, 0},
    [COMMAND_BYE] = {user_bye, BY_ANYBODY | BY_SILENT | BY_CONTROL, 0},
};

/* What rules the server is done by administrators, and by tokens that were made for it. */
static uint16_t scope_of(const struct command *command) {
    if (command->flags & COMMAND_SERVER) return SCOPE_ADMIN | SCOPE_SERVER;
    bool looks = command->kind == COMMAND_TOPIC && !(command->flags & COMMAND_SETS);
    return looks ? SCOPE_READ : commands[command->kind].scope;
}

/* The session's token was made for something else. */
static void refuse_scope(struct hub *hub, uint16_t scope) {
    struct buf words;
    buf_init(&words, hub->words, sizeof hub->words);
    scopes_put(&words, scope & SCOPE_SERVER ? SCOPE_SERVER : scope & SCOPES_GIVEN);
    hub_refuse(hub, REFUSED_SCOPE, 0, buf_slice(&words));
}

/* The answer is whole, or goes on later: in pieces, from the reader, when a password is hashed. */
static bool is_answered(const struct hub *hub) {
    for (uint32_t i = 0; i < hub->out->count; i++) {
        const struct effect *effect = &hub->out->at[i];
        if (effect->kind == EFFECT_PROVE) return true;
        if (effect->kind != EFFECT_REPLY) continue;
        if (!session_same(effect->session, hub->command->session)) continue;
        const struct event *event = &effect->event;
        bool later = event->kind == EVENT_QUERY || event->kind == EVENT_LOOKUP;
        if (later || event->cursor != 0 || (event->flags & EVENT_LAST)) return true;
        if (event->kind == EVENT_CLOSE) return true;
    }
    return false;
}

static void hub_command(struct hub *hub, const struct command *command) {
    check(command->kind > COMMAND_NONE && command->kind < COMMAND_KINDS);
    check(command->session.worker <= hub->size.workers);
    check(command->session.slot < hub->size.sessions);
    check(command->session.generation != 0);
    hub->command = command;
    const struct session *session = hub_asker(hub);
    if (session->generation != 0 && session->closed && command->kind != COMMAND_BYE) {
        hub->command = NULL; /* it was told that it is closed */
        return;
    }
    int by = commands[command->kind].by;
    uint16_t scope = scope_of(command);
    bool control = hub_from_control(hub);
    const struct user *user = control ? NULL : hub_asking_user(hub);
    if (!(by & (control ? BY_CONTROL : BY_ANYBODY | BY_USER))) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    } else if (!control && !(by & BY_ANYBODY) && !user) {
        hub_refuse(hub, REFUSED_NAME_NEEDED, 0, (struct slice){0});
    } else if (!control && !user && server_bans(hub)) {
        hub_reply(hub, EVENT_CLOSE, NULL, false)->refusal = REFUSED_NETWORK_BANNED;
    } else if (user && user->silent && !(by & BY_SILENT)) {
        hub_refuse(hub, REFUSED_SILENT, 0, (struct slice){0});
    } else if (user && scope != 0 && !(scope & session->scopes)) {
        refuse_scope(hub, scope);
    } else {
        commands[command->kind].run(hub);
        if ((command->flags & COMMAND_WAITS) && !is_answered(hub)) hub_done(hub);
    }
    hub->command = NULL;
}

/* WAY 4 of 9: command -> what follows from it. */
void hub_step(struct hub *hub, const struct hub_input *input, struct effects *effects) {
    hub->now_ms = input->now_ms;
    hub->rng.state = input->random;
    hub->secret[0] = input->secret[0];
    hub->secret[1] = input->secret[1];
    hub->out = effects;
    hub->forgotten = hub->words_size = 0;
    effects->count = 0;
    secret_wipe(hub->token, sizeof hub->token); /* the last step's */
    switch (input->kind) {
    case INPUT_COMMAND: hub_command(hub, input->command); break;
    case INPUT_CREDIT:
        hub->credit = input->credit;
        hub->credit_cost = input->credit_cost;
        break;
    case INPUT_PROVED: proof_answered(hub, input->proved); break;
    case INPUT_LIMITS: hub->limits = *input->limits; break;
    case INPUT_INVITATION: invitation_add(hub, input->room_name); break;
    case INPUT_WEBHOOK: webhook_marked(hub, input->webhook); break;
    case INPUT_LOBBY: room_lobby(hub, input->room_name, input->room_key); break;
    }
    check(effects->count <= EFFECTS_MAX);
    hub->out = NULL;
    hub->secret[0] = hub->secret[1] = 0;
}

struct session *hub_asker(struct hub *hub) {
    struct session_id id = hub->command->session;
    return &hub->sessions[(size_t)id.worker * hub->size.sessions + id.slot];
}

bool hub_from_control(const struct hub *hub) {
    return hub->command && hub->command->session.worker == hub->size.workers;
}

struct user *hub_asking_user(struct hub *hub) {
    struct session *session = hub_asker(hub);
    if (session->generation == 0) return NULL;
    check(session->generation == hub->command->session.generation);
    return &hub->users[session->user];
}

struct session_id hub_session_id(const struct hub *hub, uint32_t row) {
    return (struct session_id){.slot = row % hub->size.sessions,
                               .generation = hub->sessions[row].generation,
                               .worker = (uint16_t)(row / hub->size.sessions)};
}

static struct effect *effect_add(struct hub *hub, enum effect_kind kind, const struct room *room) {
    check(hub->out->count < EFFECTS_MAX);
    struct effect *effect = &hub->out->at[hub->out->count++];
    *effect = (struct effect){.kind = kind, .room_row = room ? room_row(hub, room) : ROOM_ROW_NONE};
    if (hub->command) effect->session = hub->command->session;
    return effect;
}

static void event_fill(struct hub *hub, struct event *event, enum event_kind kind,
                       const struct room *room) {
    event->kind = kind;
    event->time_ms = hub->now_ms;
    if (!room) return;
    event->room = (struct room_id){room->number};
    event->room_name = room_name(room);
    event->hex = room->hex;
    if (room->flags & ROOM_OWN) event->flags |= EVENT_OWN_ROOM;
    if (room->flags & ROOM_BY_HEX) event->flags |= EVENT_BY_HEX;
    if (room->flags & ROOM_LOBBY) event->flags |= EVENT_LOBBY;
    if (room->flags & ROOM_DIRECT) event->flags |= EVENT_DIRECT;
    if (room->flags & (ROOM_PRIVATE | ROOM_SECRET)) event->flags |= EVENT_PRIVATE;
}

/* Of a direct room: the one that this session is not, wherever she is. */
static void event_fill_other(struct hub *hub, struct event *event, const struct room *room,
                             struct session_id id) {
    const struct session *session =
        &hub->sessions[(size_t)id.worker * hub->size.sessions + id.slot];
    if (session->generation != id.generation) return;
    direct_other(hub, event, room, &hub->users[session->user]);
}

struct event *hub_reply_to(struct hub *hub, struct session_id session, enum event_kind kind,
                           const struct room *room) {
    struct effect *effect = effect_add(hub, EFFECT_REPLY, room);
    effect->session = session;
    event_fill(hub, &effect->event, kind, room);
    bool direct = room && (room->flags & ROOM_DIRECT);
    if (direct) event_fill_other(hub, &effect->event, room, session);
    return &effect->event;
}

struct event *hub_reply(struct hub *hub, enum event_kind kind, const struct room *room, bool last) {
    struct event *event = hub_reply_to(hub, hub->command->session, kind, room);
    event->reply_code = hub->command->reply_code;
    if (last && (hub->command->flags & COMMAND_WAITS)) event->flags |= EVENT_LAST;
    return event;
}

static void author_fill(struct hub *hub, struct event *event, const struct user *author) {
    event->author = (struct user_id){author->number};
    event->author_name = user_name(author);
    event->identity = author->identity;
    event->login = profile_login(hub, author);
    if (profile_flags(hub, author) & PERSON_BOT) event->flags |= EVENT_BOT;
    event->account = profile_account(hub, author);
    event->dialect = hub_asker(hub)->dialect;
    event->address = hub_asker(hub)->address;
}

struct event *hub_publish_watched(struct hub *hub, enum event_kind kind, uint32_t number,
                                  uint32_t workers, const struct user *author) {
    struct effect *effect = effect_add(hub, EFFECT_PUBLISH, NULL);
    effect->workers = workers;
    event_fill(hub, &effect->event, kind, NULL);
    effect->event.room.v = number;
    effect->event.session = effect->session;
    author_fill(hub, &effect->event, author);
    return &effect->event;
}

struct event *hub_publish(struct hub *hub, enum event_kind kind, const struct room *room,
                          const struct user *author) {
    struct effect *effect = effect_add(hub, EFFECT_PUBLISH, room);
    effect->workers = room->workers;
    event_fill(hub, &effect->event, kind, room);
    effect->event.session = effect->session;
    if (author) author_fill(hub, &effect->event, author);
    return &effect->event;
}

void hub_refuse(struct hub *hub, enum refusal why, uint64_t number, struct slice text) {
    struct event *event = hub_reply(hub, EVENT_REFUSED, NULL, true);
    event->refusal = (uint8_t)why;
    event->number = number;
    event->text = text;
    if (hub->command->room_key.size > 0) event->room_name = hub->command->room;
}

void hub_done(struct hub *hub) {
    if (hub->command->flags & COMMAND_WAITS) hub_reply(hub, EVENT_DONE, NULL, true);
}

bool hub_can_record(struct hub *hub, size_t slices_size) {
    return hub_can_record_all(hub, 1, slices_size);
}

bool hub_fits(const struct hub *hub, uint32_t count, size_t slices_size) {
    uint64_t spent = hub->cost - hub->credit_cost;
    return spent + record_cost(slices_size) + (count - 1) * record_cost(0) <= hub->credit;
}

bool hub_can_record_all(struct hub *hub, uint32_t count, size_t slices_size) {
    if (hub_fits(hub, count, slices_size)) return true;
    if (hub->command) hub_refuse(hub, REFUSED_STORE_FULL, 0, (struct slice){0});
    return false;
}

struct record *hub_record(struct hub *hub, enum record_kind kind, const struct room *room) {
    struct record *record = &effect_add(hub, EFFECT_RECORD, room)->record;
    record->kind = kind;
    if (!room) return record;
    record->room = (struct room_id){room->number};
    record->hex = room->hex;
    record->flags = room->flags;
    record->seq = room->seq;
    record->time_ms = room->time_ms;
    return record;
}

static struct effect *effect_of_accounts(struct hub *hub, enum effect_kind kind) {
    struct effect *effect = effect_add(hub, kind, NULL);
    effect->room_row = ROOM_ROW_ACCOUNTS(hub->size);
    return effect;
}

struct record *hub_record_account(struct hub *hub, enum record_kind kind,
                                  const struct account *account) {
    struct record *record = &effect_of_accounts(hub, EFFECT_RECORD)->record;
    record->kind = kind;
    record->author = (struct user_id){account->number};
    return record;
}

struct event *hub_reply_account_to(struct hub *hub, struct session_id session,
                                   enum event_kind kind) {
    struct effect *effect = effect_of_accounts(hub, EFFECT_REPLY);
    effect->session = session;
    event_fill(hub, &effect->event, kind, NULL);
    return &effect->event;
}

struct event *hub_reply_account(struct hub *hub, enum event_kind kind, bool last) {
    struct event *event = hub_reply_account_to(hub, hub->command->session, kind);
    event->reply_code = hub->command->reply_code;
    if (last && (hub->command->flags & COMMAND_WAITS)) event->flags |= EVENT_LAST;
    return event;
}

struct proof *hub_prove(struct hub *hub) {
    return &effect_add(hub, EFFECT_PROVE, NULL)->proof;
}

void hub_record_sum(struct hub *hub, struct record *record) {
    size_t size = 0;
    for (int i = 0; i < RECORD_SLICES; i++)
        size += record->slices[i].size;
    hub->cost += record_cost(size);
    record->cost = hub->cost;
}

static void hub_ping(struct hub *hub) {
    hub_reply(hub, EVENT_PONG, NULL, true)->text = hub->command->text;
}

static void hub_help(struct hub *hub) {
    hub_reply(hub, EVENT_HELP, NULL, true)->text = hub->command->text;
}

static void hub_wrong(struct hub *hub) {
    hub_refuse(hub, hub->command->refusal, hub->command->number, hub->command->text);
}

static bool hub_tables(struct hub *hub) {
    size_t sessions = (size_t)hub->size.workers * hub->size.sessions;
    size_t all = sessions + CONTROLS_MAX; /* those never say who they are */
    hub->user_max = (uint32_t)sessions + STAYERS_MAX;
    hub->membership_max = (uint32_t)(sessions * 4 < 65536 ? 65536 : sessions * 4);
    hub->sessions = table_new(all, sizeof *hub->sessions);
    hub->users = table_new(hub->user_max, sizeof *hub->users);
    hub->memberships = table_new(hub->membership_max, sizeof *hub->memberships);
    hub->rooms = table_new(hub->size.rooms + 1, sizeof *hub->rooms); /* whole_server() */
    hub->topics = table_new(hub->size.rooms, TOPIC_SIZE_MAX);
    hub->onces = table_new(hub->size.client_ids, sizeof *hub->onces);
    hub->epochs = table_new(EPOCHS_MAX, sizeof *hub->epochs);
    hub->aways = table_new(hub->user_max, AWAY_SIZE_MAX);
    hub->profiles = table_new(hub->user_max, sizeof *hub->profiles);
    hub->gones = table_new(WHOWAS_MAX, sizeof *hub->gones);
    hub->provens = table_new(all, sizeof *hub->provens);
    hub->accounts = table_new(ACCOUNTS_MAX, sizeof *hub->accounts);
    hub->ties = table_new(TIES_MAX, sizeof *hub->ties);
    hub->restraints = table_new(RESTRAINTS_MAX, sizeof *hub->restraints);
    hub->tokens = table_new(TOKENS_MAX, sizeof *hub->tokens);
    hub->webhooks = table_new(WEBHOOKS_MAX, sizeof *hub->webhooks);
    bool ok = watch_init(hub) && fact_init(hub) && hub->webhooks;
    ok &= index_init(&hub->user_keys, hub->user_max);
    ok &= index_init(&hub->user_numbers, hub->user_max);
    ok &= index_init(&hub->room_keys, hub->size.rooms);
    ok &= index_init(&hub->room_numbers, hub->size.rooms);
    ok &= index_init(&hub->room_hexes, hub->size.rooms);
    ok &= index_init(&hub->once_index, hub->size.client_ids);
    ok &= index_init(&hub->epoch_index, EPOCHS_MAX);
    ok &= index_init(&hub->user_skeletons, hub->user_max);
    ok &= index_init(&hub->user_identities, hub->user_max);
    ok &= index_init(&hub->account_keys, ACCOUNTS_MAX);
    ok &= index_init(&hub->account_numbers, ACCOUNTS_MAX);
    ok &= index_init(&hub->account_skeletons, ACCOUNTS_MAX);
    ok &= index_init(&hub->tie_index, TIES_MAX);
    ok &= index_init(&hub->token_index, TOKENS_MAX);
    return ok && hub->sessions && hub->users && hub->profiles && hub->provens && hub->gones &&
           hub->memberships && hub->rooms && hub->topics && hub->onces && hub->epochs &&
           hub->aways && hub->accounts && hub->ties && hub->restraints && hub->tokens;
}

struct hub *hub_new(struct hub_size size, struct hub_limits limits, uint64_t hash_seed) {
    check(size.workers > 0 && size.workers <= WORKERS_MAX);
    check(size.sessions > 0 && size.rooms > 0 && size.rooms <= ROOMS_MAX && size.client_ids > 0);
    struct hub *hub = calloc(1, sizeof *hub);
    if (!hub) return NULL;
    hub->size = size;
    hub->limits = limits;
    hub->seed = hash_seed;
    memcpy(hub->lasting, &hash_seed, sizeof hash_seed); /* until it is loaded */
    hub->user_free = hub->membership_free = hub->room_free = NONE;
    hub->account_free = hub->tie_free = hub->restraint_free = hub->token_free = NONE;
    hub->next_ticket = 1;
    hub->next_token_number = hub->next_webhook_number = 1;
    hub->next_user_number = hub->reserved_user_number = USER_NUMBER_FIRST;
    hub->next_room_number = 1;
    hub->next_serial = 1;
    hub->credit = INT64_MAX;
    if (!hub_tables(hub)) {
        hub_free(hub);
        return NULL;
    }
    server_init(hub);
    return hub;
}

void hub_free(struct hub *hub) {
    if (!hub) return;
    table_free(hub->sessions);
    table_free(hub->users);
    table_free(hub->memberships);
    table_free(hub->rooms);
    table_free(hub->topics);
    table_free(hub->onces);
    table_free(hub->epochs);
    table_free(hub->aways);
    table_free(hub->profiles);
    table_free(hub->provens);
    table_free(hub->gones);
    watch_deinit(hub);
    fact_deinit(hub);
    table_free(hub->accounts);
    table_free(hub->ties);
    table_free(hub->restraints);
    table_free(hub->tokens);
    table_free(hub->webhooks);
    index_deinit(&hub->user_skeletons);
    index_deinit(&hub->user_identities);
    index_deinit(&hub->account_keys);
    index_deinit(&hub->account_numbers);
    index_deinit(&hub->account_skeletons);
    index_deinit(&hub->tie_index);
    index_deinit(&hub->token_index);
    index_deinit(&hub->user_keys);
    index_deinit(&hub->user_numbers);
    index_deinit(&hub->room_keys);
    index_deinit(&hub->room_numbers);
    index_deinit(&hub->room_hexes);
    index_deinit(&hub->once_index);
    index_deinit(&hub->epoch_index);
    free(hub);
}

static bool secret_load(struct hub *hub, const struct record *record) {
    if (record->key.size != sizeof hub->lasting) return false;
    memcpy(hub->lasting, record->key.at, sizeof hub->lasting);
    return true;
}

bool hub_load(struct hub *hub, const struct record *record) {
    if (record->kind == RECORD_ROOM) return room_load(hub, record);
    if (record->kind == RECORD_ONCE) return speech_load(hub, record);
    if (record->kind == RECORD_EPOCH) return list_load_epoch(hub, record);
    if (record->kind == RECORD_ACCOUNT) return account_load(hub, record);
    if (record->kind == RECORD_TOKEN) return token_load(hub, record);
    if (record->kind == RECORD_TIE) return tie_load(hub, record);
    if (record->kind == RECORD_FACTS) return fact_load(hub, record);
    if (record->kind == RECORD_WEBHOOK) return webhook_load(hub, record);
    if (record->kind == RECORD_RESTRAINT) return restraint_load(hub, record);
    if (record->kind == RECORD_SECRET) return secret_load(hub, record);
    if (record->kind != RECORD_COUNTERS) return false;
    if (record->number < USER_NUMBER_FIRST || record->number > UINT32_MAX) return false;
    if (record->seq < hub->next_room_number || record->seq > UINT32_C(1) << ROOM_NUMBER_BITS)
        return false;
    hub->next_user_number = hub->reserved_user_number = (uint32_t)record->number;
    hub->next_room_number = (uint32_t)record->seq;
    return true;
}
