"""What the network in between does, and what it makes of what is said (THREATS 59, 74, 76, 77)."""

import os
import random
import secrets
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from client import PATIENCE
from test_json import QUICK, Peer, play
from test_threats import Canary
from test_threats_net import RawPeer
from test_tls import Peer as SecurePeer
from test_tls import cert, context, secure  # noqa: F401: fixtures

release_only = pytest.mark.release_only


class Relay:
    """A wire to a port, which hands on each piece as `bend` makes it: a list of pieces, of which
    None cuts it."""

    def __init__(self, port, bend):
        self.port, self.bend = port, bend
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listening.getsockname()[1]
        self.sockets = [self.listening]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                near, _ = self.listening.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sockets += [near, far]
                for pair in ((near, far, "up"), (far, near, "down")):
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()
        except OSError:
            pass  # closed

    def carry(self, source, sink, way):
        try:
            while some := source.recv(65536):
                for piece in self.bend(way, some):
                    if piece is None:
                        raise OSError("cut")
                    sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, sink):
                end.close()

    def close(self):
        for end in self.sockets:
            end.close()


def test_t059_no_text_of_a_person_looks_like_the_servers_own_line(serve):
    """On a line dialect what a person said never begins where the server's own lines do."""
    server = serve({"line": {}, "friendly": {}, "auto": {}, "web": {}}, QUICK)
    fred = server.friendly()
    alice, watcher = server.line("alice"), server.line("watcher")
    forged = ["* bob is an operator now", "*** server: type your password", "[12:00] * root came in",
              "* error: log in again: /login NAME PASSWORD", "Please enter your username:"]
    for text in forged:
        alice.say(text)
        assert watcher.line() == f"alice: {text}"
        while text.encode() not in (line := fred.line_bytes()):
            pass
        assert not line.startswith(b"* "), line  # as its own news do

    async def script():
        async with Peer(server) as peer:
            await peer.hello("jane")
            await peer.ask(type="send", room=1, text="one\n* bob has left the chat\n* error: two")
            await peer.ask(type="send", room=1, text="* waves", kind="action")

    play(script())
    heard = [watcher.line() for _ in range(6)]
    assert heard[0] == "jane has joined the chat" or heard[0].startswith("jane ")
    said = [line for line in heard if "bob has left" in line or "error: two" in line]
    assert len(said) == 2 and all(line.startswith("jane: ") for line in said), heard
    assert any(line.startswith("jane * waves") for line in heard), heard


def test_t074_bytes_one_by_one_are_heard_as_one_line(serve):
    server = serve({"line": {}, "irc": {}, "pipe": {}, "web": {}}, QUICK)
    relay = Relay(server.ports["irc"], lambda way, some: [bytes([byte]) for byte in some])
    watcher = server.line("watcher")
    slow = socket.create_connection(("127.0.0.1", relay.own_port), timeout=PATIENCE)
    slow.sendall(b"NICK ian\r\nUSER i 0 * :i\r\nJOIN #lobby\r\nPRIVMSG #lobby :in pieces\r\n")
    assert watcher.line() == "ian has joined the chat"
    assert watcher.line() == "ian: in pieces"
    relay.close()


def test_t074_an_acknowledgement_that_was_lost_makes_no_second_copy(serve):
    """The wire is cut after the message was stored and before its author is told."""
    server = serve({"line": {}, "web": {}}, QUICK)
    watcher = server.line("watcher")

    def bend(way, some):
        return [None] if way == "down" and b"once" in some else [some]

    relay = Relay(server.ports["web"], bend)
    token = secrets.token_hex(16)
    ask = {"type": "send", "room": 1, "text": "once", "client_id": "m1"}
    ann = RawPeer(relay.own_port, "ann", token, {"room": 1})
    ann.send(type="join", room="lobby")
    for message in ann.messages():
        if message["type"] == "entered":
            break
    ann.send(**ask)
    while watcher.line() != "ann: once":
        pass
    relay.close()
    ann.close()

    async def again():
        async with Peer(server) as peer:
            await peer.hello("ann", token=token, rooms=[{"room": 1}])
            answer = await peer.one(**ask)
            assert answer["type"] == "ack" and answer["again"], answer
            await peer.ask(type="send", room=1, text="the end")

    play(again())
    heard = []
    while not heard or heard[-1] != "ann: the end":
        heard.append(watcher.line())
    assert "ann: once" not in heard, heard


