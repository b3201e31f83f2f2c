/* stay.c: an account's person who stays in her rooms while no session of hers is there: shown as
 * away, told nothing, and when she comes back she is what she was. Who stays takes a row of the
 * users but none of the sessions; there is room for STAYERS_MAX of them, others leave as ever. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/people.h"
#include "hub/profile.h"

#define AWAY_WORDS "is not connected"

static bool wants(const struct hub *hub, const struct account *account) {
    switch ((enum stays)hub->limits.stays) {
    case STAYS_NEVER: return false;
    case STAYS_OPT_IN: return account_wants(account, ACCOUNT_STAYS, false);
    case STAYS_OPT_OUT: return account_wants(account, ACCOUNT_STAYS, true);
    case STAYS_ALWAYS: return true;
    }
    return false;
}

static void begin(struct hub *hub, struct user *user) {
    user->stays = true;
    hub->stayer_count++;
    if (user->away_size > 0) return; /* in her own words */
    struct slice words = slice_of(AWAY_WORDS);
    memcpy(hub->aways + (size_t)user_row(hub, user) * AWAY_SIZE_MAX, words.at, words.size);
    user->away_size = (uint16_t)words.size;
    user->away_for_her = true;
}

bool stay_begins(struct hub *hub, struct user *user) {
    const struct account *account = account_of(hub, user);
    if (!account || !wants(hub, account) || hub->stayer_count == STAYERS_MAX) return false;
    bool was_here = user->away_size == 0;
    begin(hub, user);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next)
        hub->memberships[at].missed = hub->rooms[hub->memberships[at].room].seq + 1;
    if (was_here) profile_tell(hub, user, PERSON_IS_AWAY, slice_of(AWAY_WORDS));
    return true;
}

void stay_ends(struct hub *hub, struct user *user) {
    if (!user->stays) return;
    check(hub->stayer_count > 0);
    hub->stayer_count--;
    user->stays = false;
    if (!user->away_for_her) return;
    user->away_for_her = false;
    user->away_size = 0;
    if (user->sessions != NONE) profile_tell(hub, user, PERSON_IS_AWAY, (struct slice){0});
}

/* After a start: everybody who stays is in her rooms before anybody comes. What she heard last is
 * known where she has said that she read it. */
static void load(struct hub *hub, struct account *account) {
    struct name name = {.text = account_name(account),
                        .key = {account->key, account->key_size},
                        .looks = account->skeleton};
    struct user *user = user_new(hub, account->number, &name);
    user_identify(hub, user, (struct identity){account->number});
    user->account = account_row(hub, account);
    account->user = user_row(hub, user);
    begin(hub, user);
    for (uint32_t at = account->ties; at != NONE; at = hub->ties[at].account_next) {
        const struct tie *tie = &hub->ties[at];
        struct room *room = &hub->rooms[tie->room];
        bool fits = user->room_count < USER_ROOMS_MAX && member_has_room(hub);
        if (!tie->joined || (room->flags & ROOM_DIRECT) || !fits) continue;
        if (standing_of(hub, user, room) == STANDING_BANNED) continue;
        member_return(hub, user, room)->missed = (tie->read > 0 ? tie->read : room->seq) + 1;
    }
}

void hub_loaded(struct hub *hub) {
    for (uint32_t row = 0; row < hub->account_top; row++) {
        struct account *account = &hub->accounts[row];
        if (account->number == 0 || account->user != NONE || !wants(hub, account)) continue;
        if (hub->stayer_count == STAYERS_MAX) return;
        load(hub, account);
    }
}
