/* What is typed in the line dialect becomes one command, or is refused before the hub is asked. */
#include "chat/rights.h"
#include "chat/setting.h"
#include "test_line_play.h"
#include <stdio.h>

static void assert_slice(struct slice slice, const char *wanted) {
    assert_int_equal(slice.size, strlen(wanted));
    assert_memory_equal(slice.at, wanted, slice.size);
}

struct typed {
    const char *line;
    enum command_kind kind;
    const char *name, *text;
    uint64_t number;
    uint32_t count;
    uint64_t target;
    int flags;
    uint16_t setting;
};

enum { SETS = COMMAND_SETS, WAITS = COMMAND_WAITS };

static const struct typed lines[] = {
    {"/msg bob hello there", COMMAND_TELL, "bob", "hello there", 0, 0, 0, 0, 0},
    {"/msg @bob  hi", COMMAND_TELL, "bob", "hi", 0, 0, 0, 0, 0},
    {"/reply 12 yes", COMMAND_SAY, "", "yes", 0, 0, 12, 0, 0},
    {"/reply @bob #12 yes", COMMAND_TELL, "bob", "yes", 0, 0, 12, 0, 0},
    {"/edit 12 new words", COMMAND_EDIT, "", "new words", 0, 0, 12, WAITS, 0},
    {"/edit @bob 3 new", COMMAND_EDIT, "bob", "new", 0, 0, 3, WAITS, 0},
    {"/remove #12", COMMAND_RETRACT, "", "", 0, 0, 12, WAITS, 0},
    {"/react 12 +1", COMMAND_REACT, "", "+1", 0, 0, 12, WAITS | SETS, 0},
    {"/unreact 12 +1", COMMAND_REACT, "", "+1", 0, 0, 12, WAITS, 0},
    {"/history", COMMAND_HISTORY, "", "", 0, 20, 0, WAITS, 0},
    {"/history 5 #", COMMAND_HISTORY, "", "", 0, 5, 0, WAITS, 0},
    {"/history @bob # 5", COMMAND_HISTORY, "bob", "", 0, 5, 0, WAITS, 0},
    {"/search author:bob tea", COMMAND_SEARCH, "", "author:bob tea", 0, 20, 0, WAITS, 0},
    {"/read", COMMAND_READ, "", "", 0, 0, 0, 0, 0},
    {"/read @bob 4", COMMAND_READ, "bob", "", 0, 0, 4, 0, 0},
    {"/kick bob too loud", COMMAND_KICK, "bob", "too loud", 0, 0, 0, 0, 0},
    {"/ban bob", COMMAND_BAN, "bob", "", 0, 0, 0, SETS, 0},
    {"/ban b*b 10 too loud", COMMAND_BAN, "b*b", "too loud", 10, 0, 0, SETS, 0},
    {"/ban 192.0.2.0/24 a bot", COMMAND_BAN, "192.0.2.0/24", "a bot", 0, 0, 0, SETS, 0},
    {"/ban 2001:db8::/32", COMMAND_BAN, "2001:db8::/32", "", 0, 0, 0, SETS, 0},
    {"/unban b*b", COMMAND_BAN, "b*b", "", 0, 0, 0, 0, 0},
    {"/purge bob 24 spam", COMMAND_BAN, "bob", "spam", 0, 24, 0, SETS, 0},
    {"/mute bob", COMMAND_MUTE, "bob", "", 0, 0, 0, SETS, 0},
    {"/mute bob 5", COMMAND_MUTE, "bob", "", 5, 0, 0, SETS, 0},
    {"/unmute bob", COMMAND_MUTE, "bob", "", 0, 0, 0, 0, 0},
    {"/bans", COMMAND_RESTRAINTS, "", "", 0, 0, 0, WAITS, 0},
    {"/role bob operator", COMMAND_ROLE, "bob", "", ROLE_OPERATOR, 0, 0, 0, 0},
    {"/role bob member", COMMAND_ROLE, "bob", "", ROLE_NONE, 0, 0, 0, 0},
    {"/mode private on", COMMAND_MODE, "", "", 1, 0, 0, 0, SETTING_PRIVATE},
    {"/mode invite off", COMMAND_MODE, "", "", 0, 0, 0, 0, SETTING_INVITE_ONLY},
    {"/mode moderated on", COMMAND_MODE, "", "", 1, 0, 0, 0, SETTING_MODERATED},
    {"/mode key sesame", COMMAND_MODE, "", "sesame", 1, 0, 0, 0, SETTING_KEY},
    {"/mode key off", COMMAND_MODE, "", "", 0, 0, 0, 0, SETTING_KEY},
    {"/mode slow 30", COMMAND_MODE, "", "", 30, 0, 0, 0, SETTING_SLOW},
    {"/mode key a b", COMMAND_MODE, "", "a b", 1, 0, 0, 0, SETTING_KEY}, /* the hub says no */
    {"/mode slow off", COMMAND_MODE, "", "", 0, 0, 0, 0, SETTING_SLOW},
    {"/mode history off", COMMAND_MODE, "", "", 0, 0, 0, 0, SETTING_HISTORY},
    {"/mode days 90", COMMAND_MODE, "", "", 90, 0, 0, 0, SETTING_RETENTION_DAYS},
    {"/mode count 1000", COMMAND_MODE, "", "", 1000, 0, 0, 0, SETTING_RETENTION_COUNT},
    {"/Mode", COMMAND_HELP, "", "mode", 0, 0, 0, 0, 0},
    {"/invite bob", COMMAND_INVITE, "bob", "", 0, 0, 0, 0, 0},
    {"/rename #Tea", COMMAND_RENAME, "Tea", "", 0, 0, 0, 0, 0},
    {"/delete", COMMAND_DELETE, "", "", 0, 0, 0, WAITS, 0},
    {"/audit", COMMAND_AUDIT, "", "", 0, 20, 0, WAITS, 0},
    {"/audit 3", COMMAND_AUDIT, "", "", 0, 3, 0, WAITS, 0},
    {"/server audit", COMMAND_AUDIT, "", "", 0, 20, 0, WAITS | COMMAND_SERVER, 0},
    {"/server audit 3", COMMAND_AUDIT, "", "", 0, 3, 0, WAITS | COMMAND_SERVER, 0},
    {"/cursor", COMMAND_TOPIC, "", "", 0, 0, 0, 0, 0},
    {"//msg bob hi", COMMAND_SAY, "", "/msg bob hi", 0, 0, 0, 0, 0},
};

