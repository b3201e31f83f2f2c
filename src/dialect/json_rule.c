/* json_rule.c: filters of words, and what holds for the whole server. Who may is the hub's to say.
 */
#include "dialect/json_rule.h"

#include "base/check.h"
#include "chat/restraint.h"
#include "dialect/json_command.h"
#include "dialect/json_put.h"

const char *json_subject_word(uint64_t subject) {
    static const char *const words[] = {
        [SUBJECT_ACCOUNT] = "account", [SUBJECT_GUEST] = "guest",   [SUBJECT_MASK] = "mask",
        [SUBJECT_NET] = "network",     [SUBJECT_PERSON] = "person", [SUBJECT_KNOWN] = "accounts",
        [SUBJECT_WORDS] = "words"};
    return subject < sizeof words / sizeof *words ? words[subject] : NULL;
}

/* ---- commands ---- */

bool json_filter_action(struct slice action, uint64_t seconds, struct command *command) {
    if (!slice_equal(action, slice_of("mute")))
        return seconds == 0 && decoder_filtered(action, command) && command->number == 0;
    command->flags |= COMMAND_SETS;
    command->setting = RESTRAINT_HUSH;
    command->number = seconds;
    return seconds > 0 && seconds <= FILTER_SECONDS_MAX;
}

void json_run_filter(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct command filter = {.kind = COMMAND_FILTER};
    (void)talk;
    if (!json_filter_action(json_field_text(message, FIELD_ACTION),
                            json_field_number(message, FIELD_SECONDS), &filter)) {
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0,
                       slice_of("report, refuse, off, or mute with seconds, 1 to 86400"), 1);
        return;
    }
    if (!decoder_filter(decoder, json_field_text(message, FIELD_WORDS), &filter)) return;
    if (message->type == TYPE_SERVER_FILTER)
        filter.flags |= COMMAND_SERVER;
    else if (!json_room(message->fields[FIELD_ROOM], decoder, &filter))
        return;
    decoder->give(decoder, &filter);
}

void json_run_server(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct command rule = {.kind = COMMAND_NONE};
    (void)talk;
    switch ((int)message->type) {
    case TYPE_LOCKDOWN:
        rule.kind = COMMAND_LOCKDOWN;
        if (json_field_true(message, FIELD_ON)) rule.flags = COMMAND_SETS;
        break;
    case TYPE_SERVER_BAN:
        rule.kind = COMMAND_SERVER_BAN;
        rule.number = json_field_number(message, FIELD_MINUTES);
        rule.text = json_field_text(message, FIELD_WHY);
        if (!json_field_true(message, FIELD_OFF)) rule.flags = COMMAND_SETS;
        if (!decoder_network(decoder, json_field_text(message, FIELD_NETWORK), &rule)) return;
        break;
    case TYPE_SERVER_RESTRAINTS:
        rule.kind = COMMAND_RESTRAINTS;
        rule.flags = COMMAND_SERVER;
        break;
    case TYPE_SERVER_AUDIT:
        rule.kind = COMMAND_AUDIT;
        rule.flags = COMMAND_SERVER;
        rule.count = (uint32_t)json_field_number(message, FIELD_COUNT);
        break;
    default: check(false);
    }
    if (json_text_fits(rule.text, false, decoder)) decoder->give(decoder, &rule);
}

void json_run_oper(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command oper = {.kind = COMMAND_OPER,
                           .secret = json_field_text(message, FIELD_PASSWORD)};
    if (json_name(talk, message, decoder, &oper)) decoder->give(decoder, &oper);
}

/* ---- what holds ---- */

/* The kinds of filters are one for programs, and what they do stands beside it. */
static void put_kind(struct slice kind, struct buf *out) {
    static const struct {
        enum restraint kind;
        const char *action;
    } filters[] = {
        {RESTRAINT_REPORT, "report"}, {RESTRAINT_REFUSE, "refuse"}, {RESTRAINT_HUSH, "mute"}};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (!slice_equal(kind, slice_text(restraint_word(filters[i].kind)))) continue;
        json_put_word(out, "kind", "filter");
        json_put_word(out, "action", filters[i].action);
        return;
    }
    json_put_text(out, "kind", kind);
}

void json_restraint_put(struct slice line, struct buf *out) {
    uint64_t minutes = 0, set = 0, subject = UINT64_MAX, seconds = 0;
    struct slice kind = slice_until(&line, '\t');
    put_kind(kind, out);
    json_put_text(out, "who", slice_until(&line, '\t'));
    (void)slice_number(slice_until(&line, '\t'), UINT64_MAX, &minutes);
    json_put_number(out, "minutes", minutes);
    json_put_text(out, "by", slice_until(&line, '\t'));
    (void)slice_number(slice_until(&line, '\t'), UINT32_MAX, &set);
    json_put_number(out, "time", set * 1000);
    (void)slice_number(slice_until(&line, '\t'), UINT32_MAX, &subject);
    if (json_subject_word(subject)) json_put_word(out, "subject", json_subject_word(subject));
    if (slice_number(line, FILTER_SECONDS_MAX, &seconds)) json_put_number(out, "seconds", seconds);
}
