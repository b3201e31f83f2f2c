"""The terminal client in a terminal: tmux is its screen and its keyboard."""

import fcntl
import os
import pty
import re
import select
import shlex
import stat
import struct
import subprocess
import termios
import time

import pytest

from client import PARLANCE, PATIENCE
from server import ENVIRONMENT, SANITIZER, run

pytestmark = pytest.mark.hub_only  # it has one thread

WAIT = 2 * PATIENCE


class Terminal:
    """A client in a terminal of its own."""

    count = 0

    def __init__(self, folder, *words, size=(80, 24), env=None, term="tmux-256color"):
        Terminal.count += 1
        self.folder = folder
        self.socket = folder / f"tmux-{Terminal.count}"
        self.errors = folder / f"errors-{Terminal.count}"
        self.words, self.size, self.term = words, size, term
        self.env = {"HOME": str(folder), "TZ": "UTC", **(env or {})}
        self.start()

    def start(self):
        settings = "".join(f"{k}={shlex.quote(v)} " for k, v in self.env.items())
        command = f"exec env -u COLORTERM {settings}{os.path.abspath(PARLANCE)} chat "
        command += " ".join(shlex.quote(str(word)) for word in self.words)
        command += f" 2>>{shlex.quote(str(self.errors))}"
        self.tmux(
            *("-f", "/dev/null", "new-session", "-d"),
            *("-x", str(self.size[0]), "-y", str(self.size[1]), command),
            *(";", "set", "-g", "status", "off"),
            *(";", "set", "-g", "remain-on-exit", "on"),
            *(";", "set", "-sg", "escape-time", "0"),
        )

    def tmux(self, *words, check=True):
        env = {**ENVIRONMENT, "TERM": self.term, "LC_ALL": "C.UTF-8"}
        env.pop("TMUX", None)
        done = subprocess.run(
            ["tmux", "-S", self.socket, *words],
            *(),
            capture_output=True,
            text=True,
            env=env,
            timeout=PATIENCE + 5,
            check=False,
        )
        assert not check or done.returncode == 0, (words, done.stderr)
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def coloured(self):
        return self.tmux("capture-pane", "-p", "-e")

    def rows(self):
        return self.screen().split("\n")

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def enter(self, text):
        self.type(text)
        self.keys("Enter")

    def wait_for(self, condition, what):
        deadline = time.monotonic() + WAIT
        while not (found := condition(self.screen())):
            log = self.errors.read_text() if self.errors.exists() else ""
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.screen()}\n{log}"
            time.sleep(0.05)
        return found

    def shows(self, *texts):
        for text in texts:
            self.wait_for(lambda screen, text=text: text in screen, repr(text))
        return self

    def shows_not(self, text):
        self.wait_for(lambda screen: text not in screen, f"no {text!r}")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def pid(self):
        return int(self.tmux("display", "-p", "#{pane_pid}"))

    def ended(self):
        return self.tmux("display", "-p", "#{pane_dead}").strip() == "1"

    def close(self):
        self.tmux("kill-server", check=False)
        said = self.errors.read_text() if self.errors.exists() else ""
        assert not SANITIZER.search(said), said


