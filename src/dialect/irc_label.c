/* irc_label.c: which lines answer a line that had a label (labeled-response). One line bears the
 * label itself, several are a batch that bears it, none is said in so many words. What comes from
 * the hub comes in its turn: a line's answers stand between its first command and the ping behind
 * its last. The first line is held back until it is known whether a second follows. A batch that
 * is the whole answer bears the label itself. */
#include <stdlib.h>

#include "base/check.h"
#include "dialect/irc_account.h"
#include "dialect/irc_fact.h"
#include "dialect/irc_history.h"
#include "dialect/irc_write.h"

static struct slice label_of(const struct irc_own *own) {
    return (struct slice){own->label, own->label_size};
}

static struct slice held_of(const struct irc_own *own) {
    return (struct slice){own->held, own->held_size};
}

static void held_drop(struct irc_own *own) {
    free(own->held);
    own->held = NULL;
    own->held_size = 0;
}

void irc_forget(struct talk *talk) {
    struct irc_own *own = irc_own(talk);
    if (!own) return;
    held_drop(own);
    irc_batch_drop(own);
    free(own->away);
    own->away = NULL;
    irc_sasl_end(own);
    irc_forget_facts(own);
}

void irc_label_begin(struct talk *talk, struct slice label) {
    struct irc_own *own = irc_own(talk);
    check(label.size <= IRC_LABEL_MAX);
    memcpy(own->label, label.at, label.size);
    own->label_size = (uint8_t)label.size;
    own->steps |= STEP_LABEL;
    own->steps &= (uint8_t)~STEP_BATCH;
    held_drop(own);
}

/* The line with one tag more, before those that it has. */
static void put_tagged(struct buf *out, const char *key, struct slice value, struct slice line) {
    bool tagged = line.size > 0 && line.at[0] == '@';
    buf_byte(out, '@');
    buf_text(out, key);
    buf_put(out, value);
    buf_byte(out, tagged ? ';' : ' ');
    buf_put(out, tagged ? slice_from(line, 1) : line);
}

static struct slice batch_name(const struct irc_own *own, char memory[16]) {
    struct buf name;
    buf_init(&name, memory, 16);
    buf_byte(&name, 'l');
    buf_number(&name, own->batches);
    return buf_slice(&name);
}

/* Lines of another batch have its name already. */
static bool in_batch(struct slice line) {
    return slice_starts(line, slice_of("@batch="));
}

static void put_batched(const struct irc_own *own, struct slice lines, struct buf *out) {
    char memory[16];
    struct slice name = batch_name(own, memory);
    while (lines.size > 0) {
        const char *end = memchr(lines.at, '\n', lines.size);
        check(end != NULL);
        struct slice line = {lines.at, (size_t)(end - lines.at) + 1};
        lines = slice_from(lines, line.size);
        if (in_batch(line))
            buf_put(out, line);
        else
            put_tagged(out, "batch=", name, line);
    }
}

static void batch_begin(struct talk *talk, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    char memory[16], line_memory[128];
    struct buf line;
    own->batches++;
    own->steps |= STEP_BATCH;
    buf_init(&line, line_memory, sizeof line_memory);
    irc_line(talk, &line, "BATCH +$ labeled-response", batch_name(own, memory));
    put_tagged(out, "label=", label_of(own), buf_slice(&line));
}

static size_t line_count(struct slice lines) {
    size_t count = 0;
    for (size_t i = 0; i < lines.size; i++)
        count += lines.at[i] == '\n';
    return count;
}

/* A copy of the bytes; NULL: no memory. */
static char *copy_of(struct slice bytes) {
    char *copy = malloc(bytes.size);
    if (copy) memcpy(copy, bytes.at, bytes.size);
    return copy;
}

/* The name of the batch that a line begins (`+`) or ends (`-`); empty: it does not. */
static struct slice batch_named(struct slice line, char sign) {
    struct slice word = slice_until(&line, ' ');
    if (slice_starts(word, slice_of("@"))) word = slice_until(&line, ' ');
    if (slice_starts(word, slice_of(":"))) word = slice_until(&line, ' ');
    if (!slice_equal(word, slice_of("BATCH")) || line.size == 0 || line.at[0] != sign)
        return (struct slice){0};
    size_t size = 1;
    while (size < line.size && (unsigned char)line.at[size] > ' ')
        size++;
    return slice_from(slice_head(line, size), 1);
}

static struct slice last_line(struct slice lines) {
    size_t at = lines.size - 1;
    while (at > 0 && lines.at[at - 1] != '\n')
        at--;
    return slice_from(lines, at);
}

void irc_label_lines(struct talk *talk, struct buf *out, size_t begin) {
    struct irc_own *own = irc_own(talk);
    struct slice lines = slice_from(buf_slice(out), begin);
    if (lines.size == 0 || !(own->steps & STEP_LABEL)) return;
    bool open = own->steps & STEP_BATCH;
    struct slice batch = !open && !own->held ? batch_named(lines, '+') : (struct slice){0};
    bool whole = batch.size > 0 && slice_equal(batch, batch_named(last_line(lines), '-'));
    char *copy = copy_of(lines);
    if (!copy) return; /* it is answered, without its label */
    out->size = begin;
    if (batch.size > 0 && !whole) { /* more of it comes, and nothing but it */
        put_tagged(out, "label=", label_of(own), (struct slice){copy, lines.size});
        own->steps &= (uint8_t)~STEP_LABEL;
        free(copy);
        return;
    }
    if (!open && !own->held && (whole || line_count((struct slice){copy, lines.size}) == 1)) {
        own->held = copy;
        own->held_size = (uint32_t)lines.size;
        return;
    }
    if (!open) batch_begin(talk, out);
    if (own->held) put_batched(own, held_of(own), out);
    held_drop(own);
    put_batched(own, (struct slice){copy, lines.size}, out);
    free(copy);
}

void irc_label_end(struct talk *talk, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    char memory[16], line_memory[128];
    struct buf line;
    buf_init(&line, line_memory, sizeof line_memory);
    if (own->steps & STEP_BATCH) {
        irc_line(talk, out, "BATCH -$", batch_name(own, memory));
    } else if (own->held) {
        put_tagged(out, "label=", label_of(own), held_of(own));
    } else if (own->steps & STEP_LABEL) {
        irc_line(talk, &line, "ACK");
        put_tagged(out, "label=", label_of(own), buf_slice(&line));
    }
    held_drop(own);
    own->label_size = 0;
    own->steps &= (uint8_t) ~(STEP_LABEL | STEP_BATCH);
}
