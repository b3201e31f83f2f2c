/* archive.c: lines out. What a reader would take for granted is left out of a line, so that most
 * have seven short members. */
#include "server/archive.h"

#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "chat/command.h"
#include "server/archive_words.h"

const char *const archive_types[STORED_KINDS] = {
    [STORED_MESSAGE] = "message",   [STORED_TOPIC] = "topic",
    [STORED_EDIT] = "edit",         [STORED_REMOVAL] = "removal",
    [STORED_REACTION] = "reaction", [STORED_UNREACTION] = "unreaction",
    [STORED_MODE] = "mode",         [STORED_ROLE] = "role",
    [STORED_KICK] = "kick",         [STORED_RESTRAINT] = "restraint",
    [STORED_RENAME] = "rename",     [STORED_TAGS] = "tags",
};

const char *const archive_speeches[ARCHIVE_SPEECHES] = {"say", "action", "notice"};

const struct archive_flag archive_flags[ARCHIVE_FLAGS] = {
    {"private", ROOM_PRIVATE},
    {"invite_only", ROOM_INVITE_ONLY},
    {"moderated", ROOM_MODERATED},
    {"no_history", ROOM_NO_HISTORY},
};

size_t archive_size_max(const struct archive_line *line) {
    return 512 + 6 * (line->room.size + line->author.size + line->text.size + line->secret.size);
}

/* ---- JSON (RFC 8259) ---- */

static void put_string(struct buf *out, struct slice text) {
    buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\') {
            buf_byte(out, '\\');
            buf_byte(out, (char)c);
        } else if (c == '\n') {
            buf_text(out, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            buf_text(out, "\\u");
            buf_hex(out, c, 4);
        } else {
            buf_byte(out, (char)c);
        }
    }
    buf_byte(out, '"');
}

static void put_name(struct buf *out, const char *name) {
    if (out->size > 0 && out->at[out->size - 1] != '{') buf_byte(out, ',');
    put_string(out, slice_text(name));
    buf_byte(out, ':');
}

static void put_text(struct buf *out, const char *name, struct slice text) {
    put_name(out, name);
    put_string(out, text);
}

static void put_number(struct buf *out, const char *name, uint64_t number) {
    if (number == 0) return;
    put_name(out, name);
    buf_number(out, number);
}

static void put_truth(struct buf *out, const char *name, bool truth) {
    if (!truth) return;
    put_name(out, name);
    buf_text(out, "true");
}

static void write_room(struct buf *out, const struct archive_line *line) {
    put_text(out, "type", slice_of("room"));
    put_text(out, "room", line->room);
    put_number(out, "seq", line->seq);
    put_number(out, "time", (uint64_t)line->time_ms);
    if (line->text.size > 0) put_text(out, "topic", line->text);
    for (int i = 0; i < ARCHIVE_FLAGS; i++)
        put_truth(out, archive_flags[i].name, line->flags & archive_flags[i].flag);
    if (line->secret.size > 0) put_text(out, "key", line->secret);
    put_number(out, "slow_seconds", line->slow_seconds);
    put_number(out, "retention_days", line->retention_days);
    put_number(out, "retention_count", line->retention_count);
}

static void write_event(struct buf *out, const struct archive_line *line) {
    bool message = line->stored == STORED_MESSAGE;
    put_text(out, "type", slice_text(archive_types[line->stored]));
    put_text(out, "room", line->room);
    put_number(out, "seq", line->seq);
    put_number(out, "time", (uint64_t)line->time_ms);
    put_text(out, "author", line->author);
    if (line->speech > 0) put_text(out, "speech", slice_text(archive_speeches[line->speech]));
    put_number(out, message ? "reply_to" : "target", line->target);
    put_text(out, "text", line->text);
    put_truth(out, "edited", line->edited);
    put_truth(out, "removed", line->removed);
}

void archive_write(struct buf *out, const struct archive_line *line) {
    buf_byte(out, '{');
    if (line->is_room)
        write_room(out, line);
    else
        write_event(out, line);
    buf_text(out, "}\n");
}

/* ---- for people ---- */

static void put_time(struct buf *out, int64_t time_ms) {
    char text[80];
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d ", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    buf_text(out, text);
}

/* What stands between the name and the text. */
static const char *const archive_does[STORED_KINDS] = {
    [STORED_MESSAGE] = ": ",
    [STORED_TOPIC] = " sets the topic: ",
    [STORED_EDIT] = " edits ",
    [STORED_REMOVAL] = " removes ",
    [STORED_REACTION] = " reacts to ",
    [STORED_UNREACTION] = " takes back a reaction to ",
    [STORED_MODE] = " sets ",
    [STORED_ROLE] = " gives a role: ",
    [STORED_KICK] = " removes from the room: ",
    [STORED_RESTRAINT] = " restrains: ",
    [STORED_RENAME] = " renames the room, which was ",
    [STORED_TAGS] = " tags: ",
};

static void put_begin(struct buf *out, const struct archive_line *line) {
    bool action = line->stored == STORED_MESSAGE && line->speech == SPEECH_ACTION;
    put_time(out, line->time_ms);
    buf_byte(out, '#');
    buf_number(out, line->seq);
    buf_text(out, line->stored == STORED_MESSAGE && !action ? " " : " * ");
    text_show(out, line->author.size > 0 ? line->author : slice_of("the server"));
    buf_text(out, action ? " " : archive_does[line->stored]);
    if (line->target == 0) return;
    bool message = line->stored == STORED_MESSAGE;
    buf_text(out, message ? "(answers #" : "#");
    buf_number(out, line->target);
    if (message)
        buf_text(out, ") ");
    else if (line->text.size > 0)
        buf_text(out, ": ");
}

void archive_write_text(struct buf *out, const struct archive_line *line) {
    struct slice rest = line->text;
    if (line->is_room) {
        buf_text(out, "== ");
        text_show(out, line->room);
        buf_text(out, line->text.size > 0 ? ": " : "");
        text_show(out, line->text);
        buf_byte(out, '\n');
        return;
    }
    do {
        put_begin(out, line);
        text_show(out, slice_until(&rest, '\n'));
        if (line->removed) buf_text(out, "(removed)");
        if (line->edited && rest.size == 0) buf_text(out, " (edited)");
        buf_byte(out, '\n');
    } while (rest.size > 0);
}
