/* web_host.c: whose request it is: which server it means, which page it comes from, and whom a
 * proxy has sent it for. */
#include "server/web.h"

static struct slice without_port(struct slice authority) {
    if (slice_starts(authority, slice_of("["))) {
        struct slice rest = slice_from(authority, 1);
        return slice_until(&rest, ']');
    }
    return slice_until(&authority, ':');
}

static bool ends_with(struct slice text, struct slice end) {
    return text.size >= end.size && http_same(slice_from(text, text.size - end.size), end);
}

/* What stands behind the scheme of an origin, or nothing. */
static struct slice authority_of(struct slice origin) {
    if (slice_starts(origin, slice_of("http://"))) return slice_from(origin, 7);
    if (slice_starts(origin, slice_of("https://"))) return slice_from(origin, 8);
    return (struct slice){0};
}

/* No name has led there, so that nobody's name server can have lied. A listener on every address
 * of the machine has many; any other one has its own. */
static bool number_fits(struct address host, struct slice listens) {
    static const struct network loopback = {.ip = {[10] = 255, [11] = 255, 127},
                                            .prefix_bits = 104};
    static const uint8_t loopback_6[16] = {[15] = 1};
    static const uint8_t any_6[16] = {0}, any_4[16] = {[10] = 255, [11] = 255};
    struct address own;
    if (address_in(host, loopback) || memcmp(host.ip, loopback_6, 16) == 0) return true;
    if (!address_parse(listens, &own)) return false;
    if (memcmp(own.ip, any_4, 16) == 0 || memcmp(own.ip, any_6, 16) == 0) return true;
    return memcmp(own.ip, host.ip, 16) == 0;
}

bool web_host_fits(const struct http_request *request, const struct manner *manner) {
    struct slice host = without_port(request->authority);
    struct network number;
    if (request->authority.size == 0) return true; /* HTTP/1.0, which no browser speaks */
    if (http_same(host, slice_of("localhost")) || ends_with(host, slice_of(".localhost")))
        return true;
    if (http_same(host, manner->server)) return true;
    for (uint32_t i = 0; i < manner->origin_count; i++)
        if (slice_equal(manner->origins[i], slice_of("*")) ||
            http_same(host, without_port(authority_of(manner->origins[i]))))
            return true;
    if (memchr(host.at, '/', host.size) || !network_parse(host, &number)) return false;
    struct address address = {0};
    memcpy(address.ip, number.ip, sizeof address.ip);
    return number_fits(address, manner->listens);
}

bool web_origin_fits(const struct http_request *request, const struct manner *manner) {
    struct slice origin;
    if (!http_header(request, slice_of("Origin"), &origin)) return true;
    for (uint32_t i = 0; i < manner->origin_count; i++)
        if (slice_equal(manner->origins[i], slice_of("*")) ||
            slice_equal(manner->origins[i], origin))
            return true;
    if (manner->origin_count > 0) return false;
    struct slice own = authority_of(origin);
    return own.size > 0 && http_same(own, request->authority);
}

static bool is_forwarder(const struct manner *manner, struct address peer) {
    static const uint8_t local[16] = {0};
    if (manner->forwards_unix && memcmp(peer.ip, local, sizeof local) == 0) return true;
    for (uint32_t i = 0; i < manner->forwarder_count; i++)
        if (address_in(peer, manner->forwarders[i])) return true;
    return false;
}

/* Each proxy adds whom it was asked by at the end: read from there, up to the first that is none of
 * ours. What stands before that anybody may have written. */
static bool client_of(struct slice list, const struct manner *manner, struct address *client) {
    bool found = false;
    while (list.size > 0) {
        size_t at = list.size;
        while (at > 0 && list.at[at - 1] != ',')
            at--;
        struct network number;
        struct slice word = slice_trim(slice_from(list, at));
        struct address address = {0};
        bool plain = word.size > 0 && !memchr(word.at, '/', word.size);
        if (plain && network_parse(word, &number))
            memcpy(address.ip, number.ip, sizeof address.ip);
        else if (!plain || !address_parse(word, &address))
            return found;
        *client = address;
        found = true;
        if (!is_forwarder(manner, address)) return true;
        list = slice_head(list, at > 0 ? at - 1 : 0);
    }
    return found;
}

void web_forwarded(struct web_asked *asked) {
    struct slice list, scheme;
    if (!is_forwarder(asked->manner, asked->peer)) return;
    size_t lists = 0;
    for (size_t i = 0; i < asked->request->header_count; i++)
        lists += http_same(asked->request->headers[i].name, slice_of("X-Forwarded-For"));
    if (lists == 1 && http_header(asked->request, slice_of("X-Forwarded-For"), &list))
        client_of(list, asked->manner, &asked->peer);
    if (http_header(asked->request, slice_of("X-Forwarded-Proto"), &scheme) &&
        http_same(scheme, slice_of("https")))
        asked->flags |= HTTP_SECURE;
}
