/* test_client_screen.c: what the terminal client shows: widths, hostile text, whole screens, and
 * the line being typed. THREATS 44, 45, 59. */
#include "test_client_play.h"

#include <locale.h>
#include <wchar.h>

/* ---- glyphs ---- */

static void test_widths(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } known[] = {
        {"", 0},
        {"abc", 3},
        {"é", 1},
        {"e\u0301", 1},
        {"日本", 4},
        {"한국", 4},
        {"ㄱ", 2},
        {"👍", 2},
        {"👍\U0001F3FD", 2},
        {"👩\u200D👩\u200D👧", 6},
        {"❤\uFE0F", 1},
        {"\u202Eabc", 3},
        {"a\u200Bb", 2},
        {"\t", 1},
        {"\u0301", 1},
        {"\x1b[31m", 5},
        {"\u2067x\u2069", 1},
        {"\u1112\u1161\u11AB", 2},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(glyph_width(slice_text(known[i].text)), known[i].width);
}

/* What curses would measure otherwise is shown as a question mark: the hexagrams of the I Ching. */
static void test_curses_measures_as_we_do(void **state) {
    (void)state;
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    assert_true(utf8 != (locale_t)0);
    locale_t old = uselocale(utf8);
    size_t differ = 0, all = 0;
    for (uint32_t point = ' '; point <= 0x10FFFF; point++) {
        if (point >= 0xD800 && point <= 0xDFFF) continue;
        char memory[UTF8_SIZE_MAX];
        struct buf bytes;
        struct glyph glyph;
        buf_init(&bytes, memory, sizeof memory);
        utf8_put(&bytes, point);
        struct slice text = buf_slice(&bytes);
        if (!glyph_take(&text, &glyph)) continue;
        all++;
        int width = wcwidth((wchar_t)glyph.points[0]); /* -1: the C library does not know it */
        if (width >= 0 && width != glyph.width) differ++;
        assert_true(glyph.width == 1 || glyph.width == 2);
    }
    uselocale(old);
    freelocale(utf8);
    assert_true(all > 1000000);
    assert_true(differ <= 100);
}

static void test_threat_045_marks_are_few_and_widths_bounded(void **state) {
    (void)state;
    char text[4096] = "e";
    for (int i = 0; i < 1000; i++)
        memcpy(text + 1 + (size_t)i * 2, "\xcc\x81", 2);
    struct slice rest = slice_text(text);
    struct glyph glyph;
    assert_true(glyph_take(&rest, &glyph));
    assert_int_equal(glyph.count, GLYPH_POINTS_MAX);
    assert_int_equal(rest.size, 0);
    for (int i = 0; i < 1000; i++)
        memcpy(text + (size_t)i * 3, "\xef\xb7\xbd", 4); /* U+FDFD */
    assert_int_equal(glyph_width(slice_text(text)), 1000);
}

static void test_lines_are_cut_at_blanks(void **state) {
    (void)state;
    static const char *const lines[] = {"one two",  "three", "日本日本", "日本x",
                                        "verylong", "word",  "",         "end"};
    struct slice text = slice_text("one two three 日本日本日本x verylongword\n\nend"), line;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t size = glyph_wrap(text, 8, &line);
        assert_true(size > 0);
        assert_true(slice_equal(line, slice_text(lines[i])));
        text = slice_from(text, size);
    }
    assert_int_equal(text.size, 0);
}

/* ---- hostile text ---- */

/* A row where somebody spoke: time, name and text each in their columns. */
static void expect_columns(struct play *play, const char *name, int row) {
    struct grid grid;
    struct panes panes = layout_panes(play->model);
    assert_true(grid_init(&grid, play->model->rows, play->model->columns));
    layout_draw(play->model, &grid);
    assert_int_equal(grid_cell(&grid, row, panes.left + 2)->points[0], ':');
    int column = panes.text_left - 1 - (int)strlen(name);
    for (const char *at = name; *at; at++, column++)
        assert_int_equal(grid_cell(&grid, row, column)->points[0], *at);
    assert_int_equal(grid_cell(&grid, row, panes.text_left - 1)->points[0], ' ');
    for (int i = 0; i < grid.rows; i++) {
        int width = 0;
        for (int j = 0; j < grid.columns; j++)
            width += grid_cell(&grid, i, j)->width;
        assert_int_equal(width, grid.columns);
    }
    grid_deinit(&grid);
}

static void test_threat_044_directional_controls_are_left_out(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "\\u202egnirts\\u2066 \\u05e9\\u05dc\\u05d5\\u05dd 12", "");
    expect_columns(play, "bob", 21);
    const char *screen = look(play);
    assert_null(strstr(screen, "\u202e"));
    assert_null(strstr(screen, "\u2066"));
    assert_non_null(strstr(screen, "bob\u200e") ? "" : strstr(screen, "bob \u200eg"));
}

