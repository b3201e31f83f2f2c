/* people.h: what the files of src/hub/ that are about people call of each other: names, accounts,
 * tokens, logins. Only they include this. */
#ifndef HUB_PEOPLE_H
#define HUB_PEOPLE_H

#include "chat/proof.h"
#include "hub/state.h"

/* hub.c. About accounts: these wait for each other as those of one room do. */
struct record *hub_record_account(struct hub *hub, enum record_kind kind,
                                  const struct account *account);
struct event *hub_reply_account(struct hub *hub, enum event_kind kind, bool last);
struct event *hub_reply_account_to(struct hub *hub, struct session_id session,
                                   enum event_kind kind);
struct proof *hub_prove(struct hub *hub);

/* name.c: what people may be called */
struct name {
    struct slice text, key;
    uint64_t looks; /* a hash of its skeleton: names that look alike have the same */
    bool mixed;     /* its letters are of several scripts */
};
uint64_t name_looks(struct slice skeleton);
uint64_t name_plain_looks(struct slice key); /* of ASCII letters, digits and hyphens */
struct name name_of_command(const struct command *command);
bool name_is_phones(struct slice key);
enum refusal name_form_refusal(const struct hub *hub, const struct name *name);
/* Why somebody may not be called so. `asker`: who may keep what she has; NULL: somebody new. */
enum refusal name_refusal(struct hub *hub, const struct name *name, const struct user *asker);
/* An account of another name than this that looks like it. NULL: none, or only `own`. */
struct account *name_like_account(struct hub *hub, const struct name *name,
                                  const struct account *own);
struct name name_friendly(struct hub *hub); /* one that is free */
/* False: she may not take the command's name, and was told why. */
bool name_is_free(struct hub *hub, const struct user *asker);
bool name_choose(struct hub *hub, struct name *name); /* the same; as the command's naming wants */

/* user.c */
struct user *user_take(struct hub *hub); /* a row, to be filled; there is one for each session */
void user_give_back(struct hub *hub, struct user *user);
/* 0: no number is left without a record, and the disk cannot take it; the asker was told. */
uint32_t user_number_next(struct hub *hub);
struct user *user_new(struct hub *hub, uint32_t number, const struct name *name);
void user_renumber(struct hub *hub, struct user *user, uint32_t number);
void user_call(struct hub *hub, struct user *user, const struct name *name);
void user_uncall(struct hub *hub, struct user *user);
void user_identify(struct hub *hub, struct user *user, struct identity identity);
void user_tell_renamed(struct hub *hub, const struct user *user, struct slice old);
/* The asker's session becomes one of hers; or leaves her, who goes if it was her last. */
void session_attach(struct hub *hub, struct user *user, uint8_t dialect, struct address address);
void user_leave(struct hub *hub, struct user *user, struct slice text);
void user_welcome(struct hub *hub, struct user *user);
void session_use_token(struct hub *hub, uint32_t token); /* row; NONE: none. The asker's */
/* Into the room that the command names, and the last answer. */
void user_settle(struct hub *hub, struct user *user, bool is_new);

void user_end(struct hub *hub, struct user *user); /* one who stays stays no more */

/* stay.c: who stays while she is away */
enum { STAYERS_MAX = 4096 };
bool stay_begins(struct hub *hub, struct user *user); /* her last session goes. False: she leaves */
void stay_ends(struct hub *hub, struct user *user);   /* where she stays */

/* The identity of a guest; an account's is its number. */
#define GUEST_IDENTITY (UINT64_C(1) << 63)

/* account.c: people who come back */
struct slice account_verifier(const struct account *account);
bool account_fits(const struct hub *hub);
struct account *account_new(struct hub *hub, uint32_t number, const struct name *name);
void account_free(struct hub *hub, struct account *account);
void account_set_verifiers(struct account *account, struct slice verifier, struct slice scram);
void account_record(struct hub *hub, const struct account *account);
/* The same name in other letters. False: the asker was told. */
bool account_respell(struct hub *hub, struct account *account, struct slice name);
bool account_load(struct hub *hub, const struct record *record);

enum {
    ACCOUNT_BYTES_MAX = USER_NAME_SIZE_MAX + USER_KEY_MAX + 16 + VERIFIER_SIZE_MAX + SCRAM_SIZE_MAX
};

