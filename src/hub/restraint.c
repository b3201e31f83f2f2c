/* restraint.c: bans, mutes and invitations of a room. Rows of one table, chained per room in the
 * order of their numbers. Whether one of them is about somebody is asked whenever she enters or
 * speaks, so each row says in a few words what a name must have for its mask to match at all, and
 * only what passes that is matched (THREATS 61).
 *
 * What ran out is gone as soon as it is met; a step forgets a few rows at most, so that its effects
 * are bounded. What is about a guest is hers, chained per guest too, and ends with her. */
#include "base/check.h"
#include "base/mask.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/profile.h"
#include "hub/rule.h"

enum { FORGOTTEN_A_STEP = 16 };
_Static_assert((int)USER_KEY_MAX <= (int)MASK_TEXT_SIZE_MAX, "a name can be matched");

static struct slice row_key(const struct restraint_row *row) {
    return (struct slice){row->key, row->key_size};
}

static uint32_t row_of(const struct hub *hub, const struct restraint_row *row) {
    return (uint32_t)(row - hub->restraints);
}

/* The mask itself: of accounts' names it stands behind "a:". */
static struct slice row_mask(const struct restraint_row *row) {
    return row->subject == SUBJECT_KNOWN ? slice_from(row_key(row), 2) : row_key(row);
}

/* What a text must hold and how long it must be for the mask to match. */
static void row_prepare(struct restraint_row *row) {
    size_t least;
    row->bits = mask_needs(row_mask(row), &least);
    row->least = (uint8_t)least;
}

static bool network_matches(const struct hub *hub, const struct restraint_row *row,
                            const struct user *user) {
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next)
        if (address_in(hub->sessions[at].address, row->network)) return true;
    return false;
}

/* Whom to look for: what every row is compared with. */
struct sought {
    const struct user *user;
    const struct account *account; /* NULL: a guest */
    struct mask_text key;
    struct mask_text person, known; /* nick!login@host, the account's name: size 0 until needed */
};

static void sought_init(struct sought *sought, struct hub *hub, const struct user *user) {
    sought->user = user;
    sought->account = account_of(hub, user);
    sought->person.size = sought->known.size = 0;
    mask_text_init(&sought->key, (struct slice){user->key, user->key_size});
}

static bool text_matches(const struct mask_text *text, const struct restraint_row *row) {
    if (row->bits & ~text->bytes || row->least > text->size) return false;
    return mask_matches(text, row_mask(row));
}

