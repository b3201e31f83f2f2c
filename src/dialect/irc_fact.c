/* irc_fact.c: METADATA (ircv3.net, draft/metadata-2 and -3, which differ in how a change is told)
 * and MARKREAD (draft/read-marker). What a session subscribed to is known here alone: the hub tells
 * a room what changed, and the worker shows it to those who asked for its key. */
#include "dialect/irc_fact.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/date.h"
#include "base/utf8.h"

enum { SUBSCRIBED_MEMBERS_MAX = 200 }; /* of a larger room one asks by METADATA SYNC */

static bool speaks(const struct talk *talk) {
    return irc_own(talk)->caps & (CAP_METADATA_2 | CAP_METADATA_3);
}

/* ---- keys ---- */

/* In small letters, which it is kept in. False: no key is written so. */
static bool key_read(struct slice word, struct buf *key) {
    if (word.size == 0 || word.size > FACT_KEY_MAX || word.at[0] == ':') return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.at[i];
        if (c >= 'A' && c <= 'Z') c += 32;
        bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!fits && (c == '\0' || !strchr("_.:-/", c))) return false;
        buf_byte(key, c);
    }
    return true;
}

static struct slice subscribed(const struct irc_own *own) {
    return (struct slice){own->subs, own->subs_size};
}

static bool has_line(struct slice lines, struct slice line) {
    while (lines.size > 0)
        if (slice_equal(slice_until(&lines, '\n'), line)) return true;
    return false;
}

static uint32_t line_count(struct slice lines) {
    uint32_t count = 0;
    for (; lines.size > 0; count++)
        (void)slice_until(&lines, '\n');
    return count;
}

bool irc_hears_fact(const struct talk *talk, const struct event *event) {
    struct slice lines = event->text;
    if (!speaks(talk)) return false;
    while (lines.size > 0) {
        struct slice line = slice_until(&lines, '\n');
        slice_until(&line, '\t');
        if (has_line(subscribed(irc_own(talk)), slice_until(&line, '\t'))) return true;
    }
    return false;
}

void irc_forget_early(struct irc_own *own) {
    free(own->early);
    own->early = NULL;
    own->early_size = 0;
}

void irc_forget_facts(struct irc_own *own) {
    irc_forget_early(own);
    free(own->subs);
    own->subs = NULL;
    own->subs_size = 0;
}

/* ---- subscriptions ---- */

static uint32_t limit_of(uint32_t setting) {
    return setting > 0 && setting < FACT_KEYS_MAX ? setting : FACT_KEYS_MAX;
}

static void fail(const struct talk *talk, struct decoder *decoder, const char *code,
                 struct slice word, const char *why) {
    irc_echo_line(talk, decoder, "FAIL METADATA $ $ :&", slice_text(code), word, slice_text(why));
}

/* False: there is no memory. */
static bool sub_add(struct irc_own *own, struct slice key) {
    if (has_line(subscribed(own), key)) return true;
    char *bytes = realloc(own->subs, own->subs_size + key.size + 1);
    if (!bytes) return false;
    memcpy(bytes + own->subs_size, key.at, key.size);
    bytes[own->subs_size + key.size] = '\n';
    own->subs = bytes;
    own->subs_size += (uint32_t)key.size + 1;
    return true;
}

static void sub_remove(struct irc_own *own, struct slice key) {
    struct slice rest = subscribed(own);
    uint32_t size = 0;
    while (rest.size > 0) {
        struct slice line = slice_until(&rest, '\n');
        if (slice_equal(line, key)) continue;
        memmove(own->subs + size, line.at, line.size);
        own->subs[size + line.size] = '\n';
        size += (uint32_t)line.size + 1;
    }
    own->subs_size = size;
}

/* One more word in lines of one numeric. */
static void put_word(const struct talk *talk, struct decoder *decoder, const char *pattern,
                     struct buf *words, struct slice word) {
    if (words->size > 0 && words->size + word.size + 1 > words->cap) {
        irc_echo_line(talk, decoder, pattern, buf_slice(words));
        words->size = 0;
    }
    if (words->size > 0 && word.size > 0) buf_byte(words, ' ');
    buf_put(words, word);
}

