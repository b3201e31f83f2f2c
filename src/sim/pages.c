/* pages.c: the pages that a simulated store gives, found by reading all records from their
 * beginning for each of their rows. */
#include <ctype.h>

#include "base/check.h"
#include "chat/mention.h"
#include "chat/reaction.h"
#include "chat/search.h"
#include "sim/rows.h"

enum { WORDS_CAP = 2048 }; /* bytes of a text */
enum { REACTED_MAX = 256 };

/* A page being read. */
struct page {
    const struct rows *rows;
    const struct query *query;
    struct query_end *end;
    uint32_t most; /* rows that this piece may still have */
    void (*row)(void *context, const struct event *past);
    void *context;
    char reacted[REACTIONS_SIZE_MAX];
};

static const struct record *record_at(const struct page *page, uint64_t at) {
    return &page->rows->records[at];
}

static bool is_stored(const struct page *page, uint64_t at) {
    const struct record *record = record_at(page, at);
    if (record->room.v != page->query->room.v || (record->flags & ROOM_NO_HISTORY)) return false;
    return record->kind == RECORD_MESSAGE || record->kind == RECORD_TOPIC;
}

static enum stored stored_of(const struct record *record) {
    return record->kind == RECORD_TOPIC ? STORED_TOPIC : (enum stored)record->stored;
}

static bool is_about(const struct page *page, uint64_t at, const struct record *message,
                     enum stored kind) {
    const struct record *record = record_at(page, at);
    return is_stored(page, at) && stored_of(record) == kind && record->target == message->seq;
}

/* The message that an edit changed. */
static const struct record *edited_by(const struct page *page, const struct record *edit) {
    for (uint64_t i = 0; i < page->rows->flushed; i++) {
        const struct record *record = record_at(page, i);
        if (is_stored(page, i) && stored_of(record) == STORED_MESSAGE &&
            record->seq == edit->target)
            return record;
    }
    return edit;
}

/* Its text is taken off, or that of what it changes. */
static bool is_removed(const struct page *page, const struct record *message) {
    if (page->rows->plant == PLANT_REMOVAL) return false;
    if (stored_of(message) == STORED_EDIT) message = edited_by(page, message);
    for (uint64_t i = 0; i < page->rows->flushed; i++) {
        const struct record *record = record_at(page, i);
        if (is_about(page, i, message, STORED_REMOVAL)) return true;
        if (record->kind == RECORD_PURGE && record->room.v == message->room.v &&
            record->identity.v == message->identity.v && message->time_ms >= record->time_ms &&
            message->seq <= record->seq)
            return true;
    }
    return false;
}

/* It was not given again or taken back since. */
static bool lasts(const struct page *page, uint64_t at, const struct record *message) {
    const struct record *given = record_at(page, at);
    if (!is_about(page, at, message, STORED_REACTION)) return false;
    for (uint64_t k = at + 1; k < page->rows->flushed; k++) {
        const struct record *later = record_at(page, k);
        bool again = is_about(page, k, message, STORED_REACTION) ||
                     is_about(page, k, message, STORED_UNREACTION);
        if (again && later->identity.v == given->identity.v &&
            slice_equal(later->text, given->text))
            return false;
    }
    return true;
}

/* The reactions to the message as rows, by their texts, then by who gave them as a signed number.
 */
static uint32_t reactions_to(const struct page *page, const struct record *message,
                             const struct record *given[REACTED_MAX]) {
    uint32_t count = 0;
    for (uint64_t i = 0; i < page->rows->flushed && count < REACTED_MAX; i++) {
        if (!lasts(page, i, message)) continue;
        const struct record *record = record_at(page, i);
        uint32_t at = count++;
        for (; at > 0; at--) {
            const struct record *before = given[at - 1];
            struct slice a = before->text, b = record->text;
            int order = memcmp(a.at, b.at, a.size < b.size ? a.size : b.size);
            if (order == 0) order = (a.size > b.size) - (a.size < b.size);
            if (order == 0)
                order = (int64_t)before->identity.v > (int64_t)record->identity.v ? 1 : -1;
            if (order < 0) break;
            given[at] = before;
        }
        given[at] = record;
    }
    return count;
}

static struct slice account_name_of(const struct page *page, struct identity identity) {
    struct slice name = {0};
    for (uint64_t i = 0; i < page->rows->flushed; i++) {
        const struct record *record = record_at(page, i);
        if (record->author.v != identity.v) continue;
        if (record->kind == RECORD_ACCOUNT) name = record->name;
        if (record->kind == RECORD_ACCOUNT_GONE) name.size = 0;
    }
    return name;
}

/* The lines of a page that shows them. */
static struct slice reacted(struct page *page, const struct record *message) {
    const struct record *given[REACTED_MAX];
    uint32_t count = reactions_to(page, message, given);
    struct buf out;
    buf_init(&out, page->reacted, sizeof page->reacted);
    for (uint32_t at = 0, next; at < count; at = next) {
        char memory[1024];
        struct buf people;
        struct reaction reaction = {.text = given[at]->text};
        buf_init(&people, memory, sizeof memory);
        for (next = at; next < count && slice_equal(given[next]->text, reaction.text); next++) {
            struct slice name = account_name_of(page, given[next]->identity);
            reaction.count++;
            reaction.mine |= given[next]->identity.v == page->query->whose.v;
            if (name.size > 0 && people.size > 0) buf_byte(&people, '\t');
            buf_put(&people, name);
        }
        reaction.people = buf_slice(&people);
        reaction_put(&out, &reaction);
    }
    return buf_slice(&out);
}

