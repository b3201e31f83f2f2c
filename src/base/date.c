/* date.c: the calendar. */
#include "base/date.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000 };

static const int64_t last_ms = INT64_C(253402300799999); /* the end of the year 9999 */

struct day {
    int64_t year;
    int month, day;
};

static struct day day_of(int64_t days) {
    int64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    struct day day = {.year = year + era * 400,
                      .month = (int)(month < 10 ? month + 3 : month - 9),
                      .day = (int)(of_year - (153 * month + 2) / 5 + 1)};
    if (day.month <= 2) day.year++;
    return day;
}

static int64_t days_of(struct day day) {
    int64_t year = day.month <= 2 ? day.year - 1 : day.year;
    int64_t month = day.month > 2 ? day.month - 3 : day.month + 9;
    int64_t of_year = (153 * month + 2) / 5 + day.day - 1, of_era = year % 400;
    return year / 400 * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void put_digits(struct buf *out, int64_t number, int digits) {
    int64_t unit = 1;
    while (--digits > 0)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        buf_byte(out, (char)('0' + number / unit % 10));
}

void date_put(struct buf *out, int64_t time_ms) {
    if (time_ms < 0) time_ms = 0;
    if (time_ms > last_ms) time_ms = last_ms;
    struct day day = day_of(time_ms / DAY_MS);
    int64_t ms = time_ms % DAY_MS;
    const struct {
        int64_t number;
        int digits;
        char before;
    } parts[] = {{day.month, 2, '-'},           {day.day, 2, '-'},        {ms / HOUR_MS, 2, 'T'},
                 {ms / MINUTE_MS % 60, 2, ':'}, {ms / 1000 % 60, 2, ':'}, {ms % 1000, 3, '.'}};
    put_digits(out, day.year, 4);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_byte(out, parts[i].before);
        put_digits(out, parts[i].number, parts[i].digits);
    }
    buf_byte(out, 'Z');
}

/* So many digits and what stands behind them. */
static bool take(struct slice *text, size_t digits, char end, int64_t least, int64_t most,
                 int64_t *number) {
    uint64_t read;
    if (!slice_number(slice_head(*text, digits), (uint64_t)most, &read)) return false;
    if (text->size < digits + 1 || text->at[digits] != end) return false;
    *number = (int64_t)read;
    *text = slice_from(*text, digits + 1);
    return *number >= least;
}

/* The rest of a second in ms, behind its point, with the Z that ends it. */
static bool take_part(struct slice text, int64_t *ms) {
    int64_t unit = 100;
    if (text.size < 2 || text.size > 10 || text.at[text.size - 1] != 'Z') return false;
    *ms = 0;
    for (size_t i = 0; i + 1 < text.size; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9') return false;
        *ms += (text.at[i] - '0') * unit;
    }
    return true;
}

bool date_read(struct slice text, int64_t *time_ms) {
    int64_t year, month, day, hour, minute, second, ms = 0;
    bool plain = text.size == DATE_SIZE - 4; /* no part of a second */
    if (!take(&text, 4, '-', 1970, 9999, &year) || !take(&text, 2, '-', 1, 12, &month) ||
        !take(&text, 2, 'T', 1, 31, &day) || !take(&text, 2, ':', 0, 23, &hour) ||
        !take(&text, 2, ':', 0, 59, &minute) ||
        !take(&text, 2, plain ? 'Z' : '.', 0, 60, &second) || (!plain && !take_part(text, &ms)))
        return false;
    int64_t days = days_of((struct day){year, (int)month, (int)day});
    if (day_of(days).day != day) return false;
    *time_ms = days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + ms;
    return true;
}
