/* chat.c: options, settings, and the loop with a screen. */
#include "client/chat.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/layout.h"
#include "client/plain.h"
#include "client/screen.h"
#include "client/scroll.h"
#include "client/settings.h"

enum { EXIT_USAGE = 64, GOODBYE_MS = 300 };

static const char help[] =
    "usage: parlance chat [HOST[:PORT] | URL] [--name NAME] [--room ROOM]...\n"
    "                     [--login | --register] [--tls] [--insecure] [--plain]\n"
    "                     [--invite WORD] [--dialect json|dollar] [--no-mouse]\n"
    "\n"
    "Talks in a terminal; without an address with the server of the last time, or the one at\n"
    "127.0.0.1:7070. URL is one of http, https, ws, wss, also that of a room (/r/NAME) or of an\n"
    "invitation (/invite/WORD). What was typed without a connection is kept and sent once.\n"
    "\n"
    "  --name NAME      be called so (the name of the last time, or that of the system)\n"
    "  --room ROOM      enter it; may be given up to 16 times\n"
    "  --login          be the account of that name; asks for its password once\n"
    "  --register       make an account of that name; asks for a password\n"
    "  --invite WORD    the word of an invitation, where guests or new accounts need one\n"
    "  --tls            speak TLS, as with https\n"
    "  --insecure       believe any certificate\n"
    "  --plain          for pipes: each line of standard input is said, each message is a line\n"
    "  --dialect NAME   json, or dollar: $join $switch $leave $create_chan, for servers of that\n"
    "                   kind\n"
    "  --no-mouse       leave the mouse to the terminal\n"
    "\n"
    "In the terminal, /help lists what can be typed, and these keys do the rest:\n"
    "\n"
    "  Tab                complete a name, a #room, a /command, an :emoji; again: the next one\n"
    "  Enter, Alt-Enter   say it; begin another line\n"
    "  Up, Down           what was typed before\n"
    "  PageUp, PageDown   scroll; older messages are fetched; Home, End: to the ends\n"
    "  Alt-1 to Alt-9     go to that room; Ctrl-N, Ctrl-P: to the next, the one before\n"
    "  Alt-A              go where one was mentioned, or where there is news, or back\n"
    "  Alt-Up, Alt-Down   select a message: r replies, e edits, + reacts, d removes,\n"
    "                     Enter goes to what it answers, Esc ends\n"
    "  F2, F3             hide or show the rooms, the people\n"
    "  Ctrl-L, Ctrl-C     draw the screen anew; twice: end\n"
    "\n"
    "A certificate that no authority has signed is believed at the first visit and from then on\n"
    "only if it is the same. NO_COLOR is heeded. Files are under XDG_CONFIG_HOME/parlance\n"
    "(chat.conf: server, name, rooms, people, mouse; known_servers) and XDG_STATE_HOME/parlance.\n";

static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

/* ---- options ---- */

struct options {
    struct session_options session;
    bool no_mouse;
};

static int usage(const char *what, const char *argument) {
    fprintf(stderr, "parlance chat: %s %s; see parlance chat --help\n", what, argument);
    return EXIT_USAGE;
}

static bool read_flag(struct options *options, const char *option) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"--login", &options->session.login}, {"--register", &options->session.new_account},
        {"--tls", &options->session.secure},  {"--insecure", &options->session.insecure},
        {"--plain", &options->session.plain}, {"--no-mouse", &options->no_mouse}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(flags[i].name, option) != 0) continue;
        *flags[i].flag = true;
        return true;
    }
    return false;
}

/* -1: read, go on. Else the exit code. */
static int read_value(struct options *options, const char *option, const char *value) {
    struct session_options *session = &options->session;
    if (!value) return usage("a value is missing after", option);
    if (strcmp(option, "--name") == 0) {
        session->name = value;
    } else if (strcmp(option, "--invite") == 0) {
        session->invitation = value;
    } else if (strcmp(option, "--room") == 0) {
        if (session->room_count == sizeof session->rooms / sizeof *session->rooms)
            return usage("too many rooms at", value);
        session->rooms[session->room_count++] = value;
    } else if (strcmp(value, "json") != 0 && strcmp(value, "dollar") != 0) {
        return usage("unknown dialect", value);
    } else {
        session->dollar = strcmp(value, "dollar") == 0;
    }
    return -1;
}

