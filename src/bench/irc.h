/* irc.h: `bench irc`: fan-out to IRC clients with different sets of capabilities, beside the same
 * fan-out to line clients in the same run. */
#ifndef BENCH_IRC_H
#define BENCH_IRC_H

#include "bench/beside.h"

extern const struct audience_dialect bench_irc;

int irc_main(int argc, char **argv);

#endif