static struct event past_of(struct page *page, const struct record *record) {
    struct event past = {.kind = EVENT_PAST,
                         .stored = (uint8_t)stored_of(record),
                         .speech = record->speech,
                         .room = record->room,
                         .author = record->author,
                         .identity = record->identity,
                         .seq = record->seq,
                         .target = record->target,
                         .time_ms = record->time_ms,
                         .author_name = record->author_name,
                         .text = record->text};
    if (page->query->accounts && record->identity.v == record->author.v)
        past.account = account_name_of(page, record->identity);
    if (past.stored == STORED_MESSAGE) {
        for (uint64_t i = 0; i < page->rows->flushed; i++) {
            if (!is_about(page, i, record, STORED_EDIT)) continue;
            past.text = record_at(page, i)->text;
            past.flags |= EVENT_CHANGED;
        }
        const struct record *given[REACTED_MAX];
        past.count = reactions_to(page, record, given);
        if (page->query->reactions) past.tags = reacted(page, record);
    }
    if ((past.stored == STORED_MESSAGE || past.stored == STORED_EDIT) && is_removed(page, record)) {
        past.text.size = 0;
        past.flags |= EVENT_OFF;
    }
    return past;
}

/* What a page of messages shows of the record; false: nothing. */
static bool is_said(const struct page *page, uint64_t at) {
    const struct record *record = record_at(page, at);
    return is_stored(page, at) && stored_of(record) == STORED_MESSAGE && !is_removed(page, record);
}

/* What it shows beside that where all is wanted. */
static bool is_news(const struct page *page, uint64_t at) {
    if (!page->query->full || !is_stored(page, at)) return false;
    enum stored stored = stored_of(record_at(page, at));
    return stored != STORED_MESSAGE && stored != STORED_EDIT && stored != STORED_REMOVAL &&
           stored != STORED_RENAME;
}

static bool is_shown(const struct page *page, uint64_t at) {
    switch (page->query->kind) {
    case QUERY_LATEST:
    case QUERY_RANGE:
    case QUERY_AROUND: return is_said(page, at) || is_news(page, at);
    case QUERY_ONE:
    case QUERY_EVENTS: return is_stored(page, at);
    case QUERY_SEARCH:
    case QUERY_AUDIT:
    case QUERY_UNREAD:
    case QUERY_KINDS: break;
    }
    return false;
}

/* The seq of the `count`th message from `last` backwards, or of the first there is; last + 1: there
 * is none. */
static uint64_t first_of(const struct page *page, uint64_t last, uint32_t count) {
    uint64_t first = last + 1;
    for (uint64_t i = page->rows->flushed; i-- > 0 && count > 0;) {
        uint64_t seq = record_at(page, i)->seq;
        if (!is_said(page, i) && !is_news(page, i)) continue;
        if (seq > last || seq < page->end->first) continue;
        first = seq;
        count--;
    }
    return first;
}

/* Rows with rising numbers, from end->first on. */
static void read_forward(struct page *page) {
    struct query_end *end = page->end;
    for (uint64_t i = 0; i < page->rows->flushed; i++) {
        const struct record *record = record_at(page, i);
        if (!is_shown(page, i) || record->seq < end->first || record->seq > end->last) continue;
        if (end->count == 0 || page->most == 0) return;
        struct event past = past_of(page, record);
        page->row(page->context, &past);
        end->first = record->seq + 1;
        end->count--;
        page->most--;
    }
    end->count = 0;
}

/* The words of a text in small letters, each with a blank before and one behind the last. */
static void words_put(struct buf *out, struct slice text) {
    buf_byte(out, ' ');
    for (size_t i = 0; i < text.size; i++) {
        bool letter = isalnum((unsigned char)text.at[i]);
        if (letter)
            buf_byte(out, (char)tolower((unsigned char)text.at[i]));
        else if (out->at[out->size - 1] != ' ')
            buf_byte(out, ' ');
    }
    if (out->at[out->size - 1] != ' ') buf_byte(out, ' ');
}

static bool holds_words(struct slice text, struct slice words) {
    char memory[2][WORDS_CAP];
    struct buf all, wanted;
    buf_init(&all, memory[0], sizeof memory[0]);
    buf_init(&wanted, memory[1], sizeof memory[1]);
    words_put(&all, text);
    words_put(&wanted, words);
    check(buf_ok(&all) && buf_ok(&wanted));
    return memmem(all.at, all.size, wanted.at, wanted.size) != NULL;
}

