/* trial.c: a server's life for one measurement. */
#include "bench/trial.h"

#include <stddef.h>

const char *const trial_durabilities[] = {"full", "normal", "off", NULL};

double trial_run(const struct child_plan *child_plan, const struct traffic_plan *traffic_plan,
                 struct traffic_result *result) {
    struct scratch scratch;
    struct child child;
    struct traffic traffic;
    scratch_open(&scratch);
    child_start(&child, child_plan, &scratch);
    traffic_init(&traffic, traffic_plan, child.port);
    traffic_run(&traffic, child.pid, result);
    double ready_ms = child.ready_ms;
    child_stop(&child);
    traffic_deinit(&traffic);
    scratch_close(&scratch);
    return ready_ms;
}
