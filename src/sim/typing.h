/* typing.h: what the files that type share. */
#ifndef SIM_TYPING_H
#define SIM_TYPING_H

#include "sim/clients.h"

enum { TEXT_CAP = 512 };

struct typist {
    struct clients *clients;
    struct client *client;
    struct buf out;
};

static inline uint32_t below(struct typist *typist, uint32_t n) {
    return rng_below(&typist->clients->rng, n);
}

#define ONE_OF(typist, words) ((words)[below(typist, sizeof(words) / sizeof *(words))])

static inline void put(struct typist *typist, const char *text) {
    buf_text(&typist->out, text);
}

static inline void put_number(struct typist *typist, uint64_t number) {
    buf_number(&typist->out, number);
}

/* `before`, then a text to be said, with its number. `trimmed`: blanks at its ends do not count;
 * `sure`: nothing may refuse it before the hub. */
void put_said(struct typist *typist, const char *before, bool trimmed, bool sure);
void put_name(struct typist *typist);
void put_room(struct typist *typist);

/* ordering.c: a command of the line dialect. */
void type_order(struct typist *typist);
/* One about the message that somebody else means right now; false: there is none. */
bool type_order_hot(struct typist *typist);
/* One that says who she is: as an account. */
void type_login(struct typist *typist);

#endif
