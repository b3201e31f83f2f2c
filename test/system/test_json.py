"""The JSON protocol (doc/protocol/json.md) over a WebSocket, with a client of somebody else's.
THREATS; such a test is named by its row."""

import asyncio
import json
import re
import time
import urllib.request
from pathlib import Path

import pytest
import websockets

from client import PATIENCE

QUICK = {"accounts": {"password_cost": "minimum"}, "throttle": {"enabled": False}}
DOCUMENT = Path(__file__).parents[2] / "doc" / "protocol" / "json.md"


@pytest.fixture
def server(serve):
    return serve({"web": {}, "auto": {}, "line": {}, "irc": {}}, QUICK)


def play(script):
    return asyncio.run(asyncio.wait_for(script, 6 * PATIENCE))


class Peer:
    """One connection; `ask` sends a message and returns its answers up to the last."""

    def __init__(self, server, title="web"):
        self.url = f"ws://127.0.0.1:{server.ports[title]}/ws"
        self.ref = 0
        self.socket = None

    async def __aenter__(self):
        self.socket = await websockets.connect(
            self.url, max_size=None, max_queue=None, close_timeout=1
        )
        self.server = await self.next()
        assert self.server["type"] == "server"
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def next(self, patience=PATIENCE):
        text = await asyncio.wait_for(self.socket.recv(), patience)
        assert isinstance(text, str)
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", text), text
        return json.loads(text)

    async def until(self, kind, **wanted):
        while True:
            message = await self.next()
            if message["type"] == kind and wanted.items() <= message.items():
                return message

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def ask(self, unasked=False, **message):
        """All answers that bear its ref, up to the pong behind them; or all that comes till then."""
        self.ref = self.ref % 65000 + 2
        await self.send(ref=self.ref, **message)
        await self.send(ref=self.ref + 1, type="ping")
        answers = []
        while True:
            answer = await self.next()
            if answer["type"] == "pong" and answer.get("ref") == self.ref + 1:
                return answers
            if unasked or answer.get("ref") == self.ref:
                answers.append(answer)

    async def one(self, **message):
        answers = await self.ask(**message)
        assert answers, message
        return answers[-1]

    async def hello(self, name, **more):
        answers = await self.ask(type="hello", name=name, **more)
        assert answers[0]["type"] == "welcome", answers
        return answers


async def account(server, name, **more):
    peer = await Peer(server).__aenter__()
    await peer.hello(name, password="swordfish", register=True, **more)
    return peer


def test_people_of_every_dialect_meet(server):
    bob = server.line("bob")

    async def script():
        async with Peer(server) as ann, Peer(server, "auto") as eve:
            await ann.hello("ann")
            await eve.hello("eve")
            ack = await ann.one(type="send", room="lobby", text="one\ntwo é", client_id="a-1")
            assert (ack["type"], ack["seq"], ack["again"]) == ("ack", 1, False)
            heard = await eve.until("message")
            assert heard["text"] == "one\ntwo é" and heard["from"]["name"] == "ann"
            again = await ann.one(type="send", room=1, text="one\ntwo é", client_id="a-1")
            assert (again["seq"], again["again"]) == (1, True)
            bob.send("hi")
            assert (await eve.until("message", text="hi"))["seq"] == 2

    play(script())
    lines = [bob.line() for _ in range(4)]
    assert lines[2:] == ["ann: one", "ann: two é"]


def test_what_was_missed_comes_once_and_in_order_over_a_kill(server):
    async def write(peer, texts):
        return [(await peer.one(type="send", room=1, text=text))["seq"] for text in texts]

    async def script():
        ann = await account(server, "ann")
        bob = await account(server, "bob")
        seqs = await write(ann, ["a", "b"])
        joined = (await bob.ask(type="join", room=1))[0]["room"]
        cursor = {"room": 1, "epoch": joined["epoch"], "seq": seqs[-1]}
        await bob.socket.close()
        seqs += await write(ann, ["c"])
        server.kill()
        server.start()
        async with Peer(server) as back, Peer(server) as ann:
            await ann.hello("ann", password="swordfish")
            seqs += await write(ann, ["d"])
            answers = await back.hello("bob", password="swordfish", rooms=[cursor])
            missed = [a["event"] for a in answers if a["type"] == "past"]
            assert [(m["seq"], m["text"]) for m in missed] == list(zip(seqs[2:], "cd"))
            assert answers[-1]["type"] == "caught_up" and answers[-1]["complete"]
            await write(ann, ["e"])
            live = await back.until("message")
            assert (live["seq"], live["text"]) == (seqs[-1] + 1, "e")

    play(script())


