/* webhook.c: the form of an address, and lines of a list. */
#include "chat/webhook.h"

#include "base/check.h"

bool webhook_url_fits(struct slice url) {
    bool secure = slice_starts(url, slice_of("https://"));
    if (url.size > WEBHOOK_URL_MAX || (!secure && !slice_starts(url, slice_of("http://"))))
        return false;
    struct slice rest = slice_from(url, secure ? sizeof "https://" - 1 : sizeof "http://" - 1);
    size_t host = 0;
    while (host < rest.size && rest.at[host] != '/' && rest.at[host] != '?')
        host++;
    for (size_t i = 0; i < rest.size; i++) {
        char c = rest.at[i];
        if (c <= ' ' || c > '~' || strchr("\"<>\\^`{|}#", c)) return false;
        if (c == '@' && i < host) return false;
    }
    return host > 0 && rest.at[0] != ':';
}

const char *webhook_fault_word(enum webhook_fault fault) {
    static const char *const words[WEBHOOK_FAULTS] = {
        [WEBHOOK_FINE] = "",
        [WEBHOOK_STATUS] = "status",
        [WEBHOOK_NO_HOST] = "host_unknown",
        [WEBHOOK_NOT_ALLOWED] = "address_not_allowed",
        [WEBHOOK_UNREACHABLE] = "unreachable",
        [WEBHOOK_TOO_LATE] = "too_late",
        [WEBHOOK_TLS] = "tls",
    };
    check(fault < WEBHOOK_FAULTS);
    return words[fault];
}

void webhook_line_put(struct buf *out, const struct webhook_line *line) {
    buf_number(out, line->number);
    buf_byte(out, '\t');
    buf_put(out, line->maker);
    const uint64_t numbers[] = {line->behind, line->failures, line->status};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        buf_byte(out, '\t');
        buf_number(out, numbers[i]);
    }
    buf_byte(out, '\t');
    buf_put(out, line->fault);
    buf_byte(out, '\t');
    buf_put(out, line->url);
    buf_byte(out, '\n');
}

bool webhook_line_take(struct slice *lines, struct webhook_line *line) {
    if (lines->size == 0) return false;
    struct slice rest = slice_until(lines, '\n');
    uint64_t *const numbers[] = {&line->behind, &line->failures, &line->status};
    *line = (struct webhook_line){0};
    if (!slice_number(slice_until(&rest, '\t'), UINT64_MAX, &line->number)) return false;
    line->maker = slice_until(&rest, '\t');
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!slice_number(slice_until(&rest, '\t'), UINT64_MAX, numbers[i])) return false;
    line->fault = slice_until(&rest, '\t');
    line->url = rest;
    return true;
}
