/* restraint.c: bans, mutes and invitations of a room. */
#include "base/check.h"
#include "hub/inside.h"

/* The restraint that holds for her, NULL: none. */
static const struct restraint_row *find(struct hub *hub, const struct user *user,
                                        const struct room *room, enum restraint kind) {
    (void)user, (void)kind;
    check(room->restraints_first == NONE);
    (void)hub;
    return NULL;
}

bool restraint_holds(struct hub *hub, const struct user *user, const struct room *room,
                     enum restraint kind) {
    return find(hub, user, room, kind) != NULL;
}

int64_t restraint_until(struct hub *hub, const struct user *user, const struct room *room,
                        enum restraint kind) {
    const struct restraint_row *row = find(hub, user, room, kind);
    return row ? row->until_ms : 0;
}

void restraint_drop_room(struct hub *hub, struct room *room) {
    (void)hub;
    check(room->restraints_first == NONE);
}

bool restraint_load(struct hub *hub, const struct record *record) {
    (void)hub, (void)record;
    return false;
}
