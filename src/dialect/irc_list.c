/* irc_list.c: LIST and what it may ask for (modern.ircdocs.horse, "LIST message", ELIST=CMNTU):
 * masks, names and `!masks` of rooms, `<n` and `>n` members, `C>n` made and `T<n` titled more or
 * less than n minutes ago. All conditions hold, and one of the masks where there are any. A channel
 * is there while somebody is in it: a room without members is not listed. */
#include "dialect/irc_write.h"

struct room_row {
    struct slice name; /* its key, with `#` */
    uint64_t members, made_s, titled_s;
    uint64_t now_s;
};

/* A number of members or of minutes. False: it is neither, and so a mask. */
static bool is_number(struct slice item, char sign, uint64_t *number) {
    if (item.size < 2 || item.at[0] != sign) return false;
    return slice_number(slice_from(item, 1), UINT32_MAX, number);
}

/* Since when, in minutes: more than so many, or less. Nobody knows it: neither. */
static bool age_fits(struct slice item, uint64_t since_s, uint64_t now_s) {
    uint64_t minutes, age_s = now_s > since_s ? now_s - since_s : 0;
    if (since_s == 0) return false;
    if (is_number(item, '>', &minutes)) return age_s > minutes * 60;
    return is_number(item, '<', &minutes) && age_s < minutes * 60;
}

enum fit { FITS_NOT, FITS, FITS_MASK, FITS_NO_MASK };

static enum fit fit_mask(struct slice mask, const struct room_row *row) {
    char memory[IRC_LIST_MAX * TEXT_SHOW_GROWTH];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    if (!name_key(&key, mask)) return FITS_NO_MASK;
    return glob_match(buf_slice(&key), row->name) ? FITS_MASK : FITS_NO_MASK;
}

static enum fit fit(struct slice item, const struct room_row *row) {
    uint64_t number;
    if (is_number(item, '>', &number)) return row->members > number ? FITS : FITS_NOT;
    if (is_number(item, '<', &number)) return row->members < number ? FITS : FITS_NOT;
    struct slice rest = slice_from(item, 1);
    bool age = rest.size > 1 && (is_number(rest, '>', &number) || is_number(rest, '<', &number));
    if (age && item.at[0] == 'C') return age_fits(rest, row->made_s, row->now_s) ? FITS : FITS_NOT;
    if (age && item.at[0] == 'T')
        return age_fits(rest, row->titled_s, row->now_s) ? FITS : FITS_NOT;
    if (item.at[0] != '!' || item.size == 1) return fit_mask(item, row);
    return fit_mask(rest, row) == FITS_MASK ? FITS_NOT : FITS;
}

static bool row_fits(struct slice items, const struct room_row *row) {
    bool masks = false, matched = false;
    while (items.size > 0) {
        struct slice item = slice_until(&items, ',');
        if (item.size == 0) continue;
        enum fit how = fit(item, row);
        if (how == FITS_NOT) return false;
        masks |= how != FITS;
        matched |= how == FITS_MASK;
    }
    return matched || !masks;
}

static uint64_t number_of(struct slice text) {
    uint64_t number = 0;
    return slice_number(text, INT64_MAX, &number) ? number : 0;
}

void irc_answer_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice lines = event->text, items = {own->list, own->list_size};
    if (event->before == 0) irc_line(talk, out, "321 % Channel :Users Name");
    while (lines.size > 0) {
        char memory[ROOM_KEY_MAX + 1];
        struct buf key;
        struct slice line = text_line(&lines), digits[2] = {{0}};
        slice_until(&line, '\t');
        struct slice name = slice_until(&line, '\t'), count = slice_until(&line, '\t');
        for (size_t i = 0; i < 2 && event->setting; i++)
            digits[i] = slice_until(&line, '\t');
        buf_init(&key, memory, sizeof memory);
        buf_byte(&key, '#');
        (void)name_key(&key, name);
        struct room_row row = {.name = buf_slice(&key),
                               .members = number_of(count),
                               .made_s = number_of(digits[0]),
                               .titled_s = number_of(digits[1]),
                               .now_s = (uint64_t)event->time_ms / 1000};
        if (row.members > 0 && row_fits(items, &row))
            irc_line(talk, out, "322 % # $ :&", name, count, line);
    }
    if (event->cursor == 0) irc_line(talk, out, "323 % :end of the list");
}

enum decoded irc_list(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct irc_own *own = irc_own(talk);
    struct slice items = slice_head(irc_param(message, 0), IRC_LIST_MAX);
    struct command list = {.kind = COMMAND_ROOMS, .flags = COMMAND_WAITS | COMMAND_FULL};
    if (items.size > 0) memcpy(own->list, items.at, items.size);
    own->list_size = (uint8_t)items.size;
    decoder->give(decoder, &list);
    return DECODED;
}
