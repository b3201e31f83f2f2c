/* What the classic dialects send: nothing that a person wrote reaches a terminal as a command to
 * it, in no field of no event, and nobody can write a server's line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "chat/rights.h"
#include "dialect/dialect.h"

enum { OUT_MAX = 1 << 20, HOSTILE_MAX = 40, RUNS = 300 };

static const struct manner manners[] = {
    {.dialect = DIALECT_LINE, .announce = true, .crlf = true, .line_size = 512, .name_size = 48},
    {.dialect = DIALECT_LINE, .announce = true, .commands = true},
    {.dialect = DIALECT_FRIENDLY, .colour = true},
    {.dialect = DIALECT_FRIENDLY, .sender = SENDER_NAME},
    {.dialect = DIALECT_PIPE},
    {.dialect = DIALECT_DOLLAR},
    {.dialect = DIALECT_DOLLAR, .sender = SENDER_NAME},
    {.dialect = DIALECT_DOLLAR, .sender = SENDER_UID},
};

enum { MANNERS = sizeof manners / sizeof *manners };

static char out_memory[OUT_MAX];

static struct talk talk_of(const struct manner *manner) {
    return (struct talk){.manner = manner,
                         .kind = (uint8_t)manner->dialect,
                         .stage = TALK_HERE,
                         .home = {1},
                         .focus = {1}};
}

/* A colour of `friendly`, or the end of one, at the beginning of `bytes`; 0: none is there. */
static size_t colour_size(struct slice bytes) {
    if (!slice_starts(bytes, slice_of("\x1b[38;2;")) && !slice_starts(bytes, slice_of("\x1b[0m")))
        return 0;
    size_t size = 2;
    while (size < bytes.size && bytes.at[size] != 'm')
        size++;
    return size + 1;
}

static void assert_harmless(const struct manner *manner, struct slice bytes) {
    while (bytes.size > 0) {
        size_t colour = manner->colour ? colour_size(bytes) : 0;
        bytes = slice_from(bytes, colour);
        if (colour > 0) continue;
        unsigned char c = (unsigned char)bytes.at[0];
        unsigned char next = bytes.size > 1 ? (unsigned char)bytes.at[1] : 0;
        bool line_end = c == '\n' || (c == '\r' && next == '\n');
        assert_true(c >= 0x20 || c == '\t' || line_end);
        assert_int_not_equal(c, 0x7f);
        assert_false(c == 0xc2 && next >= 0x80 && next < 0xa0);
        /* a byte above ASCII is a part of UTF-8 */
        if (c >= 0x80 && c < 0xc0) assert_true(false);
        size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        assert_true(size <= bytes.size);
        for (size_t i = 1; i < size; i++)
            assert_int_equal((unsigned char)bytes.at[i] & 0xc0, 0x80);
        bytes = slice_from(bytes, size);
    }
}

/* Bytes that terminals obey, in pieces, beside harmless ones. No line feed: names and lines have
 * none, and where a text has, it begins another line. */
static struct slice hostile(struct rng *rng, char *memory) {
    static const char *const parts[] = {
        "\x1b]0;pwn\a",
        "\x1b[2J",
        "\x1b[6n",
        "\x9b",
        "\xc2\x9b",
        "\xc2",
        ("\x9b"
         "31m"),
        "\xc2\x90",
        "\x7f",
        "\r",
        "\x07",
        "\x08",
        "\x0e",
        "\xe2\x80\xae",
        "\xff",
        "\xed\xa0\x80",
        "a",
        "* ",
        "$$",
        "|",
        "\t",
        "[0m",
        "\xf0\x9f\x8d\xb5",
        "\x1b",
    };
    struct buf text;
    buf_init(&text, memory, HOSTILE_MAX);
    while (rng_below(rng, 6) > 0) {
        const char *part = parts[rng_below(rng, sizeof parts / sizeof *parts)];
        if (strlen(part) <= text.cap - text.size) buf_text(&text, part);
    }
    if (rng_below(rng, 8) == 0 && text.size < text.cap) buf_byte(&text, 0);
    return buf_slice(&text);
}

