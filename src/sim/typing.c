/* typing.c: what people type. Most of it is right; what is wrong must be refused and harm nobody.
 * Each text that is to be said carries its number. */
#include "sim/typing.h"

#include "base/check.h"

enum { WORDS_MAX = 8 };

static const char *const names[] = {"ann", "bob", "Client", "client-3", "zoë", "dan", "eve", "jo"};
static const char *const known[] = {"kim", "lee", "mo", "Nia", "ann", "bob", "zoë", "Client"};
static const char *const rooms[] = {"tea", "Ox", "kaffee",     "lobby", "zoo",
                                    "1",   "2",  "0123456789", "a,b",   "127.0.0.1:1003"};
/* What a text begins with: some of it looks like a server's line, some of it must not get out. */
static const char *const heads[] = {
    "",         "",         "",     "",     "* ",     "$$joined: ", " ",         "[x] ",
    "\x1b[31m", "\xc2\x9b", "a|b|", "\x02", "100|7|", "\t",         "* error: ", "\xe2\x80\xae"};

static const char *const words[] = {" word", " Kettle",         " ox",
                                    " tea",  " zebra-crossing", " see https://example.org/ox"};

/* Is she in the hub's eyes somebody whose next line is a message? */
static bool is_settled(struct typist *typist) {
    const struct peer *peer = &typist->clients->world->peers[typist->client->peer];
    const struct seat *seat = oracle_seat(typist->clients->oracle, peer->id);
    return seat && seat->person != NOBODY;
}

/* A text with a number, as it must be said. */
static struct slice text_make(struct typist *typist, char *memory, uint64_t *marker) {
    struct buf text;
    buf_init(&text, memory, TEXT_CAP);
    *marker = oracle_marker(typist->clients->oracle);
    buf_text(&text, ONE_OF(typist, heads));
    buf_byte(&text, '~');
    buf_number(&text, *marker);
    buf_byte(&text, '~');
    for (uint32_t i = below(typist, WORDS_MAX); i > 0; i--)
        buf_text(&text, below(typist, 12) == 0 ? " \xf0\x9f\x8d\xb5 and a long one to fill the line"
                                               : ONE_OF(typist, words));
    if (below(typist, 8) == 0) buf_text(&text, "  ");
    check(buf_ok(&text));
    return buf_slice(&text);
}

static void intend(struct typist *typist, uint64_t marker, struct slice text, bool sure) {
    oracle_intend(typist->clients->oracle, marker, typist->client->peer, text, sure);
}

void put_said(struct typist *typist, const char *before, bool trimmed, bool sure) {
    char memory[TEXT_CAP];
    uint64_t marker;
    struct slice text = text_make(typist, memory, &marker);
    put(typist, before);
    buf_put(&typist->out, text);
    intend(typist, marker, trimmed ? slice_trim(text) : text, sure && is_settled(typist));
}

/* Somebody who may be here: of few names, or one that is connected right now. */
void put_name(struct typist *typist) {
    const struct oracle *oracle = typist->clients->oracle;
    uint32_t row = oracle->person_count > 0 ? below(typist, oracle->person_count) : 0;
    if (below(typist, 3) == 0) {
        put(typist, ONE_OF(typist, known));
        return;
    }
    for (uint32_t i = 0; i < oracle->person_count; i++) {
        const struct person *person = &oracle->people[(row + i) % oracle->person_count];
        if (person->sessions == 0) continue;
        buf_put(&typist->out, (struct slice){person->name, person->name_size});
        return;
    }
    put(typist, ONE_OF(typist, known));
}

