/* manners.h: how the listeners of a simulated server talk, by the names of the configuration. */
#ifndef SIM_MANNERS_H
#define SIM_MANNERS_H

#include "dialect/dialect.h"

/* The defaults of a dialect (auto line friendly pipe dollar irc). False: there is no such one. */
bool manner_of(struct slice dialect, struct manner *manner);

/* One `key=value` of a listener's section: greeting announce commands eol colour sender room
 * backlog_lines auto_wait_ms max_line. False: no such key or value. */
bool manner_set(struct manner *manner, struct slice option);

#endif
