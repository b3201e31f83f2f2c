/* ordering.c: the commands that people of the line dialect type: about their accounts, about who
 * may do what in a room, about what was said. Who runs a room mostly does that; much else is
 * refused, which must harm nobody. */
#include "base/check.h"
#include "sim/typing.h"

enum { SEQ_FAR = 12 };

/* Accounts are few, so that their people meet; who knows a name can guess the password. */
static const char *const accounts[] = {"kim", "lee", "mo", "Nia", "ann", "bob"};

/* ---- where she is ---- */

struct here {
    const struct person *person;  /* herself; NULL: has not said who */
    const struct chat_room *room; /* that she types into; NULL: none */
    enum standing rank;
    bool account;
};

static struct here here_of(struct typist *typist) {
    struct world *world = typist->clients->world;
    struct oracle *oracle = typist->clients->oracle;
    struct session_id id = world->peers[typist->client->peer].id;
    const struct seat *seat = oracle_seat(oracle, id);
    struct here here = {0};
    if (!seat || seat->person == NOBODY) return here;
    here.person = &oracle->people[seat->person];
    here.account = durable_account(&oracle->durable, here.person->number);
    const struct talk *talk = &sessions_at(&world->workers[id.worker].sessions, id.slot)->talk;
    here.room = oracle_room(oracle, talk->focus.v);
    if (here.room) here.rank = rank_of(oracle, here.person, here.room);
    return here;
}

/* ---- accounts ---- */

static void put_secret(struct typist *typist, const char *account) {
    static const char *const heads[] = {"pw-", "pw-", "pw2-"};
    put(typist, ONE_OF(typist, heads));
    put(typist, account);
}

/* Mostly the right one: wrong ones make everybody wait who comes from there. */
static void put_known_secret(struct typist *typist, const struct kept_account *account) {
    struct slice verifier = {account->verifier, account->verifier_size};
    slice_until(&verifier, ':');
    if (below(typist, 30) == 0)
        put(typist, "no-such");
    else
        buf_put(&typist->out, verifier);
}

static const struct kept_account *account_called(const struct typist *typist, const char *name) {
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    check(name_key(&key, slice_text(name)));
    return durable_account_called(&typist->clients->oracle->durable, buf_slice(&key));
}

static void put_login(struct typist *typist, const char *name, const struct kept_account *account) {
    put(typist, "/login ");
    put(typist, name);
    put(typist, " ");
    if (typist->client->token[0] && below(typist, 2) == 0)
        put(typist, typist->client->token);
    else
        put_known_secret(typist, account);
}

void type_login(struct typist *typist) {
    const char *name = ONE_OF(typist, accounts);
    const struct kept_account *account = account_called(typist, name);
    if (account)
        put_login(typist, name, account);
    else
        put(typist, name);
}

static void order_register(struct typist *typist) {
    const char *name = ONE_OF(typist, accounts);
    const struct kept_account *account = account_called(typist, name);
    if (account) {
        put_login(typist, name, account);
        return;
    }
    put(typist, "/nick ");
    put(typist, name);
    put(typist, "\n/register ");
    put_secret(typist, name);
}

static void order_account(struct typist *typist, const struct here *here) {
    const struct kept_account *account = NULL;
    uint32_t dice = below(typist, 12);
    if (here->account)
        account = durable_account(&typist->clients->oracle->durable, here->person->number);
    if (!account && dice < 8) {
        order_register(typist);
    } else if (account && dice < 3) {
        put(typist, "/password ");
        put_known_secret(typist, account);
        put(typist, " ");
        put_secret(typist, ONE_OF(typist, accounts));
    } else if (account && dice < 4) {
        put(typist, "/unregister ");
        put_known_secret(typist, account);
    } else if (dice < 8) {
        put(typist, "/token");
    } else if (dice < 10) {
        put(typist, below(typist, 2) == 0 ? "/logout" : "/logout all");
    } else {
        put(typist, "/oper root ");
        put(typist, below(typist, 8) == 0 ? "no-root" : "pw-root");
    }
}

/* ---- who may do what ---- */

/* Somebody of the room that she types into, or with an account, or anybody. */
static void put_near(struct typist *typist, const struct here *here) {
    const struct oracle *oracle = typist->clients->oracle;
    uint32_t dice = below(typist, 8), row = below(typist, oracle->person_count + 1);
    if (dice < 2) {
        put(typist, ONE_OF(typist, accounts));
        return;
    }
    for (uint32_t i = 0; i < oracle->person_count && dice < 6 && here->room; i++) {
        const struct person *person = &oracle->people[(row + i) % oracle->person_count];
        if (person->sessions == 0 || person == here->person) continue;
        if (!rank_inside(oracle, person, here->room)) continue;
        buf_put(&typist->out, (struct slice){person->name, person->name_size});
        return;
    }
    put_name(typist);
}

