/* clock.h: the two clocks. Deadlines use the monotonic one; what is written down, the wall. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);  /* since 1970, may jump */
uint64_t clock_mono_ms(void); /* since some start, never goes back */
uint64_t clock_mono_us(void);

#endif
