"""The dialect `line`, byte for byte (WIRE, `line`)."""

import pytest

COMMANDS = (
    "help nick msg me away reply edit remove react unreact quit history search read cursor resume"
    " join leave rooms who topic invite rename delete kick ban unban purge mute unmute bans role"
    " mode audit register login logout password token unregister oper".split()
)


def test_the_conversation_of_the_contract_byte_for_byte(server):
    bob = server.line("bob")
    alice = server.connect("line")
    alice.expect_bytes(b"Please enter your username:\r\n")
    alice.send_bytes(b"alice\r\n")
    bob.expect_bytes(b"alice has joined the chat\r\n")
    alice.send_bytes(b"hello\r\n")
    bob.expect_bytes(b"alice: hello\r\n")
    alice.half_close()
    bob.expect_bytes(b"alice has left the chat\r\n")
    alice.expect_closed()
    bob.sync()


def test_the_first_edition_neither_asks_nor_announces(serve):
    server = serve({"line": {"greeting": False, "announce": False}})
    alice, bob, carol = (server.connect("line") for _ in range(3))
    alice.expect_nothing()
    for client, name in ((alice, "alice"), (bob, "bob"), (carol, "carol")):
        client.enter(name)
    bob.say("hello")
    alice.expect_bytes(b"bob: hello\r\n")
    carol.expect_bytes(b"bob: hello\r\n")
    bob.close()
    carol.say("bye")
    alice.expect("carol: bye")
    alice.sync()


def test_the_later_edition_ends_its_lines_with_lf(serve):
    server = serve({"line": {"eol": "lf"}})
    bob = server.line("bob")
    alice = server.connect("line")
    alice.expect_bytes(b"Please enter your username:\n")
    alice.send("alice", "hello", "/who")
    bob.expect_bytes(b"alice has joined the chat\nalice: hello\n")
    assert alice.line_bytes().startswith(b"* ")
    assert b"\r" not in alice.unread
    alice.close()
    bob.expect_bytes(b"alice has left the chat\n")


