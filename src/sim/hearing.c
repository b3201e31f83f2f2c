/* hearing.c: every line that is read is compared with what it must be, written down once more
 * from the specification. */
#include "base/check.h"
#include "sim/clients.h"

enum { LINE_CAP = 8192 };

/* After it nothing is whole: what was asked for before may still come, or not. */
static bool is_last_word(struct slice line) {
    static const char *const words[] = {"you read too slowly", "say who you are in time",
                                        "the server is full", "your account was deleted",
                                        "you are logged out"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(line.at, line.size, words[i], strlen(words[i]))) return true;
    return false;
}

static bool is_refusal(const struct client *client, struct slice line) {
    const char *head = "* error: ";
    if (client->speaks == DIALECT_PIPE) head = "400|0|";
    if (client->speaks == DIALECT_DOLLAR) head = "$$error: ";
    /* a friendly person's own words come back as they are: hers have their number there */
    return slice_starts(line, slice_text(head)) && line.size > strlen(head) &&
           line.at[strlen(head)] != '~';
}

/* A control character that no client may be sent. */
static bool has_control(struct slice line) {
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.at[i];
        unsigned char next = i + 1 < line.size ? (unsigned char)line.at[i + 1] : 0;
        if ((c < 0x20 && c != '\t') || c == 0x7f) return true;
        if (c == 0xc2 && next < 0xa0) return true;
    }
    return false;
}

static void put_author(const struct said *said, struct buf *out, const char *after) {
    buf_put(out, (struct slice){said->name, said->name_size});
    buf_text(out, said->speech == SPEECH_ACTION ? " " : after);
}

static struct slice text_of(const struct said *said) {
    return (struct slice){said->text, said->text_size};
}

/* `alice: (to #3) text (changed)` */
static void expect_line(const struct shown *shown, struct buf *out) {
    put_author(shown->said, out, ": ");
    if (shown->said->target > 0) {
        buf_text(out, "(to #");
        buf_number(out, shown->said->target);
        buf_text(out, ") ");
    }
    text_show(out, text_of(shown->text));
    if (shown->text != shown->said) buf_text(out, " (changed)");
}

/* `alice changed #3: text` */
static void expect_change(const struct shown *shown, bool own, struct buf *out) {
    if (own)
        buf_text(out, "you");
    else
        buf_put(out, (struct slice){shown->said->name, shown->said->name_size});
    buf_text(out, " changed #");
    buf_number(out, shown->said->target);
    buf_text(out, ": ");
    text_show(out, text_of(shown->said));
}

/* `* alice to you alone: text`, `* alice, to you alone, waves` */
static void expect_alone(const struct shown *shown, struct buf *out) {
    buf_text(out, "* ");
    buf_put(out, (struct slice){shown->said->name, shown->said->name_size});
    buf_text(out, shown->said->speech == SPEECH_ACTION ? ", to you alone, " : " to you alone: ");
    text_show(out, text_of(shown->text));
}

static void expect_friendly(const struct client *client, const struct shown *shown, bool own,
                            struct buf *out) {
    const struct said *said = shown->said;
    struct slice text = text_of(shown->text);
    if (own) {
        text_show(out, slice_trim(text));
        return;
    }
    if (client->manner->sender == SENDER_NAME)
        put_author(said, out, ": ");
    else if (slice_starts(text, slice_of("* ")))
        buf_byte(out, ' ');
    text_show(out, text);
}

static void put_part(struct buf *out, uint64_t number) {
    buf_number(out, number);
    buf_byte(out, '|');
}

static void expect_pipe(const struct shown *shown, uint32_t room, uint32_t code, struct buf *out) {
    const struct said *said = shown->said;
    put_part(out, code);
    put_part(out, said->author);
    if (code != 100) put_part(out, room); /* 0: direct */
    if (code == 107) {
        put_part(out, said->seq);
        put_part(out, (uint64_t)said->time_ms);
    }
    text_show(out, text_of(shown->text));
}

