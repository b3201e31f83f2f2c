/* Deadlines: each comes once, not before its time and at most a tick after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/wheel.h"

enum { ROWS = 32, START_MS = 1000000 };

static void assert_none(struct wheel *wheel, uint64_t now_ms) {
    uint32_t row;
    assert_false(wheel_expire(wheel, now_ms, &row));
}

static void assert_due(struct wheel *wheel, uint64_t now_ms, uint32_t wanted) {
    uint32_t row = ROWS;
    assert_true(wheel_expire(wheel, now_ms, &row));
    assert_int_equal(row, wanted);
}

static struct wheel wheel_new(void) {
    struct wheel wheel;
    assert_true(wheel_init(&wheel, ROWS, START_MS));
    return wheel;
}

static void a_deadline_comes_once_when_its_time_has_passed(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    wheel_set(&wheel, 3, START_MS + 100);
    assert_none(&wheel, START_MS + 99);
    assert_due(&wheel, START_MS + 100 + WHEEL_TICK_MS, 3);
    assert_none(&wheel, START_MS + 5000);
    wheel_deinit(&wheel);
}

static void a_new_deadline_replaces_the_old_one(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    wheel_set(&wheel, 3, START_MS + 100);
    wheel_set(&wheel, 3, START_MS + 500);
    assert_none(&wheel, START_MS + 400);
    wheel_set(&wheel, 3, START_MS + 450);
    assert_due(&wheel, START_MS + 460, 3);
    assert_none(&wheel, START_MS + 900);
    wheel_deinit(&wheel);
}

static void a_deadline_that_was_taken_off_never_comes(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    wheel_set(&wheel, 3, START_MS + 100);
    wheel_clear(&wheel, 3);
    wheel_clear(&wheel, 3);
    assert_none(&wheel, START_MS + 100000);
    assert_int_equal(wheel_wait_ms(&wheel, START_MS), -1);
    wheel_deinit(&wheel);
}

static void a_deadline_in_the_past_comes_at_the_next_tick(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    wheel_set(&wheel, 3, 1);
    assert_due(&wheel, START_MS + WHEEL_TICK_MS, 3);
    wheel_deinit(&wheel);
}

static void a_deadline_more_than_one_turn_away_waits_for_its_turn(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    uint64_t turn_ms = (uint64_t)WHEEL_SLOTS * WHEEL_TICK_MS;
    wheel_set(&wheel, 3, START_MS + 3 * turn_ms + 8);
    for (uint64_t ms = 0; ms < 3 * turn_ms; ms += 50)
        assert_none(&wheel, START_MS + ms);
    assert_due(&wheel, START_MS + 3 * turn_ms + 20, 3);
    wheel_deinit(&wheel);
}

static void all_that_is_due_comes_after_a_long_sleep(void **state) {
    (void)state;
    struct wheel wheel = wheel_new();
    uint32_t row, count = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        wheel_set(&wheel, i, START_MS + 1 + i * 977);
    while (wheel_expire(&wheel, START_MS + 10000000, &row))
        count++;
    assert_int_equal(count, ROWS);
    wheel_deinit(&wheel);
}

/* Against a list of due times, with sleeps as long as the wheel says. */
static void no_deadline_is_early_or_late(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct wheel wheel = wheel_new();
        struct rng rng = {seed};
        uint64_t due_ms[ROWS] = {0}, now_ms = START_MS;
        for (int step = 0; step < 4000; step++) {
            uint32_t row = rng_below(&rng, ROWS);
            if (rng_below(&rng, 4) == 0) {
                wheel_clear(&wheel, row);
                due_ms[row] = 0;
            } else {
                due_ms[row] = now_ms + 1 + rng_below(&rng, 12000);
                wheel_set(&wheel, row, due_ms[row]);
            }
            int wait_ms = wheel_wait_ms(&wheel, now_ms);
            now_ms += wait_ms < 0 ? 5 : (uint64_t)wait_ms;
            while (wheel_expire(&wheel, now_ms, &row)) {
                assert_true(due_ms[row] != 0 && due_ms[row] <= now_ms);
                due_ms[row] = 0;
            }
            for (row = 0; row < ROWS; row++)
                assert_true(due_ms[row] == 0 || due_ms[row] + WHEEL_TICK_MS >= now_ms);
        }
        wheel_deinit(&wheel);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_comes_once_when_its_time_has_passed),
        cmocka_unit_test(a_new_deadline_replaces_the_old_one),
        cmocka_unit_test(a_deadline_that_was_taken_off_never_comes),
        cmocka_unit_test(a_deadline_in_the_past_comes_at_the_next_tick),
        cmocka_unit_test(a_deadline_more_than_one_turn_away_waits_for_its_turn),
        cmocka_unit_test(all_that_is_due_comes_after_a_long_sleep),
        cmocka_unit_test(no_deadline_is_early_or_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
