/* screen.c: cells to the terminal, keys from it. */
#include "client/screen.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

/* How a colour looks where there are 2^24, 256, or 16 or 8 of them; -1: the terminal's own. */
static const struct {
    int rgb;
    short of_256, of_8;
    bool dim;
} colours[STYLE_COLOURS] = {
    [STYLE_TEXT] = {-1, -1, -1, false},
    [STYLE_QUIET] = {0x8a8a8a, 245, -1, true},
    [STYLE_ACCENT] = {0x5fafff, 75, COLOR_CYAN, false},
    [STYLE_MENTION] = {0xffaf00, 214, COLOR_YELLOW, false},
    [STYLE_ERROR] = {0xff5f5f, 203, COLOR_RED, false},
    [STYLE_GOOD] = {0x5fd787, 78, COLOR_GREEN, false},
    [STYLE_NAME] = {0x5fafd7, 74, COLOR_CYAN, false},
    [STYLE_NAME + 1] = {0x87af5f, 107, COLOR_GREEN, false},
    [STYLE_NAME + 2] = {0xd7875f, 173, COLOR_YELLOW, false},
    [STYLE_NAME + 3] = {0xaf87d7, 140, COLOR_MAGENTA, false},
    [STYLE_NAME + 4] = {0x5fafaf, 73, COLOR_CYAN, false},
    [STYLE_NAME + 5] = {0xd75f87, 168, COLOR_RED, false},
    [STYLE_NAME + 6] = {0xd7af5f, 179, COLOR_YELLOW, false},
    [STYLE_NAME + 7] = {0x8787ff, 105, COLOR_BLUE, false},
    [STYLE_NAME + 8] = {0x87d787, 114, COLOR_GREEN, false},
    [STYLE_NAME + 9] = {0xd787af, 175, COLOR_MAGENTA, false},
    [STYLE_NAME + 10] = {0xaf875f, 137, COLOR_YELLOW, false},
    [STYLE_NAME + 11] = {0x87afd7, 110, COLOR_BLUE, false},
};

/* ---- opening ---- */

/* curses asks the locale how wide characters are; this one is always there. */
static bool use_utf8(void) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return utf8 != (locale_t)0 && uselocale(utf8) != (locale_t)0;
}

/* A terminal that says it shows 2^24 colours is spoken to so, where its description is here. */
static SCREEN *open_terminal(void) {
    const char *term = getenv("TERM"), *said = getenv("COLORTERM");
    char direct[128];
    bool full = said && (strcmp(said, "truecolor") == 0 || strcmp(said, "24bit") == 0);
    if (full && term && !getenv("NO_COLOR")) {
        size_t size = strcspn(term, "-");
        snprintf(direct, sizeof direct, "%.*s-direct", (int)(size < 64 ? size : 64), term);
        SCREEN *screen = newterm(direct, stdout, stdin);
        if (screen) return screen;
    }
    return newterm(NULL, stdout, stdin);
}

static void make_colours(void) {
    const char *none = getenv("NO_COLOR");
    if ((none && *none) || !has_colors() || start_color() == ERR) return;
    use_default_colors();
    for (int i = 0; i < STYLE_COLOURS; i++) {
        int colour = COLORS > 256    ? colours[i].rgb
                     : COLORS == 256 ? colours[i].of_256
                                     : colours[i].of_8;
        if (colour >= 0) init_extended_pair(i, colour, -1);
    }
}

/* Keys that terminals have sequences for and curses has no names for. */
enum {
    OWN_PASTE_BEGIN = 0x2000,
    OWN_PASTE_END,
    OWN_FOCUS_IN,
    OWN_FOCUS_OUT,
    OWN_WITH, /* + 4 * alt and control (1, 2, 3) + which of `ABCD` */
};

