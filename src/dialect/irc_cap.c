/* irc_cap.c: what is said before one is somebody: capabilities, names, and how it ends. */
#include "base/check.h"
#include "base/utf8.h"
#include "dialect/irc_account.h"
#include "dialect/irc_fact.h"
#include "dialect/irc_people.h"

static void put_mechanisms(const struct talk *talk, struct buf *out) {
    buf_byte(out, '=');
    irc_put_mechanisms(talk, out);
}

/* draft/account-registration */
static void put_registration(const struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    if (manner->registers_first) buf_text(out, "=before-connect");
    if (manner->registers_by_mail)
        buf_text(out, manner->registers_first ? ",email-required" : "=email-required");
}

static void put_multiline(const struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    buf_text(out, "=max-bytes=");
    buf_number(out, manner->multiline_bytes);
    buf_text(out, ",max-lines=");
    buf_number(out, manner->multiline_lines);
}

static void put_relay_marks(const struct talk *talk, struct buf *out) {
    (void)talk;
    buf_text(out, "=/");
}

/* In the order in which they are told. A value is shown to clients that know of CAP 302. */
static const struct {
    const char *name;
    uint32_t cap;
    void (*put_value)(const struct talk *talk, struct buf *out);
} caps[] = {
    {"account-notify", CAP_ACCOUNT_NOTIFY, NULL},
    {"account-tag", CAP_ACCOUNT_TAG, NULL},
    {"away-notify", CAP_AWAY_NOTIFY, NULL},
    {"batch", CAP_BATCH, NULL},
    {"cap-notify", CAP_NOTIFY, NULL},
    {"chghost", CAP_CHGHOST, NULL},
    {"draft/account-registration", CAP_REGISTRATION, put_registration},
    {"draft/channel-rename", CAP_RENAME, NULL},
    {"draft/chathistory", CAP_CHATHISTORY, NULL},
    {"draft/event-playback", CAP_PLAYBACK, NULL},
    {"draft/extended-isupport", CAP_ISUPPORT, NULL},
    {"draft/message-redaction", CAP_REDACTION, NULL},
    {"draft/metadata-2", CAP_METADATA_2, irc_put_metadata_value},
    {"draft/metadata-3", CAP_METADATA_3, irc_put_metadata_value},
    {"draft/multiline", CAP_MULTILINE, put_multiline},
    {"draft/no-implicit-names", CAP_NO_NAMES, NULL},
    {"draft/pre-away", CAP_PRE_AWAY, NULL},
    {"draft/relaymsg", CAP_RELAYMSG, put_relay_marks},
    {"draft/read-marker", CAP_READ_MARKER, NULL},
    {"echo-message", CAP_ECHO, NULL},
    {"extended-join", CAP_EXTENDED_JOIN, NULL},
    {"extended-monitor", CAP_EXTENDED_MONITOR, NULL},
    {"invite-notify", CAP_INVITE_NOTIFY, NULL},
    {"labeled-response", CAP_LABELED, NULL},
    {"message-tags", CAP_MESSAGE_TAGS, NULL},
    {"multi-prefix", CAP_MULTI_PREFIX, NULL},
    {"sasl", CAP_SASL, put_mechanisms},
    {"server-time", CAP_SERVER_TIME, NULL},
    {"setname", CAP_SETNAME, NULL},
    {"standard-replies", CAP_STANDARD_REPLIES, NULL},
    {"userhost-in-names", CAP_USERHOST, NULL},
};

enum { CAPS = sizeof caps / sizeof *caps };

/* By this listener, as the server is set. */
static bool is_offered(const struct talk *talk, size_t i) {
    return caps[i].cap != CAP_REGISTRATION || talk->manner->registers;
}

/* ircv3.net/specs/extensions/sts: over TLS how long to keep to it, else where TLS is. Nobody asks
 * for it, and who does not know of values is not told. */
static void put_sts(const struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    if (manner->sts_seconds == 0) return;
    buf_text(out, "sts=port=");
    buf_number(out, manner->sts_port);
    if (!talk->secure) return;
    buf_text(out, ",duration=");
    buf_number(out, manner->sts_seconds);
}

enum { CAP_LIST_MAX = 380 }; /* bytes: the longest server and nick still stand before them */

/* `CAP nick LS :a b c`, in as many lines as it needs where the client knows of that; else in one,
 * without the drafts, which only newer clients know. */
