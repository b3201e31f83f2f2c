/* irc_say.c: what people say: to rooms, to each other, and tags without words. */
#include "dialect/irc_account.h"
#include "dialect/irc_history.h"
#include "dialect/irc_write.h"

/* `\x01ACTION waves\x01` is an action. All other CTCP is a question of one client to another: it is
 * told live, to one target, and nobody's client is asked to open a connection (DCC). False: the
 * session was told. */
static bool take_ctcp(const struct talk *talk, struct decoder *decoder, bool several,
                      struct command *say) {
    struct slice text = say->text;
    if (text.size == 0 || text.at[0] != '\x01') return true;
    text = slice_from(text, 1);
    if (text.size > 0 && text.at[text.size - 1] == '\x01') text.size--;
    struct slice word = slice_until(&text, ' ');
    if (irc_same_word(word, "ACTION")) {
        say->speech = SPEECH_ACTION;
        say->text = text;
        return true;
    }
    bool notice = say->speech == SPEECH_NOTICE;
    if (irc_same_word(word, "DCC") || word.size == 0 || say->kind == COMMAND_ASIDE)
        decoder_refuse(decoder, REFUSED_NOT_ALLOWED, 0, (struct slice){0}, say->reply_code);
    else if (!several)
        say->kind = COMMAND_TAG;
    else if (!notice)
        irc_echo_line(talk, decoder, "407 % $ :a question goes to one target", word);
    return say->kind == COMMAND_TAG;
}

/* `:nick!login@host PRIVMSG target :text` is one line for those who hear it (417: the defining
 * numerics list, ERR_INPUTTOOLONG): who sends more than that is told, and nothing is cut. */
static bool line_fits(const struct talk *talk, const struct irc_message *message,
                      struct slice target) {
    const struct irc_own *own = irc_own(talk);
    size_t source = 1u + own->nick_size + 1 + own->login_size + 1;
    size_t words = message->verb.size + 1 + target.size + 2;
    return source + words + irc_param(message, 1).size <= IRC_LINE_SIZE_MAX;
}

/* What the client's tags say to others: those that begin with `+` (message-tags). What the message
 * answers becomes its target, which every dialect understands. */
static void take_tags(const struct talk *talk, struct slice tags, struct buf *kept,
                      struct command *say) {
    if (!(irc_own(talk)->caps & CAP_MESSAGE_TAGS)) return;
    while (tags.size > 0) {
        struct slice tag = slice_until(&tags, ';'), value = tag, room;
        struct slice key = slice_until(&value, '=');
        if (key.size < 2 || key.at[0] != '+') continue;
        uint64_t seq;
        bool reply =
            slice_equal(key, slice_of("+draft/reply")) || slice_equal(key, slice_of("+reply"));
        if (reply && irc_msgid_read(value, &room, &seq)) {
            say->target = seq;
            say->target_hex = irc_hex(room);
            continue;
        }
        if (kept->size > 0) buf_byte(kept, ';');
        buf_put(kept, tag);
    }
    say->tags = buf_slice(kept);
}

/* `@#room`: those of the room who have at least that role. The marks of 005's STATUSMSG. */
static enum role rank_of(struct slice target) {
    static const struct {
        char mark;
        enum role role;
    } ranks[] = {{'~', ROLE_OWNER},
                 {'&', ROLE_OWNER},
                 {'@', ROLE_OPERATOR},
                 {'%', ROLE_OPERATOR},
                 {'+', ROLE_VOICE}};
    if (target.size < 2 || target.at[1] != '#') return ROLE_NONE;
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (ranks[i].mark == target.at[0]) return ranks[i].role;
    return ROLE_NONE;
}

/* The room or the person that is meant. False: the session was told that there is none. */
static bool take_target(const struct talk *talk, struct decoder *decoder, struct slice target,
                        enum command_kind to_person, struct command *command) {
    enum role rank = rank_of(target);
    if (rank != ROLE_NONE && to_person == COMMAND_TELL) {
        command->kind = COMMAND_ASIDE;
        command->number = rank;
        target = slice_from(target, 1);
    }
    if (target.size > 0 && target.at[0] == '#') return irc_channel(talk, decoder, target, command);
    if (target.size == 0) {
        irc_echo_line(talk, decoder, "411 % :no recipient");
        return false;
    }
    command->kind = to_person;
    return decoder_name(decoder, talk, target, command);
}