static void put_mask(struct typist *typist, const struct here *here) {
    static const char *const masks[] = {"a*",           "*o*", "jo?", "127.0.0.2",
                                        "127.0.0.2/32", "zo*", "*b"};
    if (below(typist, 4) == 0)
        put(typist, ONE_OF(typist, masks));
    else
        put_near(typist, here);
}

static void put_minutes(struct typist *typist) {
    if (typist->clients->timeless || below(typist, 3) > 0) return;
    put(typist, " ");
    put_number(typist, below(typist, 3));
}

static void order_restrain(struct typist *typist, const struct here *here) {
    static const char *const named[] = {"/mute ", "/unmute ", "/invite ", "/invite ", "/kick "};
    static const char *const masked[] = {"/ban ", "/ban ", "/ban ", "/unban "};
    uint32_t dice = below(typist, 10);
    if (dice < 4) {
        const char *verb = ONE_OF(typist, masked);
        put(typist, verb);
        put_mask(typist, here);
        if (verb[1] == 'b') put_minutes(typist);
    } else if (dice < 8) {
        const char *verb = ONE_OF(typist, named);
        put(typist, verb);
        put_near(typist, here);
        if (verb[1] == 'm') put_minutes(typist);
    } else if (dice < 9) {
        put(typist, "/purge ");
        put_near(typist, here);
        put(typist, " 1");
    } else {
        put(typist, below(typist, 2) == 0 ? "/bans" : "/audit 5");
    }
}

static void order_mode(struct typist *typist) {
    static const char *const modes[] = {
        "private on",    "private off", "invite on",     "invite off",   "moderated on",
        "moderated off", "key sesame",  "key off",       "slow 1",       "slow off",
        "history off",   "history on",  "private maybe", "moderated on", "slow x",
        "days 30",       "count 0",     "private off",   "invite off",   "moderated off"};
    put(typist, "/mode ");
    put(typist, ONE_OF(typist, modes));
}

/* A topic or a name of a room that nobody can guess: see leak.c. */
static void put_secret_word(struct typist *typist, const char *head) {
    put(typist, head);
    put_number(typist, oracle_secret(typist->clients->oracle));
}

static void order_room(struct typist *typist, const struct here *here) {
    static const char *const roles[] = {" voice", " operator", " owner", " member", " king"};
    uint32_t dice = below(typist, 10);
    if (dice < 3) {
        order_mode(typist);
    } else if (dice < 6) {
        put(typist, "/role ");
        put_near(typist, here);
        put(typist, ONE_OF(typist, roles));
    } else if (dice < 8) {
        put(typist, "/topic ");
        if (below(typist, 3) == 0)
            put_number(typist, below(typist, 1000));
        else
            put_secret_word(typist, SECRET_TOPIC);
    } else if (dice < 9) {
        put(typist, "/rename ");
        if (below(typist, 3) == 0)
            put_room(typist);
        else
            put_secret_word(typist, SECRET_NAME);
    } else {
        put(typist, below(typist, 3) == 0 ? "/delete" : "/cursor");
    }
}

/* One that she runs; false: she runs none. */
static bool put_own_room(struct typist *typist, const struct here *here) {
    const struct oracle *oracle = typist->clients->oracle;
    uint32_t row = below(typist, oracle->room_count + 1);
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        const struct chat_room *room = &oracle->rooms[(row + i) % oracle->room_count];
        if (room->gone || room->own || room->direct || room->lobby || room == here->room) continue;
        if (rank_of(oracle, here->person, room) < STANDING_OPERATOR) continue;
        buf_put(&typist->out, (struct slice){room->name, room->name_size});
        return true;
    }
    return false;
}

static void order_join(struct typist *typist, const struct here *here) {
    uint32_t dice = below(typist, 8);
    if (dice > 5 && here->rank < STANDING_OPERATOR) {
        put(typist, "/join ");
        if (put_own_room(typist, here)) return;
        put_room(typist);
        return;
    }
    put(typist, dice < 7 ? "/join " : "/who ");
    if (dice == 0) { /* a room of her own, that is nobody else's business */
        put_secret_word(typist, SECRET_NAME);
        put(typist, "\n/mode private on\n/topic ");
        put_secret_word(typist, SECRET_TOPIC);
    } else if (dice == 1) {
        put(typist, "den-");
        put(typist, ONE_OF(typist, accounts));
    } else {
        put_room(typist);
        if (dice == 2) put(typist, below(typist, 2) == 0 ? " sesame" : " wrong");
    }
}

/* ---- what was said ---- */

