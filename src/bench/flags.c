/* flags.c: reading `--name value` and `--name=value`, and --help from the same table. */
#include "bench/flags.h"

#include "base/check.h"
#include "base/slice.h"
#include "bench/halt.h"

#include <stdio.h>
#include <stdlib.h>

static void print_help(const struct flag_table *table) {
    printf("Usage: parlance bench %s [OPTION]...\n\n%s\n\n", table->command, table->summary);
    for (size_t i = 0; i < table->count; i++) {
        const struct flag *flag = &table->flags[i];
        if (flag->number != NULL) {
            printf("  %-13s %s (%u to %u, default %u)\n", flag->name, flag->meaning, flag->min,
                   flag->max, *flag->number);
        } else if (flag->word != NULL && *flag->word != NULL) {
            printf("  %-13s %s (default %s)\n", flag->name, flag->meaning, *flag->word);
        } else {
            printf("  %-13s %s\n", flag->name, flag->meaning);
        }
    }
    printf("  %-13s %s\n", "--help", "show this");
}

static const struct flag *find_flag(const struct flag_table *table, struct slice name) {
    for (size_t i = 0; i < table->count; i++) {
        if (slice_equal(slice_text(table->flags[i].name), name)) return &table->flags[i];
    }
    return NULL;
}

static void take_word(const struct flag *flag, const char *value) {
    *flag->word = value;
    if (flag->choices == NULL) return;
    for (const char *const *choice = flag->choices; *choice != NULL; choice++) {
        if (slice_equal(slice_text(*choice), slice_text(value))) return;
    }
    char allowed[128] = "";
    size_t used = 0;
    for (const char *const *choice = flag->choices; *choice != NULL; choice++) {
        int size = snprintf(allowed + used, sizeof allowed - used, " %s", *choice);
        check(size > 0 && (size_t)size < sizeof allowed - used);
        used += (size_t)size;
    }
    halt(HALT_USAGE, "%s: '%s' is not one of:%s", flag->name, value, allowed);
}

static void take_value(const struct flag *flag, const char *value) {
    if (flag->word != NULL) {
        take_word(flag, value);
        return;
    }
    uint64_t number;
    if (!slice_number(slice_text(value), flag->max, &number) || number < flag->min) {
        halt(HALT_USAGE, "%s: '%s' is not a number from %u to %u", flag->name, value, flag->min,
             flag->max);
    }
    *flag->number = (uint32_t)number;
}

void flags_read(const struct flag_table *table, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct slice rest = slice_text(argv[i]);
        bool joined = memchr(rest.at, '=', rest.size) != NULL;
        struct slice name = slice_until(&rest, '=');
        if (slice_equal(name, slice_of("--help"))) {
            print_help(table);
            exit(0);
        }
        const struct flag *flag = find_flag(table, name);
        if (flag == NULL) {
            halt(HALT_USAGE, "%s: unknown option '%s' (try --help)", table->command, argv[i]);
        }
        if (flag->yes != NULL) {
            if (joined) halt(HALT_USAGE, "%s takes no value", flag->name);
            *flag->yes = true;
            continue;
        }
        if (!joined && i + 1 == argc) halt(HALT_USAGE, "%s needs a value", flag->name);
        take_value(flag, joined ? rest.at : argv[++i]);
    }
}
