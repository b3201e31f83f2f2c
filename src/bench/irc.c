/* irc.c: receivers that speak IRC, each with one of some sets of capabilities. */
#include "bench/irc.h"

#include "base/check.h"
#include "bench/halt.h"

#include <stdio.h>

enum { SETS_MAX = 8 };

/* Without names, which would be as many lines for each as there are people. */
static const char *const sets[SETS_MAX] = {
    "",
    " server-time",
    " message-tags",
    " message-tags server-time",
    " message-tags server-time account-tag",
    " message-tags server-time batch account-tag extended-join",
    " server-time away-notify account-notify",
    " message-tags server-time batch echo-message labeled-response multi-prefix setname",
};

static size_t greet(char *to, size_t size, uint32_t index, uint32_t set, uint16_t port) {
    (void)port;
    int written = snprintf(to, size,
                           "CAP REQ :draft/no-implicit-names%s\r\nNICK r%05u\r\n"
                           "USER r 0 * :r\r\nCAP END\r\nJOIN #lobby\r\nPING in\r\n",
                           sets[set], index);
    check(written > 0 && (size_t)written < size);
    return (size_t)written;
}

static uint64_t split(struct receiver *receiver, struct slice bytes, char *memory,
                      struct slice *message) {
    uint64_t lines = 0;
    const char *last = NULL, *before = NULL, *end;
    struct slice rest = bytes;
    while (rest.size > 0 && (end = memchr(rest.at, '\n', rest.size)) != NULL) {
        lines++;
        before = last;
        last = end;
        rest = slice_from(rest, (size_t)(end - rest.at) + 1);
    }
    if (lines > 0) {
        const char *begin = before ? before + 1 : bytes.at;
        size_t kept = before ? 0 : receiver->kept_size, size = (size_t)(last - begin);
        if (size > RECEIVER_KEPT_MAX) halt(HALT_FAILED, "a line of %zu bytes", size);
        memcpy(memory, receiver->kept, kept);
        memcpy(memory + kept, begin, size);
        *message = (struct slice){memory, kept + size};
        receiver->kept_size = 0;
    }
    if (receiver->kept_size + rest.size > RECEIVER_KEPT_MAX)
        halt(HALT_FAILED, "a line without an end");
    memcpy(receiver->kept + receiver->kept_size, rest.at, rest.size);
    receiver->kept_size += (uint32_t)rest.size;
    return lines;
}

const struct audience_dialect bench_irc = {
    .title = "irc",
    .about = "Fan-out to IRC clients beside that to line clients.",
    .in = {" PONG ", 6},
    .said = {" PRIVMSG #lobby :", 17},
    .sets = SETS_MAX,
    .greet = greet,
    .split = split,
};

int irc_main(int argc, char **argv) {
    return beside_main(&bench_irc, argc, argv);
}