static struct event event_random(struct rng *rng, char memory[EVENT_SLICES][HOSTILE_MAX]) {
    struct event event = {.kind = (enum event_kind)(1 + rng_below(rng, EVENT_KINDS - 1)),
                          .flags = (uint16_t)(rng_below(rng, 4096) & ~(uint32_t)EVENT_LAST),
                          .speech = (uint8_t)rng_below(rng, 3),
                          .why = (uint8_t)rng_below(rng, 5),
                          .setting = (uint8_t)rng_below(rng, ROOM_SETTINGS),
                          .stored = (uint8_t)rng_below(rng, STORED_KINDS),
                          .target = rng_below(rng, 3),
                          .dialect = (uint8_t)rng_below(rng, DIALECTS),
                          .reply_code = (uint16_t)rng_below(rng, 110),
                          .room = {1 + rng_below(rng, 2)},
                          .author = {7},
                          .seq = 1,
                          .time_ms = 1,
                          .number = 5};
    if (event.kind == EVENT_ROLE_SET) event.number = rng_below(rng, ROLES);
    if (event.kind == EVENT_RESTRAINED) event.why = (uint8_t)rng_below(rng, RESTRAINTS_OF_PEOPLE);
    if (rng_below(rng, 8) == 0) event.stored = STORED_NOTHING;
    for (int i = 0; i < EVENT_SLICES; i++)
        event.slices[i] = hostile(rng, memory[i]);
    if (event.kind == EVENT_ROOMS) event.text = (struct slice){0}; /* see below */
    bool refused = event.kind == EVENT_REFUSED || event.kind == EVENT_CLOSE;
    bool may_be = event.kind == EVENT_PAST_END && rng_below(rng, 2) == 0;
    if (refused || may_be) event.refusal = (uint8_t)(1 + rng_below(rng, REFUSALS - 1));
    return event;
}

static void no_field_of_any_event_commands_a_terminal(void **state) {
    char memory[EVENT_SLICES][HOSTILE_MAX];
    (void)state;
    for (size_t m = 0; m < MANNERS; m++) {
        struct rng rng = {m + 1};
        for (int run = 0; run < RUNS * EVENT_KINDS; run++) {
            struct event event = event_random(&rng, memory);
            struct talk talk = talk_of(&manners[m]);
            struct buf out;
            buf_init(&out, out_memory, OUT_MAX);
            dialect_encode(dialect_view(&talk, event.room), &event, &out);
            dialect_answer(&talk, &event, &out);
            assert_true(buf_ok(&out));
            assert_harmless(&manners[m], buf_slice(&out));
        }
    }
}

/* The hub's mark between the fields of a list is in no name. */
static void put_name(struct buf *out, struct slice name) {
    for (size_t i = 0; i < name.size; i++)
        buf_byte(out, name.at[i] == '\t' ? ' ' : name.at[i]);
}

/* A list's lines hold names and topics between the hub's marks. */
static void no_list_commands_a_terminal(void **state) {
    char memory[HOSTILE_MAX], list[4 * HOSTILE_MAX];
    (void)state;
    for (size_t m = 0; m < MANNERS; m++) {
        struct rng rng = {m + 1};
        for (int run = 0; run < RUNS; run++) {
            struct talk talk = talk_of(&manners[m]);
            struct buf text, out;
            buf_init(&text, list, sizeof list);
            buf_text(&text, run % 3 == 0 ? "ban\t" : "12\t");
            put_name(&text, hostile(&rng, memory));
            buf_text(&text, "\t3\t");
            buf_put(&text, hostile(&rng, memory));
            buf_text(&text, "\n");
            static const enum event_kind lists[] = {EVENT_RESTRAINTS, EVENT_ROOMS, EVENT_NAMES};
            struct event event = {.kind = lists[run % 3],
                                  .room_name = hostile(&rng, memory),
                                  .text = buf_slice(&text)};
            buf_init(&out, out_memory, OUT_MAX);
            dialect_answer(&talk, &event, &out);
            assert_true(buf_ok(&out));
            assert_harmless(&manners[m], buf_slice(&out));
        }
    }
}

/* What each session sends for a message of this text by somebody else. */
static struct slice said(const struct manner *manner, const char *text) {
    struct talk talk = talk_of(manner);
    struct event event = {.kind = EVENT_SAID,
                          .room = {1},
                          .author = {7},
                          .author_name = slice_of("ann"),
                          .room_name = slice_of("tea"),
                          .text = slice_text(text)};
    static struct buf out;
    buf_init(&out, out_memory, OUT_MAX);
    dialect_encode(dialect_view(&talk, event.room), &event, &out);
    return buf_slice(&out);
}