static void expect_dollar(const struct client *client, const struct shown *shown, bool direct,
                          struct buf *out) {
    const struct said *said = shown->said;
    bool uid = client->manner->sender == SENDER_UID && said->dialect == DIALECT_DOLLAR;
    if (uid && !direct) {
        address_text(out, said->address);
        buf_text(out, ": ");
    } else if (client->manner->sender != SENDER_NONE || direct) {
        buf_put(out, (struct slice){said->name, said->name_size});
        buf_text(out, ": ");
    } else if (slice_starts(text_of(shown->text), slice_of("$$"))) {
        buf_byte(out, ' ');
    }
    text_show(out, text_of(shown->text));
}

/* `[room] ` at the beginning of a line; empty where there is none. */
static struct slice take_place(struct slice *line) {
    struct slice rest = *line, place;
    if (line->size == 0 || line->at[0] != '[') return (struct slice){0};
    slice_until(&rest, '[');
    place = slice_until(&rest, ']');
    *line = slice_from(rest, 1);
    return place;
}

/* Is it a room's name, one that it had, or somebody's in front of direct messages? */
static bool is_place(const struct chat_room *room, struct slice place) {
    if (room->direct) return place.size > 1 && place.at[0] == '@';
    if (slice_equal(place, (struct slice){room->name, room->name_size})) return true;
    for (uint32_t i = 0; i < EARLIER_NAMES; i++)
        if (slice_equal(place, (struct slice){room->earlier[i].name, room->earlier[i].size}))
            return true;
    return false;
}

/* `[2026-11-21 13:05] ` and, behind the place, the message's number. */
enum { STAMP_SIZE = 19 };

/* A line of the line dialect, of which what stands in front is taken off, and what must be left. */
static struct slice hears_line(struct clients *clients, const struct client *client,
                               const struct shown *shown, bool own, struct slice line,
                               struct buf *wanted) {
    const struct chat_room *room = &clients->oracle->rooms[shown->said->room];
    bool ours = slice_starts(line, slice_of("* ")), stamped = false;
    if (ours) line = slice_from(line, 2);
    if (ours && shown->said->stored == STORED_MESSAGE && line.size > STAMP_SIZE) {
        stamped = line.at[0] == '[' && line.at[5] == '-' && line.at[STAMP_SIZE - 2] == ']';
        if (stamped) line = slice_from(line, STAMP_SIZE);
    }
    struct slice whole = line, place = take_place(&line);
    if (place.size > 0 && !is_place(room, place)) line = whole;
    if (shown->said->stored == STORED_EDIT) {
        expect_change(shown, own, wanted);
        if (!ours) oracle_fail(clients->oracle, "peer %u: a change as a message", client->peer);
    } else {
        if (stamped) {
            buf_byte(wanted, '#');
            buf_number(wanted, shown->said->seq);
            buf_byte(wanted, ' ');
        }
        expect_line(shown, wanted);
        if (ours && !stamped)
            oracle_fail(clients->oracle, "peer %u: a message as the server's: '%.*s'", client->peer,
                        (int)line.size, line.at);
    }
    return line;
}

static void hears_message(struct clients *clients, struct client *client, struct slice line,
                          uint64_t marker) {
    struct oracle *oracle = clients->oracle;
    char memory[LINE_CAP];
    struct buf wanted;
    const struct shown shown = oracle_shown(oracle, client->peer, marker);
    if (!shown.said) return;
    bool own = !shown.past && oracle->intents[marker].peer == client->peer;
    const struct chat_room *room = &oracle->rooms[shown.said->room];
    uint64_t code = 0;
    struct slice rest = line;
    buf_init(&wanted, memory, sizeof memory);
    if (client->speaks == DIALECT_LINE) {
        line = hears_line(clients, client, &shown, own, line, &wanted);
    } else if (client->speaks == DIALECT_FRIENDLY && room->direct) {
        expect_alone(&shown, &wanted);
    } else if (client->speaks == DIALECT_FRIENDLY) {
        expect_friendly(client, &shown, own, &wanted);
    } else if (client->speaks == DIALECT_DOLLAR) {
        expect_dollar(client, &shown, room->direct, &wanted);
    } else {
        slice_number(slice_until(&rest, '|'), 999, &code);
        if (shown.past != (code == 107) || (!shown.past && code != 106 && code != 100))
            oracle_fail(oracle, "peer %u: message %u under a wrong code", client->peer,
                        (unsigned)marker);
        expect_pipe(&shown, room->direct ? 0 : room->number, (uint32_t)code, &wanted);
    }
    check(buf_ok(&wanted));
    if (!slice_equal(line, buf_slice(&wanted)))
        oracle_fail(oracle, "peer %u reads '%.*s' instead of '%.*s'", client->peer, (int)line.size,
                    line.at, (int)wanted.size, wanted.at);
}

