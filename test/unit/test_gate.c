/* The gate: what waits for the disk, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/hub.h"
#include "server/gate.h"
#include "sim/sim.h"

enum { WORKERS = 2, SESSIONS = 4, ROOMS = 4, SHOWN_MAX = 4096 };

/* What came out, as text: `r` a record, `A:text ` a reply to session A, `#text ` to a room. */
struct door {
    struct gate gate;
    char memory[SHOWN_MAX];
    struct buf shown;
    uint32_t room_left; /* for so many effects */
    uint64_t queried;   /* records that the last page waits for */
};

static void on_record(void *context, const struct record *record) {
    (void)record;
    buf_text(&((struct door *)context)->shown, "r ");
}

static void show(struct door *door, char mark, struct slice text) {
    door->room_left--;
    buf_byte(&door->shown, mark);
    buf_put(&door->shown, text);
    buf_byte(&door->shown, ' ');
}

static void on_reply(void *context, struct session_id to, const struct event *event) {
    struct door *door = context;
    if (event->kind == EVENT_QUERY) door->queried = event->number;
    show(door, (char)('A' + to.slot), event->text);
}

static void on_publish(void *context, uint32_t workers, const struct event *event) {
    assert_int_equal(workers, 1);
    show(context, '#', event->text);
}

static void on_prove(void *context, const struct proof *proof) {
    buf_text(&((struct door *)context)->shown, "prove ");
    buf_number(&((struct door *)context)->shown, proof->ticket);
    buf_byte(&((struct door *)context)->shown, ' ');
}

static bool on_room(void *context) {
    return ((struct door *)context)->room_left > 0;
}

static void door_init(struct door *door, bool open) {
    *door = (struct door){.room_left = 1000};
    struct gate_hooks hooks = {.context = door,
                               .record = on_record,
                               .reply = on_reply,
                               .publish = on_publish,
                               .prove = on_prove,
                               .room = on_room};
    buf_init(&door->shown, door->memory, sizeof door->memory);
    assert_true(gate_init(&door->gate, WORKERS, SESSIONS, ROOMS, open, hooks));
}

static struct session_id session_of(char name) {
    return (struct session_id){.slot = (uint32_t)(name - 'A'), .generation = 1};
}

static void record(struct door *door, char session, uint32_t room) {
    struct effect effect = {
        .kind = EFFECT_RECORD, .session = session_of(session), .room_row = room};
    gate_effect(&door->gate, &effect);
}

static void reply(struct door *door, char session, uint32_t room, const char *text) {
    struct effect effect = {.kind = EFFECT_REPLY, .session = session_of(session), .room_row = room};
    effect.event = (struct event){.kind = EVENT_PONG, .text = slice_text(text)};
    gate_effect(&door->gate, &effect);
}

static void publish(struct door *door, char session, uint32_t room, const char *text) {
    struct effect effect = {
        .kind = EFFECT_PUBLISH, .session = session_of(session), .room_row = room, .workers = 1};
    effect.event = (struct event){.kind = EVENT_SAID, .text = slice_text(text)};
    gate_effect(&door->gate, &effect);
}

static void flush(struct door *door, uint64_t upto) {
    gate_flushed(&door->gate, upto);
    assert_true(gate_release(&door->gate));
}

/* All that was shown since the last time. */
static void assert_shown(struct door *door, const char *wanted) {
    buf_byte(&door->shown, 0);
    assert_string_equal(door->memory, wanted);
    door->shown.size = 0;
}

static void a_message_waits_for_its_record(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    publish(&door, 'A', 1, "hi");
    assert_shown(&door, "r ");
    assert_true(gate_release(&door.gate));
    assert_shown(&door, "");
    flush(&door, 1);
    assert_shown(&door, "#hi ");
    gate_deinit(&door.gate);
}

static void who_has_nothing_in_flight_never_waits(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    reply(&door, 'B', ROOM_ROW_NONE, "pong");
    publish(&door, 'B', 2, "elsewhere");
    assert_shown(&door, "r Bpong #elsewhere ");
    gate_deinit(&door.gate);
}

static void one_sessions_answers_leave_in_their_order(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    reply(&door, 'A', 1, "one");
    reply(&door, 'A', ROOM_ROW_NONE, "two");
    reply(&door, 'A', 2, "three");
    assert_shown(&door, "r ");
    flush(&door, 1);
    assert_shown(&door, "Aone Atwo Athree ");
    gate_deinit(&door.gate);
}

static void a_rooms_events_leave_in_their_order(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    publish(&door, 'A', 1, "one");
    record(&door, 'B', 1);
    publish(&door, 'B', 1, "two");
    publish(&door, 'C', 1, "three");
    flush(&door, 1);
    assert_shown(&door, "r r #one ");
    flush(&door, 2);
    assert_shown(&door, "#two #three ");
    gate_deinit(&door.gate);
}

