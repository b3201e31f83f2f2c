/* room.h: one room as the client knows it: what was said, who is in it, how far it is read. Pure.
 * Texts are owned, see own.h. */
#ifndef CLIENT_ROOM_H
#define CLIENT_ROOM_H

#include "client/own.h"

enum {
    ENTRIES_MAX = 4000, /* kept in memory for each room; the others are asked for again */
    MEMBERS_MAX = 5000,
    REACTIONS_MAX = 12, /* kinds upon one message that are shown */
};

enum room_kind {
    ROOM_CONSOLE, /* what the server and this program say */
    ROOM_NAMED,
    ROOM_PAIR,  /* two people's */
    ROOM_FOUND, /* what a search has found */
};

enum entry_kind {
    ENTRY_SAY,
    ENTRY_ACTION,
    ENTRY_NOTICE, /* a person's or program's that asks for no answer */
    ENTRY_NEWS,   /* somebody came, the topic changed: our words */
    ENTRY_FAULT,  /* what was refused: our words */
};

enum entry_state { ENTRY_STORED, ENTRY_WAITING, ENTRY_FAILED };

struct reaction {
    char *text;
    uint32_t count;
    bool mine;
};

struct entry {
    uint64_t id;    /* in this program's run, never 0 */
    uint64_t seq;   /* 0: of no history */
    uint64_t place; /* what it is sorted by: its seq, or the last one when it came */
    enum entry_kind kind;
    enum entry_state state;
    int64_t time_ms; /* Unix */
    uint64_t author; /* 0: nobody */
    uint64_t reply;  /* seq, 0: none */
    uint64_t room;   /* of what was found: where */
    char *name, *text, *client_id;
    struct reaction reactions[REACTIONS_MAX];
    size_t reaction_count;
    bool edited, removed, mention, mine, bot;
};

enum rank { RANK_MEMBER, RANK_VOICE, RANK_OPERATOR, RANK_OWNER };

struct member {
    char *name, *account;
    uint8_t rank; /* enum rank */
    bool away, bot;
};

/* What a page of history was asked for. */
enum asking {
    ASKING_NOTHING,
    ASKING_LATEST,
    ASKING_BEFORE,
    ASKING_AFTER,
    ASKING_AROUND,
    ASKING_MISSED, /* what was stored since the cursor; it ends with caught_up */
};

struct room {
    enum room_kind kind;
    uint64_t number;    /* the server's; 0: not known */
    char *name, *topic; /* of a pair: the other's name */
    char epoch[17];     /* hex; empty: not known */
    uint64_t seq;       /* of the newest that was seen, stored events of all kinds */
    uint64_t read;      /* read up to here */
    uint64_t read_told; /* and so the server knows */
    uint32_t unread, mentions;
    uint64_t new_from; /* where "new" is drawn: behind this seq; 0: nowhere */
    bool entered;      /* the server has let us in since the connection was made */
    bool is_private;
    bool at_start;     /* nothing is before the first entry */
    bool tail_missing; /* newer ones exist that are not in the entries */
    enum asking asking;
    uint8_t my_rank;
    struct entry *entries; /* owned; sorted by place, waiting ones last */
    size_t entry_count, entry_cap;
    struct member *members;
    size_t member_count, member_cap;
    bool members_coming; /* pieces of a list: what was there before is gone */
    /* The lowest entry that is seen, and how many of its rows are below the screen; 0: the end. */
    uint64_t anchor;
    size_t anchor_rows;
    uint64_t selected; /* id of an entry, 0: none */
    char *draft;       /* owned: what was being typed here */
    char *typing[4];   /* owned: names; NULL: none */
    int64_t typing_until_ms[4];
};

struct room *room_open(enum room_kind kind, struct slice name);
void room_close(struct room *room);

/* Put an entry (its texts become the room's) where it belongs; one of the same seq is replaced, but
 * keeps its id. Gives back where it stands now; it is valid until the next call. Where there are
 * more than ENTRIES_MAX the ones farthest away are forgotten. */
struct entry *room_put(struct room *room, struct entry *fresh);
struct entry *room_find_seq(struct room *room, uint64_t seq);
struct entry *room_find_id(struct room *room, uint64_t id);
struct entry *room_find_waiting(struct room *room, struct slice client_id);
size_t room_index_of(const struct room *room, uint64_t id); /* entry_count: there is none */
void room_drop(struct room *room, size_t index);
void room_clear(struct room *room);                     /* all entries */
void room_clear_after(struct room *room, uint64_t seq); /* those of a history that is undone */

void entry_deinit(struct entry *entry);
void entry_react(struct entry *entry, struct slice text, bool off, bool mine);
void entry_add_reaction(struct entry *entry, struct slice text, uint32_t count, bool mine);

struct member *room_member(struct room *room, struct slice name);
struct member *room_member_add(struct room *room, struct slice name);
void room_member_drop(struct room *room, struct slice name);
void room_members_clear(struct room *room);
/* Owners first, then by name. */
void room_members_sort(struct room *room);

uint8_t rank_of_word(struct slice word);
const char *rank_word(uint8_t rank);

void room_typing(struct room *room, struct slice name, int64_t until_ms); /* 0: no more */

#endif
