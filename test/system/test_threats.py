"""Strangers who come, go, wait or do not read, and a machine that misbehaves (THREATS; each test is
named by its row)."""

import os
import random
import resource
import signal
import socket
import time

import pytest

from client import LONG, PATIENCE, SLOW
from server import Canary, free_port

release_only = pytest.mark.release_only
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def test_t001_who_says_nothing_is_closed_in_time(serve):
    server = serve(sections={"timeouts": {"registration_seconds": 1}})
    talker, anna = server.line("talker"), server.friendly()
    silent = {title: server.connect(title) for title in ("line", "pipe", "dollar", "auto")}
    half = server.connect("line")
    half.send_bytes(b"Please enter your username:"[:3])
    begin = time.monotonic()
    assert b"* error: " in silent["line"].read_to_end()
    assert time.monotonic() - begin < 3 * SLOW
    assert silent["pipe"].read_to_end().startswith(b"400|0|0|")
    assert b"$$error: " in silent["dollar"].read_to_end()
    silent["auto"].read_to_end()
    half.read_to_end()
    talker.expect(f"{anna.name} has joined the chat")
    talker.sync()
    anna.say("not cut for silence")


@release_only
def test_t001_thousands_who_say_nothing_cost_little_and_disturb_nobody(server):
    canary, count = Canary(server), 10000 if LONG else 1000
    warm = [server.connect("line") for _ in range(100)]
    for client in warm:
        client.expect(client.greeting)
    before = server.status("VmRSS")
    for number in range(count):
        server.connect("line")
        if number % 100 == 0:
            canary.sings()
    for client in server.clients[-count:]:
        client.expect(client.greeting)
    canary.sings()
    grown = (server.status("VmRSS") - before) * 1024 / count
    print(f"{grown:.0f} bytes each, the canary waited {canary.slowest * 1000:.1f} ms")
    assert grown <= 4096


def nearly_full(server, free):
    """Leaves so many descriptors to a server that runs."""
    limits = (server.open_files() + free, hard)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, limits)


def wait_for_room(server):
    """Until a newcomer is let in and heard."""

    def is_open_again():
        try:
            newcomer = server.connect("line")
            newcomer.line_bytes(0.3 * SLOW)
            newcomer.send("newcomer")
            newcomer.sync()
            return True
        except (AssertionError, ConnectionError):
            return False

    server.wait_for(is_open_again, "free descriptors")


@pytest.mark.parametrize("moment", ["at the start", "while it runs"])
def test_t005_without_free_descriptors_newcomers_are_told_and_nothing_spins(make, moment):
    server = make(sections={"server": {"workers": 2}})
    if moment == "at the start":
        server.wrap = ["prlimit", "--nofile=64:64"]
    server.start()
    canary = Canary(server)
    if moment == "while it runs":
        nearly_full(server, 10)
    crowd = [server.connect("line") for _ in range(80)]
    turned_away = 0
    for client in crowd:
        try:
            first = client.line_bytes(0.3 * SLOW)
            turned_away += b"full" in first
        except (AssertionError, ConnectionError):
            turned_away += 1
    assert turned_away >= 16
    canary.sings()
    before = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - before < 0.05 * SLOW
    canary.client.say("still stored")
    canary.sings()
    for client in crowd:
        client.close()

    wait_for_room(server)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_t005_a_storm_of_newcomers_without_descriptors_does_not_spin(serve, workers):
    server = serve(sections={"server": {"workers": workers}})
    canary = Canary(server)
    nearly_full(server, 10)
    storm = []
    for _ in range(10):
        for _ in range(50):
            storm.append(socket.socket())
            storm[-1].setblocking(False)
            storm[-1].connect_ex(("127.0.0.1", server.ports["line"]))
        time.sleep(0.05)
    before = server.cpu_seconds()
    time.sleep(1)
    assert server.cpu_seconds() - before < 0.05 * SLOW
    canary.sings()
    for newcomer in storm:
        newcomer.close()
    wait_for_room(server)


def test_t005_a_reload_without_descriptors_is_refused_and_nobody_is_cut(server):
    alice = server.line("alice")
    time.sleep(0.1)
    for free in range(6):
        nearly_full(server, free)
        server.ports["new"] = free_port()
        server.listeners["new"] = {"dialect": "line"}
        server.write_config()
        server.signal(signal.SIGHUP)
        time.sleep(0.2 * SLOW)
        alice.sync()


