/* config_table.c: every setting, one row each: key, kind, place, default, range or words.
 * doc/ and packaging/parlance.conf say the same; the unit test compares the latter with this. */
#include "server/config_table.h"

#include <stddef.h>

#include "base/check.h"
#include "chat/limits.h"

#define ROW(name, what, section, field, text)                                                      \
    .key = name, .kind = CONFIG_KIND_##what, .offset = offsetof(struct config_##section, field),   \
    .standard = text
#define RANGE(from, to) .least = from, .most = to
#define WORDS(...)                                                                                 \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }
#define NONE CONFIG_ZERO_NONE

enum { PATH_BYTES_MAX = 4000, GIGABYTE = 1 << 30, MANY = 10000000 };

/* A choice is written through a uint32_t. */
_Static_assert(sizeof(enum config_durability) == sizeof(uint32_t), "an enum is 4 bytes");

/* clang-format off: a table is read by its columns */
static const struct config_row server_rows[] = {
    {ROW("name", TEXT, server, name, "parlance.local"), RANGE(1, 63), .shape = CONFIG_SHAPE_WORD},
    {ROW("network", TEXT, server, network, "Parlance"), RANGE(1, 64)},
    {ROW("description", TEXT, server, description, ""), RANGE(0, 512)},
    {ROW("data", TEXT, server, data, "./parlance-data"), RANGE(1, PATH_BYTES_MAX),
     .flags = CONFIG_RESTART},
    {ROW("workers", NUMBER, server, workers, "0"), RANGE(0, WORKERS_MAX), .flags = CONFIG_RESTART},
    {ROW("durability", CHOICE, server, durability, "full"), .words = WORDS("full", "normal", "off"),
     .flags = CONFIG_RESTART},
    {ROW("password", SECRET, server, password, ""), RANGE(0, CONFIG_SECRET_MAX)},
    {ROW("password_file", SECRET_FILE, server, password, ""), RANGE(0, PATH_BYTES_MAX)},
    {ROW("casemapping", CHOICE, server, casemapping, "ascii"), .words = WORDS("ascii", "precis"),
     .flags = CONFIG_RESTART},
    {ROW("utf8_only", FLAG, server, utf8_only, "true")},
    {ROW("resolve_hostnames", FLAG, server, resolve_hostnames, "false")},
    {ROW("motd", TEXT, server, motd, ""), RANGE(0, PATH_BYTES_MAX), .shape = CONFIG_SHAPE_FILE},
    {ROW("tls_cert", TEXT, server, tls_cert, ""), RANGE(0, PATH_BYTES_MAX),
     .shape = CONFIG_SHAPE_FILE},
    {ROW("tls_key", TEXT, server, tls_key, ""), RANGE(0, PATH_BYTES_MAX),
     .shape = CONFIG_SHAPE_PRIVATE_FILE},
    {ROW("plaintext_login", CHOICE, server, plaintext_login, "loopback"),
     .words = WORDS("loopback", "always", "never")},
    {ROW("icon", TEXT, server, icon, ""), RANGE(0, 200), .shape = CONFIG_SHAPE_WORD},
    {ROW("sts_seconds", NUMBER, server, sts_seconds, "0"), RANGE(0, 315360000), .flags = NONE},
    {ROW("metrics_from", NETWORKS, server, metrics_from, "127.0.0.0/8,::1")},
    {ROW("webhooks_to", NETWORKS, server, webhooks_to, "")},
    {ROW("sandbox", FLAG, server, sandbox, "true"), .flags = CONFIG_RESTART},
};

