/* irc_room_mode.c: modes of rooms: asked for, several set in one line, told to the room as one
 * line, and the lists of masks (modern.ircdocs.horse, "MODE message" and "Channel modes").
 *
 * `t` and `n` are what a room is at first: the hub knows of what they forbid. `a` is taken for `o`
 * and `h` for `v`. A mask of names alone, `nick!*@*`, is kept as the other dialects write it.
 * Behind `m:` a mask mutes, behind `a:` it is of accounts (ircv3.net, account-extban). */
#include "base/check.h"
#include "chat/modes.h"
#include "chat/restraint.h"
#include "dialect/irc_write.h"

static const struct letter {
    char letter;
    enum mode_kind kind;
    uint8_t which; /* enum room_setting, role or restraint */
    bool inverse;  /* the letter stands where the setting is off */
} letters[] = {
    {'C', MODE_SETTING, SETTING_NO_CTCP, false},
    {'M', MODE_SETTING, SETTING_KNOWN_SPEAK, false},
    {'R', MODE_SETTING, SETTING_KNOWN_ENTER, false},
    {'U', MODE_SETTING, SETTING_OP_MODERATED, false},
    {'u', MODE_SETTING, SETTING_AUDITORIUM, false},
    {'f', MODE_SETTING, SETTING_FORWARD, false},
    {'i', MODE_SETTING, SETTING_INVITE_ONLY, false},
    {'k', MODE_SETTING, SETTING_KEY, false},
    {'l', MODE_SETTING, SETTING_LIMIT, false},
    {'m', MODE_SETTING, SETTING_MODERATED, false},
    {'n', MODE_SETTING, SETTING_OUTSIDE, true},
    {'p', MODE_SETTING, SETTING_PRIVATE, false},
    {'s', MODE_SETTING, SETTING_SECRET, false},
    {'t', MODE_SETTING, SETTING_TOPIC_FREE, true},
    {'q', MODE_ROLE, ROLE_OWNER, false},
    {'o', MODE_ROLE, ROLE_OPERATOR, false},
    {'v', MODE_ROLE, ROLE_VOICE, false},
    {'b', MODE_RESTRAINT, RESTRAINT_BAN, false},
    {'e', MODE_RESTRAINT, RESTRAINT_EXEMPT, false},
    {'I', MODE_RESTRAINT, RESTRAINT_WELCOME, false},
    /* told, never read */
    {'b', MODE_RESTRAINT, RESTRAINT_MUTE, false},
    {'e', MODE_RESTRAINT, RESTRAINT_EXEMPT_MUTE, false},
};

enum { LETTERS = sizeof letters / sizeof *letters };

static const struct letter *letter_read(char letter) {
    if (letter == 'a') letter = 'o';
    if (letter == 'h') letter = 'v';
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].letter == letter) return &letters[i];
    return NULL;
}

static const struct letter *letter_of(enum mode_kind kind, uint32_t which) {
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].kind == kind && letters[i].which == which) return &letters[i];
    return NULL; /* what only other dialects have */
}

/* ---- told ---- */

static bool is_mute(uint32_t which) {
    return which == RESTRAINT_MUTE || which == RESTRAINT_EXEMPT_MUTE;
}

/* A mask of any subject in IRC's form. */
static void put_entry(struct buf *out, uint32_t which, uint32_t subject, struct slice mask) {
    if (is_mute(which)) buf_text(out, "m:");
    if (subject == SUBJECT_ACCOUNT) buf_text(out, "a:");
    if (subject == SUBJECT_NET) buf_text(out, "*!*@");
    text_show(out, mask);
    if (subject == SUBJECT_MASK || subject == SUBJECT_GUEST) buf_text(out, "!*@*");
}

/* The modes of one line, and their parameters beside them. */
struct told {
    struct buf modes, params;
    char modes_bytes[2 * MODE_CHANGES_MAX + 2], params_bytes[IRC_LINE_SIZE_MAX];
    char sign; /* that stands last */
};

static void told_init(struct told *told) {
    buf_init(&told->modes, told->modes_bytes, sizeof told->modes_bytes);
    buf_init(&told->params, told->params_bytes, sizeof told->params_bytes);
    told->sign = '\0';
}

static void told_add(struct told *told, const struct mode_change *change) {
    const struct letter *letter = letter_of(change->kind, change->which);
    if (!letter) return;
    char sign = change->on != letter->inverse ? '+' : '-';
    if (sign != told->sign) buf_byte(&told->modes, sign);
    told->sign = sign;
    buf_byte(&told->modes, letter->letter);
    bool shown = change->which == SETTING_LIMIT || change->which == SETTING_FORWARD;
    if (change->kind == MODE_SETTING && change->which != SETTING_KEY && (!shown || !change->on))
        return;
    buf_byte(&told->params, ' ');
    if (change->kind == MODE_SETTING && shown)
        text_show(&told->params, change->value);
    else if (change->kind == MODE_SETTING)
        buf_byte(&told->params, '*'); /* no key is told */
    else if (change->kind == MODE_ROLE)
        text_show(&told->params, change->value);
    else
        put_entry(&told->params, change->which, change->subject, change->value);
}

