/* dialog.c: transcripts against the pure server. */
#include "sim/dialog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "sim/manners.h"
#include "sim/pattern.h"
#include "sim/world.h"

enum { PLAYERS_MAX = 64, LINE_CAP = 1 << 17, FIRST_PORT = 1001 };

struct player {
    char name[NAME_CAP];
    size_t name_size;
    uint32_t peer;
    struct manner manner;
    bool saw_close; /* or it was shown to her in the transcript */
};

struct dialog {
    struct world world;
    struct player players[PLAYERS_MAX]; /* the last of a name counts */
    uint32_t player_count;
    struct names names;
    uint32_t number; /* of the line being played */
    char wanted[512], got[512];
    char line[LINE_CAP], typed[LINE_CAP];
};

/* What went wrong, cut to what fits. */
static bool fail(struct dialog *dialog, struct slice wanted, struct slice got) {
    (void)snprintf(dialog->wanted, sizeof dialog->wanted, "%.*s", (int)wanted.size, wanted.at);
    (void)snprintf(dialog->got, sizeof dialog->got, "%.*s", (int)got.size, got.at);
    return false;
}

static struct player *player_named(struct dialog *dialog, struct slice name) {
    for (uint32_t i = dialog->player_count; i-- > 0;) {
        struct player *player = &dialog->players[i];
        if (slice_equal(name, (struct slice){player->name, player->name_size})) return player;
    }
    return NULL;
}

/* The next line that she has not read, without its end. Answers to telnet's options are no text. */
static bool line_next(struct dialog *dialog, struct player *player, struct slice *line) {
    struct peer *peer = &dialog->world.peers[player->peer];
    while (peer->size - peer->read >= 3 && peer->bytes[peer->read] == '\xff')
        peer->read += 3;
    struct slice rest = {peer->bytes + peer->read, peer->size - peer->read};
    if (peer->size == peer->read) return false;
    const char *end = memchr(rest.at, '\n', rest.size);
    *line = end ? slice_head(rest, (size_t)(end - rest.at)) : rest;
    peer->read += line->size + (end ? 1 : 0);
    if (line->size > 0 && line->at[line->size - 1] == '\r') line->size--;
    return true;
}

static bool address_of(struct slice ip, uint32_t port, struct address *address, struct buf *text) {
    buf_put(text, ip);
    buf_byte(text, ':');
    buf_number(text, port);
    return address_parse(buf_slice(text), address);
}

static bool player_use(struct dialog *dialog, struct slice rest) {
    if (dialog->player_count == PLAYERS_MAX) return fail(dialog, slice_of("fewer people"), rest);
    struct player *player = &dialog->players[dialog->player_count];
    struct slice name = slice_word(&rest), dialect = slice_word(&rest);
    struct slice ip = slice_of("127.0.0.1");
    if (name.size == 0 || name.size > NAME_CAP) return fail(dialog, slice_of("a name"), name);
    *player = (struct player){.name_size = name.size};
    memcpy(player->name, name.at, name.size);
    if (!manner_of(dialect, &player->manner)) return fail(dialog, slice_of("a dialect"), dialect);
    while (rest.size > 0) {
        struct slice option = slice_word(&rest);
        if (option.size == 0) break;
        if (slice_starts(option, slice_of("from=")))
            ip = slice_from(option, 5);
        else if (!manner_set(&player->manner, option))
            return fail(dialog, slice_of("an option"), option);
    }
    char memory[ADDRESS_TEXT_SIZE_MAX + 8], variable[NAME_CAP + 8];
    struct buf text, key;
    struct address address;
    buf_init(&text, memory, sizeof memory);
    buf_init(&key, variable, sizeof variable);
    buf_text(&key, "addr.");
    buf_put(&key, name);
    if (!address_of(ip, FIRST_PORT + dialog->player_count, &address, &text))
        return fail(dialog, slice_of("an address"), ip);
    check(names_set(&dialog->names, buf_slice(&key), buf_slice(&text)));
    uint16_t worker = (uint16_t)(dialog->player_count % WORLD_WORKERS);
    player->peer = world_connect(&dialog->world, worker, address, &player->manner, true);
    if (player->peer == UINT32_MAX) return fail(dialog, slice_of("a free slot"), name);
    dialog->player_count++;
    return true;
}

static bool hear(struct dialog *dialog, struct player *player, struct slice bytes) {
    if (!dialog->world.peers[player->peer].open)
        return fail(dialog, slice_of("an open connection"), slice_of("a closed one"));
    world_hear(&dialog->world, player->peer, bytes);
    return true;
}