/* SUB and UNSUB: each key in its order. */
static void subscribe(struct talk *talk, const struct irc_message *message, bool on,
                      struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    const char *pattern = on ? "770 % &" : "771 % &";
    char memory[300], key_memory[FACT_KEY_MAX];
    struct buf words;
    buf_init(&words, memory, sizeof memory);
    for (size_t i = 2; i < message->count; i++) {
        struct buf key;
        buf_init(&key, key_memory, sizeof key_memory);
        if (!key_read(message->params[i], &key)) {
            fail(talk, decoder, "KEY_INVALID", message->params[i], "no key is written so");
            continue;
        }
        bool more = !has_line(subscribed(own), buf_slice(&key));
        bool full = line_count(subscribed(own)) >= limit_of(talk->manner->metadata_subs);
        if (on && more && (full || !sub_add(own, buf_slice(&key)))) {
            fail(talk, decoder, "TOO_MANY_SUBS", message->params[i], "too many subscriptions");
            break;
        }
        if (!on) sub_remove(own, buf_slice(&key));
        put_word(talk, decoder, pattern, &words, buf_slice(&key));
    }
    if (words.size > 0) irc_echo_line(talk, decoder, pattern, buf_slice(&words));
    if (on && words.size > 0 && (own->caps & CAP_METADATA_3) && talk->stage == TALK_HERE)
        irc_echo_line(talk, decoder, "774 % * 1"); /* METADATA #room SYNC shows what there is */
}

static void list_subs(const struct talk *talk, struct decoder *decoder) {
    struct slice rest = subscribed(irc_own(talk));
    char memory[300];
    struct buf words;
    buf_init(&words, memory, sizeof memory);
    while (rest.size > 0)
        put_word(talk, decoder, "772 % &", &words, slice_until(&rest, '\n'));
    if (words.size > 0) irc_echo_line(talk, decoder, "772 % &", buf_slice(&words));
}

/* ---- asking ---- */

static void ask_about(struct talk *talk, struct slice target, struct slice key) {
    struct irc_own *own = irc_own(talk);
    struct buf asked;
    buf_init(&asked, own->asked, sizeof own->asked);
    buf_put(&asked, slice_head(target, IRC_ASKED_MAX / 2));
    buf_byte(&asked, ' ');
    buf_put(&asked, slice_head(key, sizeof own->asked - asked.size));
    own->asked_size = (uint8_t)asked.size;
}

/* The room or person that the target names; neither, where it is herself. False: she was told. */
static bool take_target(const struct talk *talk, struct decoder *decoder, struct slice target,
                        struct command *command) {
    enum name_fault fault;
    if (slice_equal(target, slice_of("*"))) return true;
    bool room = target.size > 1 && target.at[0] == '#';
    if (room) return decoder_room(decoder, slice_from(target, 1), command);
    if (name_allowed(decoder->names, target, USER_NAME_SIZE_MAX, &fault))
        return decoder_name(decoder, talk, target, command);
    fail(talk, decoder, "INVALID_TARGET", target, "nobody is called so");
    return false;
}

static void give(const struct talk *talk, struct decoder *decoder, struct slice target,
                 enum facting what, struct slice text) {
    struct command command = {.kind = COMMAND_FACTS,
                              .flags = COMMAND_WAITS,
                              .reply_code = REPLY_FACTS,
                              .number = what,
                              .text = text};
    if (take_target(talk, decoder, target, &command)) decoder->give(decoder, &command);
}

