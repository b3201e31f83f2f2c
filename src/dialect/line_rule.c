/* line_rule.c: the line dialect's commands of those who keep order in a room. */
#include "chat/rights.h"
#include "dialect/line.h"

enum { AUDIT_LINES = 20 };

/* A command about a person in the room being typed into; *rest is then what stands behind her
 * name. False: the session was told. */
static bool about_person(const struct talk *talk, struct slice *rest, struct decoder *decoder,
                         const char *verb, struct command *command) {
    struct slice name = slice_word(rest);
    if (name.size > 0) return decoder_name(decoder, talk, name, command);
    line_missing(decoder, verb);
    return false;
}

/* A mask or a network beside names. */
static bool about_mask(struct slice *rest, struct decoder *decoder, const char *verb,
                       struct command *command) {
    struct slice mask = slice_word(rest);
    if (mask.size > 0) return decoder_mask(decoder, mask, command);
    line_missing(decoder, verb);
    return false;
}

/* Where a number comes next, take it; else leave *rest and *number alone. */
static void take_minutes(struct slice *rest, uint64_t *number) {
    struct slice after = *rest, word = slice_word(&after);
    if (slice_number(word, UINT32_MAX, number)) *rest = after;
}

void line_kick(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_KICK);
    if (!about_person(talk, &rest, decoder, "/kick", &command)) return;
    command.text = slice_trim(rest);
    decoder->give(decoder, &command);
}

void line_ban(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_BAN);
    command.flags = COMMAND_SETS;
    if (!about_mask(&rest, decoder, "/ban", &command)) return;
    take_minutes(&rest, &command.number);
    command.text = slice_trim(rest);
    decoder->give(decoder, &command);
}

void line_unban(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_BAN);
    if (about_mask(&rest, decoder, "/unban", &command)) decoder->give(decoder, &command);
}

void line_purge(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_BAN);
    uint64_t hours = 0;
    command.flags = COMMAND_SETS;
    if (!about_person(talk, &rest, decoder, "/purge", &command)) return;
    if (slice_trim(rest).size == 0) {
        line_missing(decoder, "/purge");
        return;
    }
    if (!line_number(&rest, UINT32_MAX, decoder, &hours)) return;
    command.count = (uint32_t)hours;
    command.text = slice_trim(rest);
    decoder->give(decoder, &command);
}

void line_mute(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_MUTE);
    command.flags = COMMAND_SETS;
    if (!about_person(talk, &rest, decoder, "/mute", &command)) return;
    rest = slice_trim(rest);
    if (rest.size > 0 && !line_number(&rest, UINT32_MAX, decoder, &command.number)) return;
    decoder->give(decoder, &command);
}

void line_unmute(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_MUTE);
    if (about_person(talk, &rest, decoder, "/unmute", &command)) decoder->give(decoder, &command);
}

void line_bans(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)rest;
    struct command command = line_command(talk, COMMAND_RESTRAINTS);
    command.flags = COMMAND_WAITS;
    decoder->give(decoder, &command);
}

void line_role(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_ROLE);
    enum role role;
    if (!about_person(talk, &rest, decoder, "/role", &command)) return;
    struct slice word = slice_trim(rest);
    if (word.size == 0) {
        line_missing(decoder, "/role");
    } else if (role_read(word.at, word.size, &role)) {
        command.number = role;
        decoder->give(decoder, &command);
    } else {
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0, slice_of("member, voice, operator, owner"),
                       0);
    }
}

static void audit(struct slice rest, struct decoder *decoder, struct command *command) {
    uint64_t count = AUDIT_LINES;
    command->flags |= COMMAND_WAITS;
    command->reply_code = REPLY_AUDIT;
    rest = slice_trim(rest);
    if (rest.size > 0 && !line_number(&rest, UINT32_MAX, decoder, &count)) return;
    command->count = (uint32_t)count;
    decoder->give(decoder, command);
}

void line_audit(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_AUDIT);
    audit(rest, decoder, &command);
}

static void filter(struct slice rest, struct decoder *decoder, const char *verb,
                   struct command *command) {
    struct slice what = slice_word(&rest), words = slice_trim(rest);
    if (words.size == 0)
        line_missing(decoder, verb);
    else if (!decoder_filtered(what, command))
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0,
                       slice_of("report, refuse, seconds of a mute, off"), 0);
    else if (decoder_filter(decoder, words, command))
        decoder->give(decoder, command);
}

void line_filter(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_FILTER);
    filter(rest, decoder, "/filter", &command);
}

static void server_ban(struct slice rest, struct decoder *decoder, struct command *command) {
    command->kind = COMMAND_SERVER_BAN;
    command->name = slice_word(&rest);
    if (command->name.size == 0) {
        line_missing(decoder, "/server");
        return;
    }
    if (command->flags & COMMAND_SETS) take_minutes(&rest, &command->number);
    command->text = slice_trim(rest);
    decoder->give(decoder, command);
}

void line_server(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_RESTRAINTS, .reply_code = REPLY_TYPED};
    struct slice word = slice_word(&rest), value = slice_trim(rest);
    bool on = slice_equal(value, slice_of("on"));
    (void)talk;
    if (slice_equal(word, slice_of("list"))) {
        command.flags = COMMAND_SERVER | COMMAND_WAITS;
        decoder->give(decoder, &command);
    } else if (slice_equal(word, slice_of("audit"))) {
        command.kind = COMMAND_AUDIT;
        command.flags = COMMAND_SERVER;
        audit(rest, decoder, &command);
    } else if (slice_equal(word, slice_of("lockdown")) &&
               (on || slice_equal(value, slice_of("off")))) {
        command.kind = COMMAND_LOCKDOWN;
        command.flags = on ? COMMAND_SETS : 0;
        decoder->give(decoder, &command);
    } else if (slice_equal(word, slice_of("ban")) || slice_equal(word, slice_of("unban"))) {
        command.flags = word.size == 3 ? COMMAND_SETS : 0;
        server_ban(rest, decoder, &command);
    } else if (slice_equal(word, slice_of("filter"))) {
        command.kind = COMMAND_FILTER;
        command.flags = COMMAND_SERVER;
        filter(rest, decoder, "/server", &command);
    } else {
        line_missing(decoder, "/server");
    }
}
