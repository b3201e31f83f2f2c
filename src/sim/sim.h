/* sim.h: `parlance sim SEED`: a whole server and its people in one thread, driven by one number.
 * The disk is slow and crashes, readers are slow, clocks jump, and an oracle compares everything
 * that anybody sees with what must be. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

/* 0: all was as it must be; 1: it was not, the first fault is printed; 64: usage. */
int sim_main(int argc, char **argv);

#endif
