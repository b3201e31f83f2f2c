/* What a configuration may say, where from, and what wins. How mistakes are told is in
 * test_config_refused.c. */
#include "config_scratch.h"

#include "server/config_file.h"
#include "server/config_table.h"
#include "server/config_value.h"

/* All keys of all sections, listeners and opers by their order. */
static void assert_same(const struct config *a, const struct config *b) {
    for (uint32_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        uint32_t elements = config_section_elements(a, section);
        assert_int_equal(elements, config_section_elements(b, section));
        for (uint32_t j = 0; j < elements * section->row_count; j++) {
            uint32_t element = j / section->row_count;
            const struct config_row *row = &section->rows[j % section->row_count];
            if (config_value_equal(config_section_at(a, section, element),
                                   config_section_at(b, section, element), row)) {
                continue;
            }
            fail_msg("%s.%s differs", section->name, row->key);
        }
    }
}

static struct address address_of(const char *text) {
    struct address address = {0};
    assert_true(address_parse(slice_text(text), &address));
    return address;
}

/* ---- what is there without a word ---- */

static void no_file_is_a_working_configuration(void **state) {
    (void)state;
    struct config_error error;
    const struct config *config = config_load(NULL, NULL, &error);
    assert_non_null(config);
    assert_text(config->server.name, "parlance.local");
    assert_text(config->server.data, "./parlance-data");
    assert_int_equal(config->server.durability, CONFIG_DURABILITY_FULL);
    assert_int_equal(config->listener_count, 1);
    assert_text(config->listeners[0].address.text, "127.0.0.1:7070");
    assert_int_equal(config->listeners[0].address.inet.port, 7070);
    assert_int_equal(config->listeners[0].dialect, CONFIG_DIALECT_AUTO);
    assert_false(config->listeners[0].tls);
    assert_int_equal(config->oper_count, 0);
    assert_int_equal(config->limits.outbox_hard_bytes, 1048576);
    assert_true(config_networks_hold(&config->throttle.exempt, address_of("127.9.9.9:5")));
    assert_true(config_networks_hold(&config->throttle.exempt, address_of("[::1]:5")));
    assert_false(config_networks_hold(&config->throttle.exempt, address_of("10.0.0.1:5")));
    config_unref(config);
}

static void an_empty_file_is_the_defaults(void **state) {
    (void)state;
    struct config_error error;
    const struct config *defaults = config_load(NULL, NULL, &error);
    const struct config *empty = load_ok("", NULL);
    const struct config *comment = load_ok("# nothing\n", NULL);
    assert_same(defaults, empty);
    assert_same(defaults, comment);
    config_unref(defaults);
    config_unref(empty);
    config_unref(comment);
}

static void the_shipped_sample_is_the_defaults(void **state) {
    const struct folders *folders = *state;
    struct config_error error = {.text = ""};
    const struct config *sample = config_load(folders->sample, NULL, &error);
    assert_string_equal(error.text, "");
    assert_non_null(sample);
    const struct config *defaults = config_load(NULL, NULL, &error);
    assert_same(sample, defaults);
    config_unref(sample);
    config_unref(defaults);
}

static void the_shipped_sample_names_every_key(void **state) {
    const struct folders *folders = *state;
    struct config_place place = {.file = folders->sample};
    struct config_error error;
    struct slice text;
    assert_true(config_file_read(folders->sample, &text, &place, &error));
    for (uint32_t i = 0; i < config_section_count; i++) {
        for (uint32_t j = 0; j < config_sections[i].row_count; j++) {
            char assignment[64];
            struct buf buf;
            buf_init(&buf, assignment, sizeof assignment);
            buf_byte(&buf, ' ');
            buf_text(&buf, config_sections[i].rows[j].key);
            buf_text(&buf, " = ");
            buf_byte(&buf, '\0');
            assert_true(buf_ok(&buf));
            if (!strstr(text.at, assignment)) fail_msg("no %s in the sample", assignment);
        }
    }
    free((char *)text.at);
}