/* What one event of another dialect changed. */
static bool change_of(const struct event *event, struct mode_change *change, char digits[24]) {
    *change = (struct mode_change){.value = event->other};
    if (event->kind == EVENT_MODE_SET) {
        change->which = event->setting;
        change->on = event->number > 0;
        struct buf number;
        buf_init(&number, digits, 24);
        buf_number(&number, event->number);
        change->value = buf_slice(&number);
    } else if (event->kind == EVENT_ROLE_SET) {
        change->kind = MODE_ROLE;
        change->on = event->number != ROLE_NONE;
        change->which = (uint32_t)(change->on ? event->number : event->before);
        if (change->which == ROLE_NONE) change->which = ROLE_VOICE;
    } else {
        change->kind = MODE_RESTRAINT;
        change->on = !(event->flags & EVENT_OFF);
        change->which = event->why;
        change->subject = event->setting;
    }
    return true;
}

void irc_put_mode(uint32_t caps, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct mode_change change;
    struct told told;
    char digits[24];
    told_init(&told);
    if (event->flags & EVENT_GATHERED) return;
    if (event->kind != EVENT_MODES && change_of(event, &change, digits)) told_add(&told, &change);
    while (event->kind == EVENT_MODES && mode_take(&lines, &change))
        told_add(&told, &change);
    if (told.modes.size == 0 || !buf_ok(&told.modes)) return;
    irc_put_tags(caps, event, (struct slice){0}, true, out);
    irc_put_source(out, event->author_name, event->login);
    buf_text(out, "MODE ");
    irc_put_channel(out, event);
    buf_byte(out, ' ');
    buf_put(out, buf_slice(&told.modes));
    buf_put(out, buf_slice(&told.params));
    irc_line_end(out);
}

/* 324 and 329; `word\tvalue\n` each. */
void irc_answer_modes(const struct talk *talk, const struct event *event, struct buf *out) {
    static const struct {
        const char *word;
        char letter;
    } words[] = {{"private", 'p'},      {"invite", 'i'},         {"moderated", 'm'},
                 {"secret", 's'},       {"no-ctcp", 'C'},        {"limit", 'l'},
                 {"key", 'k'},          {"accounts-speak", 'M'}, {"accounts-enter", 'R'},
                 {"op-moderated", 'U'}, {"auditorium", 'u'},     {"forward", 'f'}};
    struct slice lines = event->text, key = {0}, limit = {0}, forward = {0};
    char memory[64 + (ROOM_SECRET_MAX + ROOM_NAME_SIZE_MAX) * TEXT_SHOW_GROWTH], digits[24];
    struct buf modes, made;
    bool outside = false, free_topic = false;
    buf_init(&modes, memory, sizeof memory);
    buf_byte(&modes, '+');
    while (lines.size > 0) {
        struct slice line = text_line(&lines), word = slice_until(&line, '\t');
        outside |= slice_equal(word, slice_of("outside"));
        free_topic |= slice_equal(word, slice_of("free-topic"));
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (slice_equal(word, slice_text(words[i].word))) buf_byte(&modes, words[i].letter);
        if (slice_equal(word, slice_of("key"))) key = line;
        if (slice_equal(word, slice_of("limit"))) limit = line;
        if (slice_equal(word, slice_of("forward"))) forward = line;
    }
    if (!outside) buf_byte(&modes, 'n');
    if (!free_topic) buf_byte(&modes, 't');
    if (key.size > 0) {
        buf_byte(&modes, ' ');
        text_show(&modes, key);
    }
    if (limit.size > 0) {
        buf_byte(&modes, ' ');
        buf_put(&modes, limit);
    }
    if (forward.size > 0) {
        buf_text(&modes, " #");
        text_show(&modes, forward);
    }
    irc_line(talk, out, "324 % # &", event->room_name, buf_slice(&modes));
    if (event->time_ms <= 0) return; /* nobody knows it any more */
    buf_init(&made, digits, sizeof digits);
    buf_number(&made, (uint64_t)event->time_ms / 1000);
    irc_line(talk, out, "329 % # $", event->room_name, buf_slice(&made));
}

static const struct list {
    char letter;
    enum irc_reply reply;
    const char *entry, *end;
} lists[] = {
    {'b', REPLY_BANS, "367 % # @ $ $", "368 % # :end of the list of bans"},
    {'e', REPLY_EXEMPTS, "348 % # @ $ $", "349 % # :end of the list of exemptions"},
    {'I', REPLY_WELCOMES, "346 % # @ $ $", "347 % # :end of the list of the welcome"},
};

