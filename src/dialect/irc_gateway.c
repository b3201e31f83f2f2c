/* irc_gateway.c: who brings people from elsewhere and says from where
 * (ircv3.net/specs/extensions/webirc). What a gateway says counts from then on as if the person had
 * connected from there: limits, delays and bans are about her address, not about the gateway's. */
#include "dialect/irc_write.h"

static bool is_gateway(const struct talk *talk) {
    static const uint8_t none[16];
    const struct manner *manner = talk->manner;
    bool local = memcmp(talk->address.ip, none, sizeof none) == 0;
    if (local) return manner->gateways_unix;
    for (uint32_t i = 0; i < manner->gateway_count; i++)
        if (address_in(talk->address, manner->gateways[i])) return true;
    return false;
}

static bool password_is_right(const struct talk *talk, struct slice password) {
    unsigned char hash[SECRET_HASH_SIZE];
    secret_hash(password, hash);
    return secret_same(hash, talk->manner->gateway_password, sizeof hash);
}

/* Whether `secure` is among the options: she came to the gateway by TLS. It counts only where the
 * gateway itself came so, or is on this host. */
static bool says_secure(struct slice options) {
    struct slice word;
    while ((word = slice_word(&options)).size > 0) {
        struct slice name = slice_until(&word, '=');
        if (slice_equal(name, slice_of("secure"))) return true;
    }
    return false;
}

/* WEBIRC password gateway hostname ip [:options], before anything else. */
enum decoded irc_webirc(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct network from;
    struct irc_own *own = irc_own(talk);
    struct slice ip = message->params[3];
    bool first = talk->stage == TALK_NEW && own->nick_size == 0 && !talk->brought &&
                 (own->steps & (STEP_USER | STEP_CAP | STEP_ACCOUNT)) == 0;
    if (!first) {
        irc_refuse(decoder, REFUSED_NAME_GIVEN, (struct slice){0});
        return DECODED;
    }
    if (!is_gateway(talk) || !password_is_right(talk, message->params[0])) {
        irc_end(decoder, slice_of("you are no gateway of this server"));
        return DECODED;
    }
    if (!network_parse(ip, &from) || memchr(ip.at, '/', ip.size)) {
        irc_end(decoder, slice_of("that is no address"));
        return DECODED;
    }
    struct network loopback = {.ip = {[10] = 255, [11] = 255, 127}, .prefix_bits = 104};
    bool near = talk->secure || address_in(talk->address, loopback);
    memcpy(talk->address.ip, from.ip, sizeof talk->address.ip);
    talk->secure = near && says_secure(irc_param(message, 4));
    talk->brought = true;
    return DECODED;
}
