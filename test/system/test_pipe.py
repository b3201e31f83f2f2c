"""The dialect `pipe`, byte for byte (WIRE, `pipe`)."""

import re
import time

import pytest


def made(client, room):
    """Makes a room. Returns its number."""
    client.send(f"101|{client.number}|{room}")
    return client.expect_match(rf"101\|0\|([0-9]+)\|{room}")[1]


def test_the_first_line_opens_the_session_and_is_a_message(server):
    alice = server.line("alice")
    phone = server.connect("pipe")
    phone.send_bytes(b"100|7|Hello from client 7\n")
    phone.expect_bytes(b"100|7|Hello from client 7\n")
    alice.expect("client-7 has joined the chat", "client-7: Hello from client 7")
    phone.half_close()
    phone.expect_closed()
    alice.expect("client-7 has left the chat")


def test_every_member_gets_the_line_the_sender_too(server):
    seven, eight = server.pipe(7), server.pipe(8)
    seven.expect("100|8|hi")
    seven.send("100|7|a|b|c")
    seven.expect_bytes(b"100|7|a|b|c\n")
    eight.expect_bytes(b"100|7|a|b|c\n")
    seven.send("100|7| blanks  kept ")
    eight.expect("100|7| blanks  kept ")


def test_any_first_line_opens_the_session(server):
    seven = server.connect("pipe")
    seven.send("104|7|")
    seven.expect_match(r"104\|0\|[0-9]+\|lobby\|1")
    seven.expect("104|0|end")


def test_people_of_other_dialects_have_stable_ids_from_2_to_the_30(server):
    alice, phone, anna = server.line("alice"), server.pipe(7), server.friendly()
    alice.send("one", "two")
    first = phone.expect_match(r"100\|([0-9]+)\|one")[1]
    assert phone.expect_match(r"100\|([0-9]+)\|two")[1] == first
    anna.expect("one", "two")
    anna.say("three")
    second = phone.expect_match(r"100\|([0-9]+)\|three")[1]
    assert first != second
    assert min(int(first), int(second)) >= 2**30


@pytest.mark.parametrize(
    "line, code",
    [
        ("100|8|not mine", 100),
        ("106|8|lobby|not mine", 106),
        ("100|0|no id", 100),
        ("100|1073741824|too large", 100),
        ("100|-7|negative", 100),
        ("100|+7|signed", 100),
        ("100|7x|not a number", 100),
        ("100||none", 100),
        ("100|7|", 100),
        ("100", 100),
        ("109|7|x", 109),
        ("999|7|", 999),
        ("101|7|", 101),
        ("101|7|12345", 101),
        ("101|7|lobby", 101),
        ("102|7|", 102),
        ("102|7|lobby|x", 102),
        ("102|7|lobby|99", 102),
        ("103|7|", 103),
        ("103|7|nowhere", 103),
        ("105|7|", 105),
        ("105|7|lobby", 105),
        ("105|7|nowhere", 105),
        ("106|7|", 106),
        ("106|7|nowhere|hi", 106),
        ("106|7|lobby|", 106),
        ("107|7|nowhere", 107),
        ("107|7|lobby|x", 107),
        ("107|7|lobby|0", 107),
        ("107|7|lobby|5|x", 107),
        ("108|7|alice|secret", 108),
        ("hello", 0),
        ("x|7|hello", 0),
        ("|7|hello", 0),
        ("99999999999999999999|7|x", 0),
    ],
)
def test_anything_wrong_is_answered_with_400_and_its_code(server, line, code):
    seven, eight = server.pipe(7), server.pipe(8)
    seven.expect("100|8|hi")
    seven.send(line)
    assert "secret" not in seven.expect_refused(code=code)
    seven.sync()
    eight.sync()


