/* filter.c: words that are not to be said, in one room or anywhere. A filter is one or more words
 * with * and ?, side by side; both sides are compared in the form in which look-alikes are the same
 * (text_words(), made by the worker). Nothing backtracks: globs are linear, a text has at most
 * FILTER_TEXT_MAX bytes and a room at most list_entries filters. Who keeps a room in order is not
 * filtered there, administrators nowhere. */
#include "base/check.h"
#include "base/mask.h"
#include "base/text.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/rule.h"

/* What stands before the next blank; *rest is what follows it. */
static struct slice next_word(struct slice *rest) {
    while (rest->size > 0 && rest->at[0] == ' ')
        *rest = slice_from(*rest, 1);
    return slice_until(rest, ' ');
}

/* `first` is a word of the text, `rest` what follows it. */
static bool match_here(struct slice filter, struct slice first, struct slice rest) {
    struct slice mask = next_word(&filter), word = first;
    while (mask.size > 0) {
        if (word.size == 0 || !glob_match(mask, word)) return false;
        mask = next_word(&filter);
        word = next_word(&rest);
    }
    return true;
}

bool words_match(struct slice filter, struct slice words) {
    struct slice word;
    while ((word = next_word(&words)).size > 0)
        if (match_here(filter, word, words)) return true;
    return false;
}

/* ---- what is said ---- */

static const struct restraint_row *strictest(struct hub *hub, const struct room *room) {
    struct slice words = hub->command->skeleton;
    const struct restraint_row *here = NULL, *anywhere;
    size_t least;
    uint64_t bits = mask_needs(words, &least); /* each byte of it: the words have no * and ? */
    anywhere = restraint_about_words(hub, whole_server(hub), words, bits);
    if (room && standing_of(hub, hub_asking_user(hub), room) < STANDING_OPERATOR)
        here = restraint_about_words(hub, room, words, bits);
    return !here || (anywhere && anywhere->kind >= here->kind) ? anywhere : here;
}

/* Somebody is muted in the room for so many seconds. False: there is no room for it. */
static bool mute(struct hub *hub, struct room *room, int64_t seconds) {
    struct user *user = hub_asking_user(hub);
    struct account *account = account_of(hub, user);
    struct whom whom = {.subject = account ? SUBJECT_ACCOUNT : SUBJECT_GUEST,
                        .user = user,
                        .account = account,
                        .mask = user_name(user),
                        .key = {user->key, user->key_size}};
    if (restraint_room_left(hub, room) < restraint_needs(hub, room, RESTRAINT_MUTE, &whom))
        return false;
    restraint_set(hub, room, RESTRAINT_MUTE, &whom, hub->now_ms + seconds * 1000,
                  slice_of("filter"));
    return true;
}

/* Too long to be looked through, or longer than that in the form that is compared. */
static bool is_too_long(const struct hub *hub) {
    const struct command *c = hub->command;
    return c->text.size > FILTER_TEXT_MAX || slice_equal(c->skeleton, slice_of("\n"));
}

/* A row of the audit log: what the filter did. */
static void log_filtered(struct hub *hub, const struct room *room, const char *action,
                         struct slice whom, struct slice filter) {
    struct record *record = hub_record(hub, RECORD_AUDIT, room);
    record->time_ms = hub->now_ms;
    record->author_name = slice_of("filter");
    record->key = slice_text(action);
    record->name = whom;
    record->text = filter;
    hub_record_sum(hub, record);
}

