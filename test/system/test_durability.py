"""Seen = stored (DESIGN 1): kills, and disks that hang, fail or are full."""

import os
import random
import re
import subprocess
import threading
import time

import pytest

from client import LONG, PATIENCE, SLOW

CYCLES = 100 if LONG else 10


class Talker(threading.Thread):
    """Says numbered words until the connection ends, and keeps all that she sees."""

    def __init__(self, client, word, frame):
        super().__init__(daemon=True)
        self.client, self.word, self.frame = client, word, frame
        self.sent, self.seen = 0, []
        self.reader = threading.Thread(target=self.read, daemon=True)

    def run(self):
        self.reader.start()
        try:
            while True:
                self.sent += 1
                self.client.send(self.frame + f"{self.word}-{self.sent}")
                time.sleep(random.random() * 0.002)
        except OSError:
            self.reader.join(PATIENCE)

    def read(self):
        some = b""
        try:
            while piece := self.client.receive():
                some += piece
        except OSError:
            pass
        whole = some[: some.rfind(b"\n") + 1].decode()
        self.seen = re.findall("c[0-9]+-[0-9]+-[0-9]+(?=[\r\n\x1b])", without_colours(whole))


def without_colours(text):
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def talkers(server, cycle):
    doras = [server.dollar("seven"), server.dollar("eight")]
    clients = [
        (server.line("one"), ""),
        (server.auto("two"), ""),
        (server.friendly(), ""),
        (server.friendly(), ""),
        (server.pipe(5), "100|5|"),
        (server.pipe(6), "100|6|"),
        *((dora, f"send_msg${dora.address}$lobby$") for dora in doras),
    ]
    for dora in doras:
        dora.send(f"join${dora.address}$lobby")
    return [Talker(client, f"c{cycle}-{i}", frame) for i, (client, frame) in enumerate(clients)]


def history(server):
    """All numbered words, oldest first."""
    phone = server.connect("pipe")
    phone.send("100|99|checking")
    phone.expect("100|99|checking")
    texts, before = [], ""
    while before != 1:
        phone.send(f"107|99|lobby|1000|{before}")
        page = []
        while (line := phone.line()) != "107|0|end":
            page.append(re.fullmatch(r"107\|[0-9]+\|[0-9]+\|([0-9]+)\|[0-9]+\|(.*)", line))
        first, last = int(page[0][1]), int(page[-1][1])
        assert [int(match[1]) for match in page] == list(range(first, last + 1)), "holes"
        assert before in ("", last + 1)
        texts, before = [match[2] for match in page] + texts, first
    phone.close()
    return [text for text in texts if re.fullmatch("c[0-9]+-[0-9]+-[0-9]+", text)]


def is_in_order(part, whole):
    place = {word: at for at, word in enumerate(whole)}
    places = [place.get(word, -1) for word in part]
    return -1 not in places and places == sorted(places)


def test_t088_what_anybody_saw_survives_a_kill_in_its_order_and_once(serve):
    server = serve()
    for cycle in range(CYCLES):
        people = talkers(server, cycle)
        for person in people:
            person.start()
        time.sleep(random.uniform(0.005, 0.3) * min(SLOW, 3))
        server.kill()
        for person in people:
            person.join(PATIENCE)
            person.client.close()
        server.clients.clear()
        assert server.start() < 2 * SLOW
        kept = history(server)
        mine = [word for word in kept if word.startswith(f"c{cycle}-")]
        assert kept[len(kept) - len(mine) :] == mine, "an old message came back later"
        assert len(set(kept)) == len(kept), "a message is there twice"
        for i, person in enumerate(people):
            assert is_in_order(person.seen, mine), f"talker {i} saw what is not there"
            own = [word for word in mine if word.startswith(f"c{cycle}-{i}-")]
            assert own == [f"c{cycle}-{i}-{n}" for n in range(1, len(own) + 1)]
            assert len(own) <= person.sent, "more than was sent"
    print(f"{CYCLES} kills, {len(kept)} messages kept")


def test_while_a_flush_hangs_nobody_sees_what_it_is_for(faulty):
    alice, bob, phone, anna, dora = (
        faulty.line("alice"),
        faulty.line("bob"),
        faulty.pipe(7),
        faulty.friendly(),
        faulty.dollar("dora"),
    )
    carol = faulty.line("carol")
    carol.send("/join cage")
    carol.expect_match(r"\* .*cage.*")
    chan = dora.create("MyChat")
    alice.expect(*joined("bob", "client-7"), "client-7: hi", *joined(anna.name, "carol"))
    bob.expect("client-7 has joined the chat", "client-7: hi", *joined(anna.name, "carol"))
    faulty.faults(flush_ms=1000000)
    for client, line in (
        (alice, "from alice"),
        (anna, "from anna"),
        (phone, "100|7|from phone"),
        (dora, f"send_msg${dora.address}${chan}$from dora"),
    ):
        client.send(line)
        time.sleep(0.05 * SLOW)  # the next one shall be later
    for client in (alice, bob, phone, anna, dora):
        client.expect_nothing(0.1)
    begin = time.monotonic()
    carol.send("/who", "/help who")
    assert "carol" in carol.line()
    assert "who" in carol.line()
    idle = faulty.connect("line")
    idle.expect(idle.greeting)
    assert time.monotonic() - begin < 0.1 * SLOW
    faulty.faults()
    bob.expect("alice: from alice", f"{anna.name}: from anna", "client-7: from phone")
    alice.expect(f"{anna.name}: from anna", "client-7: from phone")
    phone.expect_match(r"100\|[0-9]+\|from alice")
    phone.expect_match(r"100\|[0-9]+\|from anna")
    phone.expect("100|7|from phone")
    anna.expect("from alice")
    assert without_colours(anna.line()) == "from anna"
    anna.expect("from phone")
    dora.expect("from dora")


