/* irc_watch.c: MONITOR (ircv3.net/specs/extensions/monitor), and what administrators do: KILL,
 * WALLOPS, REHASH, DIE. */
#include "base/check.h"
#include "chat/power.h"
#include "dialect/irc_people.h"

/* ---- asking ---- */

/* The names of the list from number `first` on that may be anybody's, as COMMAND_WATCH wants them:
 * masks are left out. True: there are more behind them. */
static bool take_names(const struct talk *talk, const struct decoder *decoder, struct slice list,
                       uint32_t first, struct buf *names) {
    for (; first > 0; first--)
        (void)slice_until(&list, ',');
    for (int i = 0; i < WATCH_NAMES_MAX && list.size > 0; i++) {
        struct slice name = slice_until(&list, ',');
        enum name_fault fault;
        if (!name_allowed(decoder->names, name, talk->manner->name_size, &fault)) continue;
        buf_put(names, name);
        buf_byte(names, '\n');
    }
    return list.size > 0;
}

static enum decoded change(struct talk *talk, struct decoder *decoder, struct slice list,
                           enum watching what) {
    char memory[IRC_LINE_SIZE_MAX + 1];
    struct buf names;
    buf_init(&names, memory, sizeof memory);
    bool more = take_names(talk, decoder, list, talk->number, &names);
    struct command watch = {.kind = COMMAND_WATCH,
                            .flags = COMMAND_WAITS,
                            .reply_code = REPLY_MONITOR,
                            .number = what,
                            .text = buf_slice(&names)};
    check(buf_ok(&names));
    if (names.size > 0) decoder->give(decoder, &watch);
    talk->number = more ? talk->number + WATCH_NAMES_MAX : 0;
    return more ? DECODED_AGAIN : DECODED;
}

/* A step of the hub clears so many; `number` counts what may have been cleared. */
static enum decoded clear(struct talk *talk, struct decoder *decoder) {
    struct command watch = {.kind = COMMAND_WATCH, .flags = COMMAND_WAITS, .number = WATCH_CLEAR};
    uint32_t most = talk->manner->monitor_max;
    decoder->give(decoder, &watch);
    talk->number = talk->number + WATCH_NAMES_MAX < most ? talk->number + WATCH_NAMES_MAX : 0;
    return talk->number > 0 ? DECODED_AGAIN : DECODED;
}

enum decoded irc_monitor(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    struct slice what = message->params[0], list = irc_param(message, 1);
    struct command watches = {.kind = COMMAND_WATCH, .flags = COMMAND_WAITS, .number = WATCH_LIST};
    bool adds = slice_equal(what, slice_of("+"));
    if (adds || slice_equal(what, slice_of("-"))) {
        if (list.size > 0) return change(talk, decoder, list, adds ? WATCH_ADD : WATCH_REMOVE);
        irc_echo_line(talk, decoder, "461 % MONITOR :not enough parameters");
        return DECODED;
    }
    if (irc_same_word(what, "C")) return clear(talk, decoder);
    watches.reply_code = irc_same_word(what, "L") ? REPLY_MONITOR_LIST : REPLY_MONITOR;
    if (irc_same_word(what, "L") || irc_same_word(what, "S"))
        decoder->give(decoder, &watches);
    else
        irc_echo_line(talk, decoder, "461 % MONITOR :+ - C L or S");
    return DECODED;
}

static enum decoded give_power(struct decoder *decoder, struct command *command, uint8_t power) {
    command->kind = COMMAND_POWER;
    command->flags = COMMAND_WAITS;
    command->number = power;
    decoder->give(decoder, command);
    return DECODED;
}

enum decoded irc_kill(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct command kill = {.reply_code = REPLY_POWER};
    if (!decoder_name(decoder, talk, message->params[0], &kill)) return DECODED;
    kill.text = slice_head(irc_param(message, 1), IRC_REASON_MAX);
    return give_power(decoder, &kill, POWER_KILL);
}

enum decoded irc_wallops(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    (void)talk;
    struct command wallops = {.reply_code = REPLY_POWER, .text = message->params[0]};
    return give_power(decoder, &wallops, POWER_WALLOPS);
}

enum decoded irc_rehash(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    (void)talk, (void)message;
    struct command rehash = {.reply_code = REPLY_POWER};
    return give_power(decoder, &rehash, POWER_REHASH);
}

enum decoded irc_die(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    (void)talk, (void)message;
    struct command die = {.reply_code = REPLY_POWER};
    return give_power(decoder, &die, POWER_DIE);
}

/* ---- answers ---- */

static void put_name(struct buf *out, bool here, struct slice name, struct slice login) {
    if (here)
        irc_put_mask(out, name, login);
    else
        text_show(out, name);
}

/* Lines of one numeric with as many names as they hold: 730 those who are here, 731 the others, 732
 * all as they were typed. */
static void put_watched(const struct talk *talk, const char *pattern, struct slice lines,
                        bool typed, bool wanted, struct buf *out) {
    char memory[IRC_LINE_SIZE_MAX];
    struct buf names;
    buf_init(&names, memory, 400);
    while (lines.size > 0) {
        char entry_memory[(USER_NAME_SIZE_MAX + LOGIN_HOST_MAX) * 4];
        struct buf entry;
        struct slice line = text_line(&lines);
        bool here = slice_equal(slice_until(&line, '\t'), slice_of("1"));
        struct slice name = slice_until(&line, '\t'), called = slice_until(&line, '\t');
        if (!typed && here != wanted) continue;
        buf_init(&entry, entry_memory, sizeof entry_memory);
        put_name(&entry, here && !typed, here && !typed ? called : name, line);
        check(buf_ok(&entry));
        if (names.size > 0 && names.size + entry.size + 1 > names.cap) {
            irc_line(talk, out, pattern, buf_slice(&names));
            names.size = 0;
        }
        if (names.size > 0) buf_byte(&names, ',');
        buf_put(&names, buf_slice(&entry));
    }
    if (names.size > 0) irc_line(talk, out, pattern, buf_slice(&names));
}

void irc_answer_watches(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code == REPLY_MONITOR_LIST) {
        put_watched(talk, "732 % :&", event->text, true, true, out);
        if (event->cursor == 0) irc_line(talk, out, "733 % :end of the list");
        return;
    }
    put_watched(talk, "730 % :&", event->text, false, true, out);
    put_watched(talk, "731 % :&", event->text, false, false, out);
}

/* 734: those that are not watched, parted by commas. */
void irc_answer_watch_full(const struct talk *talk, const struct event *event, struct buf *out) {
    char memory[IRC_LINE_SIZE_MAX], number_memory[24];
    struct buf names, number;
    struct slice lines = slice_head(event->text, 400);
    buf_init(&names, memory, sizeof memory);
    buf_init(&number, number_memory, sizeof number_memory);
    while (lines.size > 0) {
        if (names.size > 0) buf_byte(&names, ',');
        buf_put(&names, text_line(&lines));
    }
    buf_number(&number, event->number);
    irc_line(talk, out, "734 % $ @ :the list is full", buf_slice(&number), buf_slice(&names));
}

/* The same bytes for all who watch her: no nick is named, and a line without a source is the
 * server's. */
void irc_put_seen(const struct event *event, struct buf *out) {
    bool here = !(event->flags & EVENT_OFF);
    buf_text(out, here ? "730 * :" : "731 * :");
    put_name(out, here, event->author_name, event->login);
    irc_line_end(out);
}