static void nobody_can_write_a_servers_line(void **state) {
    static const char *const texts[] = {"* error: no", "$$joined: x",    "$$error: x",
                                        "400|0|0|x",   "a\n* error: no", "a\n$$joined: x"};
    (void)state;
    for (size_t m = 0; m < MANNERS; m++) {
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            struct slice lines = said(&manners[m], texts[t]);
            while (lines.size > 0) {
                struct slice line = slice_until(&lines, '\n');
                enum dialect_kind kind = manners[m].dialect;
                bool star = kind == DIALECT_LINE || kind == DIALECT_FRIENDLY;
                if (star) assert_false(slice_starts(line, slice_of("* ")));
                if (kind == DIALECT_DOLLAR) assert_false(slice_starts(line, slice_of("$$")));
                if (kind == DIALECT_PIPE) assert_true(slice_starts(line, slice_of("100|7|")));
            }
        }
    }
}

static void a_message_of_several_lines_has_its_author_on_each(void **state) {
    (void)state;
    assert_true(slice_equal(said(&manners[0], "one\ntwo"), slice_of("ann: one\r\nann: two\r\n")));
    assert_true(slice_equal(said(&manners[1], "one\ntwo"), slice_of("ann: one\nann: two\n")));
    assert_true(slice_equal(said(&manners[4], "one\ntwo"), slice_of("100|7|one\n100|7|two\n")));
    assert_true(slice_equal(said(&manners[6], "one\ntwo"), slice_of("ann: one\nann: two\n")));
}

/* Commands that a line gave. */
struct given {
    struct decoder decoder; /* first: what the dialect sees */
    uint32_t count;
    enum command_kind kind;
    uint8_t refusal;
};

static void on_give(struct decoder *decoder, struct command *command) {
    struct given *given = (struct given *)decoder;
    given->count++;
    given->kind = command->kind;
    given->refusal = command->refusal;
}

static struct given give(const struct manner *manner, struct slice line) {
    struct talk talk = talk_of(manner);
    struct name_rules *rules = name_rules_new();
    struct given given = {.decoder = {.give = on_give, .names = rules}};
    talk.number = 7;
    talk.first_line_read = true;
    assert_non_null(rules);
    assert_int_equal(dialect_line_in(&talk, line, &given.decoder), DECODED);
    name_rules_free(rules);
    return given;
}

static void what_is_no_text_is_refused_in_every_dialect(void **state) {
    static const char nul[] = "a\0b";
    (void)state;
    for (size_t m = 0; m < MANNERS; m++) {
        assert_int_equal(give(&manners[m], slice_of("a\xc0\xaf")).refusal, REFUSED_NOT_UTF8);
        assert_int_equal(give(&manners[m], slice_of("\xed\xa0\x80")).refusal, REFUSED_NOT_UTF8);
        assert_int_equal(give(&manners[m], slice_of("\x9b")).refusal, REFUSED_NOT_UTF8);
        assert_int_equal(give(&manners[m], slice_of("a\rb")).refusal, REFUSED_BAD_CHARACTER);
        assert_int_equal(give(&manners[m], (struct slice){nul, 3}).refusal, REFUSED_BAD_CHARACTER);
    }
}

/* The session counts on it: before a line it has made room for one command. */
static void a_line_gives_the_hub_one_command_at_most(void **state) {
    char memory[HOSTILE_MAX], line[HOSTILE_MAX * 2];
    static const char *const starts[] = {
        "",           "/",        "/nick ",   "/join ",      "/kick ",
        "100|7|",     "102|7|",   "106|7|x|", "reg$",        "send_msg$local$x$",
        "/history ",  "/msg a ",  "/edit 7 ", "/edit @a 7 ", "/ban ",
        "/mode key ", "/role a ", "/resume ", "/purge a 1 ", "/rename ",
        "/mute a ",   "/read ",   "/search "};
    (void)state;
    for (size_t m = 0; m < MANNERS; m++) {
        struct rng rng = {m + 1};
        for (int run = 0; run < RUNS; run++) {
            struct buf text;
            buf_init(&text, line, sizeof line);
            buf_text(&text, starts[rng_below(&rng, sizeof starts / sizeof *starts)]);
            buf_put(&text, hostile(&rng, memory));
            assert_true(give(&manners[m], buf_slice(&text)).count <= 1);
        }
        assert_int_equal(give(&manners[m], slice_of("")).count, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_field_of_any_event_commands_a_terminal),
        cmocka_unit_test(no_list_commands_a_terminal),
        cmocka_unit_test(nobody_can_write_a_servers_line),
        cmocka_unit_test(a_message_of_several_lines_has_its_author_on_each),
        cmocka_unit_test(what_is_no_text_is_refused_in_every_dialect),
        cmocka_unit_test(a_line_gives_the_hub_one_command_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
