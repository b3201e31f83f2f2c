/* hub.h: the chat itself: who is here, who is in which room, who may speak.
 *
 * A hub is a pure state machine. It has no thread, no clock, no socket, no file and no random
 * source: the same inputs give the same effects, byte for byte. All memory is taken by hub_new();
 * no step allocates.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "chat/command.h"
#include "chat/power.h"
#include "chat/proof.h"
#include "chat/webhook.h"
#include "hub/effect.h"

struct hub;

/* What sizes the tables: fixed for the hub's life. */
struct hub_size {
    uint32_t workers;
    uint32_t sessions; /* per worker */
    uint32_t rooms;    /* at most ROOMS_MAX */
    uint32_t client_ids;
};

/* An administrator of the configuration; her password as base/secret.h hashes it. */
struct hub_oper {
    uint8_t name_size;
    uint8_t powers; /* POWER_* */
    char name[USER_NAME_SIZE_MAX];
    unsigned char hash[TOKEN_HASH_SIZE];
};

/* Whether an account's person stays in her rooms while no session of hers is there. */
enum stays { STAYS_NEVER, STAYS_OPT_IN, STAYS_OPT_OUT, STAYS_ALWAYS };

/* What an operator may change while it runs. Sizes in bytes. */
struct hub_limits {
    uint32_t name_size, room_name_size, topic_size, away_size, text_size;
    uint32_t user_rooms;
    uint32_t why_size;      /* of the reason for a kick or a ban; 0: the server's own limit */
    uint32_t history_count; /* messages given out by one request */
    bool history;           /* rooms keep their texts */
    bool search, retract;   /* settings search, allow_redaction */
    bool accounts, guests, registration;
    bool registration_before_connect; /* also by who has not said who she is */
    bool multiclient;                 /* an account may have several sessions at once */
    uint8_t stays;                    /* enum stays */
    bool names_reserved; /* nick_reservation = strict: nobody else bears an account's name */
    uint32_t
        login_attempts; /* a minute, of one account or one network, before it must wait; 0: any */
    uint32_t list_entries;    /* bans, mutes and invitations of one room; 0: any */
    uint32_t rooms_per_hour;  /* made by one account, or from one address; 0: any */
    uint32_t default_modes;   /* PERSON_* of who comes with a profile */
    uint32_t whowas_entries;  /* people who went, as IRC shows them; 0: none */
    uint32_t fact_keys;       /* words under keys of one person or room; 0: any */
    uint32_t monitor_entries; /* names that one session watches; 0: any */
    uint32_t oper_count;
    struct hub_oper opers[OPERS_MAX];
};

enum input_kind {
    INPUT_COMMAND,    /* command */
    INPUT_CREDIT,     /* the store told its room on the disk: credit, credit_cost */
    INPUT_LIMITS,     /* limits */
    INPUT_PROVED,     /* proved */
    INPUT_INVITATION, /* room_name: a word, as COMMAND_INVITATION gives out */
    INPUT_WEBHOOK,    /* webhook */
    INPUT_LOBBY,      /* room_name, room_key: a listener puts people there, make it if missing */
};

struct hub_input {
    enum input_kind kind;
    int64_t now_ms;  /* Unix time. May jump; what the hub writes down never decreases in a room */
    uint64_t random; /* 64 unforeseeable bits */
    uint64_t secret[2]; /* 128 more, for a token: they never come out again in another way */
    const struct proved *proved;
    const struct command *command;
    /* Bytes of records that are sure to fit on the disk, as counted when the records summed up to
     * credit_cost (record.cost) had been written. */
    uint64_t credit, credit_cost;
    const struct hub_limits *limits;
    struct slice room_name, room_key;
    const struct webhook_mark *webhook;
};

/* Owned by the caller. NULL: no memory. */
struct hub *hub_new(struct hub_size size, struct hub_limits limits, uint64_t hash_seed);
void hub_free(struct hub *hub);

/* Before the first step: take a room or the counters back, as the store kept them. False: the
 * record contradicts what is loaded already, or a limit; nothing was changed. */
bool hub_load(struct hub *hub, const struct record *record);
/* All was loaded: people who stay while they are away are in their rooms. */
void hub_loaded(struct hub *hub);

/* Apply one input. Fills *effects from empty. */
void hub_step(struct hub *hub, const struct hub_input *input, struct effects *effects);

/* For tests, replicas and the simulator. */
void hub_verify(const struct hub *hub);     /* check() every invariant; slow */
uint64_t hub_digest(const struct hub *hub); /* of what is durable: equal rows, equal digest */

struct hub_counts {
    uint32_t users, sessions, rooms, memberships;
    uint32_t filters, server_rules; /* words that are filtered; restraints of the whole server */
    uint64_t reports;               /* texts that a filter reported */
    bool locked;
};
struct hub_counts hub_count(const struct hub *hub);

#endif
