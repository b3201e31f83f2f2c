/* probe.c: writing and reading the measuring line, by fixed positions. */
#include "bench/probe.h"

#include "base/check.h"

enum { AT_SEQUENCE = 4, AT_TIME = 13, AT_FILLING = 29 }; /* in the text; dots stand before them */

static void put_hex(char *at, uint64_t number, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = "0123456789abcdef"[number & 15];
        number >>= 4;
    }
}

static bool take_hex(const char *at, int digits, uint64_t *number) {
    uint64_t value = 0;
    for (int i = 0; i < digits; i++) {
        char c = at[i];
        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        } else {
            return false;
        }
    }
    *number = value;
    return true;
}

static void put_sender(char *at, uint32_t sender) {
    at[0] = (char)('0' + sender / 100);
    at[1] = (char)('0' + sender / 10 % 10);
    at[2] = (char)('0' + sender % 10);
}

void probe_write(char *text, uint32_t text_size, const struct probe *probe) {
    check(text_size >= PROBE_TEXT_MIN && text_size <= PROBE_TEXT_MAX);
    check(probe->sender < PROBE_SENDERS_MAX);
    put_sender(text, probe->sender);
    text[AT_SEQUENCE - 1] = '.';
    put_hex(text + AT_SEQUENCE, probe->sequence, 8);
    text[AT_TIME - 1] = '.';
    put_hex(text + AT_TIME, probe->sent_ns, 16);
    text[AT_FILLING] = '.';
    memset(text + AT_FILLING + 1, 'x', text_size - AT_FILLING - 1);
}

bool probe_read(struct slice line, uint32_t text_size, struct probe *probe) {
    if (line.size != probe_line_size(text_size)) return false;
    const char *text = line.at + PROBE_PREFIX_SIZE;
    uint64_t sender, sequence;
    if (line.at[0] != 's' || memcmp(line.at + 1, text, 3) != 0) return false;
    if (line.at[PROBE_NICK_SIZE] != ':' || line.at[PROBE_NICK_SIZE + 1] != ' ') return false;
    if (!slice_number((struct slice){text, 3}, PROBE_SENDERS_MAX - 1, &sender)) return false;
    if (!take_hex(text + AT_SEQUENCE, 8, &sequence)) return false;
    if (!take_hex(text + AT_TIME, 16, &probe->sent_ns)) return false;
    size_t filling = text_size - AT_FILLING - 1;
    const char *first = text + AT_FILLING + 1;
    if (first[0] != 'x' || memcmp(first, first + 1, filling - 1) != 0) return false;
    if (text[text_size] != '\r' || text[text_size + 1] != '\n') return false;
    probe->sender = (uint32_t)sender;
    probe->sequence = (uint32_t)sequence;
    return true;
}