/* One that there is, by its name, number or id; seldom one that she ought not to know of. */
void put_room(struct typist *typist) {
    const struct oracle *oracle = typist->clients->oracle;
    uint32_t dice = below(typist, 8), row = below(typist, oracle->room_count + 1);
    for (uint32_t i = 0; i < oracle->room_count && dice < 5; i++) {
        const struct chat_room *room = &oracle->rooms[(row + i) % oracle->room_count];
        if (room->gone || room->own || room->direct) continue;
        bool named = dice < 3 && (!(room->flags & ROOM_PRIVATE) || below(typist, 3) == 0);
        if (named)
            buf_put(&typist->out, (struct slice){room->name, room->name_size});
        else if (dice < 4)
            put_number(typist, room->number);
        else
            buf_hex(&typist->out, room->hex, 10);
        return;
    }
    put(typist, ONE_OF(typist, rooms));
}

/* `line`. */

static void line_command(struct typist *typist) {
    static const char *const plain[] = {
        "/who",       "/rooms",   "/topic",          "/history", "/history 3", "/away",
        "/away tea",  "/help",    "/leave",          "/nick",    "/history 0", "/nothing",
        "/login a b", "/who tea", "/history 999999", "/",        "/quit"};
    static const char *const named[] = {"/nick ", "/kick "};
    static const char *const roomy[] = {"/join ", "/join #", "/leave ", "/who ", "/join "};
    uint32_t dice = below(typist, 16);
    if (dice < 12) {
        type_order(typist);
    } else if (dice < 13) {
        put(typist, ONE_OF(typist, roomy));
        put_room(typist);
    } else if (dice < 14) {
        put(typist, ONE_OF(typist, named));
        put(typist, ONE_OF(typist, names));
    } else {
        put(typist, ONE_OF(typist, plain));
    }
}

/* A text that begins with a slash: typed as two where one begins a command. */
static void put_slash(struct typist *typist, bool commands) {
    char memory[TEXT_CAP + 1] = "/";
    uint64_t marker;
    struct slice text = text_make(typist, memory + 1, &marker);
    text = (struct slice){memory, text.size + 1};
    put(typist, commands ? "/" : "");
    buf_put(&typist->out, text);
    intend(typist, marker, text, is_settled(typist));
}

/* A name, and perhaps more in the same breath: said, or no names that anybody may bear. */
static void type_name(struct typist *typist) {
    if (below(typist, 3) > 0) {
        type_login(typist);
    } else {
        put(typist, ONE_OF(typist, names));
        if (below(typist, 2) == 0) put_number(typist, below(typist, 40));
    }
    typist->client->unanswered = 1 + below(typist, 3);
    for (uint32_t i = 1; i < typist->client->unanswered; i++) {
        put(typist, "\n");
        put_said(typist, "", false, false);
    }
}

static void type_line(struct typist *typist) {
    bool commands = typist->client->manner->commands;
    uint32_t dice = below(typist, 20);
    if (typist->client->first) {
        typist->client->first = false;
        type_name(typist);
    } else if (dice >= 6 && commands && type_order_hot(typist)) {
        return;
    } else if (dice < 8) {
        put_said(typist, "", false, true);
    } else if (dice < 9 && commands) {
        put_said(typist, "/me ", true, true);
    } else if (dice < 10 || !commands) {
        put_slash(typist, commands);
    } else {
        line_command(typist);
    }
}

/* `friendly`. */

static void type_friendly(struct typist *typist) {
    put_said(typist, "", false, true);
}

/* `pipe`. */

static void put_head(struct typist *typist, uint32_t code) {
    uint32_t id = typist->client->number;
    if (below(typist, 40) == 0) id++;
    put_number(typist, code);
    put(typist, "|");
    put_number(typist, id);
    put(typist, "|");
}

static void put_people(struct typist *typist) {
    for (uint32_t i = below(typist, 3); i < 3; i++) {
        put(typist, i == 0 ? "|" : "");
        put_number(typist, below(typist, 3) == 0 ? USER_NUMBER_FIRST + below(typist, 60)
                                                 : 1 + below(typist, 6));
        if (i < 2) put(typist, i == 0 ? "," : "|");
    }
}