def test_a_sender_does_not_see_her_own_line(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.say("hello")
    bob.expect("alice: hello")
    alice.sync()


def test_lines_in_many_pieces_and_many_lines_in_one_piece(server):
    alice, bob = server.line("alice"), server.line("bob")
    for byte in b"one\r\ntwo\n":
        bob.send_bytes(bytes([byte]))
    bob.send_bytes(b"three\nfour\r\nfive\n")
    alice.expect("bob has joined the chat")
    for word in ("one", "two", "three", "four", "five"):
        alice.expect(f"bob: {word}")


def test_empty_lines_are_ignored(server):
    alice = server.connect("line")
    alice.send_bytes(b"\n\r\n\n")
    alice.enter("alice")
    bob = server.line("bob")
    bob.send_bytes(b"\r\n\n\r\nhello\n\n")
    alice.expect("bob has joined the chat", "bob: hello")
    bob.sync()
    alice.sync()


def test_blanks_within_a_line_are_kept(server):
    alice, bob = server.line("alice"), server.line("bob")
    bob.say("  two  words\t ")
    alice.expect("bob has joined the chat", "bob:   two  words\t ")


@pytest.mark.parametrize(
    "name, word",
    [
        ("alice", "taken"),
        ("Alice", "taken"),
        ("a" * 33, "32"),
        ("*star", "not allowed"),
        ("a b", "not allowed"),
        ("   ", "empty"),
        ("client-7", "not allowed"),
        ("ali\u0441e", "not allowed"),  # a Cyrillic letter among Latin ones
    ],
)
def test_a_nick_is_refused_in_words_and_another_may_be_tried(server, name, word):
    server.line("alice")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send(name)
    bob.expect_refused(word)
    bob.greeting = None
    bob.enter("bob")
    bob.send("/who")
    assert "alice, bob" in bob.line()


def test_a_login_as_the_first_line_shows_no_password_where_it_fails(server):
    alice = server.connect("line")
    alice.expect(alice.greeting)
    alice.send("/login alice secret")
    assert "secret" not in alice.expect_refused("wrong name or password")
    alice.greeting = None
    alice.enter("alice")


def test_who_leaves_before_she_said_who_she_is_leaves_no_trace(server):
    alice = server.line("alice")
    nobody = server.connect("line")
    nobody.expect(nobody.greeting)
    nobody.half_close()
    nobody.expect_closed()
    alice.sync()


def test_an_unfinished_last_line_is_not_a_message(server):
    alice, bob = server.line("alice"), server.line("bob")
    bob.send_bytes(b"whole\nhalf")
    bob.half_close()
    alice.expect("bob has joined the chat", "bob: whole", "bob has left the chat")


def test_commands_before_the_end_of_input_are_answered(server):
    alice = server.line("alice")
    bob = server.connect("line")
    bob.send_bytes(b"bob\nhello\n/who\n/rooms\n")
    bob.half_close()
    rest = bob.read_to_end()
    assert rest.startswith(b"Please enter your username:\r\n* ")
    assert rest.count(b"\r\n") == 3
    assert b"alice, bob" in rest
    alice.expect("bob has joined the chat", "bob: hello", "bob has left the chat")


def test_help_lists_every_command(server):
    alice = server.line("alice")
    alice.send("/help")
    told = alice.answers()
    assert all(line.startswith("* ") for line in told)
    for command in COMMANDS:
        assert any(f"  /{command}" in line for line in told), command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_one_command_begins_with_its_form(server, command):
    alice = server.line("alice")
    alice.send(f"/help {command}")
    told = alice.answers()
    assert told[0].startswith(f"* /{command}")
    assert all(line.startswith("*   ") for line in told[1:])


def test_help_of_an_unknown_command_is_refused(server):
    alice = server.line("alice")
    alice.send("/help dance")
    alice.expect_refused("dance")


@pytest.mark.parametrize("command", ["/dance", "/", "/registers secret"])
def test_what_is_no_command_is_refused_and_not_said(server, command):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send(command)
    alice.expect_refused(command.split()[0])
    bob.sync()


@pytest.mark.parametrize("command", ["/nick", "/join", "/me", "/kick"])
def test_a_command_without_its_part_tells_the_right_form(server, command):
    alice = server.line("alice")
    alice.send(command)
    alice.expect_refused(command + " ")


def test_a_literal_slash_is_said_by_two(server):
    alice, bob = server.line("alice"), server.line("bob")
    bob.send("//help", "// x", "///")
    alice.expect("bob has joined the chat", "bob: /help", "bob: / x", "bob: //")


def test_without_commands_a_slash_is_text(serve):
    server = serve({"line": {"commands": False}})
    alice, bob = server.line("alice"), server.line("bob")
    bob.send("/help", "//x")
    alice.expect("bob has joined the chat", "bob: /help", "bob: //x")
    bob.sync()


def test_nick_renames_for_everybody(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    bob.send("/nick robert")
    bob.expect_match(r"\* .*robert")
    alice.expect_match(r"\* bob .*robert")
    bob.say("hello")
    alice.expect("robert: hello")
    carol = server.line("bob")  # the old name is free
    carol.send("/nick ALICE")
    carol.expect_refused("ALICE", "taken")


def test_a_name_is_free_again_after_its_holder_left(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.close()
    bob.expect("alice has left the chat")
    server.line("alice")
    bob.expect("alice has joined the chat")


def test_join_moves_the_typing_and_other_rooms_are_marked(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send("/join tea")
    alice.expect_match(r"\* .*tea.*")
    bob.sync()
    bob.say("still here?")
    alice.expect("[lobby] bob: still here?")
    alice.say("nobody hears me")
    bob.sync()
    bob.send("/join tea")
    bob.expect_match(r"\* .*tea.*")
    alice.expect("bob has joined the chat")
    alice.send("hello", "/me waves")
    bob.expect("alice: hello", "alice waves")
    alice.send("/leave")
    alice.expect_match(r"\* .*tea.*")
    bob.expect("alice has left the chat")
    alice.say("back in the lobby")
    bob.expect("[lobby] alice: back in the lobby")


def test_leave_of_a_named_room_and_of_the_last_one(server):
    alice = server.line("alice")
    alice.send("/join tea")
    alice.expect_match(r"\* .*tea.*")
    alice.send("/leave lobby")
    alice.expect_match(r"\* .*lobby.*")
    alice.send("/leave lobby")
    alice.expect_refused("lobby")
    alice.send("/leave")
    alice.expect_match(r"\* .*tea.*")
    alice.say("into the void")
    alice.expect_refused("room")
    alice.send("/leave nowhere")
    alice.expect_refused("nowhere")


@pytest.mark.parametrize(
    "room", ["4711", "0123456789", "deadbeef01", "127.0.0.1:70", "a|b", "a$b", "x" * 65]
)
def test_what_looks_like_an_id_or_is_too_long_is_no_room_name(server, room):
    alice = server.line("alice")
    alice.send(f"/join {room}")
    alice.expect_refused()
    alice.send("/rooms")
    assert alice.line().startswith("* lobby")
    alice.sync()


def test_room_names_differ_by_more_than_case(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send("/join Tea")
    alice.expect_match(r"\* .*Tea.*")
    bob.send("/join tEA")
    bob.expect_match(r"\* .*Tea.*")
    alice.expect("bob has joined the chat")
    bob.send("/join #tea")
    bob.expect_match(r"\* .*Tea.*")


def test_rooms_and_who_list_what_there_is(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send("/join tea")
    alice.expect_match(r"\* .*tea.*")
    alice.send("/topic Earl Grey")
    alice.expect_match(r"\* .*Earl Grey")
    bob.send("/rooms")
    lines = [bob.line(), bob.line()]
    assert any("lobby" in line and "2" in line for line in lines)
    assert any("tea" in line and "1" in line and "Earl Grey" in line for line in lines)
    bob.sync()
    bob.send("/who")
    assert "alice, bob" in bob.line()
    bob.send("/who tea")
    assert "bob" not in bob.line()
    bob.send("/who nowhere")
    bob.expect_refused("nowhere")


def test_the_topic_is_shown_set_and_kept(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send("/topic")
    assert alice.line().startswith("* ")
    alice.send("/topic all  about tea ")
    alice.expect_match(r"\* .*all  about tea")
    bob.expect_match(r"\* alice .*all  about tea")
    bob.send("/topic")
    bob.expect_match(r"\* .*all  about tea")
    alice.send("/topic " + "x" * 391)
    alice.expect_refused("390")
    server.restart()
    carol = server.line("carol")
    carol.send("/topic")
    carol.expect_match(r"\* .*all  about tea")


def test_the_maker_of_a_room_owns_it_while_she_is_there(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    for client in (alice, bob):
        client.send("/join tea")
        client.expect_match(r"\* .*tea.*")
    alice.expect("bob has joined the chat")
    bob.send("/topic mine")
    bob.expect_refused("not allowed")
    bob.send("/kick alice")
    bob.expect_refused("not allowed")
    alice.send("/kick bob too loud")
    bob.expect_match(r"\* alice .*tea.*too loud")
    assert "bob" in alice.line()
    alice.send("/kick bob")
    alice.expect_refused("bob")
    alice.send("/kick nobody")
    alice.expect_refused("nobody")
    bob.send("what he was typing is for no other room")
    bob.expect_refused("no room")
    bob.send("/join lobby")
    bob.expect_match(r"\* .*lobby.*")
    bob.say("I am in the lobby")
    alice.expect("[lobby] bob: I am in the lobby")


def test_away_and_back_are_answered(server):
    alice = server.line("alice")
    alice.send("/away for tea")
    assert alice.line().startswith("* ")
    alice.send("/away")
    assert alice.line().startswith("* ")
    alice.send("/away " + "x" * 201)
    alice.expect_refused("200")


def test_quit_ends_the_connection(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    bob.send("/quit so long", "unheard")
    bob.expect_closed()
    alice.expect("bob has left the chat")
    alice.sync()


def test_history_shows_the_last_lines_oldest_first(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    for number in range(1, 31):
        alice.say(f"line {number}")
    bob.expect(*(f"alice: line {number}" for number in range(1, 31)))
    bob.send("/history 3")
    assert past(bob) == [f"alice: line {number}" for number in (28, 29, 30)]
    bob.send("/history")
    assert past(bob) == [f"alice: line {number}" for number in range(11, 31)]
    bob.send("/history 1000000")
    assert past(bob) == [f"alice: line {number}" for number in range(1, 31)]
    for wrong in ("0", "-1", "x"):
        bob.send(f"/history {wrong}")
        bob.expect_refused(wrong)


def test_history_is_there_after_a_restart(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.send("hello", "/me waves", "//slash")
    bob.expect("alice: hello", "alice waves", "alice: /slash")
    bob.say("hi")
    alice.expect("bob has joined the chat", "bob: hi")
    server.restart()
    carol = server.line("carol")
    carol.send("/history")
    assert past(carol) == ["alice: hello", "alice waves", "alice: /slash", "bob: hi"]


def test_a_listener_has_its_own_room_and_shows_the_last_lines_of_it(serve):
    late = {"dialect": "line", "room": "kitchen", "backlog_lines": 2}
    server = serve({"line": {"room": "kitchen"}, "late": late})
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.send("one", "two", "three")
    bob.expect("alice: one", "alice: two", "alice: three")
    carol = server.connect("late")
    carol.expect(carol.greeting)
    carol.send("carol")
    carol.expect("alice: two", "alice: three")
    carol.sync()
    carol.send("/rooms")
    assert any("kitchen" in line for line in carol.answers())


def test_an_action_cannot_be_empty_and_has_no_colon(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.send("/me  waves  twice ")
    bob.expect("alice waves  twice")
    alice.expect("bob has joined the chat")
    alice.send("/me ")
    alice.expect_refused("/me TEXT")


def test_a_line_that_looks_like_ours_keeps_its_author(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    alice.say("* error: you are out")
    bob.expect("alice: * error: you are out")
    alice.send("/me * error: x")
    bob.expect("alice * error: x")


def test_history_off_keeps_numbers_and_no_texts(serve):
    server = serve(sections={"history": {"enabled": False}})
    alice, bob = server.line("alice"), server.line("bob")
    alice.say("off the record")
    bob.expect("alice: off the record")
    bob.send("/history")
    bob.expect_refused("history")
    server.stop()
    for file in server.data.iterdir():
        assert b"off the record" not in file.read_bytes(), file


def past(client):
    """The answer to /history, without the replies around it."""
    return [line for line in client.answers() if not line.startswith("* ")]