static void tell_caps(const struct talk *talk, struct decoder *decoder, bool all) {
    const struct irc_own *own = irc_own(talk);
    bool several = own->steps & STEP_CAP_302, values = all && several;
    char memory[IRC_LINE_SIZE_MAX], value_memory[96];
    struct buf list, value;
    struct slice what = all ? slice_of("LS") : slice_of("LIST");
    buf_init(&list, memory, CAP_LIST_MAX);
    if (values) put_sts(talk, &list);
    for (size_t i = 0; i < CAPS; i++) {
        if (!(all ? is_offered(talk, i) : (own->caps & caps[i].cap) != 0)) continue;
        if (all && !several && slice_starts(slice_text(caps[i].name), slice_of("draft/"))) continue;
        buf_init(&value, value_memory, sizeof value_memory);
        if (values && caps[i].put_value) caps[i].put_value(talk, &value);
        size_t size = strlen(caps[i].name) + value.size + 1;
        if (list.size + size > list.cap) {
            if (!several) break;
            irc_echo_line(talk, decoder, "CAP % $ * :&", what, buf_slice(&list));
            list.size = 0;
        }
        if (list.size > 0) buf_byte(&list, ' ');
        buf_text(&list, caps[i].name);
        buf_put(&list, buf_slice(&value));
    }
    check(buf_ok(&list));
    irc_echo_line(talk, decoder, "CAP % $ :&", what, buf_slice(&list));
}

/* What a list of capabilities asks for. False: it names one that there is not. */
static bool caps_read(const struct talk *talk, struct slice list, uint32_t *caps_wanted) {
    struct slice word;
    while ((word = slice_word(&list)).size > 0) {
        bool off = word.at[0] == '-';
        if (off) word = slice_from(word, 1);
        size_t i = 0;
        while (i < CAPS && !slice_equal(word, slice_text(caps[i].name)))
            i++;
        if (i == CAPS || !is_offered(talk, i)) return false;
        *caps_wanted = off ? *caps_wanted & ~caps[i].cap : *caps_wanted | caps[i].cap;
    }
    return true;
}

/* What is asked for holds from the answer on, in its turn: see irc_answer_cap(). */
static void request(struct talk *talk, struct decoder *decoder, struct slice list) {
    uint32_t wanted = irc_own(talk)->caps;
    list = slice_trim(list);
    if (!caps_read(talk, list, &wanted)) {
        irc_echo_line(talk, decoder, "CAP % NAK :&", list);
        return;
    }
    irc_echo_line(talk, decoder, "CAP % ACK :&", list);
    irc_own(talk)->caps = wanted;
}

enum decoded irc_cap(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    struct slice what = message->params[0];
    struct irc_own *own = irc_own(talk);
    bool ls = irc_same_word(what, "LS"), req = irc_same_word(what, "REQ");
    uint64_t version = 0;
    if (talk->stage == TALK_NEW && (ls || req)) own->steps |= STEP_CAP;
    if (ls && slice_number(irc_param(message, 1), 9999, &version) && version >= 302) {
        own->steps |= STEP_CAP_302;
        own->caps |= CAP_NOTIFY; /* capability-negotiation: implied by 302 */
    }
    if (ls || irc_same_word(what, "LIST")) {
        tell_caps(talk, decoder, ls);
    } else if (req) {
        request(talk, decoder, irc_param(message, 1));
    } else if (irc_same_word(what, "END")) {
        own->steps &= (uint8_t)~STEP_CAP;
        irc_hello(talk, decoder);
    } else {
        irc_echo_line(talk, decoder, "410 % $ :there is LS, LIST, REQ and END", what);
    }
    return DECODED;
}

void irc_hello(struct talk *talk, struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    char memory[LOGIN_SIZE_MAX + 1 + REAL_SIZE_MAX];
    struct buf about;
    if (talk->stage != TALK_NEW || own->nick_size == 0 ||
        (own->steps & (STEP_USER | STEP_CAP)) != STEP_USER)
        return;
    if (talk->manner->asks_password && !(own->steps & STEP_PASS)) {
        irc_echo_line(talk, decoder, "464 % :the server's password is wrong, or missing: PASS");
        irc_end(decoder, slice_of("wrong password"));
        return;
    }
    struct command hello = decoder_hello(talk, NAMING_EXACT);
    hello.reply_code = REPLY_HELLO;
    hello.flags |= COMMAND_KEEPS;
    hello.count = 0;
    hello.room = hello.room_key = (struct slice){0};
    buf_init(&about, memory, sizeof memory);
    buf_put(&about, (struct slice){own->login, own->login_size});
    buf_byte(&about, ' ');
    buf_put(&about, (struct slice){own->real, own->real_size});
    hello.about = buf_slice(&about);
    struct slice nick = {own->nick, own->nick_size};
    if (!decoder_name(decoder, talk, nick, &hello)) return;
    decoder->give(decoder, &hello);
    irc_give_early(talk, decoder);
    irc_give_away(talk, decoder);
}