/* Each is about the room being typed into, or about the direct messages with one person. */
static void a_command_says_what_was_typed(void **state) {
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct command *c = types(*state, lines[i].line);
        bool told = c->kind == COMMAND_TELL;
        assert_int_equal(c->kind, lines[i].kind);
        assert_slice(c->name, lines[i].name);
        assert_int_equal(c->name_key.size > 0, lines[i].name[0] != '\0');
        assert_slice(c->text, lines[i].text);
        assert_int_equal(c->number, lines[i].number);
        assert_int_equal(c->count, lines[i].count);
        assert_int_equal(c->target, lines[i].target);
        assert_int_equal(c->flags, lines[i].flags);
        assert_int_equal(c->setting, lines[i].setting);
        bool elsewhere = told || strchr(lines[i].line, '@') || (c->flags & COMMAND_SERVER);
        assert_int_equal(c->room_id.v, elsewhere ? 0 : 7);
        assert_int_equal(c->room.size, 0);
    }
}

static void a_cursor_is_an_epoch_and_a_number(void **state) {
    const struct command *c = types(*state, "/resume 00aBcdef01234567:42");
    assert_int_equal(c->kind, COMMAND_RESUME);
    assert_int_equal(c->epoch, UINT64_C(0x00abcdef01234567));
    assert_int_equal(c->after, 42);
    static const char *const wrong[] = {"/resume 42", "/resume 0123456789abcdef",
                                        "/resume 0123456789abcdeg:1", "/resume 123:1",
                                        "/resume 0123456789abcdef:-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(types(*state, wrong[i])->kind, COMMAND_WRONG);
        assert_int_equal(types(*state, wrong[i])->refusal, REFUSED_CURSOR_BAD);
    }
}

static void a_room_may_be_named_or_have_a_key(void **state) {
    const struct command *c = types(*state, "/join #tea sesame");
    assert_int_equal(c->kind, COMMAND_JOIN);
    assert_slice(c->room, "tea");
    assert_slice(c->secret, "sesame");
    assert_int_equal(c->count, 3);
    assert_slice(types(*state, "/delete tea")->room, "tea");
}

