/* config.h: the settings, as one immutable counted snapshot.
 *
 * Every key of parlance.conf is a field of the same name here, in a struct named after its section;
 * where the key does not tell its unit the field does (outbox_hard -> outbox_hard_bytes). Unless a
 * comment says otherwise 0 is what the key's range allows as "none" and means just that: no limit.
 *
 * config_load() is called by the main thread only (libconfuse keeps its lexer in globals). What it
 * returns never changes; any thread may hold a reference and read. Every struct slice in here is
 * owned by the snapshot and followed by a NUL, so that `.at` may be given to open(). */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "server/config_address.h"

enum { CONFIG_LISTENERS_MAX = 64, CONFIG_OPERS_MAX = 64, CONFIG_LIST_MAX = 64 };

enum config_durability { CONFIG_DURABILITY_FULL, CONFIG_DURABILITY_NORMAL, CONFIG_DURABILITY_OFF };
enum config_casemapping { CONFIG_CASEMAPPING_ASCII, CONFIG_CASEMAPPING_PRECIS };
enum config_login { CONFIG_LOGIN_LOOPBACK, CONFIG_LOGIN_ALWAYS, CONFIG_LOGIN_NEVER };
enum config_dialect {
    CONFIG_DIALECT_AUTO,
    CONFIG_DIALECT_LINE,
    CONFIG_DIALECT_FRIENDLY,
    CONFIG_DIALECT_PIPE,
    CONFIG_DIALECT_DOLLAR,
    CONFIG_DIALECT_IRC,
    CONFIG_DIALECT_WEB
};
enum config_eol { CONFIG_EOL_CRLF, CONFIG_EOL_LF };
enum config_colour { CONFIG_COLOUR_ALWAYS, CONFIG_COLOUR_NEVER };
enum config_sender { CONFIG_SENDER_NONE, CONFIG_SENDER_UID, CONFIG_SENDER_NAME };
enum config_email { CONFIG_EMAIL_NONE, CONFIG_EMAIL_OPTIONAL, CONFIG_EMAIL_REQUIRED };
enum config_reservation { CONFIG_RESERVATION_STRICT, CONFIG_RESERVATION_OPTIONAL };
enum config_always_on {
    CONFIG_ALWAYS_ON_OFF,
    CONFIG_ALWAYS_ON_OPT_IN,
    CONFIG_ALWAYS_ON_OPT_OUT,
    CONFIG_ALWAYS_ON_MANDATORY
};
enum config_cost { CONFIG_COST_MINIMUM, CONFIG_COST_INTERACTIVE, CONFIG_COST_SENSITIVE };
enum config_store { CONFIG_STORE_DISK, CONFIG_STORE_MEMORY };
enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_log_format { CONFIG_LOG_AUTO, CONFIG_LOG_LOGFMT, CONFIG_LOG_JSON };

struct config_texts {
    struct slice *at;
    uint32_t count; /* at most CONFIG_LIST_MAX */
};

struct config_server {
    struct slice name, network, description, data;
    uint32_t workers; /* 0: one per core */
    enum config_durability durability;
    struct slice password; /* or password_file; empty: none is asked for */
    enum config_casemapping casemapping;
    bool utf8_only, resolve_hostnames;
    struct slice motd, tls_cert, tls_key; /* paths; empty: none */
    enum config_login plaintext_login;
    struct slice icon;    /* URL of a picture, told to IRC clients; empty: none */
    uint32_t sts_seconds; /* IRC clients are to come by TLS for so long; 0: as they like */
    struct config_networks metrics_from, webhooks_to; /* the latter: private, and reached */
    bool sandbox; /* files, programs and system calls are confined where the kernel can */
};

struct config_listener {
    struct slice title; /* of --listen: its text */
    struct config_address address;
    enum config_dialect dialect;
    bool tls; /* a certificate is named here, or --listen said ircs or https */
    struct config_texts tls_cert, tls_key; /* as many of each; tls and none: self-signed */
    struct config_texts allowed_origins;
    struct config_networks proxy_from, forwarded_from;
    struct slice room;
    uint32_t backlog_lines; /* already 20 for auto and 0 otherwise, where not set */
    uint32_t auto_wait_ms;  /* 0: the prompt is sent at once */
    uint32_t max_connections;
    bool greeting, announce, commands;
    enum config_eol eol;
    enum config_colour colour;
    enum config_sender sender;
};

