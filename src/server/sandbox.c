/* sandbox.c: Landlock for files, seccomp for the rest of the kernel. */
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "server/config_file.h"
#include "server/syscalls.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { UNDER_SANITIZERS = 1 }; /* they look into the process from outside */
#else
enum { UNDER_SANITIZERS = 0 };
#endif

/* What the C library and OpenSSL read to find a host and to trust it. */
static const char *const system_files[] = {
    "/etc/resolv.conf", "/etc/hosts",          "/etc/nsswitch.conf",
    "/etc/gai.conf",    "/etc/localtime",      "/etc/ssl",
    "/usr/lib/ssl",     "/usr/share/zoneinfo", "/usr/share/ca-certificates"};

enum {
    READS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    WRITES = READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_SOCK |
             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR,
    FILE_READS = LANDLOCK_ACCESS_FS_READ_FILE,
};

/* Bits of the first version of Landlock, which every kernel that has it knows. */
#define HANDLED ((UINT64_C(1) << 13) - 1)

/* From its second version on: moving files between folders; from its third: cutting them. */
#define HANDLED_2 LANDLOCK_ACCESS_FS_REFER
#define HANDLED_3 (UINT64_C(1) << 14)

void sandbox_keep_secrets(void) {
    if (UNDER_SANITIZERS) return;
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool sandbox_become_owner(const char *data, char why[SANDBOX_WHY_MAX]) {
    struct stat folder;
    if (geteuid() != 0) return true;
    if (stat(data, &folder) != 0 || folder.st_uid == 0) {
        log_line(LOG_WARNING,
                 "runs as root; make the data folder somebody else's, and it will be her",
                 log_text("data", slice_text(data)));
        return true;
    }
    if (setgroups(0, NULL) == 0 && setresgid(folder.st_gid, folder.st_gid, folder.st_gid) == 0 &&
        setresuid(folder.st_uid, folder.st_uid, folder.st_uid) == 0 && setuid(0) != 0) {
        sandbox_keep_secrets(); /* a change of user takes it back */
        log_line(LOG_INFO, "gave up root", log_number("uid", folder.st_uid),
                 log_number("gid", folder.st_gid));
        return true;
    }
    snprintf(why, SANDBOX_WHY_MAX, "cannot become the owner of %.400s: %s", data, strerror(errno));
    return false;
}

/* ---- the folders ---- */

static bool holds(char *const *folders, uint32_t count, const char *folder) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(folders[i], folder) == 0) return true;
    return false;
}

/* The folder of a file, without links; NULL: there is none. The caller frees it. */
static char *folder_of(struct slice file) {
    char path[PATH_MAX];
    if (file.size == 0 || file.size >= sizeof path) return NULL;
    memcpy(path, file.at, file.size);
    path[file.size] = '\0';
    return realpath(dirname(path), NULL);
}

static void add(char **folders, uint32_t *count, char *folder) {
    if (folder && *count < SANDBOX_FOLDERS_MAX && !holds(folders, *count, folder))
        folders[(*count)++] = folder;
    else
        free(folder);
}

typedef void visit_fn(void *context, struct slice file, bool writes);

static void visit_texts(const struct config_texts *files, visit_fn *visit, void *context) {
    for (uint32_t i = 0; i < files->count; i++)
        visit(context, files->at[i], false);
}

/* Every file that the configuration names and that may be opened again. */
static void visit_files(const struct config *config, visit_fn *visit, void *context) {
    const struct config_server *server = &config->server;
    visit(context, server->motd, false);
    visit(context, server->tls_cert, false);
    visit(context, server->tls_key, false);
    visit_texts(&config->secret_files, visit, context);
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *listener = &config->listeners[i];
        visit_texts(&listener->tls_cert, visit, context);
        visit_texts(&listener->tls_key, visit, context);
        if (listener->address.family == AF_UNIX) visit(context, listener->address.path, true);
    }
    if (!slice_equal(config->log.target, slice_of("stderr")))
        visit(context, config->log.target, true);
}

static void visit_to_collect(void *context, struct slice file, bool writes) {
    struct sandbox *sandbox = context;
    if (writes)
        add(sandbox->write, &sandbox->write_count, folder_of(file));
    else
        add(sandbox->read, &sandbox->read_count, folder_of(file));
}

static void collect(struct sandbox *sandbox, const struct config *config, const char *config_path) {
    add(sandbox->write, &sandbox->write_count, realpath(config->server.data.at, NULL));
    if (config_path) add(sandbox->read, &sandbox->read_count, folder_of(slice_text(config_path)));
    visit_files(config, visit_to_collect, sandbox);
}