static void what_is_missing_or_wrong_is_refused_before_the_hub_is_asked(void **state) {
    static const struct {
        const char *line;
        enum refusal why;
        const char *text;
    } wrong[] = {
        {"/msg bob", REFUSED_PART_MISSING, "/msg NAME TEXT"},
        {"/msg b.b hi", REFUSED_NAME_BAD, "b.b"},
        {"/edit", REFUSED_PART_MISSING, "/edit [@NAME] N TEXT"},
        {"/edit x y", REFUSED_NUMBER_BAD, "x"},
        {"/edit 12", REFUSED_PART_MISSING, "/edit [@NAME] N TEXT"},
        {"/edit 0 y", REFUSED_NUMBER_BAD, "0"},
        {"/edit 1099511627776 y", REFUSED_NUMBER_BAD, "1099511627776"},
        {"/edit @b.b 1 y", REFUSED_NAME_BAD, "b.b"},
        {"/remove", REFUSED_PART_MISSING, "/remove [@NAME] N"},
        {"/react 12", REFUSED_PART_MISSING, "/react [@NAME] N WORD"},
        {"/unreact", REFUSED_PART_MISSING, "/unreact [@NAME] N WORD"},
        {"/reply 12", REFUSED_PART_MISSING, "/reply [@NAME] N TEXT"},
        {"/history 0", REFUSED_NUMBER_BAD, "0"},
        {"/history 4294967296", REFUSED_NUMBER_BAD, "4294967296"},
        {"/history many", REFUSED_NUMBER_BAD, "many"},
        {"/history #many", REFUSED_NUMBER_BAD, "#many"},
        {"/search", REFUSED_PART_MISSING, "/search [@NAME] WORDS"},
        {"/read x", REFUSED_NUMBER_BAD, "x"},
        {"/resume", REFUSED_PART_MISSING, "/resume CURSOR"},
        {"/kick", REFUSED_PART_MISSING, "/kick NAME [WHY]"},
        {"/ban", REFUSED_PART_MISSING, "/ban NAME|MASK|NETWORK [MINUTES] [WHY]"},
        {"/unban", REFUSED_PART_MISSING, "/unban NAME|MASK|NETWORK"},
        {"/purge bob", REFUSED_PART_MISSING, "/purge NAME HOURS [WHY]"},
        {"/purge bob soon", REFUSED_NUMBER_BAD, "soon"},
        {"/mute", REFUSED_PART_MISSING, "/mute NAME [MINUTES]"},
        {"/mute bob long", REFUSED_NUMBER_BAD, "long"},
        {"/unmute", REFUSED_PART_MISSING, "/unmute NAME"},
        {"/invite", REFUSED_PART_MISSING, "/invite NAME"},
        {"/role", REFUSED_PART_MISSING, "/role NAME member|voice|operator|owner"},
        {"/role bob", REFUSED_PART_MISSING, "/role NAME member|voice|operator|owner"},
        {"/role bob king", REFUSED_SETTING_BAD, "member, voice, operator, owner"},
        {"/mode private", REFUSED_PART_MISSING, "/mode SETTING VALUE"},
        {"/mode private maybe", REFUSED_SETTING_BAD, "on or off"},
        {"/mode slow much", REFUSED_NUMBER_BAD, "much"},
        {"/mode loud on", REFUSED_SETTING_BAD,
         "private, invite, moderated, key, slow, history, days, count, secret, free-topic, "
         "outside, no-ctcp, accounts-speak, accounts-enter, limit, op-moderated, auditorium"},
        {"/rename", REFUSED_PART_MISSING, "/rename NAME"},
        {"/rename 12", REFUSED_ROOM_NAME_BAD, "12"},
        {"/rename a,b", REFUSED_ROOM_NAME_BAD, "a,b"},
        {"/audit x", REFUSED_NUMBER_BAD, "x"},
        {"/server audit x", REFUSED_NUMBER_BAD, "x"},
        {"/dance", REFUSED_COMMAND_UNKNOWN, "/dance"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct command *c = types(*state, wrong[i].line);
        assert_int_equal(c->kind, COMMAND_WRONG);
        assert_int_equal(c->refusal, wrong[i].why);
        assert_slice(c->text, wrong[i].text);
    }
}

static void a_mask_is_bounded(void **state) {
    char line[400] = "/ban ";
    memset(line + 5, 'x', 300);
    const struct command *c = types(*state, line);
    assert_int_equal(c->kind, COMMAND_WRONG);
    assert_int_equal(c->refusal, REFUSED_MASK_BAD);
    assert_true(c->text.size <= 256);
}

static void each_setting_is_named_to_whoever_named_another(void **state) {
    for (enum room_setting i = 0; i < ROOM_SETTINGS; i++) {
        char line[64];
        snprintf(line, sizeof line, "/mode %s off", setting_word(i));
        const struct command *c = types(*state, line);
        assert_int_equal(c->kind, COMMAND_MODE);
        assert_int_equal(c->setting, i);
        assert_true(i == SETTING_FORWARD || strstr(setting_words, setting_word(i)) != NULL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_play(a_command_says_what_was_typed),
        in_play(a_cursor_is_an_epoch_and_a_number),
        in_play(a_room_may_be_named_or_have_a_key),
        in_play(what_is_missing_or_wrong_is_refused_before_the_hub_is_asked),
        in_play(each_setting_is_named_to_whoever_named_another),
        in_play(a_mask_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
