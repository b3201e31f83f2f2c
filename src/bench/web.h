/* web.h: `bench web`: fan-out to JSON clients by WebSocket, beside the same fan-out to line clients
 * in the same run. */
#ifndef BENCH_WEB_H
#define BENCH_WEB_H

#include "bench/beside.h"

extern const struct audience_dialect bench_web;

int web_main(int argc, char **argv);

#endif
