"""What was acknowledged to people is there after each kill -9, whole and once (DESIGN 1, THREATS
88): accounts with their passwords and tokens, and in rooms all that changes them: messages, edits,
removals, reactions, topics, modes, bans, roles, read positions.

Each actor rules a room of her own and gives its commands in batches, so that she knows what number
each event has. After a kill her room must hold what she was told of, then perhaps the beginning of
the rest of her last batch, and nothing else; and what the room is must be what its events say."""

import os
import random
import re
import threading
import time

import pytest

from client import LONG, PATIENCE, SLOW
from test_accounts import came

pytestmark = pytest.mark.hub_only

SECONDS = 180 if LONG else 14
SEED = int(os.environ.get("PARLANCE_SEED", "0")) or random.randrange(1, 10**6)
SETTINGS = {
    "accounts": {"password_cost": "minimum"},
    "throttle": {"login_attempts_per_minute": 0},
    "history": {"max_messages": 100000},
}
ROLE_WORDS = {
    "member": "made {} a plain member",
    "voice": "gave {} a voice",
    "operator": "made {} an operator",
}


class Room:
    """What is known of it: one event a number, from 1."""

    def __init__(self, name, owner):
        self.name, self.owner = name, owner
        self.events = []  # (kind, ...)
        self.read = {0}  # one of these

    def copy(self):
        twin = Room(self.name, self.owner)
        twin.events, twin.read = list(self.events), set(self.read)
        return twin

    def messages(self):
        """Number -> the text, None: removed; whether it was changed."""
        texts, changed = {}, set()
        for number, (kind, *what) in enumerate(self.events, 1):
            if kind == "say":
                texts[number] = what[0]
            elif kind == "edit":
                texts[what[0]] = what[1]
                changed.add(what[0])
            elif kind == "remove":
                texts[what[0]] = None
        return texts, changed

    def last(self, kind, nothing):
        return next((what[0] for word, *what in reversed(self.events) if word == kind), nothing)

    def folded(self, adds, drops):
        """What was added and not dropped, the oldest first."""
        kept = []
        for kind, *what in self.events:
            if kind in (adds, drops) and what[0] in kept:
                kept.remove(what[0])
            if kind == adds:
                kept.append(what[0])
        return kept

    def roles(self):
        held = {}
        for kind, *what in self.events:
            if kind == "role":
                held[what[1]] = what[0]
        return held

    def lines(self):
        """Patterns of what /resume shows from the beginning."""
        texts, changed = self.messages()
        lines = [self.line(number, texts, changed) for number in range(1, len(self.events) + 1)]
        return [line for line in lines if line]

    def line(self, number, texts, changed):
        kind, *what = self.events[number - 1]
        if kind == "say":
            if texts[number] is None:
                return rf"\* #{number} was removed"
            mark = r" \(changed\)" if number in changed else ""
            return rf"\* \[.*\] #{number} {self.owner}: {texts[number]}{mark}"
        if kind == "edit":
            gone = texts[what[0]] is None  # then its removal alone is told
            return None if gone else self.news(rf"changed #{what[0]}: .+")
        if kind == "remove":
            return rf"\* #{what[0]} was removed"
        if kind == "react":
            return self.news(rf"reacted to #{what[0]}: {re.escape(what[1])}")
        if kind == "topic":
            return self.news(f"set the topic: {what[0]}")
        if kind == "slow":
            return self.news(f"set slow mode: {what[0]} seconds.*")
        if kind == "role":
            return self.news(ROLE_WORDS[what[0]].format(what[1]))
        word = {"ban": "banned {}", "unban": "lifted the ban on {}"}[kind]
        return self.news(word.format(re.escape(what[0])))

    def news(self, words):
        return rf"\* {self.owner} {words}"

    def is_shown_by(self, lines):
        wanted = self.lines()
        return len(lines) == len(wanted) and all(map(re.fullmatch, wanted, lines))


