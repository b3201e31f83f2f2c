/* delay.c: who guesses passwords waits. Wrong ones are counted in a row, of one account (or of a
 * name that is none: nobody shall learn which), of one network, and of both together; after
 * limits.login_attempts of them a password is not even looked at for a second, after one more for
 * two, at last for an hour.
 *
 * Nobody can lock out an account's owner: her token is never delayed, and from a network from which
 * she has come in before only what was tried from there counts, and for half a minute at most. What
 * is counted lives in memory alone.
 *
 * Who makes accounts waits in the same way, by network, unless it is exempt: after so many each
 * next one takes twice as long, so that one address cannot fill the table or keep the hashing busy.
 */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/people.h"

enum { WAIT_FIRST_MS = 1000, DOUBLINGS_MAX = 12, FAILURES_MAX = 250 };

#define WAIT_MAX_MS (INT64_C(3600) * 1000)
#define WAIT_KNOWN_MAX_MS (INT64_C(30) * 1000)

static struct address asker_address(struct hub *hub) {
    const struct session *session = hub_asker(hub);
    return session->generation != 0 ? session->address : hub->command->address;
}

static uint64_t asker_net(struct hub *hub) {
    uint64_t network = address_network(asker_address(hub));
    return slice_hash((struct slice){(const char *)&network, sizeof network}, hub->seed ^ 1);
}

static uint64_t of_both(const struct hub *hub, uint64_t net, struct slice key) {
    return slice_hash(key, hub->seed ^ net);
}

/* The row of a network, of a name, or of both. Somebody else's may lie there. */
static struct delay *row_of(struct hub *hub, uint64_t hash) {
    enum { ROWS = sizeof hub->delays / sizeof *hub->delays };
    return &hub->delays[hash % ROWS];
}

static int64_t left_ms(const struct hub *hub, int64_t wait_ms) {
    int64_t left = wait_ms - hub->now_ms;
    return left > 0 && left <= WAIT_MAX_MS ? left : 0; /* a clock that was set back counts not */
}

static int64_t row_left_ms(struct hub *hub, uint64_t hash) {
    const struct delay *row = row_of(hub, hash);
    return row->hash == hash ? left_ms(hub, row->wait_ms) : 0;
}

static bool is_known(const struct account *account, uint64_t net) {
    for (size_t i = 0; account && i < KNOWN_NETS; i++)
        if (account->nets[i] == net) return true;
    return false;
}

/* A name that is no account's is counted as if it were one. */
static uint64_t of_name(const struct hub *hub, struct slice key) {
    return slice_hash(key, hub->seed ^ 2);
}

uint64_t delay_left(struct hub *hub, const struct account *account, struct slice key) {
    if (hub->limits.login_attempts == 0) return 0;
    uint64_t net = asker_net(hub);
    int64_t left = row_left_ms(hub, of_both(hub, net, key));
    if (!is_known(account, net)) {
        int64_t name =
            account ? left_ms(hub, account->wait_ms) : row_left_ms(hub, of_name(hub, key));
        int64_t all = row_left_ms(hub, net);
        if (name > left) left = name;
        if (all > left) left = all;
    }
    return (uint64_t)(left + 999) / 1000;
}

/* One more. After an hour of quiet all is forgotten. */
static void count(const struct hub *hub, uint32_t *failures, int64_t *wait_ms, int64_t most_ms) {
    int64_t quiet_ms = hub->now_ms - *wait_ms;
    if (quiet_ms > WAIT_MAX_MS || quiet_ms < -WAIT_MAX_MS) *failures = 0;
    if (*failures < FAILURES_MAX) (*failures)++;
    *wait_ms = hub->now_ms;
    if (*failures < hub->limits.login_attempts) return;
    uint32_t over = *failures - hub->limits.login_attempts;
    int64_t wait = (int64_t)WAIT_FIRST_MS << (over < DOUBLINGS_MAX ? over : DOUBLINGS_MAX);
    *wait_ms += wait < most_ms ? wait : most_ms;
}

static void count_row(struct hub *hub, uint64_t hash, int64_t most_ms) {
    struct delay *row = row_of(hub, hash);
    if (row->hash != hash) *row = (struct delay){.hash = hash};
    count(hub, &row->failures, &row->wait_ms, most_ms);
}

void delay_wrong(struct hub *hub, struct account *account, struct slice key) {
    uint64_t net = asker_net(hub);
    bool known = is_known(account, net);
    count_row(hub, of_both(hub, net, key), known ? WAIT_KNOWN_MAX_MS : WAIT_MAX_MS);
    if (known) return;
    count_row(hub, net, WAIT_MAX_MS);
    if (account) {
        uint32_t failures = account->failures;
        count(hub, &failures, &account->wait_ms, WAIT_MAX_MS);
        account->failures = (uint8_t)failures;
    } else {
        count_row(hub, of_name(hub, key), WAIT_MAX_MS);
    }
}

uint64_t delay_registering(struct hub *hub) {
    if (hub->limits.login_attempts == 0 || hub->command->exempt) return 0;
    uint64_t hash = of_both(hub, asker_net(hub), slice_of("registering\n")); /* no name's key */
    int64_t left = row_left_ms(hub, hash);
    if (left == 0) count_row(hub, hash, WAIT_MAX_MS);
    return (uint64_t)(left + 999) / 1000;
}

/* The network forgets what was tried at this account and nothing else: who has one of her own could
 * otherwise go on guessing at others. */
void delay_right(struct hub *hub, struct account *account, struct slice key) {
    uint64_t net = asker_net(hub);
    struct delay *both = row_of(hub, of_both(hub, net, key)), *all = row_of(hub, net);
    if (both->hash == of_both(hub, net, key)) {
        if (all->hash == net) {
            all->failures -= both->failures < all->failures ? both->failures : all->failures;
            if (all->failures < hub->limits.login_attempts) all->wait_ms = hub->now_ms;
        }
        *both = (struct delay){0};
    }
    if (!account) return;
    account->failures = 0;
    account->wait_ms = 0;
    if (is_known(account, net)) return;
    memmove(account->nets + 1, account->nets, (KNOWN_NETS - 1) * sizeof *account->nets);
    account->nets[0] = net;
}