bool filter_passes(struct hub *hub, const struct room *in) {
    struct user *user = hub_asking_user(hub);
    struct room *room = in && !(in->flags & ROOM_DIRECT) ? &hub->rooms[room_row(hub, in)] : NULL;
    if (hub->filter_count == 0 || hub->command->text.size == 0) return true;
    if (!user || (user->powers & POWER_ROOMS)) return true;
    if (is_too_long(hub)) {
        hub_refuse(hub, REFUSED_TEXT_TOO_LONG, FILTER_TEXT_MAX, (struct slice){0});
        return false;
    }
    const struct restraint_row *row = strictest(hub, room);
    if (!row) return true;
    static const char *const actions[RESTRAINTS] = {[RESTRAINT_REPORT] = "filter-report",
                                                    [RESTRAINT_REFUSE] = "filter-refuse",
                                                    [RESTRAINT_HUSH] = "filter-mute"};
    enum restraint kind = (enum restraint)row->kind;
    uint32_t seconds = row->account_number;
    struct slice filter = {row->mask, row->mask_size};
    bool fits = hub_fits(hub, 3, 4 * MASK_SIZE_MAX + 2 * USER_NAME_SIZE_MAX);
    bool kept = in && !(in->flags & (ROOM_OWN | ROOM_DIRECT | ROOM_VOLATILE));
    if (fits && (kind == RESTRAINT_REPORT || moderate_counts(hub, room)))
        log_filtered(hub, kept ? in : whole_server(hub), actions[kind], user_name(user), filter);
    if (kind == RESTRAINT_REPORT) {
        hub->report_count++;
        return true;
    }
    bool muted = kind == RESTRAINT_HUSH && kept && fits && mute(hub, room, seconds);
    hub_refuse(hub, muted ? REFUSED_FILTER_MUTES : REFUSED_FILTERED, muted ? seconds : 0,
               in ? room_name(in) : (struct slice){0});
    return false;
}

/* ---- filters ---- */

/* It stands in a list, a line each, with TABs between what is said of it. */
static bool has_control(struct slice words) {
    for (size_t i = 0; i < words.size; i++)
        if ((unsigned char)words.at[i] < ' ' || words.at[i] == 0x7F) return true;
    return false;
}

static bool filter_fits(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    bool kind = c->setting >= RESTRAINT_REPORT && c->setting <= RESTRAINT_HUSH;
    bool timed = c->setting != RESTRAINT_HUSH || (c->number > 0 && c->number <= FILTER_SECONDS_MAX);
    bool sets = c->flags & COMMAND_SETS;
    enum refusal why = REFUSED_NOT;
    if (c->name.size == 0 || c->name.size > FILTER_WORDS_MAX || c->name_key.size == 0 ||
        c->name_key.size > MASK_SIZE_MAX || has_control(c->name))
        why = REFUSED_FILTER_BAD;
    else if (sets && (!kind || !timed))
        why = REFUSED_SETTING_BAD;
    else if (room->flags & (ROOM_OWN | ROOM_DIRECT))
        why = REFUSED_NOT_ALLOWED;
    else if (sets && restraint_room_left(hub, room) == 0)
        why = REFUSED_LIST_FULL;
    uint64_t number = why == REFUSED_LIST_FULL ? hub->limits.list_entries : FILTER_WORDS_MAX;
    if (why != REFUSED_NOT)
        hub_refuse(hub, why, number, slice_of("report, refuse, seconds of a mute, off"));
    return why == REFUSED_NOT && hub_can_record_all(hub, 5, 4 * MASK_SIZE_MAX);
}

void filter_set(struct hub *hub) {
    const struct command *c = hub->command;
    bool any = false;
    struct room *room = server_or_room(hub, ACTION_FILTER);
    if (!room || !filter_fits(hub, room)) return;
    const struct whom what = {.subject = SUBJECT_WORDS,
                              .mask = c->name,
                              .key = c->name_key,
                              .seconds = c->setting == RESTRAINT_HUSH ? (uint32_t)c->number : 0};
    for (enum restraint kind = RESTRAINT_REPORT; kind <= RESTRAINT_HUSH; kind++)
        any |= restraint_lift(hub, room, kind, &what);
    if (!any && !(c->flags & COMMAND_SETS)) {
        hub_refuse(hub, REFUSED_NOTHING_HOLDS, 0, c->name);
        return;
    }
    struct slice by = hub_from_control(hub) ? slice_of("console") : user_name(hub_asking_user(hub));
    if (c->flags & COMMAND_SETS) restraint_set(hub, room, (enum restraint)c->setting, &what, 0, by);
    moderate_log(hub, room, c->flags & COMMAND_SETS ? "filter" : "filter-off", c->name,
                 (struct slice){0});
    hub_reply(hub, EVENT_DONE, room, true)->text =
        slice_text(c->flags & COMMAND_SETS ? "the filter holds" : "the filter is off");
}