static void test_threat_059_nobody_can_look_like_us(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "hi\\n20:00            — carol came in\\n20:01 alice yes", "");
    expect_columns(play, "bob", 19);
    struct panes panes = layout_panes(play->model);
    struct grid grid;
    assert_true(grid_init(&grid, 24, 80));
    layout_draw(play->model, &grid);
    for (int row = 20; row <= 21; row++) /* nothing of the text is left of its column */
        for (int column = panes.left; column < panes.text_left; column++)
            assert_int_equal(grid_cell(&grid, row, column)->points[0], ' ');
    grid_deinit(&grid);
}

static void test_controls_are_pictures(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "\\u001b]0;title\\u0007\\u009b2J\\rxy", "");
    expect_seen(play, "␛]0;title␇�2J␍xy");
    hear(play, "{\"type\": \"topic\", \"room\": 1, \"seq\": 12, \"time\": 1, \"from\": {\"id\": 9, "
               "\"name\": \"bob\"}, \"text\": \"\\u001b[2J\"}");
    expect_seen(play, "lobby  ␛[2J");
}

/* ---- screens ---- */

static void fill(struct play *play) {
    hear(play,
         "{\"type\": \"members\", \"room\": 1, \"members\": [{\"name\": \"alice\", \"role\": "
         "\"member\"}, {\"name\": \"bob\", \"role\": \"owner\"}, {\"name\": \"日本\", \"role\": "
         "\"voice\", \"away\": true}, {\"name\": \"logs\", \"role\": \"member\", \"bot\": true}], "
         "\"end\": true}");
    hear(play, "{\"type\": \"topic\", \"room\": 1, \"seq\": 11, \"time\": 1795204800000, \"from\": "
               "{\"id\": 9, \"name\": \"bob\"}, \"text\": \"Tea, and what else there is\"}");
    hear_said(play, 1, 12, "bob", "Good evening! Has anybody seen the kettle?", "");
    hear_said(play, 1, 13, "日本",
              "台所にあります。やかんは左の棚の上、大きな鍋の後ろに置いてあります。", "");
    hear_said(play, 1, 14, "dana",
              "e\u0301 combining, 👩\u200d👧 joined, \u05e9\u05dc\u05d5\u05dd"
              " from the right",
              "");
    hear_said(play, 1, 15, "bob",
              "thank you, alice, and everybody else who was looking for it "
              "all day long",
              ", \"reply\": 13");
    hear(play, "{\"type\": \"reacted\", \"room\": 1, \"seq\": 16, \"target\": 15, \"reaction\": "
               "\"🎉\", \"from\": {\"id\": 7, \"name\": \"alice\"}}");
    enter_room(play, 2, "ops", 5);
    hear_said(play, 2, 6, "bob", "alice: the disk", "");
    enter_room(play, 3, "a-room-with-a-long-name", 5);
    hear_said(play, 3, 6, "bob", "x", "");
    hear_said(play, 41, 1, "carol", "psst", ", \"with\": {\"id\": 99, \"name\": \"carol\"}");
    enter(play, "on its way");
    type(play, "a line that is being typed");
}

static void test_screen_of_80x24(void **state) {
    struct play *play = *state;
    fill(play);
    expect_screen(play, "client-80x24");
}

static void test_screen_of_200x60(void **state) {
    struct play *play = *state;
    fill(play);
    model_resize(play->model, 60, 200);
    expect_screen(play, "client-200x60");
}

static void test_screen_of_40x12(void **state) {
    struct play *play = *state;
    fill(play);
    model_resize(play->model, 12, 40);
    expect_screen(play, "client-40x12");
}

static void test_every_size_can_be_drawn(void **state) {
    struct play *play = *state;
    fill(play);
    for (int rows = 1; rows < 30; rows++)
        for (int columns = 1; columns < 130; columns += 3) {
            model_resize(play->model, rows, columns);
            look(play);
            press(play, PRESS_PAGE_UP);
            look(play);
            press(play, PRESS_END);
        }
}

/* ---- typing ---- */

static struct slice line_of(const struct play *play) {
    return edit_slice(&play->model->edit);
}

#define assert_line(play, text) assert_true(slice_equal(line_of(play), slice_text(text)))

static void test_names_rooms_commands_and_emoji_are_completed(void **state) {
    struct play *play = *state;
    fill(play);
    press_with(play, PRESS_CONTROL, 'u');
    type(play, "bo");
    press(play, PRESS_TAB);
    assert_line(play, "bob: ");
    type(play, "and D");
    press(play, PRESS_TAB);
    assert_line(play, "bob: and dana ");
    type(play, "in #o");
    press(play, PRESS_TAB);
    assert_line(play, "bob: and dana in #ops ");
    type(play, ":tad");
    press(play, PRESS_TAB);
    assert_line(play, "bob: and dana in #ops 🎉 ");
    press_with(play, PRESS_CONTROL, 'u');
    type(play, "/sea");
    press(play, PRESS_TAB);
    assert_line(play, "/search ");
    press_with(play, PRESS_CONTROL, 'u');
    type(play, "/join a-");
    press(play, PRESS_TAB);
    assert_line(play, "/join a-room-with-a-long-name ");
}

static void test_tab_goes_through_what_fits_and_back(void **state) {
    struct play *play = *state;
    type(play, ":ar");
    press(play, PRESS_TAB);
    assert_line(play, "⬇ ");
    press(play, PRESS_TAB);
    assert_line(play, "⬅ ");
    press(play, PRESS_BACK_TAB);
    assert_line(play, "⬇ ");
    type(play, "x");
    assert_line(play, "⬇ x");
}

