"""Bytes of strangers, and what must come of them (THREATS; each test is named by its row)."""

import random
import re
import time

import pytest

from client import LONG, SLOW, plain
from server import Canary

release_only = pytest.mark.release_only


def people(server):
    """One of each dialect, in the lobby, with nothing unread."""
    alice, anna, phone, dora = (
        server.line("alice"),
        server.friendly(),
        server.pipe(7),
        server.dollar("dora"),
    )
    dora.join("lobby")
    anna.expect("hi")
    for _ in range(4):
        alice.line()
    return alice, anna, phone, dora


def framed(client, text):
    """A line that says `text` in the lobby."""
    begins = {"Pipe": "100|7|", "Dollar": f"send_msg${client.address}$lobby$"}
    return begins.get(type(client).__name__, "").encode() + text + b"\n"


def enter_any(client):
    client.enter(*{"Friendly": (), "Pipe": (7,)}.get(type(client).__name__, ("mallory",)))


@pytest.mark.parametrize("title", ["line", "friendly", "pipe", "dollar", "auto"])
def test_t006_one_long_line_is_refused_once_and_the_connection_stays(server, title):
    canary = Canary(server)
    client = server.connect(title)
    enter_any(client)
    before, piece = server.status("VmRSS"), b"x" * 65536
    for _ in range(16384 if LONG else 160):  # 1 GiB or 10 MiB
        client.send_bytes(piece)
    canary.sings()
    client.expect_refused("8192")
    client.send_bytes(b"\n")
    client.sync()
    grown = server.status("VmRSS") - before
    assert SLOW > 1 or grown < 4096, f"{grown} kB"  # of 10 MiB; other work goes on meanwhile
    client.send_bytes(framed(client, b"fine"))


