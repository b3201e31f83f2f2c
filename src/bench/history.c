/* history.c: `bench history` and `bench search`. */
#include "bench/history.h"

#include <stdio.h>

#include "base/check.h"
#include "bench/child.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/quantile.h"
#include "bench/tick.h"

enum { PAGE_MESSAGES = 100, FOUND_MAX = 20, PIECE_SIZE = 65536 };

struct history_plan history_defaults(void) {
    return (struct history_plan){.messages = 1000000, .pages = 500, .searches = 300, .seed = 7};
}

/* What came of one query, in however many pieces. */
struct answer {
    uint64_t count, newest;
    bool refused;
};

static void count_row(void *context, const struct event *row) {
    struct answer *answer = context;
    answer->count++;
    if (answer->newest < row->seq) answer->newest = row->seq;
}

static void go_on(struct query *query, const struct query_end *end) {
    if (query->kind == QUERY_LATEST || query->kind == QUERY_AROUND) query->kind = QUERY_RANGE;
    query->count = end->count;
    query->first = end->first;
    query->last = end->last;
}

static struct answer ask(struct library *library, struct query query, double *ms) {
    struct answer answer = {0};
    struct query_end end;
    struct store_error error;
    uint64_t start_ns = tick_ns();
    do {
        int result =
            query.kind == QUERY_SEARCH
                ? store_search(library->searcher, library->reader, &query, PIECE_SIZE, count_row,
                               &answer, &end, &error)
                : store_read(library->reader, &query, PIECE_SIZE, count_row, &answer, &end, &error);
        if (result != 0) halt(HALT_FAILED, "%s", error.text);
        answer.refused |= end.refusal != REFUSED_NOT;
        go_on(&query, &end);
    } while (end.count > 0);
    *ms = (double)(tick_ns() - start_ns) / 1e6;
    return answer;
}

static struct query page_query(struct library *library, enum page_place place) {
    uint64_t last = library->messages;
    struct query query = {.room.v = LIBRARY_ROOM, .count = PAGE_MESSAGES, .first = 1, .last = last};
    uint64_t somewhere =
        PAGE_MESSAGES + rng_below(&library->rng, last - 2 * (uint64_t)PAGE_MESSAGES);
    query.kind = QUERY_LATEST;
    if (place == PAGE_BEFORE) query.last = somewhere;
    if (place == PAGE_FIRST) query.kind = QUERY_RANGE;
    if (place == PAGE_AROUND) {
        query.kind = QUERY_AROUND;
        query.target = somewhere;
    }
    return query;
}

void history_measure(const struct history_plan *plan, struct library *library,
                     struct history_result *result) {
    for (enum page_place place = 0; place < PAGE_PLACES; place++) {
        static struct quantile quantile;
        quantile = (struct quantile){0};
        for (uint32_t i = 0; i < plan->pages; i++) {
            double ms;
            struct answer answer = ask(library, page_query(library, place), &ms);
            if (answer.count != PAGE_MESSAGES)
                halt(HALT_FAILED, "a page of %llu messages", (unsigned long long)answer.count);
            quantile_add(&quantile, (uint64_t)(ms * 1e6), 1);
        }
        result->p50_ms[place] = quantile_us(&quantile, 0.5) / 1000;
        result->p99_ms[place] = quantile_us(&quantile, 0.99) / 1000;
    }
}

static struct query search_query(struct library *library, enum search_order order) {
    struct query query = {.kind = QUERY_SEARCH,
                          .room.v = LIBRARY_ROOM,
                          .count = FOUND_MAX,
                          .first = 1,
                          .last = library->messages};
    struct buf text;
    buf_init(&text, query.text, sizeof query.text);
    library_put_word(library_word(library), &text);
    buf_byte(&text, ' ');
    library_put_word(library_word(library), &text);
    if (order == SEARCH_NEWEST) buf_text(&text, " order:new");
    query.text_size = (uint16_t)text.size;
    return query;
}