/* token.c: what lets somebody come back without her password */
struct identity token_identity(struct slice token);                 /* of a guest */
struct token_row *token_find(struct hub *hub, struct slice secret); /* NULL: none, or run out */
void token_record_gone(struct hub *hub, const struct token_row *token);
void token_free(struct hub *hub, struct token_row *token); /* unrecorded */
void token_drop_all(struct hub *hub, struct account *account);
void token_drop_unrecorded(struct hub *hub, struct account *account);
void token_give(struct hub *hub);
void token_add(struct hub *hub); /* tokens that have names: token_named.c */
void token_list(struct hub *hub);
void token_delete(struct hub *hub);
/* For token_named.c. */
struct token_row *token_by_hash(struct hub *hub, const unsigned char *hash);
bool token_fits(const struct hub *hub);
struct token_row *token_put(struct hub *hub, struct account *account, const unsigned char *hash,
                            int64_t until_ms);
void token_record(struct hub *hub, enum record_kind kind, const struct token_row *token);
/* What a record says of a token beside its hash and end. */
void token_name(struct hub *hub, struct token_row *token, const struct record *record);
uint32_t token_named_count(const struct hub *hub, const struct account *account);
/* certificate.c: COMMAND_BY_CERT */
void certificate_login(struct hub *hub);
void certificate_add(struct hub *hub, struct account *account);
void certificate_delete(struct hub *hub, const struct account *account);
bool token_load(struct hub *hub, const struct record *record);

/* delay.c: who guesses passwords waits. `key`: of the name that is meant */
uint64_t delay_left(struct hub *hub, const struct account *account, struct slice key); /* s */
void delay_wrong(struct hub *hub, struct account *account, struct slice key);
void delay_right(struct hub *hub, struct account *account, struct slice key);

uint64_t delay_registering(struct hub *hub); /* s; 0: one more is counted */

/* proof.c: commands that wait until a password is hashed */
void proof_ask(struct hub *hub, enum proof_kind kind, const struct account *account);
void proof_answered(struct hub *hub, const struct proved *proved);
bool proof_is_awaited(struct hub *hub); /* by the asker's session */
void proof_drop(struct hub *hub);       /* the asker's session goes */
uint64_t proof_mark(const struct hub *hub, const struct account *account);

/* login.c */
void login(struct hub *hub);
/* The account that the asker's session has shown to be, once. NULL: none. */
struct account *login_proven(struct hub *hub);
/* Where the command's secret is an account's token, she comes in as the account. False: it is none.
 */
bool login_by_token(struct hub *hub);
void login_comes(struct hub *hub, struct account *account); /* as the command says she is called */
void login_proved(struct hub *hub, struct account *account, const struct proved *proved);
void login_scram(struct hub *hub);
void logout(struct hub *hub);
bool login_may_ask(struct hub *hub, struct slice secret); /* else the asker was told */
bool login_is_delayed(struct hub *hub, const struct account *account, struct slice key);
void login_wrong(struct hub *hub, struct account *account, struct slice key);
/* Nothing of this session is heard any more but its end. */
void login_close_session(struct hub *hub, uint32_t row, enum refusal why);
/* Who bears the account's name without being it is called otherwise. */
void login_free_name(struct hub *hub, const struct account *account);
/* Those that came with the token, NONE: all. */
void login_close_sessions(struct hub *hub, const struct account *account, uint32_t token,
                          enum refusal why, bool but_asker);

/* register.c */
bool secret_is_fit(struct slice secret);
void account_register(struct hub *hub);
void account_password(struct hub *hub);
void account_unregister(struct hub *hub);
void account_oper(struct hub *hub);
void account_set(struct hub *hub);
void account_ghost(struct hub *hub);
/* What the account chose, or else what holds for all. */
bool account_wants(const struct account *account, enum account_setting setting, bool usual);
void user_add(struct hub *hub);
void user_passwd(struct hub *hub);
void user_delete(struct hub *hub);
void user_list(struct hub *hub);
void register_proved(struct hub *hub, const struct proved *proved);
void password_proved(struct hub *hub, struct account *account, const struct proved *proved);
void unregister_proved(struct hub *hub, struct account *account, const struct proved *proved);
void user_add_proved(struct hub *hub, const struct proved *proved);
void user_passwd_proved(struct hub *hub, const struct proved *proved);

#endif