static bool type(struct dialog *dialog, struct player *player, struct slice text) {
    struct buf line;
    struct slice unknown;
    buf_init(&line, dialog->typed, sizeof dialog->typed);
    if (!names_fill(&dialog->names, text, &line, &unknown))
        return fail(dialog, slice_of("a name that is known"), unknown);
    buf_byte(&line, '\n');
    return hear(dialog, player, buf_slice(&line));
}

static bool hex_digit(char c, unsigned *value) {
    const char *digits = "0123456789abcdef", *at = memchr(digits, c | 0x20, 16);
    if (c >= '0' && c <= '9') at = digits + (c - '0');
    if (!at) return false;
    *value = *value << 4 | (unsigned)(at - digits);
    return true;
}

/* One character or escape off *text. */
static bool unescape(struct slice *text, struct buf *out) {
    static const char marks[] = "rnt0\\\"", meanings[] = "\r\n\t\0\\\"";
    char c = text->at[0];
    *text = slice_from(*text, 1);
    if (c != '\\') {
        buf_byte(out, c);
        return true;
    }
    if (text->size == 0) return false;
    c = text->at[0];
    *text = slice_from(*text, 1);
    if (c == 'x') {
        unsigned value = 0;
        if (text->size < 2 || !hex_digit(text->at[0], &value) || !hex_digit(text->at[1], &value))
            return false;
        *text = slice_from(*text, 2);
        buf_byte(out, (char)value);
        return true;
    }
    const char *mark = memchr(marks, c, sizeof marks - 1);
    if (mark) buf_byte(out, meanings[mark - marks]);
    return mark != NULL;
}

static bool type_raw(struct dialog *dialog, struct player *player, struct slice quoted) {
    struct buf bytes, filled;
    struct slice unknown, text = slice_trim(quoted);
    if (text.size < 2 || text.at[0] != '"' || text.at[text.size - 1] != '"')
        return fail(dialog, slice_of("bytes in quotes"), quoted);
    text = slice_from(slice_head(text, text.size - 1), 1);
    buf_init(&filled, dialog->line, sizeof dialog->line);
    buf_init(&bytes, dialog->typed, sizeof dialog->typed);
    if (!names_fill(&dialog->names, text, &filled, &unknown))
        return fail(dialog, slice_of("a name that is known"), unknown);
    text = buf_slice(&filled);
    while (text.size > 0)
        if (!unescape(&text, &bytes)) return fail(dialog, slice_of("an escape"), text);
    return hear(dialog, player, buf_slice(&bytes));
}

static bool reads(struct dialog *dialog, struct player *player, struct slice wanted, bool pattern) {
    struct slice got, unknown;
    struct buf filled;
    bool bad = false;
    buf_init(&filled, dialog->line, sizeof dialog->line);
    if (!names_fill(&dialog->names, wanted, &filled, &unknown))
        return fail(dialog, slice_of("a name that is known"), unknown);
    wanted = buf_slice(&filled);
    if (!line_next(dialog, player, &got)) return fail(dialog, wanted, slice_of("nothing"));
    bool same =
        pattern ? pattern_match(wanted, got, &dialog->names, &bad) : slice_equal(wanted, got);
    if (bad) return fail(dialog, slice_of("a regular expression"), wanted);
    return same || fail(dialog, wanted, got);
}

static bool reads_close(struct dialog *dialog, struct player *player) {
    struct slice got;
    if (line_next(dialog, player, &got)) return fail(dialog, slice_of("closed"), got);
    if (dialog->world.peers[player->peer].open)
        return fail(dialog, slice_of("closed"), slice_of("an open connection"));
    player->saw_close = true;
    return true;
}

static bool ends(struct dialog *dialog, struct player *player, struct slice how) {
    if (!dialog->world.peers[player->peer].open)
        return fail(dialog, slice_of("an open connection"), slice_of("a closed one"));
    if (slice_equal(how, slice_of("eof")))
        world_hear_end(&dialog->world, player->peer);
    else if (slice_equal(how, slice_of("lost")))
        world_lose(&dialog->world, player->peer);
    else
        return fail(dialog, slice_of("eof or lost"), how);
    return true;
}

