"""The dialect `auto`: one port for every client (WIRE, `auto`)."""

import time

import pytest

from client import SLOW, Client

WAIT = 0.3  # seconds that a listener of these tests waits before it prompts
PROMPT = "Please enter your username:"


@pytest.fixture
def port(serve):
    """Connects to an `auto` listener; alice is there to see what comes of it."""
    server = serve({"auto": {"auto_wait_ms": int(WAIT * 1000 * SLOW)}, "line": {}})

    def connect(some=b""):
        client = Client(server.ports["auto"])
        server.clients.append(client)
        client.send_bytes(some)
        return client

    connect.server = server
    connect.alice = server.line("alice")
    return connect


def test_a_first_line_that_matches_nothing_is_a_nick(port):
    bob = port(b"bob\nhello\n")
    port.alice.expect("bob has joined the chat", "bob: hello")
    bob.sync()
    port.alice.say("hi")
    bob.expect_bytes(b"alice: hi\r\n")


def test_digits_and_bars_are_pipe(port):
    phone = port(b"100|7|hello\n")
    phone.expect("100|7|hello")
    port.alice.expect("client-7 has joined the chat", "client-7: hello")


def test_reg_is_dollar(port):
    dora = port(b"reg$dora\n")
    dora.expect("------Welcome to Txt Chat------", dora.address)


@pytest.mark.parametrize(
    "nick", "7 100 1234567890123 regina reg GETTER NICKY capo 100-7".split()
)
def test_what_only_begins_like_another_dialect_is_a_nick(port, nick):
    client = port()
    for byte in f"{nick}\n".encode():
        client.send_bytes(bytes([byte]))
    client.sync()
    port.alice.expect(f"{nick} has joined the chat")


@pytest.mark.parametrize(
    "line, joined",
    [
        (b"bob\n", "bob has joined the chat"),
        (b"100|7|hello\n", "client-7 has joined the chat"),
    ],
)
def test_a_word_in_pieces_is_the_same_word(port, line, joined):
    client = port()
    for byte in line:
        client.send_bytes(bytes([byte]))
        time.sleep(0.005)
    port.alice.expect(joined)


def test_reg_in_pieces_is_dollar(port):
    dora = port()
    for byte in b"reg$dora\n":
        dora.send_bytes(bytes([byte]))
        time.sleep(0.005)
    dora.expect("------Welcome to Txt Chat------", dora.address)


def test_the_silent_are_prompted_once_and_may_be_anybody(port):
    nick, phone, dora, web = port(), port(), port(), port()
    begin = time.monotonic()
    for client in (nick, phone, dora, web):
        client.expect_bytes(b"Please enter your username:\r\n")
    assert time.monotonic() - begin > WAIT / 2
    nick.expect_nothing(2 * WAIT)
    nick.send("bob")
    port.alice.expect("bob has joined the chat")
    phone.send("100|7|hello")
    phone.expect("100|7|hello")
    port.alice.expect("client-7 has joined the chat", "client-7: hello")
    dora.send("reg$dora")
    dora.expect(dora.address)
    web.send_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    web.expect_closed()
    port.alice.sync()


def test_half_a_line_before_the_prompt_decides_nothing(port):
    client = port(b"10")
    client.expect_bytes(b"Please enter your username:\r\n")
    client.send("0|7|hello")
    client.expect("100|7|hello")


def test_who_has_begun_is_not_asked_again(port):
    bob = port(b"bob\n")
    bob.expect_nothing(2 * WAIT * SLOW)


def test_a_line_client_sees_the_last_20_lines(port):
    reader = port.server.line("reader")
    port.alice.expect("reader has joined the chat")
    for number in range(1, 26):
        port.alice.say(f"line {number}")
    reader.expect(*(f"alice: line {number}" for number in range(1, 26)))
    bob = port(b"bob\n")
    for number in range(6, 26):
        bob.expect_bytes(f"alice: line {number}\r\n".encode())
    bob.sync()
    phone = port(b"100|7|hello\n")
    phone.expect("100|7|hello")
    phone.expect_nothing()


def test_a_refused_nick_may_be_tried_again(port):
    bob = port(b"alice\n")
    bob.expect_bytes(b"* error: ")
    assert "taken" in bob.line()
    bob.send("bob")
    port.alice.expect("bob has joined the chat")


def test_a_web_page_and_the_health_of_the_server(port):
    web = port(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    answer = web.read_to_end()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\n\r\n" in answer
    health = port(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert health.read_to_end().startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/9.9",
        b"GET",
        b"POST /",
        b"GET / HTTP/1.1\r\nbad header",
        b"\0GET / HTTP/1.1",
    ],
)
def test_no_line_of_what_looks_like_a_request_is_ever_run(port, head):
    body = b"evil\nhello\n100|7|hello\nreg$evil\n"
    web = port(head + b"\r\nHost: 127.0.0.1\r\nContent-Length: 40\r\n\r\n" + body)
    web.half_close()
    web.read_to_end()
    port.alice.sync()
