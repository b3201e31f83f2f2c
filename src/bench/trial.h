/* trial.h: one server, one crowd, one stretch of traffic: a fresh start for every figure. */
#ifndef BENCH_TRIAL_H
#define BENCH_TRIAL_H

#include "bench/child.h"
#include "bench/traffic.h"

/* The values of --durability. */
extern const char *const trial_durabilities[];

/* Start the server in a fresh folder, run the traffic, stop it, remove the folder. Returns how long
 * the server took to accept, in ms. */
double trial_run(const struct child_plan *child_plan, const struct traffic_plan *traffic_plan,
                 struct traffic_result *result);

#endif
