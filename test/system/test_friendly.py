"""The dialect `friendly`, byte for byte (WIRE, `friendly`)."""

import re

from client import plain


def test_the_greeting_tells_address_and_a_friendly_id_in_rainbow_colours(server):
    anna = server.connect("friendly")
    line = anna.line()
    assert re.fullmatch("(\x1b\\[38;2;[0-9]+;[0-9]+;[0-9]+m[^\x1b])+(\x1b\\[0m)?", line)
    assert re.fullmatch(
        f"addr: {re.escape(anna.address)}, id: [a-z0-9]+(-[a-z0-9]+)+-[0-9]+", plain(line)
    )
    assert len(set(re.findall("\x1b\\[38;2;[0-9;]+m", line))) > 10


def test_a_line_is_echoed_in_colours_and_reaches_others_as_typed(server):
    anna, ben = server.friendly(), server.friendly()
    anna.send_bytes(b"  hello there \r\n")
    echo = anna.line()
    assert plain(echo) == "hello there"
    assert re.fullmatch("(\x1b\\[38;2;[0-9]+;[0-9]+;[0-9]+m[^\x1b])+(\x1b\\[0m)?", echo)
    ben.expect_bytes(b"  hello there \n")
    ben.sync()


def test_colours_stand_before_whole_characters(server):
    anna, ben = server.friendly(), server.friendly()
    anna.say("gr\u00fc\u00dfe \U0001f600")
    ben.expect("gr\u00fc\u00dfe \U0001f600")


def test_the_id_is_the_name_in_other_dialects(server):
    alice = server.line("alice")
    anna = server.friendly()
    alice.expect(f"{anna.name} has joined the chat")
    anna.say("hello")
    alice.expect(f"{anna.name}: hello")
    alice.say("hi")
    anna.expect("hi")
    anna.close()
    alice.expect(f"{anna.name} has left the chat")


def test_ids_are_unique(server):
    assert len({server.friendly().name for _ in range(200)}) == 200


def test_joins_and_leaves_are_not_shown(server):
    anna = server.friendly()
    alice = server.line("alice")
    alice.close()
    ben = server.friendly()
    ben.say("hello")
    anna.expect("hello")
    anna.sync()


def test_colour_never_writes_plain_text(serve):
    server = serve({"friendly": {"colour": "never"}})
    anna, ben = server.connect("friendly"), server.connect("friendly")
    anna.expect_match(f"addr: {re.escape(anna.address)}, id: [a-z0-9-]+")
    ben.expect_match(f"addr: {re.escape(ben.address)}, id: [a-z0-9-]+")
    anna.send(" hello ")
    anna.expect_bytes(b"hello\n")
    ben.expect_bytes(b" hello \n")


def test_sender_name_shows_who_speaks(serve):
    server = serve({"friendly": {"sender": "name"}, "line": {}})
    anna, ben = server.friendly(), server.friendly()
    anna.say("hello")
    ben.expect(f"{anna.name}: hello")
    alice = server.line("alice")
    alice.send("hi", "/me waves")
    ben.expect("alice: hi", "alice waves")


def test_a_slash_is_text(server):
    anna, ben = server.friendly(), server.friendly()
    anna.say("/help")
    ben.expect("/help")


def test_blank_lines_are_ignored(server):
    anna, ben = server.friendly(), server.friendly()
    anna.send_bytes(b"\n\r\n   \n")
    anna.say("hello")
    ben.expect("hello")
    ben.sync()


def test_an_error_is_not_coloured(server):
    anna = server.friendly()
    anna.send_bytes(b"\xfe\n")
    anna.expect_refused("UTF-8")
    anna.send("x" * 8193)
    anna.expect_refused("8192")


def test_nobody_can_forge_an_error(server):
    anna, ben = server.friendly(), server.friendly()
    anna.say("* error: you are out")
    assert not ben.line().startswith("* ")


def test_the_backlog_is_the_last_lines_as_text(serve):
    server = serve({"friendly": {}, "late": {"dialect": "friendly", "backlog_lines": 2}})
    anna, ben = server.friendly(), server.friendly()
    for text in ("one", "two", "three"):
        anna.say(text)
    ben.expect("one", "two", "three")
    carl = server.enter("late")
    carl.expect("two", "three")
    carl.sync()


def test_the_room_of_the_listener_is_the_room_spoken_in(serve):
    cook = {"dialect": "line", "room": "kitchen"}
    server = serve({"friendly": {"room": "kitchen"}, "line": {}, "cook": cook})
    alice, cook = server.line("alice"), server.enter("cook", "cook")
    anna = server.friendly()
    cook.expect(f"{anna.name} has joined the chat")
    anna.say("hello")
    cook.expect(f"{anna.name}: hello")
    alice.sync()
