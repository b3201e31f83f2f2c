/* config.c: loading a configuration, and what one setting has to say about another: each key by
 * itself is checked against its row in config_table.c, relations between keys are checked here. */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/need.h"
#include "server/config_file.h"
#include "server/config_source.h"
#include "server/config_value.h"

enum { EXIT_USAGE = 64, EXIT_CONFIG = 78, BACKLOG_LINES_AUTO = 20 };

static bool finish_limits(struct config_loading *loading) {
    struct config_limits *limits = &loading->config->limits;
    struct config_place place;
    char soft[21], hard[21];
    if (limits->outbox_soft_bytes <= limits->outbox_hard_bytes) return true;
    if (!config_is_given(loading, "limits", 0, "outbox_soft", &place)) {
        limits->outbox_soft_bytes = limits->outbox_hard_bytes; /* the default follows */
        return true;
    }
    config_is_given(loading, "limits", 0, "outbox_hard", &place);
    return CONFIG_FAIL(loading->error, &place, "limits.outbox_hard is ",
                       config_digits(hard, limits->outbox_hard_bytes),
                       ", below limits.outbox_soft; allowed: at least ",
                       config_digits(soft, limits->outbox_soft_bytes));
}

static bool finish_server(struct config_loading *loading) {
    const struct config_server *server = &loading->config->server;
    struct config_place place;
    bool has_cert = server->tls_cert.size > 0;
    if (has_cert == (server->tls_key.size > 0)) return true;
    config_is_given(loading, "server", 0, has_cert ? "tls_cert" : "tls_key", &place);
    return CONFIG_FAIL(loading->error, &place, place.name, " is set and server.",
                       has_cert ? "tls_key" : "tls_cert", " is not; allowed: both or neither");
}

static bool finish_oper(struct config_loading *loading, uint32_t element) {
    struct config_place place;
    if (loading->config->opers[element].password.size > 0) return true;
    bool given = config_is_given(loading, "oper", element, "password", &place);
    return CONFIG_FAIL(loading->error, &place, place.name, given ? " is empty" : " is missing",
                       ", so that anybody could become an administrator; allowed: "
                       "1 to 512 bytes, or a password_file");
}

static bool finish_listener(struct config_loading *loading, uint32_t element) {
    struct config_listener *listener = &loading->config->listeners[element];
    struct config_place place;
    if (listener->backlog_lines == UINT32_MAX) {
        listener->backlog_lines = listener->dialect == CONFIG_DIALECT_AUTO ? BACKLOG_LINES_AUTO : 0;
    }
    if (listener->tls_cert.count != listener->tls_key.count) {
        config_is_given(loading, "listen", element, "tls_cert", &place);
        return CONFIG_FAIL(loading->error, &place, place.name,
                           " and tls_key are not equally many; allowed: one key for each "
                           "certificate, in the same order");
    }
    if (listener->tls_cert.count > 0) listener->tls = true;
    bool is_friendly = listener->dialect == CONFIG_DIALECT_FRIENDLY;
    if (is_friendly && listener->sender == CONFIG_SENDER_UID) {
        config_is_given(loading, "listen", element, "sender", &place);
        return CONFIG_FAIL(loading->error, &place, place.name,
                           " is \"uid\" for the dialect friendly; allowed: none, name");
    }
    return true;
}

/* The kernel would refuse it too, but could not tell which two lines are meant. */
static bool addresses_differ(struct config_loading *loading, uint32_t element) {
    const struct config_address *address = &loading->config->listeners[element].address;
    if (address->family != AF_UNIX && address->inet.port == 0) return true;
    for (uint32_t i = 0; i < element; i++) {
        const struct config_listener *other = &loading->config->listeners[i];
        if (!slice_equal(other->address.text, address->text)) continue;
        struct config_place place;
        config_is_given(loading, "listen", element, "address", &place);
        return CONFIG_FAIL(loading->error, &place, place.name, " is \"", address->text.at,
                           "\" like that of \"", other->title.at, "\"; allowed: each address once");
    }
    return true;
}

static bool finish_listeners(struct config_loading *loading) {
    for (uint32_t i = 0; i < loading->config->listener_count; i++) {
        if (!finish_listener(loading, i) || !addresses_differ(loading, i)) return false;
    }
    return true;
}

static bool finish_opers(struct config_loading *loading) {
    for (uint32_t i = 0; i < loading->config->oper_count; i++) {
        if (!finish_oper(loading, i)) return false;
    }
    return true;
}

