/* server.c: the main thread: it makes everything, hands each part to its thread, waits for
 * signals, and takes everything down in the order of the message's way. */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/need.h"
#include "base/secret.h"
#include "server/control.h"
#include "server/courier.h"
#include "server/data.h"
#include "server/derive.h"
#include "server/hub_thread.h"
#include "server/listeners.h"
#include "server/options.h"
#include "server/passwords.h"
#include "server/sandbox.h"
#include "server/store_thread.h"
#include "server/supervisor.h"
#include "server/worker.h"

enum { EXIT_USAGE = 64, EXIT_IN_USE = 69, EXIT_NO_DATA = 73, EXIT_CONFIG = 78 };

/* Descriptors that are not connections: files of the store, rings, listeners, the log. */
enum { DESCRIPTORS_KEPT = 128, CONNECTIONS_MAX = 100000 };

struct server {
    struct options options;
    const struct config *config; /* in force */
    const struct config **old;   /* those before: listeners and workers may still point into them */
    uint32_t old_count;
    struct mailbox mailbox;
    struct listeners listeners;
    struct sandbox sandbox;
    struct data data;
    struct control *control;
    struct hub_size size;
    struct hub_thread hub_thread;
    struct store_thread store_thread;
    struct reader_thread reader_thread;
    struct courier courier;
    struct password_thread password_threads[PASSWORD_THREADS];
    struct worker *workers;
    pthread_t hub_id, store_id, reader_id, courier_id, password_ids[PASSWORD_THREADS],
        worker_ids[WORKERS_MAX];
    int signals;
};

/* What the file may say but this version cannot do, where doing without would be dangerous: an
 * empty text, or the sentence. */
static const char *unsupported(const struct config *config) {
    for (uint32_t i = 0; i < config->oper_count; i++)
        if (config->opers[i].title.size > USER_NAME_SIZE_MAX)
            return "an oper's name is longer than a name may be, 48 bytes; shorten it";
    return "";
}

_Static_assert((int)PLAIN_ON_LOOPBACK == (int)CONFIG_LOGIN_LOOPBACK &&
                   (int)PLAIN_ALWAYS == (int)CONFIG_LOGIN_ALWAYS &&
                   (int)PLAIN_NEVER == (int)CONFIG_LOGIN_NEVER,
               "plaintext_login is handed on as it is");

/* Who has not said who she is may take a quarter of the places (THREATS 4). */
enum { STRANGERS_SHARE = 4, STRANGERS_MIN = 16 };

static struct order_limits order_limits_of(const struct server *server,
                                           const struct config *config) {
    const struct config_limits *limits = &config->limits;
    const struct config_throttle *throttle = &config->throttle;
    uint64_t line_ms = throttle->enabled && throttle->commands_per_second > 0
                           ? 1000 / throttle->commands_per_second
                           : 0;
    uint32_t strangers = server->mailbox.connections_max / STRANGERS_SHARE / server->size.workers;
    if (strangers < STRANGERS_MIN) strangers = STRANGERS_MIN;
    return (struct order_limits){
        .admission = {.open_max = throttle->enabled ? throttle->connections_per_address : 0,
                      .in_minutes_max =
                          throttle->enabled ? throttle->connections_per_10_minutes : 0},
        .exempt = throttle->exempt,
        .metrics_from = config->server.metrics_from,
        .sessions = {.strangers_max = throttle->enabled ? strangers : 0,
                     .plain_secrets = (uint8_t)config->server.plaintext_login,
                     .outbox_soft_bytes = limits->outbox_soft_bytes,
                     .outbox_hard_bytes = limits->outbox_hard_bytes,
                     .outbox_soft_ms = limits->outbox_soft_seconds * UINT64_C(1000),
                     .registration_ms = config->timeouts.registration_seconds * UINT64_C(1000),
                     .throttle_line_ms = line_ms,
                     .throttle_burst_ms = line_ms * (throttle->burst > 0 ? throttle->burst - 1 : 0),
                     .flood_seconds = throttle->flood_seconds}};
}

/* As many connections as descriptors, unless the configuration wants fewer. */
static uint32_t connections_of(const struct config *config) {
    struct rlimit files;
    check(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > 2 * DESCRIPTORS_KEPT ? files.rlim_cur - DESCRIPTORS_KEPT
                                                        : files.rlim_cur / 2;
    if (most > CONNECTIONS_MAX) most = CONNECTIONS_MAX;
    if (config->limits.connections > 0 && config->limits.connections < most)
        most = config->limits.connections;
    return (uint32_t)most;
}

static uint32_t workers_of(const struct config *config) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t workers = config->server.workers;
    if (workers == 0) workers = cores > 0 ? (uint32_t)cores : 1;
    return workers < WORKERS_MAX ? workers : WORKERS_MAX;
}

