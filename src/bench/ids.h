/* ids.h: messages with client ids, put into a data folder that no server holds. Over a connection
 * no dialect of the load generator sends ids. */
#ifndef BENCH_IDS_H
#define BENCH_IDS_H

#include <stdint.h>

/* Say so many messages with an id each in the first room of the folder, behind what is there. */
void ids_fill(const char *folder, uint32_t count);

#endif
