/* address.c: hosts, ports, URLs. */
#include "client/address.h"

#include <stdio.h>

static bool copy(char *to, size_t size, struct slice text) {
    if (text.size >= size) return false;
    memcpy(to, text.at, text.size);
    to[text.size] = 0;
    return true;
}

static bool take_scheme(struct slice *text, bool *secure, const char **port) {
    static const struct {
        const char *start, *port;
        bool secure;
    } schemes[] = {{"ws://", "80", false},
                   {"wss://", "443", true},
                   {"http://", "80", false},
                   {"https://", "443", true}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (!slice_starts(*text, slice_text(schemes[i].start))) continue;
        *text = slice_from(*text, strlen(schemes[i].start));
        *secure = schemes[i].secure;
        *port = schemes[i].port;
        return true;
    }
    return false;
}

static bool is_host(struct slice host) {
    for (size_t i = 0; i < host.size; i++) {
        unsigned char byte = (unsigned char)host.at[i];
        if (byte <= ' ' || byte >= 0x7F || strchr("/?#@[]\"\\", byte)) return false;
    }
    return host.size > 0;
}

/* NAME of a path that ends with `word`NAME; the path then ends before it. */
static bool take_end(struct slice *path, const char *word, char end[ADDRESS_HOST_MAX]) {
    const char *at = path->size ? memmem(path->at, path->size, word, strlen(word)) : NULL;
    if (!at || (at > path->at && at[-1] != '/')) return true;
    struct slice name = slice_from(*path, (size_t)(at - path->at) + strlen(word));
    path->size = (size_t)(at - path->at);
    return copy(end, ADDRESS_HOST_MAX, name);
}

/* What stands behind the host and its slash. */
static bool read_path(struct address *address, struct slice path) {
    for (size_t i = 0; i < path.size; i++)
        if ((unsigned char)path.at[i] <= ' ' || (unsigned char)path.at[i] >= 0x7F) return false;
    while (path.size > 0 && path.at[path.size - 1] == '/')
        path.size--;
    if (!take_end(&path, "invite/", address->invitation)) return false;
    if (!take_end(&path, "r/", address->room)) return false;
    while (path.size > 0 && path.at[path.size - 1] == '/')
        path.size--;
    int size = snprintf(address->path, sizeof address->path, "%s%.*s/ws", path.size ? "/" : "",
                        (int)(path.size < ADDRESS_HOST_MAX ? path.size : 0), path.at);
    return path.size < ADDRESS_HOST_MAX && size < ADDRESS_HOST_MAX;
}

bool address_read(struct address *address, const char *given) {
    *address = (struct address){0};
    struct slice text = slice_text(given);
    const char *port = "7070";
    bool url = take_scheme(&text, &address->secure, &port);
    struct slice place = slice_until(&text, '/');
    if (text.size > 0 && !url) return false;
    if (!read_path(address, text)) return false;
    struct slice host, number;
    bool six = slice_starts(place, slice_of("["));
    if (six && !memchr(place.at, ']', place.size)) return false;
    if (six) {
        number = slice_from(place, 1);
        host = slice_until(&number, ']');
        if (number.size > 0 && number.at[0] != ':') return false;
        number = slice_from(number, 1);
    } else {
        number = place;
        host = slice_until(&number, ':');
    }
    uint64_t value = 0;
    if (number.size == 0) number = slice_text(port);
    if (!is_host(host) || !slice_number(number, 65535, &value) || value == 0) return false;
    if (!copy(address->host, sizeof address->host, host)) return false;
    if (!copy(address->port, sizeof address->port, number)) return false;

    bool known = (address->secure && value == 443) || (url && !address->secure && value == 80);
    snprintf(address->shown, sizeof address->shown, "%s%s%s%s%s", six ? "[" : "", address->host,
             six ? "]" : "", known ? "" : ":", known ? "" : address->port);
    return true;
}
