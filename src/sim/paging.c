/* paging.c: which lines a page must have: found among all that was ever said, once more for each
 * piece of it, as things are on the disk when that piece is read. */
#include "base/check.h"
#include "chat/query.h"
#include "sim/inside.h"

uint32_t oracle_text(const struct oracle *oracle, uint32_t said, bool flushed) {
    uint32_t text = said;
    for (uint32_t i = said + 1; i < oracle->said_count; i++) {
        const struct said *edit = &oracle->said[i];
        if (edit->stored != STORED_EDIT || edit->lost) continue;
        if (edit->room != oracle->said[said].room || edit->target != oracle->said[said].seq)
            continue;
        if (!flushed || edit->record <= oracle->world->rows.flushed) text = i;
    }
    return text;
}

/* ---- what is asked for ---- */

static void bounds_set(struct page *page, const struct command *command) {
    bool around = (command->flags & COMMAND_AROUND) && command->before > 0;
    if (around) {
        page->kind = QUERY_AROUND;
        page->target = command->before < page->last ? command->before : page->last;
        return;
    }
    if (command->after > 0) page->kind = QUERY_RANGE;
    page->first = command->after + 1;
    if (command->before > 0 && command->before <= page->last) page->last = command->before - 1;
}

void oracle_page_begins(struct oracle *oracle, struct seat *seat, const struct chat_room *room,
                        const struct event *event) {
    const struct command *command = oracle->command;
    enum command_kind kind = command ? command->kind : COMMAND_NONE;
    if (seat->peer == NOBODY || kind == COMMAND_AUDIT || kind == COMMAND_UNREAD) return;
    struct page page = {.wanted = true,
                        .serial = ++oracle->page_count,
                        .kind = QUERY_LATEST,
                        .room = oracle_row(oracle, room),
                        .count = event->count,
                        .first = 1,
                        .last = room->seq};
    uint32_t most = oracle->world->limits.history_count;
    if (kind == COMMAND_HISTORY || kind == COMMAND_SEARCH)
        page.count = command->count < most ? command->count : most;
    if (kind == COMMAND_HISTORY) bounds_set(&page, command);
    if (kind == COMMAND_SEARCH) {
        page.kind = QUERY_SEARCH;
        page.words_size = (uint16_t)command->text.size;
        check(page.words_size <= sizeof page.words);
        memcpy(page.words, command->text.at, page.words_size);
    } else if (command && (kind == COMMAND_RESUME || command->epoch != 0)) {
        page.kind = QUERY_EVENTS;
        page.count = UINT32_MAX;
        page.first = command->after + 1;
        if (command->before > 0 && command->before <= page.last) page.last = command->before - 1;
    }
    seat->page = page;
    oracle_due(oracle, seat, (struct due){.page = true, .serial = page.serial, .room = page.room});
}

/* ---- which lines it has ---- */

/* The message that an edit changed has no text any more. */
static bool is_edit_of_nothing(const struct oracle *oracle, const struct said *edit) {
    for (uint32_t i = 0; i < oracle->said_count; i++) {
        const struct said *said = &oracle->said[i];
        if (said->room == edit->room && said->seq == edit->target && !said->lost)
            return oracle_removed(oracle, said, true);
    }
    return true;
}

/* Is this row a line of the page, as things are on the disk now? */
static bool is_line(const struct oracle *oracle, const struct page *page, uint32_t row) {
    const struct said *said = &oracle->said[row];
    if (said->room != page->room || said->lost || said->unkept) return false;
    if (said->record > oracle->world->rows.flushed) return false;
    if (page->kind == QUERY_EVENTS && said->stored == STORED_EDIT)
        return !is_edit_of_nothing(oracle, said);
    /* where all is told, a number without a text is told as well */
    if (page->kind == QUERY_EVENTS)
        return said->stored == STORED_MESSAGE || said->stored == STORED_REMOVAL;
    if (said->stored != STORED_MESSAGE || oracle_removed(oracle, said, true)) return false;
    if (page->kind != QUERY_SEARCH) return true;
    struct slice words = {page->words, page->words_size};
    return oracle_finds(oracle, words, said, &oracle->said[oracle_text(oracle, row, true)]);
}