def test_a_wrong_first_line_opens_no_session(server):
    alice = server.line("alice")
    phone = server.connect("pipe")
    for line, code in (("hello", 0), ("100|0|x", 100), ("100|x|y", 100)):
        phone.send(line)
        phone.expect_refused(code=code)
    alice.sync()
    phone.enter(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")


def test_ids_from_1_to_2_to_the_30_less_1_are_fine(server):
    server.pipe(1)
    server.pipe(2**30 - 1)


def test_create_puts_the_creator_into_the_room(server):
    seven = server.pipe(7)
    number = made(seven, "tea")
    seven.send(f"106|7|{number}|by number", "106|7|tea|by|name")
    seven.expect(f"106|7|{number}|by number", f"106|7|{number}|by|name")


def test_subscribe_makes_a_missing_room_and_unsubscribe_leaves_it(server):
    seven, eight = server.pipe(7), server.pipe(8)
    seven.expect("100|8|hi")
    seven.send("102|7|tea")
    number = seven.expect_match(r"102\|0\|([0-9]+)\|tea")[1]
    eight.send("106|8|tea|let me in")
    eight.expect_refused(code=106)
    eight.send(f"102|8|{number}")
    eight.expect(f"102|0|{number}|tea")
    seven.send("106|7|tea|hello")
    seven.expect(f"106|7|{number}|hello")
    eight.expect(f"106|7|{number}|hello")
    eight.send("103|8|tea")
    eight.expect(f"103|0|{number}|tea")
    seven.send("106|7|tea|alone")
    seven.expect(f"106|7|{number}|alone")
    eight.send("103|8|tea")
    eight.expect_refused(code=103)


def test_a_member_admits_others_and_an_operator_removes_them(server):
    seven, eight, nine = server.pipe(7), server.pipe(8), server.pipe(9)
    seven.expect("100|8|hi", "100|9|hi")
    eight.expect("100|9|hi")
    number = made(seven, "tea")
    eight.send("102|8|tea|9")
    eight.expect_refused(code=102)
    seven.send("102|7|tea|8,9")
    eight.expect(f"102|0|{number}|tea")
    nine.expect(f"102|0|{number}|tea")
    seven.sync()
    nine.send("103|9|tea|8")
    nine.expect_refused(code=103)
    seven.send("103|7|tea|8,9")
    eight.expect(f"103|0|{number}|tea")
    nine.expect(f"103|0|{number}|tea")
    nine.send("106|9|tea|hello")
    nine.expect_refused(code=106)


def test_people_of_other_dialects_can_be_admitted_by_their_number(server):
    alice, seven = server.line("alice"), server.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    alice.say("hello")
    her = seven.expect_match(r"100\|([0-9]+)\|hello")[1]
    number = made(seven, "tea")
    seven.send(f"102|7|tea|{her}")
    alice.expect_match(r"\* .*tea.*")
    seven.send("106|7|tea|welcome")
    seven.expect(f"106|7|{number}|welcome")
    alice.expect("[tea] client-7: welcome")
    alice.send("/join tea")
    alice.expect_match(r"\* .*tea.*")
    alice.say("thanks")
    seven.expect(f"106|{her}|{number}|thanks")


def test_the_list_has_every_room_with_its_members(server):
    seven, eight = server.pipe(7), server.pipe(8)
    seven.expect("100|8|hi")
    number = made(seven, "tea")
    eight.send("104|8|")
    rooms = {eight.line(), eight.line()}
    assert f"104|0|{number}|tea|1" in rooms
    assert any(re.fullmatch(r"104\|0\|[0-9]+\|lobby\|2", room) for room in rooms)
    eight.expect("104|0|end")


def test_delete_is_for_the_creator_and_told_to_all_members(server):
    seven, eight = server.pipe(7), server.pipe(8)
    seven.expect("100|8|hi")
    number = made(seven, "tea")
    seven.send("102|7|tea|8")
    eight.expect(f"102|0|{number}|tea")
    eight.send("105|8|tea")
    eight.expect_refused(code=105)
    seven.send("105|7|tea")
    seven.expect(f"105|0|{number}|tea")
    eight.expect(f"105|0|{number}|tea")
    seven.send("106|7|tea|gone?")
    seven.expect_refused("tea", code=106)
    assert int(made(seven, "tea")) > int(number)


def test_history_has_number_seq_time_and_text(server):
    seven = server.pipe(7, "one")
    for text in ("two", "th|ree", "four"):
        seven.say(text)
    seven.send("107|7|lobby|3")
    begin, times = time.time() * 1000, []
    for seq, text in ((2, "two"), (3, "th|ree"), (4, "four")):
        match = seven.expect_match(rf"107\|7\|([0-9]+)\|{seq}\|([0-9]+)\|{re.escape(text)}")
        times.append(int(match[2]))
    seven.expect("107|0|end")
    assert times == sorted(times)
    assert begin - 60000 < times[0] <= times[-1] < begin + 60000
    number = match[1]
    seven.send(f"107|7|{number}|2|4")
    seven.expect_match(rf"107\|7\|{number}\|2\|[0-9]+\|two")
    seven.expect_match(rf"107\|7\|{number}\|3\|[0-9]+\|th\|ree")
    seven.expect("107|0|end")
    seven.send("107|7|lobby|5|1")
    seven.expect("107|0|end")


def test_history_and_ids_are_the_same_after_a_restart(server):
    alice, seven = server.line("alice"), server.pipe(7)
    alice.say("hello")
    her = seven.expect_match(r"100\|([0-9]+)\|hello")[1]
    number = made(seven, "tea")
    seven.send("106|7|tea|kept")
    seven.expect(f"106|7|{number}|kept")
    seven.send("107|7|lobby")
    before = [seven.line(), seven.line()]
    seven.expect("107|0|end")
    server.restart()
    eight = server.pipe(8)
    eight.send("107|8|lobby|2|3")
    eight.expect(*before)
    eight.expect("107|0|end")
    assert f"107|{her}|" in before[1]
    eight.send(f"107|8|{number}")
    eight.expect_match(rf"107\|7\|{number}\|1\|[0-9]+\|kept")
    eight.expect("107|0|end")


def test_an_id_from_the_same_address_is_a_second_device(server):
    alice = server.line("alice")
    one, two = server.pipe(7), server.pipe(7)
    one.expect("100|7|hi")
    alice.expect("client-7 has joined the chat", "client-7: hi", "client-7: hi")
    one.say("from one")
    two.expect("100|7|from one")
    one.close()
    alice.expect("client-7: from one")
    two.say("still here")
    alice.expect("client-7: still here")
    two.close()
    alice.expect("client-7 has left the chat")


def test_an_id_from_another_address_is_refused_and_closed(server):
    seven = server.pipe(7)
    thief = server.connect("pipe", source="127.0.0.2")
    thief.send("100|7|it is me", "104|7|")
    rest = thief.read_to_end().decode().splitlines()
    assert len(rest) == 1
    assert rest[0].startswith("400|0|100|") or rest[0].startswith("400|0|0|")
    seven.sync()
    seven.close()


def test_the_backlog_is_history_lines(serve):
    server = serve({"pipe": {}, "late": {"dialect": "pipe", "backlog_lines": 2}})
    seven = server.pipe(7, "one")
    seven.say("two")
    seven.say("three")
    eight = server.connect("late")
    eight.send("100|8|hello")
    eight.expect_match(r"107\|7\|[0-9]+\|2\|[0-9]+\|two")
    eight.expect_match(r"107\|7\|[0-9]+\|3\|[0-9]+\|three")
    assert eight.line() in ("107|0|end", "100|8|hello")