static void get(struct talk *talk, const struct irc_message *message, struct decoder *decoder) {
    char memory[IRC_LINE_SIZE_MAX + IRC_PARAMS_MAX];
    struct buf keys;
    buf_init(&keys, memory, sizeof memory);
    for (size_t i = 2; i < message->count; i++) {
        size_t before = keys.size;
        if (!key_read(message->params[i], &keys)) {
            keys.size = before;
            fail(talk, decoder, "KEY_INVALID", message->params[i], "no key is written so");
            continue;
        }
        buf_byte(&keys, '\n');
    }
    check(buf_ok(&keys));
    ask_about(talk, message->params[0], slice_of("*"));
    if (keys.size > 0) give(talk, decoder, message->params[0], FACTS_GET, buf_slice(&keys));
}

/* Before she is somebody: kept until she is. False: there is no more room for it. */
static bool set_early(struct irc_own *own, struct slice fact) {
    if (own->early_size + fact.size + 1 > FACTS_SIZE_MAX) return false;
    char *bytes = realloc(own->early, own->early_size + fact.size + 1);
    if (!bytes) return false;
    memcpy(bytes + own->early_size, fact.at, fact.size);
    bytes[own->early_size + fact.size] = '\n';
    own->early = bytes;
    own->early_size += (uint32_t)fact.size + 1;
    return true;
}

static void set(struct talk *talk, const struct irc_message *message, struct decoder *decoder) {
    struct slice target = message->params[0], word = message->params[2];
    struct slice value = irc_param(message, 3);
    char memory[FACT_KEY_MAX + 1 + FACT_VALUE_MAX];
    struct buf fact;
    buf_init(&fact, memory, sizeof memory);
    ask_about(talk, target, word);
    if (!key_read(word, &fact)) {
        fail(talk, decoder, "KEY_INVALID", word, "no key is written so");
    } else if (value.size > FACT_VALUE_MAX || text_has_forbidden(value)) {
        fail(talk, decoder, "INVALID_VALUE", word, "the value is too long, or no text");
    } else {
        struct slice key = buf_slice(&fact);
        if (value.size > 0) buf_byte(&fact, '\t');
        buf_put(&fact, value);
        if (talk->stage == TALK_HERE)
            give(talk, decoder, target, FACTS_SET, buf_slice(&fact));
        else if (!slice_equal(target, slice_of("*")))
            fail(talk, decoder, "INVALID_TARGET", target, "you are nobody yet");
        else if (!set_early(irc_own(talk), buf_slice(&fact)))
            fail(talk, decoder, "LIMIT_REACHED", target, "that is too much");
        else if (value.size > 0)
            irc_echo_line(talk, decoder, "761 % * $ * :&", key, value);
        else
            irc_echo_line(talk, decoder, "766 % * $ :is not set", key);
    }
}

void irc_give_early(struct talk *talk, struct decoder *decoder) {
    struct slice facts = {irc_own(talk)->early, irc_own(talk)->early_size};
    struct command command = {.kind = COMMAND_FACTS, .reply_code = REPLY_FACTS_EARLY};
    if (!speaks(talk)) return;
    while (facts.size > 0) {
        command.number = FACTS_SET;
        command.text = slice_until(&facts, '\n');
        decoder->give(decoder, &command);
    }
    command.number = FACTS_LIST;
    command.reply_code = REPLY_FACTS_OWN;
    command.text = (struct slice){0};
    decoder->give(decoder, &command);
}

