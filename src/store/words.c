/* words.c: FTS5 gives its tokenizer to whoever asks; for both sides see
 * https://www.sqlite.org/fts5.html, section 7. */
#include "store/words.h"

#include "base/check.h"

static int api_find(sqlite3 *db, fts5_api **api) {
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &row, NULL);
    if (result == SQLITE_OK) result = sqlite3_bind_pointer(row, 1, api, "fts5_api_ptr", NULL);
    if (result == SQLITE_OK) sqlite3_step(row);
    int finalized = sqlite3_finalize(row);
    if (result != SQLITE_OK) return result;
    return *api != NULL ? finalized : SQLITE_ERROR;
}

int words_open(struct words *words, sqlite3 *db) {
    static const char *arguments[] = {"remove_diacritics", "2"}; /* as TOKENIZER says */
    fts5_api *api = NULL;
    void *context = NULL;
    *words = (struct words){0};
    int result = api_find(db, &api);
    if (result == SQLITE_OK)
        result = api->xFindTokenizer(api, "unicode61", &context, &words->functions);
    if (result == SQLITE_OK)
        result = words->functions.xCreate(context, arguments, 2, &words->tokenizer);
    return result;
}

void words_close(struct words *words) {
    if (words->tokenizer != NULL) words->functions.xDelete(words->tokenizer);
    words->tokenizer = NULL;
}

/* ---- what is looked for ---- */

struct setting {
    struct words *words;
    uint8_t term;
};

static int set_word(void *context, int flags, const char *at, int size, int begin, int end) {
    struct setting *setting = context;
    struct words *words = setting->words;
    (void)flags;
    (void)begin;
    (void)end;
    if (words->count == WORDS_MAX || (size_t)size > WORD_BYTES_MAX - words->bytes_size)
        return SQLITE_TOOBIG;
    uint32_t which = words->count++;
    bool begins = which == 0 || words->list[which - 1].term != setting->term;
    if (!begins) words->list[which - 1].ends = false;
    words->list[which].at = (uint16_t)words->bytes_size;
    words->list[which].size = (uint16_t)size;
    words->list[which].term = setting->term;
    words->list[which].begins = begins;
    words->list[which].ends = true;
    memcpy(words->bytes + words->bytes_size, at, (size_t)size);
    words->bytes_size += (size_t)size;
    words->used |= UINT32_C(1) << setting->term;
    return SQLITE_OK;
}

int words_set(struct words *words, const struct search *search) {
    words->used = words->count = 0;
    words->bytes_size = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        struct setting setting = {words, (uint8_t)i};
        struct slice text = search->terms[i].text;
        if (search->terms[i].kind != SEARCH_TEXT) {
            words->used |= UINT32_C(1) << i;
            continue;
        }
        int result = words->functions.xTokenize(words->tokenizer, &setting, FTS5_TOKENIZE_QUERY,
                                                text.at, (int)text.size, set_word);
        if (result != SQLITE_OK) return result;
    }
    return SQLITE_OK;
}

/* ---- whether it is there ---- */

/* reached[i]: the words of this term up to the i-th are the ones just read. */
struct counting {
    const struct words *words;
    struct tally *tally;
    bool reached[WORDS_MAX];
};

/* From the last to the first, so that reached[i - 1] is still that of the word before. */
static int count_word(void *context, int flags, const char *at, int size, int begin, int end) {
    struct counting *counting = context;
    const struct words *words = counting->words;
    (void)flags;
    (void)begin;
    (void)end;
    counting->tally->size++;
    for (uint32_t i = words->count; i-- > 0;) {
        bool due = words->list[i].begins || counting->reached[i - 1];
        counting->reached[i] = due && words->list[i].size == size &&
                               memcmp(words->bytes + words->list[i].at, at, (size_t)size) == 0;
        uint16_t *count = &counting->tally->counts[words->list[i].term];
        if (counting->reached[i] && words->list[i].ends && *count < UINT16_MAX) ++*count;
    }
    return SQLITE_OK;
}

int words_count(struct words *words, struct slice text, struct tally *tally) {
    struct counting counting = {.words = words, .tally = tally};
    *tally = (struct tally){0};
    return words->functions.xTokenize(words->tokenizer, &counting, FTS5_TOKENIZE_DOCUMENT,
                                      text.size == 0 ? "" : text.at, (int)text.size, count_word);
}
