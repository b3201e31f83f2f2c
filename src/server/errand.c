/* errand.c: which errands there are, and what all of them share. Most are one command to the hub
 * whose answer is printed; the rest have a file of their own. */
#include "server/errand.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/need.h"
#include "chat/scope.h"
#include "dialect/dialect.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 64, LINE_CAP = 16384 };

/* ---- what the files of the errands call ---- */

struct slice errand_argument(const struct errand *errand, uint32_t at) {
    return at + 1 < errand->request.count ? errand->request.words[at + 1] : (struct slice){0};
}

void errand_give(struct errand *errand, const struct command *command) {
    check(!errand->asking && !errand->over);
    errand->command = *command;
    errand->command.flags |= COMMAND_WAITS;
    errand->asking = true;
    errand->place->give(errand->place->context, &errand->command);
}

bool errand_send(struct errand *errand, const struct command *command) {
    check(!errand->asking && !errand->over);
    errand->blocked = !errand->place->send(errand->place->context, command);
    return !errand->blocked;
}

void errand_print(struct errand *errand, struct slice bytes) {
    while (bytes.size > 0) {
        struct slice piece = slice_head(bytes, ANSWER_PIECE_MAX);
        errand->place->say(errand->place->context, ANSWER_OUTPUT, piece);
        bytes = slice_from(bytes, piece.size);
    }
}

void errand_done(struct errand *errand) {
    check(!errand->over);
    errand->over = true;
}

void errand_fail(struct errand *errand, int code, struct slice why) {
    check(!errand->over);
    errand->place->say(errand->place->context, ANSWER_ERROR, slice_head(why, ANSWER_PIECE_MAX));
    errand->code = code;
    errand->over = true;
}

void errand_refuse(struct errand *errand, enum refusal why, uint64_t number, struct slice text) {
    char memory[2048];
    struct buf sentence;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, why, number, slice_head(text, 256));
    const struct errand_row *row = errand->row;
    if (row->refused && row->refused(errand, buf_slice(&sentence))) return;
    errand_fail(errand, EXIT_REFUSED, buf_slice(&sentence));
}

static const struct name_rules *errand_names(struct errand *errand) {
    if (!errand->names) errand->names = name_rules_new();
    need_memory(errand->names);
    return errand->names;
}

bool errand_name(struct errand *errand, struct slice name, struct command *command) {
    enum name_fault fault = NAME_FINE;
    size_t most = errand->place->limits.name_size;
    const struct name_rules *names = errand_names(errand);
    struct buf key, skeleton;
    buf_init(&key, errand->name_key, sizeof errand->name_key);
    buf_init(&skeleton, errand->skeleton, sizeof errand->skeleton);
    if (name_allowed(names, name, most, &fault) && name_key(&key, name) &&
        name_skeleton(names, &skeleton, name)) {
        command->name = name;
        command->name_key = buf_slice(&key);
        command->skeleton = buf_slice(&skeleton);
        return true;
    }
    enum refusal why = REFUSED_NAME_BAD;
    if (fault == NAME_EMPTY) why = REFUSED_NAME_EMPTY;
    if (fault == NAME_TOO_LONG || fault == NAME_FINE) why = REFUSED_NAME_TOO_LONG;
    errand_refuse(errand, why, most, name);
    return false;
}

/* A number or a hex id means a room too, and has no key. */
bool errand_room(struct errand *errand, struct slice room, struct command *command) {
    enum name_fault fault = NAME_FINE;
    struct buf key;
    buf_init(&key, errand->room_key, sizeof errand->room_key);
    command->room = room;
    if (room_name_allowed(errand_names(errand), room, ROOM_NAME_SIZE_MAX, &fault) &&
        name_key(&key, room)) {
        command->room_key = buf_slice(&key);
        return true;
    }
    if (fault == NAME_LIKE_ID) return true;
    errand_refuse(errand, REFUSED_ROOM_UNKNOWN, 0, room);
    return false;
}