enum decoded irc_metadata(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    struct slice target = irc_param(message, 0), what = irc_param(message, 1);
    bool here = talk->stage == TALK_HERE;
    if (!speaks(talk)) {
        irc_echo_line(talk, decoder, "421 % METADATA :unknown command");
        return DECODED;
    }
    bool gets = irc_same_word(what, "GET"), sets = irc_same_word(what, "SET");
    bool subs = irc_same_word(what, "SUB"), unsubs = irc_same_word(what, "UNSUB");
    bool list = irc_same_word(what, "LIST"), clear = irc_same_word(what, "CLEAR");
    bool sync = irc_same_word(what, "SYNC"), tells = irc_same_word(what, "SUBS");
    if (message->count < 2 || ((gets || sets || subs || unsubs) && message->count < 3)) {
        irc_echo_line(talk, decoder, "461 % METADATA :not enough parameters");
    } else if (subs || unsubs) {
        subscribe(talk, message, subs, decoder);
    } else if (tells) {
        list_subs(talk, decoder);
    } else if (sets) {
        set(talk, message, decoder);
    } else if (!here && (gets || list || clear || sync)) {
        fail(talk, decoder, "INVALID_TARGET", target, "you are nobody yet");
    } else if (gets) {
        get(talk, message, decoder);
    } else if (list || clear || sync) {
        ask_about(talk, target, slice_of("*"));
        give(talk, decoder, target,
             list    ? FACTS_LIST
             : clear ? FACTS_CLEAR
                     : FACTS_SYNC,
             (struct slice){0});
    } else {
        fail(talk, decoder, "SUBCOMMAND_INVALID", what, "there is GET, LIST, SET, CLEAR, SUB ...");
    }
    return DECODED;
}

void irc_sync_joined(const struct talk *talk, struct room_id room, struct decoder *decoder) {
    struct command sync = {.kind = COMMAND_FACTS,
                           .flags = COMMAND_WAITS,
                           .reply_code = REPLY_FACTS_JOIN,
                           .number = FACTS_SYNC,
                           .room_id = room};
    bool wants = speaks(talk) && irc_own(talk)->subs_size > 0;
    if (wants && !irc_own(talk)->syncs_later) decoder->give(decoder, &sync);
}

/* ---- answering ---- */

/* `whose key * :value` behind the numeric, or that it is not set. */
static void put_fact(const struct talk *talk, const char *numeric, struct slice line,
                     struct buf *out) {
    struct slice whose = slice_until(&line, '\t');
    bool has = line.size > 0 && memchr(line.at, '\t', line.size) != NULL;
    struct slice key = slice_until(&line, '\t'), name = slice_text(numeric);
    bool room = slice_starts(whose, slice_of("#"));
    if (room) whose = slice_from(whose, 1);
    if (has && room)
        irc_line(talk, out, "$ % # $ * :&", name, whose, key, line);
    else if (has)
        irc_line(talk, out, "$ % $ $ * :&", name, whose, key, line);
    else if (room)
        irc_line(talk, out, "766 % # $ :is not set", whose, key);
    else
        irc_line(talk, out, "766 % $ $ :is not set", whose, key);
}

/* draft/metadata-2 tells what others have by METADATA, -3 by 761. The same bytes for all of a view:
 * no nick is named. */
static void put_told(uint32_t caps, const struct event *event, struct slice line, struct buf *out) {
    struct slice whose = slice_until(&line, '\t');
    bool has = line.size > 0 && memchr(line.at, '\t', line.size) != NULL;
    struct slice key = slice_until(&line, '\t');
    size_t begin = out->size;
    if (caps & CAP_METADATA_3) {
        buf_text(out, has ? "761 * " : "766 * ");
    } else {
        if (event->author_name.size > 0) irc_put_source(out, event->author_name, event->login);
        buf_text(out, "METADATA ");
    }
    text_show(out, whose);
    buf_byte(out, ' ');
    irc_put_word(out, key);
    buf_text(out, has ? " * :" : caps & CAP_METADATA_3 ? " :is not set" : " *");
    if (has) irc_put_text(out, begin, line);
    irc_line_end(out);
}

void irc_put_fact(uint32_t caps, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    if (!(caps & (CAP_METADATA_2 | CAP_METADATA_3))) return;
    while (lines.size > 0)
        put_told(caps, event, slice_until(&lines, '\n'), out);
}

static struct slice batch_of(const struct irc_own *own, char memory[16]) {
    struct buf name;
    buf_init(&name, memory, 16);
    buf_byte(&name, 'f');
    buf_number(&name, own->batches);
    return buf_slice(&name);
}

