/* state.h: all that the hub keeps. Only src/hub/ includes this. */
#ifndef HUB_STATE_H
#define HUB_STATE_H

#include "base/index.h"
#include "base/rng.h"
#include "base/secret.h"
#include "hub/login_rows.h"
#include "hub/rows.h"

/* Rooms that one account made, or that were made from one address. Found by hash; another one in
 * its place only lets somebody make more. */
struct making {
    uint64_t hash;
    uint32_t count;
    int64_t since_ms;
};

/* An epoch that a room had before it was restored. A room's number is never given twice, so a row
 * of a room that is gone is found by nobody. */
struct epoch_row {
    uint32_t room;  /* its number */
    uint64_t epoch; /* as it was */
    uint64_t seq;   /* the last one of it that still holds */
};

struct hub {
    struct hub_size size;
    struct hub_limits limits;
    uint64_t seed;                           /* of the hashes */
    unsigned char lasting[SECRET_HASH_SIZE]; /* the same after a restart: RECORD_SECRET */

    struct session *sessions;
    struct user *users;
    struct membership *memberships;
    struct room *rooms;
    char *topics;             /* TOPIC_SIZE_MAX bytes a room */
    char *aways;              /* AWAY_SIZE_MAX bytes a user */
    struct profile *profiles; /* a user's has her row's number */
    struct gone *gones;       /* a ring of gone_cap of WHOWAS_MAX rows: gone_next is written next */
    uint32_t gone_next, gone_count, gone_cap;
    struct watched *watcheds;
    struct watch *watches;
    uint32_t watched_free, watched_top, watch_free, watch_top; /* watch_free: row + 1, 0 none */
    struct index watched_keys;
    struct fact_row *facts;       /* hub/fact.h */
    struct webhook_row *webhooks; /* WEBHOOKS_MAX; hub/webhook.h */
    uint32_t webhook_top;         /* rows from here up were never used */
    uint64_t next_webhook_number;
    uint32_t fact_free, fact_top;
    struct index fact_owners;
    struct proven *provens; /* a session's, as well */
    struct account *accounts;
    struct tie *ties;
    struct restraint_row *restraints;
    struct token_row *tokens;
    struct invitation invitations[INVITATIONS_MAX], old_invitation;
    struct waiting waitings[PROOFS_MAX];
    struct delay delays[1024];
    struct epoch_row *epochs;
    struct making makings[1024];
    struct attempts attempts;                       /* of all rooms */
    struct once *onces;                             /* a ring: the oldest is overwritten */
    uint32_t user_free, membership_free, room_free; /* chains of used and freed rows */
    uint32_t user_top, membership_top, room_top;    /* rows from here up were never used */
    uint32_t user_max, membership_max, stayer_count, silent_count;
    uint32_t account_free, tie_free, restraint_free, token_free;
    uint32_t account_top, tie_top, restraint_top, token_top;
    uint32_t account_count, tie_count, restraint_count, token_count, waiting_count;
    uint64_t next_ticket;
    struct index account_keys, account_numbers, tie_index, token_index;
    struct index user_skeletons, account_skeletons, user_identities;
    uint32_t once_next; /* row of the ring that is written next */
    uint32_t once_loaded, epoch_count;
    struct index epoch_index;
    struct index user_keys, user_numbers, room_keys, room_numbers, room_hexes, once_index;
    uint32_t session_count, user_count, membership_count, room_count;
    uint32_t user_count_most;              /* at once, since the start */
    uint32_t invisible_count, admin_count; /* of the people who are here */

    /* durable */
    uint32_t next_user_number, reserved_user_number;
    uint32_t next_room_number;
    uint64_t next_token_number; /* of those that have names */
    uint32_t filter_count;      /* restraints that are about words */
    uint32_t lock_count;        /* lock-downs: one or none */
    uint64_t report_count;      /* texts that a filter reported, since the start */

    uint64_t next_serial;
    uint32_t importer; /* 1 + slot of the control session that imports; 0: none does */
    uint32_t next_scatter, next_own_number;
    uint64_t cost;                /* of all records so far */
    uint64_t credit, credit_cost; /* as the store told last */

    /* of the step that runs */
    int64_t now_ms;
    struct rng rng;
    uint64_t secret[2];
    struct effects *out;
    const struct command *command;
    char own_name[ROOM_NAME_SIZE_MAX];
    uint32_t forgotten; /* restraints that ran out */
    uint32_t words_size;
    char words[4096]; /* texts of stored events that are made up */
    char facts_told[16384];
    char pieces[8192]; /* text of EVENT_NAMES and EVENT_ROOMS */
    char fresh_name[USER_NAME_SIZE_MAX], fresh_key[USER_KEY_MAX];
    char old_name[USER_NAME_SIZE_MAX]; /* of a user or room that the step renames or frees */
    char gone_name[ROOM_NAME_SIZE_MAX];
    char seen_name[USER_NAME_SIZE_MAX];
    char token[TOKEN_SIZE]; /* the one that the step gives out */
    char looks[16];         /* of the account that the step records */
};

#endif
