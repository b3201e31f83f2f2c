/* bare.h: the least server that can do the fan-out of a room: what this machine allows. No chat
 * logic, no storage, no limits; each line goes to every other connection as "nick: line". */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <stdbool.h>

/* Serve the listening socket until killed; called in a child process. With `announce` a nick
 * is told to the others as "<nick> has joined the chat". */
_Noreturn void bare_serve(int listener, bool announce);

#endif
