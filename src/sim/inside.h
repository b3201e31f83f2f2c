/* inside.h: what the oracle's own files call of each other. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/oracle.h"

/* oracle.c */
/* Room for one more row at the end of a list. */
void *oracle_grow(void *rows, uint32_t count, uint32_t *cap, size_t size);
uint32_t oracle_row(const struct oracle *oracle, const struct chat_room *room);

/* follow.c: what the hub decided, in its order. `number` counts the records. */
void oracle_on_record(struct oracle *oracle, const struct seat *seat, const struct record *record,
                      uint64_t number);
void oracle_on_reply(struct oracle *oracle, struct session_id to, const struct event *event);
void oracle_on_publish(struct oracle *oracle, const struct event *event);
void oracle_room_set(struct chat_room *room, const struct record *record);

/* ledger.c */
void ledger_put(struct ledger *ledger, uint32_t at, struct due due);
/* Behind all that is due to whoever sits there. */
void oracle_due(struct oracle *oracle, const struct seat *seat, struct due due);

/* paging.c: she is permitted a page; it is drawn up when the reader reads it. */
void oracle_page_begins(struct oracle *oracle, struct seat *seat, const struct chat_room *room,
                        const struct event *event);
/* finding.c: is this message, with that text, what a search for the words finds? */
bool oracle_finds(const struct oracle *oracle, struct slice words, const struct said *said,
                  const struct said *text);

/* leak.c */
/* A room is called so, or has it as its topic. */
void oracle_secret_is(struct oracle *oracle, const struct chat_room *room, struct slice text);
void oracle_secrets_told(struct oracle *oracle, const struct seat *seat, const struct event *event);
void oracle_secrets_published(struct oracle *oracle, const struct chat_room *room,
                              const struct event *event);

/* logins.c */
void oracle_on_prove(struct oracle *oracle, const struct proof *proof);
void oracle_expect_proved(struct oracle *oracle, const struct proved *proved);
void oracle_proved(struct oracle *oracle); /* and it was not refused */
void oracle_account_done(struct oracle *oracle, const struct command *command,
                         const struct effects *effects);
uint64_t oracle_verifier(const struct oracle *oracle, uint32_t number);

/* promise.c */
/* The command was not refused: `room` (row; NOBODY: none) and `person` (number; 0) are those it
 * meant before. */
void oracle_promised(struct oracle *oracle, const struct command *command, uint32_t room,
                     uint32_t person);
/* A step that runs this command (COMMAND_NONE: another input) may record that. */
void oracle_may_record(struct oracle *oracle, const struct record *record, enum command_kind kind);

#endif
