"""One room, everybody in it, each in her own dialect (DESIGN 1, WIRE)."""

import re
import threading

import pytest

from client import PATIENCE


def test_everybody_sees_everything_in_her_own_dialect_and_in_one_order(serve):
    server = serve({"line": {}, "friendly": {}, "pipe": {}, "dollar": {}})
    alice, anna, phone, dora = (
        server.line("alice"),
        server.friendly(),
        server.pipe(7),
        server.dollar("dora"),
    )
    anna.expect("hi")
    dora.join("lobby")
    alice.expect(
        f"{anna.name} has joined the chat",
        "client-7 has joined the chat",
        "client-7: hi",
        "dora has joined the chat",
    )
    alice.say("from line")
    anna.expect("from line")
    dora.expect("from line")
    her = phone.expect_match(r"100\|([0-9]+)\|from line")[1]
    anna.say("from friendly")
    dora.expect("from friendly")
    alice.expect(f"{anna.name}: from friendly")
    annas = phone.expect_match(r"100\|([0-9]+)\|from friendly")[1]
    phone.say("from pipe")
    for client, line in ((alice, "client-7: from pipe"), (anna, "from pipe"), (dora, "from pipe")):
        client.expect(line)
    dora.say("from dollar")
    alice.expect("dora: from dollar")
    anna.expect("from dollar")
    doras = phone.expect_match(r"100\|([0-9]+)\|from dollar")[1]
    assert len({her, annas, doras}) == 3
    phone.send("106|7|lobby|by its name")
    phone.expect_match(r"106\|7\|[0-9]+\|by its name")
    alice.expect("client-7: by its name")
    anna.expect("by its name")
    dora.expect("by its name")
    for client in (alice, anna, phone, dora):
        client.sync()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_all_agree_on_the_order_whatever_the_number_of_workers(serve, workers):
    server = serve(sections={"server": {"workers": workers}})
    each = 50
    dora = server.dollar("dora")
    dora.join("lobby")
    readers = [server.line("reader"), server.friendly(), server.auto("second"), dora]
    writers = [server.line("one"), server.line("two"), server.auto("three"), server.pipe(4)]
    for writer in writers:
        lines = [f"{writer.name} {number}" for number in range(each)]
        if writer.name == "client-4":
            lines = [f"100|4|{line}" for line in lines]
        threading.Thread(target=writer.send, args=lines).start()
    orders = [texts(reader, each * len(writers)) for reader in readers]
    assert all(order == orders[0] for order in orders)
    for writer in writers:
        own = [text for text in orders[0] if text.startswith(writer.name + " ")]
        assert own == [f"{writer.name} {number}" for number in range(each)]


def texts(reader, count):
    """The texts of the next `count` messages, without the dialect's frame."""
    found = []
    while len(found) < count:
        match = re.search(r"(?:^|: )((?:one|two|three|client-4) [0-9]+)$", reader.line(PATIENCE))
        if match:
            found.append(match[1])
    return found


def test_a_room_of_many_is_the_same_for_all(server):
    """More members than one list has in one piece."""
    people = [server.line(f"person{number}") for number in range(70)]
    people[69].send("/who")
    answers = people[69].answers()
    assert all(line.startswith("* ") for line in answers) and "70" in answers[0]
    names = re.findall("person[0-9]+", "".join(answers))
    assert sorted(names) == sorted(person.name for person in people)
    people[69].say("hello")
    for number, person in enumerate(people[:69]):
        person.expect(*(f"{later.name} has joined the chat" for later in people[number + 1 :]))
        person.expect("person69: hello")


def test_many_rooms_are_listed_whole(server):
    phone = server.pipe(7)
    for number in range(200):
        phone.send(f"101|7|room{number}")
    made = {phone.expect_match(r"101\|0\|[0-9]+\|(room[0-9]+)")[1] for _ in range(99)}
    phone.expect_refused("100", code=101)  # rooms she may be in, the lobby among them
    for _ in range(100):
        phone.expect_refused(code=101)
    phone.send("104|7|")
    listed = set()
    while (line := phone.line()) != "104|0|end":
        listed.add(line.split("|")[3])
    assert listed == made | {"lobby"}


def test_a_long_history_comes_whole_and_in_order(server):
    alice, phone = server.line("alice"), server.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    count = 1500
    alice.send_bytes(b"".join(b"line %d\n" % number for number in range(count)))
    for number in range(count):
        phone.expect_match(rf"100\|[0-9]+\|line {number}")
    phone.send("107|7|lobby|100000")
    for number in range(count - 1000, count):  # history.max_messages
        phone.expect_match(rf"107\|[0-9]+\|[0-9]+\|{number + 2}\|[0-9]+\|line {number}")
    phone.expect("107|0|end")


def test_a_long_history_can_be_asked_for_again_and_again(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    lines = [f"{number} {'x' * (number * 37 % 500)}" for number in range(1000)]
    alice.send(*lines)
    bob.expect(*(f"alice: {line}" for line in lines))
    for count in (1000, 1, 900, 10, 700, 1000, 3, 500, 1000):
        bob.send(f"/history {count}")
        page = [line for line in bob.answers() if not line.startswith("* ")]
        assert page == [f"alice: {line}" for line in lines[-count:]]


def test_traffic_during_a_history_comes_after_it_once(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    old = [f"alice: old {number}" for number in range(300)]
    new = [f"alice: new {number}" for number in range(500)]
    alice.send(*(line.partition(" ")[2] for line in old))
    bob.expect(*old)
    writer = threading.Thread(target=alice.send, args=[line.partition(" ")[2] for line in new])
    writer.start()
    bob.send("/history 1000")
    seen = bob.answers()
    writer.join()
    while new[-1] not in seen:
        seen.append(bob.line())
    seen = [line for line in seen if not line.startswith("* ")]
    page = seen.index(old[0])
    if seen[page + len(old) :] and new[-1] in seen[:page]:
        assert seen == new + old + new  # all was said before the question
    else:
        assert seen == new[:page] + old + new[:page] + new[page:]
    bob.sync()


def test_nobody_is_named_before_she_came(server):
    """What is said right after coming stands behind the notice of it."""
    alice = server.line("alice")
    for number in range(20):
        client = server.connect("line")
        client.send(f"bob{number}", "hello")
        alice.expect(f"bob{number} has joined the chat", f"bob{number}: hello")
        client.close()
        alice.expect(f"bob{number} has left the chat")


def test_nobody_hears_of_who_left_before_she_came(server):
    for number in range(50):
        person = server.line(f"person{number}")
        person.send("/quit")
        person.expect_closed()
