/* sandbox.h: what the process gives up before its first connection, so that whoever should ever run
 * code in it holds little: rights of root, files outside of its folders, programs, other processes.
 * Landlock and seccomp where the kernel has them. Called by the main thread alone, before it makes
 * others; builds for the sanitizers keep what these need.
 *
 *     write: the data folder, the log's, those of unix sockets
 *     read:  the folders of the configuration, certificates, motd and password files, as they stood
 *            at the start; what the C library and OpenSSL read of /etc to find hosts and trust them
 *     run:   nothing */
#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

#include "server/config.h"

enum { SANDBOX_FOLDERS_MAX = 256, SANDBOX_WHY_MAX = 512 };

struct sandbox {
    bool confined;       /* by Landlock: sandbox_reaches() has something to say */
    int courier_rules;   /* where confined, until sandbox_courier() */
    uint32_t read_count; /* of folders: paths without links; owned */
    uint32_t write_count;
    char *read[SANDBOX_FOLDERS_MAX];
    char *write[SANDBOX_FOLDERS_MAX];
};

/* No core file and no debugger of the same user: secrets stay in memory. At the very start. */
void sandbox_keep_secrets(void);

/* Started as root over a data folder that is somebody else's: be that user and her group from now
 * on, and nobody else again. To be called when the ports below 1024 are bound. False and a
 * sentence: it cannot be done. */
bool sandbox_become_owner(const char *data, char why[SANDBOX_WHY_MAX]);

/* Give up the rest. False and a sentence: a place cannot be had. Where the kernel knows neither
 * Landlock nor seccomp the log says what is missing, and the server runs without. */
bool sandbox_enter(struct sandbox *sandbox, const struct config *config, const char *config_path,
                   char why[SANDBOX_WHY_MAX]);

/* Can what the configuration names be reached from inside? False and a sentence: not without a
 * restart. */
bool sandbox_reaches(const struct sandbox *sandbox, const struct config *config,
                     char why[SANDBOX_WHY_MAX]);

/* For a thread that opens no file and no connection of its own: it cannot from now on. */
void sandbox_thread(void);

/* For the thread that delivers webhooks: it connects to others, and reads what that needs of /etc;
 * it writes no file, sees no other one, and speaks with nothing on this machine but by the
 * internet's protocols. After sandbox_enter(). */
void sandbox_courier(struct sandbox *sandbox);

void sandbox_free(struct sandbox *sandbox);

#endif