static void define_keys(void) {
    static const struct {
        const char *sequence;
        int code;
    } keys[] = {{"\033[200~", OWN_PASTE_BEGIN},
                {"\033[201~", OWN_PASTE_END},
                {"\033[I", OWN_FOCUS_IN},
                {"\033[O", OWN_FOCUS_OUT}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        define_key(keys[i].sequence, keys[i].code);
    for (int with = 1; with <= 3; with++) {
        for (int which = 0; which < 4; which++) { /* CSI 1 ; (1 + 2 alt + 4 control) A */
            char sequence[16];
            int modifier = 1 + (with & 1 ? 2 : 0) + (with & 2 ? 4 : 0);
            snprintf(sequence, sizeof sequence, "\033[1;%d%c", modifier, 'A' + which);
            define_key(sequence, OWN_WITH + 4 * with + which);
        }
    }
}

/* Bracketed paste, and to be told of the focus. */
static void tell_terminal(const char *words) {
    ssize_t wrote = write(STDOUT_FILENO, words, strlen(words));
    (void)wrote; /* a terminal that is gone is found by the next read */
}

/* Whatever stops the program leaves a terminal that can be typed into. */
static void leave_terminal(int number) {
    screen_close();
    signal(number, SIG_DFL);
    raise(number);
}

bool screen_open(bool mouse, const char **why) {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        *why = "this is no terminal; for pipes there is --plain";
        return false;
    }
    if (!use_utf8() || !open_terminal()) {
        *why = "the terminal that TERM names is not known here; try --plain";
        return false;
    }
    signal(SIGABRT, leave_terminal);
    signal(SIGSEGV, leave_terminal);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(40);
    make_colours();
    define_keys();
    if (mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
    tell_terminal("\033[?2004h\033[?1004h");
    return true;
}

void screen_close(void) {
    tell_terminal("\033[?2004l\033[?1004l");
    // NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c): in a crash the terminal is worth a try
    endwin();
}

/* ---- drawing ---- */

static attr_t attributes_of(const struct cell *cell) {
    int colour = cell->style & STYLE_COLOUR_MASK;
    attr_t attributes = A_NORMAL;
    if (cell->style & STYLE_BOLD) attributes |= A_BOLD;
    if (cell->style & STYLE_REVERSE) attributes |= A_REVERSE;
    if (cell->style & STYLE_UNDERLINE) attributes |= A_UNDERLINE;
    if (COLORS < 256 && colour < STYLE_COLOURS && colours[colour].dim) attributes |= A_DIM;
    return attributes;
}

static int pair_of(const struct cell *cell) {
    int colour = cell->style & STYLE_COLOUR_MASK;
    if (COLORS < 8 || colour == STYLE_TEXT || colour >= STYLE_COLOURS) return 0;
    return (COLORS < 256 && colours[colour].of_8 < 0) ? 0 : colour;
}

/* What curses would measure otherwise than we did is not given to it. */
static void draw_cell(const struct cell *cell, int row, int column) {
    wchar_t text[GLYPH_POINTS_MAX + 1] = {0};
    size_t count = 0;
    wchar_t base = (wchar_t)cell->points[0];
    bool known = wcwidth(base) == cell->width;
    text[count++] = known ? base : cell->width == 2 ? L'\uFF1F' : L'?';
    for (uint8_t i = 1; known && i < cell->count; i++)
        if (wcwidth((wchar_t)cell->points[i]) == 0) text[count++] = (wchar_t)cell->points[i];
    cchar_t drawn;
    int pair = pair_of(cell);
    if (setcchar(&drawn, text, attributes_of(cell), (short)pair, &pair) == OK)
        mvadd_wch(row, column, &drawn);
}

void screen_draw(const struct grid *grid) {
    erase();
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *cell = grid_cell(grid, row, column);
            if (cell->count > 0) draw_cell(cell, row, column);
        }
    curs_set(grid->cursor_row >= 0);
    if (grid->cursor_row >= 0) move(grid->cursor_row, grid->cursor_column);
    refresh();
}

void screen_redraw(void) {
    clearok(stdscr, TRUE);
}

void screen_bell(void) {
    beep();
}

void screen_size(int *rows, int *columns) {
    getmaxyx(stdscr, *rows, *columns);
}

/* ---- keys ---- */

static bool mouse_press(struct press *press) {
    MEVENT event;
    if (getmouse(&event) != OK) return false;
    press->row = event.y;
    press->column = event.x;
    if (event.bstate & BUTTON4_PRESSED)
        press->kind = PRESS_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        press->kind = PRESS_WHEEL_DOWN;
    else if (event.bstate & BUTTON1_PRESSED)
        press->kind = PRESS_CLICK;
    else
        return false;
    return true;
}