struct config_oper {
    struct slice title;
    struct slice password; /* or password_file; never empty */
    struct config_texts privileges;
};

struct config_webirc {
    struct slice password; /* of gateways; or password_file; empty: nobody may */
    struct config_networks from;
};

struct config_accounts {
    bool enabled, guests, registration, registration_before_connect;
    enum config_email registration_email;
    enum config_reservation nick_reservation;
    struct slice default_user_modes; /* letters, perhaps after a plus */
    bool multiclient;
    enum config_always_on always_on;
    enum config_cost password_cost;
    bool scram;
};

struct config_history {
    bool enabled;
    enum config_store store;
    uint32_t max_messages;
    uint32_t retention_days; /* 0: for ever */
    struct config_texts stored_client_tags;
    bool allow_redaction, search;
};

struct config_limits {
    uint32_t nick_length, channel_length, topic_length, kick_length, away_length;
    uint32_t channels_per_user; /* 0: USER_ROOMS_MAX is the only one */
    uint32_t list_mode_entries, rooms_per_hour, monitor_entries;
    uint32_t whowas_entries; /* 0: none are kept */
    uint32_t multiline_max_bytes, multiline_max_lines;
    uint32_t metadata_max_keys, metadata_max_subscriptions;
    uint32_t max_line_bytes, max_message_bytes;
    uint32_t outbox_soft_bytes; /* 0: none; never above outbox_hard_bytes */
    uint32_t outbox_soft_seconds;
    uint32_t outbox_hard_bytes;
    uint32_t client_ids;  /* 0: none in memory, all by the table */
    uint32_t connections; /* 0: what the file-descriptor limit allows */
};

struct config_throttle {
    bool enabled;
    uint32_t connections_per_address, connections_per_10_minutes;
    uint32_t commands_per_second, burst, flood_seconds, login_attempts_per_minute;
    struct config_networks exempt;
};

struct config_timeouts {
    uint32_t registration_seconds, ping_seconds; /* 0: never */
    uint32_t shutdown_seconds;                   /* 0: at once */
};

struct config_log {
    enum config_log_level level;
    struct slice target; /* "stderr" or a path */
    enum config_log_format format;
};

struct config {
    _Atomic uint32_t references;
    struct config_server server;
    struct config_listener listeners[CONFIG_LISTENERS_MAX];
    uint32_t listener_count; /* at least 1 */
    struct config_oper opers[CONFIG_OPERS_MAX];
    uint32_t oper_count;
    struct config_webirc webirc;
    struct config_accounts accounts;
    struct config_history history;
    struct config_limits limits;
    struct config_throttle throttle;
    struct config_timeouts timeouts;
    struct config_log log;
    struct config_texts secret_files; /* paths that secrets were read from */
};

/* What the command line said. NULL or 0: nothing. Borrowed for the call. */
struct config_overrides {
    const char *data, *log_level;
    const char *const *listeners; /* "DIALECT://ADDRESS"; any at all replace the configured ones */
    uint32_t listener_count;
};

/* One line without newline: "FILE:LINE: what is wrong; what is allowed". */
struct config_error {
    char text[1024];
};

/* Defaults, the file (none where `path` is NULL), PARLANCE_SECTION_KEY and
 * PARLANCE_SECTION_TITLE_KEY of the environment (a list is separated by commas), then `overrides`
 * (may be NULL); each wins over those before. The caller holds the one reference. NULL and *error
 * set: nothing was loaded. */
struct config *config_load(const char *path, const struct config_overrides *overrides,
                           struct config_error *error);

/* Any thread. The last unref frees. config_unref(NULL) does nothing. */
const struct config *config_ref(const struct config *config);
void config_unref(const struct config *config);

/* True where `new` cannot be reached from `old` without a restart; `names` is then the keys that
 * stand in the way, separated by ", " and NUL-terminated, cut at `cap` bytes. */
bool config_needs_restart(const struct config *old, const struct config *new, char *names,
                          size_t cap);

/* `parlance check-config FILE`, argv[0] being the subcommand: an exit code. */
int config_check_main(int argc, char **argv);

#endif
