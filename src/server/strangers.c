/* strangers.c: who is turned out, and what is looked at of what people say. Those who have not said
 * who they are have a part of the places, and no more, so that a crowd of the silent keeps nobody
 * out (THREATS 4); who sends more than the rate allows waits, and who goes on all the same is
 * closed (THREATS 48). */
#include <stdatomic.h>

#include "base/text.h"
#include "server/session_inside.h"

void session_turn_out(struct sessions *sessions, uint32_t slot, enum refusal why) {
    struct session *session = &sessions->rows[slot];
    struct event close = {.kind = EVENT_CLOSE, .refusal = (uint8_t)why};
    if (session->talk.kind == DIALECT_AUTO) session_count(sessions, session, DIALECT_LINE);
    session_answer(sessions, slot, &close);
    session_bye(sessions, slot, (struct slice){0});
}

/* Of those who have not said who they are: one who came long ago makes room. Among some at random,
 * so that it costs no search. */
static void strangers_make_room(struct sessions *sessions) {
    enum { LOOKED_AT = 16 };
    struct session *oldest = NULL;
    for (int i = 0; i < LOOKED_AT; i++) {
        sessions->stranger_at = (sessions->stranger_at + UINT32_C(2654435761)) % sessions->row_top;
        struct session *session = &sessions->rows[sessions->stranger_at];
        if (session->state != SESSION_OPEN || !session->stranger) continue;
        if (!oldest || session->opened_ms < oldest->opened_ms) oldest = session;
    }
    if (!oldest) return;
    sessions->crowded_count++;
    oldest->last_word = true;
    session_turn_out(sessions, (uint32_t)(oldest - sessions->rows), REFUSED_SERVER_FULL);
}

/* Whole seconds; 0 is kept for: not at the limit. */
static uint16_t flood_clock(const struct sessions *sessions) {
    uint16_t seconds = (uint16_t)(sessions->now_ms / 1000);
    return seconds != 0 ? seconds : 1;
}

void session_floods(const struct sessions *sessions, struct session *session, bool is) {
    if (!is)
        session->flood_s = 0;
    else if (session->flood_s == 0)
        session->flood_s = flood_clock(sessions);
}

void session_flood_check(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    uint16_t for_s = (uint16_t)(flood_clock(sessions) - session->flood_s);
    uint32_t most_s = sessions->limits.flood_seconds;
    /* One second on this clock may be an instant. */
    if (session->state != SESSION_OPEN || most_s == 0 || for_s <= most_s) return;
    sessions->flood_count++;
    sessions_keep(sessions, slot, (struct slice){0});
    session_turn_out(sessions, slot, REFUSED_FLOOD);
}

void session_stranger(struct sessions *sessions, struct session *session, bool is) {
    if (session->stranger == is) return;
    uint32_t most = sessions->limits.strangers_max;
    if (is && most > 0 && sessions->stranger_count >= most) strangers_make_room(sessions);
    session->stranger = is;
    if (is)
        sessions->stranger_count++;
    else
        sessions->stranger_count--;
}

void session_put_words(struct sessions *sessions, struct command *command) {
    bool said = command->kind == COMMAND_SAY || command->kind == COMMAND_TELL ||
                command->kind == COMMAND_EDIT || command->kind == COMMAND_TOPIC ||
                command->kind == COMMAND_TAG || command->kind == COMMAND_ASIDE;
    if (!said || command->text.size == 0 || command->text.size > FILTER_TEXT_MAX) return;
    if (!sessions->hooks.filters || !atomic_load(sessions->hooks.filters)) return;
    struct buf words;
    buf_init(&words, sessions->words, sizeof sessions->words);
    text_words(sessions->names, &words, command->text, false);
    command->skeleton =
        buf_ok(&words) ? buf_slice(&words) : slice_of("\n"); /* too much to look at */
}