static void type_pipe(struct typist *typist) {
    static const uint32_t codes[] = {101, 102, 103, 104, 105, 107, 108, 109, 102, 107};
    uint32_t dice = below(typist, 20);
    size_t before = typist->out.size;
    if (dice < 10 || typist->client->first) {
        typist->client->first = false;
        put_head(typist, 100);
        put_said(typist, "", false, false);
        return;
    }
    if (dice < 14) {
        put_head(typist, 106);
        put(typist, ONE_OF(typist, rooms));
        put_said(typist, "|", false, false);
        return;
    }
    uint32_t code = codes[below(typist, sizeof codes / sizeof *codes)];
    put_head(typist, code);
    put(typist, ONE_OF(typist, rooms));
    if (code == 107 && below(typist, 2) == 0) put(typist, "|7");
    if (code == 107 && below(typist, 3) == 0) put(typist, "|4|9");
    if ((code == 102 || code == 103) && below(typist, 3) == 0) put_people(typist);
    if (below(typist, 30) == 0) typist->out.size = before + 2;
}

/* `dollar`. */

static void put_uid(struct typist *typist) {
    struct address address = typist->client->address;
    if (below(typist, 40) == 0) address.port++;
    address_text(&typist->out, address);
    put(typist, "$");
}

static void put_channel(struct typist *typist) {
    if (typist->client->channel[0] && below(typist, 3) > 0)
        put(typist, typist->client->channel);
    else if (below(typist, 3) == 0)
        address_text(&typist->out, typist->client->address);
    else
        put(typist, ONE_OF(typist, rooms));
}

static void type_dollar(struct typist *typist) {
    static const char *const verbs[] = {"join$", "join$", "leave$", "reg$", "nothing$", "join"};
    uint32_t dice = below(typist, 20);
    if (typist->client->first) {
        typist->client->first = false;
        put(typist, "reg$");
        put(typist, ONE_OF(typist, names));
    } else if (dice < 12) {
        put(typist, "send_msg$");
        put_uid(typist);
        put_channel(typist);
        put_said(typist, "$", false, false);
    } else if (dice < 15) {
        put(typist, "create_chan$");
        put_uid(typist);
        put(typist, ONE_OF(typist, rooms));
    } else {
        put(typist, ONE_OF(typist, verbs));
        put_uid(typist);
        put_channel(typist);
    }
}

/* Lines that nobody may take for something else. */
static void type_wrong(struct typist *typist) {
    static const char junk[] = "\0 nul";
    switch (below(typist, 6)) {
    case 0: put(typist, "\xc3( is no UTF-8"); break;
    case 1: buf_put(&typist->out, (struct slice){junk, sizeof junk - 1}); break;
    case 2: put(typist, "a bare \r inside"); break;
    case 3: put(typist, "\xff\xfd\x18"); break;
    case 4:
        for (uint32_t i = 0; i < SIM_LINE_SIZE; i += 4)
            put(typist, "long ");
        break;
    default: break; /* an empty line */
    }
}

void client_types(struct clients *clients, struct client *client) {
    struct typist typist = {.clients = clients, .client = client};
    bool named = client->speaks != DIALECT_LINE || client->first || is_settled(&typist);
    if (!named) return;
    buf_init(&typist.out, client->typed + client->typed_size, TYPED_CAP - client->typed_size);
    if (client->speaks == DIALECT_WEB) {
        put(&typist, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nann\r\n");
    } else if (!client->first && below(&typist, 40) == 0) {
        type_wrong(&typist);
    } else {
        if (client->speaks == DIALECT_LINE) type_line(&typist);
        if (client->speaks == DIALECT_FRIENDLY) type_friendly(&typist);
        if (client->speaks == DIALECT_PIPE) type_pipe(&typist);
        if (client->speaks == DIALECT_DOLLAR) type_dollar(&typist);
    }
    put(&typist, below(&typist, 4) == 0 ? "\r\n" : "\n");
    check(buf_ok(&typist.out));
    oracle_typed(clients->oracle, client->peer, buf_slice(&typist.out));
    client->typed_size += typist.out.size;
}
