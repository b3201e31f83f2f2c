/* config_source.c: see config_source.h. All sources walk the one table of config_table.c. */
#include "server/config_source.h"

#include <confuse.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/need.h"
#include "server/config_value.h"

/* More than the sections there are; the entry behind the last is libconfuse's end mark. */
enum { SECTIONS_MAX = 16 };

struct options {
    cfg_opt_t sections[SECTIONS_MAX];
    cfg_opt_t rows[SECTIONS_MAX][CONFIG_ROWS_MAX + 1];
};

/* A NULL default is computed when all is known; until then the number is UINT32_MAX. */
static void set_default(void *base, const struct config_row *row) {
    struct config_error error;
    struct config_place place = {.file = "defaults"};
    bool text = row->kind == CONFIG_KIND_TEXT || row->kind == CONFIG_KIND_SECRET;
    if (!row->standard) {
        check(row->kind == CONFIG_KIND_NUMBER);
        memset((char *)base + row->offset, 0xff, sizeof(uint32_t));
    } else if (text && row->standard[0] == '\0') {
        struct slice empty = config_text_copy(slice_of(""));
        memcpy((char *)base + row->offset, &empty, sizeof empty);
    } else {
        bool set = config_value_set_text(base, row, slice_text(row->standard), &place, &error);
        check(set);
    }
}

static void set_defaults(void *base, const struct config_section *section) {
    for (uint32_t i = 0; i < section->row_count; i++)
        set_default(base, &section->rows[i]);
}

void config_from_defaults(struct config *config) {
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        if (!section->titled) set_defaults(config_section_at(config, section, 0), section);
    }
}

void *config_section_add(struct config *config, const struct config_section *section,
                         struct slice title) {
    uint32_t *counter = config_section_counter(config, section);
    void *base = config_section_at(config, section, (*counter)++);
    *(struct slice *)base = config_text_copy(title);
    set_defaults(base, section);
    return base;
}

/* The scan has found whatever could be wrong; should it not have, the load fails all the same. */
static void keep_quiet(cfg_t *parsed, const char *format, va_list arguments) {
    (void)parsed, (void)format, (void)arguments;
}

/* Every value is a string to libconfuse: ours are the checks, and the words about them. */
static void options_fill(struct options *options) {
    check(config_section_count < SECTIONS_MAX);
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        check(section->row_count <= CONFIG_ROWS_MAX);
        for (uint32_t j = 0; j < section->row_count; j++) {
            const char *key = section->rows[j].key;
            cfg_opt_t single = CFG_STR(key, NULL, CFGF_NODEFAULT);
            cfg_opt_t list = CFG_STR_LIST(key, NULL, CFGF_NODEFAULT);
            options->rows[i][j] = config_value_is_list(&section->rows[j]) ? list : single;
        }
        cfg_opt_t end = CFG_END();
        options->rows[i][section->row_count] = end;
        cfg_flag_t flags = section->titled ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE;
        cfg_opt_t whole = CFG_SEC(section->name, options->rows[i], flags);
        options->sections[i] = whole;
        options->sections[i + 1] = end;
    }
}

static cfg_t *parse(const char *text) {
    struct options *options = calloc(1, sizeof *options);
    need_memory(options);
    options_fill(options);
    cfg_t *parsed = cfg_init(options->sections, CFGF_NONE);
    need_memory(parsed);
    free(options); /* libconfuse keeps a copy */
    cfg_set_error_function(parsed, keep_quiet);
    if (cfg_parse_buf(parsed, text) == CFG_SUCCESS) return parsed;
    cfg_free(parsed);
    return NULL;
}

/* A password and its file both: which one is meant? The row before a secret file is its secret. */
static bool fail_both(const struct config_place *place, struct config_error *error) {
    return CONFIG_FAIL(error, place, place->name,
                       " is given, and the password itself too; allowed: one of the two");
}