static const struct {
    int code;
    enum press_kind kind;
} named[] = {
    {KEY_ENTER, PRESS_ENTER},
    {KEY_BACKSPACE, PRESS_BACKSPACE},
    {KEY_DC, PRESS_DELETE},
    {KEY_LEFT, PRESS_LEFT},
    {KEY_RIGHT, PRESS_RIGHT},
    {KEY_UP, PRESS_UP},
    {KEY_DOWN, PRESS_DOWN},
    {KEY_HOME, PRESS_HOME},
    {KEY_END, PRESS_END},
    {KEY_PPAGE, PRESS_PAGE_UP},
    {KEY_NPAGE, PRESS_PAGE_DOWN},
    {KEY_BTAB, PRESS_BACK_TAB},
    {OWN_PASTE_BEGIN, PRESS_PASTE_BEGIN},
    {OWN_PASTE_END, PRESS_PASTE_END},
    {OWN_FOCUS_IN, PRESS_FOCUS},
    {OWN_FOCUS_OUT, PRESS_FOCUS},
};

static bool named_press(int code, struct press *press) {
    static const enum press_kind arrows[] = {PRESS_UP, PRESS_DOWN, PRESS_RIGHT, PRESS_LEFT};
    if (code == KEY_MOUSE) return mouse_press(press);
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        *press = (struct press){.kind = PRESS_FUNCTION, .point = (uint32_t)(code - KEY_F0)};
        return true;
    }
    if (code >= OWN_WITH) {
        int with = (code - OWN_WITH) / 4;
        press->kind = arrows[(code - OWN_WITH) % 4];
        press->alt = with & 1;
        press->control = with & 2;
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (named[i].code != code) continue;
        press->kind = named[i].kind;
        press->point = code == OWN_FOCUS_IN;
        return true;
    }
    return false;
}

static bool character_press(wint_t character, struct press *press) {
    press->kind = PRESS_CHARACTER;
    press->point = (uint32_t)character;
    if (character == '\r' || character == '\n') {
        press->kind = PRESS_ENTER;
    } else if (character == '\t') {
        press->kind = PRESS_TAB;
    } else if (character == 0x7F || character == 8) {
        press->kind = PRESS_BACKSPACE;
    } else if (character == 26) {
        kill(getpid(), SIGTSTP); /* curses puts the terminal in order around it */
        return false;
    } else if (character == 12) {
        screen_redraw();
        return false;
    } else if (character < 27 && character > 0) {
        press->kind = PRESS_CONTROL;
        press->point = 'a' + (uint32_t)character - 1;
    } else if (character < ' ') {
        return false;
    }
    return character < 0xD800 || (character > 0xDFFF && character <= 0x10FFFF);
}

/* A key that nobody here knows: its sequence is not typed (ECMA-48 section 5.4). */
static void skip_sequence(void) {
    wint_t character;
    while (get_wch(&character) == OK && (character < 0x40 || character > 0x7E))
        continue;
}

/* Escape alone, or what was pressed with Alt. */
static bool escape_press(struct press *press, bool *resized) {
    wint_t character;
    int result = get_wch(&character);
    if (result == KEY_CODE_YES && character == KEY_RESIZE) *resized = true;
    if (result == OK && (character == '[' || character == 'O')) {
        skip_sequence();
        return false;
    }
    if (result == OK && character != 27 && character_press(character, press)) {
        press->alt = true;
        return true;
    }
    if (result == KEY_CODE_YES && named_press((int)character, press)) {
        press->alt = true;
        return true;
    }
    *press = (struct press){.kind = PRESS_ESCAPE};
    return true;
}

bool screen_take(struct press *press, bool *resized) {
    for (;;) {
        wint_t character;
        int result = get_wch(&character);
        *press = (struct press){0};
        if (result == ERR) return false;
        if (result == KEY_CODE_YES && character == KEY_RESIZE) {
            *resized = true;
            continue;
        }
        if (result == KEY_CODE_YES && named_press((int)character, press)) return true;
        if (result == OK && character == 27 && escape_press(press, resized)) return true;
        if (result == OK && character == 27) continue;
        if (result == OK && character_press(character, press)) return true;
    }
}
