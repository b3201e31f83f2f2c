/* search.c: candidates come from three places: the index, the messages that are not in it yet, and
 * those that have changed since. Each is read again from events and compared with what is looked
 * for, so an index that is behind costs time and shows nothing wrong.
 *
 * The index is walked from the newest key downwards and never asked to rank: that would visit every
 * message with a word that stands in every second one (see doc/decisions/search.md). Author and
 * link are words of the index too; dates are turned into numbers of the room, whose times never
 * decrease. All of it runs within one read transaction and one time limit. */
#include "store/search.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "store/state.h"

enum {
    HITS_MAX = 500,      /* candidates to rank, or the most of one piece of the newest */
    SAMPLE_MAX = 256,    /* messages with a word, from which its frequency is judged */
    PROGRESS_STEPS = 20, /* of SQLite's machine; a page of the index is about five */
};

enum search_read {
    BEGIN_SEARCH,
    END_SEARCH,
    LOOK_HEAD,
    LOOK_MARK,
    LOOK_SINCE,
    LOOK_WORDS,
    LOOK_TAIL,
    LOOK_STALE,
    LOOK_ROW,
    SEARCH_READS,
};

static const char *const read_texts[SEARCH_READS] = {
    [BEGIN_SEARCH] = "BEGIN",
    [END_SEARCH] = "COMMIT",
    [LOOK_HEAD] = "SELECT seq FROM heads WHERE room = ?1",
    [LOOK_MARK] = "SELECT upto FROM search_marks WHERE room = ?1",
    [LOOK_SINCE] = "SELECT id, time_ms FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
    [LOOK_WORDS] = ("SELECT rowid FROM search WHERE search MATCH ?3 AND rowid BETWEEN ?1 AND ?2"
                    " ORDER BY rowid DESC"),
    [LOOK_TAIL] = "SELECT id FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    [LOOK_STALE] = "SELECT id FROM search_stale WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    [LOOK_ROW] = "SELECT kind, author, author_name, text FROM events WHERE id = ?1",
};

struct hit {
    uint64_t seq;
    double score;
    struct tally tally;
};

struct store_searcher {
    struct store_options options;
    char folder[PATH_SIZE_MAX];
    sqlite3 *db; /* NULL: not opened yet */
    sqlite3_stmt *statements[SEARCH_READS];
    struct words words;
    bool damaged;
    uint64_t limit_us, end_us; /* end: monotonic */
    /* of one search */
    struct search search;
    uint32_t room;
    uint64_t low, high; /* seqs that are looked at */
    uint64_t mark;      /* the index has all up to it */
    uint32_t hit_count, hits_max;
    uint32_t wanted;               /* to be given */
    struct hit hits[2 * HITS_MAX]; /* of the stale, and of the others */
};

/* ---- statements; each function gives SQLite's result ---- */

static int out_of_time(void *context) {
    const struct store_searcher *searcher = context;
    return clock_mono_us() >= searcher->end_us;
}