static void test_the_cursor_moves_by_grapheme(void **state) {
    struct play *play = *state;
    type(play, "ae\u0301👩\u200D👧b");
    press(play, PRESS_LEFT);
    press(play, PRESS_BACKSPACE);
    assert_line(play, "ae\u0301b");
    press(play, PRESS_BACKSPACE);
    assert_line(play, "ab");
    press_with(play, PRESS_CONTROL, 'a');
    press(play, PRESS_DELETE);
    assert_line(play, "b");
}

static void test_words_are_cut_and_put_back(void **state) {
    struct play *play = *state;
    type(play, "one two three");
    press_with(play, PRESS_CONTROL, 'w');
    assert_line(play, "one two ");
    press_with(play, PRESS_CONTROL, 'a');
    press_with(play, PRESS_CONTROL, 'y');
    assert_line(play, "threeone two ");
    press_with(play, PRESS_CONTROL, 'k');
    assert_line(play, "three");
}

static void test_what_was_typed_comes_back(void **state) {
    struct play *play = *state;
    enter(play, "first");
    enter(play, "second");
    type(play, "draft");
    press(play, PRESS_UP);
    press(play, PRESS_UP);
    assert_line(play, "first");
    press(play, PRESS_DOWN);
    press(play, PRESS_DOWN);
    assert_line(play, "draft");
}

static void test_what_is_pasted_is_not_sent_line_by_line(void **state) {
    struct play *play = *state;
    press(play, PRESS_PASTE_BEGIN);
    enter(play, "/quit");
    type(play, "two");
    press(play, PRESS_PASTE_END);
    assert_line(play, "/quit\ntwo");
    assert_false(play->model->quit);
    expect_nothing_sent(play);
}

static void test_a_draft_stays_in_its_room(void **state) {
    struct play *play = *state;
    enter_room(play, 2, "ops", 5);
    type(play, "for the lobby");
    press_alt(play, PRESS_CHARACTER, '3');
    assert_line(play, "");
    press_alt(play, PRESS_CHARACTER, '2');
    assert_line(play, "for the lobby");
}

static void test_a_selected_message_is_answered_and_reacted_to(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "question", "");
    hear_said(play, 1, 12, "alice", "mine", "");
    press_alt(play, PRESS_UP, 0);
    press_alt(play, PRESS_UP, 0);
    press_with(play, PRESS_CHARACTER, 'r');
    enter(play, "answer");
    expect_sent(play, "\"text\":\"answer\",\"reply\":11");
    press_alt(play, PRESS_UP, 0);
    press_with(play, PRESS_CHARACTER, 'e');
    assert_line(play, "mine");
    enter(play, " own");
    expect_sent(play, "\"target\":12,\"text\":\"mine own\"");
    enter(play, "/react tada");
    expect_sent(play, "\"target\":11,\"reaction\":\"🎉\"");
}

static void test_a_click_goes_where_it_points(void **state) {
    struct play *play = *state;
    fill(play);
    model_press(play->model, &(struct press){.kind = PRESS_CLICK, .row = 3, .column = 4});
    assert_string_equal(model_room(play->model)->name, "ops");
    model_press(play->model, &(struct press){.kind = PRESS_CLICK, .row = 2, .column = 4});
    look(play);
    model_press(play->model, &(struct press){.kind = PRESS_CLICK, .row = 21, .column = 40});
    assert_int_equal(model_room(play->model)->selected, 0); /* that one is on its way */
    model_press(play->model, &(struct press){.kind = PRESS_CLICK, .row = 19, .column = 40});
    const struct entry *entry =
        room_find_id(model_room(play->model), model_room(play->model)->selected);
    assert_non_null(entry);
    assert_int_equal(entry->seq, 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_curses_measures_as_we_do),
        cmocka_unit_test(test_threat_045_marks_are_few_and_widths_bounded),
        cmocka_unit_test(test_lines_are_cut_at_blanks),
        PLAY(test_threat_044_directional_controls_are_left_out),
        PLAY(test_threat_059_nobody_can_look_like_us),
        PLAY(test_controls_are_pictures),
        PLAY(test_screen_of_80x24),
        PLAY(test_screen_of_200x60),
        PLAY(test_screen_of_40x12),
        PLAY(test_every_size_can_be_drawn),
        PLAY(test_names_rooms_commands_and_emoji_are_completed),
        PLAY(test_tab_goes_through_what_fits_and_back),
        PLAY(test_the_cursor_moves_by_grapheme),
        PLAY(test_words_are_cut_and_put_back),
        PLAY(test_what_was_typed_comes_back),
        PLAY(test_what_is_pasted_is_not_sent_line_by_line),
        PLAY(test_a_draft_stays_in_its_room),
        PLAY(test_a_selected_message_is_answered_and_reacted_to),
        PLAY(test_a_click_goes_where_it_points),
    };
    return cmocka_run_group_tests_name("client_screen", tests, NULL, NULL);
}