/* Where a secret came from, so that it can be read there again. */
static void keep_path(struct config *config, struct slice path) {
    struct config_texts *files = &config->secret_files;
    struct slice *more = realloc(files->at, (files->count + 1) * sizeof *more);
    need_memory(more);
    files->at = more;
    files->at[files->count++] = config_text_copy(path);
}

static bool apply_row(struct config *config, void *base, const struct config_row *row,
                      cfg_t *parsed, const struct config_place *place, struct config_error *error) {
    struct slice values[CONFIG_LIST_MAX];
    cfg_opt_t *option = cfg_getopt(parsed, row->key);
    check(option);
    uint32_t count = cfg_opt_size(option);
    check(count <= CONFIG_LIST_MAX);
    for (uint32_t i = 0; i < count; i++)
        values[i] = slice_text(cfg_opt_getnstr(option, i));
    if (row->kind == CONFIG_KIND_SECRET_FILE && count > 0 && values[0].size > 0) {
        const struct slice *secret = (void *)((char *)base + row->offset);
        if (secret->size > 0) return fail_both(place, error);
        keep_path(config, values[0]);
    }
    return config_value_set(base, row, values, count, place, error);
}

static bool apply_section(struct config_loading *loading, const struct config_scan_section *scanned,
                          cfg_t *parsed, void *base) {
    const struct config_section *section = scanned->section;
    struct config_place place = {.file = loading->path};
    for (uint32_t i = 0; i < section->row_count; i++) {
        if (scanned->key_lines[i] == 0) continue;
        place.line = scanned->key_lines[i];
        config_name_in_file(place.name, section, scanned->title, section->rows[i].key);
        if (!apply_row(loading->config, base, &section->rows[i], parsed, &place, loading->error))
            return false;
    }
    return true;
}

static bool apply(struct config_loading *loading, cfg_t *parsed) {
    for (uint32_t i = 0; i < loading->scan->section_count; i++) {
        const struct config_scan_section *scanned = &loading->scan->sections[i];
        const struct config_section *section = scanned->section;
        uint32_t element = 0;
        if (section->titled) {
            element = *config_section_counter(loading->config, section);
            config_section_add(loading->config, section, scanned->title);
        }
        cfg_t *part = cfg_getnsec(parsed, section->name, element);
        check(part);
        void *base = config_section_at(loading->config, section, element);
        if (!apply_section(loading, scanned, part, base)) return false;
    }
    return true;
}

bool config_from_file(struct config_loading *loading, struct slice text) {
    struct config_place place = {.file = loading->path};
    loading->scan = config_scan_new(text, &place, loading->error);
    if (!loading->scan) return false;
    cfg_t *parsed = parse(loading->scan->text);
    if (!parsed) {
        place.line = 0;
        return CONFIG_FAIL(loading->error, &place,
                           "libconfuse cannot read this file; allowed: NAME { KEY = VALUE }");
    }
    bool applied = apply(loading, parsed);
    cfg_free(parsed);
    return applied;
}

static struct slice title_of(const struct config *config, const struct config_section *section,
                             uint32_t element) {
    if (!section->titled) return slice_of("");
    return *(const struct slice *)config_section_at(config, section, element);
}

static bool environment_section(struct config_loading *loading,
                                const struct config_section *section, uint32_t element) {
    struct config_place place = {.file = "environment"};
    void *base = config_section_at(loading->config, section, element);
    struct slice title = title_of(loading->config, section, element);
    bool has_secret = false;
    for (uint32_t i = 0; i < section->row_count; i++) {
        const struct config_row *row = &section->rows[i];
        config_name_in_environment(place.name, section, title, row->key);
        const char *value = getenv(place.name);
        if (!value) continue;
        bool filled = value[0] != '\0';
        if (row->kind == CONFIG_KIND_SECRET) has_secret = filled;
        if (row->kind == CONFIG_KIND_SECRET_FILE && filled && has_secret) {
            return fail_both(&place, loading->error);
        }
        if (!config_value_set_text(base, row, slice_text(value), &place, loading->error)) {
            return false;
        }
        if (row->kind == CONFIG_KIND_SECRET_FILE && filled)
            keep_path(loading->config, slice_text(value));
    }
    return true;
}