static int run(struct store_searcher *searcher, enum search_read which) {
    int result = sqlite3_step(searcher->statements[which]);
    int reset = sqlite3_reset(searcher->statements[which]);
    return result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* The number that one row has, 0 where there is no row. */
static int read_number(struct store_searcher *searcher, enum search_read which, int64_t key,
                       uint64_t *number) {
    sqlite3_stmt *row = searcher->statements[which];
    sqlite3_bind_int64(row, 1, key);
    int result = sqlite3_step(row);
    *number = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

static void bind_range(const struct store_searcher *searcher, sqlite3_stmt *row, uint64_t low,
                       uint64_t high) {
    sqlite3_bind_int64(row, 1, event_key(searcher->room, low));
    sqlite3_bind_int64(row, 2, event_key(searcher->room, high));
}

/* ---- where to look ---- */

/* *seq: the first number from `low` on of a message that is not older than `time_ms`. */
static int since_find(struct store_searcher *searcher, int64_t time_ms, uint64_t *seq) {
    sqlite3_stmt *row = searcher->statements[LOOK_SINCE];
    uint64_t low = searcher->low;
    uint64_t high = searcher->high + 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        bind_range(searcher, row, middle, high - 1);
        int result = sqlite3_step(row);
        bool older = result == SQLITE_ROW && sqlite3_column_int64(row, 1) < time_ms;
        if (older) {
            low = ((uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX) + 1;
        } else {
            high = middle;
        }
        int reset = sqlite3_reset(row);
        if (result != SQLITE_ROW && result != SQLITE_DONE) return reset;
    }
    *seq = low;
    return SQLITE_OK;
}

static int bounds_find(struct store_searcher *searcher, const struct query *query) {
    const struct search *search = &searcher->search;
    uint64_t head = 0;
    uint64_t seq = 0;
    int result = read_number(searcher, LOOK_HEAD, searcher->room, &head);
    if (result == SQLITE_OK)
        result = read_number(searcher, LOOK_MARK, searcher->room, &searcher->mark);
    searcher->low = 1;
    searcher->high = query->last < head ? query->last : head;
    if (result == SQLITE_OK && search->before_ms != INT64_MAX) {
        result = since_find(searcher, search->before_ms, &seq);
        if (result == SQLITE_OK) searcher->high = seq - 1;
    }
    if (result == SQLITE_OK && search->after_ms != INT64_MIN)
        result = since_find(searcher, search->after_ms, &searcher->low);
    return result;
}

/* ---- candidates ---- */

/* Does the message have all that is wanted, and nothing that is not? */
static bool terms_agree(const struct store_searcher *searcher, const struct tally *tally,
                        uint32_t author, struct slice author_name, struct slice text) {
    const struct search *search = &searcher->search;
    for (uint32_t i = 0; i < search->count; i++) {
        const struct search_term *term = &search->terms[i];
        if ((searcher->words.used >> i & 1) == 0) continue;
        bool has = tally->counts[i] > 0;
        if (term->kind == SEARCH_AUTHOR) has = search_is_author(term->text, author, author_name);
        if (term->kind == SEARCH_LINK) has = search_has_link(text);
        if (has == term->negated) return false;
    }
    return true;
}

/* Take the message if it agrees; what is no message, or no more, does not. */
static int candidate_take(struct store_searcher *searcher, int64_t id) {
    sqlite3_stmt *row = searcher->statements[LOOK_ROW];
    struct hit *hit = &searcher->hits[searcher->hit_count];
    *hit = (struct hit){.seq = (uint64_t)id & SEQ_MAX};
    sqlite3_bind_int64(row, 1, id);
    int result = sqlite3_step(row);
    int counted = SQLITE_OK;
    if (result == SQLITE_ROW && sqlite3_column_int(row, 0) == STORED_MESSAGE) {
        uint32_t author = (uint32_t)sqlite3_column_int64(row, 1);
        struct slice text = search_indexed(row_text(row, 3));
        counted = words_count(&searcher->words, text, &hit->tally);
        if (counted == SQLITE_OK &&
            terms_agree(searcher, &hit->tally, author, row_text(row, 2), text))
            searcher->hit_count++;
    }
    int reset = sqlite3_reset(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE) return reset;
    return counted;
}

/* The keys that a statement gives, the newest first, until there are hits_max more hits than
 * `before`, or so many were looked at; with half of the time gone, `enough` will do. */
static int candidates_take(struct store_searcher *searcher, enum search_read which, uint32_t before,
                           uint32_t looked_max, uint32_t enough) {
    sqlite3_stmt *row = searcher->statements[which];
    uint64_t half_us = searcher->end_us - searcher->limit_us / 2;
    int result = SQLITE_OK;
    for (uint32_t looked = 0; looked < looked_max; looked++) {
        if (searcher->hit_count - before >= searcher->hits_max) break;
        int step = sqlite3_step(row);
        if (step != SQLITE_ROW) {
            result = step == SQLITE_DONE ? SQLITE_OK : step;
            break;
        }
        result = candidate_take(searcher, sqlite3_column_int64(row, 0));
        if (result == SQLITE_OK && out_of_time(searcher)) result = SQLITE_INTERRUPT;
        if (result != SQLITE_OK) break;
        if (searcher->hit_count - before >= enough && clock_mono_us() >= half_us) break;
    }
    sqlite3_reset(row);
    return result;
}

/* Whatever changed since it was indexed may be found by words that it did not have. */
static int stale_take(struct store_searcher *searcher) {
    bind_range(searcher, searcher->statements[LOOK_STALE], searcher->low, searcher->high);
    return candidates_take(searcher, LOOK_STALE, 0, SEARCH_TAIL_MAX, 0);
}

/* The newest of a long tail, as far as half of the time goes: the rest is found once it is indexed.
 */
static int tail_take(struct store_searcher *searcher, uint32_t before) {
    uint64_t from = searcher->mark + 1 > searcher->low ? searcher->mark + 1 : searcher->low;
    if (from > searcher->high) return SQLITE_OK;
    bind_range(searcher, searcher->statements[LOOK_TAIL], from, searcher->high);
    return candidates_take(searcher, LOOK_TAIL, before, SEARCH_TAIL_MAX, 0);
}

static void match_bind(struct store_searcher *searcher, uint32_t used) {
    char memory[SEARCH_MATCH_MAX];
    struct buf match;
    buf_init(&match, memory, sizeof memory);
    search_match(&searcher->search, used, &match);
    check(buf_ok(&match));
    sqlite3_bind_text(searcher->statements[LOOK_WORDS], 3, match.at, (int)match.size,
                      SQLITE_TRANSIENT);
}

static int index_take(struct store_searcher *searcher, uint32_t before) {
    uint64_t upto = searcher->mark < searcher->high ? searcher->mark : searcher->high;
    if (searcher->low > upto) return SQLITE_OK;
    match_bind(searcher, searcher->words.used);
    bind_range(searcher, searcher->statements[LOOK_WORDS], searcher->low, upto);
    return candidates_take(searcher, LOOK_WORDS, before, UINT32_MAX, searcher->wanted);
}

static int newer_first(const void *left, const void *right) {
    const struct hit *a = left;
    const struct hit *b = right;
    return (a->seq < b->seq) - (a->seq > b->seq);
}

/* In order, each once. */
static void hits_order(struct store_searcher *searcher) {
    uint32_t count = 0;
    qsort(searcher->hits, searcher->hit_count, sizeof *searcher->hits, newer_first);
    for (uint32_t i = 0; i < searcher->hit_count; i++) {
        if (count > 0 && searcher->hits[count - 1].seq == searcher->hits[i].seq) continue;
        searcher->hits[count++] = searcher->hits[i];
    }
    searcher->hit_count = count;
}

static int hits_find(struct store_searcher *searcher) {
    searcher->hit_count = 0;
    int result = stale_take(searcher);
    uint32_t before = searcher->hit_count;
    if (result == SQLITE_OK) result = tail_take(searcher, before);
    if (result == SQLITE_OK) result = index_take(searcher, before);
    hits_order(searcher);
    if (searcher->hit_count > searcher->hits_max) searcher->hit_count = searcher->hits_max;
    return result;
}

/* ---- the best first ---- */

/* How many of the room's messages have this term, judged from how close together the newest lie.
 */
static int frequency_judge(struct store_searcher *searcher, uint32_t term, double *frequency) {
    sqlite3_stmt *row = searcher->statements[LOOK_WORDS];
    uint64_t last = searcher->mark;
    uint32_t count = 0;
    int result = SQLITE_ROW;
    match_bind(searcher, UINT32_C(1) << term);
    bind_range(searcher, row, 1, searcher->mark);
    for (; count < SAMPLE_MAX && (result = sqlite3_step(row)) == SQLITE_ROW; count++)
        last = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
    bool all = result == SQLITE_DONE;
    int reset = sqlite3_reset(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE) return reset;
    double span = (double)(searcher->mark - last + 1);
    *frequency = all ? count : count * ((double)searcher->mark / span);
    return SQLITE_OK;
}

/* BM25 as FTS5 counts it (k1 = 1.2, b = 0.75), with its floor for words that are everywhere. */
static void hits_score(struct store_searcher *searcher, const double *weights) {
    double words = 0;
    for (uint32_t i = 0; i < searcher->hit_count; i++)
        words += searcher->hits[i].tally.size;
    double average = words / searcher->hit_count;
    for (uint32_t i = 0; i < searcher->hit_count; i++) {
        struct hit *hit = &searcher->hits[i];
        double share = average > 0 ? hit->tally.size / average : 1;
        for (uint32_t t = 0; t < searcher->search.count; t++) {
            double count = hit->tally.counts[t];
            hit->score += weights[t] * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * share));
        }
    }
}