static void put_row(const struct talk *talk, const struct event *event, const struct list *list,
                    struct slice row, struct buf *out) {
    struct slice kind = slice_until(&row, '\t'), mask = slice_until(&row, '\t');
    slice_until(&row, '\t'); /* minutes */
    struct slice by = slice_until(&row, '\t'), set = slice_until(&row, '\t');
    uint64_t subject;
    enum restraint which;
    if (!restraint_find(kind, &which) || !slice_number(row, UINT8_MAX, &subject)) return;
    const struct letter *letter = letter_of(MODE_RESTRAINT, which);
    if (!letter || letter->letter != list->letter) return;
    char memory[MASK_SIZE_MAX * TEXT_SHOW_GROWTH + 16];
    struct buf entry;
    buf_init(&entry, memory, sizeof memory);
    put_entry(&entry, which, (uint32_t)subject, mask);
    irc_line(talk, out, list->entry, event->room_name, buf_slice(&entry), by, set);
}

void irc_answer_list(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (lists[i].reply != event->reply_code) continue;
        while (lines.size > 0)
            put_row(talk, event, &lists[i], text_line(&lines), out);
        if (event->cursor == 0) irc_line(talk, out, lists[i].end, event->room_name);
    }
}

/* ---- asked for ---- */

/* A line of modes that is being read. */
struct reading {
    const struct talk *talk;
    const struct irc_message *message;
    struct decoder *decoder;
    struct command whole; /* with the room */
    struct buf changes;
    char bytes[MODES_SIZE_MAX];
    size_t place; /* of the next parameter */
    uint32_t count;
    char asked[4]; /* letters of the lists that were asked for */
};

/* A part of a mask in its canonical form; nothing is any. False: it is no name's. */
static bool part_key(struct buf *key, struct slice part) {
    return name_key(key, part.size > 0 ? part : slice_of("*"));
}

/* nick!login@host, whatever of it there is. Hosts and logins are ASCII; a `~` says nothing here. */
static bool person_read(struct slice mask, struct buf *key, struct buf *shown,
                        struct mode_change *change) {
    bool host_alone = !memchr(mask.at, '!', mask.size) && memchr(mask.at, '@', mask.size);
    struct slice rest = mask, nick = host_alone ? slice_of("*") : slice_until(&rest, '!');
    struct slice host = rest, login = slice_until(&host, '@');
    if (login.size > 0 && login.at[0] == '~') login = slice_from(login, 1);
    if (login.size == 0) login = slice_of("*");
    if (host.size == 0) host = slice_of("*");
    if (nick.size == 0) nick = slice_of("*");
    bool any_login = slice_equal(login, slice_of("*")), any_host = slice_equal(host, slice_of("*"));
    if (!part_key(key, nick)) return false;
    change->subject = any_login && any_host ? SUBJECT_MASK : SUBJECT_PERSON;
    change->value = nick;
    if (change->subject == SUBJECT_PERSON) {
        buf_byte(key, '!');
        if (!part_key(key, login)) return false;
        buf_byte(key, '@');
        if (!part_key(key, host)) return false;
        buf_put(shown, nick);
        buf_byte(shown, '!');
        buf_put(shown, login);
        buf_byte(shown, '@');
        buf_put(shown, host);
        change->value = buf_slice(shown);
    }
    change->key = buf_slice(key);
    return buf_ok(key) && buf_ok(shown);
}

static bool entry_read(struct slice mask, struct buf *key, struct buf *shown,
                       struct mode_change *change) {
    if (slice_starts(mask, slice_of("m:"))) {
        mask = slice_from(mask, 2);
        if (change->which == RESTRAINT_WELCOME) return false;
        change->which = change->which == RESTRAINT_BAN ? RESTRAINT_MUTE : RESTRAINT_EXEMPT_MUTE;
    }
    if (mask.size == 0) return false;
    if (!slice_starts(mask, slice_of("a:"))) return person_read(mask, key, shown, change);
    change->subject = SUBJECT_KNOWN;
    change->value = mask;
    buf_text(key, "a:");
    if (!part_key(key, slice_from(mask, 2))) return false;
    change->key = buf_slice(key);
    return true;
}

static void give_list(struct reading *r, char letter) {
    size_t count = strlen(r->asked);
    if (strchr(r->asked, letter) || count + 1 >= sizeof r->asked) return;
    r->asked[count] = letter;
    struct command list = r->whole;
    list.kind = COMMAND_RESTRAINTS;
    list.flags = COMMAND_WAITS | (letter == 'b' ? COMMAND_FULL : 0);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (lists[i].letter == letter) list.reply_code = (uint16_t)lists[i].reply;
    r->decoder->give(r->decoder, &list);
}

