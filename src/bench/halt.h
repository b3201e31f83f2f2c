/* halt.h: the generator's way to give up. Whatever cannot go on says why and exits; children and
 * temporary folders are cleaned up on the way out (child.c, scratch.c). */
#ifndef BENCH_HALT_H
#define BENCH_HALT_H

enum { HALT_FAILED = 1, HALT_USAGE = 64 };

/* One line "parlance bench: ..." on stderr, then exit(status). */
_Noreturn void halt(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From now on SIGINT, SIGTERM and SIGHUP are remembered, and SIGPIPE is ignored. */
void halt_watch_signals(void);

/* Give up here if one of those signals came. Every waiting loop calls it once per turn. */
void halt_if_told(void);

#endif
