/* api.h: `bench api`: messages posted over HTTP, each answered when it is on the disk, while others
 * listen by WebSocket. */
#ifndef BENCH_API_H
#define BENCH_API_H

int api_main(int argc, char **argv);

#endif
