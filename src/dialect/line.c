/* line.c: nick first, then talk (WIRE, `line`). What begins with `/` is a command, `//` one
 * literal slash; our own replies begin with `* `, which no person's line can. Here: the table of
 * the commands, and what a line is. */
#include "dialect/line.h"

#include "base/check.h"

static line_verb_fn line_help;

/* In the order of /help. */
static const struct line_verb verbs[] = {
    {"/help", line_help, GROUP_TALK, "/help [COMMAND]", "this list, or more of one command"},
    {"/nick", line_nick, GROUP_TALK, "/nick NAME", "be called NAME from now on"},
    {"/msg", line_msg, GROUP_TALK, "/msg NAME TEXT", "say TEXT to NAME alone"},
    {"/me", line_me, GROUP_TALK, "/me TEXT", "say what you do: alice waves"},
    {"/away", line_away, GROUP_TALK, "/away [TEXT]",
     "say that you are away, without TEXT that you are back"},
    {"/reply", line_reply, GROUP_TALK, "/reply [@NAME] N TEXT", "answer message N"},
    {"/edit", line_edit, GROUP_TALK, "/edit [@NAME] N TEXT", "change your message N to TEXT"},
    {"/remove", line_remove, GROUP_TALK, "/remove [@NAME] N",
     "take message N away: your own, as an operator anybody's"},
    {"/react", line_react, GROUP_TALK, "/react [@NAME] N WORD", "react to message N, as with +1"},
    {"/unreact", line_unreact, GROUP_TALK, "/unreact [@NAME] N WORD", "take a reaction back"},
    {"/quit", line_quit, GROUP_TALK, "/quit [TEXT]", "leave the server"},

    {"/history", line_history, GROUP_PAST, "/history [@NAME] [N] [#]",
     "the last N messages of the room (20), or of those with NAME\n"
     "# shows them with their times (UTC) and numbers"},
    {"/search", line_search, GROUP_PAST, "/search [@NAME] WORDS",
     "find messages in the room, or in those with NAME\n"
     "\"quoted words\" stand beside each other\n"
     "author:NAME room:ROOM before:2026-11-21 after:2026-11-01 has:link"},
    {"/read", line_read, GROUP_PAST, "/read [@NAME] [N]", "mark as read, all or up to message N"},
    {"/cursor", line_cursor, GROUP_PAST, "/cursor", "where the room is now, for /resume"},
    {"/resume", line_resume, GROUP_PAST, "/resume CURSOR",
     "all that happened in the room since that /cursor"},

    {"/join", line_join, GROUP_ROOMS, "/join ROOM [KEY]",
     "enter ROOM, making it if there is none, and type into it"},
    {"/leave", line_leave, GROUP_ROOMS, "/leave [ROOM]", "leave ROOM, or the one being typed into"},
    {"/rooms", line_rooms, GROUP_ROOMS, "/rooms", "which rooms there are"},
    {"/who", line_who, GROUP_ROOMS, "/who [ROOM]",
     "who is in ROOM, or in the one being typed into"},
    {"/topic", line_topic, GROUP_ROOMS, "/topic [TEXT]", "show the room's topic, or set it"},
    {"/invite", line_invite, GROUP_ROOMS, "/invite NAME", "let NAME into the room, and tell NAME"},
    {"/rename", line_rename, GROUP_ROOMS, "/rename NAME", "call the room NAME; its owner may"},
    {"/delete", line_delete, GROUP_ROOMS, "/delete [ROOM]",
     "delete the room with all that was said; its owner may"},

    {"/kick", line_kick, GROUP_RULE, "/kick NAME [WHY]", "put NAME out of the room"},
    {"/ban", line_ban, GROUP_RULE, "/ban NAME|MASK|NETWORK [MINUTES] [WHY]",
     "put out and keep out, as bob, bob* or 192.0.2.0/24"},
    {"/unban", line_unban, GROUP_RULE, "/unban NAME|MASK|NETWORK", "lift a ban"},
    {"/purge", line_purge, GROUP_RULE, "/purge NAME HOURS [WHY]",
     "ban NAME, and remove all that NAME said in the last HOURS"},
    {"/mute", line_mute, GROUP_RULE, "/mute NAME [MINUTES]", "NAME may only read"},
    {"/unmute", line_unmute, GROUP_RULE, "/unmute NAME", "NAME may speak again"},
    {"/bans", line_bans, GROUP_RULE, "/bans", "who is banned, muted and invited"},
    {"/filter", line_filter, GROUP_RULE, "/filter report|refuse|SECONDS|off WORDS",
     "what has WORDS in it is reported in the audit log, or refused, or mutes for SECONDS\n"
     "WORDS may have * and ?; look-alikes and small letters are the same"},
    {"/role", line_role, GROUP_RULE, "/role NAME member|voice|operator|owner",
     "what NAME is in the room; who has a voice speaks in a moderated room"},
    {"/mode", line_mode, GROUP_RULE, "/mode SETTING VALUE",
     "what the room is like\n"
     "private on|off: in no list, unknown to who is not invited\n"
     "invite on|off: entered by invitation only\n"
     "moderated on|off: who has no voice only reads\n"
     "key WORD|off: the word that one must know to enter\n"
     "slow SECONDS|off: between two messages of one person\n"
     "history on|off: texts are kept\n"
     "days N|off: for how long\n"
     "count N|off: how many at most"},
    {"/audit", line_audit, GROUP_RULE, "/audit [N]", "who did what in the room (20)"},

    {"/register", line_register, GROUP_ACCOUNT, "/register PASSWORD",
     "make an account of your name"},
    {"/login", line_login, GROUP_ACCOUNT, "/login NAME PASSWORD", "come in as an account"},
    {"/logout", line_logout, GROUP_ACCOUNT, "/logout [all]",
     "end this login, or all of your account's"},
    {"/password", line_password, GROUP_ACCOUNT, "/password OLD NEW",
     "have another password; all your other logins end"},
    {"/token", line_token, GROUP_ACCOUNT, "/token",
     "a word that lets you /login without the password for 90 days"},
    {"/unregister", line_unregister, GROUP_ACCOUNT, "/unregister PASSWORD", "delete your account"},
    {"/oper", line_oper, GROUP_ACCOUNT, "/oper NAME PASSWORD",
     "be an administrator, as the configuration says"},
    {"/server", line_server, GROUP_ACCOUNT, "/server list|audit|lockdown|ban|unban|filter [...]",
     "for administrators: what holds everywhere\n"
     "list; audit [COUNT]: who did what to it\n"
     "lockdown on|off: no new guests and accounts\n"
     "ban NETWORK [MINUTES] [WHY], unban NETWORK\n"
     "filter report|refuse|SECONDS|off WORDS"},
};

