"""THREATS 41, the permission matrix: every action by everybody who stands to a room in every way,
in every dialect that can ask for it. What must come of it is written down here a second time, and
the server's own table (`parlance rights`) must say the same. One server for the whole file; each
cell has a room of its own."""

import itertools
import re

import pytest

from client import SLOW, Client
from server import Server, run

pytestmark = pytest.mark.hub_only

STANDINGS = "nobody banned stranger muted member voice operator owner admin".split()

# -: never. public, open, spoken, own, unruled, free: on a condition, see CONDITIONS.
POLICY = """
see      -  public  public  yes  yes      yes      yes  yes  yes
enter    -  -       open    yes  yes      yes      yes  yes  yes
read     -  -       open    yes  yes      yes      yes  yes  yes
say      -  -       outside -    spoken   yes      yes  yes  yes
react    -  -       -       -    spoken   yes      yes  yes  yes
edit     -  -       -       -    own      own      own  own  own
retract  -  -       -       own  own      own      yes  yes  yes
topic    -  -       -       -    unruled  unruled  yes  yes  yes
invite   -  -       -       -    free     free     yes  yes  yes
kick     -  -       -       -    -        -        yes  yes  yes
mute     -  -       -       -    -        -        yes  yes  yes
ban      -  -       -       -    -        -        yes  yes  yes
voice    -  -       -       -    -        -        yes  yes  yes
promote  -  -       -       -    -        -        -    yes  yes
mode     -  -       -       -    -        -        yes  yes  yes
rename   -  -       -       -    -        -        -    yes  yes
delete   -  -       -       -    -        -        -    yes  yes
"""
RIGHTS = {row.split()[0]: row.split()[1:] for row in POLICY.strip().splitlines()}

# Rooms (and messages) in which the condition holds, and those in which it does not.
CONDITIONS = {
    "-": ((), ("public",)),
    "yes": (("public", "private", "invite", "moderated", "foreign"), ()),
    "public": (("public", "invite", "key"), ("private",)),
    "open": (("public", "key known", "private invited"), ("private", "invite", "key")),
    "spoken": (("public", "private"), ("moderated", "slow")),
    "own": (("public",), ("foreign",)),
    "unruled": (("unruled",), ("public",)),
    "free": (("public", "private", "moderated"), ("invite",)),
    "outside": ((), ("public", "moderated")),  # who is let in so: irc_modes.dialog, test_modes.c
}

# What the server's own table calls the actions, in the order of POLICY.
TITLES = """
know that it exists: list, topic, number of members
enter
read: history, search, names of members
say something (from inside)
react to a message (from inside)
edit a message
remove a message
set the topic
invite, take along
kick
mute
ban; see the lists and the audit log
give or take the voice
give or take operator and owner
set modes
rename the room
delete the room
"""

MODES = {
    "private": ["private on"],
    "private invited": ["private on"],
    "invite": ["invite on"],
    "key": ["key sesame"],
    "key known": ["key sesame"],
    "moderated": ["moderated on"],
    "slow": ["slow 1000"],
}

VICTIM, OUTSIDER = 5001, 5002  # phones
INSIDE = STANDINGS[3:]
SUBJECTS = ["banned", "stranger", *INSIDE]


def test_t041_the_servers_own_table_is_the_one_that_is_tried_here():
    lines = [line for line in run("rights").stdout.splitlines() if "|" in line]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert table[0] == ["", *STANDINGS]
    titles = dict(zip(TITLES.strip().splitlines(), RIGHTS))
    printed = {titles[row[0]]: row[1:] for row in table[2:]}
    written = {
        action: [right.replace("-", "no") for right in row] for action, row in RIGHTS.items()
    }
    assert printed == written


class Irc(Client):
    """Refusals are numerics of 400 and above, or notices of the server."""

    eol = "\r\n"

    def enter(self, name):
        self.name = name
        self.send(f"NICK {name}", f"USER {name} 0 * :{name}")
        while " 422 " not in (line := self.line()) and " 376 " not in line:
            pass
        self.answers()
        return self

    def answers(self):
        self.marks = getattr(self, "marks", 0) + 1
        self.send(f"PING :mark{self.marks}")
        lines = []
        while not re.search(f"PONG .*mark{self.marks}$", line := self.line()):
            lines.append(line)
        return lines


