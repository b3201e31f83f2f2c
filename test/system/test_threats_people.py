"""What people with a role, an account or bad luck may do to others (THREATS; each test is named by
its row)."""

import re
import resource
import threading
import time

import pytest

from client import LONG, PATIENCE, SLOW
from server import Canary
from test_accounts import QUICK, came, registered, rows, token_of
from test_moderation import back

release_only = pytest.mark.release_only


def tried(client):
    """The newest first: who was refused what, as the log of her room has it."""
    client.send("/audit 100")
    lines = [re.match(r"\* \[.*?\] (.*)", line) for line in client.answers()]
    return [match[1] for match in lines if match and ": refused-" in match[1]]


def into(room, *clients):
    """The first one makes it. Nothing is unread then."""
    for client in clients:
        client.send(f"/join {room}")
        client.answers()
    for client in clients:
        client.answers()


def test_t054_what_others_tried_is_in_the_log_and_does_not_fill_the_disk(serve):
    server = serve(sections=QUICK)
    ann, eve = registered(server, "ann"), server.line("eve")
    into("tea", ann, eve)
    ann.send("mine")
    ann.sync()
    eve.expect("ann: mine")
    tries = ("/edit 1 hers", "/remove 1", "/kick ann", "/ban ann", "/mute ann", "/role eve owner")
    for line in (*tries, "/mode private on", "/rename mint", "/delete tea"):
        eve.send(line)
        eve.expect_refused("not allowed")
    log = [
        "edit: message 1",
        "retract: message 1",
        "kick ann",
        "ban ann",
        "mute ann",
        "role eve",
        "mode",
        "rename mint",
        "delete",
    ]
    wanted = [f"eve: refused-{line}" for line in reversed(log)]
    assert tried(ann) == wanted
    for number in range(200):
        eve.send("/kick ann")
    assert len([line for line in eve.answers() if "not allowed" in line]) == 200
    assert tried(ann) == ["eve: refused-kick ann", *wanted]  # ten of a room in an hour
    server.kill()
    server.start()
    ann = back(server, "ann")
    into("tea", ann)
    assert tried(ann) == ["eve: refused-kick ann", *wanted]
    ann.send("/history")
    assert "ann: mine" in ann.answers()


def test_t062_who_runs_one_room_may_nothing_in_another(server):
    """By whatever the other room is called: name, number, hex id."""
    ann, eve, bob = server.line("ann"), server.line("eve"), server.line("bob")
    phone, victim, dora = server.pipe(7), server.pipe(8), server.dollar("dora")
    phone.answers()
    phone.send("101|7|mine")
    phone.expect_match(r"101\|0\|[0-9]+\|mine")
    channel = dora.create("hers")
    ann.answers()
    ann.send("/join tea", "words")
    into("tea", bob)
    ann.send("/role bob operator", "/invite client-8")
    ann.answers()
    victim.answers()
    victim.send("102|8|tea")
    number = victim.expect_match(r"102\|0\|([0-9]+)\|tea")[1]
    into("mint", eve)  # she made it
    for room in ("tea", number):
        for line in (f"103|7|{room}|8", f"105|7|{room}", f"102|7|{room}|7"):
            phone.send(line)
            phone.expect_refused("not", code=line[:3])
        eve.send(f"/delete {room}")
        eve.expect_refused("not in the room")
    news = ann.answers()
    assert not any("left" in line or "deleted" in line for line in news), news
    ann.send("/rooms")
    listed = " ".join(ann.answers())
    assert "tea" in listed and "mint" in listed
    eve.send(f"/delete {channel}")
    eve.expect_refused("not in the room")
    log = tried(ann)
    assert log.count("client-7: refused-kick") == log.count("client-7: refused-delete") == 2, log
    assert log.count("eve: refused-delete") == 2, log
    ann.send("/history")
    assert "ann: words" in ann.answers()


