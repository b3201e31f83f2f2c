/* chat.h: `parlance chat`: the terminal client. */
#ifndef CLIENT_CHAT_H
#define CLIENT_CHAT_H

int chat_main(int argc, char **argv);

#endif