class Bench:
    """The server and the people of the file: a boss who owns the rooms, a victim, outsiders, and
    for each dialect a subject for each standing."""

    def __init__(self, server):
        self.server = server
        self.boss = server.line("boss")
        self.victim = server.line("victim")
        server.line("outsider")
        self.phone = server.pipe(VICTIM)
        server.pipe(OUTSIDER)
        self.numbers = itertools.count(1)
        self.people = {}

    def subject(self, dialect, standing):
        key = dialect, standing
        if key not in self.people:
            self.people[key] = self.come(dialect, standing)
        return self.people[key]

    def come(self, dialect, standing):
        number = next(self.numbers)
        if dialect == "irc":
            return self.server.connect("irc").enter(f"i{standing}")
        if dialect == "pipe":
            return self.server.pipe(number)
        if dialect == "friendly":
            return self.server.friendly()
        if dialect == "dollar":
            return self.server.dollar(f"d{standing}")
        person = self.server.line(f"s{standing}")
        if standing == "admin":
            person.send("/oper root sesame-root")
            assert not refusals(person)
        return person

    def room(self, kind, maker=None):
        """A room of this kind, made by the boss, who says something in it."""
        name, maker = f"room-{next(self.numbers)}", maker or self.boss
        maker.send(f"/join {name}", "said by the boss")
        self.must(maker, *(f"/mode {mode}" for mode in MODES.get(kind, ())))
        return name

    @staticmethod
    def must(person, *lines):
        person.send(*lines)
        lost = refusals(person)
        assert not lost, f"{lines} were refused: {lost}"

    def admit(self, room, standing, subject, maker):
        """Makes `subject` stand so to the room."""
        if standing == "banned":
            self.must(maker, f"/ban {subject.name}")
        if standing not in INSIDE:
            return
        self.must(maker, f"/invite {subject.name}")
        self.join(subject, room)
        if standing in ("voice", "operator", "owner"):
            self.must(maker, f"/role {subject.name} {standing}")

    @staticmethod
    def join(subject, room):
        if isinstance(subject, Irc):
            subject.send(f"JOIN #{room}")
        elif subject.error.startswith("400"):
            subject.send(f"102|{subject.number}|{room}")
        elif subject.error.startswith("$$"):
            subject.send(f"join${subject.address}${room}")
        else:
            subject.send(f"/join {room} sesame")
        lost = refusals(subject)
        assert not lost, f"{subject.name} cannot enter {room}: {lost}"