/* How many settings does a variable of the environment mean? */
static uint32_t settings_named(const struct config *config, struct slice variable) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        uint32_t elements = config_section_elements(config, section);
        for (uint32_t j = 0; j < elements * section->row_count; j++) {
            char name[CONFIG_NAME_MAX];
            struct slice title = title_of(config, section, j / section->row_count);
            config_name_in_environment(name, section, title,
                                       section->rows[j % section->row_count].key);
            count += slice_equal(slice_text(name), variable);
        }
    }
    return count;
}

/* Not ours, though they look it: Kubernetes sets PARLANCE_SERVICE_HOST, PARLANCE_PORT and its kind
 * in every container beside a service called parlance. */
static bool is_foreign(struct slice variable) {
    return slice_starts(variable, slice_of("PARLANCE_TEST_")) ||
           slice_starts(variable, slice_of("PARLANCE_SERVICE_")) ||
           slice_starts(variable, slice_of("PARLANCE_PORT_")) ||
           slice_equal(variable, slice_of("PARLANCE_PORT"));
}

static bool environment_variable(struct config_loading *loading, struct slice variable) {
    if (!slice_starts(variable, slice_of("PARLANCE_")) || is_foreign(variable)) return true;
    uint32_t count = settings_named(loading->config, variable);
    if (count == 1) return true;
    struct config_place place = {.file = "environment"};
    struct slice name = config_text_copy(variable);
    CONFIG_FAIL(loading->error, &place, name.at,
                count == 0 ? " names no setting" : " names settings of two sections",
                "; allowed: PARLANCE_SECTION_KEY, for a listen or oper section that is configured "
                "PARLANCE_SECTION_TITLE_KEY, and PARLANCE_TEST_ANYTHING");
    config_text_free(name);
    return false;
}

bool config_from_environment(struct config_loading *loading) {
    for (char **entry = environ; entry && *entry; entry++) {
        struct slice text = slice_text(*entry);
        if (!environment_variable(loading, slice_until(&text, '='))) return false;
    }
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        uint32_t elements = config_section_elements(loading->config, section);
        for (uint32_t element = 0; element < elements; element++) {
            if (!environment_section(loading, section, element)) return false;
        }
    }
    return true;
}

/* Set one key by a text of the command line. */
static bool set_by_option(struct config_loading *loading, void *base, const char *section_name,
                          const char *key, struct slice text, const char *option) {
    struct config_place place = {.file = "command line"};
    const struct config_section *section = config_section_find(slice_text(section_name));
    memcpy(place.name, option, strlen(option) + 1);
    return config_value_set_text(base, config_row_find(section, slice_text(key)), text, &place,
                                 loading->error);
}

static bool fail_listen(struct config_loading *loading, const char *text) {
    struct config_place place = {.file = "command line"};
    return CONFIG_FAIL(loading->error, &place, "--listen is \"", text,
                       "\"; allowed: auto, line, friendly, pipe, dollar, irc, web, ircs, https, "
                       "then :// and IPV4:PORT, localhost:PORT, [IPV6]:PORT or unix:/PATH");
}

/* The certificate of `server {}`, where it has one. */
static void listener_use_server_certificate(struct config *config,
                                            struct config_listener *listener) {
    if (config->server.tls_cert.size == 0) return;
    struct slice *texts = calloc(2, sizeof *texts);
    struct slice *keys = calloc(2, sizeof *keys);
    need_memory(texts);
    need_memory(keys);
    texts[0] = config_text_copy(config->server.tls_cert);
    keys[0] = config_text_copy(config->server.tls_key);
    listener->tls_cert = (struct config_texts){texts, 1};
    listener->tls_key = (struct config_texts){keys, 1};
}

