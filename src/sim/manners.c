/* manners.c: listeners without a configuration. */
#include "sim/manners.h"

static const struct {
    const char *name;
    enum dialect_kind kind;
} dialects[] = {
    {"auto", DIALECT_AUTO}, {"line", DIALECT_LINE}, {"friendly", DIALECT_FRIENDLY},
    {"pipe", DIALECT_PIPE}, {"irc", DIALECT_IRC},   {"dollar", DIALECT_DOLLAR},
    {"json", DIALECT_JSON},
};

static void room_set(struct manner *manner, struct slice room) {
    memcpy(manner->room, room.at, room.size);
    memcpy(manner->room_key, room.at, room.size);
    manner->room_size = manner->room_key_size = (uint8_t)room.size;
}

bool manner_of(struct slice dialect, struct manner *manner) {
    *manner = (struct manner){.greeting = true,
                              .announce = true,
                              .commands = true,
                              .crlf = true,
                              .colour = true,
                              .auto_wait_ms = 1000,
                              .line_size = 8192,
                              .message_size = 65536,
                              .body_size = 139264,
                              .name_size = 32,
                              .channel_size = 64,
                              .topic_size = 390,
                              .why_size = 390,
                              .away_size = 200,
                              .rooms_max = 100,
                              .list_max = 500,
                              .scram = true,
                              .registers = true,
                              .multiline_bytes = 4096,
                              .multiline_lines = 32,
                              .history_max = 1000,
                              .guests = true,
                              .accounts = true,
                              .searches = true};
    room_set(manner, slice_of("lobby"));
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (!slice_equal(dialect, slice_text(dialects[i].name))) continue;
        manner->dialect = dialects[i].kind;
        manner->backlog_lines = manner->dialect == DIALECT_AUTO ? 20 : 0;
        return true;
    }
    return false;
}

static bool flag_set(bool *flag, struct slice value) {
    *flag = slice_equal(value, slice_of("true"));
    return *flag || slice_equal(value, slice_of("false"));
}

static bool number_set(uint32_t *number, struct slice value, uint32_t most) {
    uint64_t wide;
    if (!slice_number(value, most, &wide)) return false;
    *number = (uint32_t)wide;
    return true;
}

/* The first word for true, the second for false. */
static bool choice_set(bool *flag, struct slice value, const char *yes, const char *no) {
    *flag = slice_equal(value, slice_text(yes));
    return *flag || slice_equal(value, slice_text(no));
}

static bool sender_set(struct manner *manner, struct slice value) {
    static const char *const words[] = {
        [SENDER_NONE] = "none", [SENDER_UID] = "uid", [SENDER_NAME] = "name"};
    for (uint8_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!slice_equal(value, slice_text(words[i]))) continue;
        manner->sender = i;
        return true;
    }
    return false;
}

bool manner_set(struct manner *manner, struct slice option) {
    struct slice value = option, key = slice_until(&value, '=');
    if (slice_equal(key, slice_of("greeting"))) return flag_set(&manner->greeting, value);
    if (slice_equal(key, slice_of("announce"))) return flag_set(&manner->announce, value);
    if (slice_equal(key, slice_of("commands"))) return flag_set(&manner->commands, value);
    if (slice_equal(key, slice_of("eol"))) return choice_set(&manner->crlf, value, "crlf", "lf");
    if (slice_equal(key, slice_of("colour")))
        return choice_set(&manner->colour, value, "always", "never");
    if (slice_equal(key, slice_of("sender"))) return sender_set(manner, value);
    if (slice_equal(key, slice_of("backlog_lines")))
        return number_set(&manner->backlog_lines, value, 1000);
    if (slice_equal(key, slice_of("auto_wait_ms")))
        return number_set(&manner->auto_wait_ms, value, 60000);
    if (slice_equal(key, slice_of("max_line")))
        return number_set(&manner->line_size, value, 1048576);
    if (!slice_equal(key, slice_of("room"))) return false;
    if (value.size == 0 || value.size > ROOM_NAME_SIZE_MAX) return false;
    room_set(manner, value); /* in lower case ASCII: it is its own key */
    return true;
}
