/* options.c: --config FILE --data DIR --listen DIALECT://HOST:PORT --log-level LEVEL. */
#include "server/options.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 64 };

static const char help[] =
    "usage: parlance serve [--config FILE] [--data DIR] [--listen DIALECT://HOST:PORT]...\n"
    "                      [--log-level error|warning|info|debug]\n"
    "\n"
    "Starts the server. Without options: data in ./parlance-data, one listener for every kind of\n"
    "client on 127.0.0.1:7070. --listen replaces the configured listeners; DIALECT is one of "
    "auto,\n"
    "line, friendly, pipe, dollar, irc, web. SIGHUP reloads the configuration, SIGTERM stops.\n";

static int usage(const char *what, const char *argument) {
    fprintf(stderr, "parlance serve: %s %s; see parlance serve --help\n", what, argument);
    return EXIT_USAGE;
}

int options_read(struct options *options, int argc, char **argv) {
    *options = (struct options){0};
    options->overrides.listeners = options->listeners;
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(option, "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
        bool known = strcmp(option, "--config") == 0 || strcmp(option, "--data") == 0 ||
                     strcmp(option, "--listen") == 0 || strcmp(option, "--log-level") == 0;
        if (!known) return usage("unknown option", option);
        if (!value) return usage("a value is missing after", option);
        i++;
        if (strcmp(option, "--config") == 0) {
            options->config_path = value;
        } else if (strcmp(option, "--data") == 0) {
            options->overrides.data = value;
        } else if (strcmp(option, "--log-level") == 0) {
            options->overrides.log_level = value;
        } else if (options->overrides.listener_count == CONFIG_LISTENERS_MAX) {
            return usage("too many listeners at", value);
        } else {
            options->listeners[options->overrides.listener_count++] = value;
        }
    }
    return -1;
}
