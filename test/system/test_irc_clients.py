"""Real IRC clients, driven without a screen: each comes, joins, talks, hears, and is there again after
the server was started again. catgirl speaks TLS alone."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import threading
import time

import irc.bot
import pytest

from client import PATIENCE
from server import run

pytestmark = pytest.mark.release_only

LISTENERS = {"line": {}, "irc": {"dialect": "irc"}}


def secure(server):
    """The IRC listener speaks TLS, with a certificate for `localhost`."""
    server.sections["server"]["name"] = "localhost"
    files = {"tls_cert": "tls-cert.pem", "tls_key": "tls-key.pem"}
    server.write_config()
    made = run("cert", "--config", server.config)
    assert made.returncode == 0, made.stderr
    server.listeners["irc"].update({key: [str(server.data / name)] for key, name in files.items()})
    server.write_config()


def wait_for(condition, what, patience=2 * PATIENCE):
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.02)
    return found


class Library:
    """python3-irc: a bot of its own in a thread."""

    nick = "liba"

    def __init__(self, port, folder):
        del folder
        self.shown, self.stopped = [], False
        spec = irc.bot.ServerSpec("127.0.0.1", port)
        self.bot = irc.bot.SingleServerIRCBot([spec], self.nick, "A library", 1)
        self.bot.on_welcome = lambda connection, event: connection.join("#tea")
        self.bot.on_pubmsg = self.on_pubmsg
        self.bot._connect()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped:
            self.bot.ircobj.process_once(0.05)

    def on_pubmsg(self, connection, event):
        del connection
        self.shown.append(f"<{event.source.nick}> {event.arguments[0]}")

    def say(self, text):
        self.bot.connection.privmsg("#tea", text)

    def hears(self, name, text):
        return f"<{name}> {text}" in self.shown

    def names(self):
        """Who is in the room, as the client knows it."""
        channel = self.bot.channels.get("#tea")
        return set(channel.users()) if channel else set()

    def close(self):
        self.stopped = True
        self.thread.join()
        self.bot.connection.close()


class Irssi:
    """In a terminal of tmux, of which all lines are read."""

    nick = "irs"

    def __init__(self, port, folder):
        self.socket = folder / "tmux"
        home = folder / "irssi"
        home.mkdir()
        (home / "config").write_text(
            f"""servers = ({{ address = "127.0.0.1"; chatnet = "p"; port = "{port}";
                autoconnect = "yes"; }});
            chatnets = {{ p = {{ type = "IRC"; nick = "{self.nick}"; }}; }};
            channels = ({{ name = "#tea"; chatnet = "p"; autojoin = "yes"; }});
            settings = {{ core = {{ server_reconnect_time = "2s"; real_name = "A client"; }};
                "irc/core" = {{ cmd_queue_speed = "10ms"; cmds_max_at_once = "50"; }};
                "fe-common/core" = {{ window_auto_change = "yes"; }}; }};
            """
        )
        command = f"irssi --home={shlex.quote(str(home))}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "200", command)

    def tmux(self, *words):
        done = subprocess.run(
            ["tmux", "-S", self.socket, *words],
            capture_output=True,
            text=True,
            env={**os.environ, "TERM": "screen", "LC_ALL": "C.UTF-8"},
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J")

    def say(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def hears(self, name, text):
        return re.search(rf"<[ @+~]?{name}> {text}", self.screen())

    def names(self):
        return set(re.findall(r"\[[ @+~]*(\w+)\s*\]", self.screen()))

    def close(self):
        self.tmux("kill-server")


class Catgirl(Irssi):
    """In a terminal too, over TLS. It ends when the server does: its shell starts it again."""

    nick = "cat"

    def __init__(self, port, folder):
        self.socket = folder / "tmux"
        cert = folder / "server" / "data" / "tls-cert.pem"
        client = f"catgirl -h localhost -p {port} -n {self.nick} -j '#tea' -t {cert}"
        loop = f"while sleep 0.2; do {client}; done"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "200", loop)

    def names(self):
        found = re.search(r"In #tea are (.*)", self.screen())
        return set(re.findall(r"\w+", found[1])) if found else set()


class Files:
    """A client whose room is a folder; what it shows is a file."""

    def read(self, path):
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def write(self, path, line):
        wait_for(path.exists, path)
        with open(path, "w", encoding="utf-8") as fifo:
            fifo.write(line + "\n")


class Weechat(Files):
    """weechat-headless: typed into by its FIFO, read by its log."""

    nick = "wee"

    def __init__(self, port, folder):
        self.home, self.asked = folder / "weechat", False
        commands = [
            "/set logger.file.flush_delay 0",
            "/set irc.server_default.anti_flood_prio_high 0",
            "/set irc.server_default.anti_flood_prio_low 0",
            "/set irc.network.autoreconnect_delay_growing 1",
            f"/server add p 127.0.0.1/{port}",
            f"/set irc.server.p.nicks {self.nick}",
            "/set irc.server.p.autojoin #tea",
            "/set irc.server.p.autoreconnect_delay 1",
            "/connect p",
        ]
        words = [word for command in commands for word in ("-r", command)]
        self.process = subprocess.Popen(
            ["weechat-headless", "--stdout", "-d", self.home, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.fifo = self.home / f"weechat_fifo_{self.process.pid}"

    def log(self):
        return self.read(self.home / "logs" / "irc.p.#tea.weechatlog")

    def say(self, text):
        self.write(self.fifo, f"irc.p.#tea *{text}")

    def hears(self, name, text):
        return re.search(rf"\t[@~+&]?{name}\t{text}\n", self.log())

    def names(self):
        if "Channel #tea: " in self.log() and not self.asked:
            self.asked = True
            self.say("/names")
        lists = re.findall(r"Nicks #tea: \[(.*)\]", self.log())
        return set(re.findall(r"\w+", lists[-1])) if lists else set()

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


class Ii(Files):
    """ii, which ends when the server closes: whoever runs it starts it again."""

    nick = "iis"

    def __init__(self, port, folder):
        self.home, self.port = folder / "ii", port
        self.home.mkdir()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["ii", "-s", "127.0.0.1", "-p", str(self.port), "-n", self.nick, "-i", self.home],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.write(self.home / "127.0.0.1" / "in", "/j #tea")

    def room(self):
        return self.home / "127.0.0.1" / "#tea"

    def come_back(self):
        self.process.wait(2 * PATIENCE)
        self.start()

    def say(self, text):
        self.write(self.room() / "in", text)

    def hears(self, name, text):
        return f" <{name}> {text}\n" in self.read(self.room() / "out")

    def names(self):
        lines = self.read(self.home / "127.0.0.1" / "out")
        return set(re.findall(r"\w+", " ".join(re.findall(r" = #tea (.*)\n", lines))))

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


FRAMEWORK = pathlib.Path(__file__).parent / "irc_framework"


class Framework:
    """irc-framework in node, with the capabilities that it knows of."""

    nick = "fra"

    def __init__(self, port, folder):
        if not shutil.which("node") or not shutil.which("npm"):
            pytest.skip("there is no node and npm")
        self.install()
        self.output = folder / "framework"
        with open(self.output, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                ["node", FRAMEWORK / "client.mjs", "127.0.0.1", str(port), self.nick],
                stdin=subprocess.PIPE,
                stdout=output,
                text=True,
            )

    def install(self):
        """As its lock file says; once, for all runs."""
        done = FRAMEWORK / "node_modules" / ".package-lock.json"
        if done.exists():
            return
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        made = subprocess.run(words, cwd=FRAMEWORK, capture_output=True, text=True, timeout=120)
        if made.returncode != 0:
            pytest.skip(f"npm ci failed: {made.stderr[-200:]}")

    def lines(self):
        return self.output.read_text(encoding="utf-8").splitlines()

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def hears(self, name, text):
        return f"<{name}> {text}" in self.lines()

    def names(self):
        lists = [line.split()[1:] for line in self.lines() if line.startswith("names ")]
        return set(lists[-1]) if lists else set()

    def close(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(PATIENCE)


def watcher(server, name):
    """Somebody who sees the room in the line dialect."""
    client = server.line(name)
    client.send("/join tea")
    client.answers()
    return client


def expect(client, *patterns):
    """Lines that hold these come, in this order; others may be between."""
    for pattern in patterns:
        while not re.search(pattern, client.line(2 * PATIENCE)):
            continue


def talk(lina, client, number):
    """Each hears the other."""
    client.say(f"hello {number}")
    expect(lina, f"{client.nick}: hello {number}$")
    lina.send(f"welcome {number}")
    wait_for(lambda: client.hears(lina.name, f"welcome {number}"), "a word")


@pytest.mark.parametrize("kind", [Library, Irssi, Catgirl, Weechat, Ii, Framework])
def test_a_client_joins_talks_hears_and_comes_back(make, tmp_path, kind):
    server = make(listeners={title: dict(rows) for title, rows in LISTENERS.items()})
    if kind is Catgirl:
        secure(server)
    server.start()
    lina = watcher(server, "lina")
    client = kind(server.ports["irc"], tmp_path)
    try:
        expect(lina, rf"{client.nick} has joined")
        wait_for(lambda: client.names() >= {"lina", client.nick}, "the names")
        talk(lina, client, 1)
        server.restart()
        lina = watcher(server, "lina2")
        if isinstance(client, Ii):
            client.come_back()
        lina.send("/who tea")
        if client.nick not in lina.line():
            expect(lina, rf"{client.nick} has joined")
        talk(lina, client, 2)
    finally:
        client.close()
