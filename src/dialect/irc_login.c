/* irc_login.c: SASL (ircv3.net/specs/extensions/sasl-3.1) with PLAIN (RFC 4616), SCRAM-SHA-256
 * (RFC 5802, RFC 7677) and EXTERNAL (RFC 4422 appendix A), and who runs the server. What a client
 * gives comes in pieces of 400 bytes of base64; the last is shorter, or `+`. */
#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/secret.h"
#include "dialect/irc_account.h"
#include "dialect/irc_write.h"

enum {
    PIECE_SIZE = 400,
    GIVEN_SIZE_MAX = 4 * PIECE_SIZE,
    MESSAGE_SIZE_MAX = GIVEN_SIZE_MAX / 4 * 3,
    NONCE_SIZE_MAX = 128,
};

static void wipe(char **bytes, uint32_t *size) {
    if (*bytes) secret_wipe(*bytes, *size);
    free(*bytes);
    *bytes = NULL;
    *size = 0;
}

void irc_sasl_end(struct irc_own *own) {
    wipe(&own->given, &own->given_size);
    wipe(&own->scram, &own->scram_size);
    own->sasl = SASL_NONE;
}

static enum decoded fail(struct talk *talk, struct decoder *decoder, const char *pattern) {
    irc_sasl_end(irc_own(talk));
    irc_echo_line(talk, decoder, pattern);
    return DECODED;
}

static enum decoded unreadable(struct talk *talk, struct decoder *decoder) {
    return fail(talk, decoder, "904 % :this is not what the mechanism says");
}

/* False: no memory, or more than any mechanism needs. */
static bool bytes_add(char **bytes, uint32_t *size, struct slice piece) {
    if (*size + piece.size > GIVEN_SIZE_MAX) return false;
    char *fresh = malloc(*size + piece.size + 1);
    if (!fresh) return false;
    if (*size > 0) {
        memcpy(fresh, *bytes, *size);
        secret_wipe(*bytes, *size);
    }
    memcpy(fresh + *size, piece.at, piece.size);
    free(*bytes);
    *bytes = fresh;
    *size += (uint32_t)piece.size;
    return true;
}

