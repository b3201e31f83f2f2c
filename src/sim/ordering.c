/* ordering.c: the commands that people of the line dialect type: about their accounts, about who
 * may do what in a room, about what was said. Many are refused, which must harm nobody. */
#include "base/check.h"
#include "sim/typing.h"

enum { SEQ_FAR = 12 };

/* Accounts are few, so that their people meet; who knows a name can guess the password. */
static const char *const accounts[] = {"kim", "lee", "mo", "Nia", "ann", "bob"};

static void put_secret(struct typist *typist, const char *account) {
    static const char *const heads[] = {"pw-", "pw-", "pw-", "pw-", "pw2-", "pw2-", "no-"};
    put(typist, ONE_OF(typist, heads));
    put(typist, account);
}

void type_login(struct typist *typist) {
    const char *account = ONE_OF(typist, accounts);
    put(typist, "/login ");
    put(typist, account);
    put(typist, " ");
    if (typist->client->token[0] && below(typist, 2) == 0)
        put(typist, typist->client->token);
    else
        put_secret(typist, account);
}

static void order_account(struct typist *typist) {
    const char *account = ONE_OF(typist, accounts);
    switch (below(typist, 12)) {
    case 0:
    case 1:
    case 2:
        put(typist, "/nick ");
        put(typist, account);
        put(typist, "\n/register ");
        put_secret(typist, account);
        break;
    case 3:
    case 4:
    case 5: type_login(typist); break;
    case 6:
        put(typist, "/password ");
        put_secret(typist, account);
        put(typist, " ");
        put_secret(typist, account);
        break;
    case 7:
        put(typist, below(typist, 4) == 0 ? "/unregister " : "/register ");
        put_secret(typist, account);
        break;
    case 8: put(typist, below(typist, 2) == 0 ? "/logout" : "/logout all"); break;
    case 9:
    case 10: put(typist, "/token"); break;
    default: put(typist, "/oper root "); put(typist, below(typist, 3) == 0 ? "no-root" : "pw-root");
    }
}

/* A name, a mask or a network. */
static void put_mask(struct typist *typist) {
    static const char *const masks[] = {"a*",           "*o*", "jo?", "127.0.0.2",
                                        "127.0.0.2/32", "zo*", "*b"};
    if (below(typist, 3) == 0)
        put(typist, ONE_OF(typist, masks));
    else
        put_name(typist);
}

static void put_minutes(struct typist *typist) {
    if (below(typist, 3) == 0) return;
    put(typist, " ");
    put_number(typist, below(typist, 3));
}

static void order_restrain(struct typist *typist) {
    static const char *const named[] = {"/mute ", "/unmute ", "/invite ", "/invite ", "/kick "};
    static const char *const masked[] = {"/ban ", "/ban ", "/unban ", "/unban "};
    uint32_t dice = below(typist, 10);
    if (dice < 4) {
        const char *verb = ONE_OF(typist, masked);
        put(typist, verb);
        put_mask(typist);
        if (verb[1] == 'b') put_minutes(typist);
    } else if (dice < 8) {
        const char *verb = ONE_OF(typist, named);
        put(typist, verb);
        put_name(typist);
        if (verb[1] == 'm') put_minutes(typist);
    } else if (dice < 9) {
        put(typist, "/purge ");
        put_name(typist);
        put(typist, " 1");
    } else {
        put(typist, below(typist, 2) == 0 ? "/bans" : "/audit 5");
    }
}

static void order_room(struct typist *typist) {
    static const char *const modes[] = {
        "private on",    "private off", "invite on",     "invite off",   "moderated on",
        "moderated off", "key sesame",  "key off",       "slow 1",       "slow off",
        "history off",   "history on",  "private maybe", "moderated on", "slow x",
        "days 30",       "count 0",     "private off",   "invite off",   "moderated off"};
    static const char *const roles[] = {" voice", " operator", " owner", " member", " king"};
    switch (below(typist, 8)) {
    case 0:
    case 1:
    case 2:
        put(typist, "/mode ");
        put(typist, ONE_OF(typist, modes));
        break;
    case 3:
    case 4:
        put(typist, "/role ");
        put_name(typist);
        put(typist, ONE_OF(typist, roles));
        break;
    case 5:
        if (below(typist, 4) > 0) {
            put(typist, "/topic ");
            put_number(typist, below(typist, 1000));
        } else {
            put(typist, "/rename ");
            put_room(typist);
        }
        break;
    case 6:
        put(typist, "/join ");
        put_room(typist);
        put(typist, below(typist, 2) == 0 ? " sesame" : " wrong");
        break;
    default:
        if (below(typist, 4) == 0)
            put(typist, "/delete");
        else
            put(typist, "/cursor");
    }
}

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
    uint32_t dice = below(typist, 16);
    if (dice < 4) {
        put(typist, "/edit ");
        put_seq(typist);
        put_said(typist, " ", true, false);
    } else if (dice < 7) {
        put(typist, "/remove ");
        put_seq(typist);
    } else if (dice < 10) {
        put(typist, below(typist, 3) > 0 ? "/react " : "/unreact ");
        put_seq(typist);
        put(typist, ONE_OF(typist, words));
    } else if (dice < 12) {
        put(typist, "/reply ");
        put_seq(typist);
        put_said(typist, " ", true, false);
    } else if (dice < 14 && typist->client->cursor[0]) {
        put(typist, "/resume ");
        put(typist, typist->client->cursor);
    } else if (dice < 15) {
        static const char *const histories[] = {"/history 9 #", "/history #", "/history @",
                                                "/history"};
        const char *history = ONE_OF(typist, histories);
        put(typist, history);
        if (history[strlen(history) - 1] == '@') put_name(typist);
    } else {
        put(typist, below(typist, 2) == 0 ? "/read" : "/read ");
        if (below(typist, 2) == 0) put_seq(typist);
    }
}

static void order_tell(struct typist *typist) {
    put(typist, "/msg ");
    put_name(typist);
    put_said(typist, " ", true, false);
}

void type_order(struct typist *typist) {
    uint32_t dice = below(typist, 16);
    if (dice < 3)
        order_account(typist);
    else if (dice < 6)
        order_restrain(typist);
    else if (dice < 10)
        order_room(typist);
    else if (dice < 14)
        order_message(typist);
    else
        order_tell(typist);
}
