/* irc_register.c: accounts are made by IRC clients
 * (ircv3.net/specs/extensions/account-registration). No mail is ever sent, so that there is no code
 * to verify; where the setting wants an address, this is no way to an account. */
#include "chat/refusal.h"
#include "dialect/irc_account.h"
#include "dialect/irc_write.h"

static enum decoded fail(const struct talk *talk, struct decoder *decoder, const char *code,
                         struct slice account, const char *words) {
    char memory[128];
    struct buf pattern;
    buf_init(&pattern, memory, sizeof memory - 1);
    buf_text(&pattern, "FAIL ");
    buf_text(&pattern, code);
    buf_text(&pattern, " $ :");
    buf_text(&pattern, words);
    pattern.at[pattern.size] = '\0';
    irc_echo_line(talk, decoder, pattern.at, account);
    return DECODED;
}

/* Something, `@`, and a name with a dot or a literal behind it. */
static bool is_address(struct slice text) {
    struct slice host = text, local = slice_until(&host, '@');
    return local.size > 0 && host.size > 2 && !memchr(host.at, '@', host.size) &&
           (memchr(host.at, '.', host.size) || host.at[0] == '[');
}

/* `REGISTER <account or *> <address or *> <password>`; before one comes, of the nick that was said.
 */
enum decoded irc_register(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    const struct irc_own *own = irc_own(talk);
    struct slice account = message->params[0], nick = {own->nick, own->nick_size};
    struct command command = {.kind = COMMAND_REGISTER,
                              .flags = COMMAND_WAITS | COMMAND_KEEPS,
                              .reply_code = REPLY_REGISTER,
                              .dialect = DIALECT_IRC,
                              .address = talk->address,
                              .secret = message->params[2]};
    bool comes = talk->stage == TALK_NEW;
    if (!talk->manner->registers)
        return fail(talk, decoder, "REGISTER TEMPORARILY_UNAVAILABLE", account,
                    "accounts are made by the operator");
    if (own->steps & STEP_ACCOUNT)
        return fail(talk, decoder, "REGISTER ALREADY_AUTHENTICATED", account, "you have one");
    if (comes && !talk->manner->registers_first)
        return fail(talk, decoder, "REGISTER COMPLETE_CONNECTION_REQUIRED", account, "come first");
    if (nick.size == 0)
        return fail(talk, decoder, "REGISTER NEED_NICK", account, "say your nick first");
    if (talk->manner->registers_by_mail && !is_address(message->params[1]))
        return fail(talk, decoder, "REGISTER INVALID_EMAIL", account, "an address is needed");
    if (talk->manner->registers_by_mail)
        return fail(talk, decoder, "REGISTER TEMPORARILY_UNAVAILABLE", account,
                    "no mail is sent from here; ask the operator");
    if (comes) command.flags |= COMMAND_PROVES;
    if (slice_equal(account, slice_of("*"))) account = nick;
    if (comes && !slice_equal(account, nick))
        return fail(talk, decoder, "REGISTER ACCOUNT_NAME_MUST_BE_NICK", account, "as your nick");
    if (decoder_name(decoder, talk, account, &command)) decoder->give(decoder, &command);
    return DECODED;
}

enum decoded irc_verify(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct slice account = message->params[0];
    if (irc_own(talk)->steps & STEP_ACCOUNT)
        return fail(talk, decoder, "VERIFY ALREADY_AUTHENTICATED", account, "you are logged in");
    return fail(talk, decoder, "VERIFY INVALID_CODE", account, "no code was sent to anybody");
}

static const char *code_of(enum refusal why) {
    static const char *const codes[REFUSALS] = {
        [REFUSED_NAME_TAKEN] = "USERNAME_EXISTS",
        [REFUSED_NAME_RESERVED] = "ACCOUNT_EXISTS",
        [REFUSED_NAME_LIKE] = "ACCOUNT_EXISTS",
        [REFUSED_ACCOUNT_EXISTS] = "ACCOUNT_EXISTS",
        [REFUSED_NAME_BAD] = "BAD_ACCOUNT_NAME",
        [REFUSED_NAME_EMPTY] = "BAD_ACCOUNT_NAME",
        [REFUSED_NAME_TOO_LONG] = "BAD_ACCOUNT_NAME",
        [REFUSED_NAME_GIVEN] = "ACCOUNT_NAME_MUST_BE_NICK",
        [REFUSED_NAME_NEEDED] = "COMPLETE_CONNECTION_REQUIRED",
        [REFUSED_LOGIN_GIVEN] = "ALREADY_AUTHENTICATED",
        [REFUSED_SECRET_BAD] = "UNACCEPTABLE_PASSWORD",
    };
    return codes[why] ? codes[why] : "TEMPORARILY_UNAVAILABLE";
}

void irc_answer_unregistered(const struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice name =
        event->text.size > 0 ? event->text : (struct slice){own->nick, own->nick_size};
    char memory[SENTENCE_SIZE_MAX];
    struct buf sentence;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, event->refusal, event->number, slice_head(event->text, 100));
    irc_line(talk, out, "FAIL REGISTER $ $ :&", slice_text(code_of(event->refusal)), name,
             buf_slice(&sentence));
}