/* Somebody's line: the mark behind her name says what it is. */
static bool play_player(struct dialog *dialog, struct slice word, struct slice rest) {
    size_t size = 0;
    while (size < word.size && word.at[size] != '<' && word.at[size] != '>' && word.at[size] != '!')
        size++;
    struct player *player = player_named(dialog, slice_head(word, size));
    struct slice mark = slice_from(word, size);
    if (!player) return fail(dialog, slice_of("somebody who came"), word);
    if (slice_equal(mark, slice_of(">"))) return type(dialog, player, rest);
    if (slice_equal(mark, slice_of("<"))) return reads(dialog, player, rest, false);
    if (slice_equal(mark, slice_of("<~"))) return reads(dialog, player, rest, true);
    if (slice_equal(mark, slice_of("<!"))) return reads_close(dialog, player);
    if (slice_equal(mark, slice_of("!"))) return ends(dialog, player, slice_trim(rest));
    return fail(dialog, slice_of("one of  >  <  <~  <!  !"), word);
}

static bool play_raw(struct dialog *dialog, struct slice rest) {
    struct slice word = slice_word(&rest);
    struct player *player = NULL;
    if (word.size > 1 && word.at[word.size - 1] == '>')
        player = player_named(dialog, slice_head(word, word.size - 1));
    if (!player) return fail(dialog, slice_of("raw NAME> of somebody who came"), word);
    return type_raw(dialog, player, rest);
}

static bool play_wait(struct dialog *dialog, struct slice rest) {
    uint64_t ms;
    if (!slice_number(slice_trim(rest), 86400000, &ms))
        return fail(dialog, slice_of("milliseconds"), rest);
    dialog->world.mono_ms += ms;
    dialog->world.wall_ms += (int64_t)ms;
    return true;
}

static bool play_restart(struct dialog *dialog) {
    world_crash(&dialog->world);
    if (world_start(&dialog->world)) return true;
    return fail(dialog, slice_of("the same rooms"), slice_of("others"));
}

static bool play_line(struct dialog *dialog, struct slice line) {
    struct slice rest = line, word = slice_word(&rest);
    if (word.size == 0 || word.at[0] == '#') return true;
    if (slice_equal(word, slice_of("use"))) return player_use(dialog, rest);
    if (slice_equal(word, slice_of("raw"))) return play_raw(dialog, rest);
    if (slice_equal(word, slice_of("wait"))) return play_wait(dialog, rest);
    if (slice_equal(word, slice_of("restart"))) return play_restart(dialog);
    return play_player(dialog, word, rest);
}

static bool play(struct dialog *dialog, struct slice script) {
    while (script.size > 0) {
        dialog->number++;
        if (!play_line(dialog, slice_until(&script, '\n'))) return false;
        world_settle(&dialog->world);
        world_verify(&dialog->world);
    }
    for (uint32_t i = 0; i < dialog->player_count; i++) {
        struct slice got;
        struct player *player = &dialog->players[i];
        if (line_next(dialog, player, &got)) return fail(dialog, slice_of("nothing more"), got);
    }
    return true;
}

static bool file_read(const char *path, char **script, size_t *size) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    size_t cap = 0, got = 1;
    *size = 0;
    *script = NULL;
    while (got > 0) {
        if (*size == cap) {
            cap = cap * 2 + 65536;
            *script = realloc(*script, cap);
            check(*script != NULL);
        }
        got = fread(*script + *size, 1, cap - *size, file);
        *size += got;
    }
    bool ok = !ferror(file);
    return fclose(file) == 0 && ok;
}

static bool play_file(const char *path) {
    char *script = NULL;
    size_t size = 0;
    if (!file_read(path, &script, &size)) {
        printf("not ok %s: cannot be read: %s\n", path, strerror(errno));
        free(script);
        return false;
    }
    struct dialog *dialog = calloc(1, sizeof *dialog);
    check(dialog != NULL);
    world_init(&dialog->world, 1);
    bool ok = world_start(&dialog->world) && play(dialog, (struct slice){script, size});
    if (ok)
        printf("ok %s\n", path);
    else
        printf("not ok %s: line %u: wanted '%s', got '%s'\n", path, dialog->number, dialog->wanted,
               dialog->got);
    (void)fflush(stdout);
    world_deinit(&dialog->world);
    free(dialog);
    free(script);
    return ok;
}

int dialog_main(int argc, char **argv) {
    int result = 0;
    if (argc < 2) {
        (void)fprintf(stderr, "usage: dialog FILE...\n");
        return 64;
    }
    for (int i = 1; i < argc; i++)
        if (!play_file(argv[i])) result = 1;
    return result;
}