enum decoded irc_pass(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    unsigned char hash[SECRET_HASH_SIZE];
    struct irc_own *own = irc_own(talk);
    if (talk->stage != TALK_NEW) {
        irc_refuse(decoder, REFUSED_NAME_GIVEN, (struct slice){0});
        return DECODED;
    }
    secret_hash(message->params[0], hash);
    bool right = secret_same(hash, talk->manner->password, sizeof hash);
    own->steps = (uint8_t)(right ? own->steps | STEP_PASS : own->steps & ~STEP_PASS);
    return DECODED;
}

enum decoded irc_nick(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct command command = {.kind = COMMAND_NICK, .flags = COMMAND_KEEPS};
    if (!decoder_name(decoder, talk, irc_param(message, 0), &command)) return DECODED;
    if (talk->stage != TALK_NEW) {
        decoder->give(decoder, &command);
        return DECODED;
    }
    check(command.name.size <= USER_NAME_SIZE_MAX);
    memcpy(irc_own(talk)->nick, command.name.at, command.name.size);
    irc_own(talk)->nick_size = (uint8_t)command.name.size;
    irc_hello(talk, decoder);
    return DECODED;
}

/* Letters, digits and the like: what stands before the `@` of a source. */
static uint8_t login_read(struct slice text, char *login) {
    uint8_t size = 0;
    for (size_t i = 0; i < text.size && size < LOGIN_SIZE_MAX; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c > ' ' && c < 0x7F && !strchr("!@:*?,\"", (char)c)) login[size++] = (char)c;
    }
    return size;
}

enum decoded irc_user(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    if (talk->stage != TALK_NEW) {
        irc_refuse(decoder, REFUSED_NAME_GIVEN, (struct slice){0});
        return DECODED;
    }
    own->login_size = login_read(message->params[0], own->login);
    if (message->params[0].size == 0 || message->params[3].size == 0) {
        irc_echo_line(talk, decoder, "461 % USER :not enough parameters");
        return DECODED;
    }
    if (own->login_size == 0) {
        irc_echo_line(talk, decoder, "468 % :a user name has letters or digits of ASCII");
        return DECODED;
    }
    struct slice real = message->params[3];
    real = slice_head(real, utf8_cut(real, REAL_SIZE_MAX));
    struct buf shown;
    buf_init(&shown, own->real, sizeof own->real);
    for (size_t i = 0; i < real.size; i++) /* no TAB: a list's lines have them between words */
        buf_byte(&shown, real.at[i] == '\t' ? ' ' : real.at[i]);
    own->real_size = (uint8_t)shown.size;
    own->steps |= STEP_USER;
    irc_hello(talk, decoder);
    return DECODED;
}

enum decoded irc_ping(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct slice token = irc_param(message, 0);
    if (token.size > 0)
        irc_echo_line(talk, decoder, "PONG $ :&", irc_server(talk), token);
    else
        irc_echo_line(talk, decoder, "409 % :no origin was given");
    return DECODED;
}

enum decoded irc_pong(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    if (irc_param(message, 0).size == 0) irc_echo_line(talk, decoder, "409 % :no origin was given");
    return DECODED;
}

void irc_end(struct decoder *decoder, struct slice why) {
    struct command bye = {.kind = COMMAND_BYE, .flags = COMMAND_WAITS, .text = why};
    irc_echo(decoder, ECHO_QUIT, why);
    decoder->give(decoder, &bye);
}

enum decoded irc_quit(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk;
    struct slice why = irc_param(message, 0);
    struct command bye = {.kind = COMMAND_BYE, .flags = COMMAND_LEAVES | COMMAND_WAITS};
    bye.text = slice_head(why, utf8_cut(why, IRC_REASON_MAX));
    irc_echo(decoder, ECHO_QUIT, bye.text);
    decoder->give(decoder, &bye);
    return DECODED;
}