void irc_say_to(const struct talk *talk, struct decoder *decoder, struct slice target,
                struct slice tags, struct slice cuts, struct slice text, bool notice,
                bool several) {
    char memory[2 * IRC_CLIENT_TAGS_MAX];
    struct buf kept;
    struct command say = {.kind = COMMAND_SAY,
                          .speech = notice ? SPEECH_NOTICE : SPEECH_SAY,
                          .reply_code = notice ? REPLY_NOTICE : REPLY_SAY,
                          .text = text};
    bool nowhere = target.size == 0 || slice_equal(target, slice_of("#"));
    if (notice && nowhere) return; /* no notice is answered (RFC 2812 section 3.3.2) */
    buf_init(&kept, memory, sizeof memory);
    if (cuts.size > 0) {
        buf_text(&kept, "cuts=");
        buf_put(&kept, cuts);
    }
    take_tags(talk, tags, &kept, &say);
    say.tags = buf_slice(&kept);
    if (take_target(talk, decoder, target, COMMAND_TELL, &say) &&
        take_ctcp(talk, decoder, several, &say))
        decoder->give(decoder, &say);
}

enum decoded irc_say(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    bool more, notice = irc_same_word(message->verb, "NOTICE");
    struct slice target = irc_target(message->params[0], talk->number, &more);
    if (!irc_is_service(target) && !line_fits(talk, message, target))
        irc_refuse(decoder, REFUSED_LINE_TOO_LONG, (struct slice){0});
    else if (!irc_is_service(target))
        irc_say_to(talk, decoder, target, message->tags, (struct slice){0}, irc_param(message, 1),
                   notice, more || talk->number > 0);
    else if (!notice)
        irc_ask_service(talk, decoder, target, irc_param(message, 1));
    return irc_next_target(talk, more);
}

/* One of them is a tag for which history keeps a TAGMSG. A reply alone is none: its own message
 * has it; reactions are kept as such. */
static bool keeps_tags(const struct manner *manner, struct slice tags) {
    while (tags.size > 0) {
        struct slice value = slice_until(&tags, ';'), key = slice_until(&value, '=');
        if (slice_starts(key, slice_of("+draft/re"))) continue;
        for (uint32_t i = 0; i < manner->stored_tag_count; i++)
            if (slice_equal(key, manner->stored_tags[i])) return true;
    }
    return false;
}

/* The value of a tag as it was meant (message-tags, "Escaping values"): what is escaped in vain is
 * itself, a backslash at the end is nothing. */
static struct slice unescape(struct slice value, struct buf *out) {
    static const char letters[] = ":srn", meant[] = "; \r\n";
    for (size_t i = 0; i < value.size; i++) {
        char c = value.at[i];
        if (c == '\\') {
            if (++i == value.size) break;
            const char *letter = memchr(letters, value.at[i], sizeof letters - 1);
            c = letter ? meant[letter - letters] : value.at[i];
        }
        buf_byte(out, c);
    }
    return buf_slice(out);
}

/* A reaction is kept like what was said; all other tags are shown live and forgotten. */
enum decoded irc_tagmsg(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    bool more;
    char memory[IRC_CLIENT_TAGS_MAX], meant_memory[IRC_CLIENT_TAGS_MAX];
    struct buf tags, meant;
    struct slice target = irc_target(message->params[0], talk->number, &more), reaction;
    struct command say = {.kind = COMMAND_TAG, .reply_code = REPLY_SAY};
    if (!(irc_own(talk)->caps & CAP_MESSAGE_TAGS)) {
        irc_echo_line(talk, decoder, "421 % TAGMSG :unknown command");
        return DECODED;
    }
    buf_init(&tags, memory, sizeof memory);
    take_tags(talk, message->tags, &tags, &say);
    bool gives = irc_tag(message->tags, "+draft/react", &reaction);
    bool takes = !gives && irc_tag(message->tags, "+draft/unreact", &reaction);
    if (keeps_tags(talk->manner, say.tags)) say.flags |= COMMAND_SETS;
    if (take_target(talk, decoder, target, COMMAND_TAG, &say)) {
        if (say.target != 0 && (gives || takes)) {
            say.kind = COMMAND_REACT;
            say.flags = gives ? COMMAND_SETS : 0;
            buf_init(&meant, meant_memory, sizeof meant_memory);
            say.text = unescape(reaction, &meant);
        }
        decoder->give(decoder, &say);
    }
    return irc_next_target(talk, more);
}

/* draft/relaymsg: an operator says what somebody elsewhere said, under a name with a `/`, which is
 * nobody's here. */
enum decoded irc_relaymsg(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    static const char never[] = "!+%@&#$:'\"?*, ~";
    struct slice name = message->params[1];
    struct command say = {.kind = COMMAND_SAY,
                          .flags = COMMAND_WAITS,
                          .reply_code = REPLY_RELAY,
                          .text = message->params[2]};
    bool bad = name.size < 2 || name.size > USER_NAME_SIZE_MAX || !memchr(name.at, '/', name.size);
    for (size_t i = 0; i < name.size; i++)
        bad |= (unsigned char)name.at[i] <= ' ' || strchr(never, name.at[i]) != NULL;
    if (bad)
        irc_echo_line(talk, decoder, "FAIL RELAYMSG INVALID_NICK :a relayed name has a / in it");
    else if (irc_channel(talk, decoder, message->params[0], &say)) {
        say.name = name;
        decoder->give(decoder, &say);
    }
    return DECODED;
}