static void backlog_is_20_lines_for_auto_and_none_for_others(void **state) {
    (void)state;
    const struct config *config =
        load_ok("listen \"a\" { dialect = \"auto\" address = \"127.0.0.1:1\" }\n"
                "listen \"b\" { dialect = \"line\" address = \"127.0.0.1:2\" }\n"
                "listen \"c\" { dialect = \"auto\" address = \"127.0.0.1:3\" backlog_lines = 0 }\n"
                "listen \"d\" { dialect = \"line\" address = \"127.0.0.1:4\" backlog_lines = 7 }\n",
                NULL);
    assert_int_equal(config->listeners[0].backlog_lines, 20);
    assert_int_equal(config->listeners[1].backlog_lines, 0);
    assert_int_equal(config->listeners[2].backlog_lines, 0);
    assert_int_equal(config->listeners[3].backlog_lines, 7);
    config_unref(config);
}

/* ---- what a file may say ---- */

static void every_form_of_comment_value_and_list_is_read(void **state) {
    (void)state;
    const struct config *config = load_ok(
        "\xef\xbb\xbf# hash\r\n// slashes\n/* C's,\n over lines */ server {\r\n"
        "  name = chat.example.org   # bare word\n"
        "  network = 'it\\'s \"ours\"' description = \"a \\\"b\\\" # not // a /* comment\"\n"
        "  workers = 4 utf8_only = no metrics_from = \"10.0.0.0/8\" // one without braces\n"
        "  data = \"in \\\n two\"\n"
        "}\nhistory { stored_client_tags = { \"+a\", /* between */ '+b', } }\n"
        "throttle { exempt = {} }\n",
        NULL);
    assert_text(config->server.name, "chat.example.org");
    assert_text(config->server.network, "it's \"ours\"");
    assert_text(config->server.description, "a \"b\" # not // a /* comment");
    assert_text(config->server.data, "in  two");
    assert_int_equal(config->server.workers, 4);
    assert_false(config->server.utf8_only);
    assert_int_equal(config->server.metrics_from.count, 1);
    assert_int_equal(config->history.stored_client_tags.count, 2);
    assert_text(config->history.stored_client_tags.at[1], "+b");
    assert_int_equal(config->throttle.exempt.count, 0);
    config_unref(config);
}

static void dollar_brace_is_literal(void **state) {
    (void)state;
    assert_int_equal(setenv("HOME", "/wrong", 1), 0);
    const struct config *config = load_ok("server { network = \"${HOME}\"\n"
                                          "description = 'a ${HOME} b'\n"
                                          "data = ${HOME}/x\n"
                                          "password = \"\\${HOME}$$\" }",
                                          NULL);
    assert_text(config->server.network, "${HOME}");
    assert_text(config->server.description, "a ${HOME} b");
    assert_text(config->server.data, "${HOME}/x");
    assert_text(config->server.password, "${HOME}$$");
    config_unref(config);
}

static void addresses_are_ipv4_ipv6_localhost_or_a_unix_path(void **state) {
    (void)state;
    const struct config *config = load_ok("listen \"a\" { address = \"0.0.0.0:0\" }\n"
                                          "listen \"b\" { address = \"[::1]:6667\" }\n"
                                          "listen \"c\" { address = \"localhost:80\" }\n"
                                          "listen \"d\" { address = \"unix:/run/x.sock\" }\n",
                                          NULL);
    assert_int_equal(config->listeners[0].address.family, AF_INET);
    assert_int_equal(config->listeners[1].address.family, AF_INET6);
    assert_int_equal(config->listeners[1].address.inet.ip[15], 1);
    assert_int_equal(config->listeners[1].address.inet.port, 6667);
    assert_int_equal(config->listeners[2].address.inet.ip[12], 127);
    assert_int_equal(config->listeners[2].address.inet.port, 80);
    assert_int_equal(config->listeners[3].address.family, AF_UNIX);
    assert_text(config->listeners[3].address.path, "/run/x.sock");
    config_unref(config);
}