@pytest.mark.parametrize("begin", ["G", "GE", "P", "NI", "1", "100|", "re", "reg"])
def test_t012_half_a_word_decides_nothing_however_late_the_rest_is(serve, begin):
    server = serve({"auto": {"auto_wait_ms": 50}, "line": {}})
    alice = server.line("alice")
    client = server.connect("auto")
    client.send_bytes(begin.encode())
    client.expect("Please enter your username:")
    rests = {"1": "00|7|hello", "100|": "7|hello", "re": "g$dora", "reg": "$dora"}
    rest = rests.get(begin, "inger")
    client.send(rest)
    if "|" in begin + rest:
        client.eol = "\n"
        client.expect("100|7|hello")
    elif "$" in rest:
        client.eol = "\n"
        client.expect(client.address)
    else:
        alice.expect(f"{begin}inger has joined the chat")


def test_t012_a_request_after_the_prompt_is_closed(serve):
    server = serve({"auto": {"auto_wait_ms": 50}, "line": {}})
    alice, web = server.line("alice"), server.connect("auto")
    web.send_bytes(b"G")
    web.expect("Please enter your username:")
    web.send_bytes(b"ET / HTTP/1.1\r\nHost: x\r\n\r\nevil\r\n")
    web.expect_closed()
    alice.sync()


@release_only
def test_t028_who_comes_and_goes_leaves_nothing_behind(server):
    canary = Canary(server)

    def come_and_go(count):
        for number in range(count):
            client = server.connect(("line", "friendly", "pipe", "dollar", "auto")[number % 5])
            if number % 2:
                client.send_bytes(b"10")
            client.reset()
            server.clients.pop()
            if number % 500 == 0:
                canary.sings()

    for _ in range(100 if LONG else 12):  # until every row of every table has been used
        files, size = server.open_files(), server.status("VmRSS")
        come_and_go(10000 if LONG else 6000)
        canary.sings()
        server.wait_for(lambda: server.open_files() <= max(files, 60), "closed descriptors")
        grown = server.status("VmRSS") - size
        if grown == 0 and not LONG:
            break
    assert grown < 100, f"{grown} kB more"


def test_t029_a_reset_in_any_state_frees_the_slot(server):
    canary, alice = Canary(server), server.line("alice")
    begin = [
        b"",
        b"a",
        b"mallory\n",
        b"mallory\nhello\n/hist",
        b"mallory\n/who\n/history\n",
        b"mallory\n" + b"x" * 9000,
    ]
    for number in range(10**5 if LONG else 300):
        client = server.connect("line")
        client.send_bytes(random.choice(begin))
        if random.random() < 0.3:
            time.sleep(random.random() * 0.005)
        if random.random() < 0.2:
            client.half_close()
        client.reset()
        server.clients.pop()
        if number % 20 == 0:
            canary.sings()

    def only_alice_is_left():
        alice.send("/who")
        return "mallory" not in alice.answers()[-1]

    server.wait_for(only_alice_is_left, "the others to be gone")
    server.line("mallory")
    canary.sings()


def test_t029_a_reset_while_much_is_being_written(server):
    canary, alice = Canary(server), server.line("alice")
    deaf = [server.connect("line", receive_buffer=4096) for _ in range(10)]
    for number, client in enumerate(deaf):
        client.enter(f"deaf{number}")
    alice.send_bytes(b"".join(b"x" * 1000 + b"\n" for _ in range(300)))
    for client in deaf:
        canary.sings()
        client.reset()
    deadline = time.monotonic() + PATIENCE
    gone = 0
    while gone < 10:
        gone += alice.line(max(0.01, deadline - time.monotonic())).endswith("has left the chat")


def test_t050_a_slow_reader_is_cut_and_finds_all_in_the_history(serve):
    limits = {"outbox_soft": 32768, "outbox_hard": 65536}
    server = serve(sections={"limits": limits, "history": {"max_messages": 100000}})
    canary, alice = Canary(server), server.line("alice")
    bob = server.line("bob")
    deaf = server.connect("line", receive_buffer=4096)
    deaf.enter("deaf")
    alice.expect("bob has joined the chat", "deaf has joined the chat")
    bob.expect("deaf has joined the chat")
    count = 0
    while True:
        alice.send(*(f"{number} {'x' * 1000}" for number in range(count, count + 100)))
        for number in range(count, count + 100):
            line = bob.line()
            if line == "deaf has left the chat":
                line = bob.line()
            assert line.startswith(f"alice: {number} x")
        count += 100
        canary.sings()
        if "deaf has left the chat" in alice.answers():
            break
        assert count < 20000, "never cut"
    server.wait_for_log("slow")
    rest = deaf.read_to_end().decode().split("\r\n")[:-1]
    seen = [int(line.split()[1]) for line in rest if line.startswith("alice: ")]
    assert seen == list(range(len(seen))), "thinned"
    again = server.connect("line")
    again.enter("deaf")
    again.send("/history 100000")
    for number in range(count):
        while not (line := again.line()).startswith("alice: "):
            pass
        assert line.startswith(f"alice: {number} x")


