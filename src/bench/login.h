/* login.h: what people in a room feel while many others come back at once with their tokens, as
 * they do when a server was restarted. */
#ifndef BENCH_LOGIN_H
#define BENCH_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

struct login_plan {
    uint32_t logins;  /* accounts, each with a token, that log in at once */
    uint32_t members; /* of the room whose delays are measured; two of them speak */
    uint32_t rate;    /* messages per second of each of the two */
    uint32_t rounds;
    const char *program; /* NULL: this one */
    bool json;
};

/* Medians over the rounds. */
struct login_result {
    double p99_us;       /* from the first connect() until what was said before the last login was
                            answered has come to everyone */
    double quiet_p99_us; /* in the half second before */
    double seconds;      /* from the first connect() until the last login is answered */
    bool right;          /* nothing lost, twice or out of order for the members */
};

int login_main(int argc, char **argv);

struct login_plan login_defaults(void);

void login_measure(const struct login_plan *plan, struct login_result *result);

#endif