/* Alice's record holds her entering of another room; what happens there next may not overtake. */
static void a_room_waits_for_what_it_is_to_be_told_first(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    reply(&door, 'A', 2, "entered");
    publish(&door, 'A', 2, "joined");
    publish(&door, 'B', 2, "left");
    reply(&door, 'C', 2, "who");
    assert_shown(&door, "r ");
    flush(&door, 1);
    assert_shown(&door, "Aentered #joined #left Cwho ");
    gate_deinit(&door.gate);
}

static void what_is_said_of_accounts_waits_for_the_last_of_them(void **state) {
    static const struct hub_size size = {.rooms = ROOMS};
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', ROOM_ROW_ACCOUNTS(size));
    reply(&door, 'B', ROOM_ROW_ACCOUNTS(size), "you");
    reply(&door, 'C', ROOM_ROW_NONE, "she");
    assert_shown(&door, "r Cshe ");
    flush(&door, 1);
    assert_shown(&door, "Byou ");
    gate_deinit(&door.gate);
}

static void a_password_is_hashed_whatever_waits(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    struct effect prove = {
        .kind = EFFECT_PROVE, .session = session_of('A'), .room_row = 1, .proof = {.ticket = 7}};
    gate_effect(&door.gate, &prove);
    assert_shown(&door, "r prove 7 ");
    gate_deinit(&door.gate);
}

static void what_was_flushed_is_waited_for_no_more(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    flush(&door, 1);
    publish(&door, 'A', 1, "now");
    assert_shown(&door, "r #now ");
    gate_deinit(&door.gate);
}

static void a_release_goes_on_where_there_was_no_room(void **state) {
    struct door door;
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    publish(&door, 'A', 1, "one");
    publish(&door, 'A', 1, "two");
    record(&door, 'B', 2);
    publish(&door, 'B', 2, "later");
    publish(&door, 'A', 1, "three");
    gate_flushed(&door.gate, 1);
    door.room_left = 1;
    assert_false(gate_release(&door.gate));
    assert_shown(&door, "r r #one ");
    assert_false(gate_release(&door.gate));
    door.room_left = 9;
    assert_true(gate_release(&door.gate));
    assert_shown(&door, "#two #three ");
    flush(&door, 2);
    assert_shown(&door, "#later ");
    gate_deinit(&door.gate);
}

static void an_open_gate_holds_nothing(void **state) {
    struct door door;
    (void)state;
    door_init(&door, true);
    record(&door, 'A', 1);
    publish(&door, 'A', 1, "hi");
    assert_shown(&door, "r #hi ");
    gate_deinit(&door.gate);
}

/* With the gate open a page must still wait for its rows. */
static void an_open_gate_tells_a_page_what_it_waits_for(void **state) {
    struct door door;
    struct effect query = {.kind = EFFECT_REPLY, .session = session_of('B'), .room_row = 1};
    (void)state;
    door_init(&door, true);
    query.event = (struct event){.kind = EVENT_QUERY};
    gate_effect(&door.gate, &query);
    assert_int_equal(door.queried, 0);
    record(&door, 'A', 1);
    record(&door, 'A', 1);
    gate_effect(&door.gate, &query);
    assert_int_equal(door.queried, 2);
    gate_deinit(&door.gate);
}

static void bytes_of_what_waits_are_its_own(void **state) {
    struct door door;
    char text[] = "kept";
    (void)state;
    door_init(&door, false);
    record(&door, 'A', 1);
    publish(&door, 'A', 1, text);
    memset(text, 'x', 4);
    flush(&door, 1);
    assert_shown(&door, "r #kept ");
    gate_deinit(&door.gate);
}

static void a_simulated_gate_that_is_open_is_found_out(void **state) {
    char *arguments[] = {"sim", "1", "--plant", "gate", NULL};
    (void)state;
    assert_int_equal(sim_main(4, arguments), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_waits_for_its_record),
        cmocka_unit_test(who_has_nothing_in_flight_never_waits),
        cmocka_unit_test(one_sessions_answers_leave_in_their_order),
        cmocka_unit_test(a_rooms_events_leave_in_their_order),
        cmocka_unit_test(a_room_waits_for_what_it_is_to_be_told_first),
        cmocka_unit_test(what_is_said_of_accounts_waits_for_the_last_of_them),
        cmocka_unit_test(a_password_is_hashed_whatever_waits),
        cmocka_unit_test(what_was_flushed_is_waited_for_no_more),
        cmocka_unit_test(a_release_goes_on_where_there_was_no_room),
        cmocka_unit_test(an_open_gate_holds_nothing),
        cmocka_unit_test(an_open_gate_tells_a_page_what_it_waits_for),
        cmocka_unit_test(bytes_of_what_waits_are_its_own),
        cmocka_unit_test(a_simulated_gate_that_is_open_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
