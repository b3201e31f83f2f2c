/* bench.h: `parlance bench ...`, the load generator. It runs a server under test as a child on one
 * core, loads it from another over 127.0.0.0/8, and states every figure beside what a server
 * without any chat logic (bare.c) reaches on the same machine in the same minute. One thread. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/* The subcommand; argv[0] is "bench". Its exit status: 0, 1 (a measurement failed), 64 (usage). */
int bench_main(int argc, char **argv);

#endif