def test_a_guest_who_comes_back_with_her_token_is_the_same(server):
    async def script():
        token = "0123456789abcdef0123456789abcdef"
        async with Peer(server) as ann:
            await ann.hello("ann", token=token)
            first = await ann.one(type="send", room=1, text="x", client_id="1")
        async with Peer(server) as ann:
            await ann.hello("ann", token=token)
            again = await ann.one(type="send", room=1, text="x", client_id="1")
            assert (again["seq"], again["again"]) == (first["seq"], True)

    play(script())


def test_t032_before_hello_nothing_is_answered_at_length(server):
    async def script():
        async with Peer(server) as eve:
            assert len(json.dumps(eve.server)) <= 4096
            for kind in ("rooms", "members", "history", "search", "person", "audit"):
                message = {"type": kind, "room": 1, "name": "x", "text": "x"}
                takes = {"rooms": [], "members": ["room"], "history": ["room"],
                         "search": ["room", "text"], "person": ["name"], "audit": ["room"]}[kind]
                asked = {"type": kind, **{key: message[key] for key in takes}}
                answers = await eve.ask(**asked)
                assert [a["code"] for a in answers] == ["name_needed"], answers
            await eve.hello("eve")
            for i in range(3):
                await eve.one(type="send", room=1, text=f"{i}")
            answers = await eve.ask(type="history", room=1, count=4000000000)
            assert answers[-1]["count"] <= eve.server["limits"]["history"]

    play(script())


def test_t034_json_that_is_wrong_is_refused_and_nothing_else_happens(server):
    bad = [
        "[" * 100000,
        '{"type":"ping","text":' + "[" * 17 + "]" * 17 + "}",
        '{"type":"ping","type":"bye"}',
        '{"type":"send","room":1,"text":"a","text":"b"}',
        '{"type":"send","room":1e400,"text":"a"}',
        '{"type":"send","room":' + "9" * 400 + ',"text":"a"}',
        '{"type":"send","room":1.5,"text":"a"}',
        '{"type":"send","room":-1,"text":"a"}',
        '{"type":"send","room":true,"text":"a"}',
        '{"type":"send","room":1,"text":"\\u0000"}',
        '{"type":"send","room":1,"text":"\\ud800"}',
        '{"type":"send","room":1,"text":"\\udc00\\ud800"}',
        '{"type":"send","room":1,"text":"a"} x',
        '{"type":"send","room":1,"text":"a"}{"type":"bye"}',
        '\ufeff{"type":"send","room":1,"text":"a"}',
        '{"type":"send","room":1,"text":"a","colour":1}',
        '{"type":"send","room":1}',
        '{"type":"send","room":1,"to":"bob","text":"a"}',
        '{"type":"nothing"}', '{"type":3}', "{}", "null", '"x"', "{", "x", " ",
    ]  # fmt: skip

    async def script():
        async with Peer(server) as eve, Peer(server) as ann:
            await eve.hello("eve")
            await ann.hello("ann")
            for text in bad:
                await eve.socket.send(text)
                answer = await eve.until("error")
                assert answer["code"] == "message_bad", (text[:80], answer)
            assert (await ann.one(type="send", room=1, text="last"))["seq"] == 1
        async with websockets.connect(f"ws://127.0.0.1:{server.ports['web']}/ws") as wide:
            await wide.recv()
            await wide.send("[" * 200000)  # longer than a message may be
            with pytest.raises(websockets.ConnectionClosed):
                await wide.recv()
            assert wide.close_code == 1009

    play(script())


def test_t040_no_text_makes_a_line_of_another_dialect(server):
    bob, ian = server.line("bob"), server.connect("irc")
    ian.send("NICK ian", "USER ian 0 * :ian", "JOIN #lobby")
    while " 366 " not in ian.line():  # the end of the names
        pass

    async def script():
        async with Peer(server) as eve:
            await eve.hello("eve")
            for text in ("a\r\nQUIT", "a\rb"):
                assert (await eve.one(type="send", room=1, text=text))["code"] == "bad_character"
            for text in ("a\n:admin!x@y PRIVMSG #lobby :forged", "b\u2028* forged", "c\u0085forged",
                         "d\n* forged", "e\x1b[2Jforged"):  # fmt: skip
                assert (await eve.one(type="send", room=1, text=text))["type"] == "ack"
            for kind, more in (("topic", {}), ("away", {"room": None}), ("leave", {})):
                message = {"type": kind, "room": "lobby", "text": "x\ny", **more}
                if kind == "leave":
                    message["why"] = message.pop("text")
                asked = {k: v for k, v in message.items() if v is not None}
                assert (await eve.one(**asked))["code"] == "bad_character", kind
            assert (await eve.one(type="nick", name="a\nb"))["code"] == "name_bad"
            assert (await eve.one(type="join", room="a\r\nb"))["code"] == "room_name_bad"
            await eve.one(type="send", room=1, text="over")

    play(script())
    lines = []
    while not lines or lines[-1] != "eve: over":
        lines.append(bob.line())
    said = lines[lines.index("eve has joined the chat") + 1 :]
    assert all(line.startswith("eve: ") for line in said), said
    while True:
        line = ian.line()
        assert line.startswith(":") or line.startswith("PING"), line
        assert not line.startswith(":admin"), line
        assert "\x1b" not in line or line.startswith(":eve!"), line
        if line.rstrip("\r").endswith("over"):
            break