/* ---- one command, its answer printed ---- */

static void begin_with_name(struct errand *errand, enum command_kind kind) {
    struct command command = {.kind = kind, .secret = errand_argument(errand, 1)};
    if (errand_name(errand, errand_argument(errand, 0), &command)) errand_give(errand, &command);
}

static void begin_user_add(struct errand *errand) {
    begin_with_name(errand, COMMAND_USER_ADD);
}

static void begin_user_passwd(struct errand *errand) {
    begin_with_name(errand, COMMAND_USER_PASSWD);
}

static void begin_user_delete(struct errand *errand) {
    begin_with_name(errand, COMMAND_USER_DELETE);
}

/* token-add NAME TOKEN SCOPES, or for a webhook NAME TOKEN ROOM SHOWN */
static void begin_token_add(struct errand *errand) {
    bool hook = errand->request.count > 4;
    uint32_t scopes = 0;
    struct command command = {.kind = COMMAND_TOKEN_ADD, .text = errand_argument(errand, 1)};
    if (!hook && !scopes_read(errand_argument(errand, 2), &scopes)) {
        errand_fail(errand, EXIT_REFUSED,
                    slice_of("scopes are read, write, moderate, admin, invite, server, with commas "
                             "between them"));
        return;
    }
    command.number = scopes;
    if (hook) {
        if (!errand_name(errand, errand_argument(errand, 3), &command)) return;
        command.about = command.name;
        struct slice skeleton = command.skeleton;
        if (!errand_room(errand, errand_argument(errand, 2), &command)) return;
        memcpy(errand->shown_skeleton, skeleton.at, skeleton.size);
        if (!errand_name(errand, errand_argument(errand, 0), &command)) return;
        command.skeleton = (struct slice){errand->shown_skeleton, skeleton.size};
    } else if (!errand_name(errand, errand_argument(errand, 0), &command)) {
        return;
    }
    errand_give(errand, &command);
}

static void begin_tokens(struct errand *errand) {
    begin_with_name(errand, COMMAND_TOKENS);
}

static void begin_token_delete(struct errand *errand) {
    struct command command = {.kind = COMMAND_TOKEN_DELETE};
    struct slice number = errand_argument(errand, 1);
    if (!slice_number(number, UINT64_MAX, &command.target))
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, number);
    else if (errand_name(errand, errand_argument(errand, 0), &command))
        errand_give(errand, &command);
}

/* invite USES DAYS */
static void begin_invite(struct errand *errand) {
    struct command command = {.kind = COMMAND_INVITATION};
    struct slice uses = errand_argument(errand, 0), days = errand_argument(errand, 1);
    uint64_t count = 0;
    if (!slice_number(uses, INT32_MAX, &command.number))
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, uses);
    else if (!slice_number(days, INT32_MAX, &count))
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, days);
    command.count = (uint32_t)count;
    if (!errand->over) errand_give(errand, &command);
}

static void begin_invitations(struct errand *errand) {
    errand_give(errand, &(struct command){.kind = COMMAND_INVITATIONS});
}

static void begin_invitation_delete(struct errand *errand) {
    struct command command = {.kind = COMMAND_INVITATION_DELETE};
    struct slice number = errand_argument(errand, 0);
    if (!slice_number(number, UINT64_MAX, &command.target))
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, number);
    else
        errand_give(errand, &command);
}

static void begin_users(struct errand *errand) {
    errand_give(errand, &(struct command){.kind = COMMAND_USERS});
}

static void begin_rooms(struct errand *errand) {
    errand_give(errand, &(struct command){.kind = COMMAND_ROOMS});
}

static void begin_with_room(struct errand *errand, enum command_kind kind) {
    struct command command = {.kind = kind};
    if (errand_room(errand, errand_argument(errand, 0), &command)) errand_give(errand, &command);
}