class Actor(threading.Thread):
    """Gives batches of commands until the connection ends. `batch`: what has no answer yet."""

    def __init__(self, name, rng):
        super().__init__(daemon=True)
        self.name, self.rng = name, rng
        self.room = Room(f"room-{name}", name)
        self.client, self.words, self.cycles = None, 0, 0
        self.batch, self.answered = [], 0

    def word(self):
        self.words += 1
        return f"w{self.words}"

    def choose(self, room):
        """A command that `room` takes, and what it does there."""
        texts, _ = room.messages()
        kept = [number for number, text in texts.items() if text is not None]
        bans = room.folded("ban", "unban")
        kind = self.rng.choice("say say say edit remove react topic slow ban unban role read".split())
        if kind in ("edit", "remove", "react") and kept:
            number = self.rng.choice(kept[-5:])
            word = self.word()
            if kind == "remove":
                return f"/remove {number}", ("remove", number)
            return f"/{kind} {number} {word}", (kind, number, word)
        if kind == "topic":
            word = self.word()
            return f"/topic {word}", ("topic", word)
        if kind == "slow":
            seconds = room.last("slow", 1) + 1
            return f"/mode slow {seconds}", ("slow", seconds)
        if kind == "unban" and bans:
            mask = self.rng.choice(bans)
            return f"/unban {mask}", ("unban", mask)
        if kind == "ban":
            mask = self.word() + "-*"
            return f"/ban {mask}", ("ban", mask)
        if kind == "role":
            whom = self.rng.choice([f"friend{number}" for number in range(3)])
            others = [role for role in ROLE_WORDS if role != room.roles().get(whom, "member")]
            role = self.rng.choice(others)
            return f"/role {whom} {role}", ("role", role, whom)
        if kind == "read" and len(room.events) > max(room.read):
            return f"/read {len(room.events)}", ("read", len(room.events))
        word = self.word()
        return word, ("say", word)

    def run(self):
        try:
            while True:
                self.give()
        except (OSError, AssertionError):
            return  # the server is gone

    def give(self):
        self.batch, self.answered = [], 0
        after, lines = self.room.copy(), []
        for _ in range(self.rng.randint(1, 6)):
            line, what = self.choose(after)
            self.batch.append(what)
            lines.append(line)
            apply(after, what)
        self.client.send(*lines, "\0")
        while "invalid character" not in (line := self.client.line()):
            assert not line.startswith("* error"), self.fail(line)
            self.answered += 1
        self.room, self.batch = after, []

    def fail(self, line):
        self.fault = f"{self.name} was refused: {line} in {self.batch}"

    fault = None

    def acknowledged(self):
        """How many of the batch are sure: what was answered, and all before it."""
        answers = [number for number, what in enumerate(self.batch, 1) if what[0] != "say"]
        return answers[self.answered - 1] if self.answered > 0 else 0

    def settle(self, lines):
        """What the room became by the kill, out of what its events are now."""
        sure = self.acknowledged()
        for count in range(sure, len(self.batch) + 1):
            room = self.room.copy()
            for what in self.batch[:count]:
                apply(room, what)
            if room.is_shown_by(lines):
                maybe = [what[1] for what in self.batch[count:] if what[0] == "read"]
                room.read |= set(maybe)
                self.room, self.batch = room, []
                return
        wanted = "\n".join(self.room.lines()[-8:])
        found = "\n".join(lines[-14:])
        raise AssertionError(
            f"{self.name}: {len(lines)} events after {len(self.room.events)} and {sure} sure ones of "
            f"{self.batch}:\n{wanted}\n--\n{found}"
        )


def apply(room, what):
    if what[0] == "read":
        room.read = {what[1]}
    else:
        room.events.append(what)


class Clerk(threading.Thread):
    """Makes accounts, changes and deletes them. `known`: name -> passwords of which one holds, None:
    there is no account; `tokens`: name -> token."""

    def __init__(self, server, rng):
        super().__init__(daemon=True)
        self.server, self.rng = server, rng
        self.known, self.tokens, self.count = {}, {}, 0

    def run(self):
        try:
            while True:
                self.one()
        except (OSError, AssertionError):
            return

    def change(self, client, name, line, answer, becomes):
        """Until it is answered, the old and the new may hold."""
        before = self.known.get(name, {None})
        self.known[name] = before | {becomes}
        client.send(line)
        while re.fullmatch(answer, found := client.line()) is None:
            assert "wrong" not in found, found
        self.known[name] = {becomes}

    def one(self):
        self.count += 1
        name, password = f"clerk{self.count}", f"first{self.count}"
        client = self.server.line(name)
        self.change(client, name, f"/register {password}", r"\* the account is made", password)
        if self.rng.random() < 0.5:
            fresh = f"second{self.count}"
            answer = r"\* the password is changed"
            self.change(client, name, f"/password {password} {fresh}", answer, fresh)
            password = fresh
        if self.rng.random() < 0.5:
            client.send("/token")
            shown = client.expect_match(r"\* your token, shown once: ([0-9a-f]{32})")
            self.tokens[name] = shown[1]
        if self.rng.random() < 0.2:
            self.change(client, name, f"/unregister {password}", r".*account was deleted.*", None)
            self.tokens.pop(name, None)
        client.close()


def check_accounts(server, clerk):
    newest = list(clerk.known)[-12:]
    older = [name for name in clerk.known if name not in newest]
    for name in newest + clerk.rng.sample(older, min(5, len(older))):
        holds = set()
        for password in clerk.known[name] - {None}:
            client, answer = came(server, name, password)
            if answer == f"* you are logged in as {name}":
                holds.add(password)
            else:
                assert "wrong" in answer, answer
            client.close()
        holds = holds or {None}
        assert len(holds) == 1 and holds <= clerk.known[name], (name, clerk.known[name], holds)
        token = clerk.tokens.get(name)
        if token and clerk.known[name] == holds != {None}:
            client, answer = came(server, name, token)
            assert answer == f"* you are logged in as {name}", (name, answer)
            client.close()
        clerk.known[name] = holds