static bool is_within(const struct oracle *oracle, const struct page *page, uint32_t row) {
    uint64_t seq = oracle->said[row].seq;
    return seq >= page->first && seq <= page->last && is_line(oracle, page, row);
}

/* Where a page of the last `count` up to `last` begins; last + 1: there are none. */
static uint64_t begins_at(const struct oracle *oracle, const struct page *page, uint64_t last,
                          uint32_t count) {
    uint64_t first = last + 1;
    for (uint32_t i = oracle->said_count; i-- > 0 && count > 0;) {
        if (oracle->said[i].seq > last || !is_within(oracle, page, i)) continue;
        first = oracle->said[i].seq;
        count--;
    }
    return first;
}

static void line_put(struct oracle *oracle, struct ledger *ledger, uint32_t at,
                     const struct page *page, uint32_t row) {
    bool message = oracle->said[row].stored == STORED_MESSAGE;
    ledger_put(ledger, at,
               (struct due){.said = row,
                            .text = message ? oracle_text(oracle, row, true) : row,
                            .serial = page->serial,
                            .past = true,
                            .all = page->kind == QUERY_EVENTS});
}

/* All that is still wanted of it, from `at` on. */
static void draw(struct oracle *oracle, struct ledger *ledger, uint32_t at,
                 const struct page *page) {
    uint32_t left = page->count, count = oracle->said_count;
    bool newest_first = page->kind == QUERY_SEARCH;
    if (oracle->rooms[page->room].gone_record <= oracle->world->rows.flushed) return;
    for (uint32_t i = 0; i < count && left > 0; i++) {
        uint32_t row = newest_first ? count - 1 - i : i;
        if (!is_within(oracle, page, row)) continue;
        line_put(oracle, ledger, at++, page, row);
        left--;
    }
}

/* ---- as it is read ---- */

/* The reader goes on where it stopped: what it gave before is due, the rest is drawn up again. */
static void goes_on(struct oracle *oracle, struct ledger *ledger, struct page *page,
                    const struct query *query) {
    bool newest_first = page->kind == QUERY_SEARCH;
    for (uint32_t i = ledger->count; i-- > 0;) {
        struct due *due = &ledger->dues[i];
        if (due->page && due->serial == page->serial) break;
        if (due->serial != page->serial || due->dropped || due->counted) continue;
        uint64_t seq = oracle->said[due->said].seq;
        bool given = newest_first ? seq > query->last : seq < query->first;
        due->counted = given;
        if (given && page->count != UINT32_MAX) page->count--;
        if (!given) due->done = due->dropped = true;
    }
    if (newest_first)
        page->last = query->last;
    else
        page->first = query->first;
}

void oracle_reads(struct oracle *oracle, const struct query *query) {
    struct seat *seat = oracle_seat(oracle, query->session);
    if (!seat || query->kind == QUERY_ONE || query->kind == QUERY_AUDIT ||
        query->kind == QUERY_UNREAD)
        return;
    struct page *page = &seat->page;
    if (page->serial == 0 || query->room.v != oracle->rooms[page->room].number) return;
    struct ledger *ledger = &oracle->ledgers[seat->peer];
    if (!page->wanted) goes_on(oracle, ledger, page, query);
    uint32_t at = ledger->count;
    while (at > 0 && ledger->dues[at - 1].serial != page->serial)
        at--;
    check(at > 0);
    if (page->wanted) {
        ledger->dues[at - 1].done = true;
        if (page->kind == QUERY_LATEST)
            page->first = begins_at(oracle, page, page->last, page->count);
        if (page->kind == QUERY_AROUND) {
            uint64_t first = begins_at(oracle, page, page->target - 1, page->count / 2);
            page->first = first < page->target ? first : page->target;
        }
        page->wanted = false;
    }
    draw(oracle, ledger, at, page);
}
