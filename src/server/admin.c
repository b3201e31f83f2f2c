/* admin.c: parlance user, parlance room, parlance token. */
#include "server/admin.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "chat/limits.h"
#include "server/admin_line.h"
#include "server/request.h"

enum { EXIT_REFUSED = 1 };

static const char user_help[] =
    "usage: parlance user add|passwd|delete NAME [--password-stdin]\n"
    "       parlance user list\n"
    "\n"
    "add makes an account, passwd gives it another password: asked for on the terminal, or with\n"
    "--password-stdin the first line of standard input. delete ends the account, its logins\n"
    "and its roles; what it said stays. list prints number, name and sessions at this moment, "
    "with\n"
    "TABs between them.\n" ADMIN_WHERE;

static const char room_help[] =
    "usage: parlance room list\n"
    "       parlance room show|delete ROOM\n"
    "\n"
    "list prints number, name, members at this moment and topic, with TABs between them. ROOM is\n"
    "a name or a number. delete removes a room with all that was said in it.\n" ADMIN_WHERE;

static const char token_help[] =
    "usage: parlance token add ACCOUNT NAME SCOPES\n"
    "       parlance token hook ACCOUNT NAME ROOM SHOWN\n"
    "       parlance token list ACCOUNT\n"
    "       parlance token delete ACCOUNT NUMBER\n"
    "\n"
    "add makes a token for a program that acts as ACCOUNT and prints it: it is shown once. SCOPES\n"
    "are read, write, moderate, admin, with commas between them, and two that can be given here\n"
    "alone: invite, which makes invitations to the server, and server, which rules all of it:\n"
    "lock-down, banned networks, filters, and the log of that. hook makes one for /hooks/TOKEN:\n"
    "what is sent there is said in ROOM under the name SHOWN. list prints number, name, scopes, "
    "room\n"
    "and shown name, with TABs between them. What came with a deleted token is "
    "closed.\n" ADMIN_WHERE;

static const char invite_help[] =
    "usage: parlance invite [--uses N] [--days N]\n"
    "       parlance invite list\n"
    "       parlance invite revoke NUMBER\n"
    "\n"
    "Prints a word that lets people in where guests are off, and make an account where nobody "
    "else\n"
    "may: behind /invite/ in the address of the server it is a link for a browser. It lets in N\n"
    "people (0, and without --uses: any number) for N days (without --days: 7). list prints\n"
    "number, how many more it lets in (0: any number) and until when, in Unix seconds, with TABs\n"
    "between them; revoke ends one: who came by it stays.\n" ADMIN_WHERE;

static const char server_help[] =
    "usage: parlance server list\n"
    "       parlance server audit [COUNT]\n"
    "       parlance server lockdown on|off\n"
    "       parlance server ban NETWORK [MINUTES [WHY]]\n"
    "       parlance server unban NETWORK\n"
    "       parlance server filter report|refuse|SECONDS|off WORDS\n"
    "\n"
    "What holds for the whole server, kept over a restart. While it is locked down there are no\n"
    "new guests and no new accounts; who is in stays. From a banned network nobody comes in, and\n"
    "who is in is closed. A filter reports what has WORDS in it in the audit log, refuses it, or\n"
    "refuses it and mutes for SECONDS; WORDS may have * and ?. list prints kind, what, minutes\n"
    "left, by whom and when it was set, with TABs between them. audit prints who did what to it,\n"
    "the newest first and without COUNT 50 rows: when (Unix seconds), by whom, what, about what "
    "and\n"
    "why.\n" ADMIN_WHERE;

static const char lockdown_help[] = "usage: parlance lockdown on|off\n"
                                    "\n"
                                    "The same as parlance server lockdown: no new guests and no "
                                    "new accounts; who is in stays.\n" ADMIN_WHERE;

/* ---- passwords ---- */

/* One line of `in` without its end. False: none, or too long. */
static bool secret_read(FILE *in, char secret[SECRET_SIZE_MAX + 2], size_t *size) {
    *size = 0;
    for (int c; (c = getc(in)) != EOF && c != '\n';) {
        if (*size > SECRET_SIZE_MAX) return false;
        secret[(*size)++] = (char)c;
    }
    return *size > 0;
}

static bool secret_ask(const char *prompt, char secret[SECRET_SIZE_MAX + 2], size_t *size) {
    FILE *terminal = fopen("/dev/tty", "r+e");
    struct termios plain, hidden;
    if (!terminal || tcgetattr(fileno(terminal), &plain) != 0) {
        fprintf(stderr, "parlance: no terminal to ask for a password: use --password-stdin\n");
        if (terminal) fclose(terminal);
        return false;
    }
    hidden = plain;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, terminal);
    fflush(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &hidden);
    bool read = secret_read(terminal, secret, size);
    tcsetattr(fileno(terminal), TCSAFLUSH, &plain);
    fputc('\n', terminal);
    fclose(terminal);
    if (!read) fprintf(stderr, "parlance: no password\n");
    return read;
}

/* False: there is none, and why was told. */
static bool secret_get(const struct admin_line *line, char secret[SECRET_SIZE_MAX + 2],
                       size_t *size) {
    char again[SECRET_SIZE_MAX + 2];
    size_t again_size = 0;
    if (line->password_stdin) {
        if (secret_read(stdin, secret, size)) return true;
        fprintf(stderr, "parlance: no password on standard input, or one of more than %d bytes\n",
                SECRET_SIZE_MAX);
        return false;
    }
    if (!secret_ask("Password: ", secret, size) || !secret_ask("Again: ", again, &again_size))
        return false;
    bool same = *size == again_size && memcmp(secret, again, again_size) == 0;
    explicit_bzero(again, sizeof again);
    if (!same) fprintf(stderr, "parlance: these are two different passwords\n");
    return same;
}