def test_t050_a_reader_above_the_soft_limit_has_a_while_to_catch_up(serve):
    limits = {"outbox_soft": 4096, "outbox_soft_seconds": 1, "outbox_hard": 100000000}
    server = serve({"line": {}}, {"limits": limits})
    alice = server.line("alice")
    deaf = server.connect("line", receive_buffer=4096)
    deaf.enter("deaf")
    alice.expect("deaf has joined the chat")
    begin = time.monotonic()
    for _ in range(8):
        alice.send(*["x" * 1000] * 1000)
    alice.expect("deaf has left the chat")
    assert 0.5 < time.monotonic() - begin < 4 * SLOW


@release_only
def test_t051_a_crowd_of_slow_readers_shares_what_it_has_not_read(serve):
    limits = {"outbox_hard": 100000000, "outbox_soft": 0}
    server = serve({"line": {"announce": False}}, {"limits": limits})
    alice, bob = server.line("alice"), server.line("bob")
    count = 1000 if LONG else 200
    for number in range(count):
        server.connect("line", receive_buffer=4096).enter(f"deaf{number}")
    before = server.status("VmRSS")
    size = 0
    for number in range(100):
        alice.send(*["x" * 1000] * 100)
        bob.expect(*["alice: " + "x" * 1000] * 100)
        size += 100 * 1009
    grown = (server.status("VmRSS") - before) * 1024
    print(f"{count} readers left {size} bytes unread; memory grew by {grown}")
    assert grown < 2 * size + 64 * 10000 * count


def test_t087_a_storm_of_signals_changes_nothing(server):
    canary = Canary(server)
    storm = (signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE, signal.SIGCHLD)
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    for number in range(200):
        server.signal(random.choice(storm))
        alice.say(f"line {number}")
        bob.expect(f"alice: line {number}")
        if number % 10 == 0:
            canary.sings()
    assert server.stop() < 5


@pytest.mark.parametrize("seconds", [315576000, -3600, 2**31 - 1800000000, 4102444800])
def test_t094_a_clock_that_jumps_changes_no_order_and_cuts_nobody(faulty, seconds):
    alice, phone = faulty.line("alice"), faulty.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    for number in range(20):
        faulty.faults(clock_s=seconds * (number % 3))
        phone.say(f"line {number}")
        alice.expect(f"client-7: line {number}")
    faulty.faults(clock_s=-100)
    faulty.restart()
    phone = faulty.pipe(7, "after")
    phone.send("107|7|lobby|100")
    times = []
    for text in ("hi", *(f"line {number}" for number in range(20)), "after"):
        seq = len(times) + 1
        times.append(int(phone.expect_match(rf"107\|7\|[0-9]+\|{seq}\|([0-9]+)\|{text}")[1]))
    phone.expect("107|0|end")
    assert times == sorted(times)


@pytest.mark.parametrize("kind", ["full", "closed", "nobody reads it"])
def test_t098_without_a_log_the_chat_goes_on(make, kind):
    server = make(sections={"log": {"level": "debug"}})
    reading, writing = os.pipe()
    if kind == "full":
        server.stderr = open("/dev/full", "wb")
    elif kind == "closed":
        server.wrap = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
    else:
        server.stderr = writing
    server.start()
    canary = Canary(server)
    for number in range(200):
        person = server.line(f"person{number}")
        person.send("/quit")
        person.expect_closed()
        if number % 20 == 0:
            canary.sings()
    alice, bob = server.line("alice"), server.line("bob")
    alice.say("hello")
    bob.expect("alice: hello")
    if kind == "nobody reads it":
        os.close(reading)
        alice.say("still here")
        bob.expect("alice: still here")
    assert server.stop() < 5
    os.close(writing)