def test_t074_what_the_wire_makes_of_bytes_disturbs_nobody_else(secure, cert):  # noqa: F811
    """Each piece has one bit flipped: without TLS nonsense is read, through TLS nothing is."""
    rng = random.Random(74)

    def bend(way, some):
        at = rng.randrange(len(some))
        return [some[:at] + bytes([some[at] ^ 1 << rng.randrange(8)]) + some[at + 1 :]]

    canary = Canary(secure)
    for title in ("line", "safe", "irc"):
        relay = Relay(secure.ports[title], bend)
        for _ in range(8):
            peer = socket.create_connection(("127.0.0.1", relay.own_port), timeout=PATIENCE)
            try:
                if title != "line":
                    with pytest.raises(OSError):  # ssl.SSLError is one
                        context(cert[0]).wrap_socket(peer, server_hostname="chat.example")
                        raise AssertionError("a handshake with flipped bits was whole")
                else:
                    peer.sendall(b"mallory\n" + rng.randbytes(200) + b"\nsomething\n")
                    peer.recv(100)
            except (ConnectionError, socket.timeout):
                pass
            peer.close()
            canary.sings()
        relay.close()


VANISHING = """
import re, socket, subprocess, sys, time
port, patience = int(sys.argv[1]), float(sys.argv[2])
def come(name, source):
    peer = socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=patience)
    peer.sendall(name.encode() + b"\\n")
    return peer
def until(peer, words):
    said = b""
    while words not in said:
        more = peer.recv(4096)
        assert more, said
        said += more
bob = come("bob", "127.0.0.1")
until(bob, b"username")
ghost = come("ghost", "127.7.7.7")
until(bob, b"ghost has joined")
subprocess.run("ip route add blackhole 127.7.7.7/32 table local", shell=True, check=True)
began = time.monotonic()
until(bob, b"ghost has left")
print(time.monotonic() - began)
"""


def in_its_network(server, *words):
    """A command in the network namespace of the server."""
    enter = ["nsenter", "--preserve-credentials", "-U", "-n", "-t", str(server.pid)]
    return subprocess.run([*enter, *words], capture_output=True, text=True, timeout=60, check=False)


@release_only
def test_t076_who_vanished_without_a_word_is_found_out(make):
    """Nothing of one address is delivered any more, in either direction, and no end is told."""
    server = make({"line": {}}, sections={"timeouts": {"ping_seconds": 3}})
    server.wrap = ("unshare", "-r", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    server.spawn()
    server.wait_for_log("started")
    done = in_its_network(server, sys.executable, "-c", VANISHING, str(server.ports["line"]), "30")
    assert done.returncode == 0, done.stderr
    assert 1 < float(done.stdout) < 10, done.stdout


def test_t077_nothing_is_offered_that_somebody_in_the_middle_could_take_away(secure, cert):  # noqa: F811
    """No STARTTLS to be stripped; browsers are told to come back through TLS; a password that was
    said in the clear is refused."""
    ian = SecurePeer(secure.ports["irc"], cert[0])
    ian.send("CAP LS 302", "STARTTLS", "NICK ian", "USER i 0 * :i", "CAP END")
    offered = ian.until("CAP * LS")
    assert " tls" not in offered
    said = [ian.line()]
    while " 422 " not in said[-1]:
        said.append(ian.line())
    assert not any(" 670 " in line for line in said), said
    plain = socket.create_connection(("127.0.0.1", secure.ports["irc"]), timeout=PATIENCE)
    plain.sendall(b"CAP LS 302\r\nNICK eve\r\nUSER e 0 * :e\r\n")
    said = b""
    while more := plain.recv(4096):
        said += more
    assert b"this port needs TLS" in said and b"CAP" not in said, said
    bob = secure.line("bob")
    bob.send("/register a-secret", "/login bob a-secret")
    assert "encrypted" in bob.line() and "encrypted" in bob.line()


def test_t077_a_browser_is_told_to_come_back_through_tls(make, cert):  # noqa: F811
    server = make({"web": {"tls_cert": [cert[0]], "tls_key": [cert[1]]}, "line": {}, "plain": {
        "dialect": "web"}}, sections={"server": {"name": "chat.example"}})
    server.start()

    def head(peer):
        peer.sendall(b"GET / HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n\r\n")
        said = b""
        while more := peer.recv(65536):
            said += more
        return said.split(b"\r\n\r\n")[0].lower()

    raw = socket.create_connection(("127.0.0.1", server.ports["web"]), timeout=PATIENCE)
    assert b"strict-transport-security: max-age=" in head(
        context(cert[0]).wrap_socket(raw, server_hostname="chat.example")
    )
    plain = socket.create_connection(("127.0.0.1", server.ports["plain"]), timeout=PATIENCE)
    assert b"strict-transport" not in head(plain)