/* A batch of type metadata, whose parameter is what it is about. */
static void batch_begin(struct talk *talk, const struct event *event, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    char memory[16];
    struct slice key = {own->asked, own->asked_size}, target = slice_until(&key, ' ');
    own->batches++;
    if (!(own->caps & CAP_BATCH)) return;
    if (event->room_name.size > 0)
        irc_line(talk, out, "BATCH +$ metadata #", batch_of(own, memory), event->room_name);
    else if (event->reply_code == REPLY_FACTS_OWN || slice_equal(target, slice_of("*")))
        irc_line(talk, out, "BATCH +$ metadata %", batch_of(own, memory));
    else
        irc_line(talk, out, "BATCH +$ metadata $", batch_of(own, memory), target);
}

static void put_listed(struct talk *talk, const struct event *event, bool subscribed_only,
                       struct buf *out) {
    struct irc_own *own = irc_own(talk);
    struct slice lines = event->text;
    char memory[16];
    bool begun = !subscribed_only || (event->before == 0 && event->reply_code == REPLY_FACTS);
    if (begun) batch_begin(talk, event, out);
    while (lines.size > 0) {
        struct slice line = slice_until(&lines, '\n'), rest = line;
        slice_until(&rest, '\t');
        if (subscribed_only && !has_line(subscribed(own), slice_until(&rest, '\t'))) continue;
        if (!begun) batch_begin(talk, event, out);
        begun = true;
        size_t begin = out->size;
        if (subscribed_only)
            put_told(own->caps, &(struct event){.kind = EVENT_FACT}, line, out);
        else
            put_fact(talk, "761", line, out);
        if (own->caps & CAP_BATCH) irc_put_into_batch(batch_of(own, memory), begin, out);
    }
    if (begun && (own->caps & CAP_BATCH)) irc_line(talk, out, "BATCH -$", batch_of(own, memory));
}

/* Those that are easily read by people. */
static void put_whois(const struct talk *talk, const struct event *event, struct buf *out) {
    static const char *const shown[] = {"display-name", "pronouns", "status",
                                        "homepage",     "url",      "bio"};
    struct slice lines = event->text;
    if (!speaks(talk)) return;
    while (lines.size > 0) {
        struct slice line = slice_until(&lines, '\n'), rest = line;
        slice_until(&rest, '\t');
        struct slice key = slice_until(&rest, '\t');
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            if (slice_equal(key, slice_text(shown[i]))) put_fact(talk, "760", line, out);
    }
}

static void answer_facts(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    switch ((int)event->reply_code) {
    case REPLY_WHOIS: put_whois(talk, event, out); break;
    case REPLY_FACTS_EARLY: break;
    case REPLY_FACTS_JOIN: put_listed(talk, event, true, out); break;
    case REPLY_FACTS_OWN: put_listed(talk, event, false, out); break;
    default:
        if (event->why == FACTS_SET)
            put_fact(talk, "761", slice_until(&lines, '\n'), out);
        else
            put_listed(talk, event, event->why == FACTS_SYNC, out);
    }
}

static void put_marked(const struct talk *talk, bool room, struct slice target, int64_t time_ms,
                       struct buf *out) {
    char memory[DATE_SIZE + 10];
    struct buf when;
    buf_init(&when, memory, sizeof memory);
    buf_text(&when, time_ms > 0 ? "timestamp=" : "*");
    if (time_ms > 0) date_put(&when, time_ms);
    irc_line(talk, out, room ? "MARKREAD # $" : "MARKREAD $ $", target, buf_slice(&when));
}

void irc_put_room_mark(const struct talk *talk, const struct event *event, struct buf *out) {
    if (irc_own(talk)->caps & CAP_READ_MARKER)
        put_marked(talk, true, event->room_name, event->before_ms, out);
}