static int read_options(struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
        if (read_flag(options, option)) continue;
        bool valued = strcmp(option, "--name") == 0 || strcmp(option, "--room") == 0 ||
                      strcmp(option, "--dialect") == 0 || strcmp(option, "--invite") == 0;
        if (valued) {
            int code = read_value(options, option, i + 1 < argc ? argv[i + 1] : NULL);
            if (code >= 0) return code;
            i++;
        } else if (*option == '-') {
            return usage("unknown option", option);
        } else if (options->session.server) {
            return usage("one server at a time, not also", option);
        } else {
            options->session.server = option;
        }
    }
    return -1;
}

/* ---- the loop with a screen ---- */

/* What the local time has more than UTC, now. */
static int64_t utc_offset_ms(void) {
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm local;
    return localtime_r(&now, &local) ? (int64_t)local.tm_gmtoff * 1000 : 0;
}

static void draw(struct model *model) {
    struct grid grid;
    int rows, columns;
    screen_size(&rows, &columns);
    model_resize(model, rows, columns);
    scroll_fill(model);
    if (!grid_init(&grid, model->rows, model->columns)) return;
    layout_draw(model, &grid);
    screen_draw(&grid);
    grid_deinit(&grid);
    if (model->bell) screen_bell();
    model->bell = false;
}

static void take_keys(struct session *session) {
    struct press press;
    bool resized = false;
    while (screen_take(&press, &resized))
        model_press(session->model, &press);
    if (resized) screen_redraw();
}

static void run_screen(struct session *session) {
    while (!stopped && !session->model->quit) {
        session->model->utc_offset_ms = utc_offset_ms();
        session_step(session);
        draw(session->model);
        session_step(session);
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = connection_fd(session->connection),
                                .events = connection_events(session->connection)}};
        int ready = poll(fds, 2, session_wait_ms(session));
        if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR))) break;
        take_keys(session); /* a resize interrupts the wait */
    }
}

/* The last words get a moment to leave. */
static void say_goodbye(struct session *session) {
    uint64_t deadline = clock_mono_ms() + GOODBYE_MS;
    session->model->quit = true;
    do {
        session_step(session);
        struct pollfd fd = {.fd = connection_fd(session->connection), .events = POLLIN};
        if (fd.fd < 0) return;
        poll(&fd, 1, 20);
    } while (clock_mono_ms() < deadline && !connection_is_closed(session->connection) &&
             connection_has_unsent(session->connection));
}

static int run_in_terminal(struct session *session, bool mouse) {
    const char *why;
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!screen_open(mouse, &why)) {
        fprintf(stderr, "parlance chat: %s\n", why);
        return 1;
    }
    run_screen(session);
    screen_close();
    say_goodbye(session);
    size_t waiting = session->model->outbox.count;
    if (waiting > 0)
        fprintf(stderr, "%zu not sent yet; they are kept and sent the next time\n", waiting);
    return 0;
}

int chat_main(int argc, char **argv) {
    struct options options = {0};
    struct settings settings;
    struct session session;
    char why[PLACE_MAX];
    int code = read_options(&options, argc, argv);
    if (code >= 0) return code;
    settings_read(&settings);
    if (!options.session.server) options.session.server = settings_text(&settings, "server");
    if (!options.session.name) options.session.name = settings_text(&settings, "name");
    if (!session_init(&session, &options.session, why)) {
        fprintf(stderr, "parlance chat: %s\n", why);
        session_deinit(&session);
        settings_deinit(&settings);
        return EXIT_USAGE;
    }
    session.model->hide_rooms = strcmp(settings_text(&settings, "rooms"), "hidden") == 0;
    session.model->hide_members = strcmp(settings_text(&settings, "people"), "hidden") == 0;
    bool mouse = !options.no_mouse && strcmp(settings_text(&settings, "mouse"), "off") != 0;
    code = options.session.plain ? plain_run(&session) : run_in_terminal(&session, mouse);
    if (!options.session.plain) {
        settings_set(&settings, "server", options.session.server);
        settings_set(&settings, "name", options.session.name);
        settings_set(&settings, "rooms", session.model->hide_rooms ? "hidden" : "shown");
        settings_set(&settings, "people", session.model->hide_members ? "hidden" : "shown");
        settings_write(&settings);
    } else {
        say_goodbye(&session);
    }
    session_deinit(&session);
    settings_deinit(&settings);
    return code;
}
