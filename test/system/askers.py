"""People who ask for everything that the permission matrix has (test_threats_rights.py), each in the
words of her own dialect."""

import json
import re

from api import Api
from client import DIALECTS, Client
from web_client import WebLines

VICTIM, OUTSIDER = 5001, 5002  # phones


class Asker:
    """Somebody in one dialect. `asks`: how she asks for an action, one way or several; {room}, {key},
    {seq}, {me} and {text} are filled in. `needs_to_be_in`: what she can ask of the room that she types
    into alone."""

    asks = {}
    needs_to_be_in = set()
    listing = None  # what asks for the rooms that she may know of

    def __init__(self, server, client, name=None):
        self.server, self.client, self.name = server, client, name or client.name

    @classmethod
    def come(cls, server, number):
        raise NotImplementedError

    def me(self):
        return self.name

    def ask(self, asked, **words):
        """What was refused of it."""
        self.client.send(asked.format(me=self.me(), **words))
        return self.refusals()

    def refusals(self):
        frame = self.client.error.partition("{")[0]
        return [line for line in self.client.answers() if line.startswith(frame)]

    def must(self, *lines):
        self.client.send(*lines)
        lost = self.refusals()
        assert not lost, f"{self.name}: {lines} were refused: {lost}"

    def join(self, room):
        lost = self.ask(self.asks["enter"][0], room=room, key="sesame")
        assert not lost, f"{self.name} cannot enter {room}: {lost}"

    def lists(self, room, pattern):
        """What she is told where the room is not among the rooms that she may know of."""
        self.client.send(self.listing.format(me=self.me()))
        lines = self.client.answers()
        return [] if any(re.match(pattern, line) for line in lines) else lines or ["nothing"]

    def sees(self, room):
        raise NotImplementedError

    oper = None  # makes her an administrator


class Line(Asker):
    asks = {
        "see": [],
        "enter": ["/join {room} {key}"],
        "read": ["/who {room}"],
        "say": ["{text}"],
        "react": ["/react {seq} +1"],
        "edit": ["/edit {seq} changed"],
        "retract": ["/remove {seq}"],
        "topic": ["/topic a new one"],
        "invite": ["/invite outsider"],
        "kick": ["/kick victim"],
        "mute": ["/mute victim"],
        "ban": ["/ban victim", "/bans", "/audit"],
        "filter": ["/filter refuse zebra", "/filter 60 zebra?"],
        "voice": ["/role victim voice"],
        "promote": ["/role victim operator"],
        "mode": ["/mode days 3"],
        "rename": ["/rename {room}-b"],
        "delete": ["/delete {room}"],
    }
    needs_to_be_in = set(asks) - {"see", "enter", "read", "delete"}
    listing = "/rooms"

    @classmethod
    def come(cls, server, number):
        return cls(server, server.line(f"l{number}"))

    def oper(self):
        self.must("/oper root sesame-root")

    def sees(self, room):
        return self.lists(room, rf"\* {room} \(")

    def seq_of(self, text):
        """The number of what was said in the room that she types into."""
        self.client.send("/history 50 #")
        for line in self.client.answers():
            match = re.search(r"#(\d+) [^:]*: (.*)", line)
            if match and match[2] == text:
                return match[1]
        raise AssertionError(f"{text!r} is not in the history")


class Friendly(Asker):
    @classmethod
    def come(cls, server, number):
        return cls(server, server.friendly())


class Pipe(Asker):
    asks = {
        "see": [],
        "enter": ["102|{me}|{room}"],
        "read": ["107|{me}|{room}"],
        "say": ["106|{me}|{room}|{text}"],
        "invite": [f"102|{{me}}|{{room}}|{OUTSIDER}"],
        "kick": [f"103|{{me}}|{{room}}|{VICTIM}"],
        "delete": ["105|{me}|{room}"],
    }
    listing = "104|{me}|"

    @classmethod
    def come(cls, server, number):
        return cls(server, server.pipe(number))

    def me(self):
        return self.client.number

    def sees(self, room):
        return self.lists(room, rf"104\|0\|\d+\|{room}\|")


class Dollar(Asker):
    asks = {"enter": ["join${me}${room}"], "say": ["send_msg${me}${room}${text}"]}

    @classmethod
    def come(cls, server, number):
        return cls(server, server.dollar(f"d{number}"))

    def me(self):
        return self.client.address


class IrcClient(Client):
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


DIALECTS["irc"] = IrcClient


class Irc(Asker):
    """Refusals are numerics of 400 and above, FAIL, or notices of the server."""

    asks = {
        "see": [],
        "enter": ["JOIN #{room} {key}"],
        "read": [],
        "say": ["PRIVMSG #{room} :{text}"],
        "retract": ["REDACT #{room} {hex}-{seq}"],
        "topic": ["TOPIC #{room} :a new one"],
        "invite": ["INVITE outsider #{room}"],
        "kick": ["KICK #{room} victim"],
        "ban": ["MODE #{room} +b victim", "MODE #{room} +e"],
        "voice": ["MODE #{room} +v victim"],
        "promote": ["MODE #{room} +o victim"],
        "mode": ["MODE #{room} -t"],
        "rename": ["RENAME #{room} #{room}-b"],
    }
    listing = "LIST"

    @classmethod
    def come(cls, server, number):
        return cls(server, server.connect("irc").enter(f"i{number}"))

    def refusals(self):
        refused = r":[^! ]+ ([45]\d\d|NOTICE|FAIL) "
        return [line for line in self.client.answers() if re.match(refused, line)]

    def sees(self, room):
        return self.lists(room, rf":\S+ 322 \S+ #{room} ")

    def reads(self, room):
        """What is not for her has an end and no names (RFC 2812, section 3.2.5)."""
        self.client.send(f"NAMES #{room}")
        lines = self.client.answers()
        listed = any(re.match(rf":\S+ 353 \S+ [=@] #{room} :.*boss", line) for line in lines)
        return [] if listed else lines or ["nothing"]

    def oper(self):
        self.client.send("OPER root sesame-root")
        assert any(" 381 " in line for line in self.client.answers())