def page(client, command):
    """The lines of a long answer between its head and its end."""
    client.send(command)
    return client.answers()[1:-1]


def check_room(server, actor):
    """The same told by everything that shows the room."""
    client, room = actor.client, actor.room
    texts, changed = room.messages()
    shown = page(client, "/history 100000 #")
    numbered = [re.fullmatch(r"\* \[.*\] #([0-9]+) [^:]+: (.*)", line) for line in shown]
    wanted = [
        (str(number), text + " (changed)" * (number in changed))
        for number, text in texts.items()
        if text is not None
    ]
    assert [match.groups() for match in numbered] == wanted
    client.send("/bans")
    listed = [re.fullmatch(r"\* banned: (\S+), by .*", line) for line in client.answers()]
    assert [match[1] for match in listed if match] == room.folded("ban", "unban")
    client.send("/read 1")
    read = int(re.fullmatch(r".* is read up to #([0-9]+)", client.answers()[-1])[1])
    assert read in {max(1, number) for number in room.read}, (read, room.read)
    room.read = {read}
    rows = [line.split("\t") for line in server.ask("room", "show", room.name).splitlines()]
    about = dict(rows)
    assert about["newest"] == str(len(room.events))
    assert about["topic"] == room.last("topic", "")
    assert about["slow"] == str(room.last("slow", 0))
    operators = {value for what, value in rows if what == "operator"}
    assert operators == {whom for whom, role in room.roles().items() if role == "operator"}
    assert [value for what, value in rows if what == "owner"] == [actor.name]
    ruled = [kind for kind, *_ in room.events if kind in ("slow", "ban", "unban", "role")]
    words = {"slow": "mode"}
    logged = [line.split("] ")[1].split()[1].rstrip(":") for line in page(client, "/audit 100000")]
    assert logged[::-1] == [words.get(kind, kind) for kind in ruled]


def enter(server, actor, first):
    if first:
        actor.client = server.line(actor.name)
        actor.client.send(f"/register {actor.name}-secret")
        actor.client.answers()
    else:
        actor.client, answer = came(server, actor.name, f"{actor.name}-secret")
        assert answer == f"* you are logged in as {actor.name}", answer
        assert any(actor.room.name in line for line in actor.client.answers())  # she is in it
    actor.client.send(f"/join {actor.room.name}", "/leave lobby")  # there she would hear others
    actor.client.answers()
    if first:
        actor.client.send("/cursor")
        actor.cursor = re.search(r"([0-9a-f]{16}):0", actor.client.answers()[0])[1] + ":0"


def once_more(actor):
    """The same actor, for one more life of the server."""
    twin = Actor(actor.name, actor.rng)
    twin.room, twin.words, twin.client, twin.cursor = (
        actor.room,
        actor.words,
        actor.client,
        actor.cursor,
    )
    return twin


def test_t088_what_was_acknowledged_to_people_survives_each_kill(serve):
    rng = random.Random(SEED)
    print(f"PARLANCE_SEED={SEED}")
    server, kills = serve(sections=SETTINGS), 0
    for number in range(3):
        friend = server.line(f"friend{number}")
        friend.send("/register secret")
        assert "* the account is made" in friend.answers()
    actors = [Actor(f"actor{number}", random.Random(rng.random())) for number in range(3)]
    clerk = Clerk(server, random.Random(rng.random()))
    for actor in actors:
        enter(server, actor, True)
    begin = time.monotonic()
    while time.monotonic() - begin < SECONDS:
        for thread in (*actors, clerk):
            thread.start()
        time.sleep(rng.uniform(0.01, 0.4) * min(SLOW, 3))
        server.kill()
        kills += 1
        for thread in (*actors, clerk):
            thread.join(PATIENCE)
        assert not any(actor.fault for actor in actors), [actor.fault for actor in actors]
        for client in server.clients:
            client.close()
        server.clients.clear()
        assert server.start() < 2 * SLOW
        for actor in actors:
            enter(server, actor, False)
            actor.settle(page(actor.client, f"/resume {actor.cursor}"))
            check_room(server, actor)
        check_accounts(server, clerk)
        actors = [once_more(actor) for actor in actors]
        fresh = Clerk(server, clerk.rng)
        fresh.known, fresh.tokens, fresh.count = clerk.known, clerk.tokens, clerk.count
        clerk = fresh
    events = [len(actor.room.events) for actor in actors]
    print(f"{kills} kills, {events} events, {clerk.count} accounts")
    assert kills > 3 and min(events) > 10 and clerk.count > kills