static void begin_room_show(struct errand *errand) {
    begin_with_room(errand, COMMAND_ROOM_SHOW);
}

static void begin_room_delete(struct errand *errand) {
    begin_with_room(errand, COMMAND_DELETE);
}

/* server-lockdown on|off */
static void begin_lockdown(struct errand *errand) {
    struct slice word = errand_argument(errand, 0);
    bool on = slice_equal(word, slice_of("on"));
    if (on || slice_equal(word, slice_of("off")))
        errand_give(errand,
                    &(struct command){.kind = COMMAND_LOCKDOWN, .flags = on ? COMMAND_SETS : 0});
    else
        errand_refuse(errand, REFUSED_SETTING_BAD, 0, slice_of("on, off"));
}

/* server-ban NETWORK MINUTES WHY; server-unban NETWORK */
static void begin_server_ban(struct errand *errand) {
    bool sets = errand->request.count > 2;
    struct command command = {.kind = COMMAND_SERVER_BAN,
                              .flags = sets ? COMMAND_SETS : 0,
                              .name = errand_argument(errand, 0),
                              .text = errand_argument(errand, 2)};
    struct slice minutes = errand_argument(errand, 1);
    if (sets && !slice_number(minutes, UINT32_MAX, &command.number))
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, minutes);
    else
        errand_give(errand, &command);
}

/* server-filter WHAT WORDS */
static void begin_server_filter(struct errand *errand) {
    struct command command = {.kind = COMMAND_FILTER, .flags = COMMAND_SERVER};
    struct slice words = errand_argument(errand, 1);
    struct buf key;
    buf_init(&key, errand->words, sizeof errand->words);
    if (words.size <= FILTER_WORDS_MAX) text_words(errand_names(errand), &key, words, true);
    command.name = words;
    command.name_key = buf_slice(&key);
    if (!decoder_filtered(errand_argument(errand, 0), &command))
        errand_refuse(errand, REFUSED_SETTING_BAD, 0,
                      slice_of("report, refuse, seconds of a mute, off"));
    else if (key.size == 0 || !buf_ok(&key))
        errand_refuse(errand, REFUSED_FILTER_BAD, FILTER_WORDS_MAX, words);
    else
        errand_give(errand, &command);
}

static void begin_server_list(struct errand *errand) {
    errand_give(errand, &(struct command){.kind = COMMAND_RESTRAINTS, .flags = COMMAND_SERVER});
}

/* Lines of fields with TABs between them; what people wrote is shown as it may reach a terminal. */
static void print_lines(struct errand *errand, struct slice lines) {
    char memory[LINE_CAP];
    while (lines.size > 0) {
        struct buf shown;
        buf_init(&shown, memory, sizeof memory);
        text_show(&shown, slice_until(&lines, '\n'));
        buf_byte(&shown, '\n');
        check(buf_ok(&shown));
        errand_print(errand, buf_slice(&shown));
    }
}

static void heard(struct errand *errand, const struct event *event) {
    if (event->kind == EVENT_USERS || event->kind == EVENT_ROOMS ||
        event->kind == EVENT_ROOM_SHOWN || event->kind == EVENT_TOKENS ||
        event->kind == EVENT_TOKEN || event->kind == EVENT_RESTRAINTS ||
        event->kind == EVENT_INVITATIONS)
        print_lines(errand, event->text);
    if (event->kind == EVENT_DONE && event->text.size > 0) print_lines(errand, event->text);
    if (event->cursor > 0) {
        struct command next = errand->command;
        next.cursor = event->cursor;
        errand->asking = false;
        errand_give(errand, &next);
    } else if (event->flags & EVENT_LAST) {
        errand_done(errand);
    }
}

#define COMMAND_ROW(name, count, first) COMMAND_ROW_OF(name, count, count, first)
#define COMMAND_ROW_OF(name, least, most, first)                                                   \
    { .word = name, .arguments_min = least, .arguments_max = most, .begin = first, .event = heard }

