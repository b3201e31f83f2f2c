"""IRC over WebSocket (ircv3.net/specs/extensions/websocket), with a client of somebody else's."""

import asyncio
import socket

import pytest
import websockets

from client import PATIENCE


@pytest.fixture
def server(serve):
    return serve({"web": {}, "auto": {}, "line": {}})


def play(script):
    return asyncio.run(asyncio.wait_for(script, 4 * PATIENCE))


def open_irc(server, title="web", protocol="text.ircv3.net", **options):
    return websockets.connect(
        f"ws://127.0.0.1:{server.ports[title]}/irc", subprotocols=[protocol], **options
    )


async def enter(peer, nick):
    await peer.send(f"NICK {nick}")
    await peer.send(f"USER {nick} 0 * :{nick}\r\n")  # its end is allowed
    await until(peer, " 422 ")
    await peer.send("JOIN #lobby")
    return await until(peer, " 366 ")


async def until(peer, part):
    while True:
        line = await peer.recv()
        text = line.decode() if isinstance(line, bytes) else line
        assert "\r" not in text and "\n" not in text
        if part in text:
            return line


def test_each_line_is_a_message_and_people_meet(server):
    bob = server.line("bob")

    async def script():
        async with open_irc(server) as ian, open_irc(server, "auto", "binary.ircv3.net") as eve:
            await enter(ian, "ian")
            end = await enter(eve, "eve")
            assert isinstance(end, bytes)
            await ian.send("PRIVMSG #lobby :" + "é" * 200)
            assert "é" * 200 in (await until(eve, "PRIVMSG")).decode()
            bob.send("two words")
            assert (await until(ian, "two")) == ":bob!bob@parlance PRIVMSG #lobby :two words"

    play(script())
    lines = [bob.line() for _ in range(3)]
    assert lines[:2] == ["ian has joined the chat", "eve has joined the chat"]
    assert lines[2] == "ian: " + "é" * 200


def test_pings_fragments_and_the_end(server):
    async def script():
        async with open_irc(server, ping_interval=None) as ian:
            await (await ian.ping(b"hello"))
            await enter(ian, "ian")
            await ian.send(["PING ", "one", "two"])
            assert (await until(ian, "PONG")).endswith(":onetwo")
            await ian.send("QUIT :bye")
            with pytest.raises(websockets.ConnectionClosedOK):
                while True:
                    await ian.recv()
            assert ian.close_code == 1000

    play(script())


def test_what_is_not_one_line_is_refused(server):
    async def script():
        async with open_irc(server) as ian:
            await enter(ian, "ian")
            await ian.send("PRIVMSG #lobby :x\nQUIT")
            await ian.send("PING still-here")
            await until(ian, "still-here")
            await ian.send("PRIVMSG #lobby :" + "x" * 600)
            await until(ian, " 417 ")

    play(script())


def test_a_message_that_is_too_big_and_text_that_is_none_end_it(server):
    async def script(message, code):
        async with open_irc(server, protocol="binary.ircv3.net") as ian:
            await ian.send(message)
            with pytest.raises(websockets.ConnectionClosedError):
                await ian.recv()
            assert ian.close_code == code

    play(script("x" * 100000, 1009))


def test_who_may_begin_one(server):
    async def script(title, **options):
        async with open_irc(server, title, **options):
            pass

    port = server.ports["web"]
    play(script("web", origin=f"http://127.0.0.1:{port}"))
    for options in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"protocol": "chat"},
    ):
        with pytest.raises(websockets.InvalidStatusCode):
            play(script("web", **options))


def test_what_follows_the_request_at_once_is_its_first_frame(server):
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    head = (
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"{key}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n\r\n"
    )
    text = b"PING abc"
    frame = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
    with socket.create_connection(("127.0.0.1", server.ports["auto"]), timeout=PATIENCE) as raw:
        raw.sendall(head.encode() + frame)
        answer = b""
        while b"abc" not in answer:
            more = raw.recv(4096)
            assert more
            answer += more
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"\r\n\r\n\x81" in answer