static int fail(int code, const char *what, const char *why) {
    log_stop();
    fprintf(stderr, "parlance: %s%s%s\n", what, *why ? ": " : "", why);
    return code;
}

static int open_data(struct server *server) {
    char why[512];
    int code = data_open(&server->data, server->config, server->size, why);
    return code ? fail(code, why, "") : 0;
}

/* Where guests are off somebody else may come by a word that is printed with the addresses. */
static struct slice wish_invitation(struct server *server, char word[SECRET_TOKEN_SIZE]) {
    uint64_t bits[2];
    if (server->config->accounts.guests || !server->config->accounts.enabled)
        return (struct slice){0};
    check(getrandom(bits, sizeof bits, 0) == sizeof bits);
    secret_token(bits, word);
    struct slice wish[2] = {{word, SECRET_TOKEN_SIZE}, {0}};
    ring_put(&server->mailbox.wishes, WISH_INVITATION, wish, sizeof wish, 0, 2);
    ring_publish(&server->mailbox.wishes);
    bell_ring(&server->mailbox.hub);
    return wish[0];
}

static void wish_lobbies(struct server *server) {
    for (struct listener *at = server->listeners.all; at; at = at->next) {
        if (!at->wanted) continue;
        struct slice room[2] = {{at->manner.room, at->manner.room_size},
                                {at->manner.room_key, at->manner.room_key_size}};
        ring_put(&server->mailbox.wishes, WISH_LOBBY, room, sizeof room, 0, 2);
    }
    ring_publish(&server->mailbox.wishes);
    bell_ring(&server->mailbox.hub);
}

struct spawned {
    const char *name;
    void *(*run)(void *);
    void *context;
};

/* A thread may name itself, inside the sandbox too; another's name is a file. */
static void *spawned_run(void *context) {
    struct spawned spawned = *(struct spawned *)context;
    free(context);
    pthread_setname_np(pthread_self(), spawned.name);
    return spawned.run(spawned.context);
}

static bool spawn(pthread_t *id, const char *name, void *(*run)(void *), void *context) {
    struct spawned *spawned = malloc(sizeof *spawned);
    if (!spawned) return false;
    *spawned = (struct spawned){name, run, context};
    if (pthread_create(id, NULL, spawned_run, spawned) == 0) return true;
    free(spawned);
    return false;
}

static int make_workers(struct server *server) {
    const struct config *config = server->config;
    server->workers = calloc(server->size.workers, sizeof *server->workers);
    if (!server->workers) return fail(EXIT_FAILURE, "not enough memory", "");
    for (uint32_t w = 0; w < server->size.workers; w++) {
        int failed = worker_init(&server->workers[w], &server->mailbox, (uint16_t)w, server->size,
                                 order_limits_of(server, config), derive_body_size(config),
                                 config->timeouts.shutdown_seconds * 1000);
        if (failed) return fail(EXIT_FAILURE, "cannot make a worker", strerror(-failed));
    }
    return 0;
}

/* False: some run, and the process can only end at once. */
static bool start_threads(struct server *server) {
    server->store_thread =
        (struct store_thread){.mailbox = &server->mailbox,
                              .store = server->data.store,
                              .retention_days = server->config->history.retention_days};
    server->reader_thread = (struct reader_thread){.mailbox = &server->mailbox,
                                                   .reader = server->data.reader,
                                                   .searcher = server->data.searcher};
    bool all = spawn(&server->store_id, "store", store_thread_run, &server->store_thread) &&
               spawn(&server->reader_id, "reader", reader_thread_run, &server->reader_thread);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        server->password_threads[i] =
            (struct password_thread){.mailbox = &server->mailbox, .number = i};
        all = all && spawn(&server->password_ids[i], "password", password_thread_run,
                           &server->password_threads[i]);
    }
    server->courier = (struct courier){.mailbox = &server->mailbox,
                                       .reader = server->data.webhook_reader,
                                       .sandbox = &server->sandbox};
    all = all && spawn(&server->courier_id, "courier", courier_run, &server->courier);
    all = all && spawn(&server->hub_id, "hub", hub_thread_run, &server->hub_thread);
    for (uint32_t w = 0; w < server->size.workers; w++)
        all = all && spawn(&server->worker_ids[w], "worker", worker_run, &server->workers[w]);
    return all;
}