static void unix_sockets_are_in_a_network_only_by_the_word_unix(void **state) {
    (void)state;
    const struct config *config =
        load_ok("listen \"a\" { forwarded_from = {\"unix\", \"10.0.0.0/8\"} }\n"
                "throttle { exempt = {\"::/1\"} }",
                NULL);
    const struct config_networks *believed = &config->listeners[0].forwarded_from;
    assert_true(config_networks_hold(believed, address_of("local")));
    assert_true(config_networks_hold(believed, address_of("10.1.2.3:4")));
    assert_false(config_networks_hold(believed, address_of("11.1.2.3:4")));
    assert_false(config_networks_hold(&config->throttle.exempt, address_of("local")));
    config_unref(config);
}

static void zero_is_none_where_the_range_says_so(void **state) {
    (void)state;
    const struct config *config = load_ok("limits { outbox_soft = 0 monitor_entries = 0 }", NULL);
    assert_int_equal(config->limits.outbox_soft_bytes, 0);
    config_unref(config);
    refuse("limits { outbox_soft = 7 }",
           "parlance.conf:1: limits.outbox_soft is 7; allowed: 0 (none), or 1024 to 1073741824");
    refuse("limits { monitor_entries = -5 }",
           "parlance.conf:1: limits.monitor_entries is -5; allowed: 0 (none) to 10000");
    refuse("limits { max_line = 0 }",
           "parlance.conf:1: limits.max_line is 0; allowed: 64 to 1048576");
}

/* ---- environment and command line ---- */

static void the_environment_overrides_the_file(void **state) {
    (void)state;
    assert_int_equal(setenv("PARLANCE_SERVER_DURABILITY", "off", 1), 0);
    assert_int_equal(setenv("PARLANCE_LIMITS_MAX_LINE", "512", 1), 0);
    assert_int_equal(setenv("PARLANCE_SERVER_METRICS_FROM", "10.0.0.0/8, ::1", 1), 0);
    assert_int_equal(setenv("PARLANCE_THROTTLE_EXEMPT", "", 1), 0);
    assert_int_equal(setenv("PARLANCE_LISTEN_FOR_IRC_ADDRESS", "127.0.0.1:6667", 1), 0);
    const struct config *config =
        load_ok("server { durability = normal }\nlisten \"for-irc\" { dialect = irc }", NULL);
    assert_int_equal(config->server.durability, CONFIG_DURABILITY_OFF);
    assert_int_equal(config->limits.max_line_bytes, 512);
    assert_int_equal(config->server.metrics_from.count, 2);
    assert_int_equal(config->throttle.exempt.count, 0);
    assert_text(config->listeners[0].address.text, "127.0.0.1:6667");
    config_unref(config);
}

static void the_environment_reaches_the_default_listener(void **state) {
    (void)state;
    struct config_error error;
    assert_int_equal(setenv("PARLANCE_LISTEN_EVERYTHING_ADDRESS", "[::]:80", 1), 0);
    const struct config *config = config_load(NULL, NULL, &error);
    assert_non_null(config);
    assert_text(config->listeners[0].address.text, "[::]:80");
    config_unref(config);
}

static void a_wrong_variable_is_refused_by_its_name(void **state) {
    (void)state;
    assert_int_equal(setenv("PARLANCE_LIMITS_MAX_LINE", "-1", 1), 0);
    refuse("", "environment: PARLANCE_LIMITS_MAX_LINE is -1; allowed: 64 to 1048576");
    unsetenv("PARLANCE_LIMITS_MAX_LINE");
    assert_int_equal(setenv("PARLANCE_SERVER_NAEM", "x", 1), 0);
    refuse_start("", "environment: PARLANCE_SERVER_NAEM names no setting");
    unsetenv("PARLANCE_SERVER_NAEM");
    assert_int_equal(setenv("PARLANCE_LISTEN_NONE_ROOM", "x", 1), 0);
    refuse_start("", "environment: PARLANCE_LISTEN_NONE_ROOM names no setting");
    unsetenv("PARLANCE_LISTEN_NONE_ROOM");
    assert_int_equal(setenv("PARLANCE_LISTEN_A_B_ROOM", "x", 1), 0);
    refuse_start("listen \"a.b\" { }\nlisten \"a-b\" { address = \"127.0.0.1:2\" }",
                 "environment: PARLANCE_LISTEN_A_B_ROOM names settings of two sections");
}

