/* An index finds what a plain list finds, whatever is put and dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/index.h"
#include "base/rng.h"

enum { ROWS = 64, STEPS = 20000 };

/* The list: whether a row is in, and under which hash. */
struct list {
    struct index index;
    uint64_t hashes[ROWS];
    bool in[ROWS];
    uint32_t count;
};

static void list_init(struct list *list) {
    *list = (struct list){0};
    assert_true(index_init(&list->index, ROWS));
}

static uint32_t times_found(const struct list *list, uint32_t row, uint64_t hash) {
    uint32_t times = 0;
    for (uint32_t at = index_first(&list->index, hash); at != INDEX_END;
         at = index_next(&list->index, at, hash))
        times += index_row(&list->index, at) == row;
    return times;
}

static void assert_same(const struct list *list) {
    assert_int_equal(list->index.count, list->count);
    for (uint32_t row = 0; row < ROWS; row++)
        assert_int_equal(times_found(list, row, list->hashes[row]), list->in[row]);
}

/* Hashes are `first` and a few behind it. */
static void play(uint64_t seed, uint64_t first, uint64_t few) {
    struct list list;
    struct rng rng = {seed};
    list_init(&list);
    for (int step = 0; step < STEPS; step++) {
        uint32_t row = rng_below(&rng, ROWS);
        if (list.in[row]) {
            index_drop(&list.index, list.hashes[row], row);
            list.count--;
        } else {
            list.hashes[row] = first + rng_next(&rng) % few;
            index_put(&list.index, list.hashes[row], row);
            list.count++;
        }
        list.in[row] = !list.in[row];
        if (step % 16 == 0) assert_same(&list);
    }
    index_deinit(&list.index);
}

static void an_index_agrees_with_a_list(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed, 0, UINT64_MAX);
}

static void rows_of_one_hash_are_told_apart(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed, 0, 4);
}

static void chains_that_pass_the_end_of_the_table_stay_whole(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed, 120, 16); /* of 128 slots */
}

static void nothing_is_found_in_an_empty_index(void **state) {
    struct list list;
    (void)state;
    list_init(&list);
    assert_int_equal(index_first(&list.index, 0), INDEX_END);
    index_put(&list.index, 7, 3);
    index_drop(&list.index, 7, 3);
    assert_int_equal(index_first(&list.index, 7), INDEX_END);
    index_deinit(&list.index);
}

static void an_index_holds_as_many_rows_as_it_was_made_for(void **state) {
    struct list list;
    (void)state;
    list_init(&list);
    for (uint32_t row = 0; row < ROWS; row++) {
        index_put(&list.index, 5, row);
        list.hashes[row] = 5;
        list.in[row] = true;
        list.count++;
    }
    assert_same(&list);
    index_deinit(&list.index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_agrees_with_a_list),
        cmocka_unit_test(rows_of_one_hash_are_told_apart),
        cmocka_unit_test(chains_that_pass_the_end_of_the_table_stay_whole),
        cmocka_unit_test(nothing_is_found_in_an_empty_index),
        cmocka_unit_test(an_index_holds_as_many_rows_as_it_was_made_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