/* Against the message's way: no more input, then no more steps, then no more rows. */
static void stop_threads(struct server *server) {
    struct mailbox *mailbox = &server->mailbox;
    for (uint32_t w = 0; w < mailbox->workers; w++) {
        atomic_store(&mailbox->posts[w].stop, true);
        bell_ring(&mailbox->posts[w].bell);
    }
    for (uint32_t w = 0; w < mailbox->workers; w++)
        pthread_join(server->worker_ids[w], NULL);
    atomic_store(&mailbox->stop_courier, true);
    bell_ring(&mailbox->courier);
    pthread_join(server->courier_id, NULL);
    atomic_store(&mailbox->stop_hub, true);
    bell_ring(&mailbox->hub);
    pthread_join(server->hub_id, NULL);
    atomic_store(&mailbox->stop_passwords, true);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        bell_ring(&mailbox->proof_posts[i].bell);
        pthread_join(server->password_ids[i], NULL);
    }
    atomic_store(&mailbox->stop_store, true);
    bell_ring(&mailbox->store);
    pthread_join(server->store_id, NULL);
    atomic_store(&mailbox->stop_reader, true);
    bell_ring(&mailbox->reader);
    pthread_join(server->reader_id, NULL);
}

/* What threads read of the configuration by themselves: how the next password is hashed, where
 * webhooks go. */
static void set_threads(struct server *server, const struct config *config) {
    atomic_store(&server->mailbox.password_cost, config->accounts.password_cost);
    atomic_store(&server->mailbox.scram, config->accounts.scram);
    atomic_store(&server->mailbox.webhooks_to, &config->server.webhooks_to);
}

static void config_keep(struct server *server, const struct config *config) {
    const struct config **old = realloc(server->old, (server->old_count + 1) * sizeof *server->old);
    need_memory(old);
    server->old = old;
    server->old[server->old_count++] = config;
}

/* The listeners of a fresh configuration. False: it cannot be had, and why was logged. */
static bool reload_opens(struct server *server, const struct config *fresh) {
    char names[512] = "", why[SANDBOX_WHY_MAX];
    struct listeners *listeners = &server->listeners;
    uint32_t workers = server->size.workers;
    struct slice failed;
    bool restart = config_needs_restart(server->config, fresh, names, sizeof names);
    if (restart || *unsupported(fresh)) {
        log_line(LOG_ERROR, "reload refused", log_text("needs_restart", slice_text(names)),
                 log_text("why", slice_text(unsupported(fresh))));
        return false;
    }
    if (!sandbox_reaches(&server->sandbox, fresh, why)) {
        log_line(LOG_ERROR, "reload refused", log_text("why", slice_text(why)));
        return false;
    }
    int result = listeners_open(listeners, fresh, workers, &failed);
    if (result == 0 && !listeners_secure(listeners, fresh, workers, why)) {
        log_line(LOG_ERROR, "reload refused", log_text("why", slice_text(why)));
        return false;
    }
    if (result == 0) result = listeners_begin(listeners, workers, &failed);
    if (result == 0) return true;
    log_line(LOG_ERROR, "reload refused", log_text("address", failed),
             log_text("why", slice_text(strerror(-result))));
    return false;
}

/* Who comes once a reload was announced comes by what is new: workers hear of it in their next
 * turn. One that hangs is not waited for. */
