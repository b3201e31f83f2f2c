/* main.c: the subcommands. */
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "chat/rights.h"
#include "client/chat.h"
#include "server/admin.h"
#include "server/config.h"
#include "server/secure.h"
#include "server/server.h"
#include "sim/sim.h"

enum { EXIT_USAGE = 64 };

static const char help[] =
    "usage: parlance COMMAND [ARGUMENTS]; each has --help\n"
    "  serve          start the server\n"
    "  chat           talk in this terminal\n"
    "  check-config   read a configuration and say what is wrong with it\n"
    "  user           add, change, delete and list accounts\n"
    "  invite         make an invitation for somebody where guests are off\n"
    "  token          make, list and delete tokens of programs and webhooks\n"
    "  room           list, show and delete rooms\n"
    "  server         what holds everywhere: banned networks, filtered words, the lock-down\n"
    "  lockdown       nobody new comes in, or again\n"
    "  backup         copy everything into one file\n"
    "  export         print rooms and what was said in them, as JSON Lines or text\n"
    "  import         make rooms of what was exported\n"
    "  restore        make a data folder of a backup\n"
    "  recover        repair a damaged data folder as far as that is possible\n"
    "  cert           make a certificate for TLS to begin with, or show it\n"
    "  bench          measure a server on this machine\n"
    "  sim            run the simulator with a seed\n"
    "  rights         print who may do what in a room\n"
    "  version        print the version\n";

static int version_main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("usage: parlance version\n\nPrints the version.");
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "parlance version: unknown argument %s\n", argv[1]);
        return EXIT_USAGE;
    }
    puts("parlance " PARLANCE_VERSION);
    return 0;
}

static int rights_main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("usage: parlance rights\n\nPrints who may do what in a room, as Markdown.");
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "parlance rights: unknown argument %s\n", argv[1]);
        return EXIT_USAGE;
    }
    static char memory[RIGHTS_TABLE_SIZE];
    struct buf table;
    buf_init(&table, memory, sizeof memory);
    rights_table(&table);
    fwrite(table.at, 1, table.size, stdout);
    return buf_ok(&table) && fflush(stdout) == 0 ? 0 : 1;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"serve", server_main},
    {"chat", chat_main},
    {"check-config", config_check_main},
    {"bench", bench_main},
    {"version", version_main},
    {"user", admin_user_main},
    {"room", admin_room_main},
    {"invite", admin_invite_main},
    {"token", admin_token_main},
    {"server", admin_server_main},
    {"lockdown", admin_lockdown_main},
    {"backup", admin_backup_main},
    {"restore", admin_restore_main},
    {"export", admin_export_main},
    {"import", admin_import_main},
    {"recover", admin_recover_main},
    {"sim", sim_main},
    {"cert", secure_cert_main},
    {"rights", rights_main},
};

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "--help") == 0 || strcmp(command, "help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    if (strcmp(command, "--version") == 0) return version_main(1, argv);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(command, commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    if (*command) fprintf(stderr, "parlance: unknown command %s\n", command);
    fputs(help, stderr);
    return EXIT_USAGE;
}
