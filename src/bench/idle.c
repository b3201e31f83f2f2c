/* idle.c: `bench idle`: the server's anonymous memory with few and with many members who have all
 * been heard to be in the room, per connection between the two. */
#include "bench/idle.h"

#include "bench/child.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"

#include <stdio.h>

struct idle_plan idle_defaults(void) {
    return (struct idle_plan){.from = 1000, .to = 19000};
}

static double fill_to(struct crowd *crowd, uint32_t count, pid_t pid) {
    char nick[16];
    while (crowd->count < count) {
        snprintf(nick, sizeof nick, "i%05u", crowd->count);
        crowd_enter(crowd, nick);
    }
    crowd_gather(crowd);
    double bytes = (double)meter_settled_bytes(pid, "RssAnon");
    fprintf(stderr, "%u connections: %.0f bytes\n", count, bytes);
    return bytes;
}

void idle_measure(const struct idle_plan *plan, struct idle_result *result) {
    struct scratch scratch;
    struct child child;
    static struct crowd crowd;
    scratch_open(&scratch);
    const struct child_plan child_plan = {.program = plan->program, .durability = "full"};
    child_start(&child, &child_plan, &scratch);
    crowd_init(&crowd, child.port, plan->to);
    result->from_bytes = fill_to(&crowd, plan->from, child.pid);
    result->to_bytes = fill_to(&crowd, plan->to, child.pid);
    result->bytes_per_connection =
        (result->to_bytes - result->from_bytes) / (double)(plan->to - plan->from);
    child_stop(&child);
    crowd_deinit(&crowd);
    scratch_close(&scratch);
}

int idle_main(int argc, char **argv) {
    struct idle_plan plan = idle_defaults();
    const struct flag flags[] = {
        {"--from", "connections at first", .number = &plan.from, .min = 2, .max = 100000},
        {"--to", "connections at last", .number = &plan.to, .min = 3, .max = 100000},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"idle", "Memory per connection that has joined and is silent.",
                                     flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    if (plan.to <= plan.from) halt(HALT_USAGE, "--to must be more than --from");
    child_leave_core();
    struct idle_result result;
    idle_measure(&plan, &result);
    struct figures figures = {.title = "idle"};
    figures_put(&figures, "from_connections", plan.from, 0);
    figures_put(&figures, "to_connections", plan.to, 0);
    figures_put(&figures, "from_rss_anon_bytes", result.from_bytes, 0);
    figures_put(&figures, "to_rss_anon_bytes", result.to_bytes, 0);
    figures_put(&figures, "bytes_per_connection", result.bytes_per_connection, 1);
    figures_print(&figures, plan.json);
    return 0;
}