static int better_first(const void *left, const void *right) {
    const struct hit *a = left;
    const struct hit *b = right;
    int better = (a->score < b->score) - (a->score > b->score);
    return better != 0 ? better : newer_first(left, right);
}

/* Where only one word is looked for, its weight changes no order. */
static int hits_rank(struct store_searcher *searcher) {
    const struct search *search = &searcher->search;
    double weights[SEARCH_TERMS_MAX] = {0};
    uint32_t words = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        bool counts = search->terms[i].kind == SEARCH_TEXT && !search->terms[i].negated;
        if (!counts || (searcher->words.used >> i & 1) == 0) continue;
        weights[i] = 1;
        words++;
    }
    for (uint32_t i = 0; words > 1 && searcher->hit_count > 1 && i < search->count; i++) {
        double frequency = 0;
        if (weights[i] == 0) continue;
        int result = frequency_judge(searcher, i, &frequency);
        if (result != SQLITE_OK) return result;
        double rarity = log(((double)searcher->mark - frequency + 0.5) / (frequency + 0.5));
        weights[i] = rarity > 1e-6 ? rarity : 1e-6;
    }
    if (searcher->hit_count > 0) hits_score(searcher, weights);
    qsort(searcher->hits, searcher->hit_count, sizeof *searcher->hits, better_first);
    return SQLITE_OK;
}