/* ---- user, room ---- */

struct verb {
    const char *word, *request;
    uint32_t arguments;
    bool secret, makes;
};

static int verb_run(struct admin_line *line, const struct verb *verbs, size_t count) {
    char secret[SECRET_SIZE_MAX + 2];
    size_t size = 0;
    if (line->word_count == 0) return admin_line_usage(line, "a word is missing", "");
    const struct verb *verb = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(line->words[0], verbs[i].word) == 0) verb = &verbs[i];
    if (!verb) return admin_line_usage(line, "unknown word", line->words[0]);
    if (line->word_count - 1 < verb->arguments)
        return admin_line_usage(line, "a name is missing", "");
    if (line->word_count - 1 > verb->arguments)
        return admin_line_usage(line, "a word too many", "");
    if (line->text || (line->password_stdin && !verb->secret))
        return admin_line_usage(line, "this takes no", line->text ? "--text" : "--password-stdin");
    struct slice words[REQUEST_WORDS_MAX] = {slice_text(verb->request)};
    uint32_t asked = 1;
    for (uint32_t i = 0; i < verb->arguments; i++)
        words[asked++] = slice_text(line->words[1 + i]);
    if (verb->secret) {
        if (!secret_get(line, secret, &size)) return EXIT_REFUSED;
        words[asked++] = (struct slice){secret, size};
    }
    int code = admin_line_ask(line, words, asked, -1, verb->makes);
    explicit_bzero(secret, sizeof secret);
    return code;
}

int admin_user_main(int argc, char **argv) {
    static const struct verb verbs[] = {{"add", "user-add", 1, true, true},
                                        {"passwd", "user-passwd", 1, true, false},
                                        {"delete", "user-delete", 1, false, false},
                                        {"list", "user-list", 0, false, false}};
    struct admin_line line = {.command = "user", .help = user_help};
    int code = admin_line_read(&line, argc, argv);
    return code >= 0 ? code : verb_run(&line, verbs, sizeof verbs / sizeof *verbs);
}

int admin_token_main(int argc, char **argv) {
    static const struct verb verbs[] = {{"add", "token-add", 3, false, false},
                                        {"hook", "token-add", 4, false, false},
                                        {"list", "token-list", 1, false, false},
                                        {"delete", "token-delete", 2, false, false}};
    struct admin_line line = {.command = "token", .help = token_help};
    int code = admin_line_read(&line, argc, argv);
    return code >= 0 ? code : verb_run(&line, verbs, sizeof verbs / sizeof *verbs);
}

int admin_invite_main(int argc, char **argv) {
    static const struct verb verbs[] = {{"list", "invite-list", 0, false, false},
                                        {"revoke", "invite-revoke", 1, false, false}};
    struct admin_line line = {.command = "invite", .help = invite_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    bool numbers = line.uses || line.days;
    if (line.word_count > 0 && numbers)
        return admin_line_usage(&line, "this takes no", line.uses ? "--uses" : "--days");
    if (line.word_count > 0) return verb_run(&line, verbs, sizeof verbs / sizeof *verbs);
    if (line.text || line.password_stdin)
        return admin_line_usage(&line, "this takes no", line.text ? "--text" : "--password-stdin");
    struct slice words[] = {slice_of("invite"), slice_text(line.uses ? line.uses : "0"),
                            slice_text(line.days ? line.days : "0")};
    return admin_line_ask(&line, words, sizeof words / sizeof *words, -1, false);
}

int admin_server_main(int argc, char **argv) {
    static const struct {
        const char *word, *request;
        uint32_t least, most;
    } verbs[] = {{"list", "server-list", 0, 0},         {"audit", "server-audit", 0, 1},
                 {"lockdown", "server-lockdown", 1, 1}, {"ban", "server-ban", 1, 3},
                 {"unban", "server-unban", 1, 1},       {"filter", "server-filter", 2, 2}};
    struct admin_line line = {.command = "server", .help = server_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.text || line.password_stdin)
        return admin_line_usage(&line, "this takes no option", "");
    if (line.word_count == 0) return admin_line_usage(&line, "a word is missing", "");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        uint32_t given = line.word_count - 1, asked = 1;
        if (strcmp(line.words[0], verbs[i].word) != 0) continue;
        if (given < verbs[i].least) return admin_line_usage(&line, "a word is missing", "");
        if (given > verbs[i].most) return admin_line_usage(&line, "a word too many", "");
        struct slice words[REQUEST_WORDS_MAX] = {slice_text(verbs[i].request)};
        for (uint32_t at = 0; at < verbs[i].most; at++) /* no minutes: for ever; no reason */
            words[asked++] = slice_text(at < given ? line.words[1 + at] : at == 1 ? "0" : "");
        return admin_line_ask(&line, words, asked, -1, false);
    }
    return admin_line_usage(&line, "unknown word", line.words[0]);
}

int admin_lockdown_main(int argc, char **argv) {
    struct admin_line line = {.command = "lockdown", .help = lockdown_help};
    int code = admin_line_read(&line, argc, argv);
    if (code >= 0) return code;
    if (line.word_count != 1) return admin_line_usage(&line, "on or off", "");
    struct slice words[] = {slice_of("server-lockdown"), slice_text(line.words[0])};
    return admin_line_ask(&line, words, 2, -1, false);
}

int admin_room_main(int argc, char **argv) {
    static const struct verb verbs[] = {{"list", "room-list", 0, false, false},
                                        {"show", "room-show", 1, false, false},
                                        {"delete", "room-delete", 1, false, false}};
    struct admin_line line = {.command = "room", .help = room_help};
    int code = admin_line_read(&line, argc, argv);
    return code >= 0 ? code : verb_run(&line, verbs, sizeof verbs / sizeof *verbs);
}