static const struct config_row listener_rows[] = {
    {ROW("address", ADDRESS, listener, address, "127.0.0.1:7070")},
    {ROW("dialect", CHOICE, listener, dialect, "auto"),
     .words = WORDS("auto", "line", "friendly", "pipe", "dollar", "irc", "web")},
    {ROW("tls_cert", TEXTS, listener, tls_cert, ""), RANGE(1, PATH_BYTES_MAX),
     .shape = CONFIG_SHAPE_FILE},
    {ROW("tls_key", TEXTS, listener, tls_key, ""), RANGE(1, PATH_BYTES_MAX),
     .shape = CONFIG_SHAPE_PRIVATE_FILE},
    {ROW("allowed_origins", TEXTS, listener, allowed_origins, ""), RANGE(1, 512),
     .shape = CONFIG_SHAPE_ORIGIN},
    {ROW("proxy_from", NETWORKS, listener, proxy_from, ""), .flags = CONFIG_NOT_WHOLE},
    {ROW("forwarded_from", NETWORKS, listener, forwarded_from, ""), .flags = CONFIG_NOT_WHOLE},
    {ROW("room", TEXT, listener, room, "lobby"), RANGE(1, ROOM_NAME_SIZE_MAX),
     .shape = CONFIG_SHAPE_WORD},
    {ROW("backlog_lines", NUMBER, listener, backlog_lines, NULL), RANGE(0, 1000)},
    {ROW("auto_wait_ms", NUMBER, listener, auto_wait_ms, "1000"), RANGE(0, 60000)},
    {ROW("max_connections", NUMBER, listener, max_connections, "0"), RANGE(0, MANY), .flags = NONE},
    {ROW("greeting", FLAG, listener, greeting, "true")},
    {ROW("announce", FLAG, listener, announce, "true")},
    {ROW("commands", FLAG, listener, commands, "true")},
    {ROW("eol", CHOICE, listener, eol, "crlf"), .words = WORDS("crlf", "lf")},
    {ROW("colour", CHOICE, listener, colour, "always"), .words = WORDS("always", "never")},
    {ROW("sender", CHOICE, listener, sender, "none"), .words = WORDS("none", "uid", "name")},
};

static const struct config_row oper_rows[] = {
    {ROW("password", SECRET, oper, password, ""), RANGE(0, CONFIG_SECRET_MAX)},
    {ROW("password_file", SECRET_FILE, oper, password, ""), RANGE(0, PATH_BYTES_MAX)},
    {ROW("privileges", TEXTS, oper, privileges, "all"), RANGE(1, 64), .shape = CONFIG_SHAPE_WORD},
};

static const struct config_row webirc_rows[] = {
    {ROW("password", SECRET, webirc, password, ""), RANGE(0, CONFIG_SECRET_MAX)},
    {ROW("password_file", SECRET_FILE, webirc, password, ""), RANGE(0, PATH_BYTES_MAX)},
    {ROW("from", NETWORKS, webirc, from, ""), .flags = CONFIG_NOT_WHOLE},
};

static const struct config_row accounts_rows[] = {
    {ROW("enabled", FLAG, accounts, enabled, "true")},
    {ROW("guests", FLAG, accounts, guests, "true")},
    {ROW("registration", FLAG, accounts, registration, "true")},
    {ROW("registration_before_connect", FLAG, accounts, registration_before_connect, "false")},
    {ROW("registration_email", CHOICE, accounts, registration_email, "none"),
     .words = WORDS("none", "optional", "required")},
    {ROW("nick_reservation", CHOICE, accounts, nick_reservation, "strict"),
     .words = WORDS("strict", "optional")},
    {ROW("default_user_modes", TEXT, accounts, default_user_modes, ""), RANGE(0, 32),
     .shape = CONFIG_SHAPE_MODES},
    {ROW("multiclient", FLAG, accounts, multiclient, "true")},
    {ROW("always_on", CHOICE, accounts, always_on, "opt-in"),
     .words = WORDS("off", "opt-in", "opt-out", "mandatory")},
    {ROW("password_cost", CHOICE, accounts, password_cost, "interactive"),
     .words = WORDS("minimum", "interactive", "sensitive")},
    {ROW("scram", FLAG, accounts, scram, "true")},
};

