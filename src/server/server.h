/* server.h: `parlance serve`. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

/* argv[0] is "serve". An exit code: 0, 64 usage, 69 address in use, 73 no data folder, 74 disk
 * failed, 78 configuration. */
int server_main(int argc, char **argv);

#endif
