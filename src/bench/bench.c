/* bench.c: `parlance bench`, a table of subcommands. */
#include "bench/bench.h"

#include "base/slice.h"
#include "bench/all.h"
#include "bench/api.h"
#include "bench/connect.h"
#include "bench/fanout.h"
#include "bench/halt.h"
#include "bench/history.h"
#include "bench/idle.h"
#include "bench/irc.h"
#include "bench/latency.h"
#include "bench/login.h"
#include "bench/slow.h"
#include "bench/start.h"
#include "bench/web.h"

#include <stdio.h>
#include <sys/resource.h>

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name */
    const char *meaning;
};

static const struct subcommand subcommands[] = {
    {"fanout", fanout_main, "messages of some to all members of a room"},
    {"bare", fanout_bare_main, "the same through the least server possible"},
    {"compare", fanout_compare_main, "both in turn, and the ratio"},
    {"latency", latency_main, "the delay of paced messages, beside bare's"},
    {"idle", idle_main, "memory per connection that has joined and is silent"},
    {"connect", connect_main, "joins per second into a room that is told of each"},
    {"irc", irc_main, "fan-out to IRC clients beside that to line clients"},
    {"web", web_main, "fan-out to WebSocket clients beside that to line clients"},
    {"api", api_main, "messages posted over HTTP while WebSocket clients listen"},
    {"login", login_main, "the others' delays while 1,000 log in at once"},
    {"slow", slow_main, "the others' delays when one never reads"},
    {"start", start_main, "time to the first prompt, memory at rest"},
    {"history", history_main, "pages of a room with a million messages"},
    {"search", search_main, "searches in it"},
    {"all", all_main, "all of them against their targets, as one table"},
};

enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof *subcommands };

static void print_help(FILE *file) {
    fprintf(file, "Usage: parlance bench SUBCOMMAND [OPTION]...\n\n"
                  "Measures a server that it starts itself, on 127.0.0.0/8 only.\n\n");
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        fprintf(file, "  %-9s %s\n", subcommands[i].name, subcommands[i].meaning);
    }
    fprintf(file,
            "\nEach has --help. Exit status: 0, 1 when a measurement failed or found messages "
            "lost,\ndoubled or out of order, 64 for wrong arguments.\n");
}

/* Each connection is a file descriptor here and one in the server. */
static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int bench_main(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return HALT_USAGE;
    }
    struct slice name = slice_text(argv[1]);
    if (slice_equal(name, slice_of("--help"))) {
        print_help(stdout);
        return 0;
    }
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        if (!slice_equal(name, slice_text(subcommands[i].name))) continue;
        halt_watch_signals();
        raise_file_limit();
        return subcommands[i].run(argc - 1, argv + 1);
    }
    halt(HALT_USAGE, "no subcommand '%s' (try --help)", argv[1]);
}