def test_t006_the_longest_line_that_fits_is_taken(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    for size in (8191, 8192):
        bob.say("x" * size)
        alice.expect("bob: " + "x" * size)
    for size in (8193, 8194, 16385):
        bob.say("x" * size)
        bob.expect_refused("8192")
    bob.send_bytes(b"y" * 8192 + b"\r\n")
    alice.expect("bob: " + "y" * 8192)


def test_t006_a_long_first_line_is_no_name(server):
    alice = server.line("alice")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send("b" * 10000)
    bob.expect_refused("8192")
    bob.greeting = None
    bob.enter("bob")
    alice.expect("bob has joined the chat")


@pytest.mark.parametrize("title", ["line", "friendly", "pipe", "dollar"])
@pytest.mark.parametrize("empty", [b"\n", b"\r\n"])
def test_t007_a_million_empty_lines_bring_no_byte(server, title, empty):
    canary, client = Canary(server), server.connect(title)
    enter_any(client)
    some = empty * 10000
    for _ in range(100):
        client.send_bytes(some)
    canary.sings()
    client.sync()


def test_t007_a_million_lone_cr_are_one_long_line(server):
    canary, alice = Canary(server), server.line("alice")
    for _ in range(100):
        alice.send_bytes(b"\r" * 10000)
    canary.sings()
    alice.send_bytes(b"\n")
    alice.expect_refused()
    alice.sync()


@pytest.mark.parametrize("text", [b"a\0b", b"\0", b"a\rb", b"\rb", b"a\r", b"a\0\r\nb", b"\r\r"])
def test_t008_nul_and_bare_cr_are_refused_in_every_dialect_and_never_relayed(server, text):
    everybody = people(server)
    for client in everybody:
        wrong = framed(client, text)
        if text == b"a\r":
            wrong = framed(client, text + b"\r")  # one CR before LF belongs to the line's end
        if b"\n" in text:
            wrong = framed(client, text.split(b"\n")[0][:-1])
        client.send_bytes(wrong)
        client.expect_refused("invalid character")
        for other in everybody:
            other.sync()


INVALID = [
    b"\xc0\xaf",
    b"\xc1\xbf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xfe",
    b"\x80",
    b"\xbf",
    b"\xc3",
    b"\xe2\x82",
    b"\xf0\x9f\x98",
    b"\xc3(",
    b"\xe2(\xa1",
    b"\x9b31m",
]


@pytest.mark.parametrize("text", INVALID)
def test_t009_invalid_utf_8_is_refused_in_every_dialect_and_not_stored(server, text):
    everybody = people(server)
    for client in everybody:
        client.send_bytes(framed(client, b"x" + text))
        client.expect_refused("UTF-8")
        client.send_bytes(framed(client, text + b"x"))
        client.expect_refused("UTF-8")
    for client in everybody:
        client.sync()
    everybody[2].send("107|7|lobby")
    everybody[2].expect_match(r"107\|7\|.*\|hi")
    everybody[2].expect("107|0|end")


def random_line():
    """Bytes that are often nearly UTF-8; no line end, NUL or telnet command among them."""
    pieces = (
        lambda: bytes([random.randrange(0x20, 0x7F)]),
        lambda: bytes([random.randrange(0x80, 0xFF)]),
        lambda: chr(random.randrange(0xA0, 0xD800)).encode(),
        lambda: chr(random.randrange(0xE000, 0x110000)).encode(),
        lambda: random.choice(INVALID),
    )
    return b"".join(random.choice(pieces)() for _ in range(random.randrange(1, 5)))


def is_utf8(some):
    try:
        some.decode()
        return True
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("title", ["line", "friendly", "pipe", "dollar"])
def test_t009_every_dialect_judges_utf_8_as_the_reference_does(server, title):
    watcher, client = server.pipe(9), server.connect(title)
    enter_any(client)
    if title == "dollar":
        client.join("lobby")
    watcher.answers()
    for begin in range(0, 10**6 if LONG else 2000, 500):
        lines = [b"%d " % (begin + number) + random_line() for number in range(500)]
        client.send_bytes(b"".join(framed(client, line) for line in lines))
        refused = [line for line in client.answers() if "UTF-8" in line]
        good = [line.split()[0].decode() for line in lines if is_utf8(line)]
        assert len(refused) == len(lines) - len(good)
        assert [re.match(r"100\|[0-9]+\|([0-9]+) ", line)[1] for line in watcher.answers()] == good


@pytest.mark.parametrize(
    "first",
    [
        "POST / HTTP/1.1",
        "GET / HTTP/1.1",
        "GET /",
        "Host: 127.0.0.1",
        "HEAD / HTTP/1.0",
        "OPTIONS * HTTP/1.1",
    ],
)
@pytest.mark.parametrize("title", ["line", "friendly", "pipe", "dollar"])
def test_t010_a_request_is_closed_at_its_first_line_and_no_later_line_is_run(server, title, first):
    alice = server.line("alice")
    web = server.connect(title)
    body = "evil\nhello\n100|7|hello\nreg$evil\n/join evil\nNICK x\nUSER x x x x\n"
    head = f"{first}\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    web.send_bytes((head + body).encode())
    rest = web.read_to_end()
    assert b"hello" not in rest and b"evil" not in rest
    alice.send("/rooms")
    moves = re.compile(".* has (joined|left) the chat")  # of a friendly one who was closed
    seen = [line for line in alice.answers() if not moves.fullmatch(line)]
    assert len(seen) == 1, seen  # the lobby


def test_t010_a_word_that_only_looks_like_a_method_is_a_line(server):
    alice, anna = server.line("alice"), server.friendly()
    alice.expect(f"{anna.name} has joined the chat")
    for text in ("GETTING tea", "post something", "Hosting a party", "get / http"):
        anna.say(text)
        alice.expect(f"{anna.name}: {text}")
    anna.say("GET / HTTP/1.1")  # not the first line any more
    alice.expect(f"{anna.name}: GET / HTTP/1.1")


IAC, DONT, DO, WONT, WILL, SB, SE = b"\xff", b"\xfe", b"\xfd", b"\xfc", b"\xfb", b"\xfa", b"\xf0"


def test_t030_telnet_options_are_refused_once_each(server):
    alice = server.line("alice")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    for _ in range(3):
        bob.send_bytes(IAC + DO + b"\x01" + IAC + WILL + b"\x1f")
        bob.send_bytes(IAC + WONT + b"\x05" + IAC + DONT + b"\x06")
    bob.expect_bytes(IAC + WONT + b"\x01" + IAC + DONT + b"\x1f")
    bob.expect_nothing()
    bob.greeting = None
    bob.enter("bob")
    alice.expect("bob has joined the chat")


def test_t030_commands_in_a_text_vanish_wherever_they_are_cut(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    option = IAC + SB + b"\x18\x00xterm" + IAC + SE
    text = b"he" + option + b"ll" + IAC + b"\xf1" + b"o" + IAC + DO + b"\x03\n"
    for cut in range(1, len(text)):
        bob.send_bytes(text[:cut])
        time.sleep(0.002)
        bob.send_bytes(text[cut:])
        alice.expect("bob: hello")


def test_t030_a_suboption_that_never_ends_holds_nothing(server):
    canary, alice = Canary(server), server.line("alice")
    before = server.status("VmRSS")
    alice.send_bytes(IAC + SB + b"\x18")
    for _ in range(160):
        alice.send_bytes(b"x" * 65536)
    canary.sings()
    alice.send_bytes(IAC + SE)
    alice.sync()
    assert SLOW > 1 or server.status("VmRSS") - before < 1024


def test_t030_a_million_negotiations_are_answered_512_times_at_most(server):
    canary, alice = Canary(server), server.line("alice")
    every = b"".join(IAC + verb + bytes([option]) for option in range(255) for verb in (DO, WILL))
    for _ in range(10**6 // 510):
        alice.send_bytes(every)
    canary.sings()
    alice.send_bytes(b"\0\n")
    answers = b""
    while b"invalid character" not in answers:
        answers += alice.receive()
    assert answers.count(IAC) <= 512


ESCAPES = [
    "\x1b]0;pwn\a",
    "\x1b]52;c;cHdu\a",
    "\x1b[6n\x1b[c",
    "\x1bPq\x1b\\",
    "\x1b[2J\x1b[31m",
    "\x08\x08\x7f\x0b\x0c",
    "\x9b31m\x80\x85\x9c",
    "a\tb",
]


def shown(text):
    """As the contract has it: pictures for C0 and DEL, U+FFFD for C1, TAB as it is."""
    return "".join(
        c
        if c == "\t"
        else chr(0x2400 + ord(c))
        if c < " "
        else "\u2421"
        if c == "\x7f"
        else "\ufffd"
        if "\x80" <= c <= "\x9f"
        else c
        for c in text
    )


def is_safe(some):
    """No control that a person may have sent is in these bytes."""
    text = some.decode()
    return not any((c < " " and c not in "\t\r\n") or "\x7f" <= c <= "\x9f" for c in text)


@pytest.mark.parametrize("text", ESCAPES, ids=repr)
def test_t035_no_control_character_of_a_person_reaches_a_terminal(server, text):
    everybody = people(server)
    alice, anna, phone, dora = everybody
    for sender in everybody:
        sender.send_bytes(framed(sender, f"x{text}y".encode()))
        for reader in everybody:
            if reader is alice and sender is alice:
                continue
            line = reader.line_bytes()
            if reader is anna and sender is anna:
                line = own_colours_off(line)
            assert is_safe(line), line
            assert f"x{shown(text)}y".encode() in line
    alice.send("/history 10")
    for _ in range(5):
        assert is_safe(alice.line_bytes())


def own_colours_off(line):
    return plain(line.decode()).encode()


@release_only
def test_t035_random_texts_leave_as_the_contract_has_them(server):
    alice, phone = server.line("alice"), server.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    special = "\n\r\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"  # line ends, and the formats of IRC
    alphabet = [chr(c) for c in range(1, 0xA1) if chr(c) not in special] + ["\u20ac", "\U0001f600"]
    for _ in range(1000 if LONG else 1):
        texts = ["".join(random.choices(alphabet, k=random.randrange(20))) for _ in range(1000)]
        phone.send(*(f"100|7|<{text}>" for text in texts))
        for text in texts:
            alice.expect(f"client-7: <{shown(text)}>")
        phone.answers()


EVIL = "\x1b[31mevil\x9b\x07"


def test_t036_no_field_carries_a_control_character(make):
    server = make(sections={"log": {"level": "debug"}})
    server.start()
    everybody = alice, anna, phone, dora = people(server)
    for line in (
        f"/nick {EVIL}",
        f"/join {EVIL}",
        f"/who {EVIL}",
        f"/leave {EVIL}",
        f"/kick {EVIL}",
        f"/topic {EVIL}",
        "/topic",
        f"/away {EVIL}",
        f"/help {EVIL}",
        f"/history {EVIL}",
        f"/{EVIL}",
        f"/me {EVIL}",
        "/join cell",
        f"/topic {EVIL}",
        "/rooms",
        "/who cell",
        f"/login {EVIL} {EVIL}",
        f"/register {EVIL}",
    ):
        alice.send(line)
    for line in (
        f"101|7|{EVIL}",
        f"102|7|{EVIL}|1",
        f"103|7|{EVIL}",
        f"106|7|{EVIL}|x",
        f"107|7|lobby|{EVIL}",
        f"{EVIL}|7|x",
        f"100|{EVIL}|x",
        f"999|7|{EVIL}",
    ):
        phone.send(line)
    for line in (
        f"create_chan${dora.address}${EVIL}",
        f"join${dora.address}${EVIL}",
        f"join${EVIL}$lobby",
        f"{EVIL}$x",
        f"reg${EVIL}",
    ):
        dora.send(line)
    late = server.connect("line")
    late.send(EVIL, "/login x y", "late")
    late.send_bytes(b"\0\n")
    alice.send(f"/quit {EVIL}")
    for client in (phone, dora, anna):
        client.send_bytes(b"\0\n")
        client.half_close()
    late.half_close()
    for client in (*everybody, late):
        rest = client.read_to_end()
        assert is_safe(rest), rest
    server.stop()
    with open(server.log_path, "rb") as log:
        assert is_safe(log.read())


def test_t036_a_name_cannot_hold_a_control_character(server):
    for name in ("a\x1bb", "a\x07b", "a\x7fb", "a\x85b", "a\u202eb", "a\u200bb"):
        client = server.connect("line")
        client.expect(client.greeting)
        client.send(name)
        assert is_safe(client.expect_refused("not allowed").encode())


def test_t037_a_c1_control_in_two_pieces_does_not_come_together_again(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    bob.send_bytes(b"a\xc2")
    time.sleep(0.02)
    bob.send_bytes(b"\x9bb\n")
    alice.expect("bob: a\ufffdb")
    bob.send_bytes(b"a\xc2\n")
    bob.expect_refused("UTF-8")
    bob.send_bytes(b"\x9bb\n")
    bob.expect_refused("UTF-8")
    alice.sync()


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_t040_no_character_but_lf_ends_a_line(server, end):
    alice, bob = server.line("alice"), server.line("bob")
    alice.expect("bob has joined the chat")
    bob.say(f"one{end}/quit{end}alice: forged")
    line = alice.line_bytes()
    assert line.startswith(b"bob: one")
    assert line.endswith(b"alice: forged\r\n")
    bob.sync()
