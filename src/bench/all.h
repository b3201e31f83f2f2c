/* all.h: every measurement with the figures that are promised, as one table. */
#ifndef BENCH_ALL_H
#define BENCH_ALL_H

int all_main(int argc, char **argv);

#endif
