"""The transcripts of test/dialog over TCP. src/sim/dialog.h has their format; there they are
played against the pure server.

One worker reads its connections in the order in which they have something to read. So whoever is
answered by it knows that all which was sent before, by anybody, has been read before: this is how
the order of a transcript is kept without a pause after each line."""

import pathlib
import re
import select
import time

import pytest

from client import PATIENCE, SLOW, Client
from server import Server
from web_client import WebLines

pytestmark = pytest.mark.hub_only

DIALOGS = sorted((pathlib.Path(__file__).parent / ".." / "dialog").glob("*.dialog"))


def listener(words):
    """What `use NAME` asks for, as the settings of a listener."""
    settings = {"dialect": "web" if words[0] == "json" else words[0]}
    if words[0] == "auto":
        settings["auto_wait_ms"] = 60000
    for key, value in (word.split("=", 1) for word in words[1:]):
        if key != "from":
            settings[key] = value
    return settings


def title(settings):
    return " ".join(f"{key}={value}" for key, value in sorted(settings.items()))


class Player:
    def __init__(self, folder, script):
        uses = [line.split()[2:] for line in script if line.startswith("use ")]
        listeners = {title(settings): settings for settings in map(listener, uses)}
        listeners["barrier"] = {"dialect": "dollar"}
        sections = {"server": {"workers": 1, "name": "irc.parlance"}}
        sections["accounts"] = {"password_cost": "minimum"}
        sections["limits"] = {"monitor_entries": 10}  # as the pure hub of the dialogs has it
        self.server = Server(folder, listeners, sections)
        self.names, self.people = {}, {}
        self.start()

    def start(self):
        self.server.start()
        for port in self.server.ports.values():  # a worker may take up one after the other
            client = Client(port)
            client.send_bytes(b"\0\n")
            client.line_bytes()
            client.half_close()
            client.read_to_end()
        self.barrier = Client(self.server.ports["barrier"])
        self.barrier.expect("------Welcome to Txt Chat------")

    def settle(self):
        """Twice: what the first line of a connection brings about may be read in a second turn."""
        for _ in range(2):
            self.barrier.send("x")
            assert self.barrier.line().startswith("$$error: ")

    def fill(self, text):
        return re.sub(r"\$\{([^}]+)\}", lambda match: self.names[match[1]], text)

    def play(self, line):
        word, _, rest = line.lstrip().partition(" ")
        if word == "use":
            name, *words = rest.split()
            source = next((w[5:] for w in words[1:] if w.startswith("from=")), None)
            kind = WebLines if words[0] == "json" else Client
            client = kind(self.server.ports[title(listener(words))], source=source)
            self.people[name], self.names[f"addr.{name}"] = client, client.address
            self.settle()
        elif word == "raw":
            name, _, quoted = rest.partition("> ")
            text = self.fill(quoted.strip())[1:-1]
            self.people[name].send_bytes(
                text.encode().decode("unicode_escape").encode("latin-1")
            )
            self.settle()
        elif word == "restart":
            self.restart()
        elif word == "wait":
            time.sleep(int(rest) / 1000)
        elif word and not word.startswith("#"):
            self.play_person(*re.fullmatch("(.*?)(<~|<!|<|>|!)", word).groups(), rest)

    def play_person(self, name, mark, rest):
        client = self.people[name]
        if mark == ">":
            client.send(self.fill(rest))
            self.settle()
        elif mark == "<":
            found = text_of(client)
            assert found == self.fill(rest), f"{found!r} instead of {self.fill(rest)!r}"
        elif mark == "<~":
            found, pattern = text_of(client), self.fill(rest)
            match = re.fullmatch(pattern, found)
            assert match, f"{found!r} does not match {pattern!r}"
            self.names.update(match.groupdict())
        elif mark == "<!":
            client.expect_closed()
        else:
            (client.half_close if rest.strip() == "eof" else client.reset)()
            self.settle()

    def restart(self):
        self.expect_all_read()
        self.server.kill()
        for client in self.people.values():
            client.close()
        self.barrier.close()
        self.start()

    def expect_all_read(self):
        """Nobody has a line that the transcript does not have."""
        deadline = time.monotonic() + 0.05 * SLOW
        watched = {c.socket: n for n, c in self.people.items() if c.socket.fileno() >= 0}
        while watched and (left := deadline - time.monotonic()) > 0:
            for ready in select.select(list(watched), [], [], left)[0]:
                name = watched.pop(ready)
                try:
                    self.people[name].unread += ready.recv(65536)
                except ConnectionResetError:
                    pass
        unread = {name: client.unread for name, client in self.people.items() if client.unread}
        assert not unread, f"unread: {unread}"

    def end(self):
        for client in (self.barrier, *self.people.values()):
            client.close()
        self.server.end()


def text_of(client):
    """The next line. The barrier has not said who it is; in the transcripts everybody has."""
    text = client.line_bytes().decode(errors="surrogateescape")  # telnet answers are no text
    if ":have not said who they are" in text:
        return text_of(client)
    return text.rstrip("\n").removesuffix("\r")


@pytest.mark.parametrize("dialog", DIALOGS, ids=lambda path: path.stem)
def test_dialog(dialog, tmp_path):
    script = dialog.read_text().splitlines()
    player = Player(tmp_path / "server", script)
    try:
        for number, line in enumerate(script, 1):
            try:
                player.play(line)
            except AssertionError as fault:
                raise AssertionError(f"{dialog.name}:{number}: {line}: {fault}") from None
        player.expect_all_read()
    finally:
        player.end()
