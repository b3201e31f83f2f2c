/* rest_rule.c: requests about filters, and about what holds for the whole server. */
#include "dialect/json_rule.h"
#include "dialect/rest.h"

enum { AUDIT_COUNT = 50 };

/* The words are the part of the path after the room, or the only one. */
static enum decoded filter(struct rest_call *rest, bool sets, bool server) {
    struct command command = {.kind = COMMAND_FILTER, .reply_code = rest->own->ref};
    struct slice action = rest_text(rest, "action");
    uint64_t seconds;
    if (!rest_number(rest, "seconds", FILTER_SECONDS_MAX, &seconds)) return DECODED;
    bool fits = !sets || json_filter_action(action, seconds, &command);
    if (!fits || slice_equal(action, slice_of("off")))
        return rest_wrong(rest, REFUSED_SETTING_BAD, 0,
                          slice_of("action: report, refuse, or mute with seconds, 1 to 86400"));
    if (!decoder_filter(rest->decoder, rest->parts[server ? 0 : 1], &command)) return DECODED;
    if (!server) return rest_give_room(rest, &command);
    command.flags |= COMMAND_SERVER;
    return rest_give(rest, &command);
}

enum decoded rest_filter(struct rest_call *rest) {
    return filter(rest, true, false);
}

enum decoded rest_unfilter(struct rest_call *rest) {
    return filter(rest, false, false);
}

enum decoded rest_server_filter(struct rest_call *rest) {
    return filter(rest, true, true);
}

enum decoded rest_server_unfilter(struct rest_call *rest) {
    return filter(rest, false, true);
}

enum decoded rest_lock(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_LOCKDOWN, .flags = COMMAND_SETS});
}

enum decoded rest_unlock(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_LOCKDOWN});
}

static enum decoded server_ban(struct rest_call *rest, bool sets) {
    struct command command = {.kind = COMMAND_SERVER_BAN,
                              .flags = sets ? COMMAND_SETS : 0,
                              .reply_code = rest->own->ref,
                              .text = rest_text(rest, "why")};
    if (!rest_number(rest, "minutes", RESTRAINT_MINUTES_MAX, &command.number) ||
        !rest_line_fits(rest, command.text) ||
        !decoder_network(rest->decoder, rest->parts[0], &command))
        return DECODED;
    return rest_give(rest, &command);
}

enum decoded rest_server_ban(struct rest_call *rest) {
    return server_ban(rest, true);
}

enum decoded rest_server_unban(struct rest_call *rest) {
    return server_ban(rest, false);
}

enum decoded rest_server_restraints(struct rest_call *rest) {
    return rest_give(rest, &(struct command){.kind = COMMAND_RESTRAINTS, .flags = COMMAND_SERVER});
}

static enum decoded audit(struct rest_call *rest, bool server) {
    struct command command = {.kind = COMMAND_AUDIT, .flags = server ? COMMAND_SERVER : 0};
    uint64_t count;
    if (!rest_param_number(rest, "count", UINT32_MAX, &count)) return DECODED;
    command.count = count > 0 ? (uint32_t)count : AUDIT_COUNT;
    return server ? rest_give(rest, &command) : rest_give_room(rest, &command);
}

enum decoded rest_audit(struct rest_call *rest) {
    return audit(rest, false);
}

enum decoded rest_server_audit(struct rest_call *rest) {
    return audit(rest, true);
}