void search_measure(const struct history_plan *plan, struct library *library,
                    struct search_result *result) {
    *result = (struct search_result){0};
    for (enum search_order order = 0; order < SEARCH_ORDERS; order++) {
        static struct quantile quantile;
        quantile = (struct quantile){0};
        for (uint32_t i = 0; i < plan->searches; i++) {
            double ms;
            struct answer answer = ask(library, search_query(library, order), &ms);
            quantile_add(&quantile, (uint64_t)(ms * 1e6), 1);
            result->found[order] += (double)answer.count / plan->searches;
            result->refused[order] += answer.refused;
            if (ms > result->max_ms[order]) result->max_ms[order] = ms;
        }
        result->p50_ms[order] = quantile_us(&quantile, 0.5) / 1000;
        result->p99_ms[order] = quantile_us(&quantile, 0.99) / 1000;
    }
}

static void put_library(struct figures *figures, const struct library *library) {
    figures_put(figures, "messages", library->messages, 0);
    figures_put(figures, "fill_s", library->fill_s, 1);
    figures_put(figures, "index_s", library->index_s, 1);
    figures_put(figures, "index_cpu_s", library->index_cpu_s, 1);
    figures_put(figures, "longest_slice_cpu_ms", library->slice_ms_max, 1);
    figures_put(figures, "index_mb", library->index_bytes / 1e6, 1);
    figures_put(figures, "file_mb", library->all_bytes / 1e6, 1);
}

static struct history_plan plan_read(const char *name, const char *summary, int argc, char **argv) {
    struct history_plan plan = history_defaults();
    const struct flag flags[] = {
        {"--messages", "in the room", .number = &plan.messages, .min = 1000, .max = 20000000},
        {"--pages", "read at each place", .number = &plan.pages, .min = 10, .max = 100000},
        {"--searches", "in each order", .number = &plan.searches, .min = 10, .max = 100000},
        {"--seed", "of texts and places", .number = &plan.seed, .min = 0, .max = UINT32_MAX},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {name, summary, flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    return plan;
}

int history_main(int argc, char **argv) {
    struct history_plan plan =
        plan_read("history", "Pages of 100 messages of a long history.", argc, argv);
    struct library library;
    struct history_result result;
    struct figures figures = {.title = "history"};
    library_open(&library, plan.messages, plan.seed);
    history_measure(&plan, &library, &result);
    put_library(&figures, &library);
    figures_put(&figures, "latest_p50_ms", result.p50_ms[PAGE_LATEST], 3);
    figures_put(&figures, "latest_p99_ms", result.p99_ms[PAGE_LATEST], 3);
    figures_put(&figures, "before_p50_ms", result.p50_ms[PAGE_BEFORE], 3);
    figures_put(&figures, "before_p99_ms", result.p99_ms[PAGE_BEFORE], 3);
    figures_put(&figures, "around_p50_ms", result.p50_ms[PAGE_AROUND], 3);
    figures_put(&figures, "around_p99_ms", result.p99_ms[PAGE_AROUND], 3);
    figures_put(&figures, "first_p50_ms", result.p50_ms[PAGE_FIRST], 3);
    figures_put(&figures, "first_p99_ms", result.p99_ms[PAGE_FIRST], 3);
    figures_print(&figures, plan.json);
    library_close(&library);
    return 0;
}

int search_main(int argc, char **argv) {
    struct history_plan plan =
        plan_read("search", "Searches for two words in a long history.", argc, argv);
    struct library library;
    struct search_result result;
    struct figures figures = {.title = "search"};
    library_open(&library, plan.messages, plan.seed);
    search_measure(&plan, &library, &result);
    put_library(&figures, &library);
    figures_put(&figures, "ranked_p50_ms", result.p50_ms[SEARCH_RANKED], 2);
    figures_put(&figures, "ranked_p99_ms", result.p99_ms[SEARCH_RANKED], 2);
    figures_put(&figures, "ranked_max_ms", result.max_ms[SEARCH_RANKED], 2);
    figures_put(&figures, "ranked_refused", result.refused[SEARCH_RANKED], 0);
    figures_put(&figures, "ranked_found", result.found[SEARCH_RANKED], 1);
    figures_put(&figures, "newest_p50_ms", result.p50_ms[SEARCH_NEWEST], 2);
    figures_put(&figures, "newest_p99_ms", result.p99_ms[SEARCH_NEWEST], 2);
    figures_put(&figures, "newest_max_ms", result.max_ms[SEARCH_NEWEST], 2);
    figures_put(&figures, "newest_refused", result.refused[SEARCH_NEWEST], 0);
    figures_put(&figures, "newest_found", result.found[SEARCH_NEWEST], 1);
    figures_print(&figures, plan.json);
    library_close(&library);
    return 0;
}
