/* rest_message.c: requests about what is said. */
#include "dialect/rest.h"

enum { PAGE_COUNT = 50 }; /* messages, where nobody says how many */

/* The number of a message, as a part of the path. False: it was answered. */
static bool target_of(struct rest_call *rest, uint64_t *target) {
    if (slice_number(rest->parts[1], UINT64_MAX >> 1, target) && *target > 0) return true;
    rest_wrong(rest, REFUSED_NUMBER_BAD, 0, rest->parts[1]);
    return false;
}

static bool page_of(struct rest_call *rest, struct command *history) {
    uint64_t count, around;
    struct slice all;
    *history = (struct command){.kind = COMMAND_HISTORY};
    if (!rest_param_number(rest, "count", UINT32_MAX, &count) ||
        !rest_param_number(rest, "before", UINT64_MAX >> 1, &history->before) ||
        !rest_param_number(rest, "after", UINT64_MAX >> 1, &history->after) ||
        !rest_param_number(rest, "around", UINT64_MAX >> 1, &around))
        return false;
    history->count = count > 0 ? (uint32_t)count : PAGE_COUNT;
    if (around > 0) {
        history->flags |= COMMAND_AROUND;
        history->before = around;
    }
    /* whatever comes after 0 is what comes first */
    if (rest_param(rest, "after", &all) && history->after == 0) history->after_ms = 1;
    if (rest_param(rest, "all", &all) && slice_equal(all, slice_of("true")))
        history->flags |= COMMAND_FULL;
    return true;
}

enum decoded rest_messages(struct rest_call *rest) {
    struct command history;
    return page_of(rest, &history) ? rest_give_room(rest, &history) : DECODED;
}

enum decoded rest_direct_messages(struct rest_call *rest) {
    struct command history;
    if (!page_of(rest, &history)) return DECODED;
    return rest_give_person(rest, &history, rest->parts[0]);
}

enum decoded rest_message(struct rest_call *rest) {
    struct command history = {.kind = COMMAND_HISTORY, .count = 1, .flags = COMMAND_FULL};
    uint64_t target;
    if (!target_of(rest, &target)) return DECODED;
    rest->own->target = target;
    history.before = target + 1;
    history.after = target - 1;
    if (target == 1) history.after_ms = 1;
    return rest_give_room(rest, &history);
}

/* The body is what is said; or it is JSON and says more. Idempotency-Key is the client id. */
static bool said_of(struct rest_call *rest, struct command *say) {
    struct slice key;
    *say = (struct command){.kind = COMMAND_SAY};
    if (rest_is_json(rest)) {
        if (!rest_body_fits(rest, "text kind reply client_id")) return false;
        if (!rest_number(rest, "reply", UINT64_MAX >> 1, &say->target)) return false;
        say->text = rest_text(rest, "text");
        say->client_id = rest_text(rest, "client_id");
        struct slice kind = rest_text(rest, "kind");
        if (slice_equal(kind, slice_of("action"))) say->speech = SPEECH_ACTION;
        if (slice_equal(kind, slice_of("notice"))) say->speech = SPEECH_NOTICE;
        if (kind.size > 0 && say->speech == SPEECH_SAY && !slice_equal(kind, slice_of("say"))) {
            rest_wrong(rest, REFUSED_SETTING_BAD, 0, slice_of("kind: say, action, notice"));
            return false;
        }
    } else {
        say->text = rest->call->body;
        while (say->text.size > 0 && say->text.at[say->text.size - 1] == '\n')
            say->text.size--;
    }
    if (http_header(rest->call->request, slice_of("Idempotency-Key"), &key)) {
        bool quoted = key.size > 1 && key.at[0] == '"' && key.at[key.size - 1] == '"';
        say->client_id = quoted ? (struct slice){key.at + 1, key.size - 2} : key;
    }
    return rest_text_fits(rest, say->text);
}

/* Who speaks to a room that she is not in enters it, where she may: it is one of hers from then on.
 * A room that hears who is outside takes it without. */
enum decoded rest_send(struct rest_call *rest) {
    struct rest *own = rest->own;
    struct command say;
    if (own->step == REST_TRIES) { /* she is not in it */
        own->step = REST_ENTERS;
        own->refusal = 0;
        rest_give_room(rest, &(struct command){.kind = COMMAND_JOIN, .flags = COMMAND_EXISTS});
        return DECODED_AGAIN;
    }
    if (!said_of(rest, &say)) return DECODED;
    if (own->step == REST_ENTERS) {
        own->step = REST_ASKS;
        return rest_give_room(rest, &say);
    }
    own->step = REST_TRIES;
    rest_give_room(rest, &say);
    return DECODED_AGAIN;
}

enum decoded rest_direct(struct rest_call *rest) {
    struct command say;
    if (!said_of(rest, &say)) return DECODED;
    say.kind = COMMAND_TELL;
    return rest_give_person(rest, &say, rest->parts[0]);
}

enum decoded rest_edit(struct rest_call *rest) {
    struct command edit = {.kind = COMMAND_EDIT, .text = rest_text(rest, "text")};
    if (!target_of(rest, &edit.target) || !rest_text_fits(rest, edit.text)) return DECODED;
    return rest_give_room(rest, &edit);
}

enum decoded rest_remove(struct rest_call *rest) {
    struct command retract = {.kind = COMMAND_RETRACT};
    (void)rest_param(rest, "why", &retract.text);
    return target_of(rest, &retract.target) ? rest_give_room(rest, &retract) : DECODED;
}

static enum decoded react(struct rest_call *rest, uint16_t flags) {
    struct command command = {.kind = COMMAND_REACT, .flags = flags, .text = rest->parts[2]};
    return target_of(rest, &command.target) ? rest_give_room(rest, &command) : DECODED;
}

enum decoded rest_react(struct rest_call *rest) {
    return react(rest, COMMAND_SETS);
}

enum decoded rest_unreact(struct rest_call *rest) {
    return react(rest, 0);
}

enum decoded rest_read_up(struct rest_call *rest) {
    struct command command = {.kind = COMMAND_READ};
    if (!rest_number(rest, "seq", UINT64_MAX >> 1, &command.target)) return DECODED;
    return rest_give_room(rest, &command);
}

enum decoded rest_search(struct rest_call *rest) {
    struct command search = {.kind = COMMAND_SEARCH};
    uint64_t count;
    if (!rest_param_number(rest, "count", UINT32_MAX, &count) ||
        !rest_param_number(rest, "before", UINT64_MAX >> 1, &search.before))
        return DECODED;
    search.count = (uint32_t)count;
    (void)rest_param(rest, "text", &search.text);
    return rest_give_room(rest, &search);
}