static void refuse_value(struct reading *r, char letter, struct slice value, const char *why) {
    char memory[1] = {letter};
    if (letter == 'k') value = slice_of("*");
    irc_echo_line(r->talk, r->decoder, "696 % $ $ $ :&", irc_param(r->message, 0),
                  (struct slice){memory, 1}, value, slice_text(why));
}

/* The mode's parameter, if it takes one, into *change. False: it is no good, and she was told. */
static bool value_read(struct reading *r, const struct letter *letter, bool on, struct buf *key,
                       struct buf *shown, struct mode_change *change) {
    struct slice value = irc_param(r->message, r->place);
    bool there = r->place < r->message->count;
    bool limit = letter->kind == MODE_SETTING && letter->which == SETTING_LIMIT;
    bool forward = letter->kind == MODE_SETTING && letter->which == SETTING_FORWARD;
    bool takes =
        letter->kind != MODE_SETTING || letter->which == SETTING_KEY || ((limit || forward) && on);
    if (!takes) return true;
    if (there) r->place++;
    if (limit) {
        uint64_t number = 0;
        change->value = value;
        if (slice_number(value, INT32_MAX, &number) && number > 0) return true;
        if (there) refuse_value(r, 'l', value, "a limit is a number above 0");
    } else if (forward) {
        change->value = value;
        if (value.size > 1 && value.at[0] == '#' && name_key(key, slice_from(value, 1))) {
            change->key = buf_slice(key);
            return true;
        }
        if (there) refuse_value(r, 'f', value, "a channel begins with #");
    } else if (letter->kind == MODE_SETTING) {
        change->value = on ? value : (struct slice){0};
        if (!on || (value.size > 0 && !memchr(value.at, ' ', value.size))) return true;
        if (there) refuse_value(r, 'k', value, "a key has no blanks and is not empty");
    } else if (letter->kind == MODE_ROLE) {
        change->value = value;
        if (value.size > 0 && name_key(key, value)) {
            change->key = buf_slice(key);
            return true;
        }
        if (there) irc_echo_line(r->talk, r->decoder, "401 % $ :there is nobody called so", value);
    } else {
        if (entry_read(value, key, shown, change)) return true;
        refuse_value(r, letter->letter, value, "this is no mask");
        return false;
    }
    if (!there) irc_echo_line(r->talk, r->decoder, "461 % MODE :not enough parameters");
    return false;
}

static void mode_read(struct reading *r, char name, bool on) {
    char key_memory[2 * NAME_KEY_SIZE_MAX], shown_memory[MASK_SIZE_MAX], memory[1] = {name};
    struct buf key, shown;
    const struct letter *letter = letter_read(name);
    buf_init(&key, key_memory, sizeof key_memory);
    buf_init(&shown, shown_memory, sizeof shown_memory);
    if (!letter) {
        irc_echo_line(r->talk, r->decoder, "472 % $ :there is no such mode",
                      (struct slice){memory, 1});
        return;
    }
    if (letter->kind == MODE_RESTRAINT && irc_param(r->message, r->place).size == 0) {
        give_list(r, name);
        return;
    }
    struct mode_change change = {
        .on = on != letter->inverse, .kind = letter->kind, .which = letter->which};
    if (!value_read(r, letter, on, &key, &shown, &change)) return;
    size_t size = change.value.size + change.key.size + 32;
    if (r->count == MODE_CHANGES_MAX || r->changes.size + size > r->changes.cap) return;
    if (memchr(change.value.at ? change.value.at : "", '\t', change.value.size)) return;
    mode_put(&r->changes, &change);
    r->count++;
}

void irc_room_mode(const struct talk *talk, const struct irc_message *message,
                   struct decoder *decoder) {
    struct reading reading = {.talk = talk,
                              .message = message,
                              .decoder = decoder,
                              .whole = {.kind = COMMAND_ROOM_MODES, .reply_code = REPLY_ROOM_MODE},
                              .place = 2};
    struct slice modes = irc_param(message, 1);
    bool on = true;
    if (!irc_channel(talk, decoder, message->params[0], &reading.whole)) return;
    if (modes.size == 0) {
        decoder->give(decoder, &reading.whole);
        return;
    }
    buf_init(&reading.changes, reading.bytes, sizeof reading.bytes);
    for (size_t i = 0; i < modes.size; i++) {
        if (modes.at[i] == '+' || modes.at[i] == '-')
            on = modes.at[i] == '+';
        else
            mode_read(&reading, modes.at[i], on);
    }
    if (reading.count == 0) return;
    struct command changes = reading.whole;
    changes.kind = COMMAND_MODES;
    changes.text = buf_slice(&reading.changes);
    decoder->give(decoder, &changes);
}
