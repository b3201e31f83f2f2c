/* Several changes of a room's modes in one command: chat/modes.h, hub/modes.c. */
#include "chat/modes.h"

#include "test_rule_play.h"

static char text[MODES_SIZE_MAX];
static struct buf changes;

static void change(bool on, enum mode_kind kind, uint32_t which, uint32_t subject,
                   const char *value) {
    struct slice key = slice_text(value);
    if (kind == MODE_SETTING) key = (struct slice){0};
    struct mode_change one = {.on = on,
                              .kind = kind,
                              .which = which,
                              .subject = subject,
                              .value = slice_text(value),
                              .key = key};
    mode_put(&changes, &one);
}

static void ask(struct play *play, uint32_t slot) {
    struct command command = {.kind = COMMAND_MODES, .room = slice_of("tea")};
    command.text = buf_slice(&changes);
    give(play, slot, command);
    buf_init(&changes, text, sizeof text);
}

static void mask(struct play *play, enum restraint kind, enum subject subject, const char *key) {
    change(true, MODE_RESTRAINT, kind, subject, key);
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void unmask(struct play *play, enum restraint kind, enum subject subject, const char *key) {
    change(false, MODE_RESTRAINT, kind, subject, key);
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT);
}

/* ann (0) made tea, in which bob (1) is; cid (2) is outside. */
static void tea(struct play *play) {
    buf_init(&changes, text, sizeof text);
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "bob", NAMING_EXACT);
    hello(play, 2, "cid", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    on_room(play, 1, COMMAND_JOIN, "tea", "");
}

static enum refusal enters(struct play *play, uint32_t slot) {
    on_room(play, slot, COMMAND_JOIN, "tea", "");
    enum refusal why = refused(play);
    if (why == REFUSED_NOT) on_room(play, slot, COMMAND_LEAVE, "tea", "");
    return why;
}

static void a_change_survives_its_line(void **state) {
    (void)state;
    struct mode_change in = {.on = true, .kind = MODE_RESTRAINT, .which = 3, .subject = 5}, out;
    char memory[128];
    struct buf lines;
    buf_init(&lines, memory, sizeof memory);
    in.value = slice_of("a:bob");
    in.key = slice_of("a:b");
    mode_put(&lines, &in);
    in.on = false;
    mode_put(&lines, &in);
    struct slice rest = buf_slice(&lines);
    assert_true(mode_take(&rest, &out) && out.on);
    assert_true(mode_take(&rest, &out) && !out.on);
    assert_true(out.kind == in.kind && out.which == 3 && out.subject == 5);
    assert_true(slice_equal(out.value, in.value) && slice_equal(out.key, in.key));
    assert_false(mode_take(&rest, &out));
    const char *const wrong[] = {"", "0 0 0\t\t", "+3 0 0\t\t", "+0 256 0\t\t", "+0 0\t\t", "+"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rest = slice_text(wrong[i]);
        assert_false(mode_take(&rest, &out));
    }
}

static void each_change_is_told_alone_and_then_all_at_once(void **state) {
    struct play *play = *state;
    tea(play);
    change(true, MODE_SETTING, SETTING_MODERATED, 0, "");
    change(true, MODE_SETTING, SETTING_MODERATED, 0, "");
    change(true, MODE_ROLE, ROLE_VOICE, 0, "bob");
    change(true, MODE_SETTING, SETTING_KEY, 0, "sesame");
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT);
    const struct event *set = event_of(play, EVENT_MODE_SET),
                       *role = event_of(play, EVENT_ROLE_SET);
    assert_true(set->flags & EVENT_GATHERED && role->flags & EVENT_GATHERED);
    assert_int_equal(role->number, ROLE_VOICE);
    const struct event *all = event_of(play, EVENT_MODES);
    assert_true(slice_equal(all->text, slice_of("+0 2 0\t\t\n+1 1 0\tbob\t\n+0 3 0\t*\t\n")));
    says(play, 0, "tea");
}

static void who_may_not_is_told_once(void **state) {
    struct play *play = *state;
    tea(play);
    change(true, MODE_SETTING, SETTING_MODERATED, 0, "");
    change(true, MODE_SETTING, SETTING_SECRET, 0, "");
    ask(play, 1);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    assert_shown(play, "refused@1 +audit");
    change(true, MODE_SETTING, SETTING_MODERATED, 0, "");
    ask(play, 2);
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
}

