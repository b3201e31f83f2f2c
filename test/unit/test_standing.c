/* Who may do what: each cell of the table, tried in a hub. The table is written down here once
 * more, so that whoever changes one must mean it (THREATS 41). */
#include "test_rule_play.h"

/* N no, Y yes; the others depend: P on a room that is not private, O on one that is open, S on one
 * that is not moderated, M on the message being one's own, U on there being no owner. The columns:
 * nobody banned stranger muted member voice operator owner admin. */
static const char *const table[ACTIONS] = {
    [ACTION_SEE] = "NPPYYYYYY",     [ACTION_ENTER] = "NNOYYYYYY",
    [ACTION_READ] = "NNOYYYYYY",    [ACTION_SAY] = "NNXNSYYYY",
    [ACTION_REACT] = "NNNNSYYYY",   [ACTION_EDIT] = "NNNNMMMMM",
    [ACTION_RETRACT] = "NNNMMMYYY", [ACTION_SET_TOPIC] = "NNNNUUYYY",
    [ACTION_INVITE] = "NNNNFFYYY",  [ACTION_KICK] = "NNNNNNYYY",
    [ACTION_MUTE] = "NNNNNNYYY",    [ACTION_BAN] = "NNNNNNYYY",
    [ACTION_FILTER] = "NNNNNNYYY",  [ACTION_VOICE] = "NNNNNNYYY",
    [ACTION_PROMOTE] = "NNNNNNNYY", [ACTION_MODE] = "NNNNNNYYY",
    [ACTION_RENAME] = "NNNNNNNYY",  [ACTION_DELETE] = "NNNNNNNYY",
};

enum { BOSS, MEMBER, BYSTANDER, PERSON, MAKER, OWNER };

/* What is asked for, of somebody or some message in the room. */
static struct command command_of(enum action action, struct identity author) {
    struct command command = {.room = slice_of("tea")};
    command.target = 1;
    command.found_kind = STORED_MESSAGE;
    command.found_identity = author;
    command.text = slice_of("words");
    command.name = slice_of("mem");
    switch (action) {
    case ACTION_SEE: command.kind = COMMAND_TOPIC; break;
    case ACTION_ENTER: command.kind = COMMAND_JOIN; break;
    case ACTION_READ: command.kind = COMMAND_WHO; break;
    case ACTION_SAY: command.kind = COMMAND_SAY, command.name = slice_of(""); break;
    case ACTION_REACT: command.kind = COMMAND_REACT; break;
    case ACTION_EDIT: command.kind = COMMAND_EDIT; break;
    case ACTION_RETRACT: command.kind = COMMAND_RETRACT; break;
    case ACTION_SET_TOPIC: command.kind = COMMAND_TOPIC; break;
    case ACTION_INVITE: command.kind = COMMAND_INVITE; break;
    case ACTION_KICK: command.kind = COMMAND_KICK; break;
    case ACTION_MUTE: command.kind = COMMAND_MUTE; break;
    case ACTION_BAN: command.kind = COMMAND_BAN; break;
    case ACTION_FILTER: command.kind = COMMAND_FILTER; break;
    case ACTION_VOICE: command.kind = COMMAND_ROLE; break;
    case ACTION_PROMOTE: command.kind = COMMAND_ROLE; break;
    case ACTION_MODE: command.kind = COMMAND_MODE; break;
    case ACTION_RENAME: command.kind = COMMAND_RENAME; break;
    case ACTION_DELETE: command.kind = COMMAND_DELETE; break;
    case ACTIONS: break;
    }
    if (action == ACTION_INVITE) command.name = slice_of("by");
    if (action == ACTION_RENAME) command.name = slice_of("mint");
    if (action == ACTION_VOICE) command.number = ROLE_VOICE;
    if (action == ACTION_PROMOTE) command.number = ROLE_OPERATOR;
    if (action == ACTION_MODE) command.setting = SETTING_SLOW, command.number = 5;
    if (action == ACTION_FILTER)
        command.setting = RESTRAINT_REFUSE, command.name_key = command.name;
    bool sets = action == ACTION_SET_TOPIC || action == ACTION_FILTER || action == ACTION_MUTE ||
                action == ACTION_BAN || action == ACTION_REACT;
    if (sets) command.flags |= COMMAND_SETS;
    if (action == ACTION_ENTER) command.flags |= COMMAND_EXISTS;
    return command;
}

