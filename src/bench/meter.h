/* meter.h: what another process has used, as the kernel counts it. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <sys/types.h>

/* CPU time of all its threads so far, user and system, in nanoseconds. */
uint64_t meter_cpu_ns(pid_t pid);

/* Time for which the host of a virtual machine did not let its processors run although they had
 * work, all of them together since the start, in nanoseconds; in steps of 10 ms. 0: not known. */
uint64_t meter_stolen_ns(void);

/* A field of /proc/PID/status that is in kB ("RssAnon", "VmRSS", "VmHWM"), in bytes. */
uint64_t meter_bytes(pid_t pid, const char *field);

/* The same when it has stopped moving: three equal readings 200 ms apart, or the last after 10 s.
 */
uint64_t meter_settled_bytes(pid_t pid, const char *field);

#endif
