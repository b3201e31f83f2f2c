/* Values through a ring: all of them, whole, in their order, from one thread to another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "base/ring.h"
#include "base/rng.h"

enum { SLICES = 2, RING_SIZE = 1024, TEXT_MAX = 200, LARGEST = 320, VALUES = 20000 };

struct value {
    uint64_t number;
    struct slice slices[SLICES];
};

static void put(struct ring *ring, uint64_t number, struct slice first, struct slice second) {
    struct value value = {.number = number, .slices = {first, second}};
    ring_put(ring, (uint32_t)number & 7, &value, sizeof value, offsetof(struct value, slices),
             SLICES);
}

/* A text whose bytes tell its number and length. */
static struct slice text_of(uint64_t number, char *memory) {
    struct rng rng = {number};
    size_t size = rng_below(&rng, TEXT_MAX);
    memset(memory, (char)('a' + number % 26), size);
    return (struct slice){memory, size};
}

static void assert_value(const struct value *value, uint32_t tag, uint64_t number) {
    char memory[TEXT_MAX];
    struct slice text = text_of(number, memory);
    assert_true(value->number == number);
    assert_int_equal(tag, number & 7);
    assert_true(slice_equal(value->slices[0], text));
    assert_true(slice_equal(value->slices[1], slice_of("end")));
}

static void put_number(struct ring *ring, uint64_t number) {
    char memory[TEXT_MAX];
    put(ring, number, text_of(number, memory), slice_of("end"));
}

static void a_value_comes_out_as_it_went_in(void **state) {
    struct ring ring;
    uint32_t tag = 0;
    (void)state;
    assert_true(ring_init(&ring, RING_SIZE));
    put_number(&ring, 5);
    assert_null(ring_take(&ring, &tag));
    assert_true(ring_publish(&ring));
    assert_false(ring_publish(&ring));
    struct value *value = ring_take(&ring, &tag);
    assert_non_null(value);
    assert_value(value, tag, 5);
    assert_null(ring_take(&ring, &tag));
    ring_release(&ring);
    assert_true(ring_empty(&ring));
    ring_deinit(&ring);
}

static void what_was_taken_stays_until_it_is_released(void **state) {
    struct ring ring;
    uint32_t tag = 0;
    uint64_t number = 0, taken = 0;
    (void)state;
    assert_true(ring_init(&ring, RING_SIZE));
    while (ring_fits(&ring, LARGEST, LARGEST))
        put_number(&ring, number++);
    ring_publish(&ring);
    struct value *first = ring_take(&ring, &tag);
    assert_false(ring_fits(&ring, LARGEST, LARGEST));
    while (ring_take(&ring, &tag))
        taken++;
    assert_int_equal(taken + 1, number);
    assert_true(first->number == 0);
    ring_release(&ring);
    assert_true(ring_fits(&ring, LARGEST, LARGEST));
    ring_deinit(&ring);
}

static void values_of_all_sizes_pass_the_end_of_the_ring(void **state) {
    struct ring ring;
    struct rng rng = {1};
    uint32_t tag = 0;
    uint64_t put_count = 0, taken = 0;
    (void)state;
    assert_true(ring_init(&ring, RING_SIZE));
    while (taken < VALUES) {
        for (uint32_t i = rng_below(&rng, 5); i > 0; i--)
            if (ring_fits(&ring, LARGEST, LARGEST)) put_number(&ring, put_count++);
        ring_publish(&ring);
        for (uint32_t i = rng_below(&rng, 5); i > 0; i--) {
            struct value *value = ring_take(&ring, &tag);
            if (value) assert_value(value, tag, taken++);
        }
        ring_release(&ring);
    }
    ring_deinit(&ring);
}

static void a_ring_that_was_emptied_has_room_again(void **state) {
    struct ring ring;
    uint32_t tag = 0;
    (void)state;
    assert_true(ring_init(&ring, RING_SIZE));
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(ring_fits(&ring, RING_SIZE - LARGEST, LARGEST));
        put_number(&ring, i);
        ring_publish(&ring);
        struct value *value = ring_take(&ring, &tag);
        assert_non_null(value);
        assert_value(value, tag, i);
        ring_release(&ring);
    }
    ring_deinit(&ring);
}

static void a_cost_covers_header_value_and_bytes(void **state) {
    struct slice slices[SLICES] = {slice_of("abc"), slice_of("")};
    (void)state;
    assert_true(ring_cost(sizeof(struct value), slices, SLICES) >= sizeof(struct value) + 8 + 3);
    assert_int_equal(ring_cost(sizeof(struct value), slices, SLICES) % 8, 0);
}

static void *produce(void *context) {
    struct ring *ring = context;
    for (uint64_t number = 0; number < VALUES; number++) {
        while (!ring_fits(ring, LARGEST, LARGEST)) {
            ring_publish(ring);
            sched_yield();
        }
        put_number(ring, number);
        if (number % 3 == 0) ring_publish(ring);
    }
    ring_publish(ring);
    return NULL;
}

static void two_threads_lose_nothing_and_keep_the_order(void **state) {
    struct ring ring;
    pthread_t producer;
    uint32_t tag = 0;
    (void)state;
    assert_true(ring_init(&ring, RING_SIZE));
    assert_int_equal(pthread_create(&producer, NULL, produce, &ring), 0);
    for (uint64_t number = 0; number < VALUES;) {
        struct value *value = ring_take(&ring, &tag);
        if (value)
            assert_value(value, tag, number++);
        else
            sched_yield();
        if (number % 5 == 0) ring_release(&ring);
        if (!value) ring_release(&ring);
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    ring_deinit(&ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_out_as_it_went_in),
        cmocka_unit_test(what_was_taken_stays_until_it_is_released),
        cmocka_unit_test(values_of_all_sizes_pass_the_end_of_the_ring),
        cmocka_unit_test(a_ring_that_was_emptied_has_room_again),
        cmocka_unit_test(a_cost_covers_header_value_and_bytes),
        cmocka_unit_test(two_threads_lose_nothing_and_keep_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