static const struct errand_row plain[] = {
    COMMAND_ROW("user-add", 2, begin_user_add),
    COMMAND_ROW("user-passwd", 2, begin_user_passwd),
    COMMAND_ROW("user-delete", 1, begin_user_delete),
    COMMAND_ROW("user-list", 0, begin_users),
    COMMAND_ROW_OF("token-add", 3, 4, begin_token_add),
    COMMAND_ROW("invite", 2, begin_invite),
    COMMAND_ROW("invite-list", 0, begin_invitations),
    COMMAND_ROW("invite-revoke", 1, begin_invitation_delete),
    COMMAND_ROW("token-list", 1, begin_tokens),
    COMMAND_ROW("token-delete", 2, begin_token_delete),
    COMMAND_ROW("server-lockdown", 1, begin_lockdown),
    COMMAND_ROW("server-ban", 3, begin_server_ban),
    COMMAND_ROW("server-unban", 1, begin_server_ban),
    COMMAND_ROW("server-filter", 2, begin_server_filter),
    COMMAND_ROW("server-list", 0, begin_server_list),
    COMMAND_ROW("room-list", 0, begin_rooms),
    COMMAND_ROW("room-show", 1, begin_room_show),
    COMMAND_ROW("room-delete", 1, begin_room_delete),
};

/* ---- an errand's life ---- */

static const struct errand_row *row_called(struct slice word) {
    static const struct errand_row *const others[] = {&errand_audit, &errand_backup, &errand_export,
                                                      &errand_import};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (slice_equal(word, slice_text(plain[i].word))) return &plain[i];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (slice_equal(word, slice_text(others[i]->word))) return others[i];
    return NULL;
}

void errand_begin(struct errand *errand, const struct errand_place *place, struct slice bytes,
                  int fd) {
    *errand = (struct errand){.place = place, .fd = fd, .size = bytes.size};
    size_t size = 0;
    errand->bytes = malloc(bytes.size + 1);
    need_memory(errand->bytes);
    memcpy(errand->bytes, bytes.at, bytes.size);
    enum request_found found =
        request_read((struct slice){errand->bytes, bytes.size}, &errand->request, &size);
    check(found == REQUEST_WHOLE && size == bytes.size);
    if (!slice_equal(errand->request.words[0], REQUEST_VERSION)) {
        errand_fail(errand, EXIT_USAGE,
                    slice_of("the server is of another version than this program"));
        return;
    }
    errand->request.count--;
    memmove(errand->request.words, errand->request.words + 1,
            errand->request.count * sizeof *errand->request.words);
    uint32_t count = errand->request.count;
    errand->row = count > 0 ? row_called(errand->request.words[0]) : NULL;
    const struct errand_row *row = errand->row;
    if (!row || count - 1 < row->arguments_min || count - 1 > row->arguments_max ||
        (row->needs_file && fd < 0)) {
        errand->row = NULL;
        errand_fail(errand, EXIT_USAGE, slice_of("the server does not know this request"));
        return;
    }
    row->begin(errand);
}

bool errand_works(const struct errand *errand) {
    return !errand->over && !errand->asking;
}

void errand_turn(struct errand *errand) {
    errand->blocked = false;
    if (errand_works(errand)) errand->row->turn(errand);
}

void errand_event(struct errand *errand, const struct event *event) {
    if (errand->over) return;
    if (event->kind == EVENT_REFUSED)
        errand_refuse(errand, (enum refusal)event->refusal, event->number, event->text);
    else if (errand->asking)
        errand->row->event(errand, event);
}

void errand_end(struct errand *errand) {
    if (errand->row && errand->row->end) errand->row->end(errand);
    if (errand->fd >= 0) close(errand->fd);
    name_rules_free(errand->names);
    if (errand->bytes) explicit_bzero(errand->bytes, errand->size); /* a password */
    free(errand->bytes);
    *errand = (struct errand){.fd = -1};
}
