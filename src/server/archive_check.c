/* archive_check.c: what may be imported is what could have been said: names, sizes and characters
 * as in live input, and the order in which a hub numbers. A room's line comes first, then all that
 * was said there. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "server/archive.h"

enum { ROOMS_MAX_IMPORTED = 500 };

struct archive_check {
    struct name_rules *names; /* owned */
    int64_t now_ms;
    uint32_t text_size_max;
    uint32_t room_count;
    /* The room that is being read. */
    char room[ROOM_NAME_SIZE_MAX];
    size_t room_size;
    uint64_t seq, last_seq; /* of the event before; of the room */
    int64_t time_ms, last_time_ms;
    struct {
        size_t size;
        char at[ROOM_KEY_MAX];
    } keys[ROOMS_MAX_IMPORTED]; /* of the rooms so far */
};

static bool wrong(char why[ARCHIVE_WHY_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool wrong(char why[ARCHIVE_WHY_MAX], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, ARCHIVE_WHY_MAX, format, arguments);
    va_end(arguments);
    return false;
}

struct archive_check *archive_check_new(int64_t now_ms, uint32_t text_size_max) {
    struct archive_check *check = calloc(1, sizeof *check);
    if (!check) return NULL;
    check->names = name_rules_new();
    check->now_ms = now_ms;
    check->text_size_max = text_size_max;
    if (check->names) return check;
    free(check);
    return NULL;
}

void archive_check_free(struct archive_check *check) {
    if (!check) return;
    name_rules_free(check->names);
    free(check);
}

/* One line of at most `max` bytes. */
static bool plain_text(const char *name, struct slice text, size_t max, char why[ARCHIVE_WHY_MAX]) {
    if (!utf8_valid(text)) return wrong(why, "\"%s\" is not UTF-8", name);
    if (text_has_forbidden(text)) return wrong(why, "\"%s\" has a line end or NUL", name);
    if (text.size <= max) return true;
    return wrong(why, "\"%s\" is longer than %zu bytes", name, max);
}

static bool said_text(struct archive_check *check, const struct archive_line *line,
                      char why[ARCHIVE_WHY_MAX]) {
    struct slice rest = line->text;
    if (line->removed) return rest.size == 0 || wrong(why, "what was removed has a text");
    if (rest.size == 0) return wrong(why, "\"text\" is empty");
    if (rest.size > check->text_size_max)
        return wrong(why, "\"text\" is longer than %u bytes", check->text_size_max);
    for (int lines = 0; rest.size > 0; lines++) {
        if (lines == TEXT_LINES_MAX) return wrong(why, "\"text\" has too many lines");
        if (!plain_text("text", slice_until(&rest, '\n'), check->text_size_max, why)) return false;
    }
    return true;
}

static bool event_text(struct archive_check *check, const struct archive_line *line,
                       char why[ARCHIVE_WHY_MAX]) {
    if (line->stored == STORED_MESSAGE || line->stored == STORED_EDIT)
        return said_text(check, line, why);
    if (line->stored == STORED_REMOVAL)
        return line->text.size == 0 || wrong(why, "a removal has no text");
    bool reaction = line->stored == STORED_REACTION || line->stored == STORED_UNREACTION;
    if (reaction && line->text.size == 0) return wrong(why, "\"text\" is empty");
    return plain_text("text", line->text, reaction ? REACTION_SIZE_MAX : TOPIC_SIZE_MAX, why);
}

static bool event_target(const struct archive_line *line, char why[ARCHIVE_WHY_MAX]) {
    bool change = line->stored >= STORED_EDIT && line->stored <= STORED_UNREACTION;
    if (change && line->target == 0) return wrong(why, "\"target\" is missing");
    if (line->target < line->seq) return true;
    return wrong(why, "it is about a message that comes later");
}

/* The server itself sets modes and roles and removes; it says nothing. */
static bool event_author(struct archive_check *check, const struct archive_line *line,
                         char why[ARCHIVE_WHY_MAX]) {
    enum name_fault fault = NAME_FINE;
    bool said = line->stored <= STORED_UNREACTION && line->stored != STORED_REMOVAL &&
                line->stored != STORED_TOPIC;
    if (line->author.size == 0 && !said) return true;
    if (name_allowed(check->names, line->author, USER_NAME_SIZE_MAX, &fault)) return true;
    return wrong(why, "\"author\" is no name that a person may bear");
}

static bool event_order(struct archive_check *check, const struct archive_line *line,
                        char why[ARCHIVE_WHY_MAX]) {
    struct slice room = {check->room, check->room_size};
    if (!slice_equal(line->room, room) || check->room_count == 0)
        return wrong(why, "the line of its room does not stand before it");
    if (line->seq <= check->seq) return wrong(why, "\"seq\" does not grow");
    if (line->seq > check->last_seq) return wrong(why, "\"seq\" is above the room's");
    if (line->time_ms < check->time_ms) return wrong(why, "\"time\" goes backwards");
    if (line->time_ms > check->last_time_ms) return wrong(why, "\"time\" is above the room's");
    check->seq = line->seq;
    check->time_ms = line->time_ms;
    return true;
}

static bool room_is_new(struct archive_check *check, struct slice name, char why[ARCHIVE_WHY_MAX]) {
    enum name_fault fault = NAME_FINE;
    struct buf key;
    if (check->room_count == ROOMS_MAX_IMPORTED)
        return wrong(why, "more than %d rooms", ROOMS_MAX_IMPORTED);
    buf_init(&key, check->keys[check->room_count].at, ROOM_KEY_MAX);
    if (!room_name_allowed(check->names, name, ROOM_NAME_SIZE_MAX, &fault) || !name_key(&key, name))
        return wrong(why, "\"room\" is no name that a room may have");
    for (uint32_t i = 0; i < check->room_count; i++)
        if (slice_equal((struct slice){check->keys[i].at, check->keys[i].size}, buf_slice(&key)))
            return wrong(why, "this room was there already");
    check->keys[check->room_count++].size = key.size;
    return true;
}

static bool check_room(struct archive_check *check, const struct archive_line *line,
                       char why[ARCHIVE_WHY_MAX]) {
    if (!room_is_new(check, line->room, why)) return false;
    if (!plain_text("topic", line->text, TOPIC_SIZE_MAX, why)) return false;
    if (!plain_text("key", line->secret, ROOM_SECRET_MAX, why)) return false;
    if (line->seq >> SEQ_BITS) return wrong(why, "\"seq\" is too large");
    if (line->time_ms > check->now_ms) return wrong(why, "\"time\" is in the future");
    check->room_size = line->room.size;
    memcpy(check->room, line->room.at, line->room.size);
    check->seq = 0;
    check->time_ms = 0;
    check->last_seq = line->seq;
    check->last_time_ms = line->time_ms;
    return true;
}

bool archive_check_line(struct archive_check *check, const struct archive_line *line,
                        char why[ARCHIVE_WHY_MAX]) {
    if (line->is_room) return check_room(check, line, why);
    return event_order(check, line, why) && event_target(line, why) &&
           event_author(check, line, why) && event_text(check, line, why);
}
