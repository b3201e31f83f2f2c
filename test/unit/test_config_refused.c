/* How each mistake in a configuration is told: file, line, what is wrong and what is allowed. */
#include "config_scratch.h"

#include "server/config_file.h"

/* ---- mistakes ---- */

static void number_out_of_range_is_refused_with_the_range(void **state) {
    (void)state;
    refuse("# one\nlimits {\n  nick_length = 30\n  max_line = -1\n}\n",
           "parlance.conf:4: limits.max_line is -1; allowed: 64 to 1048576");
    refuse("limits { max_line = 1048577 }",
           "parlance.conf:1: limits.max_line is 1048577; allowed: 64 to 1048576");
    refuse("limits { max_line = 99999999999999999999999 }",
           "parlance.conf:1: limits.max_line is 99999999999999999999999; allowed: 64 to 1048576");
    refuse("limits { max_line = 0x100 }",
           "parlance.conf:1: limits.max_line is 0x100; allowed: 64 to 1048576");
    refuse("server { workers = 33 }", "parlance.conf:1: server.workers is 33; allowed: 0 to 32");
    refuse("limits { nick_length = 49 }",
           "parlance.conf:1: limits.nick_length is 49; allowed: 1 to 48");
    refuse("limits { channel_length = 65 }",
           "parlance.conf:1: limits.channel_length is 65; allowed: 1 to 64");
    refuse("limits { topic_length = 0 }",
           "parlance.conf:1: limits.topic_length is 0; allowed: 1 to 2048");
}

static void value_of_the_wrong_kind_is_refused_with_what_is_allowed(void **state) {
    (void)state;
    refuse("limits { max_line = 8k }",
           "parlance.conf:1: limits.max_line is 8k; allowed: 64 to 1048576");
    refuse("limits { max_line = \"\" }",
           "parlance.conf:1: limits.max_line is \"\"; allowed: 64 to 1048576");
    refuse("server {\nutf8_only = perhaps }",
           "parlance.conf:2: server.utf8_only is \"perhaps\"; allowed: true or false");
    refuse("server { durability = \"Full\" }",
           "parlance.conf:1: server.durability is \"Full\"; allowed: full, normal, off");
    refuse("listen \"x\" { dialect = \"smtp\" }",
           "parlance.conf:1: listen \"x\".dialect is \"smtp\"; allowed: auto, line, friendly, "
           "pipe, dollar, irc, web");
    refuse("server { name = {\"a\", \"b\"} }",
           "parlance.conf:1: \"{\" stands where a single value is due; allowed: KEY = \"VALUE\"");
    refuse("server { metrics_from = \"nowhere\" }",
           "parlance.conf:1: server.metrics_from is \"nowhere\"; allowed: networks such as "
           "10.0.0.0/8, addresses such as ::1, the word unix");
    refuse_start("server { metrics_from = {\"10.0.0.0/33\"} }",
                 "parlance.conf:1: server.metrics_from is \"10.0.0.0/33\"");
    refuse("listen \"x\" { address = \"7070\" }",
           "parlance.conf:1: listen \"x\".address is \"7070\"; allowed: IPV4:PORT, "
           "localhost:PORT, [IPV6]:PORT, unix:/PATH");
    refuse_start("listen \"x\" { address = \"1.2.3.4:65536\" }", "parlance.conf:1: listen \"x\"");
    refuse_start("listen \"x\" { address = \"local\" }", "parlance.conf:1: listen \"x\".address");
    refuse_start("listen \"x\" { address = \"unix:\" }", "parlance.conf:1: listen \"x\".address");
}

static void text_that_could_break_a_line_is_refused(void **state) {
    (void)state;
    refuse_start("server { name = \"a b\" }", "parlance.conf:1: server.name is \"a b\"");
    refuse_start("server { name = \"\" }", "parlance.conf:1: server.name is \"\"");
    refuse("server { network = \"a\\nb\" }",
           "parlance.conf:1: server.network is \"a?b\"; allowed: 1 to 64 bytes of UTF-8 without "
           "control characters");
    refuse_start("server { network = \"a\xff\" }", "parlance.conf:1: server.network is \"a\xff\"");
    refuse_start("server { network = \"a\\x00b\" }",
                 "parlance.conf:1: a backslash before x or a digit");
    refuse_start("server { network = \"a\\000b\" }",
                 "parlance.conf:1: a backslash before x or a digit");
    refuse_start("accounts { default_user_modes = \"+i 5\" }",
                 "parlance.conf:1: accounts.default_user_modes is \"+i 5\"");
    refuse_start("history { stored_client_tags = {\"react\"} }",
                 "parlance.conf:1: history.stored_client_tags is \"react\"");
    refuse_start("listen \"x\" { allowed_origins = {\"chat.example.org\"} }",
                 "parlance.conf:1: listen \"x\".allowed_origins is \"chat.example.org\"");
    refuse_start("listen \"x\" { allowed_origins = {\"https://a.example/\"} }",
                 "parlance.conf:1: listen \"x\".allowed_origins is \"https://a.example/\"");
}