/* ---- Landlock ---- */

static bool rule_add(int rules, const char *path, uint64_t access) {
    struct stat status;
    struct landlock_path_beneath_attr rule = {.allowed_access = access};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return false;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= FILE_READS | LANDLOCK_ACCESS_FS_WRITE_FILE | HANDLED_3;
    long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return failed == 0;
}

static bool rules_add(int rules, const struct sandbox *sandbox, uint64_t cuts,
                      char why[SANDBOX_WHY_MAX]) {
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        (void)rule_add(rules, system_files[i], READS); /* what is not there is not needed */
    for (uint32_t i = 0; i < sandbox->read_count + sandbox->write_count; i++) {
        bool reads = i < sandbox->read_count;
        const char *path = reads ? sandbox->read[i] : sandbox->write[i - sandbox->read_count];
        if (rule_add(rules, path, reads ? (uint64_t)READS : WRITES | cuts)) continue;
        snprintf(why, SANDBOX_WHY_MAX, "cannot keep %.400s open to the server: %s", path,
                 strerror(errno));
        return false;
    }
    return true;
}

/* 1: confined, 0: the kernel has no Landlock, -1: it failed, in words. */
static int confine_files(const struct sandbox *sandbox, char why[SANDBOX_WHY_MAX]) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    uint64_t cuts = version >= 3 ? HANDLED_3 : 0;
    struct landlock_ruleset_attr all = {
        .handled_access_fs = HANDLED | cuts | (version >= 2 ? (uint64_t)HANDLED_2 : 0)};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return 0;
    int result = rules_add(rules, sandbox, cuts, why) ? 1 : -1;
    if (result > 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0) result = 0;
    close(rules);
    return result;
}

/* A second set of rules, for the courier and the threads that it makes: both must allow. */
static int courier_rules_make(void) {
    struct landlock_ruleset_attr all = {.handled_access_fs = HANDLED};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    check(rules >= 0);
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        (void)rule_add(rules, system_files[i], READS);
    return rules;
}

bool sandbox_enter(struct sandbox *sandbox, const struct config *config, const char *config_path,
                   char why[SANDBOX_WHY_MAX]) {
    if (UNDER_SANITIZERS || !config->server.sandbox) return true;
    collect(sandbox, config, config_path);
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    int confined = confine_files(sandbox, why);
    if (confined < 0) return false;
    sandbox->confined = confined > 0;
    if (sandbox->confined) {
        config_file_confined();
        sandbox->courier_rules = courier_rules_make();
    } else {
        log_line(LOG_WARNING, "no Landlock in this kernel: files are not confined",
                 log_number("folders", sandbox->read_count + sandbox->write_count));
    }
    if (!syscalls_confine())
        log_line(LOG_WARNING, "no seccomp in this kernel: system calls are not confined",
                 log_number("pid", (uint64_t)getpid()));
    return true;
}

void sandbox_courier(struct sandbox *sandbox) {
    if (UNDER_SANITIZERS) return;
    if (sandbox->confined) {
        check(syscall(SYS_landlock_restrict_self, sandbox->courier_rules, 0) == 0);
        close(sandbox->courier_rules);
    }
    syscalls_confine_courier();
}

void sandbox_thread(void) {
    if (!UNDER_SANITIZERS) syscalls_confine_thread();
}

/* ---- a reload ---- */

struct reaching {
    const struct sandbox *sandbox;
    char *why;
    bool fails;
};

static void visit_to_compare(void *context, struct slice file, bool writes) {
    struct reaching *reaching = context;
    const struct sandbox *sandbox = reaching->sandbox;
    char *folder = folder_of(file);
    bool known = !folder || holds(sandbox->write, sandbox->write_count, folder) ||
                 (!writes && holds(sandbox->read, sandbox->read_count, folder));
    if (!known && !reaching->fails) {
        reaching->fails = true;
        snprintf(reaching->why, SANDBOX_WHY_MAX,
                 "the folder %.400s was not named at the start; restart to name it", folder);
    }
    free(folder);
}

bool sandbox_reaches(const struct sandbox *sandbox, const struct config *config,
                     char why[SANDBOX_WHY_MAX]) {
    struct reaching reaching = {.sandbox = sandbox, .why = why};
    if (sandbox->confined) visit_files(config, visit_to_compare, &reaching);
    return !reaching.fails;
}

void sandbox_free(struct sandbox *sandbox) {
    for (uint32_t i = 0; i < sandbox->read_count; i++)
        free(sandbox->read[i]);
    for (uint32_t i = 0; i < sandbox->write_count; i++)
        free(sandbox->write[i]);
    *sandbox = (struct sandbox){0};
}
