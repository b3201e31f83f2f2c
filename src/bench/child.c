/* child.c: fork, pin, exec, wait until it serves; and stopping it. */
#include "bench/child.h"

#include "base/check.h"
#include "base/slice.h"
#include "bench/bare.h"
#include "bench/halt.h"
#include "bench/tick.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVER_CORE = 0, GENERATOR_CORE = 1, READY_S = 10, STOP_S = 15 };

/* exit() takes no argument along: the child that must not outlive us, and who started it. */
static pid_t killed_at_exit, started_by;

static void kill_child(void) {
    if (killed_at_exit == 0 || started_by != getpid()) return;
    kill(killed_at_exit, SIGKILL);
    waitpid(killed_at_exit, NULL, 0);
    killed_at_exit = 0;
}

static void use_core(int core) {
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fprintf(stderr, "parlance bench: cannot use core %d: %s\n", core, strerror(errno));
    }
}

void child_leave_core(void) {
    use_core(GENERATOR_CORE);
}

/* A listening socket on a free port. */
static int listen_somewhere(uint16_t *port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        halt(HALT_FAILED, "no free port: %s", strerror(errno));
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void write_config(const struct child *child, const struct child_plan *plan) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/bench.conf", child->scratch->path);
    FILE *file = fopen(path, "we");
    if (file == NULL) halt(HALT_FAILED, "%s: %s", path, strerror(errno));
    fprintf(file,
            "server {\n    data = \"data\"\n    workers = 1\n    durability = \"%s\"\n}\n"
            "listen \"bench\" {\n    address = \"127.0.0.1:%u\"\n    dialect = \"line\"\n"
            "    greeting = %s\n    announce = %s\n}\n",
            plan->durability, child->port, plan->greeting ? "true" : "false",
            plan->announce ? "true" : "false");
    if (plan->watch) {
        fprintf(file,
                "listen \"watch\" {\n    address = \"127.0.0.1:%u\"\n    dialect = \"%s\"\n"
                "    greeting = false\n    announce = true\n    room = \"%s\"\n}\n",
                child->watch_port, plan->watch_dialect ? plan->watch_dialect : "line",
                plan->watch_room ? plan->watch_room : "lobby");
    }
    if (plan->cheap_passwords) fprintf(file, "accounts {\n    password_cost = \"minimum\"\n}\n");
    fprintf(file, "throttle {\n    enabled = false\n}\nlog {\n    level = \"warning\"\n}\n");
    if (fclose(file) != 0) halt(HALT_FAILED, "%s: %s", path, strerror(errno));
}

/* In the child: never returns. Paths are relative to the scratch folder. */
static _Noreturn void become_server(const char *program) {
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    int nothing = open("/dev/null", O_RDONLY);
    if (log < 0 || nothing < 0) _exit(71);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    execl(program, "parlance", "serve", "--config", "bench.conf", (char *)NULL);
    fprintf(stderr, "%s: %s\n", program, strerror(errno));
    _exit(71);
}

static void start_process(struct child *child, const struct child_plan *plan, const char *program,
                          int listener) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) halt(HALT_FAILED, "fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(71);
        use_core(SERVER_CORE);
        if (plan->bare) {
            signal(SIGTERM, SIG_DFL);
            bare_serve(listener, plan->announce);
        }
        if (chdir(child->scratch->path) != 0) _exit(71);
        become_server(program);
    }
    static bool registered;
    if (!registered) atexit(kill_child);
    registered = true;
    killed_at_exit = child->pid = pid;
    started_by = parent;
}

/* Connect and, where it greets, wait for the prompt. False while nobody listens. */
static bool answers(uint16_t port, bool greeting) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    if (connected && greeting) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char bytes[256];
        bool prompted = poll(&wait, 1, READY_S * 1000) == 1 && read(fd, bytes, sizeof bytes) > 0;
        if (!prompted) halt(HALT_FAILED, "the server accepts, but sends no prompt");
    }
    if (fd >= 0) close(fd);
    return connected;
}

static void give_up_on(const struct child *child, const char *reason) {
    scratch_show_tail(child->scratch, "log");
    halt(HALT_FAILED, "the server %s", reason);
}

static void wait_ready(struct child *child, uint16_t port, bool greeting) {
    uint64_t end_ns = tick_ns() + READY_S * TICK_S;
    while (!answers(port, greeting)) {
        halt_if_told();
        if (waitpid(child->pid, NULL, WNOHANG) == child->pid) {
            killed_at_exit = 0;
            give_up_on(child, "ended before it served");
        }
        if (tick_ns() > end_ns) give_up_on(child, "does not accept connections");
        tick_sleep(TICK_MS / 5);
    }
}

void child_start(struct child *child, const struct child_plan *plan,
                 const struct scratch *scratch) {
    check(killed_at_exit == 0 || started_by != getpid());
    *child = (struct child){.scratch = scratch};
    int listener = listen_somewhere(&child->port);
    char program[PATH_MAX] = "/proc/self/exe";
    if (!plan->bare) {
        int watch = listen_somewhere(&child->watch_port);
        close(watch);
        close(listener);
        listener = -1;
        if (plan->program != NULL && realpath(plan->program, program) == NULL) {
            halt(HALT_USAGE, "--server: %s: %s", plan->program, strerror(errno));
        }
        write_config(child, plan);
    }
    uint64_t start_ns = tick_ns();
    start_process(child, plan, program, listener);
    if (listener >= 0) close(listener);
    if (!plan->bare) wait_ready(child, child->port, plan->greeting);
    child->ready_ms = (double)(tick_ns() - start_ns) / 1e6;
    if (plan->watch) wait_ready(child, child->watch_port, false);
}

double child_stop(struct child *child) {
    check(child->pid > 0 && child->pid == killed_at_exit);
    uint64_t start_ns = tick_ns();
    kill(child->pid, SIGTERM);
    int status = 0;
    while (waitpid(child->pid, &status, WNOHANG) == 0) {
        if (tick_ns() - start_ns > STOP_S * TICK_S) give_up_on(child, "does not end on SIGTERM");
        tick_sleep(TICK_MS / 2);
    }
    killed_at_exit = 0;
    bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool bare = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM && child->watch_port == 0;
    if (!ended_well && !bare) give_up_on(child, "did not end with exit status 0");
    child->pid = 0;
    return (double)(tick_ns() - start_ns) / 1e6;
}