static bool fits_term(const struct search_term *term, const struct event *past) {
    switch ((enum search_kind)term->kind) {
    case SEARCH_TEXT: return holds_words(past->text, term->text);
    case SEARCH_AUTHOR: return search_is_author(term->text, past->author.v, past->author_name);
    case SEARCH_LINK: return search_has_link(past->text);
    }
    return false;
}

/* What cannot be understood finds nothing: who asks was told so before. */
static bool is_found(const struct page *page, const struct event *past) {
    struct search search;
    struct slice place;
    if (!search_parse((struct slice){page->query->text, page->query->text_size}, &search, &place))
        return false;
    for (uint32_t i = 0; i < search.count; i++)
        if (fits_term(&search.terms[i], past) == search.terms[i].negated) return false;
    return past->time_ms >= search.after_ms && past->time_ms < search.before_ms;
}

/* The newest first; what is given last is the row of which end->last is one more. */
static void read_search(struct page *page) {
    struct query_end *end = page->end;
    for (uint64_t i = page->rows->flushed; i-- > 0;) {
        const struct record *record = record_at(page, i);
        if (!is_said(page, i) || record->seq > end->last) continue;
        struct event past = past_of(page, record);
        if (!is_found(page, &past)) continue;
        if (end->count == 0 || page->most == 0) return;
        past.kind = EVENT_FOUND;
        page->row(page->context, &past);
        end->last = record->seq - 1;
        end->count--;
        page->most--;
    }
    end->count = 0;
}

static void read_unread(struct page *page) {
    struct event unread = {.kind = EVENT_PAST, .stored = STORED_NOTHING, .room = page->query->room};
    struct slice key = {page->query->text, page->query->text_size};
    for (uint64_t i = 0; i < page->rows->flushed; i++) {
        const struct record *record = record_at(page, i);
        if (!is_said(page, i) || record->seq < page->end->first || record->seq > page->end->last)
            continue;
        if (record->identity.v == page->query->whose.v) continue;
        unread.count++;
        unread.number += mention_calls(past_of(page, record).text, key);
    }
    page->row(page->context, &unread);
    page->end->count = 0;
}

static void read_audit(struct page *page) {
    struct query_end *end = page->end;
    for (uint64_t i = page->rows->flushed; i-- > 0;) {
        const struct record *record = record_at(page, i);
        if (record->kind != RECORD_AUDIT || record->room.v != page->query->room.v) continue;
        if (i > end->last) continue;
        if (end->count == 0 || page->most == 0) return;
        char memory[4096];
        struct buf what;
        buf_init(&what, memory, sizeof memory);
        buf_put(&what, record->key);
        buf_byte(&what, ' ');
        buf_put(&what, record->text);
        struct event past = {.kind = EVENT_PAST,
                             .stored = STORED_NOTHING,
                             .room = record->room,
                             .author = record->author,
                             .time_ms = record->time_ms,
                             .author_name = record->author_name,
                             .other = record->name,
                             .text = buf_slice(&what)};
        page->row(page->context, &past);
        end->last = i - 1;
        end->count--;
        page->most--;
        if (i == 0) break;
    }
    end->count = 0;
}

static bool room_is_gone(const struct page *page) {
    for (uint64_t i = 0; i < page->rows->flushed; i++)
        if (record_at(page, i)->kind == RECORD_DELETED &&
            record_at(page, i)->room.v == page->query->room.v)
            return true;
    return false;
}

/* The seq of the first row of `time_ms` or later; one more than the last: there is none. */
static uint64_t seq_at(const struct page *page, int64_t time_ms) {
    for (uint64_t i = 0; i < page->rows->flushed; i++)
        if (is_stored(page, i) && record_at(page, i)->time_ms >= time_ms)
            return record_at(page, i)->seq;
    return page->query->last + 1;
}

static uint64_t bound(const struct page *page) {
    const struct query *query = page->query;
    struct query_end *end = page->end;
    uint64_t at = query->before_ms != 0 ? seq_at(page, query->before_ms) : query->target;
    if (query->kind != QUERY_AROUND && query->before_ms != 0 && at <= end->last) end->last = at - 1;
    uint64_t first = query->after_ms != 0 ? seq_at(page, query->after_ms + 1) : 0;
    if (first > end->first) end->first = first;
    return at;
}

void rows_read(const struct rows *rows, const struct query *query, uint32_t most,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end) {
    *end = (struct query_end){.session = query->session,
                              .room = query->room,
                              .count = query->count,
                              .first = query->first,
                              .last = query->last};
    struct page page = {rows, query, end, most, row, context, {0}};
    uint64_t target = bound(&page);
    if (query->kind == QUERY_LATEST) end->first = first_of(&page, end->last, query->count);
    if (query->kind == QUERY_AROUND) {
        uint64_t before = first_of(&page, target - 1, query->count / 2);
        end->first = before < target ? before : target;
    }
    if (query->kind == QUERY_ONE) end->first = end->last = query->target;
    if (room_is_gone(&page))
        end->count = 0;
    else if (query->kind == QUERY_SEARCH)
        read_search(&page);
    else if (query->kind == QUERY_UNREAD)
        read_unread(&page);
    else if (query->kind == QUERY_AUDIT)
        read_audit(&page);
    else
        read_forward(&page);
}
