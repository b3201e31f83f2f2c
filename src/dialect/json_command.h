/* json_command.h: what runs for each type of a client's message: json_table.c says which. */
#ifndef DIALECT_JSON_COMMAND_H
#define DIALECT_JSON_COMMAND_H

#include "dialect/json.h"

json_run_fn json_run_send, json_run_change, json_run_typing, json_run_read; /* messages */
json_run_fn json_run_join, json_run_room, json_run_history, json_run_search, json_run_mode,
    json_run_rename, json_run_whom;                          /* rooms */
json_run_fn json_run_filter, json_run_server, json_run_oper; /* json_rule.c */
json_run_fn json_run_plain, json_run_person, json_run_account, json_run_login;

#endif