static void foreign_variables_are_left_alone(void **state) {
    (void)state;
    assert_int_equal(setenv("PARLANCE_TEST_FAIL", "x", 1), 0);
    assert_int_equal(setenv("PARLANCE_PORT", "tcp://10.0.0.1:7070", 1), 0);
    assert_int_equal(setenv("PARLANCE_PORT_7070_TCP", "tcp://10.0.0.1:7070", 1), 0);
    assert_int_equal(setenv("PARLANCE_SERVICE_HOST", "10.0.0.1", 1), 0);
    config_unref(load_ok("", NULL));
}

static void a_secret_of_the_environment_overrides_a_file(void **state) {
    (void)state;
    write_bytes("secret", slice_of("from file\n"), 0600);
    assert_int_equal(setenv("PARLANCE_SERVER_PASSWORD_FILE", "secret", 1), 0);
    const struct config *config = load_ok("server { password = \"a\" }", NULL);
    assert_text(config->server.password, "from file");
    config_unref(config);
    assert_int_equal(setenv("PARLANCE_SERVER_PASSWORD", "b", 1), 0);
    refuse_start("", "environment: PARLANCE_SERVER_PASSWORD_FILE is given, and the password");
}

static void the_command_line_overrides_everything(void **state) {
    (void)state;
    const char *const listeners[] = {"irc://127.0.0.1:6667", "ircs://[::1]:6697",
                                     "https://localhost:443", "line://unix:/tmp/line.sock"};
    struct config_overrides overrides = {"/srv/data", "debug", listeners, 4};
    assert_int_equal(setenv("PARLANCE_SERVER_DATA", "/env/data", 1), 0);
    const struct config *config =
        load_ok("server { data = \"/file/data\" }\nlisten \"x\" { room = there }", &overrides);
    assert_text(config->server.data, "/srv/data");
    assert_int_equal(config->log.level, CONFIG_LOG_DEBUG);
    assert_int_equal(config->listener_count, 4);
    assert_int_equal(config->listeners[0].dialect, CONFIG_DIALECT_IRC);
    assert_text(config->listeners[0].title, "irc://127.0.0.1:6667");
    assert_text(config->listeners[0].room, "lobby");
    assert_int_equal(config->listeners[0].backlog_lines, 0);
    assert_false(config->listeners[0].tls);
    assert_int_equal(config->listeners[1].dialect, CONFIG_DIALECT_IRC);
    assert_true(config->listeners[1].tls);
    assert_int_equal(config->listeners[1].tls_cert.count, 0);
    assert_int_equal(config->listeners[2].dialect, CONFIG_DIALECT_WEB);
    assert_true(config->listeners[2].tls);
    assert_text(config->listeners[3].address.path, "/tmp/line.sock");
    config_unref(config);
}

static void tls_of_the_command_line_uses_the_servers_certificate(void **state) {
    (void)state;
    const char *const listeners[] = {"ircs://127.0.0.1:6697"};
    struct config_overrides overrides = {.listeners = listeners, .listener_count = 1};
    write_bytes("cert", slice_of("x\n"), 0644);
    write_bytes("key", slice_of("x\n"), 0640);
    const struct config *config =
        load_ok("server { tls_cert = \"cert\" tls_key = \"key\" }", &overrides);
    assert_int_equal(config->listeners[0].tls_cert.count, 1);
    assert_text(config->listeners[0].tls_key.at[0], "key");
    config_unref(config);
}