static const struct config_row history_rows[] = {
    {ROW("enabled", FLAG, history, enabled, "true")},
    {ROW("store", CHOICE, history, store, "disk"), .words = WORDS("disk", "memory"),
     .flags = CONFIG_RESTART},
    {ROW("max_messages", NUMBER, history, max_messages, "1000"), RANGE(1, 100000)},
    {ROW("retention_days", NUMBER, history, retention_days, "0"), RANGE(0, 36500), .flags = NONE},
    {ROW("stored_client_tags", TEXTS, history, stored_client_tags, "+draft/react,+draft/reply"), 2,
     128, .shape = CONFIG_SHAPE_TAG},
    {ROW("allow_redaction", FLAG, history, allow_redaction, "true")},
    {ROW("search", FLAG, history, search, "true")},
};

/* Those that size a table made at the start need a restart. */
static const struct config_row limits_rows[] = {
    {ROW("nick_length", NUMBER, limits, nick_length, "32"), RANGE(1, USER_NAME_SIZE_MAX)},
    {ROW("channel_length", NUMBER, limits, channel_length, "64"), RANGE(1, ROOM_NAME_SIZE_MAX)},
    {ROW("topic_length", NUMBER, limits, topic_length, "390"), RANGE(1, TOPIC_SIZE_MAX)},
    {ROW("kick_length", NUMBER, limits, kick_length, "390"), RANGE(1, TOPIC_SIZE_MAX)},
    {ROW("away_length", NUMBER, limits, away_length, "200"), RANGE(1, AWAY_SIZE_MAX)},
    {ROW("channels_per_user", NUMBER, limits, channels_per_user, "100"), RANGE(0, USER_ROOMS_MAX),
     .flags = NONE},
    {ROW("list_mode_entries", NUMBER, limits, list_mode_entries, "500"), RANGE(1, 10000)},
    {ROW("rooms_per_hour", NUMBER, limits, rooms_per_hour, "10"), RANGE(0, 1000000)},
    {ROW("monitor_entries", NUMBER, limits, monitor_entries, "100"), RANGE(0, 10000),
     .flags = NONE},
    {ROW("whowas_entries", NUMBER, limits, whowas_entries, "1000"), RANGE(0, 1000000),
     .flags = CONFIG_RESTART},
    {ROW("multiline_max_bytes", NUMBER, limits, multiline_max_bytes, "16384"),
     RANGE(64, TEXT_SIZE_MAX)},
    {ROW("multiline_max_lines", NUMBER, limits, multiline_max_lines, "100"),
     RANGE(1, TEXT_LINES_MAX)},
    {ROW("metadata_max_keys", NUMBER, limits, metadata_max_keys, "64"), RANGE(1, 10000)},
    {ROW("metadata_max_subscriptions", NUMBER, limits, metadata_max_subscriptions, "64"),
     RANGE(1, 10000)},
    {ROW("max_line", NUMBER, limits, max_line_bytes, "8192"), RANGE(64, TEXT_SIZE_MAX)},
    {ROW("max_message", NUMBER, limits, max_message_bytes, "65536"), RANGE(64, TEXT_SIZE_MAX)},
    {ROW("outbox_soft", NUMBER, limits, outbox_soft_bytes, "262144"), RANGE(1024, GIGABYTE),
     .flags = NONE},
    {ROW("outbox_soft_seconds", NUMBER, limits, outbox_soft_seconds, "30"), RANGE(1, 3600)},
    {ROW("outbox_hard", NUMBER, limits, outbox_hard_bytes, "1048576"), RANGE(1024, GIGABYTE)},
    {ROW("client_ids", NUMBER, limits, client_ids, "65536"), RANGE(0, MANY),
     .flags = CONFIG_RESTART},
    {ROW("connections", NUMBER, limits, connections, "0"), RANGE(0, MANY),
     .flags = NONE | CONFIG_RESTART},
};

