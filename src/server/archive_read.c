/* archive_read.c: lines in. Every member must be known and of its kind, and be there only where its
 * type has one: what a later version would add is not dropped in silence. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"
#include "base/utf8.h"
#include "chat/command.h"
#include "server/archive.h"
#include "server/archive_words.h"

static bool wrong(char why[ARCHIVE_WHY_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool wrong(char why[ARCHIVE_WHY_MAX], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, ARCHIVE_WHY_MAX, format, arguments);
    va_end(arguments);
    return false;
}

/* Where a member goes. */
enum place { PLACE_TEXT, PLACE_NUMBER, PLACE_SMALL, PLACE_TRUTH, PLACE_FLAG, PLACE_SPEECH };

enum { OF_ROOM = 1, OF_EVENT = 2, OF_MESSAGE = 4, OF_CHANGE = 8, OF_EDIT = 16 };

struct member {
    const char *name;
    enum place place;
    int of;
    size_t offset; /* in struct archive_line; PLACE_FLAG: the flag */
};

static const struct member members[] = {
    {"room", PLACE_TEXT, OF_ROOM | OF_EVENT, offsetof(struct archive_line, room)},
    {"seq", PLACE_NUMBER, OF_ROOM | OF_EVENT, offsetof(struct archive_line, seq)},
    {"time", PLACE_NUMBER, OF_ROOM | OF_EVENT, offsetof(struct archive_line, time_ms)},
    {"topic", PLACE_TEXT, OF_ROOM, offsetof(struct archive_line, text)},
    {"key", PLACE_TEXT, OF_ROOM, offsetof(struct archive_line, secret)},
    {"slow_seconds", PLACE_SMALL, OF_ROOM, offsetof(struct archive_line, slow_seconds)},
    {"retention_days", PLACE_SMALL, OF_ROOM, offsetof(struct archive_line, retention_days)},
    {"retention_count", PLACE_SMALL, OF_ROOM, offsetof(struct archive_line, retention_count)},
    {"private", PLACE_FLAG, OF_ROOM, ROOM_PRIVATE},
    {"invite_only", PLACE_FLAG, OF_ROOM, ROOM_INVITE_ONLY},
    {"moderated", PLACE_FLAG, OF_ROOM, ROOM_MODERATED},
    {"no_history", PLACE_FLAG, OF_ROOM, ROOM_NO_HISTORY},
    {"author", PLACE_TEXT, OF_EVENT, offsetof(struct archive_line, author)},
    {"text", PLACE_TEXT, OF_EVENT, offsetof(struct archive_line, text)},
    {"speech", PLACE_SPEECH, OF_MESSAGE, 0},
    {"reply_to", PLACE_NUMBER, OF_MESSAGE, offsetof(struct archive_line, target)},
    {"edited", PLACE_TRUTH, OF_MESSAGE, offsetof(struct archive_line, edited)},
    {"removed", PLACE_TRUTH, OF_MESSAGE | OF_EDIT, offsetof(struct archive_line, removed)},
    {"target", PLACE_NUMBER, OF_CHANGE, offsetof(struct archive_line, target)},
};

static bool read_number(const struct member *member, json_t *value, uint64_t max, uint64_t *number,
                        char why[ARCHIVE_WHY_MAX]) {
    json_int_t given = json_integer_value(value);
    if (!json_is_integer(value) || given < 1 || (uint64_t)given > max)
        return wrong(why, "\"%s\" is no number from 1 to %llu", member->name,
                     (unsigned long long)max);
    *number = (uint64_t)given;
    return true;
}

static bool read_speech(json_t *value, struct archive_line *line, char why[ARCHIVE_WHY_MAX]) {
    for (uint8_t i = 1; json_is_string(value) && i < ARCHIVE_SPEECHES; i++) {
        if (strcmp(json_string_value(value), archive_speeches[i]) != 0) continue;
        line->speech = i;
        return true;
    }
    return wrong(why, "\"speech\" is neither action nor notice");
}

static bool read_value(const struct member *member, json_t *value, struct archive_line *line,
                       char why[ARCHIVE_WHY_MAX]) {
    void *place = (char *)line + (member->place == PLACE_FLAG ? 0 : member->offset);
    uint64_t number = 0;
    switch (member->place) {
    case PLACE_TEXT:
        if (!json_is_string(value)) return wrong(why, "\"%s\" is no text", member->name);
        *(struct slice *)place =
            (struct slice){json_string_value(value), json_string_length(value)};
        return true;
    case PLACE_NUMBER: return read_number(member, value, INT64_MAX, place, why);
    case PLACE_SMALL:
        if (!read_number(member, value, UINT32_MAX, &number, why)) return false;
        *(uint32_t *)place = (uint32_t)number;
        return true;
    case PLACE_SPEECH: return read_speech(value, line, why);
    case PLACE_TRUTH:
    case PLACE_FLAG: break;
    }
    if (!json_is_true(value)) return wrong(why, "\"%s\" can only be true", member->name);
    if (member->place == PLACE_TRUTH)
        *(bool *)place = true;
    else
        line->flags |= (uint32_t)member->offset;
    return true;
}

static const struct member *member_called(const char *name, int of) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if ((members[i].of & of) && strcmp(members[i].name, name) == 0) return &members[i];
    return NULL;
}

/* Which members a line of this type may have. 0: there is no such type. */
static int read_type(json_t *object, struct archive_line *line) {
    const char *type = json_string_value(json_object_get(object, "type"));
    if (!type) return 0;
    line->is_room = strcmp(type, "room") == 0;
    if (line->is_room) return OF_ROOM;
    for (uint8_t stored = 0; stored < STORED_KINDS; stored++) {
        if (strcmp(type, archive_types[stored]) != 0) continue;
        line->stored = stored;
        if (stored == STORED_MESSAGE) return OF_EVENT | OF_MESSAGE;
        if (stored == STORED_EDIT) return OF_EVENT | OF_CHANGE | OF_EDIT;
        bool change = stored <= STORED_UNREACTION && stored != STORED_TOPIC;
        return OF_EVENT | (change ? OF_CHANGE : 0);
    }
    return 0;
}

static bool read_object(json_t *object, struct archive_line *line, char why[ARCHIVE_WHY_MAX]) {
    if (!json_is_object(object)) return wrong(why, "this is no JSON object");
    int of = read_type(object, line);
    if (of == 0) return wrong(why, "\"type\" is missing or unknown");
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        if (strcmp(name, "type") == 0) continue;
        const struct member *member = member_called(name, of);
        if (!member) return wrong(why, "\"%.60s\" does not belong to this type", name);
        if (!read_value(member, value, line, why)) return false;
    }
    return true;
}

bool archive_read(struct slice bytes, struct archive_read *read, char why[ARCHIVE_WHY_MAX]) {
    json_error_t error;
    *read = (struct archive_read){0};
    if (bytes.size > ARCHIVE_LINE_MAX) return wrong(why, "the line is too long");
    if (memchr(bytes.at, '\0', bytes.size)) return wrong(why, "a NUL is in it");
    json_t *object = json_loadb(bytes.at, bytes.size, JSON_REJECT_DUPLICATES, &error);
    if (!object) return wrong(why, "no JSON: %.100s at byte %d", error.text, error.position);
    if (!read_object(object, &read->line, why)) {
        json_decref(object);
        *read = (struct archive_read){0};
        return false;
    }
    read->memory = object;
    return true;
}

void archive_free(struct archive_read *read) {
    if (read->memory) json_decref(read->memory);
    *read = (struct archive_read){0};
}
