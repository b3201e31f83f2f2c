/* irc_batch.c: a message that a client gives line by line (ircv3.net, draft/multiline): BATCH opens
 * it, PRIVMSGs with its name add to it, BATCH ends it, and it is said as one. */
#include <stdlib.h>

#include "base/check.h"
#include "dialect/irc_history.h"
#include "dialect/irc_write.h"

enum {
    BATCH_NAME_MAX = 64,   /* bytes */
    BATCH_TARGET_MAX = 96, /* bytes of a room or nick */
    BATCH_CUTS_MAX = 1024, /* bytes of the places where lines were cut */
};

struct irc_batch {
    uint8_t name_size, target_size, label_size;
    bool said, notice;      /* a line came; as a NOTICE */
    uint32_t lines, spaces; /* lines of it, those without a word */
    struct buf text, cuts;  /* as irc_cuts() has them */
    size_t tags_size;
    char name[BATCH_NAME_MAX], target[BATCH_TARGET_MAX], label[IRC_LABEL_MAX];
    char tags[IRC_CLIENT_TAGS_MAX], cut_bytes[BATCH_CUTS_MAX];
    char bytes[];
};

void irc_batch_drop(struct irc_own *own) {
    free(own->batch);
    own->batch = NULL;
}

static struct slice name_of(const struct irc_batch *batch) {
    return (struct slice){batch->name, batch->name_size};
}

static struct slice target_of(const struct irc_batch *batch) {
    return (struct slice){batch->target, batch->target_size};
}

static void fail(struct talk *talk, struct decoder *decoder, const char *why) {
    irc_batch_drop(irc_own(talk));
    irc_echo_line(talk, decoder, "FAIL BATCH MULTILINE_INVALID :&", slice_text(why));
}

static void fail_limit(struct talk *talk, struct decoder *decoder, const char *code,
                       uint32_t most) {
    char memory[24];
    struct buf number;
    buf_init(&number, memory, sizeof memory);
    buf_number(&number, most);
    irc_batch_drop(irc_own(talk));
    irc_echo_line(talk, decoder, "FAIL BATCH $ $ :that is too long", slice_text(code),
                  buf_slice(&number));
}

/* ---- BATCH ---- */

static uint8_t keep(char *to, struct slice bytes) {
    if (bytes.size > 0) memcpy(to, bytes.at, bytes.size);
    return (uint8_t)bytes.size;
}

static void batch_open(struct talk *talk, const struct irc_message *message, struct slice name,
                       struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    struct slice target = irc_param(message, 2), label;
    uint32_t most = talk->manner->multiline_bytes;
    bool known = slice_equal(irc_param(message, 1), slice_of("draft/multiline"));
    bool fits = name.size > 0 && name.size <= BATCH_NAME_MAX && target.size > 0 &&
                target.size <= BATCH_TARGET_MAX && message->tags.size <= IRC_CLIENT_TAGS_MAX;
    if (own->batch || !known || !fits) {
        fail(talk, decoder, "one batch of draft/multiline, with a target, may be open");
        return;
    }
    struct irc_batch *batch = calloc(1, sizeof *batch + most);
    if (!batch) {
        fail(talk, decoder, "there is no memory for it");
        return;
    }
    buf_init(&batch->text, batch->bytes, most);
    buf_init(&batch->cuts, batch->cut_bytes, sizeof batch->cut_bytes);
    batch->name_size = keep(batch->name, name);
    batch->target_size = keep(batch->target, target);
    if (irc_tag(message->tags, "label", &label) && label.size <= IRC_LABEL_MAX)
        batch->label_size = keep(batch->label, label);
    batch->tags_size = message->tags.size;
    if (batch->tags_size > 0) memcpy(batch->tags, message->tags.at, batch->tags_size);
    own->batch = batch;
}

