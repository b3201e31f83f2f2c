/* friendly.c: names for people who were not asked for one, as brave-otter-417. */
#include "base/buf.h"
#include "base/check.h"
#include "hub/inside.h"

static const char *const manners[] = {
    "able",   "agile",  "amber",  "apt",    "bold",   "brave", "bright",  "brisk",
    "calm",   "candid", "clear",  "clever", "cosy",   "crisp", "daring",  "deft",
    "eager",  "early",  "easy",   "fair",   "fancy",  "fleet", "fond",    "frank",
    "free",   "fresh",  "gentle", "glad",   "golden", "grand", "happy",   "hardy",
    "honest", "jolly",  "keen",   "kind",   "lively", "loyal", "lucky",   "mellow",
    "merry",  "mild",   "neat",   "nimble", "noble",  "open",  "patient", "plucky",
    "polite", "proud",  "quick",  "quiet",  "ready",  "rosy",  "silver",  "smart",
    "sober",  "steady", "sunny",  "swift",  "tidy",   "true",  "warm",    "witty",
};

static const char *const animals[] = {
    "adder",   "badger",  "beaver", "bison",  "buzzard", "carp",     "chough",  "condor",
    "crane",   "cricket", "curlew", "deer",   "dolphin", "dormouse", "eagle",   "egret",
    "elk",     "falcon",  "ferret", "finch",  "fox",     "gannet",   "gecko",   "goose",
    "hare",    "hawk",    "heron",  "hoopoe", "ibex",    "ibis",     "jackdaw", "jay",
    "kestrel", "kite",    "lark",   "linnet", "lynx",    "magpie",   "marten",  "mole",
    "moose",   "newt",    "otter",  "owl",    "plover",  "puffin",   "quail",   "rabbit",
    "raven",   "robin",   "salmon", "seal",   "shrew",   "stork",    "swan",    "tern",
    "thrush",  "toad",    "trout",  "turtle", "vole",    "weasel",   "wren",    "yak",
};

enum { WORDS = 64, TRIES_PER_DIGIT = 32, DIGITS_MAX = 9 };
_Static_assert(sizeof manners == WORDS * sizeof *manners, "as many as the draw takes");
_Static_assert(sizeof animals == WORDS * sizeof *animals, "as many as the draw takes");

struct slice friendly_name(struct rng *rng, uint32_t try, char *memory, size_t cap) {
    uint32_t digits = 3 + try / TRIES_PER_DIGIT, low = 1;
    if (digits > DIGITS_MAX) digits = DIGITS_MAX;
    for (uint32_t i = 1; i < digits; i++)
        low *= 10;
    struct buf name;
    buf_init(&name, memory, cap);
    buf_text(&name, manners[rng_below(rng, WORDS)]);
    buf_byte(&name, '-');
    buf_text(&name, animals[rng_below(rng, WORDS)]);
    buf_byte(&name, '-');
    buf_number(&name, low + rng_below(rng, 9 * (uint64_t)low));
    check(buf_ok(&name));
    return buf_slice(&name);
}