/* What was given, out of its base64. False: it is none. */
static bool given_take(struct irc_own *own, char bytes[MESSAGE_SIZE_MAX], struct slice *message) {
    size_t size = 0;
    bool read =
        sodium_base642bin((unsigned char *)bytes, MESSAGE_SIZE_MAX, own->given ? own->given : "",
                          own->given_size, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
    wipe(&own->given, &own->given_size);
    *message = (struct slice){bytes, size};
    return read;
}

/* ---- PLAIN ---- */

/* RFC 4616: who she wants to be, NUL, who she is, NUL, her password. */
static bool plain_read(struct slice bytes, struct slice *name, struct slice *secret) {
    struct slice wanted = slice_until(&bytes, '\0');
    *name = slice_until(&bytes, '\0');
    *secret = bytes;
    if (wanted.size > 0 && !slice_equal(wanted, *name)) return false;
    return name->size > 0 && secret->size > 0 && !text_has_forbidden(*secret);
}

static struct command login_command(const struct talk *talk, enum command_kind kind) {
    struct command login = {.kind = kind,
                            .flags = COMMAND_WAITS | COMMAND_KEEPS,
                            .reply_code = REPLY_SASL,
                            .dialect = DIALECT_IRC,
                            .address = talk->address};
    if (talk->stage == TALK_NEW) login.flags |= COMMAND_PROVES;
    return login;
}

static enum decoded plain(struct talk *talk, struct decoder *decoder, struct slice message) {
    struct command login = login_command(talk, COMMAND_LOGIN);
    struct slice name;
    irc_sasl_end(irc_own(talk));
    if (!plain_read(message, &name, &login.secret)) return unreadable(talk, decoder);
    if (decoder_name(decoder, talk, name, &login)) decoder->give(decoder, &login);
    return DECODED;
}

/* ---- SCRAM-SHA-256 ---- */

/* The value of the attribute that comes next, `n=alice,`. */
static bool attribute(struct slice *message, char key, struct slice *value) {
    struct slice whole = slice_until(message, ',');
    *value = slice_from(whole, whole.size < 2 ? whole.size : 2);
    return whole.size > 2 && whole.at[0] == key && whole.at[1] == '=';
}

/* RFC 5802 section 5.1: `=2C` is a comma, `=3D` an equals sign. False: another `=` is in it. */
static bool name_plain(struct slice name, struct buf *out) {
    while (name.size > 0) {
        char c = name.at[0];
        bool escaped = c == '=';
        if (escaped && slice_starts(name, slice_of("=2C")))
            c = ',';
        else if (escaped && !slice_starts(name, slice_of("=3D")))
            return false;
        name = slice_from(name, escaped ? 3 : 1);
        buf_byte(out, c);
    }
    return buf_ok(out);
}

/* RFC 5802 section 7: gs2-header n=name,r=nonce */
struct scram_first {
    struct slice header, bare, name, nonce; /* the name still escaped */
};

static bool first_read(struct slice message, struct scram_first *first) {
    struct slice rest = message, wanted;
    struct slice flag = slice_until(&rest, ',');
    bool none = rest.size > 0 && rest.at[0] == ',';
    if (!slice_equal(flag, slice_of("n")) && !slice_equal(flag, slice_of("y"))) return false;
    if (none)
        wanted = slice_until(&rest, ',');
    else if (!attribute(&rest, 'a', &wanted))
        return false;
    first->header = slice_head(message, message.size - rest.size);
    first->bare = rest;
    if (!attribute(&rest, 'n', &first->name) || !attribute(&rest, 'r', &first->nonce)) return false;
    if (first->nonce.size > NONCE_SIZE_MAX) return false;
    return none || slice_equal(wanted, first->name);
}

static enum decoded scram_first(struct talk *talk, struct decoder *decoder, struct slice message) {
    struct irc_own *own = irc_own(talk);
    struct scram_first first;
    char memory[USER_NAME_SIZE_MAX];
    struct buf name;
    buf_init(&name, memory, sizeof memory);
    if (!first_read(message, &first) || !name_plain(first.name, &name))
        return unreadable(talk, decoder);
    bool kept = bytes_add(&own->scram, &own->scram_size, first.header) &&
                bytes_add(&own->scram, &own->scram_size, (struct slice){"", 1}) &&
                bytes_add(&own->scram, &own->scram_size, first.bare);
    if (!kept) return fail(talk, decoder, "905 % :that is too long");
    struct command scram = login_command(talk, COMMAND_SCRAM);
    scram.number = SCRAM_CHALLENGE;
    scram.text = first.nonce;
    if (decoder_name(decoder, talk, buf_slice(&name), &scram)) decoder->give(decoder, &scram);
    return DECODED;
}

/* What was said so far: header, NUL, n=name,r=nonce,r=nonce...,s=salt,i=rounds */
struct scram_said {
    struct slice header, messages, name, nonce;
};

static bool said_read(const struct irc_own *own, struct scram_said *said) {
    struct slice rest = {own->scram, own->scram_size}, ignored;
    said->header = slice_until(&rest, '\0');
    said->messages = rest;
    if (!attribute(&rest, 'n', &said->name) || !attribute(&rest, 'r', &ignored)) return false;
    while (rest.size > 0 && !slice_starts(rest, slice_of("r=")))
        slice_until(&rest, ','); /* extensions of hers */
    return attribute(&rest, 'r', &said->nonce);
}

static bool header_is_bound(struct slice bound, struct slice header) {
    unsigned char bytes[MESSAGE_SIZE_MAX];
    size_t size = 0;
    return sodium_base642bin(bytes, sizeof bytes, bound.at, bound.size, NULL, &size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           slice_equal(header, (struct slice){(char *)bytes, size});
}

/* c=header,r=nonce,p=proof: the proof is of all that was said but itself. */
static enum decoded scram_final(struct talk *talk, struct decoder *decoder, struct slice message) {
    struct irc_own *own = irc_own(talk);
    struct scram_said said;
    struct slice rest = message, bound, nonce;
    unsigned char proof[32];
    char all[2 * GIVEN_SIZE_MAX], memory[USER_NAME_SIZE_MAX];
    size_t proof_size = 0;
    struct buf messages, name;
    const char *last = memmem(message.at, message.size, ",p=", 3);
    if (!said_read(own, &said) || !attribute(&rest, 'c', &bound) ||
        !attribute(&rest, 'r', &nonce) || !last || !header_is_bound(bound, said.header) ||
        !slice_equal(nonce, said.nonce))
        return unreadable(talk, decoder);
    struct slice before = slice_head(message, (size_t)(last - message.at));
    struct slice text = slice_from(message, before.size + 3);
    if (sodium_base642bin(proof, sizeof proof, text.at, text.size, NULL, &proof_size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        proof_size != sizeof proof)
        return unreadable(talk, decoder);
    buf_init(&messages, all, sizeof all);
    buf_put(&messages, said.messages);
    buf_byte(&messages, ',');
    buf_put(&messages, before);
    buf_init(&name, memory, sizeof memory);
    check(buf_ok(&messages) && name_plain(said.name, &name));
    struct command scram = login_command(talk, COMMAND_SCRAM);
    scram.number = SCRAM_PROOF;
    scram.text = buf_slice(&messages);
    scram.secret = (struct slice){(char *)proof, sizeof proof};
    if (decoder_name(decoder, talk, buf_slice(&name), &scram)) decoder->give(decoder, &scram);
    return DECODED;
}

/* The server's message is said in base64; what comes next is awaited. */
void irc_answer_scram(struct talk *talk, const struct event *event, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    bool ends = own->sasl == SASL_SCRAM_FINAL;
    char text[PIECE_SIZE];
    check(sodium_base64_encoded_len(event->text.size, sodium_base64_VARIANT_ORIGINAL) <=
          sizeof text);
    bool kept = ends || (bytes_add(&own->scram, &own->scram_size, slice_of(",")) &&
                         bytes_add(&own->scram, &own->scram_size, event->text));
    if (!kept) {
        irc_sasl_end(own);
        irc_line(talk, out, "904 % :no memory is left");
        return;
    }
    own->sasl = ends ? SASL_SCRAM_END : SASL_SCRAM_FINAL;
    buf_text(out, "AUTHENTICATE ");
    buf_text(out, sodium_bin2base64(text, sizeof text, (const unsigned char *)event->text.at,
                                    event->text.size, sodium_base64_VARIANT_ORIGINAL));
    irc_line_end(out);
}

/* ---- EXTERNAL ---- */

/* Her client may show a certificate: what she speaks goes through TLS from end to end, and began as
 * IRC. */
static bool may_show_certificate(const struct talk *talk) {
    return talk->secure && !talk->brought && talk->framing == FRAMING_NONE;
}

/* Who she wants to be, or nothing: whose the certificate is. */
static enum decoded external(struct talk *talk, struct decoder *decoder, struct slice wanted) {
    struct command login = login_command(talk, COMMAND_LOGIN);
    login.flags |= COMMAND_BY_CERT;
    irc_sasl_end(irc_own(talk));
    if (wanted.size == 0 || decoder_name(decoder, talk, wanted, &login))
        decoder->give(decoder, &login);
    return DECODED;
}

/* ---- all of them ---- */

void irc_put_mechanisms(const struct talk *talk, struct buf *out) {
    buf_text(out, "PLAIN");
    if (may_show_certificate(talk)) buf_text(out, ",EXTERNAL");
    if (talk->manner->scram) buf_text(out, ",SCRAM-SHA-256");
}

static enum decoded message_whole(struct talk *talk, struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    char bytes[MESSAGE_SIZE_MAX];
    struct slice message;
    enum decoded decoded = DECODED;
    if (!given_take(own, bytes, &message)) return unreadable(talk, decoder);
    switch ((enum irc_sasl)own->sasl) {
    case SASL_NONE: check(false); break;
    case SASL_PLAIN: decoded = plain(talk, decoder, message); break;
    case SASL_EXTERNAL: decoded = external(talk, decoder, message); break;
    case SASL_SCRAM_FIRST: decoded = scram_first(talk, decoder, message); break;
    case SASL_SCRAM_FINAL: decoded = scram_final(talk, decoder, message); break;
    case SASL_SCRAM_END: {
        struct command come = login_command(talk, COMMAND_SCRAM);
        come.number = SCRAM_COME;
        irc_sasl_end(own);
        decoder->give(decoder, &come);
        break;
    }
    }
    secret_wipe(bytes, sizeof bytes);
    return decoded;
}

static enum decoded begin(struct talk *talk, struct decoder *decoder, struct slice mechanism) {
    struct irc_own *own = irc_own(talk);
    bool scram = talk->manner->scram;
    if (irc_same_word(mechanism, "PLAIN")) {
        own->sasl = SASL_PLAIN;
    } else if (scram && irc_same_word(mechanism, "SCRAM-SHA-256")) {
        own->sasl = SASL_SCRAM_FIRST;
    } else if (may_show_certificate(talk) && irc_same_word(mechanism, "EXTERNAL")) {
        own->sasl = SASL_EXTERNAL;
    } else {
        char memory[40];
        struct buf mechanisms;
        buf_init(&mechanisms, memory, sizeof memory);
        irc_put_mechanisms(talk, &mechanisms);
        irc_echo_line(talk, decoder, "908 % $ :are the mechanisms that there are",
                      buf_slice(&mechanisms));
        return fail(talk, decoder, "904 % :there is no such mechanism");
    }
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
    if (!none && !bytes_add(&own->given, &own->given_size, piece))
        return fail(talk, decoder, "905 % :that is too long");
    if (piece.size == PIECE_SIZE) return DECODED;
    return message_whole(talk, decoder);
}

/* `900 alice alice!a@host account :words`, for whatever way she came. */
static void put_logged_in(const struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    size_t begin = out->size;
    irc_line(talk, out, "900 %");
    out->size -= 2;
    buf_byte(out, ' ');
    if (talk->stage == TALK_NEW)
        buf_text(out, "*!*@*");
    else
        irc_put_mask(out, irc_nick_of(talk), (struct slice){own->login, own->login_size});
    buf_byte(out, ' ');
    text_show(out, event->author_name);
    buf_text(out, " :you are logged in as ");
    irc_put_text(out, begin, event->author_name);
    irc_line_end(out);
}

void irc_answer_logged_in(struct talk *talk, const struct event *event, struct buf *out) {
    irc_own(talk)->steps |= STEP_ACCOUNT;
    if (event->reply_code == REPLY_REGISTER)
        irc_line(talk, out, "REGISTER SUCCESS $ :the account is made", event->author_name);
    if (event->reply_code == REPLY_NONE || event->reply_code == REPLY_HELLO) return;
    put_logged_in(talk, event, out);
    if (event->reply_code == REPLY_SASL) irc_line(talk, out, "903 % :logged in");
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