static void wait_for_workers(struct mailbox *mailbox) {
    enum { WAIT_MS_MAX = 2000 };
    uint32_t w = 0;
    for (int ms = 0; ms < WAIT_MS_MAX && w < mailbox->workers; ms++) {
        while (w < mailbox->workers && ring_depth(&mailbox->posts[w].orders) == 0)
            w++;
        if (w < mailbox->workers) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void reload(struct server *server) {
    struct config_error error;
    const struct config *fresh =
        config_load(server->options.config_path, &server->options.overrides, &error);
    if (!fresh) {
        log_line(LOG_ERROR, "reload refused", log_text("why", slice_text(error.text)));
        return;
    }
    if (!reload_opens(server, fresh)) {
        config_unref(fresh);
        return;
    }
    set_threads(server, fresh);
    struct hub_limits hub = derive_hub_limits(fresh);
    ring_put(&server->mailbox.wishes, WISH_LIMITS, &hub, sizeof hub, 0, 0);
    wish_lobbies(server);
    struct order_limits limits = order_limits_of(server, fresh);
    for (uint32_t w = 0; w < server->mailbox.workers; w++)
        ring_put(&server->mailbox.posts[w].orders, ORDER_LIMITS, &limits, sizeof limits, 0, 0);
    listeners_apply(&server->listeners, fresh, &server->mailbox);
    for (uint32_t w = 0; w < server->mailbox.workers; w++) {
        ring_publish(&server->mailbox.posts[w].orders);
        bell_ring(&server->mailbox.posts[w].bell);
    }
    control_set_limits(server->control, hub);
    atomic_store(&server->store_thread.retention_days, fresh->history.retention_days);
    bell_ring(&server->mailbox.store);
    log_set_level((enum log_level)fresh->log.level);
    config_keep(server, server->config);
    server->config = fresh;
    wait_for_workers(&server->mailbox);
    log_line(LOG_INFO, "reloaded", log_number("listeners", fresh->listener_count));
}

/* True: SIGTERM or SIGINT. */
static bool take_signal(struct server *server) {
    struct signalfd_siginfo signal;
    ssize_t n = read(server->signals, &signal, sizeof signal);
    if (n != sizeof signal) return false;
    if (signal.ssi_signo == SIGHUP) {
        supervisor_reloading();
        reload(server);
        supervisor_ready();
    } else if (signal.ssi_signo == SIGUSR1)
        log_reopen();
    else
        return true;
    return false;
}

/* Signals, and administrators at the control socket, until the server is to end. */
static void wait_for_signals(struct server *server) {
    struct pollfd fds[1 + CONTROL_FDS] = {{.fd = server->signals, .events = POLLIN}};
    for (;;) {
        int wait_ms = control_doze(server->control, fds + 1), watch_ms = supervisor_wait_ms();
        if (watch_ms >= 0 && (wait_ms < 0 || watch_ms < wait_ms)) wait_ms = watch_ms;
        if (poll(fds, 1 + CONTROL_FDS, wait_ms) < 0) check(errno == EINTR);
        if ((fds[0].revents & POLLIN) && take_signal(server)) return;
        control_turn(server->control, fds + 1);
        supervisor_watch(&server->mailbox);
    }
}

/* A second SIGTERM while the last words are said: enough. */
static void *wait_impatiently(void *context) {
    struct server *server = context;
    struct signalfd_siginfo signal;
    while (read(server->signals, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) _exit(EXIT_SUCCESS);
    return NULL;
}

static void free_all(struct server *server) {
    for (uint32_t w = 0; w < server->size.workers; w++)
        worker_deinit(&server->workers[w]);
    free(server->workers);
    hub_thread_deinit(&server->hub_thread);
    if (server->control) control_close(server->control);
    data_close(&server->data);
    mailbox_deinit(&server->mailbox);
    for (uint32_t i = 0; i < server->old_count; i++)
        config_unref(server->old[i]);
    free(server->old);
    config_unref(server->config);
    sandbox_free(&server->sandbox);
}

static int open_signals(void) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    sigaddset(&wanted, SIGUSR1);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC);
}

static int open_log(const struct config *config) {
    bool file = !slice_equal(config->log.target, slice_of("stderr"));
    bool json = config->log.format == CONFIG_LOG_JSON;
    return log_open(file ? config->log.target.at : NULL, (enum log_level)config->log.level,
                    json ? LOG_JSON : LOG_LOGFMT);
}

/* The setting is of one busy room; all rooms together remember so many times as much. */
static uint32_t client_ids_of(const struct config *config) {
    enum { BUSY_ROOMS = 16, CLIENT_IDS_MAX = 1 << 24 };
    uint64_t ids = (uint64_t)config->limits.client_ids * BUSY_ROOMS;
    if (ids == 0) return 1;
    return ids < CLIENT_IDS_MAX ? (uint32_t)ids : CLIENT_IDS_MAX;
}

static int fail_to_listen(struct slice address, int result) {
    char what[300];
    snprintf(what, sizeof what, "cannot listen on %.*s", (int)address.size, address.at);
    return fail(result == -EADDRINUSE ? EXIT_IN_USE : EXIT_FAILURE, what, strerror(-result));
}

/* Everything up to the first connection. Addresses are bound first of all and listen last: where
 * one does, commands at the machine reach this server, and do not take its folder for unused.
 * 0, or an exit code. */
static int start(struct server *server) {
    struct slice failed;
    uint32_t connections = connections_of(server->config);
    server->size =
        (struct hub_size){.workers = workers_of(server->config),
                          .sessions = connections > CONTROLS_MAX ? connections : CONTROLS_MAX,
                          .rooms = ROOMS_MAX,
                          .client_ids = client_ids_of(server->config)};
    int result = listeners_open(&server->listeners, server->config, server->size.workers, &failed);
    if (result != 0) return fail_to_listen(failed, result);
    char why[SANDBOX_WHY_MAX];
    if (!sandbox_become_owner(server->config->server.data.at, why))
        return fail(EXIT_FAILURE, why, "");
    int code = open_data(server);
    if (code) return code;
    if (!listeners_secure(&server->listeners, server->config, server->size.workers, why))
        return fail(EXIT_CONFIG, why, "");
    if (!mailbox_init(&server->mailbox, server->size.workers, server->size.sessions,
                      server->config->limits.max_message_bytes))
        return fail(EXIT_FAILURE, "not enough memory or descriptors", "");
    server->mailbox.connections_max = connections;
    server->mailbox.statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    set_threads(server, server->config);
    bool gate_open = server->config->server.durability == CONFIG_DURABILITY_OFF;
    if (!hub_thread_init(&server->hub_thread, &server->mailbox, server->data.hub, server->size,
                         gate_open))
        return fail(EXIT_FAILURE, "not enough memory", "");
    code = make_workers(server);
    if (code) return code;
    const char *failed_control = NULL;
    server->control = control_open(&server->mailbox, derive_store_options(server->config),
                                   derive_hub_limits(server->config), &failed_control);
    if (!server->control)
        return fail(EXIT_NO_DATA, "cannot make the control socket", failed_control);
    result = listeners_begin(&server->listeners, server->size.workers, &failed);
    if (result != 0) return fail_to_listen(failed, result);
    wish_lobbies(server);
    if (!sandbox_enter(&server->sandbox, server->config, server->options.config_path, why))
        return fail(EXIT_CONFIG, why, "");
    int failed_log = log_start();
    if (failed_log) return fail(EXIT_FAILURE, "cannot start the log", strerror(-failed_log));
    if (!start_threads(server)) _exit(fail(EXIT_FAILURE, "cannot start a thread", ""));
    listeners_apply(&server->listeners, server->config, &server->mailbox);
    return 0;
}

/* The tables are mapped as zeros and take memory as they are used. By itself malloc() would carve
 * them from its heap as soon as one large block was freed, and zero them again by hand: 1.7 MB. */
static void keep_tables_unused(void) {
    enum { MAPPED_SIZE_MIN = 128 * 1024 };
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_SIZE_MIN);
}