@pytest.fixture
def terminal(tmp_path):
    """Makes clients: terminal(server, "name", more options...)."""
    made = []

    def make(server, name, *words, title="auto", scheme="", **options):
        folder = tmp_path / f"home-{name}"
        folder.mkdir(exist_ok=True)
        address = f"{scheme}127.0.0.1:{server.ports[title]}"
        made.append(Terminal(folder, address, "--name", name, *words, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_two_terminals_and_nc_in_one_room(server, terminal):
    alice = terminal(server, "alice").shows("connected", "#lobby")
    bob = terminal(server, "bob").shows("connected", "#lobby")
    alice.shows("bob came in")
    nc = server.line("carol")
    bob.shows("carol came in")
    alice.enter("good evening")
    bob.shows("alice good evening")
    nc.expect("alice: good evening")
    nc.say("evening, alice")
    alice.shows("carol evening, alice")
    bob.enter("/me waves")
    nc.expect("bob waves")
    alice.shows("* bob waves")
    bob.enter("two//")
    alice.shows("bob two//")
    assert "…" not in alice.screen()  # what she said is stored


def test_it_completes(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    server.line("bartholomew")
    alice.shows("bartholomew came in")
    alice.type("bar")
    alice.keys("Tab")
    alice.shows("› bartholomew:")
    alice.type(":coff")
    alice.keys("Tab")
    alice.shows("☕")
    alice.keys("C-u")
    alice.type("/sear")
    alice.keys("Tab")
    alice.shows("› /search")


def test_it_scrolls_back_to_the_first_message(server, terminal):
    nc = server.line("carol")
    for i in range(350):
        nc.send(f"line number {i}")
    nc.sync()
    alice = terminal(server, "alice").shows("line number 349")
    before = alice.rows()[3:10]
    alice.keys("PPage")
    alice.wait_for(lambda screen: "line number 349" not in screen, "older ones")
    assert alice.rows()[3:10] != before
    for _ in range(40):
        alice.keys("PPage")
        time.sleep(0.05)
    alice.shows("line number 0\n")
    nc.send("meanwhile")
    alice.shows("1 below")
    alice.keys("End")
    alice.shows("meanwhile")


def test_it_fits_any_size(server, terminal):
    alice = terminal(server, "alice", size=(80, 24)).shows("connected")
    server.line("carol").send("words " * 60)
    alice.shows("carol words")
    small = alice.rows()
    alice.resize(200, 60)
    alice.wait_for(lambda screen: screen.count("\n") == 60, "60 rows")
    alice.shows("2 here", " carol")
    assert len(alice.rows()[0]) > 150
    alice.resize(80, 24)
    alice.wait_for(lambda screen: screen.split("\n")[:-1] == small[:-1], "what was there")
    alice.resize(20, 6)
    alice.wait_for(lambda screen: screen.count("\n") == 6, "6 rows")
    alice.resize(5, 2)
    alice.wait_for(lambda screen: screen.count("\n") == 2, "2 rows")
    alice.resize(80, 24)
    alice.shows("alice (guest)", "carol words")


def test_what_is_typed_while_the_server_is_dead_is_said_once(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    bob = terminal(server, "bob").shows("connected")
    alice.enter("before")
    bob.shows("alice before")
    server.kill()
    alice.shows("no connection")
    alice.enter("in between")
    alice.shows("in between …", "1 waiting to be sent")
    server.start()
    alice.shows("connected")
    bob.shows("alice in between")
    alice.shows_not("in between …")
    carol = server.line("carol")
    carol.send("/history 20")
    lines = carol.answers()
    assert sum("in between" in line for line in lines) == 1, lines
    assert sum("before" in line for line in lines) == 1, lines
    assert alice.screen().count("alice before") == 1
    assert bob.screen().count("in between") == 1


def test_what_was_missed_is_shown_without_gap_or_repetition(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    server.line("carol").send("one")
    alice.shows("carol one")
    os.kill(alice.pid, 19)  # SIGSTOP
    server.kill()
    server.start()
    again = server.line("carol")
    again.send("two", "three")
    again.sync()
    os.kill(alice.pid, 18)
    alice.shows("carol two", "carol three")
    said = re.findall("carol (one|two|three)", alice.screen())
    assert said == ["one", "two", "three"]


def test_a_killed_client_says_it_the_next_time(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    server.kill()
    alice.shows("no connection")
    alice.enter("last will")
    alice.shows("last will …")
    os.kill(alice.pid, 9)
    alice.close()
    server.start()
    bob = terminal(server, "bob").shows("connected")
    terminal(server, "alice").shows("connected", "alice last will")
    bob.shows("alice last will")
    alice = terminal(server, "alice").shows("alice last will")
    time.sleep(0.5)
    assert bob.screen().count("last will") == 1
    assert alice.screen().count("last will") == 1


HOSTILE = [
    "\u202egnol dna sdrawkcab\u202c",
    "e" + "\u0301" * 1000,
    "\ufdfd" * 40,
    "日本語テキスト" * 20,
    "👩\u200d👩\u200d👧\u200d👦 family ❤\ufe0f 👍\U0001f3fd",
    "שלום עולם، مرحبا",
    "\u0007\u001b[2J\u001b[H\u001b]0;owned\u0007",
    "\u009b2J\u0085 c1",
    "20:00 alice not me",
    "\u115f\u1160\u3164\u2800 fillers",
    "\U000e0041\U000e0042 tags",
]


def test_t044_t045_nothing_a_stranger_says_moves_the_cursor(server, terminal):
    alice = terminal(server, "alice", size=(80, 40)).shows("connected")
    nc = server.line("mallory")
    alice.shows("mallory came in")
    for text in HOSTILE:
        nc.send(text, "ok")
    nc.answers()
    alice.wait_for(lambda screen: screen.count("mallory ok") == len(HOSTILE), "all of them")
    rows = [row.replace("\u200e", "") for row in alice.rows()]
    assert rows[-2].startswith("›")
    assert rows[0].startswith(" lobby") and rows[0].endswith("connected")
    for row in rows[1:-3]:  # the bar stands where it stood: nothing before it is wider
        assert row[16:17] == "│", rows
    for row in rows:
        if "mallory" in row and "came in" not in row:
            assert re.match(r".{16}│\d\d:\d\d      mallory ", row), row
    assert "\u202e" not in alice.screen()
    assert "owned" not in alice.tmux("display", "-p", "#{pane_title}")
    assert "[2J" in alice.screen()


def test_a_mention_rings_and_is_highlighted(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    carol = server.line("carol")
    alice.enter("/join ops")
    alice.shows("#ops")
    carol.send("hello alice")
    alice.wait_for(lambda screen: re.search("#lobby +1", screen), "the count")
    alice.keys("M-a")
    alice.shows("carol hello alice", "─ new ─")
    line = next(row for row in alice.coloured().split("\n") if "hello alice" in row)
    assert "38;5;214" in line, line


def test_no_color_is_heeded(server, terminal):
    server.line("carol").send("hello")
    plain = terminal(server, "alice", env={"NO_COLOR": "1"}).shows("carol hello")
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|38|9[0-7])[;m]", plain.coloured())
    other = terminal(server, "bob").shows("carol hello")
    assert "38;5;" in other.coloured()
    eight = terminal(server, "dora", env={"TERM": "xterm"}).shows("carol hello")
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", eight.coloured())


def test_reactions_replies_and_edits(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    bob = terminal(server, "bob").shows("connected")
    bob.enter("tea or coffee?")
    alice.shows("bob tea or coffee?")
    alice.enter("/react coffee")
    bob.shows("☕ 1")
    alice.keys("M-Up")
    alice.shows("r reply")
    alice.keys("r")
    alice.enter("coffee, please")
    bob.shows("╭ bob tea or coffee?", "alice coffee, please")
    alice.enter("/edit tea, please")
    bob.shows("alice tea, please (edited)")
    alice.enter("/remove")
    bob.shows("alice (removed)")


def test_accounts_log_in_and_stay(serve, terminal):
    server = serve({"auto": {}}, {"accounts": {"password_cost": "minimum"}})
    alice = terminal(server, "alice").shows("connected")
    alice.enter("/register")
    alice.shows("A password for your account:")
    alice.enter("correct horse battery")
    alice.shows("You are logged in as alice")
    alice.shows_not("(guest)")
    assert "correct" not in alice.screen()
    alice.enter("/quit")
    alice.wait_for(lambda screen: alice.ended(), "the end")
    alice.close()
    again = terminal(server, "alice").shows("connected")
    again.shows_not("(guest)")
    other = terminal(server, "alice", env={"XDG_STATE_HOME": str(again.folder / "elsewhere")})
    other.shows("Password:")
    other.enter("wrong")
    other.shows("Password:", "wrong")
    other.enter("correct horse battery")
    other.shows("connected")
    other.shows_not("(guest)")


def test_what_is_read_on_one_terminal_is_read_on_the_other(serve, terminal):
    server = serve({"auto": {}}, {"accounts": {"password_cost": "minimum"}})
    alice = terminal(server, "alice", "--room", "lobby", "--room", "ops", "--register")
    alice.shows("Password:")
    alice.enter("correct horse battery")
    alice.shows("connected", "#ops")
    elsewhere = {"XDG_STATE_HOME": str(alice.folder / "elsewhere")}
    other = terminal(server, "alice", "--login", env=elsewhere).shows("Password:")
    other.enter("correct horse battery")
    other.shows("connected", "#lobby", "#ops")
    for client in (alice, other):
        client.enter("/room ops")
        client.wait_for(lambda screen: screen.startswith(" ops"), "ops")
    carol = server.auto("carol")
    carol.send("good news")
    for client in (alice, other):
        client.wait_for(lambda screen: re.search("#lobby +1", screen), "one that is not read")
    alice.enter("/room lobby")
    alice.shows("carol good news")
    other.wait_for(lambda screen: not re.search("#lobby +1", screen), "none")
    other.enter("said on the other one")
    alice.enter("/room ops")
    alice.shows("alice said on the other one")


def test_an_invitation_lets_in(serve, terminal):
    server = serve({"auto": {}}, {"accounts": {"guests": False, "registration": False}})
    word = re.search(r"[0-9A-Za-z_-]{16,}", server.ask("invite"))[0]
    refused = terminal(server, "alice").shows("Password:")
    assert "connected" not in refused.rows()[0]
    terminal(server, "bob", "--invite", word).shows("connected", "#lobby")


def test_direct_messages(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    bob = terminal(server, "bob").shows("connected")
    alice.shows("bob came in")
    alice.enter("/msg bob psst")
    bob.shows("@alice")
    bob.keys("M-a")
    bob.shows("alice psst")
    bob.enter("what?")
    alice.shows("bob what?")


def test_what_it_keeps_is_its_owners_alone(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    alice.keys("F2")
    alice.enter("/quit")
    alice.wait_for(lambda screen: alice.ended(), "the end")
    files = [path for path in alice.folder.rglob("*") if ".config" in str(path) or ".local" in str(path)]
    names = {path.name for path in files}
    assert {"identity", "chat.conf"} <= names, names
    for path in files:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))
    assert "rooms = hidden" in (alice.folder / ".config/parlance/chat.conf").read_text()


def chat(server, tmp_path, *words, given=None, title="auto", scheme=""):
    address = f"{scheme}127.0.0.1:{server.ports[title]}"
    return run("chat", address, *words, env={"HOME": str(tmp_path)}, given=given)


def test_lines_of_a_pipe_are_said(server, tmp_path):
    carol = server.line("carol")
    carol.send("/join ops")
    carol.answers()
    done = chat(server, tmp_path, "--plain", "--name", "log", "--room", "ops",
                given="first\n/quit is no command here\n\x1b[2Jthird")
    assert (done.returncode, done.stderr) == (0, "")
    assert carol.line().startswith("log ")
    carol.expect("log: first", "log: /quit is no command here", "log: ␛[2Jthird")


def test_what_others_say_comes_out_of_the_pipe(server, tmp_path):
    address = f"127.0.0.1:{server.ports['auto']}"
    carol = server.line("carol")
    process = subprocess.Popen(
        [os.path.abspath(PARLANCE), "chat", address, "--plain", "--name", "ears"],
        env={**ENVIRONMENT, "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        carol.expect("ears has joined the chat")
        carol.send("hello", "/me waves", "\u202ebackwards")
        assert process.stdout.readline() == "carol: hello\n"
        assert process.stdout.readline() == "carol waves\n"
        assert process.stdout.readline() == "carol: backwards\n"
        process.stdin.close()
        assert process.wait(WAIT) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_thousand_lines_are_each_said_once(server, tmp_path):
    carol = server.line("carol")
    given = "".join(f"line {i}\n" for i in range(1000))
    done = chat(server, tmp_path, "--plain", "--name", "log", given=given)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in carol.answers() if line.startswith("log: ")]
    assert lines == [f"log: line {i}" for i in range(1000)]


def test_dollar_servers(server, terminal, tmp_path):
    alice = terminal(server, "alice", "--dialect", "dollar", title="dollar")
    alice.shows("connected", "#my own chan")
    alice.enter("$create_chan tea")
    alice.shows("#tea")
    channel = server.dollar("bob")
    created = re.search("tea +([0-9a-f]{10})", alice.shows("tea").screen())
    alice.enter("$join lobby")
    alice.shows("#lobby")
    channel.join("lobby")
    channel.say("ni hao")
    alice.shows("ni hao")
    alice.enter("hello bob")
    channel.expect("hello bob")
    alice.shows("hello bob")
    alice.enter("$switch tea")
    alice.wait_for(lambda screen: screen.startswith(" tea"), "tea")
    alice.enter("$leave")
    alice.shows_not("#tea")
    del created
    done = chat(server, tmp_path, "--plain", "--dialect", "dollar", "--name", "log",
                "--room", "lobby", title="dollar", given="from a pipe\n")
    assert done.returncode == 0, done.stderr
    channel.expect("from a pipe")


def secure(serve, make):
    server = make({"tls": {"dialect": "auto"}}, {"server": {"name": "localhost"}})
    server.write_config()
    made = run("cert", "--config", server.config)
    assert made.returncode == 0, made.stderr
    server.listeners["tls"].update(
        {"tls_cert": [str(server.data / "tls-cert.pem")], "tls_key": [str(server.data / "tls-key.pem")]}
    )
    server.write_config()
    server.start()
    return server


def test_a_certificate_is_believed_at_first_and_then_the_same_one(serve, make, tmp_path):
    server = secure(serve, make)
    done = chat(server, tmp_path, "--plain", title="tls", scheme="https://", given="one\n")
    assert (done.returncode, done.stderr) == (0, "")
    known = (tmp_path / ".config/parlance/known_servers").read_text()
    assert re.fullmatch(r"127\.0\.0\.1:\d+ sha256 [0-9a-f]{64}\n", known), known
    done = chat(server, tmp_path, "--plain", "--tls", title="tls", given="two\n")
    assert done.returncode == 0, done.stderr
    other = known[:-3] + ("a" if known[-3] != "a" else "b") + known[-2:]
    (tmp_path / ".config/parlance/known_servers").write_text(other)
    address = f"https://127.0.0.1:{server.ports['tls']}"
    refused = subprocess.run(
        ["timeout", "3", os.path.abspath(PARLANCE), "chat", address, "--plain"],
        env={**ENVIRONMENT, "HOME": str(tmp_path)}, input="three\n", capture_output=True, text=True,
        timeout=WAIT, check=False,
    )
    assert "another one than at the first visit" in refused.stderr
    done = chat(server, tmp_path, "--plain", "--insecure", title="tls", scheme="https://", given="four\n")
    assert done.returncode == 0, done.stderr


@pytest.mark.subcommands
def test_wrong_words_are_told(tmp_path):
    for words, told in [
        (["--nonsense"], "unknown option --nonsense"),
        (["--name"], "a value is missing after --name"),
        (["--dialect", "irc"], "unknown dialect irc"),
        (["one", "two"], "one server at a time"),
        (["ftp://x"], "is no address"),
    ]:
        done = run("chat", *words, env={"HOME": str(tmp_path)})
        assert done.returncode == 64, words
        assert told in done.stderr, done.stderr
    done = run("chat", "--help")
    assert done.returncode == 0 and "usage: parlance chat" in done.stdout
    done = run("chat", "127.0.0.1:1", env={"HOME": str(tmp_path)})
    assert done.returncode == 1 and "--plain" in done.stderr


@pytest.mark.parametrize(
    "term, click", [("xterm-256color", b"\x1b[<0;5;4M\x1b[<0;5;4m"), ("screen", b"\x1b[M %$\x1b[M#%$")]
)
def test_the_mouse_goes_from_room_to_room(server, tmp_path, term, click):
    """What tmux is asked to type is never a mouse's, so the terminal is a bare one."""
    words = ["chat", f"127.0.0.1:{server.ports['auto']}", "--name", "alice"]
    words += ["--room", "ops", "--room", "lobby"]
    process, terminal = pty.fork()
    if process == 0:
        env = {**ENVIRONMENT, "TERM": term, "HOME": str(tmp_path)}
        os.execve(os.path.abspath(PARLANCE), ["parlance", *words], env)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        read_until(terminal, b"connected", b"lobby")
        time.sleep(0.3)
        os.write(terminal, click)
        read_until(terminal, b"\x1b[H", b"lobby")  # the title is another room's
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
        os.close(terminal)


def read_until(terminal, *parts):
    seen, deadline = b"", time.monotonic() + WAIT
    while not all(part in seen for part in parts):
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"waited for {parts}, saw {seen!r}"
        seen += os.read(terminal, 65536)
    return seen


def test_keys_that_nobody_knows_type_nothing(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    alice.type("a\x1b[1;9Zb\x1b[99~c")
    alice.shows("› abc\n")


def test_a_terminal_of_many_colours_is_given_them(server, terminal, tmp_path):
    source = tmp_path / "test-direct.src"
    source.write_text(
        "test-direct|a terminal with 24 bits a pixel,\n\tRGB, colors#0x1000000, pairs#0x7FFFF,\n"
        "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;"
        "%p1%{255}%&%d%;m,\n\tuse=tmux-256color,\n"
    )
    subprocess.run(["tic", "-x", "-o", tmp_path / "terminfo", source], check=True)
    server.line("carol").send("hello")
    many = {"COLORTERM": "truecolor", "TERM": "test-256color", "TERMINFO": str(tmp_path / "terminfo")}
    alice = terminal(server, "alice", env=many).shows("carol hello")
    assert "38;2;138;138;138m" in alice.coloured()


def test_a_paste_is_one_message(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    carol = server.line("carol")
    alice.shows("carol came in")
    alice.type("\x1b[200~one\ntwo\x1b[201~")
    alice.shows("› one\n  two")
    alice.keys("Enter")
    carol.expect("alice: one", "alice: two")


def test_a_terminal_that_goes_takes_its_client_along(server, terminal):
    alice = terminal(server, "alice").shows("connected")
    carol = server.line("carol")
    alice.shows("carol came in")
    pid = alice.pid
    alice.tmux("kill-server")
    carol.expect("alice has left the chat")
    deadline = time.monotonic() + WAIT
    while os.path.exists(f"/proc/{pid}"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