enum { VERBS = sizeof verbs / sizeof *verbs };

const struct line_verb *line_verb_at(size_t place) {
    return place < VERBS ? &verbs[place] : NULL;
}

/* In capitals or not. */
static bool is_verb(struct slice word, const char *verb) {
    if (word.size != strlen(verb)) return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.at[i];
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != verb[i]) return false;
    }
    return true;
}

const struct line_verb *line_verb_find(struct slice word) {
    for (size_t i = 0; i < VERBS; i++)
        if (is_verb(word, verbs[i].verb + 1)) return &verbs[i];
    return NULL;
}

static void greet(struct talk *talk, struct buf *out) {
    if (!talk->manner->greeting) return;
    buf_text(out, "Please enter your username:");
    buf_text(out, talk->manner->crlf ? "\r\n" : "\n");
}

static void line_help(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command help = line_command(talk, COMMAND_HELP);
    help.text = slice_word(&rest);
    if (help.text.size > 0 && help.text.at[0] == '/') help.text = slice_from(help.text, 1);
    decoder->give(decoder, &help);
}

static void decode_nick(struct talk *talk, struct slice line, struct decoder *decoder) {
    struct slice rest = line;
    struct slice word = slice_word(&rest);
    const struct line_verb *verb = NULL;
    if (word.size > 0 && word.at[0] == '/') verb = line_verb_find(slice_from(word, 1));
    if (verb && verb->run == line_login) {
        line_login(talk, rest, decoder);
        return;
    }
    if (verb && verb->group == GROUP_ACCOUNT) { /* a password is not repeated as a bad name */
        decoder_refuse(decoder, REFUSED_NAME_NEEDED, 0, (struct slice){0}, 0);
        return;
    }
    struct command command = decoder_hello(talk, NAMING_EXACT);
    if (decoder_name(decoder, talk, slice_trim(line), &command)) decoder->give(decoder, &command);
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    if (talk->stage == TALK_NEW) {
        decode_nick(talk, line, decoder);
        return DECODED;
    }
    bool command = talk->manner->commands && line.at[0] == '/';
    if (command && line.size > 1 && line.at[1] == '/') {
        line = slice_from(line, 1);
    } else if (command) {
        struct slice rest = line, word = slice_word(&rest);
        const struct line_verb *verb = line_verb_find(slice_from(word, 1));
        if (verb)
            verb->run(talk, rest, decoder);
        else
            decoder_refuse(decoder, REFUSED_COMMAND_UNKNOWN, 0, word, 0);
        return DECODED;
    }
    struct command say = {.kind = COMMAND_SAY, .room_id = talk->focus, .text = line};
    decoder->give(decoder, &say);
    return DECODED;
}

