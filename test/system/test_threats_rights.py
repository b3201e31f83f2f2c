"""THREATS 41, the permission matrix: every action by everybody who stands to a room in every way,
in every dialect that can ask for it. What must come of it is written down here a second time, and
the server's own table (`parlance rights`) must say the same. One server for the whole file; each
cell has a room of its own."""

import itertools

import pytest

from api import Api
from askers import ASKERS, OUTSIDER, VICTIM, Json, Rest
from server import Server, run
from web_client import WebLines

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
filter   -  -       -       -    -        -        yes  yes  yes
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
filter words
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


class Bench:
    """The server and the people of the file: a boss who owns the rooms, a victim, an outsider, and
    for each dialect a subject for each standing."""

    def __init__(self, server):
        self.server = server
        line, pipe = ASKERS["line"], ASKERS["pipe"]
        self.boss, self.victim = (line(server, server.line(name)) for name in ("boss", "victim"))
        server.line("outsider")
        self.phone = pipe(server, server.pipe(VICTIM))
        server.pipe(OUTSIDER)
        self.numbers = itertools.count(1)
        self.watcher = ASKERS["json"].come(server, next(self.numbers))
        self.people = {}

    def subject(self, dialect, standing):
        key = dialect, standing
        if key not in self.people:
            self.people[key] = ASKERS[dialect].come(self.server, next(self.numbers))
            if standing == "admin":
                self.people[key].oper()
        return self.people[key]

    def room(self, kind, maker):
        """A room of this kind; who makes it says something in it."""
        name = f"room-{next(self.numbers)}"
        maker.client.send(f"/join {name}", "said by the boss")
        maker.must(*(f"/mode {mode}" for mode in MODES.get(kind, ())))
        return name

    @staticmethod
    def admit(room, standing, subject, maker):
        """Makes `subject` stand so to the room."""
        if standing == "banned":
            maker.must(f"/ban {subject.name}")
        if standing not in INSIDE:
            return
        maker.must(f"/invite {subject.name}")
        subject.join(room)
        if standing in ("voice", "operator", "owner"):
            maker.must(f"/role {subject.name} {standing}")

    def hex_of(self, room, maker):
        """What ids of IRC begin with."""
        maker.must(f"/invite {self.watcher.name}")
        return self.watcher.hex_of(room)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    listeners = {"line": {}, "friendly": {}, "pipe": {}, "dollar": {}, "irc": {}, "web": {}}
    sections = {
        "server": {"durability": "off"},
        "limits": {"rooms_per_hour": 0},
        'oper "root"': {"password": "sesame-root"},
    }
    server = Server(tmp_path_factory.mktemp("rights") / "server", listeners, sections)
    server.start()
    yield Bench(server)
    server.end()


def cells():
    for dialect, asker in ASKERS.items():
        for action, row in RIGHTS.items():
            if action not in asker.asks:
                continue
            for standing, right in zip(STANDINGS, row):
                if can_be(asker, action, standing):
                    name = f"{dialect}-{action}-{standing}"
                    yield pytest.param(dialect, action, standing, right, id=name)


def can_be(asker, action, standing):
    if standing == "nobody" or (standing == "admin" and asker.oper is None):
        return False  # nobody: below
    return not (action in asker.needs_to_be_in and standing not in INSIDE)


def kinds_of(dialect, action, standing, right):
    """The rooms to try, each with what must come of it."""
    if (dialect, action, standing) == ("api", "say", "stranger"):
        right = "open"  # she enters by it
    may, may_not = CONDITIONS[right]
    for kind in itertools.chain(may, may_not):
        keyed, about_message = kind.startswith("key"), action in ("react", "edit", "retract")
        if kind == "foreign" and not about_message:
            continue
        if keyed and standing in INSIDE:
            continue
        if kind == "key known" and (action != "enter" or dialect == "pipe" or dialect == "dollar"):
            continue  # there is no place for the key
        if kind == "invite" and action == "see" and dialect != "line":
            continue
        yield kind, kind in may


