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

bool address_read(struct address *address, const char *given) {
    *address = (struct address){0};
    struct slice text = slice_text(given);
    const char *port = "7070";
    bool url = take_scheme(&text, &address->secure, &port);
    struct slice place = slice_until(&text, '/');
    if (text.size > 0 && !url) return false;
    while (text.size > 0 && text.at[text.size - 1] == '/')
        text.size--;
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.at[i] <= ' ' || (unsigned char)text.at[i] >= 0x7F) return false;
    if (text.size > ADDRESS_HOST_MAX - 8) return false;
    snprintf(address->path, sizeof address->path, "%s%.*s/ws", text.size ? "/" : "", (int)text.size,
             text.at);
    struct slice host = place, number = {0};
    bool six = slice_starts(place, slice_of("["));
    if (six) {
        host = slice_from(place, 1);
        number = host;
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