static void unknown_key_is_refused_with_the_known_ones(void **state) {
    (void)state;
    refuse("log {\n  level = \"info\"\n  colour = 1\n}",
           "parlance.conf:3: unknown key log.colour; allowed: level, target, format");
    refuse_start("listen \"x\" { port = 1 }", "parlance.conf:1: unknown key listen.port; allowed");
}

static void unknown_section_is_refused_with_the_known_ones(void **state) {
    (void)state;
    refuse("\nservers { }", "parlance.conf:2: unknown section servers; allowed: server, listen, "
                            "oper, webirc, accounts, history, limits, throttle, timeouts, log");
    refuse_start("name = \"x\"", "parlance.conf:1: unknown section name");
}

static void duplicate_key_is_refused_with_both_lines(void **state) {
    (void)state;
    refuse("server {\n  name = \"a\"\n  workers = 1\n  name = \"b\"\n}",
           "parlance.conf:4: server.name is given a second time, the first is on line 2; "
           "allowed: once");
    refuse("listen \"x\" {\n room = a\n room = b\n}",
           "parlance.conf:3: listen \"x\".room is given a second time, the first is on line 2; "
           "allowed: once");
}

static void duplicate_section_is_refused_with_both_lines(void **state) {
    (void)state;
    refuse("server { }\n/*\n*/ server { }",
           "parlance.conf:3: server is given a second time, the first is on line 1; allowed: once");
    refuse("listen \"x\" { }\nlisten \"y\" { }\nlisten 'x' { }",
           "parlance.conf:3: listen \"x\" is given a second time, the first is on line 1; "
           "allowed: once");
    refuse_start("oper \"x\" { password = \"a\" }\noper \"x\" { }", "parlance.conf:2: oper \"x\"");
}

static void broken_syntax_is_refused_on_its_line(void **state) {
    (void)state;
    refuse_start("server {\n name = \"a\n}\n", "parlance.conf:2: the string that begins here");
    refuse_start("server {\n name = 'a", "parlance.conf:2: the string that begins here");
    refuse_start("server {\n name = \"a\\", "parlance.conf:2: the string that begins here");
    refuse_start("server {\n/* a\n\n", "parlance.conf:2: the comment that begins here");
    refuse_start("\nserver {\n name = a\n", "parlance.conf:2: the section that begins here");
    refuse("server {\n name \"a\"\n}",
           "parlance.conf:2: \"a\" stands where = is due; allowed: KEY = VALUE");
    refuse("server {\n name = \n}",
           "parlance.conf:3: \"}\" stands where a single value is due; allowed: KEY = \"VALUE\"");
    refuse_start("server\n", "parlance.conf:2: the end of the file stands where { is due");
    refuse_start("}\n", "parlance.conf:1: \"}\" stands where a section is due");
    refuse_start("listen { }", "parlance.conf:1: \"{\" stands where the title");
    refuse_start("listen \"\" { }", "parlance.conf:1: \"\" stands where the title");
    refuse_start("listen \"a\\n\" { }", "parlance.conf:1: \"a\\n\" stands where the title");
    refuse_start("server { metrics_from = {\"::1\" \"::2\"} }",
                 "parlance.conf:1: \"::2\" stands where , or } is due");
    refuse_start("server { metrics_from = {,} }", "parlance.conf:1: \",\" stands where a value");
    refuse_start("server { metrics_from += {} }", "parlance.conf:1: the character + cannot");
    refuse_start("server { name = a//b\n }", "parlance.conf:1: // or /* inside a word");
    refuse_start("server { name = (a) }", "parlance.conf:1: the character ( cannot stand here");
    refuse_start("server { \x01 }", "parlance.conf:1: the character ? cannot stand here");
}