static void a_mark_is_given_and_taken_alone(void **state) {
    struct play *play = *state;
    tea(play);
    change(false, MODE_ROLE, ROLE_OPERATOR, 0, "bob"); /* he is none */
    change(true, MODE_ROLE, ROLE_OPERATOR, 0, "ann");  /* she stands higher */
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT);
    assert_false(shown(play, "modes"));
    change(true, MODE_ROLE, ROLE_VOICE, 0, "bob");
    change(true, MODE_ROLE, ROLE_OPERATOR, 0, "bob");
    change(false, MODE_ROLE, ROLE_OPERATOR, 0, "bob");
    ask(play, 0);
    says(play, 1, "tea");
    mode(play, 0, "tea", SETTING_MODERATED, 1);
    says(play, 1, "tea"); /* the voice is his again */
    assert_int_equal(refused(play), REFUSED_NOT);
    change(true, MODE_ROLE, ROLE_OPERATOR, 0, "cid");
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_PERSON_NOT_IN_ROOM);
    change(false, MODE_ROLE, ROLE_OPERATOR, 0, "ann"); /* who owns it as a guest bears that mark */
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT);
    change(true, MODE_ROLE, ROLE_OPERATOR, 0, "ann");
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void masks_keep_out_and_exemptions_let_in(void **state) {
    struct play *play = *state;
    tea(play);
    mask(play, RESTRAINT_BAN, SUBJECT_MASK, "c*");
    assert_int_equal(enters(play, 2), REFUSED_BANNED);
    mask(play, RESTRAINT_EXEMPT, SUBJECT_PERSON, "cid!cid@*");
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    unmask(play, RESTRAINT_EXEMPT, SUBJECT_PERSON, "cid!cid@*");
    assert_int_equal(enters(play, 2), REFUSED_BANNED);
    unmask(play, RESTRAINT_BAN, SUBJECT_MASK, "c*");
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    mask(play, RESTRAINT_BAN, SUBJECT_PERSON, "*!*@parlance");
    assert_int_equal(enters(play, 2), REFUSED_BANNED);
    on_person(play, 0, COMMAND_INVITE, "tea", "cid", 0); /* once */
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    assert_int_equal(enters(play, 2), REFUSED_BANNED);
}

static void accounts_are_meant_by_their_names(void **state) {
    struct play *play = *state;
    tea(play);
    mask(play, RESTRAINT_BAN, SUBJECT_KNOWN, "a:cid");
    assert_int_equal(enters(play, 2), REFUSED_NOT); /* a guest of that name */
    registers(play, 2);
    assert_int_equal(enters(play, 2), REFUSED_BANNED);
    mask(play, RESTRAINT_EXEMPT, SUBJECT_KNOWN, "a:*");
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    unmask(play, RESTRAINT_EXEMPT, SUBJECT_KNOWN, "a:*");
    mask(play, RESTRAINT_MUTE, SUBJECT_KNOWN, "a:cid");
    assert_int_equal(record_of(play, RECORD_RESTRAINT)->subject, SUBJECT_ACCOUNT);
    change(true, MODE_RESTRAINT, RESTRAINT_BAN, SUBJECT_KNOWN, "cid");
    ask(play, 0);
    assert_int_equal(refused(play), REFUSED_MASK_BAD);
}

static void a_muting_mask_leaves_the_voice(void **state) {
    struct play *play = *state;
    tea(play);
    mask(play, RESTRAINT_MUTE, SUBJECT_MASK, "bob");
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_MUTED);
    mask(play, RESTRAINT_EXEMPT_MUTE, SUBJECT_MASK, "b?b");
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_NOT);
    unmask(play, RESTRAINT_EXEMPT_MUTE, SUBJECT_MASK, "b?b");
    on_person(play, 0, COMMAND_ROLE, "tea", "bob", ROLE_VOICE);
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_NOT);
    on_person(play, 0, COMMAND_MUTE, "tea", "bob", 0); /* himself */
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_MUTED);
}