static void answer_refused(const struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice key = {own->asked, own->asked_size}, target = slice_until(&key, ' ');
    switch ((int)event->refusal) {
    case REFUSED_LIST_FULL:
        irc_line(talk, out, "FAIL METADATA LIMIT_REACHED $ :there is no room for more", target);
        break;
    case REFUSED_STORE_FULL:
    case REFUSED_SERVER_FULL:
        irc_line(talk, out, "FAIL METADATA RATE_LIMITED $ $ 60 :nothing can be kept now", target,
                 key);
        break;
    case REFUSED_PERSON_UNKNOWN:
    case REFUSED_ROOM_UNKNOWN:
    case REFUSED_ROOM_NAME_BAD:
        irc_line(talk, out, "FAIL METADATA INVALID_TARGET $ :there is none", target);
        break;
    default: irc_line(talk, out, "FAIL METADATA KEY_NO_PERMISSION $ $ :you may not", target, key);
    }
}

/* ---- MARKREAD ---- */

enum decoded irc_markread(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    struct slice target = irc_param(message, 0), value = irc_param(message, 1);
    struct command mark = {.kind = COMMAND_FACTS,
                           .flags = COMMAND_WAITS,
                           .reply_code = REPLY_MARK,
                           .number = FACTS_MARK};
    if (message->count == 0 || target.size == 0) {
        irc_echo_line(talk, decoder, "FAIL MARKREAD NEED_MORE_PARAMS :missing parameters");
        return DECODED;
    }
    struct slice when = value, kind = slice_until(&when, '=');
    bool dated = slice_equal(kind, slice_of("timestamp")) && date_read(when, &mark.before_ms);
    if (message->count > 1 && !dated) {
        irc_echo_line(talk, decoder,
                      "FAIL MARKREAD INVALID_PARAMS $ :it is timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
                      value);
        return DECODED;
    }
    if (dated && mark.before_ms <= 0) mark.before_ms = 1;
    ask_about(talk, target, slice_of("*"));
    bool room = target.size > 1 && target.at[0] == '#';
    if (room ? decoder_room(decoder, slice_from(target, 1), &mark)
             : decoder_name(decoder, talk, target, &mark))
        decoder->give(decoder, &mark);
    return DECODED;
}

static void answer_marked(const struct talk *talk, const struct event *event, struct buf *out) {
    bool room = event->other.size == 0;
    if (event->reply_code != REPLY_MARK && !(irc_own(talk)->caps & CAP_READ_MARKER)) return;
    put_marked(talk, room, room ? event->room_name : event->other, event->before_ms, out);
}

bool irc_answer_fact(struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice key = {own->asked, own->asked_size}, target = slice_until(&key, ' ');
    bool refused = event->kind == EVENT_REFUSED;
    if (event->kind == EVENT_FACTS)
        answer_facts(talk, event, out);
    else if (event->kind == EVENT_MARKED)
        answer_marked(talk, event, out);
    else if (event->kind == EVENT_READ_UP)
        irc_put_room_mark(talk, event, out);
    else if (refused && event->reply_code == REPLY_FACTS)
        answer_refused(talk, event, out);
    else if (refused && event->reply_code == REPLY_MARK)
        irc_line(talk, out, "FAIL MARKREAD INVALID_PARAMS $ :there is nothing to mark", target);
    else if (!refused || event->reply_code < REPLY_FACTS_JOIN ||
             event->reply_code > REPLY_FACTS_EARLY)
        return false; /* what nobody asked for has failed in silence */
    return true;
}

void irc_put_sync_later(const struct talk *talk, const struct event *event, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    own->syncs_later = event->reply_code != REPLY_JOIN || event->count > SUBSCRIBED_MEMBERS_MAX;
    if (own->syncs_later && speaks(talk) && own->subs_size > 0)
        irc_line(talk, out, "774 % # 1", event->room_name);
}

void irc_put_metadata_value(const struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    buf_text(out, "=before-connect,max-subs=");
    buf_number(out, limit_of(manner->metadata_subs));
    buf_text(out, ",max-keys=");
    buf_number(out, limit_of(manner->metadata_keys));
    buf_text(out, ",max-value-bytes=");
    buf_number(out, FACT_VALUE_MAX);
}