static void include_is_refused(void **state) {
    (void)state;
    refuse("include(\"/etc/passwd\")",
           "parlance.conf:1: include is not supported; allowed: one file");
    refuse_start("server { include = \"x\" }", "parlance.conf:1: unknown key server.include");
}

static void nul_byte_is_refused_on_its_line(void **state) {
    (void)state;
    refuse_bytes(slice_of("server {\n name = \"a\0b\" }"), NULL,
                 "parlance.conf:2: there is a NUL byte; allowed: text");
}

static void file_above_a_mebibyte_is_refused(void **state) {
    (void)state;
    struct slice bytes = {calloc(1, (1 << 20) + 1), (1 << 20) + 1};
    assert_non_null(bytes.at);
    memset((char *)bytes.at, '\n', bytes.size);
    refuse_bytes(bytes, NULL, "parlance.conf: the file is too long; allowed: up to 1048576 bytes");
    bytes.size--;
    write_bytes(FILE_NAME, bytes, 0644);
    struct config_error error;
    const struct config *config = config_load(FILE_NAME, NULL, &error);
    assert_non_null(config);
    config_unref(config);
    free((char *)bytes.at);
}

static void missing_file_and_folder_are_refused(void **state) {
    (void)state;
    struct config_error error;
    assert_null(config_load("none.conf", NULL, &error));
    assert_string_equal(error.text, "none.conf: none.conf, which cannot be read (No such file or "
                                    "directory); allowed: the path of a readable file");
    assert_null(config_load(".", NULL, &error));
}

static void a_cut_of_the_sample_anywhere_never_crashes(void **state) {
    const struct folders *folders = *state;
    struct config_place place = {.file = folders->sample};
    struct config_error error;
    struct slice text;
    assert_true(config_file_read(folders->sample, &text, &place, &error));
    for (size_t size = 0; size < text.size; size += 7) {
        write_bytes(FILE_NAME, slice_head(text, size), 0644);
        const struct config *config = config_load(FILE_NAME, NULL, &error);
        if (!config) assert_non_null(strstr(error.text, "; allowed: "));
        config_unref(config);
    }
    free((char *)text.at);
}

/* ---- dangerous settings ---- */

static void believing_everybody_is_refused(void **state) {
    (void)state;
    refuse("listen \"x\" {\n proxy_from = {\"10.0.0.0/8\", \"0.0.0.0/0\"}\n}",
           "parlance.conf:2: listen \"x\".proxy_from holds \"0.0.0.0/0\", so that anybody could "
           "claim to be any address; allowed: the networks of your own proxies");
    refuse_start("listen \"x\" { forwarded_from = {\"::/0\"} }",
                 "parlance.conf:1: listen \"x\".forwarded_from holds \"::/0\"");
    refuse_start("listen \"x\" { forwarded_from = \"::ffff:0.0.0.0/96\" }",
                 "parlance.conf:1: listen \"x\".forwarded_from holds");
}

static void oper_without_a_password_is_refused(void **state) {
    (void)state;
    refuse("\noper \"root\" {\n}", "parlance.conf:2: oper \"root\".password is missing, so that "
                                   "anybody could become an administrator; allowed: 1 to 512 "
                                   "bytes, or a password_file");
    refuse_start("oper \"root\" {\n password = \"\"\n}",
                 "parlance.conf:2: oper \"root\".password is empty");
}

static void secret_file_is_read_without_one_newline(void **state) {
    (void)state;
    write_bytes("secret", slice_of("top secret\n"), 0600);
    const struct config *config =
        load_ok("server { password_file = \"secret\" password = \"\" }\n"
                "oper \"root\" { password_file = \"secret\" privileges = {\"a\", \"b\"} }",
                NULL);
    assert_text(config->server.password, "top secret");
    assert_text(config->opers[0].password, "top secret");
    assert_text(config->opers[0].title, "root");
    assert_int_equal(config->opers[0].privileges.count, 2);
    config_unref(config);
    write_bytes("secret", slice_of("two\n\n"), 0600);
    refuse_start("server { password_file = \"secret\" }",
                 "parlance.conf:1: server.password_file names secret, which holds no password");
    write_bytes("secret", slice_of("\n"), 0600);
    refuse_start("server { password_file = \"secret\" }",
                 "parlance.conf:1: server.password_file names secret, which holds no password");
    refuse_start("server { password_file = \"none\" }",
                 "parlance.conf:1: server.password_file names none, which cannot be read");
}