/* The number of a message: often of one of hers. */
static void put_seq(struct typist *typist) {
    const struct oracle *oracle = typist->clients->oracle;
    bool hers = below(typist, 4) > 0;
    uint32_t back = below(typist, hers ? 3 : SEQ_FAR);
    uint64_t seq = 1 + below(typist, SEQ_FAR);
    for (uint32_t i = oracle->said_count; i-- > 0;) {
        const struct said *said = &oracle->said[i];
        if (said->marker == 0 || said->lost) continue;
        bool own = oracle->intents[said->marker].peer == typist->client->peer;
        if ((hers && !own) || back-- > 0) continue;
        seq = said->seq;
        break;
    }
    typist->clients->hot = seq;
    typist->clients->hot_left = 3;
    put_number(typist, seq);
}

bool type_order_hot(struct typist *typist) {
    static const char *const verbs[] = {"/remove ", "/remove ", "/edit ", "/react "};
    if (typist->clients->hot_left == 0 || below(typist, 2) == 0) return false;
    const char *verb = ONE_OF(typist, verbs);
    typist->clients->hot_left--;
    put(typist, verb);
    put_number(typist, typist->clients->hot);
    if (verb[1] == 'e') put_said(typist, " ", true, false);
    if (verb[3] == 'a') put(typist, " +1");
    return true;
}

static void order_message(struct typist *typist) {
    static const char *const words[] = {" +1", " heart", " \xf0\x9f\x91\x8d"};
    uint32_t dice = below(typist, 14);
    if (dice < 5) {
        put(typist, "/edit ");
        put_seq(typist);
        put_said(typist, " ", true, false);
    } else if (dice < 7) {
        put(typist, "/remove ");
        put_seq(typist);
    } else if (dice < 9) {
        put(typist, below(typist, 3) > 0 ? "/react " : "/unreact ");
        put_seq(typist);
        put(typist, ONE_OF(typist, words));
    } else if (dice < 11) {
        put(typist, "/reply ");
        put_seq(typist);
        put_said(typist, " ", true, false);
    } else {
        put(typist, below(typist, 2) == 0 ? "/read" : "/read ");
        if (below(typist, 2) == 0) put_seq(typist);
    }
}

/* Words that people say, or the number of a message, which is nobody else's. */
static void order_search(struct typist *typist) {
    static const char *const words[] = {"tea",
                                        "ox kettle",
                                        "\"tea word\"",
                                        "zebra -kettle",
                                        "\"zebra crossing\" tea",
                                        "https",
                                        "has:link tea",
                                        "word before:2023-11-14T22:14",
                                        "KETTLE after:2023-11-14T22:14 order:new",
                                        "tea before:2023-11-14T22:15 -author:bob"};
    const struct oracle *oracle = typist->clients->oracle;
    uint32_t dice = below(typist, 8);
    put(typist, "/search ");
    if (dice == 0) {
        put(typist, "@");
        put_name(typist);
        put(typist, " ");
    }
    if (dice < 3 && oracle->said_count > 0) {
        uint32_t most = oracle->said_count < 60 ? oracle->said_count : 60;
        put_number(typist, oracle->said[oracle->said_count - 1 - below(typist, most)].marker);
    } else if (dice < 5) {
        put(typist, "ox author:");
        put_name(typist);
    } else {
        put(typist, ONE_OF(typist, words));
    }
}

static void order_past(struct typist *typist) {
    static const char *const histories[] = {"/history 9 #", "/history #", "/history 5", "/history",
                                            "/history @"};
    uint32_t dice = below(typist, 12);
    const char *cursor = typist->client->cursor;
    if (dice < 3 && cursor[0]) {
        put(typist, "/resume ");
        put(typist, cursor);
    } else if (dice < 4) {
        put(typist, "/cursor");
    } else if (dice < 8) {
        order_search(typist);
    } else {
        const char *history = ONE_OF(typist, histories);
        put(typist, history);
        if (history[strlen(history) - 1] == '@') put_name(typist);
    }
}

static void order_tell(struct typist *typist) {
    put(typist, "/msg ");
    if (below(typist, 2) == 0)
        put(typist, ONE_OF(typist, accounts));
    else
        put_name(typist);
    put_said(typist, " ", true, false);
}

void type_order(struct typist *typist) {
    const struct here here = here_of(typist);
    bool rules = here.rank >= STANDING_OPERATOR;
    uint32_t dice = below(typist, 32);
    if (dice < (here.account ? 2u : 6u))
        order_account(typist, &here);
    else if (dice < (rules ? 11u : 8u))
        order_restrain(typist, &here);
    else if (dice < (rules ? 17u : 9u))
        order_room(typist, &here);
    else if (dice < 20)
        order_message(typist);
    else if (dice < 25)
        order_past(typist);
    else if (dice < 27)
        order_tell(typist);
    else
        order_join(typist, &here);
}