static bool load_file(struct config_loading *loading) {
    if (!loading->path) return true;
    struct config_place place = {.file = loading->path};
    struct slice text;
    if (!config_file_read(loading->path, &text, &place, loading->error)) return false;
    bool loaded = config_from_file(loading, text);
    /* The scan's titles pointed into the text; from here on only its lines are asked for. */
    free((char *)text.at);
    return loaded;
}

static bool load(struct config_loading *loading, const struct config_overrides *overrides) {
    struct config *config = loading->config;
    config_from_defaults(config);
    if (!load_file(loading)) return false;
    if (config->listener_count == 0) {
        config_section_add(config, config_section_find(slice_of("listen")), slice_of("everything"));
    }
    if (!config_from_environment(loading)) return false;
    if (!finish_server(loading) || !finish_limits(loading)) return false;
    if (!finish_opers(loading) || !finish_listeners(loading)) return false;
    if (!overrides) return true;
    return config_from_command_line(loading, overrides) && finish_listeners(loading);
}

struct config *config_load(const char *path, const struct config_overrides *overrides,
                           struct config_error *error) {
    struct config *config = calloc(1, sizeof *config);
    need_memory(config);
    atomic_init(&config->references, 1);
    struct config_loading loading = {.config = config, .error = error, .path = path};
    bool loaded = load(&loading, overrides);
    config_scan_free(loading.scan);
    if (loaded) return config;
    config_unref(config);
    return NULL;
}

const struct config *config_ref(const struct config *config) {
    struct config *counted = (struct config *)config;
    uint32_t before = atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    check(before > 0);
    return config;
}

static void config_free(struct config *config) {
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        uint32_t elements = config_section_elements(config, section);
        for (uint32_t element = 0; element < elements; element++) {
            void *base = config_section_at(config, section, element);
            if (section->titled) config_text_free(*(struct slice *)base);
            for (uint32_t row = 0; row < section->row_count; row++)
                config_value_free(base, &section->rows[row]);
        }
    }
    for (uint32_t i = 0; i < config->secret_files.count; i++)
        config_text_free(config->secret_files.at[i]);
    free(config->secret_files.at);
    free(config);
}

/* Whoever frees sees all that the others read before they let go: release pairs with acquire. */
void config_unref(const struct config *config) {
    if (!config) return;
    struct config *counted = (struct config *)config;
    uint32_t before = atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel);
    check(before > 0);
    if (before == 1) config_free(counted);
}

/* Append the keys of one section that differ and cannot change by a reload. */
static bool name_fixed_keys(const struct config *old, const struct config *new,
                            const struct config_section *section, struct buf *names) {
    const void *before = config_section_at(old, section, 0);
    const void *after = config_section_at(new, section, 0);
    bool named = false;
    for (uint32_t i = 0; i < section->row_count; i++) {
        const struct config_row *row = &section->rows[i];
        char name[CONFIG_NAME_MAX];
        if (!(row->flags & CONFIG_RESTART) || config_value_equal(before, after, row)) continue;
        config_name_in_file(name, section, slice_of(""), row->key);
        struct slice separator = names->size > 0 ? slice_of(", ") : slice_of("");
        buf_put(names, slice_head(separator, names->cap - names->size));
        buf_put(names, slice_head(slice_text(name), names->cap - names->size));
        named = true;
    }
    return named;
}

bool config_needs_restart(const struct config *old, const struct config *new, char *names,
                          size_t cap) {
    struct buf buf;
    bool needed = false;
    check(cap > 0);
    buf_init(&buf, names, cap - 1);
    for (uint32_t i = 0; i < config_section_count; i++) {
        if (config_sections[i].titled) continue;
        if (name_fixed_keys(old, new, &config_sections[i], &buf)) needed = true;
    }
    names[buf.size] = '\0';
    return needed;
}

int config_check_main(int argc, char **argv) {
    static const char usage[] = "usage: parlance check-config FILE\n"
                                "Read a configuration, with the PARLANCE_ variables of the "
                                "environment, and tell the first thing wrong with it.\n"
                                "Exit code: 0 where nothing is, 78 otherwise.\n";
    struct config_error error;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (argc != 2 || argv[1][0] == '-' || argv[1][0] == '\0') {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    struct config *config = config_load(argv[1], NULL, &error);
    if (!config) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_CONFIG;
    }
    config_unref(config);
    return printf("%s: ok\n", argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
