/* admin_line.c: options and words, in any order. */
#include "server/admin_line.h"

#include <string.h>
#include <sys/stat.h>

#include "server/desk.h"

enum { EXIT_USAGE = 64, EXIT_CONFIG = 78 };

int admin_line_usage(const struct admin_line *line, const char *what, const char *argument) {
    fprintf(stderr, "parlance %s: %s%s%s; see parlance %s --help\n", line->command, what,
            *argument ? " " : "", argument, line->command);
    return EXIT_USAGE;
}

/* NULL: the subcommand has no such option. */
static const char **number_called(struct admin_line *line, const char *word) {
    if (strcmp(line->command, "invite") != 0) return NULL;
    if (strcmp(word, "--uses") == 0) return &line->uses;
    return strcmp(word, "--days") == 0 ? &line->days : NULL;
}

int admin_line_read(struct admin_line *line, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool place = strcmp(word, "--config") == 0 || strcmp(word, "--data") == 0;
        const char **number = number_called(line, word);
        if (strcmp(word, "--help") == 0) {
            fputs(line->help, stdout);
            return 0;
        }
        if ((place || number) && i + 1 == argc)
            return admin_line_usage(line, "a value is missing after", word);
        if (strcmp(word, "--config") == 0) {
            line->config_path = argv[++i];
        } else if (place) {
            line->overrides.data = argv[++i];
        } else if (number) {
            *number = argv[++i];
        } else if (strcmp(word, "--password-stdin") == 0) {
            line->password_stdin = true;
        } else if (strcmp(word, "--text") == 0) {
            line->text = true;
        } else if (word[0] == '-' && word[1] != '\0') {
            return admin_line_usage(line, "unknown option", word);
        } else if (line->word_count == LINE_WORDS_MAX) {
            return admin_line_usage(line, "too many words at", word);
        } else {
            line->words[line->word_count++] = word;
        }
    }
    return -1;
}

const struct config *admin_line_config(const struct admin_line *line) {
    struct config_error error;
    const struct config *config = config_load(line->config_path, &line->overrides, &error);
    if (!config) fprintf(stderr, "parlance: %s\n", error.text);
    return config;
}

int admin_line_ask(const struct admin_line *line, const struct slice *words, uint32_t count, int fd,
                   bool makes) {
    umask(077);
    const struct config *config = admin_line_config(line);
    if (!config) return EXIT_CONFIG;
    int code = desk_ask(config, words, count, fd, makes, stdout);
    config_unref(config);
    return code;
}