/* Pages of programs and libraries that nobody writes come back from their files when they are
 * used: what only the start needed need not stay. Half of what a server at rest would take. */
static int drop_pages(struct dl_phdr_info *object, size_t size, void *context) {
    const uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)context;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W) != 0) continue;
        uintptr_t first = (object->dlpi_addr + part->p_vaddr + page_size - 1) & ~(page_size - 1);
        uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz) & ~(page_size - 1);
        if (end > first) (void)madvise((void *)first, end - first, MADV_DONTNEED);
    }
    return 0;
}

int server_main(int argc, char **argv) {
    static struct server server;
    struct config_error error;
    umask(077);
    sandbox_keep_secrets();
    keep_tables_unused();
    int code = options_read(&server.options, argc, argv);
    if (code >= 0) return code;
    server.config = config_load(server.options.config_path, &server.options.overrides, &error);
    if (!server.config) return fail(EXIT_CONFIG, error.text, "");
    if (*unsupported(server.config)) return fail(EXIT_CONFIG, unsupported(server.config), "");
    if (!passwords_init()) return fail(EXIT_FAILURE, "there is no source of randomness", "");
    server.signals = open_signals();
    int failed = open_log(server.config);
    if (failed) return fail(EXIT_CONFIG, "cannot open the log", strerror(-failed));
    log_attach();
    supervisor_attach();
    code = start(&server);
    if (code) return code;
    char word[SECRET_TOKEN_SIZE];
    listeners_print(&server.listeners, wish_invitation(&server, word));
    log_line(LOG_INFO, "started", log_number("workers", server.size.workers),
             log_number("connections_max", server.mailbox.connections_max),
             log_number("pid", (uint64_t)getpid()));
    dl_iterate_phdr(drop_pages, NULL);
    supervisor_ready();
    wait_for_signals(&server);
    supervisor_stopping();
    log_line(LOG_INFO, "stopping", log_number("pid", (uint64_t)getpid()));
    pthread_t impatient;
    (void)spawn(&impatient, "signals", wait_impatiently, &server); /* without it: with patience */
    stop_threads(&server);
    free_all(&server);
    log_line(LOG_INFO, "stopped", log_number("pid", (uint64_t)getpid()));
    log_stop();
    return 0;
}