def refusals(person):
    lines = person.answers()
    if isinstance(person, Irc):
        return [line for line in lines if re.match(r":[^! ]+ ([45]\d\d|NOTICE) ", line)]
    frame = person.error.partition("{")[0]
    return [line for line in lines if line.startswith(frame)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    listeners = {"line": {}, "friendly": {}, "pipe": {}, "dollar": {}, "irc": {}}
    sections = {
        "server": {"durability": "off"},
        "limits": {"rooms_per_hour": 0},
        'oper "root"': {"password": "sesame-root"},
    }
    server = Server(tmp_path_factory.mktemp("rights") / "server", listeners, sections)
    server.start()
    yield Bench(server)
    server.end()


@pytest.fixture(autouse=True, scope="module")
def irc_people():
    """The listener `irc` is spoken to by class Irc."""
    from client import DIALECTS

    DIALECTS["irc"] = Irc
    yield
    del DIALECTS["irc"]


def seq_of(person, text):
    person.send("/history 50 #")
    for line in person.answers():
        match = re.search(r"#(\d+) [^:]*: (.*)", line)
        if match and match[2] == text:
            return match[1]
    raise AssertionError(f"{text!r} is not in the history")


# How each dialect asks: action -> lines; {room}, {me}, {key}, {seq} are filled in.
ASK = {
    "line": {
        "see": None,
        "enter": ["/join {room} {key}"],
        "read": ["/who {room}"],
        "say": ["I say"],
        "react": ["/react {seq} +1"],
        "edit": ["/edit {seq} changed"],
        "retract": ["/remove {seq}"],
        "topic": ["/topic a new one"],
        "invite": ["/invite outsider"],
        "kick": ["/kick victim"],
        "mute": ["/mute victim"],
        "ban": ["/ban victim", "/bans", "/audit"],
        "voice": ["/role victim voice"],
        "promote": ["/role victim operator"],
        "mode": ["/mode days 3"],
        "rename": ["/rename {room}-b"],
        "delete": ["/delete {room}"],
    },
    "pipe": {
        "see": None,
        "enter": ["102|{me}|{room}"],
        "read": ["107|{me}|{room}"],
        "say": ["106|{me}|{room}|I say"],
        "invite": [f"102|{{me}}|{{room}}|{OUTSIDER}"],
        "kick": [f"103|{{me}}|{{room}}|{VICTIM}"],
        "delete": ["105|{me}|{room}"],
    },
    "dollar": {
        "enter": ["join${me}${room}"],
        "say": ["send_msg${me}${room}$I say"],
    },
    "irc": {
        "see": None,
        "enter": ["JOIN #{room} {key}"],
        "read": ["NAMES #{room}"],
        "say": ["PRIVMSG #{room} :I say"],
        "topic": ["TOPIC #{room} :a new one"],
        "invite": ["INVITE outsider #{room}"],
        "kick": ["KICK #{room} victim"],
        "ban": ["MODE #{room} +b victim", "MODE #{room} +e"],
        "voice": ["MODE #{room} +v victim"],
        "promote": ["MODE #{room} +o victim"],
        "mode": ["MODE #{room} -t"],
    },
}

# What a dialect's person must be inside for: line types into rooms that she is in.
INSIDE_ONLY = {"say", "react", "edit", "retract", "topic", "invite", "kick", "mute", "ban", "voice"}
INSIDE_ONLY |= {"promote", "mode", "rename"}


def cells():
    for dialect, asks in ASK.items():
        for action, row in RIGHTS.items():
            if action not in asks:
                continue
            for standing, right in zip(STANDINGS, row):
                if can_be(dialect, action, standing):
                    name = f"{dialect}-{action}-{standing}"
                    yield pytest.param(dialect, action, standing, right, id=name)


def can_be(dialect, action, standing):
    if standing == "nobody" or (standing == "admin" and dialect != "line"):
        return False  # nobody: below; only line knows /oper
    return not (dialect == "line" and action in INSIDE_ONLY and standing not in SUBJECTS[2:])


def kinds_of(dialect, action, standing, right):
    """The rooms to try, each with what must come of it."""
    may, may_not = CONDITIONS[right]
    for kind in itertools.chain(may, may_not):
        keyed, about_message = kind.startswith("key"), action in ("react", "edit", "retract")
        if kind == "foreign" and not about_message:
            continue
        if keyed and standing in INSIDE:
            continue
        if kind == "key known" and (action != "enter" or dialect != "line"):
            continue  # there is no place for the key
        if kind == "invite" and action == "see" and dialect != "line":
            continue
        yield kind, kind in may


@pytest.mark.parametrize("dialect,action,standing,right", cells())
def test_t041(bench, dialect, action, standing, right):
    for kind, allowed in kinds_of(dialect, action, standing, right):
        tried = attempt(bench, dialect, action, standing, kind)
        what = f"{standing} may {action} in a {kind} room by {dialect}: {tried}"
        assert (not tried[0]) == allowed, what


def attempt(bench, dialect, action, standing, kind):
    """What was refused, and the lines that were typed."""
    subject = bench.subject(dialect, standing)
    maker = bench.boss
    if kind == "unruled":
        maker = bench.server.line(f"maker-{next(bench.numbers)}")
    room = bench.room(kind, maker)
    bench.admit(room, standing, subject, maker)
    if action in ("kick", "mute", "ban", "voice", "promote"):
        victim = bench.phone if dialect == "pipe" else bench.victim
        bench.must(maker, f"/invite {victim.name}")
        bench.join(victim, room)
    if kind == "private invited":
        bench.must(maker, f"/invite {subject.name}")
    seq = "1"
    if action in ("react", "edit", "retract") and standing in INSIDE:
        seq = message(action, room, subject, maker, kind)
    if standing == "muted":
        bench.must(maker, f"/mute {subject.name}")
    if kind == "slow" and standing in INSIDE:
        subject.send("once")
    if kind == "unruled":
        maker.send("/quit")
        maker.read_to_end()
    subject.answers()
    result = probe(subject, dialect, action, room, kind, seq)
    clean(bench, room, kind)
    return result


def message(action, room, subject, maker, kind):
    if kind == "foreign" or action == "react":
        return seq_of(maker, "said by the boss")
    text = f"by {subject.name} in {room}"
    subject.send(text)
    subject.answers()
    return seq_of(maker, text)


def probe(subject, dialect, action, room, kind, seq):
    if action == "see":
        return see(subject, dialect, room)
    if (dialect, action) == ("irc", "read"):
        return names(subject, room)
    key = "sesame" if kind == "key known" else "wrong"
    me = getattr(subject, "number", None) or subject.address
    lines = [line.format(room=room, me=me, key=key, seq=seq) for line in ASK[dialect][action]]
    refused = []
    for line in lines:
        subject.send(line)
        refused.append(refusals(subject))
    some = [lines for lines in refused if lines]
    assert len(some) in (0, len(refused)), f"{lines} agree not: {refused}"
    return some, lines


def see(subject, dialect, room):
    """The list of rooms has it, or she is told its topic."""
    if dialect == "line":
        subject.send("/rooms", "/topic")
        pattern = rf"\* {room} \("
    elif dialect == "pipe":
        subject.send(f"104|{subject.number}|")
        pattern = rf"104\|0\|\d+\|{room}\|"
    else:
        subject.send("LIST")
        pattern = rf":\S+ 322 \S+ #{room} "
    lines = subject.answers()
    listed = any(re.match(pattern, line) for line in lines)
    return ([] if listed else lines or ["nothing"]), [pattern]


def names(subject, room):
    """What is not for her has an end and no names (RFC 2812, section 3.2.5)."""
    subject.send(f"NAMES #{room}")
    lines = subject.answers()
    listed = any(re.match(rf":\S+ 353 \S+ [=@] #{room} :.*boss", line) for line in lines)
    return ([] if listed else lines or ["nothing"]), ["NAMES"]


def clean(bench, room, kind):
    """Rooms of the boss are deleted, so that she is never in too many."""
    bench.victim.answers()
    bench.phone.answers()
    if kind != "unruled":
        bench.boss.send(f"/delete {room}", f"/delete {room}-b")
    bench.boss.answers()


def test_t041_nobody_who_has_not_said_who_she_is_may_anything(bench):
    room = bench.room("public")
    lines = {
        "pipe": [f"{code}|5000|{room}|x" for code in (101, 102, 103, 105, 106, 107, 108)],
        "dollar": [f"{verb}$127.0.0.1:1${room}$x" for verb in ("join", "leave", "send_msg")],
        "irc": [f"{verb} #{room} :x" for verb in "JOIN PRIVMSG TOPIC NAMES LIST MODE".split()],
    }
    for dialect, asked in lines.items():
        for line in asked:
            stranger = bench.server.connect(dialect)
            if dialect == "dollar":
                stranger.line()
            stranger.send(line)
            answer = stranger.line()
            assert answer.startswith(("400|", "$$error: ", ":")), (line, answer)
            if dialect == "irc":
                assert " 451 " in answer, answer
            stranger.close()
    bench.boss.send(f"/who {room}")
    assert any(line.endswith("boss") for line in bench.boss.answers())
    clean(bench, room, "public")


def test_t041_what_friendly_says_in_the_lobby_is_no_exception(bench):
    server = bench.server
    ruler, anna = bench.subject("line", "admin"), bench.subject("friendly", "member")
    ruler.send("/join lobby")
    anna.say("as a member")
    bench.must(ruler, "/mode moderated on")
    anna.send("while moderated")
    assert refusals(anna)
    bench.must(ruler, f"/role {anna.name} voice")
    anna.say("with a voice")
    bench.must(ruler, f"/role {anna.name} member", "/mode moderated off", f"/mute {anna.name}")
    anna.send("while muted")
    assert refusals(anna)
    bench.must(ruler, f"/unmute {anna.name}")
    anna.say("again")
    assert server.process.poll() is None