def test_t052_a_message_id_stands_for_one_text_of_one_person(server):
    async def script():
        ann, eve = await account(server, "ann"), await account(server, "eve")
        ask = {"type": "send", "room": 1, "client_id": "m"}
        assert (await ann.one(**ask, text="one"))["seq"] == 1
        assert (await ann.one(**ask, text="two"))["code"] == "client_id_reused"
        assert (await eve.one(**ask, text="two"))["seq"] == 2
        for bad in ("x" * 65, "x" * 100000, "a b", "\x1b", "é"):
            answer = await ann.one(type="send", room=1, text="y", client_id=bad)
            assert answer["code"] == "client_id_bad", (bad[:9], answer)
        assert (await ann.one(**ask, text="one"))["seq"] == 1
        server.restart()
        async with Peer(server) as back:
            await back.hello("ann", password="swordfish")
            assert (await back.one(**ask, text="one"))["again"]
            assert (await back.one(**ask, text="two"))["code"] == "client_id_reused"

    play(script())


def test_t053_a_private_room_is_like_none(server):
    async def script():
        ann, eve = await account(server, "ann"), await account(server, "eve")
        room = (await ann.ask(type="create", room="cave"))[0]["room"]
        await ann.one(type="mode", room="cave", setting="private", value=True)
        await ann.one(type="send", room="cave", text="secret words")
        asked = [
            {"type": "join"}, {"type": "history"}, {"type": "search", "text": "secret"},
            {"type": "members"}, {"type": "modes"}, {"type": "read", "seq": 1},
            {"type": "send", "text": "x"}, {"type": "react", "target": 1, "reaction": "x"},
            {"type": "edit", "target": 1, "text": "x"}, {"type": "remove", "target": 1},
            {"type": "topic", "text": "x"}, {"type": "audit"}, {"type": "restraints"},
            {"type": "typing", "state": "active"}, {"type": "leave"},
            {"type": "join", "epoch": room["epoch"], "seq": 0, "create": False},
        ]  # fmt: skip
        for message in asked:
            there = await eve.ask(**message, room=room["id"])
            missing = await eve.ask(**message, room=room["id"] + 1000)
            for answers in (there, missing):
                for answer in answers:
                    answer.pop("ref")
            assert there == missing and there[-1]["type"] == "error", (message, there, missing)
        assert "cave" not in json.dumps(await eve.ask(type="rooms"))
        assert "cave" not in json.dumps(await eve.ask(type="person", name="ann"))

    play(script())


def test_t054_nobody_changes_what_others_said(server):
    async def script():
        ann, eve = await account(server, "ann"), await account(server, "eve")
        seq = (await ann.one(type="send", room=1, text="mine"))["seq"]
        edit = {"type": "edit", "room": 1, "target": seq, "text": "forged"}
        assert (await eve.one(**edit))["code"] == "not_allowed"
        assert (await eve.one(type="remove", room=1, target=seq))["code"] == "not_allowed"
        answers = await ann.ask(type="history", room=1)
        assert answers[0]["event"]["text"] == "mine"
        assert (await ann.one(**{**edit, "text": "better"}))["type"] == "done"
        assert (await ann.one(type="remove", room=1, target=seq))["type"] == "done"
        assert (await ann.one(**edit))["code"] == "message_gone"

    play(script())


def test_t055_a_forged_cursor_shows_nothing(server):
    async def script():
        ann, eve = await account(server, "ann"), await account(server, "eve")
        cave = (await ann.ask(type="create", room="cave"))[0]["room"]
        lobby = (await eve.ask(type="join", room="lobby"))[0]["room"]
        await ann.one(type="send", room="cave", text="in the cave")
        for epoch, seq in (("1" * 16, 0), (cave["epoch"], 0), (lobby["epoch"], 1 << 39)):
            answers = await eve.ask(type="join", room=lobby["id"], epoch=epoch, seq=seq)
            assert answers[-1]["code"] == "cursor_bad", answers
            assert not [a for a in answers if a["type"] == "past"]
        for seq in (-1, 1 << 40, 1 << 64, "1", 1.5):
            await eve.send(type="join", room=1, epoch=lobby["epoch"], seq=seq)
            assert (await eve.until("error"))["code"] == "message_bad", seq
        for count in (-1, 1 << 64):
            await eve.send(type="history", room=1, before=count)
            assert (await eve.until("error"))["code"] == "message_bad"
        async with Peer(server) as mia:  # at hello as well
            cursor = {"room": lobby["id"], "epoch": cave["epoch"], "seq": 0}
            answers = await mia.hello("mia", rooms=[cursor])
            assert answers[-1]["code"] == "cursor_bad"

    play(script())


