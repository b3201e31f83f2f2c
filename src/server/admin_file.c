/* admin_file.c: parlance backup, restore, export, import: what goes into a file and comes back. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/admin.h"
#include "server/admin_line.h"
#include "server/derive.h"
#include "store/backup.h"
#include "store/recover.h"

enum { EXIT_REFUSED = 1, EXIT_NO_FILE = 73, EXIT_DISK_FAILED = 74, EXIT_CONFIG = 78 };

static const char backup_help[] =
    "usage: parlance backup FILE\n"
    "\n"
    "Writes one consistent copy of everything into FILE, which must not exist, while people go on\n"
    "talking. What was said after it began is not in it. `parlance restore` makes a data folder "
    "of\n"
    "it.\n" ADMIN_WHERE;

static int cannot(const char *what, const char *path) {
    fprintf(stderr, "parlance: cannot %s %s: %s\n", what, path, strerror(errno));
    return EXIT_NO_FILE;
}

/* The name and the folder it is in outlive a crash of this machine too. */
static int keep(const char *part, const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 1;
    snprintf(folder, sizeof folder, "%.*s", (int)size, slash ? path : ".");
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        return cannot("name", path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0 ? cannot("flush", folder) : 0;
    if (fd >= 0) close(fd);
    return failed ? EXIT_DISK_FAILED : 0;
}

/* Under another name until it is whole, so that half a backup is never taken for one. */
static int backup_into(const struct admin_line *line, const char *path) {
    char part[PATH_MAX];
    struct stat entry;
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return admin_line_usage(line, "too long a name", "");
    if (lstat(path, &entry) == 0) {
        errno = EEXIST;
        return cannot("make", path);
    }
    umask(077);
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return cannot("make", part);
    struct slice word = slice_of("backup");
    int code = admin_line_ask(line, &word, 1, fd, false);
    close(fd);
    if (code == 0) code = keep(part, path);
    if (code != 0) unlink(part);
    return code;
}

int admin_backup_main(int argc, char **argv) {
    struct admin_line line = {.command = "backup", .help = backup_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.text || line.password_stdin) return admin_line_usage(&line, "unknown option", "");
    if (line.word_count != 1) return admin_line_usage(&line, "one FILE is needed", "");
    return backup_into(&line, line.words[0]);
}

static const char export_help[] =
    "usage: parlance export [--text] [ROOM]\n"
    "\n"
    "Prints rooms with all that was said in them as JSON Lines (doc/export.md), or with --text as\n"
    "text to read. Without ROOM all rooms; conversations of two are not in it.\n" ADMIN_WHERE;

int admin_export_main(int argc, char **argv) {
    struct admin_line line = {.command = "export", .help = export_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.password_stdin) return admin_line_usage(&line, "unknown option", "--password-stdin");
    if (line.word_count > 1) return admin_line_usage(&line, "a word too many", "");
    struct slice words[] = {slice_of("export"), line.text ? slice_of("text") : slice_of("json"),
                            slice_text(line.word_count > 0 ? line.words[0] : "")};
    return admin_line_ask(&line, words, line.word_count > 0 ? 3 : 2, -1, false);
}

static const char import_help[] =
    "usage: parlance import FILE\n"
    "\n"
    "Makes the rooms of an export, with all that was said in them: all of FILE or, where a line\n"
    "of it is wrong, nothing. A room that is there already is not touched: it must be new, or "
    "without a\n"
    "message and without people. With a running server an import that has begun goes on to its "
    "end\n"
    "when this command is ended.\n" ADMIN_WHERE;

int admin_import_main(int argc, char **argv) {
    struct admin_line line = {.command = "import", .help = import_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.text || line.password_stdin) return admin_line_usage(&line, "unknown option", "");
    if (line.word_count != 1) return admin_line_usage(&line, "one FILE is needed", "");
    int fd = open(line.words[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot("open", line.words[0]);
    struct slice word = slice_of("import");
    code = admin_line_ask(&line, &word, 1, fd, true);
    close(fd);
    return code;
}

static const char restore_help[] =
    "usage: parlance restore FILE\n"
    "\n"
    "Makes a data folder of a backup. No server may run in the folder, and it must not hold data.\n"
    "Who comes back and had seen more than the backup holds is told so.\n"
    "\n"
    "--config FILE or --data DIR say which data folder is meant; without them it is the one of\n"
    "`parlance serve`: ./parlance-data.\n";

/* A database that was copied file by file, or is in use: what is in its WAL would be lost. */
static bool has_wal(const char *path) {
    char wal[PATH_MAX];
    struct stat entry;
    int size = snprintf(wal, sizeof wal, "%s-wal", path);
    if (size >= (int)sizeof wal || lstat(wal, &entry) != 0 || entry.st_size == 0) return false;
    fprintf(stderr, "parlance: %s is not all of it, there is %s: take one of parlance backup\n",
            path, wal);
    return true;
}

static int restore_from(const struct config *config, const char *path) {
    struct store_options options = derive_store_options(config);
    struct store_error error;
    uint32_t skipped = 0;
    if (options.in_memory) {
        fprintf(stderr, "parlance: history.store is memory: there is nothing to restore\n");
        return EXIT_REFUSED;
    }
    if (has_wal(path)) return EXIT_NO_FILE;
    if (store_restore(&options, path, &skipped, &error) == 0) {
        if (skipped > 0)
            fprintf(stderr, "parlance: %u rows of it are damaged; see parlance recover\n",
                    (unsigned)skipped);
        return 0;
    }
    fprintf(stderr, "parlance: %s\n", error.text);
    return error.fault == STORE_FAILED ? EXIT_DISK_FAILED : EXIT_NO_FILE;
}

int admin_restore_main(int argc, char **argv) {
    struct admin_line line = {.command = "restore", .help = restore_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.text || line.password_stdin) return admin_line_usage(&line, "unknown option", "");
    if (line.word_count != 1) return admin_line_usage(&line, "one FILE is needed", "");
    umask(077);
    const struct config *config = admin_line_config(&line);
    if (!config) return EXIT_CONFIG;
    code = restore_from(config, line.words[0]);
    config_unref(config);
    return code;
}

static const char recover_help[] =
    "usage: parlance recover\n"
    "\n"
    "Reads every row of a damaged data folder, in which no server may run, and makes a database "
    "of\n"
    "those that are right. What was there is copied first, and what is not right is set aside, "
    "into\n"
    "a folder recovered-DATE-TIME beside it. Says what it found and did; where nothing is damaged\n"
    "nothing is changed. It needs as much room on the disk as two copies of the database.\n"
    "\n"
    "--config FILE or --data DIR say which data folder is meant; without them it is the one of\n"
    "`parlance serve`: ./parlance-data.\n";

static void print_sentence(void *context, struct slice sentence) {
    (void)context;
    printf("%.*s\n", (int)sentence.size, sentence.at);
    fflush(stdout);
}

/* A folder that is not there is not made. */
static int recover_in(const struct config *config) {
    struct store_options options = derive_store_options(config);
    struct store_error error;
    struct stat entry;
    if (options.in_memory) {
        fprintf(stderr, "parlance: history.store is memory: there is nothing to recover\n");
        return EXIT_REFUSED;
    }
    if (lstat(options.folder, &entry) != 0) return cannot("find data folder", options.folder);
    if (store_recover(&options, print_sentence, NULL, &error) == 0) return 0;
    fprintf(stderr, "parlance: %s\n", error.text);
    return error.fault == STORE_FAILED ? EXIT_DISK_FAILED : EXIT_NO_FILE;
}

int admin_recover_main(int argc, char **argv) {
    struct admin_line line = {.command = "recover", .help = recover_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.text || line.password_stdin) return admin_line_usage(&line, "unknown option", "");
    if (line.word_count != 0) return admin_line_usage(&line, "a word too many", "");
    umask(077);
    const struct config *config = admin_line_config(&line);
    if (!config) return EXIT_CONFIG;
    code = recover_in(config);
    config_unref(config);
    return code;
}