/* A room that nobody owns, with an ordinary member; `ruled`: with an owner too. */
static void room_open(struct play *play, bool ruled) {
    hello(play, MAKER, "maker", NAMING_EXACT);
    on_room(play, MAKER, COMMAND_CREATE, "tea", "");
    on_room(play, MEMBER, COMMAND_JOIN, "tea", "");
    says(play, MEMBER, "tea");
    if (ruled) {
        on_room(play, OWNER, COMMAND_JOIN, "tea", "");
        on_person(play, BOSS, COMMAND_ROLE, "tea", "own", ROLE_OWNER);
        assert_int_equal(refused(play), REFUSED_NOT);
    }
    bye(play, MAKER);
}

static struct identity person_comes(struct play *play, enum standing standing) {
    if (standing == STANDING_NOBODY) return (struct identity){0};
    hello(play, PERSON, "per", NAMING_EXACT);
    says(play, PERSON, "lobby");
    struct identity identity = event_of(play, EVENT_SAID)->identity;
    if (standing == STANDING_BANNED) on_person(play, BOSS, COMMAND_BAN, "tea", "per", 0);
    if (standing >= STANDING_MUTED) on_room(play, PERSON, COMMAND_JOIN, "tea", "");
    if (standing == STANDING_MUTED) on_person(play, BOSS, COMMAND_MUTE, "tea", "per", 0);
    if (standing >= STANDING_VOICE && standing <= STANDING_OWNER)
        on_person(play, BOSS, COMMAND_ROLE, "tea", "per", ROLE_VOICE + standing - STANDING_VOICE);
    if (standing == STANDING_ADMIN) oper(play, PERSON);
    assert_int_equal(refused(play), REFUSED_NOT);
    return identity;
}

/* The room as it takes away what depends. */
static void room_close(struct play *play, char allowance) {
    if (allowance == 'P') mode(play, BOSS, "tea", SETTING_PRIVATE, 1);
    if (allowance == 'O' || allowance == 'F') mode(play, BOSS, "tea", SETTING_INVITE_ONLY, 1);
    if (allowance == 'S') mode(play, BOSS, "tea", SETTING_MODERATED, 1);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void try_cell(struct play *play, enum action action, enum standing standing, bool kind) {
    char allowance = table[action][standing];
    room_open(play, allowance == 'U' && !kind);
    struct identity author = person_comes(play, standing);
    if (kind && allowance == 'X') mode(play, BOSS, "tea", SETTING_OUTSIDE, 1);
    if (!kind) room_close(play, allowance);
    if (!kind && allowance == 'M') author.v++;
    give_found(play, PERSON, command_of(action, author));
    bool done = refused(play) == REFUSED_NOT;
    bool wanted = allowance == 'Y' || (kind && allowance != 'N');
    if (done != wanted)
        fail_msg("%s by %s in a %s room: %s, refusal %d", action_word(action),
                 standing_word(standing), kind ? "kind" : "strict", done ? "done" : "refused",
                 (int)refused(play));
    if (standing == STANDING_NOBODY) assert_int_equal(refused(play), REFUSED_NAME_NEEDED);
    bye(play, PERSON);
    on_room(play, BOSS, COMMAND_DELETE, "tea", "");
    on_room(play, BOSS, COMMAND_DELETE, "mint", "");
}

static void t041_each_cell_of_the_table_is_as_it_is_written(void **state) {
    struct play *play = *state;
    limits_set(play, limits_with_boss());
    hello(play, BOSS, "chief", NAMING_EXACT);
    oper(play, BOSS);
    hello(play, MEMBER, "mem", NAMING_EXACT);
    hello(play, BYSTANDER, "by", NAMING_EXACT);
    hello(play, OWNER, "own", NAMING_EXACT);
    for (enum action action = 0; action < ACTIONS; action++)
        for (enum standing standing = 0; standing < STANDINGS; standing++) {
            try_cell(play, action, standing, true);
            try_cell(play, action, standing, false);
        }
}

static void the_table_has_these_letters(void **state) {
    (void)state;
    static const char letters[ALLOWANCES] = {
        [MAY_NOT] = 'N',       [MAY] = 'Y',        [MAY_IF_PUBLIC] = 'P',  [MAY_IF_OPEN] = 'O',
        [MAY_IF_SPOKEN] = 'S', [MAY_IF_OWN] = 'M', [MAY_IF_UNRULED] = 'U', [MAY_IF_OUTSIDE] = 'X',
        [MAY_IF_FREE] = 'F',
    };
    for (enum action action = 0; action < ACTIONS; action++)
        for (enum standing standing = 0; standing < STANDINGS; standing++)
            assert_int_equal(letters[rights_allow(action, standing)], table[action][standing]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(t041_each_cell_of_the_table_is_as_it_is_written),
        cmocka_unit_test(the_table_has_these_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
