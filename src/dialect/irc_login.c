/* irc_login.c: SASL (ircv3.net/specs/extensions/sasl-3.1, RFC 4616), and who runs the server. What
 * a client gives comes in pieces of 400 bytes of base64; the last is shorter, or `+`. */
#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/secret.h"
#include "dialect/irc_write.h"

enum { PIECE_SIZE = 400, GIVEN_SIZE_MAX = 4 * PIECE_SIZE, PLAIN_SIZE_MAX = 1024 };

static void given_drop(struct irc_own *own) {
    if (own->given) secret_wipe(own->given, own->given_size);
    free(own->given);
    own->given = NULL;
    own->given_size = 0;
    own->sasl = SASL_NONE;
}

static enum decoded fail(struct talk *talk, struct decoder *decoder, const char *pattern) {
    given_drop(irc_own(talk));
    irc_echo_line(talk, decoder, pattern);
    return DECODED;
}

/* False: no memory, or more than any mechanism needs. */
static bool given_add(struct irc_own *own, struct slice piece) {
    if (own->given_size + piece.size > GIVEN_SIZE_MAX) return false;
    char *fresh = malloc(own->given_size + piece.size + 1);
    if (!fresh) return false;
    if (own->given_size > 0) {
        memcpy(fresh, own->given, own->given_size);
        secret_wipe(own->given, own->given_size);
    }
    memcpy(fresh + own->given_size, piece.at, piece.size);
    free(own->given);
    own->given = fresh;
    own->given_size += (uint32_t)piece.size;
    return true;
}

/* RFC 4616: who she wants to be, NUL, who she is, NUL, her password. */
static bool plain_read(struct slice bytes, struct slice *name, struct slice *secret) {
    struct slice wanted = slice_until(&bytes, '\0');
    *name = slice_until(&bytes, '\0');
    *secret = bytes;
    if (wanted.size > 0 && !slice_equal(wanted, *name)) return false;
    return name->size > 0 && secret->size > 0 && !text_has_forbidden(*secret);
}

static enum decoded plain(struct talk *talk, struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    char bytes[PLAIN_SIZE_MAX];
    struct slice name, secret;
    size_t size = 0;
    bool read =
        sodium_base642bin((unsigned char *)bytes, sizeof bytes, own->given ? own->given : "",
                          own->given_size, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
    given_drop(own);
    if (!read || !plain_read((struct slice){bytes, size}, &name, &secret)) {
        secret_wipe(bytes, sizeof bytes);
        return fail(talk, decoder, "904 % :this is no SASL PLAIN");
    }
    struct command login = {.kind = COMMAND_LOGIN,
                            .flags = COMMAND_WAITS | COMMAND_KEEPS,
                            .reply_code = REPLY_SASL,
                            .dialect = DIALECT_IRC,
                            .address = talk->address,
                            .secret = secret};
    if (talk->stage == TALK_NEW) login.flags |= COMMAND_PROVES;
    if (decoder_name(decoder, talk, name, &login)) decoder->give(decoder, &login);
    secret_wipe(bytes, sizeof bytes);
    return DECODED;
}

static enum decoded begin(struct talk *talk, struct decoder *decoder, struct slice mechanism) {
    struct irc_own *own = irc_own(talk);
    if (!irc_same_word(mechanism, "PLAIN")) {
        irc_echo_line(talk, decoder, "908 % PLAIN :are the mechanisms that there are");
        return fail(talk, decoder, "904 % :there is no such mechanism");
    }
    own->sasl = SASL_PLAIN;
    irc_echo(decoder, ECHO_BARE, slice_of("AUTHENTICATE +"));
    return DECODED;
}

enum decoded irc_authenticate(struct talk *talk, const struct irc_message *message,
                              struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    struct slice piece = message->params[0];
    if (slice_equal(piece, slice_of("*"))) return fail(talk, decoder, "906 % :given up");
    if (own->steps & STEP_ACCOUNT && talk->stage == TALK_NEW)
        return fail(talk, decoder, "907 % :you have logged in already");
    if (own->sasl == SASL_NONE) return begin(talk, decoder, piece);
    if (piece.size > PIECE_SIZE) return fail(talk, decoder, "905 % :a piece has 400 bytes at most");
    bool none = slice_equal(piece, slice_of("+"));
    if (!none && !given_add(own, piece)) return fail(talk, decoder, "905 % :that is too long");
    if (piece.size == PIECE_SIZE) return DECODED;
    return plain(talk, decoder);
}

enum decoded irc_oper(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk;
    struct command oper = {.kind = COMMAND_OPER,
                           .flags = COMMAND_WAITS,
                           .reply_code = REPLY_OPER,
                           .name = message->params[0],
                           .secret = message->params[1]};
    decoder->give(decoder, &oper);
    return DECODED;
}