struct command line_command(const struct talk *talk, enum command_kind kind) {
    return (struct command){.kind = kind, .reply_code = REPLY_TYPED, .room_id = talk->focus};
}

void line_missing(struct decoder *decoder, const char *verb) {
    const struct line_verb *row = line_verb_find(slice_text(verb + 1));
    check(row != NULL);
    decoder_refuse(decoder, REFUSED_PART_MISSING, 0, slice_text(row->form), 0);
}

bool line_number(struct slice *rest, uint64_t max, struct decoder *decoder, uint64_t *number) {
    struct slice word = slice_word(rest), digits = word;
    if (digits.size > 1 && digits.at[0] == '#') digits = slice_from(digits, 1);
    if (slice_number(digits, max, number) && *number > 0) return true;
    decoder_refuse(decoder, REFUSED_NUMBER_BAD, 0, word, 0);
    return false;
}

bool line_direct(const struct talk *talk, struct slice *rest, struct decoder *decoder,
                 struct command *command) {
    struct slice after = *rest, word = slice_word(&after);
    if (word.size < 2 || word.at[0] != '@') return true;
    *rest = after;
    command->room_id = (struct room_id){0};
    return decoder_name(decoder, talk, slice_from(word, 1), command);
}

bool line_room(const struct talk *talk, struct slice rest, struct decoder *decoder,
               struct command *command) {
    struct slice room = slice_word(&rest);
    if (room.size > 1 && room.at[0] == '#') room = slice_from(room, 1);
    command->room_id = room.size == 0 ? talk->focus : (struct room_id){0};
    return room.size == 0 || decoder_room(decoder, room, command);
}

/* What came to her alone since she was here, of one person after the other. */
static void list(struct talk *talk, struct room_id room, uint64_t missed, struct decoder *decoder) {
    struct command unread = {
        .kind = COMMAND_UNREAD, .flags = COMMAND_WAITS | COMMAND_FULL, .room_id = talk->counted};
    if (room.v == 0 && missed == 0) decoder->give(decoder, &unread);
}

const struct dialect dialect_line = {.name = "line",
                                     .greet = greet,
                                     .line = decode,
                                     .view = line_view,
                                     .encode = line_encode,
                                     .answer = line_answer,
                                     .list = list};
