/* log.h: one line for each thing an operator should know, as key=value or JSON. A line goes into
 * the writing thread's own ring and costs it no system call; the log's thread writes it. What does
 * not fit is counted and the count is logged. Never message text, never a secret. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_LOGFMT, LOG_JSON };

enum { LOG_THREADS_MAX = 48, LOG_LINE_SIZE_MAX = 2048 };

struct log_field {
    const char *key;
    struct slice text; /* shown if `at` is not NULL */
    uint64_t number;   /* else this */
};

static inline struct log_field log_text(const char *key, struct slice text) {
    return (struct log_field){.key = key, .text = {text.at ? text.at : "", text.size}};
}

static inline struct log_field log_number(const char *key, uint64_t number) {
    return (struct log_field){.key = key, .number = number};
}

/* Open the log; until its thread runs each line is written at once. `path` NULL: stderr. 0 or a
 * negative errno: the file cannot be opened. */
int log_open(const char *path, enum log_level level, enum log_format format);
/* Start the log's thread. 0 or a negative errno. */
int log_start(void);
void log_stop(void); /* writes what waits; later lines go to stderr at once */
void log_set_level(enum log_level level);
void log_reopen(void); /* the file was moved away: open it again by its name */

/* Every thread that logs takes its ring once, before its first line. */
void log_attach(void);

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               uint32_t count);

#define log_line(level, event, ...)                                                                \
    log_write(level, event, (const struct log_field[]){__VA_ARGS__},                               \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