/* `* [place] #7 was removed`, `* #7 of alice was removed by bob`. */
static void hears_removal(struct clients *clients, const struct client *client, struct slice line) {
    uint64_t seq;
    line = slice_from(line, 2);
    struct slice place = take_place(&line);
    if (line.size == 0 || line.at[0] != '#' || !memmem(line.at, line.size, " was removed", 12))
        return;
    line = slice_from(line, 1);
    if (!slice_number(slice_until(&line, ' '), UINT32_MAX, &seq)) return;
    const struct peer *peer = &clients->world->peers[client->peer];
    struct sessions *sessions = &clients->world->workers[peer->id.worker].sessions;
    struct room_id focus = {0};
    if (peer->open) focus = sessions_at(sessions, peer->id.slot)->talk.focus;
    oracle_shown_removal(clients->oracle, client->peer, seq, place, focus);
}

/* What she is told once is kept: a token, a cursor. */
static void hears_reply(struct clients *clients, struct client *client, struct slice line) {
    struct slice token = slice_of("* your token, shown once: "),
                 cursor = slice_of("* the cursor of ");
    if (slice_starts(line, token) && line.size - token.size < sizeof client->token) {
        memcpy(client->token, line.at + token.size, line.size - token.size);
        client->token[line.size - token.size] = 0;
    } else if (slice_starts(line, cursor)) {
        const char *at = memrchr(line.at, ' ', line.size);
        size_t size = line.size - (size_t)(at + 1 - line.at);
        check(size < sizeof client->cursor);
        memcpy(client->cursor, at + 1, size);
        client->cursor[size] = 0;
    } else if (slice_starts(line, slice_of("* "))) {
        hears_removal(clients, client, line);
    }
}

/* The id of a channel behind its verb is kept for the next lines. */
static void hears_channel(struct client *client, struct slice line) {
    slice_until(&line, ' ');
    if (line.size == 0 || line.size >= sizeof client->channel) return;
    memcpy(client->channel, line.at, line.size);
    client->channel[line.size] = 0;
}

/* Who was refused a name tries another. */
static void hears_refusal(struct clients *clients, struct client *client) {
    struct session_id id = clients->world->peers[client->peer].id;
    const struct seat *seat = oracle_seat(clients->oracle, id);
    oracle_shown_refusal(clients->oracle, client->peer);
    if (!seat || seat->person != NOBODY || client->unanswered == 0) return;
    client->first = --client->unanswered == 0;
}

void client_hears(struct clients *clients, struct client *client, struct slice line) {
    uint64_t marker = marker_in(line);
    if (has_control(line))
        oracle_fail(clients->oracle, "peer %u is sent a control character: '%.*s'", client->peer,
                    (int)line.size, line.at);
    if (client->over) return;
    if (is_refusal(client, line)) {
        if (is_last_word(line))
            client->over = clients->world->peers[client->peer].cut = true;
        else
            hears_refusal(clients, client);
    } else if (marker > 0)
        hears_message(clients, client, line, marker);
    else if (client->speaks == DIALECT_DOLLAR && slice_starts(line, slice_of("$$")))
        hears_channel(client, line);
    else if (client->speaks == DIALECT_LINE)
        hears_reply(clients, client, line);
}
