"""Connections that are cut, come all at once, or send without end (THREATS 48, 75, 81)."""

import asyncio
import base64
import json
import os
import secrets
import socket
import time

from client import PATIENCE, SLOW
from test_json import QUICK, Peer, play
from test_threats import Canary

LONG = "PARLANCE_LONG" in os.environ


class RawPeer:
    """A JSON client over its own bytes, which ends after so many of the server's."""

    def __init__(self, port, name, token, cursor, bytes_max=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.left = bytes_max
        self.unread = b""
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.send(type="hello", name=name, token=token, rooms=[cursor])

    def send(self, **message):
        payload = json.dumps(message).encode()
        mask = b"\1\2\3\4"
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(
            payload
        ).to_bytes(2, "big")
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(b"\x81" + size + mask + masked)

    def more(self):
        """False: it was cut, or the server was."""
        size = 4096 if self.left is None else min(4096, self.left)
        some = self.socket.recv(size) if size else b""
        self.unread += some
        if self.left is not None:
            self.left -= len(some)
        return bool(some)

    def messages(self):
        """What came whole, until it is cut."""
        while b"\r\n\r\n" not in self.unread:
            if not self.more():
                return
        self.unread = self.unread.split(b"\r\n\r\n", 1)[1]
        while True:
            while len(self.unread) < 2 or len(self.unread) < self.frame_size():
                if not self.more():
                    return
            size = self.frame_size()
            frame, self.unread = self.unread[:size], self.unread[size:]
            if frame[0] == 0x81:
                yield json.loads(frame[4 if frame[1] == 126 else 2 :])

    def frame_size(self):
        if self.unread[1] < 126:
            return 2 + self.unread[1]
        if self.unread[1] == 126:
            return 4 + int.from_bytes(self.unread[2:4], "big")
        return 1 << 62

    def close(self):
        self.socket.close()


def read_on(peer, cursor, texts, wanted):
    """Takes what comes whole; True where all is there."""
    for message in peer.messages():
        event = message.get("event", message)
        if event["type"] == "message" and event["room"] == cursor["room"]:
            texts.append(event["text"])
            cursor["seq"] = event["seq"]
            if len(texts) == wanted:
                return True
    return False


def test_t075_a_session_cut_at_any_byte_resumes_without_gap_or_double(serve):
    server = serve({"web": {}, "line": {}}, QUICK)

    async def cursor_of():
        async with Peer(server) as peer:
            await peer.send(type="hello", name="first")
            room = (await peer.until("entered"))["room"]
            return {"room": room["id"], "epoch": room["epoch"], "seq": room["seq"]}

    begin = play(cursor_of())
    alice = server.line("alice")
    said = [f"message {i}" for i in range(20)]
    for text in said:
        alice.say(text)
    token = secrets.token_hex(16)
    last = dict(begin)
    whole, texts = RawPeer(server.ports["web"], "ann", token, dict(begin)), []
    assert read_on(whole, last, texts, len(said)) and texts == said
    whole.close()
    size = 6000
    cuts = range(1, size, 1 if LONG else size // 40)
    for cut in cuts:
        cursor, texts = dict(begin), []
        peer = RawPeer(server.ports["web"], "ann", token, cursor, cut)
        done = read_on(peer, cursor, texts, len(said))
        peer.close()
        if not done:
            again = RawPeer(server.ports["web"], "ann", token, cursor)
            assert read_on(again, cursor, texts, len(said)), (cut, texts)
            again.close()
        assert texts == said, cut


def test_t081_everybody_comes_back_at_once(serve):
    count = int((2000 if LONG else 200) / min(SLOW, 4))
    server = serve({"web": {}}, QUICK)
    tokens = [secrets.token_hex(16) for _ in range(count)]

    async def come(i, peers):
        peer = Peer(server)
        await peer.__aenter__()
        await peer.send(type="hello", name=f"person{i}", token=tokens[i])
        await peer.until("welcome")
        peers.append(peer)

    async def all_come():
        peers = []
        began = time.monotonic()
        await asyncio.gather(*(come(i, peers) for i in range(count)))
        for peer in peers:
            await peer.socket.close()
        return time.monotonic() - began

    asyncio.run(asyncio.wait_for(all_come(), 60))
    server.restart()
    assert asyncio.run(asyncio.wait_for(all_come(), 60)) < 60


def test_t048_a_flood_passes_at_the_rate_and_disturbs_nobody(make):
    throttle = {"exempt": ["127.0.0.1"], "commands_per_second": 5, "burst": 10}
    server = make({"line": {}}, sections={"throttle": throttle})
    server.start()
    canary = Canary(server)
    bob = server.line("bob")
    flood = socket.create_connection(
        ("127.0.0.1", server.ports["line"]), source_address=("127.7.7.7", 0), timeout=PATIENCE
    )
    began = time.monotonic()
    flood.sendall(b"mallory\n" + b"".join(b"flood %d\n" % i for i in range(2000)))
    heard = []
    while time.monotonic() - began < 2:
        canary.sings()
        try:
            heard.append(bob.line_bytes(0.1))
        except AssertionError:
            pass  # none came so soon
    heard = [line for line in heard if b"flood" in line]
    passed = time.monotonic() - began
    assert 1 <= len(heard) <= 10 + 5 * (passed + 1), len(heard)
    order = [int(line.split()[-1]) for line in heard]
    assert order == list(range(len(order)))
    flood.close()


def test_t048_who_goes_on_above_the_rate_is_closed(make):
    throttle = {"exempt": [], "commands_per_second": 20, "burst": 1, "flood_seconds": 1}
    server = make({"line": {}, "irc": {}}, sections={"throttle": throttle})
    server.start()
    quiet = server.line("bob")
    for title, hello in (("line", b"mallory\n"), ("irc", b"NICK eve\r\nUSER e 0 * :e\r\n")):
        flood = socket.create_connection(("127.0.0.1", server.ports[title]), timeout=PATIENCE)
        flood.sendall(hello)
        flood.sendall(b"".join(b"PING %d\r\n" % i for i in range(2000)))
        said = b""
        while b"went on sending more" not in said:
            more = flood.recv(65536)
            assert more, said[-300:]
            said += more
        flood.close()
    quiet.say("I was slow enough")


def test_t048_who_is_held_back_for_a_moment_is_not_closed(make):
    throttle = {"exempt": [], "commands_per_second": 20, "burst": 1, "flood_seconds": 1}
    server = make({"line": {}}, sections={"throttle": throttle})
    server.start()
    hasty = server.line("hasty")
    began = time.monotonic()
    while time.monotonic() - began < 2.5:  # the last of three waits 0.1 s, the next second or not
        hasty.send("\0", "\0", "\0")
        for _ in range(3):
            hasty.expect_refused("invalid character")
        time.sleep(0.06)