static void a_wrong_option_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"127.0.0.1:80", "smtp://127.0.0.1:25", "irc://here",
                                        "irc://", "://127.0.0.1:1"};
    struct config_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct config_overrides overrides = {.listeners = &wrong[i], .listener_count = 1};
        assert_null(config_load(NULL, &overrides, &error));
        assert_true(slice_starts(slice_text(error.text), slice_of("command line: --listen is \"")));
    }
    struct config_overrides level = {.log_level = "loud"};
    refuse_bytes(slice_of(""), &level,
                 "command line: --log-level is \"loud\"; allowed: error, warning, info, debug");
    const char *const twice[] = {"irc://127.0.0.1:1", "line://127.0.0.1:1"};
    struct config_overrides both = {.listeners = twice, .listener_count = 2};
    assert_null(config_load(NULL, &both, &error));
    assert_non_null(strstr(error.text, "like that of \"irc://127.0.0.1:1\""));
}

/* ---- snapshots ---- */

static void what_needs_a_restart_is_named(void **state) {
    (void)state;
    char names[256];
    const struct config *old = load_ok("", NULL);
    const struct config *same = load_ok("limits { nick_length = 9 }\n"
                                        "listen \"other\" { address = \"127.0.0.1:1\" }",
                                        NULL);
    const struct config *new = load_ok("server { data = \"/x\" workers = 2 durability = off }\n"
                                       "history { store = memory }\nlimits { connections = 9 }",
                                       NULL);
    assert_false(config_needs_restart(old, same, names, sizeof names));
    assert_string_equal(names, "");
    assert_true(config_needs_restart(old, new, names, sizeof names));
    assert_string_equal(names, "server.data, server.workers, server.durability, history.store, "
                               "limits.connections");
    assert_true(config_needs_restart(old, new, names, 12));
    assert_string_equal(names, "server.data");
    assert_true(config_needs_restart(old, new, names, 1));
    assert_string_equal(names, "");
    config_unref(old);
    config_unref(same);
    config_unref(new);
}

static void a_snapshot_lives_as_long_as_a_reference(void **state) {
    (void)state;
    const struct config *config = load_ok("server { network = \"kept\" }", NULL);
    const struct config *second = config_ref(config);
    config_unref(config);
    assert_text(second->server.network, "kept");
    config_unref(second);
    config_unref(NULL);
}

static int check_config(int argc, const char *argument) {
    char *argv[] = {"check-config", (char *)argument, "more", NULL};
    return config_check_main(argc, argv);
}

static void check_config_answers_0_64_or_78(void **state) {
    (void)state;
    write_bytes(FILE_NAME, slice_of("server { }"), 0644);
    assert_int_equal(check_config(2, FILE_NAME), 0);
    assert_int_equal(check_config(2, "--help"), 0);
    assert_int_equal(check_config(1, NULL), 64);
    assert_int_equal(check_config(3, FILE_NAME), 64);
    assert_int_equal(check_config(2, "--unknown"), 64);
    write_bytes(FILE_NAME, slice_of("server { nothing = 1 }"), 0644);
    assert_int_equal(check_config(2, FILE_NAME), 78);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(no_file_is_a_working_configuration),
        TEST(an_empty_file_is_the_defaults),
        TEST(the_shipped_sample_is_the_defaults),
        TEST(the_shipped_sample_names_every_key),
        TEST(backlog_is_20_lines_for_auto_and_none_for_others),
        TEST(every_form_of_comment_value_and_list_is_read),
        TEST(dollar_brace_is_literal),
        TEST(addresses_are_ipv4_ipv6_localhost_or_a_unix_path),
        TEST(unix_sockets_are_in_a_network_only_by_the_word_unix),
        TEST(zero_is_none_where_the_range_says_so),
        TEST(the_environment_overrides_the_file),
        TEST(the_environment_reaches_the_default_listener),
        TEST(a_wrong_variable_is_refused_by_its_name),
        TEST(foreign_variables_are_left_alone),
        TEST(a_secret_of_the_environment_overrides_a_file),
        TEST(the_command_line_overrides_everything),
        TEST(tls_of_the_command_line_uses_the_servers_certificate),
        TEST(a_wrong_option_is_refused),
        TEST(what_needs_a_restart_is_named),
        TEST(a_snapshot_lives_as_long_as_a_reference),
        TEST(check_config_answers_0_64_or_78),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