static void secret_and_its_file_together_are_refused(void **state) {
    (void)state;
    write_bytes("secret", slice_of("x\n"), 0600);
    refuse("server {\n password_file = \"secret\"\n password = \"y\" }",
           "parlance.conf:2: server.password_file is given, and the password itself too; "
           "allowed: one of the two");
}

static void secret_or_key_file_open_to_others_is_refused(void **state) {
    (void)state;
    write_bytes("secret", slice_of("x\n"), 0604);
    write_bytes("cert", slice_of("x\n"), 0644);
    refuse("server { password_file = \"secret\" }",
           "parlance.conf:1: server.password_file names secret, which every user of this machine "
           "may read or write; allowed: a file closed to others, see chmod o-rwx");
    refuse_start("listen \"x\" {\n tls_cert = \"cert\"\n tls_key = \"secret\" }",
                 "parlance.conf:3: listen \"x\".tls_key names secret, which every user");
    refuse_start("server { tls_cert = \"cert\"\n tls_key = \"secret\" }",
                 "parlance.conf:2: server.tls_key names secret, which every user");
}

static void a_password_is_never_in_an_error(void **state) {
    (void)state;
    refuse("server { password = \"hush\\nhush\" }",
           "parlance.conf:1: server.password is not fit to be a password; allowed: 0 to 512 bytes "
           "of UTF-8 without control characters");
}

static void certificates_and_keys_come_in_pairs(void **state) {
    (void)state;
    write_bytes("cert", slice_of("x\n"), 0644);
    write_bytes("key", slice_of("x\n"), 0600);
    const struct config *config =
        load_ok("listen \"x\" { tls_cert = {\"cert\"} tls_key = {\"key\"} }", NULL);
    assert_true(config->listeners[0].tls);
    config_unref(config);
    refuse_start("listen \"x\" {\n tls_cert = {\"cert\", \"cert\"} tls_key = {\"key\"} }",
                 "parlance.conf:2: listen \"x\".tls_cert and tls_key are not equally many");
    refuse_start("server {\n tls_cert = \"cert\"\n}",
                 "parlance.conf:2: server.tls_cert is set and server.tls_key is not");
    refuse_start("server { motd = \"nowhere\" }",
                 "parlance.conf:1: server.motd names nowhere, which cannot be read");
}

static void settings_that_contradict_each_other_are_refused(void **state) {
    (void)state;
    refuse("limits {\n outbox_hard = 2000\n outbox_soft = 3000\n}",
           "parlance.conf:2: limits.outbox_hard is 2000, below limits.outbox_soft; allowed: at "
           "least 3000");
    const struct config *config = load_ok("limits { outbox_hard = 2000 }", NULL);
    assert_int_equal(config->limits.outbox_soft_bytes, 2000);
    config_unref(config);
    refuse("listen \"a\" { }\nlisten \"b\" {\n room = x }",
           "parlance.conf:2: listen \"b\".address is \"127.0.0.1:7070\" like that of \"a\"; "
           "allowed: each address once");
    refuse_start("listen \"a\" { dialect = friendly\n sender = uid }",
                 "parlance.conf:2: listen \"a\".sender is \"uid\" for the dialect friendly");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(number_out_of_range_is_refused_with_the_range),
        TEST(value_of_the_wrong_kind_is_refused_with_what_is_allowed),
        TEST(text_that_could_break_a_line_is_refused),
        TEST(unknown_key_is_refused_with_the_known_ones),
        TEST(unknown_section_is_refused_with_the_known_ones),
        TEST(duplicate_key_is_refused_with_both_lines),
        TEST(duplicate_section_is_refused_with_both_lines),
        TEST(broken_syntax_is_refused_on_its_line),
        TEST(include_is_refused),
        TEST(nul_byte_is_refused_on_its_line),
        TEST(file_above_a_mebibyte_is_refused),
        TEST(missing_file_and_folder_are_refused),
        TEST(a_cut_of_the_sample_anywhere_never_crashes),
        TEST(believing_everybody_is_refused),
        TEST(oper_without_a_password_is_refused),
        TEST(secret_file_is_read_without_one_newline),
        TEST(secret_and_its_file_together_are_refused),
        TEST(secret_or_key_file_open_to_others_is_refused),
        TEST(a_password_is_never_in_an_error),
        TEST(certificates_and_keys_come_in_pairs),
        TEST(settings_that_contradict_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
