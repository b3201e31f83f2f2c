/* json_rule.h: words that are filtered and what else keeps order, as the JSON dialect and the HTTP
 * API say them. Pure. */
#ifndef DIALECT_JSON_RULE_H
#define DIALECT_JSON_RULE_H

#include "dialect/dialect.h"

/* What a filter does: report, refuse, off, or mute for so many seconds. False: it is none of them,
 * or has seconds where none are or the other way round. */
bool json_filter_action(struct slice action, uint64_t seconds, struct command *command);

/* The members of one line of EVENT_RESTRAINTS, without the braces. */
void json_restraint_put(struct slice line, struct buf *out);

/* How a restraint says whom or what it is about: an enum subject. NULL: it is none. */
const char *json_subject_word(uint64_t subject);

#endif
