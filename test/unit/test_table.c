/* Large tables whose memory comes as it is written to. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/table.h"

static void rows_are_zero_and_on_a_boundary(void **state) {
    (void)state;
    static const size_t counts[] = {1, 63, 4096, 1000003};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint32_t *rows = table_new(counts[i], sizeof *rows);
        assert_non_null(rows);
        assert_int_equal((uintptr_t)rows % 64, 0);
        for (size_t row = 0; row < counts[i]; row += 509)
            assert_int_equal(rows[row], 0);
        rows[0] = rows[counts[i] - 1] = UINT32_MAX;
        table_free(rows);
    }
    table_free(NULL);
}

/* What a child that writes one row ends by: 0, or a signal. */
static int ends_by(uint64_t *row) {
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it */
        *(volatile uint64_t *)row = 1;
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void behind_the_last_row_nobody_may_write(void **state) {
    (void)state;
    static const size_t counts[] = {8, 504, 512, 4096}; /* of which 8 fill the boundary */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint64_t *rows = table_new(counts[i], sizeof *rows);
        assert_non_null(rows);
        assert_int_equal(ends_by(rows + counts[i] - 1), 0);
        assert_int_equal(ends_by(rows + counts[i]), SIGSEGV);
        table_free(rows);
        assert_int_equal(ends_by(rows), SIGSEGV);
    }
}

static void more_than_there_can_be_is_refused(void **state) {
    (void)state;
    volatile size_t many = SIZE_MAX / 2 + 2; /* unknown to the compiler */
    assert_null(table_new(many, 2));
    assert_null(table_new(SIZE_MAX / 2, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_zero_and_on_a_boundary),
        cmocka_unit_test(behind_the_last_row_nobody_may_write),
        cmocka_unit_test(more_than_there_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