def joined(*names):
    return [f"{name} has joined the chat" for name in names]


def test_a_hanging_flush_holds_no_answer_of_another_room(faulty):
    alice, bob = faulty.line("alice"), faulty.line("bob")
    alice.expect(*joined("bob"))
    bob.send("/join cage", "/leave lobby")
    bob.expect_match(r"\* .*cage.*")
    bob.expect_match(r"\* .*lobby.*")
    alice.expect("bob has left the chat")
    faulty.faults(flush_ms=1000000)
    alice.say("stuck")
    alice.expect_nothing(0.05)
    for _ in range(20):
        begin = time.monotonic()
        bob.sync()
        assert time.monotonic() - begin < 0.1 * SLOW
    faulty.faults()


@pytest.mark.parametrize(
    "fault", [{"flush_errno": 5}, {"write_errno": 28}, {"write_errno": 5}], ids=str
)
def test_t091_a_disk_that_fails_ends_the_server_with_74_and_nobody_saw_the_message(faulty, fault):
    alice, bob = faulty.line("alice"), faulty.line("bob")
    phone, anna = faulty.pipe(7), faulty.friendly()
    phone.say("before")
    faulty.faults(**fault)
    alice.say("lost")
    anna.send("lost too")
    assert faulty.wait() == 74
    for client in (alice, bob, phone, anna):
        rest = without_colours(client.read_to_end().decode())
        assert "lost" not in rest
        assert client is phone or "before" in rest
    faulty.faults()
    faulty.start()
    phone = faulty.pipe(7, "after")
    phone.send("107|7|lobby")
    phone.expect_match(r"107\|7\|.*\|hi")
    phone.expect_match(r"107\|7\|.*\|before")


def refused_at_last(client, line, code=0):
    """Says it until there is no room for it. Returns how often there was."""
    for taken in range(2000):
        client.send(line)
        refusals = [answer for answer in client.answers() if "storage full" in answer]
        if refusals:
            assert refusals[0].startswith(client.error.format(code=code))
            return taken
    raise AssertionError("never refused")


def goes_on_while_full(server, alice):
    """Each dialect says so; reading and presence go on."""
    phone, anna, dora = server.connect("pipe"), server.friendly(), server.dollar("dora")
    dora.join("lobby")
    refused_at_last(phone, "100|7|hi", 100)
    refused_at_last(anna, "x")
    refused_at_last(dora, f"send_msg${dora.address}$lobby$x")
    refused_at_last(alice, "/topic x")
    alice.send("/history 5", "/who")
    assert any("dora" in answer for answer in alice.answers())
    phone.send("107|7|lobby|1")
    assert any(answer.startswith("107|") for answer in phone.answers())


def recovers(server):
    phone = server.connect("pipe")
    deadline = time.monotonic() + 10 * SLOW
    while True:
        phone.send("100|8|there is room")
        if not phone.line().startswith("400|"):
            return
        assert time.monotonic() < deadline, "no recovery"
        time.sleep(0.1)


def test_t090_a_full_disk_is_told_reading_goes_on_and_it_recovers(faulty):
    alice = faulty.line("alice")
    alice.say("before")
    alice.sync()
    faulty.faults(full=1, write_errno=28, write_fails=1)
    refused_at_last(alice, "x")
    goes_on_while_full(faulty, alice)
    faulty.faults()
    recovers(faulty)
    faulty.restart()
    phone = faulty.connect("pipe")
    phone.send("100|9|hi", "107|9|lobby|1000")
    while phone.line() != "107|0|end":  # which patience bounds
        pass


def said(lines):
    return [line for line in lines if re.fullmatch(r"[\w-]+: (x+|hi)", line)]


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_t090_a_disk_of_1_mib_is_filled_and_freed(make, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 256 * 1024)
    server = make(sections={"server": {"data": small_disk / "data"}})
    server.start()
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect(*joined("bob"))
    assert refused_at_last(alice, "x" * 500) > 0
    seen = said(bob.answers())
    while refused_at_last(alice, "x") > 0:
        seen += said(bob.answers())
        time.sleep(0.2)  # what waits in the WAL may still become smaller
    seen += said(bob.answers())
    assert set(seen) <= {"alice: " + "x" * 500, "alice: x"}
    goes_on_while_full(server, alice)
    seen += said(bob.answers())
    server.kill()
    server.start()  # a full disk is no reason not to start
    alice = server.line("alice")
    alice.send("/history 1000", "/quit")
    assert said(alice.read_to_end().decode().splitlines()) == seen[-1000:]
    filler.unlink()
    recovers(server)
    server.stop()
