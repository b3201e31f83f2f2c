/* check.h: assertions. They stay on in release builds: a stopped server is
 * repaired by its supervisor, a corrupt one by nobody. Any thread. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

_Noreturn void check_failed(const char *condition, const char *file, int line);

/* A programmer's error if false. Never has side effects, never tests input. */
#define check(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))

#endif