@pytest.mark.parametrize("dialect,action,standing,right", cells())
def test_t041(bench, dialect, action, standing, right):
    for kind, allowed in kinds_of(dialect, action, standing, right):
        tried = attempt(bench, dialect, action, standing, kind)
        what = f"{standing} may {action} in a {kind} room by {dialect}: {tried}"
        assert (not tried) == allowed, what


def attempt(bench, dialect, action, standing, kind):
    """What was refused."""
    subject = bench.subject(dialect, standing)
    maker = bench.boss
    if kind == "unruled":
        maker = ASKERS["line"].come(bench.server, next(bench.numbers))
    room = bench.room(kind, maker)
    bench.admit(room, standing, subject, maker)
    if action in ("kick", "mute", "ban", "voice", "promote"):
        victim = bench.phone if dialect == "pipe" else bench.victim
        maker.must(f"/invite {victim.name}")
        victim.join(room)
    if kind == "private invited":
        maker.must(f"/invite {subject.name}")
    words = {"room": room, "key": "sesame" if kind == "key known" else "wrong", "seq": "1"}
    if action in ("react", "edit", "retract"):
        if standing in INSIDE:
            words["seq"] = message(action, room, subject, maker, kind)
        words["hex"] = bench.hex_of(room, maker)
    if standing == "muted":
        maker.must(f"/mute {subject.name}")
    if kind == "slow" and standing in INSIDE:
        subject.ask(subject.asks["say"][0], room=room, text="once")
    if kind == "unruled":
        maker.client.send("/quit")
        maker.client.read_to_end()
    subject.refusals()  # of what came till now
    refused = probe(subject, action, words)
    clean(bench, room, kind)
    return refused


def message(action, room, subject, maker, kind):
    """The number of one to ask about: her own, or the boss's."""
    if kind == "foreign" or action == "react":
        return maker.seq_of("said by the boss")
    text = f"by {subject.name} in {room}"
    subject.ask(subject.asks["say"][0], room=room, text=text)
    return maker.seq_of(text)


def probe(subject, action, words):
    if action == "see":
        return subject.sees(words["room"])
    if not subject.asks[action]:
        return subject.reads(words["room"])
    ways = subject.asks[action]
    refused = [subject.ask(way, text="I say", **words) for way in ways]
    some = [lost for lost in refused if lost]
    assert len(some) in (0, len(refused)), f"{ways} agree not: {refused}"
    return some


def clean(bench, room, kind):
    """Rooms of the boss are deleted, so that she is never in too many."""
    for person in (bench.victim, bench.phone, bench.watcher):
        person.refusals()
    if kind != "unruled":
        bench.boss.client.send(f"/delete {room}", f"/delete {room}-b")
    bench.boss.refusals()


def test_t041_nobody_who_has_not_said_who_she_is_may_anything(bench):
    room = bench.room("public", bench.boss)
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
    words = {"room": room, "key": "x", "seq": 1, "text": "x"}
    stranger = Json(bench.server, WebLines(bench.server.ports["web"]), "stranger")
    for asked in itertools.chain(*Json.asks.values()):
        assert stranger.ask(asked, **words)[0]["code"] == "name_needed", asked
    stranger.client.close()
    stranger = Rest(bench.server, Api(bench.server.ports["web"]), "stranger")
    for asked in itertools.chain(*Rest.asks.values()):
        assert stranger.ask(asked, **words)[0][0] == 401, asked
    stranger.client.close()
    bench.boss.client.send(f"/who {room}")
    assert any(line.endswith("boss") for line in bench.boss.client.answers())
    clean(bench, room, "public")


def test_t041_what_friendly_says_in_the_lobby_is_no_exception(bench):
    ruler, anna = bench.subject("line", "admin"), bench.subject("friendly", "member")
    ruler.client.send("/join lobby")
    anna.client.say("as a member")
    ruler.must("/mode moderated on")
    assert anna.ask("while moderated")
    ruler.must(f"/role {anna.name} voice")
    anna.client.say("with a voice")
    ruler.must(f"/role {anna.name} member", "/mode moderated off", f"/mute {anna.name}")
    assert anna.ask("while muted")
    ruler.must(f"/unmute {anna.name}")
    anna.client.say("again")
    assert bench.server.process.poll() is None
