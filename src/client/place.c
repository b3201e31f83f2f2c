/* place.c: folders and files. */
#include "client/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/own.h"

static bool make_folders(char *path) {
    for (char *at = path + 1;; at++) {
        if (*at && *at != '/') continue;
        char kept = *at;
        *at = 0;
        if (mkdir(path, 0700) < 0 && errno != EEXIST) return false;
        *at = kept;
        if (!kept) return true;
    }
}

/* The specification wants relative paths ignored. */
static void base_folder(char path[PLACE_MAX], const char *variable, const char *below_home) {
    const char *given = getenv(variable), *home = getenv("HOME");
    if (given && *given == '/')
        snprintf(path, PLACE_MAX, "%s", given);
    else
        snprintf(path, PLACE_MAX, "%s/%s", home && *home ? home : "/", below_home);
}

static bool add_part(char path[PLACE_MAX], const char *part) {
    size_t size = strlen(path);
    if (size + 2 >= PLACE_MAX) return false;
    path[size++] = '/';
    for (; *part; part++) {
        unsigned char byte = (unsigned char)*part;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
                     (byte == '.' && path[size - 1] != '/');
        if (size + 4 >= PLACE_MAX) return false;
        if (plain)
            path[size++] = (char)byte;
        else
            size += (size_t)snprintf(path + size, 4, "%%%02X", byte);
    }
    path[size] = 0;
    return true;
}

bool place_settings(char path[PLACE_MAX]) {
    base_folder(path, "XDG_CONFIG_HOME", ".config");
    return add_part(path, "parlance") && make_folders(path);
}

bool place_state(char path[PLACE_MAX], const char *server, const char *name) {
    base_folder(path, "XDG_STATE_HOME", ".local/state");
    return add_part(path, "parlance") && add_part(path, server) && add_part(path, name) &&
           make_folders(path);
}

static bool join(char path[PLACE_MAX], const char *folder, const char *file) {
    return snprintf(path, PLACE_MAX, "%s/%s", folder, file) < PLACE_MAX;
}

char *place_read(const char *folder, const char *file, size_t *size) {
    char path[PLACE_MAX];
    struct stat facts;
    if (!join(path, folder, file)) return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    char *bytes = NULL;
    if (fstat(fd, &facts) == 0 && facts.st_size <= PLACE_FILE_MAX) {
        bytes = own_memory((size_t)facts.st_size + 1);
        ssize_t got = read(fd, bytes, (size_t)facts.st_size);
        *size = got > 0 ? (size_t)got : 0;
        bytes[*size] = 0;
    }
    close(fd);
    return bytes;
}

static int write_all(int fd, struct slice bytes) {
    while (bytes.size > 0) {
        ssize_t wrote = write(fd, bytes.at, bytes.size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return errno ? -errno : -EIO;
        bytes = slice_from(bytes, (size_t)wrote);
    }
    return fsync(fd) < 0 ? -errno : 0;
}

int place_write(const char *folder, const char *file, struct slice bytes) {
    char path[PLACE_MAX], fresh[PLACE_MAX];
    if (!join(path, folder, file)) return -ENAMETOOLONG;
    if (snprintf(fresh, sizeof fresh, "%s/%s.%ld", folder, file, (long)getpid()) >= PLACE_MAX)
        return -ENAMETOOLONG;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return -errno;
    int error = write_all(fd, bytes);
    if (close(fd) < 0 && error == 0) error = -errno;
    if (error == 0 && rename(fresh, path) < 0) error = -errno;
    if (error < 0) unlink(fresh);
    return error;
}

void place_remove(const char *folder, const char *file) {
    char path[PLACE_MAX];
    if (join(path, folder, file)) unlink(path);
}

int place_lock(const char *folder, const char *file) {
    char path[PLACE_MAX];
    if (!join(path, folder, file)) return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    close(fd);
    return -1;
}
