/* Outgoing webhooks: the form of an address, which addresses are reached, the signature, and what
 * the hub keeps. */
#include <arpa/inet.h>

#include "chat/scope.h"
#include "chat/webhook.h"
#include "server/carry.h"
#include "server/reach.h"
#include "test_account_play.h"

static void an_address_has_a_host_and_nothing_secret(void **state) {
    (void)state;
    static const char *const good[] = {"https://a.example", "http://a.example:8080/x?y=@z",
                                       "https://[2001:db8::1]/", "http://10.0.0.1/"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "https:///x",
                                      "https://?x",
                                      "http://:80/",
                                      "ftp://a.example/",
                                      "HTTPS://a.example/",
                                      "https://user@a.example/",
                                      "https://a.example/ x",
                                      "https://a.example/\n",
                                      "https://a.example/\xC3\xBC",
                                      "https://a.example/#x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(webhook_url_fits(slice_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(webhook_url_fits(slice_text(bad[i])));
    char longest[WEBHOOK_URL_MAX + 1];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "http://", 7);
    assert_true(webhook_url_fits((struct slice){longest, WEBHOOK_URL_MAX}));
    assert_false(webhook_url_fits((struct slice){longest, WEBHOOK_URL_MAX + 1}));
}

static bool reached(const char *ip, const char *allowed) {
    struct network network;
    struct config_networks networks = {.at = &network, .count = 0};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    if (allowed) {
        assert_true(network_parse(slice_text(allowed), &network));
        networks.count = 1;
    }
    if (inet_pton(AF_INET, ip, &four.sin_addr) == 1)
        return reach_allows((const struct sockaddr *)&four, &networks);
    assert_int_equal(inet_pton(AF_INET6, ip, &six.sin6_addr), 1);
    return reach_allows((const struct sockaddr *)&six, &networks);
}

static void t064_what_is_not_public_is_not_reached(void **state) {
    (void)state;
    static const char *const public[] = {
        "1.1.1.1",         "9.255.255.255", "11.0.0.0",      "172.15.0.1",  "172.32.0.1",
        "192.167.1.1",     "100.63.0.1",    "100.128.0.1",   "169.253.1.1", "223.255.255.1",
        "2606:4700::1111", "2a00:1450::1",  "::ffff:8.8.8.8"};
    static const char *const others[] = {"0.0.0.0",
                                         "10.0.0.1",
                                         "100.64.0.1",
                                         "127.0.0.1",
                                         "127.255.255.254",
                                         "169.254.169.254",
                                         "172.16.0.1",
                                         "172.31.255.255",
                                         "192.0.0.8",
                                         "192.0.2.1",
                                         "192.168.0.1",
                                         "198.18.0.1",
                                         "198.51.100.1",
                                         "203.0.113.1",
                                         "224.0.0.1",
                                         "239.1.1.1",
                                         "240.0.0.1",
                                         "255.255.255.255",
                                         "::",
                                         "::1",
                                         "::ffff:127.0.0.1",
                                         "::ffff:10.0.0.1",
                                         "::7f00:1",
                                         "64:ff9b::7f00:1",
                                         "64:ff9b:1::1",
                                         "fe80::1",
                                         "fc00::1",
                                         "fd00:ec2::254",
                                         "ff02::1",
                                         "2001::1",
                                         "2001:db8::1",
                                         "2002:7f00:1::",
                                         "fec0::1",
                                         "::ffff:0:127.0.0.1",
                                         "100::1",
                                         "3fff::1",
                                         "5f00::1"};
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        if (!reached(public[i], NULL)) fail_msg("%s is public", public[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (reached(others[i], NULL)) fail_msg("%s is not public", others[i]);
    assert_true(reached("10.1.2.3", "10.1.0.0/16"));
    assert_true(reached("::ffff:10.1.2.3", "10.1.0.0/16"));
    assert_false(reached("10.2.2.3", "10.1.0.0/16"));
    assert_false(reach_allows(&(struct sockaddr){.sa_family = AF_UNIX},
                              &(struct config_networks){.unix_peers = true}));
}

/* Computed by Python's hmac. */
static void a_signature_is_that_of_standard_webhooks(void **state) {
    (void)state;
    unsigned char secret[WEBHOOK_SECRET_SIZE];
    char memory[128];
    struct buf out;
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = (unsigned char)i;
    buf_init(&out, memory, sizeof memory);
    carry_sign(&out, secret, slice_of("1-00000000000000ff-17"), 1795391032, slice_of("{\"a\":1}"));
    assert_true(
        slice_equal(buf_slice(&out), slice_of("v1,v6xwPhep1k1l7+/VLWiIfDQ5IrcXo1wu1QCiNpNiVZA=")));
}

static void add(struct play *play, uint32_t slot, const char *url) {
    give(play, slot,
         (struct command){.kind = COMMAND_WEBHOOK_ADD,
                          .flags = COMMAND_WAITS,
                          .room = slice_of("lab"),
                          .text = slice_text(url)});
}

static void mark(struct play *play, const struct webhook_mark *mark) {
    step(play, (struct hub_input){.kind = INPUT_WEBHOOK, .webhook = mark});
}

static void how_far_it_has_got_is_recorded_and_never_goes_back(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    give(play, 0, (struct command){.kind = COMMAND_CREATE, .room = slice_of("lab")});
    add(play, 0, "https://a.example/");
    const struct record *made = record_of(play, RECORD_WEBHOOK);
    struct webhook_mark at = {.number = made->number, .epoch = made->epoch, .seq = made->seq};
    assert_int_equal(event_of(play, EVENT_WEBHOOK)->text.size, WEBHOOK_SECRET_SIZE);
    give(play, 0,
         (struct command){
             .kind = COMMAND_SAY, .room = slice_of("lab"), .text = slice_of("something")});
    at.seq++;
    mark(play, &at);
    assert_int_equal(record_of(play, RECORD_WEBHOOK)->seq, at.seq);
    mark(play, &at);
    assert_shown(play, "");
    at.seq++; /* more than there is */
    mark(play, &at);
    assert_shown(play, "");
    at.seq = 0;
    mark(play, &at);
    assert_shown(play, "");
}

static void a_deleted_room_has_none(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    give(play, 0, (struct command){.kind = COMMAND_CREATE, .room = slice_of("lab")});
    add(play, 0, "https://a.example/");
    struct webhook_mark at = {.number = record_of(play, RECORD_WEBHOOK)->number, .seq = 1};
    uint64_t digest = hub_digest(play->hub);
    give(play, 0, (struct command){.kind = COMMAND_DELETE, .room = slice_of("lab")});
    assert_true(hub_digest(play->hub) != digest);
    mark(play, &at);
    assert_shown(play, "");
}

static void a_guest_makes_none(void **state) {
    struct play *play = *state;
    come(play, 0, "eve");
    give(play, 0, (struct command){.kind = COMMAND_CREATE, .room = slice_of("lab")});
    add(play, 0, "https://a.example/");
    assert_int_equal(refused(play), REFUSED_LOGIN_NEEDED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_host_and_nothing_secret),
        cmocka_unit_test(t064_what_is_not_public_is_not_reached),
        cmocka_unit_test(a_signature_is_that_of_standard_webhooks),
        TEST(how_far_it_has_got_is_recorded_and_never_goes_back),
        TEST(a_deleted_room_has_none),
        TEST(a_guest_makes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
