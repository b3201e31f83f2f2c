/* hearing.c: every line that is read is compared with what it must be, written down once more
 * from the specification. */
#include "base/check.h"
#include "sim/clients.h"

enum { LINE_CAP = 8192 };

/* What the session says by itself, without the hub. */
static bool is_last_word(struct slice line) {
    static const char *const words[] = {"you read too slowly", "say who you are in time",
                                        "the server is full"};
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

static void expect_line(const struct said *said, struct buf *out) {
    put_author(said, out, ": ");
    text_show(out, text_of(said));
}

static void expect_friendly(const struct client *client, const struct said *said, bool own,
                            struct buf *out) {
    struct slice text = text_of(said);
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

static void expect_pipe(const struct said *said, uint32_t room, uint32_t code, struct buf *out) {
    put_part(out, code);
    put_part(out, said->author);
    if (code != 100) put_part(out, room);
    if (code == 107) {
        put_part(out, said->seq);
        put_part(out, (uint64_t)said->time_ms);
    }
    text_show(out, text_of(said));
}

static void expect_dollar(const struct client *client, const struct said *said, struct buf *out) {
    bool uid = client->manner->sender == SENDER_UID && said->dialect == DIALECT_DOLLAR;
    if (uid) {
        address_text(out, said->address);
        buf_text(out, ": ");
    } else if (client->manner->sender != SENDER_NONE) {
        buf_put(out, (struct slice){said->name, said->name_size});
        buf_text(out, ": ");
    } else if (slice_starts(text_of(said), slice_of("$$"))) {
        buf_byte(out, ' ');
    }
    text_show(out, text_of(said));
}

static void hears_message(struct clients *clients, struct client *client, struct slice line,
                          uint64_t marker) {
    struct oracle *oracle = clients->oracle;
    char memory[LINE_CAP], prefix[ROOM_NAME_SIZE_MAX + 8];
    struct buf wanted, room_prefix;
    bool past = false;
    const struct said *said = oracle_shown(oracle, client->peer, marker, &past);
    if (!said) return;
    const struct chat_room *room = &oracle->rooms[said->room];
    bool own = !past && oracle->intents[marker].peer == client->peer;
    uint64_t code = 0;
    struct slice rest = line;
    buf_init(&wanted, memory, sizeof memory);
    buf_init(&room_prefix, prefix, sizeof prefix);
    buf_byte(&room_prefix, '[');
    buf_put(&room_prefix, (struct slice){room->name, room->name_size});
    buf_text(&room_prefix, "] ");
    if (client->speaks == DIALECT_LINE) {
        expect_line(said, &wanted);
        if (slice_starts(line, buf_slice(&room_prefix))) line = slice_from(line, room_prefix.size);
    } else if (client->speaks == DIALECT_FRIENDLY) {
        expect_friendly(client, said, own, &wanted);
    } else if (client->speaks == DIALECT_DOLLAR) {
        expect_dollar(client, said, &wanted);
    } else {
        slice_number(slice_until(&rest, '|'), 999, &code);
        if (past != (code == 107) || (!past && code != 106 && code != 100))
            oracle_fail(oracle, "peer %u: message %u under a wrong code", client->peer,
                        (unsigned)marker);
        expect_pipe(said, room->number, (uint32_t)code, &wanted);
    }
    check(buf_ok(&wanted));
    if (!slice_equal(line, buf_slice(&wanted)))
        oracle_fail(oracle, "peer %u reads '%.*s' instead of '%.*s'", client->peer, (int)line.size,
                    line.at, (int)wanted.size, wanted.at);
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
    if (is_refusal(client, line)) {
        if (!is_last_word(line)) hears_refusal(clients, client);
    } else if (marker > 0)
        hears_message(clients, client, line, marker);
    else if (client->speaks == DIALECT_DOLLAR && slice_starts(line, slice_of("$$")))
        hears_channel(client, line);
}
