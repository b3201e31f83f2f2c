/* config_address.c: see config_address.h. */
#include "server/config_address.h"

#include <sys/un.h>

enum { MAPPED_BITS = 96 };

static bool unix_parse(struct slice text, struct config_address *address) {
    size_t path_max = sizeof((struct sockaddr_un){0}.sun_path) - 1;
    struct slice path = slice_from(text, slice_of("unix:").size);
    if (path.size == 0 || path.size > path_max) return false;
    *address = (struct config_address){.family = AF_UNIX, .text = text, .path = path};
    return true;
}

bool config_address_parse(struct slice text, struct config_address *address) {
    if (slice_starts(text, slice_of("unix:"))) return unix_parse(text, address);
    struct config_address parsed = {.family = AF_INET, .text = text};
    struct slice numeric = text;
    char memory[ADDRESS_TEXT_SIZE_MAX];
    if (slice_starts(text, slice_of("localhost:"))) {
        struct buf buf;
        buf_init(&buf, memory, sizeof memory);
        buf_text(&buf, "127.0.0.1");
        buf_put(&buf, slice_from(text, slice_of("localhost").size));
        if (!buf_ok(&buf)) return false;
        numeric = buf_slice(&buf);
    }
    /* What address_text() writes for a Unix socket is read back too, but nothing can bind to it. */
    if (slice_equal(text, slice_of("local")) || !address_parse(numeric, &parsed.inet)) return false;
    if (slice_starts(text, slice_of("["))) parsed.family = AF_INET6;
    *address = parsed;
    return true;
}

bool config_network_is_whole(struct network network) {
    struct address any_ipv4 = {.ip = {[10] = 0xff, [11] = 0xff}, .port = 1};
    return network.prefix_bits <= MAPPED_BITS && address_in(any_ipv4, network);
}

bool config_networks_hold(const struct config_networks *networks, struct address peer) {
    static const struct address unix_socket;
    if (peer.port == 0 && memcmp(peer.ip, unix_socket.ip, sizeof peer.ip) == 0) {
        return networks->unix_peers;
    }
    for (uint32_t i = 0; i < networks->count; i++) {
        if (address_in(peer, networks->at[i])) return true;
    }
    return false;
}
