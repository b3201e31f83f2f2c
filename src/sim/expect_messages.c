/* expect_messages.c: what may be against commands about what was said. Some come twice: without
 * what the store knows of the message, and with it. */
#include "sim/expect.h"

static void text_needed(const struct asked *a) {
    const struct command *c = a->command;
    asked_sure_if(a, c->text.size == 0, REFUSED_TEXT_EMPTY);
    asked_sure_if(a, c->text.size > a->oracle->world->limits.text_size, REFUSED_TEXT_TOO_LONG);
}

static const struct said *target_of(const struct asked *a) {
    for (uint32_t i = 0; i < a->oracle->said_count; i++) {
        const struct said *said = &a->oracle->said[i];
        if (said->room == (uint32_t)(a->room - a->oracle->rooms) && !said->lost &&
            said->seq == a->command->target)
            return said;
    }
    return NULL;
}

/* What she was when she said it, she still is: an account, or the same guest. */
static bool is_hers(const struct asked *a, const struct said *said) {
    bool account = durable_account(&a->oracle->durable, a->person->number);
    if (account) return said->identity.v == a->person->number;
    return said->identity.v > UINT32_MAX && said->person == a->seat->person;
}

/* The message that is meant; whether she may is then a matter of whose it is. */
static void target_needed(const struct asked *a, enum action action) {
    if (!a->room) return;
    const struct said *said = target_of(a);
    bool found = a->command->flags & COMMAND_FOUND;
    bool message = said && said->stored == STORED_MESSAGE && !said->unkept;
    bool removed = message && oracle_removed(a->oracle, said, false);
    asked_maybe(a, REFUSED_STORE_FAILED);
    if (!message) asked_maybe(a, REFUSED_MESSAGE_UNKNOWN);
    if (removed || !message) asked_maybe(a, REFUSED_MESSAGE_GONE);
    if (a->room->flags & ROOM_NO_HISTORY) asked_maybe(a, REFUSED_HISTORY_OFF);
    bool nothing = a->command->found_kind != STORED_MESSAGE;
    asked_sure_if(a, found && nothing && !removed, REFUSED_MESSAGE_UNKNOWN);
    /* whatever was found: it may have been removed since, by somebody else */
    asked_sure_if(a, found && removed, REFUSED_MESSAGE_GONE);
    if (found && message && !removed && nothing)
        oracle_fail(a->oracle, "message %u of room %u was not found", (unsigned)said->seq,
                    a->room->number);
    if (rights_allow(action, rank_of(a->oracle, a->person, a->room)) != MAY_IF_OWN) return;
    bool hers = message && is_hers(a, said);
    if (!hers) asked_maybe(a, REFUSED_NOT_ALLOWED);
    asked_sure_if(a, found && message && !hers, REFUSED_NOT_ALLOWED);
}

void expect_edit(const struct asked *a) {
    text_needed(a);
    asked_may(a, ACTION_EDIT);
    target_needed(a, ACTION_EDIT);
    if (a->room) asked_may(a, ACTION_SAY); /* "her own, and she may speak" */
}

void expect_retract(const struct asked *a) {
    asked_may(a, ACTION_RETRACT);
    target_needed(a, ACTION_RETRACT);
    asked_sure_if(a, !a->oracle->world->limits.retract, REFUSED_NOT_ALLOWED);
    asked_maybe(a, REFUSED_RANK); /* of somebody above her */
}

void expect_react(const struct asked *a) {
    bool blank = memchr(a->command->text.at, ' ', a->command->text.size);
    asked_may(a, ACTION_REACT);
    target_needed(a, ACTION_REACT);
    asked_sure_if(a, blank || a->command->text.size > REACTION_SIZE_MAX, REFUSED_REACTION_BAD);
}

void expect_read(const struct asked *a) {
    asked_may(a, ACTION_READ);
    if (!a->room) return;
    bool account = durable_account(&a->oracle->durable, a->person->number);
    if (!account) asked_maybe(a, REFUSED_LOGIN_NEEDED);
    if (!a->inside) asked_maybe(a, REFUSED_NOT_IN_ROOM);
    if (a->command->target > a->room->seq) {
        asked_maybe(a, REFUSED_MESSAGE_UNKNOWN);
        asked_maybe(a, REFUSED_CURSOR_BAD);
    }
}

void expect_resume(const struct asked *a) {
    asked_may(a, ACTION_READ);
    if (!a->room) return;
    if (a->command->epoch != a->room->epoch) asked_maybe(a, REFUSED_CURSOR_BAD);
    bool future = a->command->epoch == a->room->epoch && a->command->after > a->room->seq;
    asked_sure_if(a, future, REFUSED_CURSOR_BAD);
    asked_sure_if(a, a->room->own, REFUSED_HISTORY_OFF);
    if (a->room->flags & ROOM_NO_HISTORY) asked_maybe(a, REFUSED_HISTORY_OFF);
}

void expect_search(const struct asked *a) {
    asked_may(a, ACTION_READ);
    asked_maybe(a, REFUSED_QUERY_BAD);
    asked_sure_if(a, !a->oracle->world->limits.search, REFUSED_SEARCH_OFF);
    if (a->room && (a->room->own || (a->room->flags & ROOM_NO_HISTORY)))
        asked_maybe(a, REFUSED_HISTORY_OFF);
}

void expect_tell(const struct asked *a) {
    uint32_t number;
    const struct person *person = asked_whom(a, &number);
    text_needed(a);
    asked_sure_if(a, number == 0, REFUSED_PERSON_UNKNOWN);
    asked_maybe(a, REFUSED_TOO_MANY_NEW);
    if (person == a->person) asked_maybe(a, REFUSED_NOT_ALLOWED);
    /* a guest's words to somebody who is not there would be lost */
    bool account = durable_account(&a->oracle->durable, a->person->number);
    if (!person && !account) asked_maybe(a, REFUSED_LOGIN_NEEDED);
    asked_maybe(a, REFUSED_ROOMS_FULL);
}