static void batch_end(struct talk *talk, struct slice name, struct decoder *decoder) {
    struct irc_batch *batch = irc_own(talk)->batch;
    if (!batch || !slice_equal(name, name_of(batch))) {
        fail(talk, decoder, "no such batch is open");
        return;
    }
    if (batch->spaces == batch->lines) {
        fail(talk, decoder, "nothing is said in it");
        return;
    }
    irc_own(talk)->batch = NULL;
    irc_say_to(talk, decoder, target_of(batch), (struct slice){batch->tags, batch->tags_size},
               buf_slice(&batch->cuts), buf_slice(&batch->text), batch->notice, false);
    free(batch);
}

enum decoded irc_batch(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    struct slice name = message->params[0];
    uint32_t wanted = CAP_MULTILINE | CAP_BATCH;
    char sign = name.size > 0 ? name.at[0] : '\0';
    if ((irc_own(talk)->caps & wanted) != wanted || (sign != '+' && sign != '-'))
        irc_echo_line(talk, decoder, "421 % BATCH :unknown command");
    else if (sign == '+')
        batch_open(talk, message, slice_from(name, 1), decoder);
    else
        batch_end(talk, slice_from(name, 1), decoder);
    return DECODED;
}

struct slice irc_batch_label(const struct talk *talk, const struct irc_message *message,
                             struct slice label) {
    const struct irc_batch *batch = irc_own(talk)->batch;
    struct slice name = irc_param(message, 0);
    if (!irc_same_word(message->verb, "BATCH") || name.size == 0) return label;
    if (name.at[0] == '+') return (struct slice){0}; /* the message is what it labels */
    return batch ? (struct slice){batch->label, batch->label_size} : label;
}

/* ---- its lines ---- */

static void cut_here(struct irc_batch *batch) {
    char memory[24];
    struct buf cut;
    buf_init(&cut, memory, sizeof memory);
    if (batch->cuts.size > 0) buf_byte(&cut, ',');
    buf_number(&cut, batch->text.size);
    if (batch->cuts.size + cut.size <= batch->cuts.cap) buf_put(&batch->cuts, buf_slice(&cut));
}

static void line_add(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    struct irc_batch *batch = irc_own(talk)->batch;
    const struct manner *manner = talk->manner;
    struct slice text = irc_param(message, 1), concat;
    bool joins = irc_tag(message->tags, "draft/multiline-concat", &concat);
    bool notice = irc_same_word(message->verb, "NOTICE");
    if (!slice_equal(irc_param(message, 0), target_of(batch)) ||
        (batch->said && notice != batch->notice)) {
        fail(talk, decoder, "all its lines are of one kind and have its target");
        return;
    }
    if (joins && text.size == 0) {
        fail(talk, decoder, "a line without a word joins nothing");
        return;
    }
    bool begins = batch->said && !joins; /* a line behind another */
    if (batch->lines + 1 > manner->multiline_lines) {
        fail_limit(talk, decoder, "MULTILINE_MAX_LINES", manner->multiline_lines);
        return;
    }
    if (batch->text.size + begins + text.size > manner->multiline_bytes) {
        fail_limit(talk, decoder, "MULTILINE_MAX_BYTES", manner->multiline_bytes);
        return;
    }
    if (begins) buf_byte(&batch->text, '\n');
    if (joins && batch->said) cut_here(batch);
    buf_put(&batch->text, text);
    batch->lines++;
    batch->spaces += text.size == 0;
    batch->said = true;
    batch->notice = notice;
}

bool irc_batch_line(struct talk *talk, const struct irc_message *message, struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    struct slice name;
    bool says = irc_same_word(message->verb, "PRIVMSG") || irc_same_word(message->verb, "NOTICE");
    bool named = irc_tag(message->tags, "batch", &name);
    if (!says || !(own->caps & CAP_MULTILINE) || (!named && !own->batch)) return false;
    if (!own->batch) return true; /* of one that failed: she was told */
    if (!named || !slice_equal(name, name_of(own->batch)))
        fail(talk, decoder, "a batch is open, and the line is not of it");
    else
        line_add(talk, message, decoder);
    return true;
}