/* As IRC shows her; who has no login there is called by her name. */
static bool person_matches(const struct hub *hub, const struct restraint_row *row,
                           struct sought *sought) {
    char memory[MASK_TEXT_SIZE_MAX];
    struct buf text;
    struct slice key = {sought->user->key, sought->user->key_size};
    struct slice login = profile_login(hub, sought->user);
    if (sought->person.size > 0) return text_matches(&sought->person, row);
    buf_init(&text, memory, sizeof memory);
    buf_put(&text, key);
    buf_byte(&text, '!');
    for (size_t i = 0; i < login.size; i++) {
        char c = login.at[i];
        buf_byte(&text, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    if (login.size == 0) {
        buf_put(&text, slice_head(key, LOGIN_SIZE_MAX));
        buf_text(&text, "@parlance");
    }
    check(buf_ok(&text));
    mask_text_init(&sought->person, buf_slice(&text));
    return text_matches(&sought->person, row);
}

static bool known_matches(const struct restraint_row *row, struct sought *sought) {
    const struct account *account = sought->account;
    if (!account) return false;
    if (sought->known.size == 0)
        mask_text_init(&sought->known, (struct slice){account->key, account->key_size});
    return text_matches(&sought->known, row);
}

static bool row_matches(const struct hub *hub, const struct restraint_row *row,
                        struct sought *sought) {
    switch ((enum subject)row->subject) {
    case SUBJECT_ACCOUNT: return sought->account && row->account_number == sought->account->number;
    case SUBJECT_GUEST: return row->identity.v == sought->user->identity.v;
    case SUBJECT_MASK: return text_matches(&sought->key, row);
    case SUBJECT_NET: return network_matches(hub, row, sought->user);
    case SUBJECT_PERSON: return person_matches(hub, row, sought);
    case SUBJECT_KNOWN: return known_matches(row, sought);
    case SUBJECT_WORDS: break; /* not about who she is */
    }
    return false;
}

static void guest_unlink(struct hub *hub, const struct restraint_row *row) {
    uint32_t *at = &hub->users[row->guest].restraints;
    while (*at != row_of(hub, row)) {
        check(*at != NONE);
        at = &hub->restraints[*at].guest_next;
    }
    *at = row->guest_next;
}

bool restraint_is_filter(const struct restraint_row *row) {
    return row->kind == RESTRAINT_REPORT || row->kind == RESTRAINT_REFUSE ||
           row->kind == RESTRAINT_HUSH;
}

/* What every message or newcomer asks about is counted, not looked for. */
static void count_row(struct hub *hub, const struct restraint_row *row, int more) {
    if (restraint_is_filter(row)) hub->filter_count += (uint32_t)more;
    if (row->kind == RESTRAINT_LOCKDOWN) hub->lock_count += (uint32_t)more;
}

static void row_free(struct hub *hub, struct restraint_row *row) {
    struct room *room = &hub->rooms[row->room];
    uint32_t at = room->restraints_first, prev = NONE, self = row_of(hub, row);
    for (; at != self; at = hub->restraints[at].next) {
        check(at != NONE);
        prev = at;
    }
    if (prev != NONE)
        hub->restraints[prev].next = row->next;
    else
        room->restraints_first = row->next;
    if (room->restraints_last == self) room->restraints_last = prev;
    room->restraint_count--;
    count_row(hub, row, -1);
    if (row->subject == SUBJECT_GUEST) guest_unlink(hub, row);
    row->room = NONE;
    row->next = hub->restraint_free;
    hub->restraint_free = self;
    hub->restraint_count--;
}

/* False: the disk cannot take it now, and the row stays. */
static bool row_forget(struct hub *hub, struct restraint_row *row) {
    if (row->subject != SUBJECT_GUEST) {
        if (!hub_fits(hub, 1, 0)) return false;
        const struct room *room = &hub->rooms[row->room];
        struct record *record = hub_record(hub, RECORD_RESTRAINT_GONE, room);
        record->number = row->number;
        hub_record_sum(hub, record);
    }
    row_free(hub, row);
    return true;
}

static bool row_is_over(const struct hub *hub, const struct restraint_row *row) {
    return row->until_ms != 0 && row->until_ms <= hub->now_ms;
}

/* The row that holds for her the longest, NULL: none. */
static struct restraint_row *find(struct hub *hub, const struct user *user, const struct room *room,
                                  enum restraint kind) {
    struct restraint_row *found = NULL;
    if (room->restraints_first == NONE) return NULL;
    struct sought sought;
    sought_init(&sought, hub, user);
    uint32_t next;
    for (uint32_t at = room->restraints_first; at != NONE; at = next) {
        struct restraint_row *row = &hub->restraints[at];
        next = row->next;
        if (row_is_over(hub, row)) {
            if (hub->forgotten < FORGOTTEN_A_STEP && row_forget(hub, row)) hub->forgotten++;
            continue;
        }
        if (row->kind != kind || !row_matches(hub, row, &sought)) continue;
        if (row->until_ms == 0) return row;
        if (!found || row->until_ms > found->until_ms) found = row;
    }
    return found;
}

bool restraint_holds(struct hub *hub, const struct user *user, const struct room *room,
                     enum restraint kind) {
    if (!find(hub, user, room, kind)) return false;
    if (kind == RESTRAINT_BAN) return !find(hub, user, room, RESTRAINT_EXEMPT);
    if (kind == RESTRAINT_MUTE) return !find(hub, user, room, RESTRAINT_EXEMPT_MUTE);
    return true;
}

bool restraint_names(struct hub *hub, const struct user *user, const struct room *room,
                     enum restraint kind) {
    const struct account *account = account_of(hub, user);
    for (uint32_t at = room->restraints_first; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        if (row->kind != kind || row_is_over(hub, row)) continue;
        if (row->subject == SUBJECT_GUEST && row->identity.v == user->identity.v) return true;
        if (row->subject == SUBJECT_ACCOUNT && account && row->account_number == account->number)
            return true;
    }
    return false;
}

int64_t restraint_until(struct hub *hub, const struct user *user, const struct room *room,
                        enum restraint kind) {
    const struct restraint_row *row = find(hub, user, room, kind);
    return row ? row->until_ms : 0;
}

void restraint_use(struct hub *hub, const struct user *user, const struct room *room) {
    struct restraint_row *row = find(hub, user, room, RESTRAINT_INVITE);
    if (row) (void)row_forget(hub, row); /* on a full disk it stays, and is used the next time */
}

void restraint_put_invitations(struct hub *hub, const struct user *user, struct buf *out) {
    struct sought sought;
    sought_init(&sought, hub, user);
    for (uint32_t i = 0; i < hub->restraint_top; i++) {
        const struct restraint_row *row = &hub->restraints[i];
        if (row->room == NONE || row->kind != RESTRAINT_INVITE || row_is_over(hub, row)) continue;
        if (!row_matches(hub, row, &sought)) continue;
        if (out->size + ROOM_NAME_SIZE_MAX + 32u > out->cap) return;
        buf_number(out, (uint64_t)row->time_ms);
        buf_byte(out, '\t');
        buf_put(out, room_name(&hub->rooms[row->room]));
        buf_byte(out, '\n');
    }
}

/* A row about the same, whatever its end. */
static struct restraint_row *row_like(struct hub *hub, const struct room *room, enum restraint kind,
                                      const struct whom *whom) {
    for (uint32_t at = room->restraints_first; at != NONE; at = hub->restraints[at].next) {
        struct restraint_row *row = &hub->restraints[at];
        if (row->kind != kind || row->subject != whom->subject) continue;
        if (row->subject == SUBJECT_ACCOUNT && row->account_number == whom->account->number)
            return row;
        if (row->subject == SUBJECT_GUEST && row->identity.v == whom->user->identity.v) return row;
        bool by_key = row->subject != SUBJECT_ACCOUNT && row->subject != SUBJECT_GUEST;
        if (by_key && slice_equal(row_key(row), whom->key)) return row;
    }
    return NULL;
}

bool restraint_is_about(struct hub *hub, const struct user *user, const struct room *room,
                        enum restraint kind, const struct whom *whom) {
    const struct restraint_row *row = row_like(hub, room, kind, whom);
    struct sought sought;
    check(row != NULL);
    sought_init(&sought, hub, user);
    return row_matches(hub, row, &sought);
}

uint32_t restraint_needs(struct hub *hub, const struct room *room, enum restraint kind,
                         const struct whom *whom) {
    return row_like(hub, room, kind, whom) ? 0 : 1;
}

static struct restraint_row *row_take(struct hub *hub, struct room *room, uint32_t number) {
    uint32_t row = hub->restraint_free;
    if (row != NONE)
        hub->restraint_free = hub->restraints[row].next;
    else
        row = hub->restraint_top++;
    check(row < RESTRAINTS_MAX);
    hub->restraints[row] = (struct restraint_row){
        .room = room_row(hub, room), .next = NONE, .number = number, .guest = NONE};
    if (room->restraints_last != NONE)
        hub->restraints[room->restraints_last].next = row;
    else
        room->restraints_first = row;
    room->restraints_last = row;
    room->restraint_count++;
    hub->restraint_count++;
    return &hub->restraints[row];
}

uint32_t restraint_room_left(const struct hub *hub, const struct room *room) {
    uint32_t most = hub->limits.list_entries, all = RESTRAINTS_MAX - hub->restraint_count;
    if (most == 0) return all;
    uint32_t left = room->restraint_count < most ? most - room->restraint_count : 0;
    return left < all ? left : all;
}

static void row_record(struct hub *hub, const struct restraint_row *row) {
    struct record *record = hub_record(hub, RECORD_RESTRAINT, &hub->rooms[row->room]);
    record->number = row->number;
    record->restraint = row->kind;
    record->subject = row->subject;
    record->author = (struct user_id){row->account_number};
    record->until_ms = row->until_ms;
    record->time_ms = row->time_ms;
    record->name = (struct slice){row->mask, row->mask_size};
    record->key = row_key(row);
    record->author_name = (struct slice){row->by, row->by_size};
    hub_record_sum(hub, record);
}

static uint8_t copy(char *to, size_t cap, struct slice from) {
    check(from.size <= cap);
    if (from.size > 0) memcpy(to, from.at, from.size);
    return (uint8_t)from.size;
}

static void row_call(struct restraint_row *row, struct slice mask, struct slice key,
                     struct slice by) {
    row->mask_size = copy(row->mask, sizeof row->mask, mask);
    row->key_size = copy(row->key, sizeof row->key, key);
    row->by_size = copy(row->by, sizeof row->by, by);
    row_prepare(row);
}

void restraint_set(struct hub *hub, struct room *room, enum restraint kind, const struct whom *whom,
                   int64_t until_ms, struct slice by) {
    struct restraint_row *row = row_like(hub, room, kind, whom);
    if (!row) {
        check(restraint_room_left(hub, room) > 0);
        row = row_take(hub, room, room->next_restraint++);
        row->kind = (uint8_t)kind;
        row->subject = (uint8_t)whom->subject;
        count_row(hub, row, 1);
        if (whom->subject == SUBJECT_ACCOUNT) row->account_number = whom->account->number;
        if (whom->subject == SUBJECT_NET) row->network = whom->network;
        if (whom->subject == SUBJECT_GUEST) {
            struct user *guest = &hub->users[user_row(hub, whom->user)];
            row->identity = guest->identity;
            row->guest = user_row(hub, guest);
            row->guest_next = guest->restraints;
            guest->restraints = row_of(hub, row);
        }
    }
    if (whom->subject == SUBJECT_WORDS) row->account_number = whom->seconds;
    row->until_ms = until_ms;
    row->time_ms = hub->now_ms;
    row_call(row, whom->mask, whom->key, by);
    if (row->subject != SUBJECT_GUEST) row_record(hub, row);
}

bool restraint_lift(struct hub *hub, struct room *room, enum restraint kind,
                    const struct whom *whom) {
    bool any = false;
    uint32_t next;
    for (uint32_t at = room->restraints_first; at != NONE; at = next) {
        struct restraint_row *row = &hub->restraints[at];
        next = row->next;
        if (row->kind != kind) continue;
        bool same = slice_equal(row_key(row), whom->key);
        if (row->subject == SUBJECT_ACCOUNT && whom->account)
            same |= row->account_number == whom->account->number;
        if (row->subject == SUBJECT_GUEST && whom->user)
            same |= row->identity.v == whom->user->identity.v;
        if (same) any |= row_forget(hub, row);
    }
    return any;
}

void restraint_drop_room(struct hub *hub, struct room *room) {
    while (room->restraints_first != NONE)
        row_free(hub, &hub->restraints[room->restraints_first]);
}

void restraint_drop_account(struct hub *hub, const struct account *account) {
    for (uint32_t i = 0; i < hub->restraint_top; i++) {
        struct restraint_row *row = &hub->restraints[i];
        if (row->room == NONE || row->subject != SUBJECT_ACCOUNT) continue;
        if (row->account_number == account->number) row_free(hub, row);
    }
}

void restraint_drop_guest(struct hub *hub, const struct user *user) {
    while (user->restraints != NONE)
        row_free(hub, &hub->restraints[user->restraints]);
}

void restraint_register(struct hub *hub, struct user *user, const struct account *account) {
    uint32_t most = hub->out->count + USER_ROOMS_MAX;
    while (user->restraints != NONE) {
        struct restraint_row *row = &hub->restraints[user->restraints];
        if (hub->out->count >= most || !hub_fits(hub, 1, 2 * MASK_SIZE_MAX + USER_NAME_SIZE_MAX)) {
            row_free(hub, row); /* more than one step may tell of */
            continue;
        }
        user->restraints = row->guest_next;
        row->subject = SUBJECT_ACCOUNT;
        row->account_number = account->number;
        row->guest = NONE;
        row_record(hub, row);
    }
}

bool restraint_load(struct hub *hub, const struct record *record) {
    struct room *room =
        record->room.v == 0 ? whole_server(hub) : room_by_number(hub, record->room.v);
    struct network network = {0};
    if (!room || record->restraint >= RESTRAINTS || record->number == 0) return false;
    if (record->number < room->next_restraint || record->number >= UINT32_MAX) return false;
    if (record->name.size > MASK_SIZE_MAX || record->key.size > MASK_SIZE_MAX) return false;
    if (record->author_name.size > USER_NAME_SIZE_MAX) return false;
    if (record->subject > SUBJECT_WORDS || record->subject == SUBJECT_GUEST) return false;
    if (record->subject == SUBJECT_KNOWN && !slice_starts(record->key, slice_of("a:")))
        return false;
    if (record->subject == SUBJECT_ACCOUNT && !account_by_number(hub, record->author.v))
        return false;
    if (record->subject == SUBJECT_NET && !network_parse(record->key, &network)) return false;
    if (hub->restraint_count == RESTRAINTS_MAX) return false;
    struct restraint_row *row = row_take(hub, room, (uint32_t)record->number);
    room->next_restraint = row->number + 1;
    row->kind = record->restraint;
    row->subject = record->subject;
    count_row(hub, row, 1);
    row->account_number = record->author.v;
    row->network = network;
    row->until_ms = record->until_ms;
    row->time_ms = record->time_ms;
    row_call(row, record->name, record->key, record->author_name);
    return true;
}

/* The strictest one that is about these words, NULL: none. `bits` as of struct mask_text. */
const struct restraint_row *restraint_about_words(const struct hub *hub, const struct room *room,
                                                  struct slice words, uint64_t bits) {
    const struct restraint_row *found = NULL;
    for (uint32_t at = room->restraints_first; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        if (!restraint_is_filter(row) || row->bits & ~bits || (found && found->kind >= row->kind))
            continue;
        if (words_match(row_key(row), words)) found = row;
    }
    return found;
}

uint32_t restraint_verify(const struct hub *hub, const struct room *room) {
    uint32_t count = 0, number = 0, last = NONE;
    for (uint32_t at = room->restraints_first; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        check(row->room == room_row(hub, room) && row->kind < RESTRAINTS);
        check(row->number > number && row->number < room->next_restraint);
        number = row->number;
        last = at;
        count++;
        if (row->subject != SUBJECT_GUEST) continue;
        uint32_t hers = hub->users[row->guest].restraints;
        check(hub->users[row->guest].number != 0 && hub->users[row->guest].account == NONE);
        while (hers != NONE && hers != at)
            hers = hub->restraints[hers].guest_next;
        check(hers == at);
    }
    check(count == room->restraint_count && last == room->restraints_last);
    return count;
}

uint64_t restraint_digest(const struct hub *hub, const struct room *room) {
    uint64_t sum = 0;
    for (uint32_t at = room->restraints_first; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        if (row->subject == SUBJECT_GUEST) continue;
        uint64_t digest = digest_mix(digest_mix(room->number, row->number), row->kind);
        digest = digest_mix(digest_mix(digest, row->subject), row->account_number);
        digest = digest_mix(digest_mix(digest, (uint64_t)row->until_ms), (uint64_t)row->time_ms);
        digest = digest_mix(digest, slice_hash((struct slice){row->mask, row->mask_size}, 6));
        digest = digest_mix(digest, slice_hash(row_key(row), 7));
        sum += digest_mix(digest, slice_hash((struct slice){row->by, row->by_size}, 8));
    }
    return sum;
}