/* ---- one search ---- */

static bool is_searchable(const struct store_searcher *searcher) {
    const struct search *search = &searcher->search;
    for (uint32_t i = 0; i < search->count; i++)
        if (!search->terms[i].negated && (searcher->words.used >> i & 1) != 0) return true;
    return false;
}

static int refused(struct query_end *end, enum refusal why) {
    end->refusal = (uint8_t)why;
    end->count = 0;
    return 0;
}

static int failed(struct store_searcher *searcher, int result, struct query_end *end,
                  struct store_error *error) {
    struct trouble trouble = {.result = result};
    if ((result & 0xff) == SQLITE_INTERRUPT) return refused(end, REFUSED_QUERY_BROAD);
    int primary = result & 0xff;
    searcher->damaged = primary == SQLITE_CORRUPT || primary == SQLITE_ERROR;
    end->failed = true;
    end->count = 0;
    return store_blame_sqlite(error, STORE_FAILED, trouble, "cannot search parlance.db");
}

static int find(struct store_searcher *searcher, const struct query *query) {
    int result = run(searcher, BEGIN_SEARCH);
    if (result == SQLITE_OK) result = bounds_find(searcher, query);
    if (result == SQLITE_OK) result = hits_find(searcher);
    if (result == SQLITE_OK && !searcher->search.newest) result = hits_rank(searcher);
    sqlite3_progress_handler(searcher->db, 0, NULL, NULL);
    int ended = run(searcher, END_SEARCH);
    return result == SQLITE_OK ? ended : result;
}

/* What is given out: the messages as a page has them. */
struct giving {
    void (*row)(void *context, const struct event *found);
    void *context;
    size_t bytes_left;
    bool any;
    bool full;
};

static void give_row(void *context, const struct event *past) {
    struct giving *giving = context;
    struct event found = *past;
    size_t size = sizeof found + past->text.size + past->author_name.size;
    if (giving->any && size > giving->bytes_left) {
        giving->full = true;
        return;
    }
    giving->bytes_left -= size < giving->bytes_left ? size : giving->bytes_left;
    giving->any = true;
    found.kind = EVENT_FOUND;
    giving->row(giving->context, &found);
}

/* A message that was removed meanwhile is no row of a page. */
static int hits_give(struct store_searcher *searcher, struct store_reader *reader,
                     struct giving *giving, struct query_end *end, struct store_error *error) {
    bool newest = searcher->search.newest;
    uint32_t from = newest ? 0 : (uint32_t)(end->first - 1);
    for (uint32_t i = from; i < searcher->hit_count && end->count > 0; i++) {
        uint64_t seq = searcher->hits[i].seq;
        const struct query one = {
            .kind = QUERY_RANGE, .room.v = searcher->room, .count = 1, .first = seq, .last = seq};
        struct query_end one_end;
        if (store_read(reader, &one, SIZE_MAX, give_row, giving, &one_end, error) < 0) {
            end->failed = true;
            end->count = 0;
            return -EIO;
        }
        if (giving->full) return 0;
        end->count--;
        if (newest) {
            end->last = seq - 1;
        } else {
            end->first++;
        }
    }
    bool more = newest && searcher->hit_count == searcher->hits_max && end->last > 0;
    if (!more) end->count = 0;
    return 0;
}