def test_t063_of_two_who_take_each_others_role_one_wins_and_both_know(server):
    boss, one, two = (server.line(name) for name in ("boss", "one", "two"))
    into("tea", boss, one, two)
    winners = set()
    for _ in range(50 if LONG else 20):
        boss.send("/role one owner", "/role two owner")
        for client in (boss, one, two):
            client.answers()
        start = threading.Barrier(2)

        def strike(client, other, start=start):
            start.wait()
            client.send(f"/role {other} member")

        strikes = [threading.Thread(target=strike, args=who) for who in ((one, "two"), (two, "one"))]
        for thread in strikes:
            thread.start()
        for thread in strikes:
            thread.join()
        news = boss.expect_match(r"\* (one|two) made (one|two) a plain member")
        winner, loser = (one, two) if news[1] == "one" else (two, one)
        winners.add(winner.name)
        winner.expect(f"* you made {loser.name} a plain member")
        assert {loser.line(), loser.line()} == {news[0], "* error: you are not allowed to do that"}
        for client in (boss, one, two):
            client.sync()
    print(f"won by {winners}")


@release_only
def test_t066_while_a_large_room_is_deleted_nobody_waits(serve):
    server, count = serve(), 1000000 if LONG else 100000
    canary = Canary(server)
    ann, reader = server.line("ann"), server.line("reader")
    alice, bob = server.line("alice"), server.line("bob")
    into("tall", ann, reader)
    into("low", alice, bob)
    for first in range(0, count, 1000):
        ann.send_bytes(b"".join(b"%d %s\n" % (n, b"x" * 100) for n in range(first, first + 1000)))
        ann.answers()
        reader.answers()
    reader.send("/history 1000")
    alice.answers()
    ann.send("/delete tall")
    begin, slowest, sung = time.monotonic(), 0, 0
    while time.monotonic() - begin < 3:
        sent = time.monotonic()
        alice.say(f"line {sung}")
        bob.expect(f"alice: line {sung}")
        slowest = max(slowest, time.monotonic() - sent)
        canary.sings()
        sung += 1
    assert any("deleted" in line for line in ann.answers())
    lines = reader.answers()
    assert any("tall" in line and "deleted" in line for line in lines), lines[-5:]
    reader.send("/join tall")
    reader.answers()
    reader.send("/history")
    assert not any("xxx" in line for line in reader.answers())
    print(f"{sung} messages meanwhile, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 0.25
    left = rows_left(server)
    print(f"{left} rows of the room were left after {time.monotonic() - begin:.1f} s")
    while left > 0:
        assert time.monotonic() - begin < 60, "its rows stay"
        time.sleep(2)
        left = rows_left(server)


def rows_left(server):
    """Of the room that was deleted, on the disk."""
    server.stop()
    count = int(rows(server, "SELECT count(*) FROM events WHERE text LIKE '%xxx%'")[0])
    server.start()
    return count


def test_t094_a_token_outlives_a_clock_that_is_set_back(faulty):
    faulty.sections["accounts"] = {"password_cost": "minimum"}
    faulty.write_config()
    faulty.restart()
    token = token_of(registered(faulty, "ann"))
    for seconds in (-3600, -1, 3600):
        faulty.faults(clock_s=seconds)
        assert came(faulty, "ann", token)[1] == "* you are logged in as ann"
    faulty.faults(clock_s=-3600)
    faulty.restart()
    assert came(faulty, "ann", token)[1] == "* you are logged in as ann"
    faulty.faults(clock_s=315576000)
    assert "wrong" in came(faulty, "ann", token)[1]  # ten years later it has run out


def test_t094_who_says_nothing_is_closed_in_time_whatever_the_clock_shows(faulty):
    """Also where it steps each second: what waits is counted by a clock that nobody sets."""
    faulty.sections["timeouts"] = {"registration_seconds": 3}
    faulty.write_config()
    faulty.env["TZ"] = "Asia/Kathmandu"
    faulty.restart()
    ann, silent = faulty.line("ann"), faulty.connect("line")
    silent.expect(silent.greeting)
    begin = time.monotonic()
    for number, seconds in enumerate((3600, -3600, 2**31 - 1800000000, 315576000, 0)):
        faulty.faults(clock_s=seconds)
        ann.say(f"line {number}")
        ann.sync()
        silent.expect_nothing(0.3)
    assert "* error: " in silent.line(PATIENCE + 3)
    assert 2.5 < time.monotonic() - begin < 3 + 3 * SLOW


@release_only
@pytest.mark.parametrize("spare", [0, 20000, 200000])
def test_t095_without_memory_only_who_needs_it_fails(server, spare):
    canary, crowd = Canary(server), [server.connect("line") for _ in range(400)]
    alice, bob = server.line("alice"), server.line("bob")
    for client in crowd:
        client.expect(client.greeting)
    before = resource.prlimit(server.pid, resource.RLIMIT_DATA)
    most = server.status("VmData") * 1024 + spare
    resource.prlimit(server.pid, resource.RLIMIT_DATA, (most, before[1]))
    for number, client in enumerate(crowd):
        try:
            client.send_bytes(b"x" * 8000)  # half a line, which must be kept
        except OSError:
            pass
        if number % 20 == 0:
            canary.sings()
            alice.say(f"line {number}")
            bob.expect(f"alice: line {number}")
    canary.sings()
    cut = sum(is_cut(client) for client in crowd)
    print(f"{cut} of {len(crowd)} were cut")
    assert cut > 0 or spare > 0
    resource.prlimit(server.pid, resource.RLIMIT_DATA, before)
    for client in [server.connect("line") for _ in range(400)]:
        client.expect(client.greeting)
        client.send_bytes(b"y" * 8000)
    canary.sings()
    for client in crowd:
        client.close()
    bob.sync()
    server.line("newcomer").sync()


def is_cut(client):
    client.socket.settimeout(0)
    try:
        return client.socket.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_t055_a_forged_cursor_shows_nothing(serve):
    server = serve()
    ann, bob = server.line("ann"), server.line("bob")
    for client in (ann, bob):
        client.answers()
    ann.say("in the lobby")
    ann.send("/cursor")
    epoch = re.search(r"([0-9a-f]{16}):\d+", "\n".join(ann.answers()))[1]
    into("tea", bob)
    bob.say("in the tea room")
    forged = [f"{epoch}:0", f"{epoch}:999", f"{epoch}:18446744073709551616", f"{epoch}:-1"]
    for cursor in [*forged, "0" * 16 + ":1", "x", ":", f"{epoch}:", f"{epoch}:1:2"]:
        bob.send(f"/resume {cursor}")
        answers = bob.answers()
        assert answers and all(line.startswith("* error: ") for line in answers), (cursor, answers)


def test_t057_what_is_searched_for_is_words_whatever_it_looks_like(serve):
    server = serve()
    ann = server.line("ann")
    ann.answers()
    texts = ["nobody's DROP TABLE events here", "50% of it_all", "plain words"]
    for text in texts:
        ann.say(text)
    ann.sync()
    hostile = ["'; DROP TABLE events; --", '" OR 1=1', "%", "_", "words NEAR(plain)", "text:*"]
    hostile += ["^a", "a*", "(", ")" * 100, "plain OR " * 60, "{a b}:c", "-- comment", "NOT"]
    hostile += ['x"y"z', "col : val"]
    for words in hostile:
        begin = time.monotonic()
        ann.send(f"/search {words}")
        for line in ann.answers():
            assert line.startswith("* "), (words, line)
        assert time.monotonic() - begin < 1 * SLOW, words
    ann.send("/search " + " OR ".join(f"w{number}" for number in range(10000)))
    assert all(line.startswith("* error: ") for line in ann.answers())
    ann.send("/search drop table")
    assert any("nobody's DROP TABLE events here" in line for line in ann.answers())
    ann.send("/search words")
    assert any("plain words" in line for line in ann.answers())
    ann.send("/history 10")
    shown = "\n".join(ann.answers())
    assert all(text in shown for text in texts)