def filled(asked, words):
    """A message or body of JSON with its words filled in; digits are a number."""
    if isinstance(asked, dict):
        return {key: filled(value, words) for key, value in asked.items()}
    if not isinstance(asked, str):
        return asked
    text = asked.format(**words)
    return int(text) if text.isdigit() else text


def json_of(kind, **keys):
    return {"type": kind, "room": "{room}", **keys}


class Json(Asker):
    asks = {
        "see": [],
        "enter": [json_of("join", key="{key}", create=False)],
        "read": [json_of("history", count=5), json_of("members"), json_of("search", text="boss")],
        "say": [json_of("send", text="{text}")],
        "react": [json_of("react", target="{seq}", reaction="+1")],
        "edit": [json_of("edit", target="{seq}", text="changed")],
        "retract": [json_of("remove", target="{seq}")],
        "topic": [json_of("topic", text="a new one")],
        "invite": [json_of("invite", name="outsider")],
        "kick": [json_of("kick", name="victim")],
        "mute": [json_of("mute", name="victim")],
        "ban": [json_of("ban", name="victim"), json_of("restraints"), json_of("audit")],
        "filter": [
            json_of("filter", words="zebra", action="refuse"),
            json_of("filter", words="zebra?", action="mute", seconds=60),
        ],
        "voice": [json_of("role", name="victim", role="voice")],
        "promote": [json_of("role", name="victim", role="operator")],
        "mode": [json_of("mode", setting="days", value=3)],
        "rename": [json_of("rename", name="{room}-b")],
        "delete": [json_of("delete")],
    }

    @classmethod
    def come(cls, server, number):
        client = WebLines(server.ports["web"])
        server.clients.append(client)
        asker = cls(server, client, f"j{number}")
        assert not asker.ask({"type": "hello", "name": asker.name})
        return asker

    def answers(self, message):
        """All that comes, up to the pong behind the answers to it."""
        self.client.send(json.dumps(message), '{"type": "ping"}')
        answers = []
        while (answer := json.loads(self.client.line()))["type"] != "pong":
            answers.append(answer)
        return answers

    def ask(self, asked, **words):
        return [a for a in self.answers(filled(asked, words)) if a["type"] == "error"]

    def refusals(self):
        return self.ask({"type": "rooms"})

    def sees(self, room):
        pieces = [a for a in self.answers({"type": "rooms"}) if a["type"] == "rooms"]
        rooms = [row["name"] for piece in pieces for row in piece["rooms"]]
        return [] if room in rooms else rooms or ["nothing"]

    def oper(self):
        lost = self.ask({"type": "oper", "name": "root", "password": "sesame-root"})
        assert not lost, lost

    def hex_of(self, room):
        entered = self.answers({"type": "join", "room": room})
        return next(a["room"]["hex"] for a in entered if a["type"] == "entered")


class Rest(Asker):
    """A program with a token of an account; who is not in a room and says something in it enters."""

    asks = {
        "see": [],
        "enter": [("PUT", "/membership", {"key": "{key}"})],
        "read": [
            ("GET", "/messages", None),
            ("GET", "/members", None),
            ("GET", "/search?text=boss", None),
        ],
        "say": [("POST", "/messages", "{text}")],
        "react": [("PUT", "/messages/{seq}/reactions/yes", None)],
        "edit": [("PATCH", "/messages/{seq}", {"text": "changed"})],
        "retract": [("DELETE", "/messages/{seq}", None)],
        "topic": [("PATCH", "", {"topic": "a new one"})],
        "invite": [("PUT", "/invitations/outsider", None)],
        "kick": [("DELETE", "/members/victim", None)],
        "mute": [("PUT", "/mutes/victim", {"minutes": 5})],
        "ban": [
            ("PUT", "/bans/victim", {"minutes": 5}),
            ("GET", "/restraints", None),
            ("GET", "/audit", None),
        ],
        "filter": [
            ("PUT", "/filters/zebra", {"action": "refuse"}),
            ("PUT", "/filters/zebra%3F", {"action": "mute", "seconds": 60}),
        ],
        "voice": [("PUT", "/roles/victim", {"role": "voice"})],
        "promote": [("PUT", "/roles/victim", {"role": "operator"})],
        "mode": [("PUT", "/modes/days", {"value": 3})],
        "rename": [("PATCH", "", {"name": "{room}-b"})],
        "delete": [("DELETE", "", None)],
    }

    @classmethod
    def come(cls, server, number):
        name = f"r{number}"
        server.ask("user", "add", name, "--password-stdin", given="a-long-password\n")
        token = server.ask("token", "add", name, "test", "read,write,moderate,admin").split()[0]
        return cls(server, Api(server.ports["web"], token), name)

    def ask(self, asked, room=None, **words):
        method, path, body = asked
        path = f"/rooms/{room}" + path.format(**words)
        status, said = self.client.ask(method, path, filled(body, {"room": room, **words}))
        return [] if status < 300 else [(status, said)]

    def refusals(self):
        return []

    def sees(self, room):
        rooms = [row["name"] for row in self.client.good("GET", "/rooms")["rooms"]]
        return [] if room in rooms else rooms or ["nothing"]


ASKERS = {
    "line": Line,
    "pipe": Pipe,
    "dollar": Dollar,
    "irc": Irc,
    "json": Json,
    "api": Rest,
    "friendly": Friendly,
}