static const struct config_row throttle_rows[] = {
    {ROW("enabled", FLAG, throttle, enabled, "true")},
    {ROW("connections_per_address", NUMBER, throttle, connections_per_address, "16"),
     RANGE(0, MANY), .flags = NONE},
    {ROW("connections_per_10_minutes", NUMBER, throttle, connections_per_10_minutes, "32"),
     RANGE(0, MANY), .flags = NONE},
    {ROW("commands_per_second", NUMBER, throttle, commands_per_second, "2"), RANGE(0, MANY),
     .flags = NONE},
    {ROW("burst", NUMBER, throttle, burst, "20"), RANGE(1, MANY)},
    {ROW("flood_seconds", NUMBER, throttle, flood_seconds, "30"), RANGE(0, 3600), .flags = NONE},
    {ROW("login_attempts_per_minute", NUMBER, throttle, login_attempts_per_minute, "6"),
     RANGE(0, MANY), .flags = NONE},
    {ROW("exempt", NETWORKS, throttle, exempt, "127.0.0.0/8,::1")},
};

static const struct config_row timeouts_rows[] = {
    {ROW("registration_seconds", NUMBER, timeouts, registration_seconds, "60"), RANGE(0, 86400),
     .flags = NONE},
    {ROW("ping_seconds", NUMBER, timeouts, ping_seconds, "90"), RANGE(0, 86400), .flags = NONE},
    {ROW("shutdown_seconds", NUMBER, timeouts, shutdown_seconds, "3"), RANGE(0, 60)},
};

static const struct config_row log_rows[] = {
    {ROW("level", CHOICE, log, level, "info"), .words = WORDS("error", "warning", "info", "debug")},
    {ROW("target", TEXT, log, target, "stderr"), RANGE(1, PATH_BYTES_MAX)},
    {ROW("format", CHOICE, log, format, "auto"), .words = WORDS("auto", "logfmt", "json")},
};

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])
#define PLAIN(section)                                                                             \
    { #section, ROWS(section##_rows), .offset = offsetof(struct config, section) }
#define TITLED(section, singular, field, max)                                                      \
    {                                                                                              \
        section, ROWS(singular##_rows), true, offsetof(struct config, field),                      \
            sizeof(struct config_##singular), offsetof(struct config, singular##_count), max       \
    }

const struct config_section config_sections[] = {
    PLAIN(server),
    TITLED("listen", listener, listeners, CONFIG_LISTENERS_MAX),
    TITLED("oper", oper, opers, CONFIG_OPERS_MAX),
    PLAIN(webirc),
    PLAIN(accounts),
    PLAIN(history),
    PLAIN(limits),
    PLAIN(throttle),
    PLAIN(timeouts),
    PLAIN(log),
};
/* clang-format on */

const uint32_t config_section_count = sizeof config_sections / sizeof config_sections[0];

_Static_assert(sizeof limits_rows / sizeof limits_rows[0] <= CONFIG_ROWS_MAX, "the longest");
_Static_assert(offsetof(struct config_listener, title) == 0, "a titled section begins with it");
_Static_assert(offsetof(struct config_oper, title) == 0, "a titled section begins with it");

const struct config_section *config_section_find(struct slice name) {
    for (uint32_t i = 0; i < config_section_count; i++) {
        if (slice_equal(slice_text(config_sections[i].name), name)) return &config_sections[i];
    }
    return NULL;
}

const struct config_row *config_row_find(const struct config_section *section, struct slice key) {
    check(section->row_count <= CONFIG_ROWS_MAX);
    for (uint32_t i = 0; i < section->row_count; i++) {
        if (slice_equal(slice_text(section->rows[i].key), key)) return &section->rows[i];
    }
    return NULL;
}

void *config_section_at(const struct config *config, const struct config_section *section,
                        uint32_t element) {
    check(element < (section->titled ? section->count_max : 1));
    return (char *)config + section->offset + element * section->stride;
}

uint32_t config_section_elements(const struct config *config,
                                 const struct config_section *section) {
    return section->titled ? *config_section_counter((struct config *)config, section) : 1;
}

uint32_t *config_section_counter(struct config *config, const struct config_section *section) {
    check(section->titled);
    return (void *)((char *)config + section->count_offset);
}