def test_t056_a_token_ends_with_its_login(server):
    async def script():
        ann = await account(server, "ann")
        token = (await ann.one(type="token"))["token"]
        async with Peer(server) as thief, Peer(server, "auto") as other:
            for peer in (thief, other):
                answers = await peer.hello("ann", token=token)
                assert answers[0]["user"]["account"] == "ann"
            begin = time.monotonic()
            await ann.send(type="password", old="swordfish", new="trout")
            for peer in (thief, other):
                assert (await peer.until("closed"))["code"] == "logged_out"
                with pytest.raises(websockets.ConnectionClosed):
                    await peer.next()
            assert time.monotonic() - begin <= 1 + PATIENCE / 5
        async with Peer(server) as thief:
            answers = await thief.ask(type="hello", name="ann", token=token)
            assert answers[-1]["code"] == "name_reserved"
        fresh = (await ann.one(type="token"))["token"]
        await ann.send(type="logout")
        assert (await ann.until("closed"))["code"] == "logged_out"
        async with Peer(server) as thief:
            answers = await thief.ask(type="hello", name="ann", token=fresh)
            assert answers[-1]["code"] == "name_reserved"
        with pytest.raises(websockets.InvalidStatusCode):  # from another origin
            await websockets.connect(ann.url, origin="http://evil.example")

    play(script())


def test_t057_searches_are_words_and_nothing_else(server):
    words = ["'; DROP TABLE events;--", '"', '"a', "a\" OR 1=1", "%_", "*", "NEAR(", "AND", "^", "\\",
             " OR ".join(["x"] * 10000), "-" * 500, "(" * 500, "author:", "\u0001", "a" * 600]  # fmt: skip

    async def script():
        ann = await account(server, "ann")
        await ann.one(type="send", room=1, text="plain words 100%_sure")
        for text in words:
            answers = await ann.ask(type="search", room=1, text=text)
            assert answers[-1]["type"] in ("found_end", "error"), (text[:40], answers)
            if answers[-1]["type"] == "error":
                assert answers[-1]["code"] in ("query_bad", "query_broad", "text_too_long"), answers
        answers = await ann.ask(type="search", room=1, text="words")
        assert [a["type"] for a in answers] == ["found", "found_end"]

    play(script())


def examples():
    """The blocks of the document, each a list of objects."""
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    decoder = json.JSONDecoder()
    for block in blocks:
        at, found = 0, []
        while block[at:].strip():
            at += len(block[at:]) - len(block[at:].lstrip())
            value, at = decoder.raw_decode(block, at)
            found.append(value)
        yield found


def commands():
    """The rows of the table of commands: the type, and the keys named in it."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("\n## Commands\n")[2]
    for row in re.findall(r"^\| (`[^|]*) \|([^|]*)\|", text, re.M):
        for kind in re.findall(r"`(\w+)`", row[0]):
            yield kind, set(re.findall(r"`([a-z_]+)`", row[1]))


def test_the_document_says_what_is(server):
    url = f"http://127.0.0.1:{server.ports['web']}/api/v1/schema.json"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        schema = json.load(answer)
    types = {name: row for name, row in schema["$defs"].items() if name != "cursor"}
    documented = dict(commands())
    assert set(types) == set(documented) | {"hello"}
    for kind, keys in documented.items():
        takes = set(types[kind]["properties"]) - {"type", "ref"}
        assert takes <= keys, (kind, takes, keys)
    said = {}
    for block in examples():
        for message in block:
            said.setdefault(message["type"], []).append(message)
    hellos = said.pop("hello")
    assert len(hellos) >= 4
    for hello in hellos:
        assert set(hello) <= set(types["hello"]["properties"]), hello

    async def script():
        heard = {}

        async def listen(messages):
            for message in messages:
                heard.setdefault(message["type"], message)

        ann = await account(server, "ann")
        heard["server"] = ann.server
        await ann.one(type="send", room=1, text="x")
        await ann.one(type="read", room=1, seq=1)
        await ann.socket.close()
        async with Peer(server) as ann, Peer(server) as bob:
            await listen(await ann.ask(True, type="hello", name="ann", password="swordfish"))
            await listen(await bob.ask(type="hello", name="ann"))
        for kind, messages in said.items():
            if kind == "closed":
                continue
            for message in messages:
                assert set(message) - {"ref"} <= set(heard[kind]) | {"token"}, (kind, heard[kind])
                assert set(heard[kind]) - {"ref"} <= set(message), (kind, heard[kind])

    play(script())
