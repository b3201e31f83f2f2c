/* Addresses and networks, as text and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/address.h"

static struct address parsed(const char *text) {
    struct address address;
    if (!address_parse(slice_text(text), &address)) fail_msg("refused: %s", text);
    return address;
}

static void assert_shown(const char *text, const char *wanted, const char *wanted_ip) {
    char memory[ADDRESS_TEXT_SIZE_MAX];
    struct buf buf;
    buf_init(&buf, memory, sizeof memory);
    address_text(&buf, parsed(text));
    assert_true(buf_ok(&buf));
    assert_int_equal(buf.size, strlen(wanted));
    assert_memory_equal(memory, wanted, buf.size);
    buf_init(&buf, memory, sizeof memory);
    address_ip_text(&buf, parsed(text));
    assert_int_equal(buf.size, strlen(wanted_ip));
    assert_memory_equal(memory, wanted_ip, buf.size);
}

static void an_address_is_shown_as_users_know_it(void **state) {
    (void)state;
    assert_shown("127.0.0.1:53974", "127.0.0.1:53974", "127.0.0.1");
    assert_shown("0.0.0.0:0", "0.0.0.0:0", "0.0.0.0");
    assert_shown("255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255");
    assert_shown("[::1]:5", "[::1]:5", "::1");
    assert_shown("[::]:7070", "[::]:7070", "::");
    assert_shown("[::ffff:10.1.2.3]:80", "10.1.2.3:80", "10.1.2.3");
    assert_shown("[0:0:0:0:0:ffff:a01:203]:80", "10.1.2.3:80", "10.1.2.3");
    assert_shown("local", "local", "local");
}

static void ipv6_is_shown_as_rfc_5952_wants_it(void **state) {
    (void)state;
    assert_shown("[2001:0DB8:0:0:0:0:0:1]:1", "[2001:db8::1]:1", "2001:db8::1");
    assert_shown("[2001:db8:0:1:1:1:1:1]:1", "[2001:db8:0:1:1:1:1:1]:1", "2001:db8:0:1:1:1:1:1");
    assert_shown("[2001:0:0:1:0:0:0:1]:1", "[2001:0:0:1::1]:1", "2001:0:0:1::1");
    assert_shown("[2001:db8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1", "2001:db8::1:0:0:1");
    assert_shown("[1:2:3:4:5:6:7:0]:1", "[1:2:3:4:5:6:7:0]:1", "1:2:3:4:5:6:7:0");
    assert_shown("[1:2:3:4:5:6:0:0]:1", "[1:2:3:4:5:6::]:1", "1:2:3:4:5:6::");
    assert_shown("[::1.2.3.4]:1", "[::102:304]:1", "::102:304");
    assert_shown("[fe80:0:10:200:3000:a:0:b]:1", "[fe80:0:10:200:3000:a:0:b]:1",
                 "fe80:0:10:200:3000:a:0:b");
    assert_shown("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
                 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
                 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    const struct slice wrong[] = {
        slice_of(""),
        slice_of("127.0.0.1"),
        slice_of("127.0.0.1:"),
        slice_of(":80"),
        slice_of("127.0.0.1:65536"),
        slice_of("127.0.0.1:080"),
        slice_of("1.2.3:4"),
        slice_of("1.2.3.4.5:6"),
        slice_of("256.1.1.1:1"),
        slice_of("01.2.3.4:1"),
        slice_of("::1:5"),
        slice_of("[::1]"),
        slice_of("[::1]:"),
        slice_of("[::1]5"),
        slice_of("[::1]x5"),
        slice_of("[::1:5"),
        slice_of("[]:5"),
        slice_of("[::g]:5"),
        slice_of("[1.2.3.4]:5"),
        slice_of("[::1%lo]:5"),
        slice_of(" 1.2.3.4:5"),
        slice_of("1.2.3.4:5 "),
        slice_of("1.2.3.4\0:5"),
        slice_of("localhost:80"),
        slice_of("local:0"),
        slice_of("[1:2:3:4:5:6:7:8:9]:1"),
        slice_of("1.2.3.4:-1"),
        slice_of("[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1"),
    };
    struct address address = {.port = 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (address_parse(wrong[i], &address)) fail_msg("accepted: %s", wrong[i].at);
    assert_int_equal(address.port, 7);
}

static bool inside(const char *address, const char *network) {
    struct network parsed_network;
    if (!network_parse(slice_text(network), &parsed_network)) fail_msg("refused: %s", network);
    return address_in(parsed(address), parsed_network);
}

static void a_network_holds_its_own_addresses_only(void **state) {
    (void)state;
    assert_true(inside("127.9.9.9:1", "127.0.0.0/8"));
    assert_false(inside("128.0.0.1:1", "127.0.0.0/8"));
    assert_true(inside("10.0.0.129:1", "10.0.0.128/25"));
    assert_false(inside("10.0.0.127:1", "10.0.0.128/25"));
    assert_true(inside("10.0.0.1:1", "10.0.0.1"));
    assert_false(inside("10.0.0.0:1", "10.0.0.1"));
    assert_true(inside("10.3.0.1:1", "10.1.2.3/8"));
    assert_true(inside("[::1]:9", "::1"));
    assert_false(inside("[::2]:9", "::1"));
    assert_true(inside("[fe80::1]:9", "fe80::/10"));
    assert_true(inside("[febf::1]:9", "fe80::/10"));
    assert_false(inside("[fec0::1]:9", "fe80::/10"));
    assert_true(inside("1.2.3.4:1", "0.0.0.0/0"));
    assert_false(inside("[2001:db8::1]:1", "0.0.0.0/0"));
    assert_true(inside("1.2.3.4:1", "::/0"));
    assert_true(inside("[2001:db8::1]:1", "::/0"));
    assert_true(inside("10.1.2.3:1", "::ffff:10.0.0.0/104"));
}

static void a_unix_socket_is_in_no_network(void **state) {
    (void)state;
    assert_false(inside("local", "::/0"));
    assert_false(inside("local", "::"));
    assert_true(inside("[::]:1", "::"));
}

static void one_customer_is_one_network(void **state) {
    (void)state;
    static const char *const same[][2] = {{"10.0.0.1:1", "10.0.0.1:2"},
                                          {"[2001:db8::1]:1", "[2001:db8:0:0:ffff::]:1"}};
    static const char *const other[][2] = {{"10.0.0.1:1", "10.0.0.2:1"},
                                           {"10.0.0.1:1", "[::1]:1"},
                                           {"[2001:db8::1]:1", "[2001:db8:0:1::1]:1"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(address_network(parsed(same[i][0])) == address_network(parsed(same[i][1])));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(address_network(parsed(other[i][0])) == address_network(parsed(other[i][1])));
}

static void what_is_no_network_is_refused(void **state) {
    (void)state;
    const char *wrong[] = {
        "",        "/",         "/8",           "10.0.0.0/",   "10.0.0.0/33",  "::/129",
        "::/",     "10.0.0/8",  "10.0.0.0/8/8", "10.0.0.0/08", "10.0.0.0/-1",  "[::1]",
        "[::1]/8", "1.2.3.4:5", "local",        "10.0.0.0 /8", "::/4294967296"};
    struct network network = {.prefix_bits = 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (network_parse(slice_text(wrong[i]), &network)) fail_msg("accepted: %s", wrong[i]);
    assert_int_equal(network.prefix_bits, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_shown_as_users_know_it),
        cmocka_unit_test(ipv6_is_shown_as_rfc_5952_wants_it),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_network_holds_its_own_addresses_only),
        cmocka_unit_test(a_unix_socket_is_in_no_network),
        cmocka_unit_test(one_customer_is_one_network),
        cmocka_unit_test(what_is_no_network_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