static bool listener_by_option(struct config_loading *loading, const char *text) {
    const struct config_section *section = config_section_find(slice_of("listen"));
    const char *mark = strstr(text, "://");
    if (!mark) return fail_listen(loading, text);
    struct slice dialect = {text, (size_t)(mark - text)};
    struct slice address = slice_text(mark + 3);
    bool ircs = slice_equal(dialect, slice_of("ircs"));
    bool https = slice_equal(dialect, slice_of("https"));
    if (ircs) dialect = slice_of("irc");
    if (https) dialect = slice_of("web");
    if (loading->config->listener_count == CONFIG_LISTENERS_MAX) {
        struct config_place place = {.file = "command line"};
        return CONFIG_FAIL(loading->error, &place, "too many --listen; allowed: up to 64");
    }
    struct config_listener *listener =
        config_section_add(loading->config, section, slice_text(text));
    if (!set_by_option(loading, listener, "listen", "dialect", dialect, "--listen") ||
        !set_by_option(loading, listener, "listen", "address", address, "--listen")) {
        return fail_listen(loading, text);
    }
    listener->tls = ircs || https;
    if (listener->tls) listener_use_server_certificate(loading->config, listener);
    return true;
}

void config_listeners_clear(struct config *config) {
    const struct config_section *section = config_section_find(slice_of("listen"));
    for (uint32_t i = 0; i < config->listener_count; i++) {
        config_text_free(config->listeners[i].title);
        for (uint32_t row = 0; row < section->row_count; row++)
            config_value_free(&config->listeners[i], &section->rows[row]);
    }
    memset(config->listeners, 0, sizeof config->listeners);
    config->listener_count = 0;
}

bool config_from_command_line(struct config_loading *loading,
                              const struct config_overrides *overrides) {
    struct config *config = loading->config;
    if (overrides->data && !set_by_option(loading, &config->server, "server", "data",
                                          slice_text(overrides->data), "--data")) {
        return false;
    }
    if (overrides->log_level && !set_by_option(loading, &config->log, "log", "level",
                                               slice_text(overrides->log_level), "--log-level")) {
        return false;
    }
    if (overrides->listener_count == 0) return true;
    config_listeners_clear(config);
    loading->listeners_replaced = true;
    for (uint32_t i = 0; i < overrides->listener_count; i++) {
        if (!listener_by_option(loading, overrides->listeners[i])) return false;
    }
    return true;
}

/* The line of the key, or else of its section. */
static uint32_t line_in_file(const struct config_loading *loading,
                             const struct config_section *section, uint32_t element,
                             const struct config_row *row, bool *given) {
    uint32_t count = 0;
    for (uint32_t i = 0; loading->scan && i < loading->scan->section_count; i++) {
        const struct config_scan_section *scanned = &loading->scan->sections[i];
        if (scanned->section != section || count++ != element) continue;
        uint32_t line = scanned->key_lines[row - section->rows];
        *given = line > 0;
        return line > 0 ? line : scanned->line;
    }
    return 0;
}

bool config_is_given(const struct config_loading *loading, const char *section_name,
                     uint32_t element, const char *key, struct config_place *place) {
    const struct config_section *section = config_section_find(slice_text(section_name));
    check(section);
    const struct config_row *row = config_row_find(section, slice_text(key));
    check(row);
    bool given = false;
    struct slice title = title_of(loading->config, section, element);
    *place = (struct config_place){.file = "command line"};
    config_name_in_file(place->name, section, title, key);
    bool listen = slice_equal(slice_text(section_name), slice_of("listen"));
    if (listen && loading->listeners_replaced) return false;
    config_name_in_environment(place->name, section, title, key);
    place->file = "environment";
    if (getenv(place->name)) return true;
    place->file = loading->path ? loading->path : "defaults";
    config_name_in_file(place->name, section, title, key);
    place->line = line_in_file(loading, section, element, row, &given);
    return given;
}