/* ---- the handle ---- */

static void searcher_close(struct store_searcher *searcher) {
    if (searcher->db == NULL) return;
    words_close(&searcher->words);
    connect_close(searcher->db, SEARCH_READS, searcher->statements);
    searcher->db = NULL;
}

static int searcher_open(struct store_searcher *searcher, struct store_error *error) {
    char path[PATH_SIZE_MAX];
    if (searcher->db != NULL) return 0;
    int result = 0;
    if (searcher->options.in_memory) {
        connect_memory_name(searcher->options.folder, path);
    } else {
        result = folder_path(searcher->options.folder, path, error);
    }
    if (result == 0) {
        result =
            connect_open(path, searcher->options.in_memory, CONNECT_READ, &searcher->db, error);
    }
    if (result == 0) {
        result =
            connect_prepare(searcher->db, read_texts, SEARCH_READS, searcher->statements, error);
        searcher->damaged = result < 0;
    }
    if (result == 0 && words_open(&searcher->words, searcher->db) != SQLITE_OK) {
        result = store_blame_sqlite(error, STORE_FAILED, trouble_of(searcher->db), "cannot search");
    }
    if (result < 0) searcher_close(searcher);
    return result;
}

int store_search(struct store_searcher *searcher, struct store_reader *reader,
                 const struct query *query, size_t bytes_max,
                 void (*row)(void *context, const struct event *found), void *context,
                 struct query_end *end, struct store_error *error) {
    struct slice text = {query->text, query->text_size};
    struct slice place;
    struct giving giving = {.row = row, .context = context, .bytes_left = bytes_max};
    check(query->room.v > 0 && query->room.v <= ROOM_NUMBER_MAX);
    *error = (struct store_error){.fault = STORE_FINE};
    *end = (struct query_end){.session = query->session,
                              .room = query->room,
                              .count = query->count < HITS_MAX ? query->count : HITS_MAX,
                              .first = query->first > 0 ? query->first : 1,
                              .last = query->last};
    if (!search_parse(text, &searcher->search, &place)) return refused(end, REFUSED_QUERY_BAD);
    if (searcher_open(searcher, error) < 0) {
        end->failed = true;
        return -EIO;
    }
    int result = words_set(&searcher->words, &searcher->search);
    if (result != SQLITE_OK) return failed(searcher, result, end, error);
    if (!is_searchable(searcher)) return refused(end, REFUSED_QUERY_BAD);
    searcher->damaged = false;
    searcher->room = query->room.v;
    searcher->wanted = (uint32_t)(end->first - 1) + end->count;
    searcher->hits_max = searcher->search.newest ? end->count : HITS_MAX;
    searcher->end_us = clock_mono_us() + searcher->limit_us;
    sqlite3_progress_handler(searcher->db, PROGRESS_STEPS, out_of_time, searcher);
    result = find(searcher, query);
    if (result != SQLITE_OK) return failed(searcher, result, end, error);
    return hits_give(searcher, reader, &giving, end, error);
}

struct store_searcher *store_searcher_new(const struct store_options *options) {
    struct store_searcher *searcher = calloc(1, sizeof *searcher);
    if (searcher == NULL) return NULL;
    searcher->options = *options;
    searcher->limit_us = STORE_SEARCH_US;
    if (options->folder != NULL) {
        snprintf(searcher->folder, sizeof searcher->folder, "%s", options->folder);
        searcher->options.folder = searcher->folder;
    }
    return searcher;
}

void store_searcher_free(struct store_searcher *searcher) {
    searcher_close(searcher);
    free(searcher);
}

bool store_searcher_found_damage(const struct store_searcher *searcher) {
    return searcher->damaged;
}

void store_searcher_limit(struct store_searcher *searcher, uint64_t us) {
    searcher->limit_us = us;
}