static void the_welcome_enter_without_invitation(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_INVITE_ONLY, 1);
    assert_int_equal(enters(play, 2), REFUSED_INVITE_NEEDED);
    mask(play, RESTRAINT_WELCOME, SUBJECT_MASK, "cid");
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    assert_int_equal(enters(play, 2), REFUSED_NOT);
    mode(play, 0, "tea", SETTING_INVITE_ONLY, 0);
    mode(play, 0, "tea", SETTING_KNOWN_ENTER, 1);
    unmask(play, RESTRAINT_WELCOME, SUBJECT_MASK, "cid");
    assert_int_equal(enters(play, 2), REFUSED_LOGIN_NEEDED);
}

static void a_room_may_hear_who_is_outside(void **state) {
    struct play *play = *state;
    tea(play);
    says(play, 2, "tea");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    mode(play, 0, "tea", SETTING_OUTSIDE, 1);
    says(play, 2, "tea");
    assert_int_equal(refused(play), REFUSED_NOT);
    mode(play, 0, "tea", SETTING_MODERATED, 1);
    says(play, 2, "tea");
    assert_int_equal(refused(play), REFUSED_MODERATED);
    mode(play, 0, "tea", SETTING_MODERATED, 0);
    mode(play, 0, "tea", SETTING_KNOWN_SPEAK, 1);
    says(play, 2, "tea");
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_MODERATED);
    on_person(play, 0, COMMAND_BAN, "tea", "cid", 0);
    says(play, 2, "tea");
    assert_int_equal(refused(play), REFUSED_BANNED);
}

static void a_secret_room_is_in_no_list(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_SECRET, 1);
    give(play, 2, (struct command){.kind = COMMAND_ROOMS});
    assert_null(memmem(event_of(play, EVENT_ROOMS)->text.at, event_of(play, EVENT_ROOMS)->text.size,
                       "tea", 3));
    give(play, 2,
         (struct command){.kind = COMMAND_WHO, .flags = COMMAND_FULL, .room = slice_of("tea")});
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    on_room(play, 2, COMMAND_JOIN, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT);
    give(play, 2, (struct command){.kind = COMMAND_ROOMS});
    assert_non_null(memmem(event_of(play, EVENT_ROOMS)->text.at,
                           event_of(play, EVENT_ROOMS)->text.size, "tea", 3));
    on_room(play, 2, COMMAND_LEAVE, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void every_member_sets_a_free_topic(void **state) {
    struct play *play = *state;
    tea(play);
    on_person(play, 1, COMMAND_TOPIC, "tea", "", 0);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    mode(play, 0, "tea", SETTING_TOPIC_FREE, 1);
    on_person(play, 1, COMMAND_TOPIC, "tea", "", 0);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void members_see_the_bans_and_operators_all_lists(void **state) {
    struct play *play = *state;
    tea(play);
    mask(play, RESTRAINT_BAN, SUBJECT_MASK, "x*");
    mask(play, RESTRAINT_EXEMPT, SUBJECT_MASK, "y*");
    struct command list = {
        .kind = COMMAND_RESTRAINTS, .flags = COMMAND_FULL, .room = slice_of("tea")};
    give(play, 1, list);
    const struct event *event = event_of(play, EVENT_RESTRAINTS);
    assert_true(slice_starts(event->text, slice_of("ban\tx*\t0\tann\t")));
    assert_null(memmem(event->text.at, event->text.size, "exempt", 6));
    give(play, 2, list);
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    list.flags = 0;
    give(play, 1, list);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    give(play, 0, list);
    event = event_of(play, EVENT_RESTRAINTS);
    assert_non_null(memmem(event->text.at, event->text.size, "exempt\ty*", 9));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_survives_its_line),
        TEST(each_change_is_told_alone_and_then_all_at_once),
        TEST(who_may_not_is_told_once),
        TEST(a_mark_is_given_and_taken_alone),
        TEST(masks_keep_out_and_exemptions_let_in),
        TEST(accounts_are_meant_by_their_names),
        TEST(a_muting_mask_leaves_the_voice),
        TEST(the_welcome_enter_without_invitation),
        TEST(a_room_may_hear_who_is_outside),
        TEST(a_secret_room_is_in_no_list),
        TEST(every_member_sets_a_free_topic),
        TEST(members_see_the_bans_and_operators_all_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
