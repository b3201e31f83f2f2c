/* halt.c: giving up in words, and the signals that ask for it. */
#include "bench/halt.h"

#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* A signal handler has no other place to leave its word. */
static volatile sig_atomic_t told_by;

void halt(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("parlance bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

static void remember(int number) {
    told_by = number;
}

void halt_watch_signals(void) {
    struct sigaction action = {.sa_handler = remember};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

void halt_if_told(void) {
    int number = told_by;
    if (number != 0) halt(HALT_FAILED, "stopped by signal %d", number);
}
