"""The control socket, and the subcommands that ask there or work without a server."""

import os
import pty
import re
import signal
import socket
import stat
import subprocess
import termios
import time

import pytest

from client import PARLANCE, PATIENCE
from server import ENVIRONMENT, Canary, run

pytestmark = pytest.mark.subcommands

LINE = {"line": {}}
CHEAP = {"accounts": {"password_cost": "minimum"}}


@pytest.fixture
def serve(serve):
    """The socket is there a moment after the listeners."""

    def start_one(*args, **options):
        server = serve(*args, **options)
        server.wait_for_log('event="started"')
        return server

    return start_one


@pytest.fixture(params=["running", "stopped"])
def either(make, request):
    """A server with a bit of talk in two rooms: running, or stopped again."""
    server = make(LINE, CHEAP)
    server.start()
    alice = server.line("alice")
    alice.send("hello", "/join cats", "/topic all about cats", "purr")
    alice.answers()
    alice.send("/quit")
    alice.read_to_end()
    if request.param == "stopped":
        server.stop()
    return server


def talk(server):
    """The socket itself."""
    caller = socket.socket(socket.AF_UNIX)
    caller.settimeout(PATIENCE)
    caller.connect(os.path.relpath(server.data / "control"))
    return caller


def request(*words):
    return b"".join(b"%d:%s" % (len(word), word) for word in (b"1", *words)) + b"\n"


def read_all(caller):
    some = b""
    try:
        while piece := caller.recv(65536):
            some += piece
    except ConnectionResetError:
        pass
    return some


def test_accounts_are_made_changed_listed_and_deleted(either):
    either.ask("user", "add", "bob", "--password-stdin", given="first-password\n")
    numbers = re.fullmatch(r"([0-9]+)\tbob\t0\n", either.ask("user", "list"))
    assert int(numbers[1]) >= 2**30
    assert "bob" in either.refused("user", "add", "bob", "--password-stdin", given="again\n")
    assert "Bob" in either.refused("user", "add", "Bob", "--password-stdin", given="again\n")
    either.ask("user", "passwd", "bob", "--password-stdin", given="second-password\n")
    if not either.process:
        either.start()
    bob = either.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob first-password")
    bob.expect_refused("password")
    bob.send("/login bob second-password")
    bob.expect("* you are logged in as bob")
    assert either.ask("user", "list").endswith("\tbob\t1\n")
    either.ask("user", "delete", "bob")
    assert either.ask("user", "list") == ""
    assert b"deleted" in bob.read_to_end()
    assert "bob" in either.refused("user", "delete", "bob")
    assert "bob" in either.refused("user", "passwd", "bob", "--password-stdin", given="third\n")


def test_what_is_no_name_or_password_is_refused(either):
    for name in ("", "*star", "a b", "x" * 33, "\x1b[2J"):
        why = either.refused("user", "add", "--password-stdin", name, given="password\n")
        assert "\x1b" not in why
    for given in ("", "\n", "x" * 513 + "\n"):
        either.refused("user", "add", "bob", "--password-stdin", given=given)
    assert either.ask("user", "list") == ""


def test_rooms_are_listed_shown_and_deleted(either):
    assert either.ask("room", "list") == "1\tlobby\t0\t\n2\tcats\t0\tall about cats\n"
    shown = dict(row.split("\t") for row in either.ask("room", "show", "cats").splitlines())
    assert shown["name"] == "cats"
    assert shown["topic"] == "all about cats"
    assert shown["newest"] == "2"
    assert either.ask("room", "show", "2") == either.ask("room", "show", "cats")
    assert "dogs" in either.refused("room", "show", "dogs")
    assert "dogs" in either.refused("room", "delete", "dogs")
    either.ask("room", "delete", "cats")
    assert either.ask("room", "list") == "1\tlobby\t0\t\n"
    either.refused("room", "delete", "lobby")
    if not either.process:
        either.start()
    else:
        either.restart()
    alice = either.line("alice")
    alice.send("/join cats")
    assert alice.answers() == ["* you are in cats now"]  # without its topic: it is a new one


def test_who_is_in_a_deleted_room_is_told(serve):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send("/join cats")
    alice.answers()
    server.ask("room", "delete", "cats")
    assert "cats" in alice.line()
    alice.send("/rooms")
    assert not [line for line in alice.answers() if "cats" in line]


def test_a_private_room_is_listed_to_who_runs_the_server(serve):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send("/join den", "/mode private on")
    alice.answers()
    assert "2\tden\t1\t\n" in server.ask("room", "list")
    assert "private\tyes\n" in server.ask("room", "show", "den")


def test_a_topic_reaches_the_terminal_without_its_control_characters(serve):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send("/topic \x1b]0;pwned\x07 and \x9b2J".encode().decode("utf-8"))
    alice.answers()
    for shown in (server.ask("room", "list"), server.ask("room", "show", "lobby")):
        assert "\u241b]0;pwned\u2407" in shown
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


USAGE = [
    ("user",),
    ("user", "add"),
    ("user", "add", "a", "b"),
    ("user", "list", "a"),
    ("user", "grow"),
    ("user", "list", "--password-stdin"),
    ("user", "list", "--colour"),
    ("user", "list", "--data"),
    ("room",),
    ("room", "show"),
    ("room", "list", "cats"),
    ("room", "list", "--text"),
    ("backup",),
    ("backup", "a", "b"),
    ("restore",),
    ("import",),
    ("import", "--text", "a"),
    ("export", "a", "b"),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_a_wrong_command_line_ends_with_64(words, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 64
    assert f"parlance {words[0]} --help" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["user", "room", "backup", "restore", "export", "import", "recover"])
def test_each_subcommand_has_help(word, tmp_path):
    done = run(word, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: parlance {word}")
    assert "--config FILE or --data DIR" in done.stdout
    assert f"  {word} " in run("--help").stdout


def test_without_a_data_folder_there_is_nothing_to_ask_about(tmp_path):
    for words in (("user", "list"), ("room", "list"), ("export",), ("backup", "b")):
        done = run(*words, "--data", "none", cwd=tmp_path)
        assert done.returncode == 73
        assert "there is no data in none" in done.stderr
        assert list(tmp_path.iterdir()) == []


def test_a_wrong_configuration_ends_with_78(tmp_path):
    (tmp_path / "conf").write_text("server { nonsense = 1 }\n")
    for words in (("user", "list"), ("export",), ("restore", "x")):
        done = run(*words, "--config", "conf", cwd=tmp_path)
        assert done.returncode == 78
        assert "conf:1" in done.stderr


def test_an_account_made_before_the_first_start_is_there(make):
    server = make(LINE, CHEAP)
    server.ask("user", "add", "bob", "--password-stdin", given="password-one\n")
    server.start()
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob password-one")
    bob.expect("* you are logged in as bob")


def on_a_terminal(words, answers, cwd):
    """The subcommand on a terminal of its own, answers typed at its prompts."""
    leader, follower = pty.openpty()
    tty = os.ttyname(follower)

    def own_terminal():
        os.setsid()
        os.close(os.open(tty, os.O_RDWR))  # the first that is opened becomes the session's

    process = subprocess.Popen(
        [os.path.abspath(PARLANCE), *map(str, words)],
        cwd=cwd,
        env=ENVIRONMENT,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        preexec_fn=own_terminal,
    )
    shown = b""
    for answer in answers:
        while not shown.rstrip(b" ").endswith(b":"):
            shown += os.read(leader, 1024)
        while termios.tcgetattr(leader)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(leader, answer + b"\n")
        shown += b"\n"
    status = process.wait(PATIENCE)
    assert termios.tcgetattr(leader)[3] & termios.ECHO, "the terminal stays without echo"
    os.close(follower)
    try:
        while some := os.read(leader, 1024):
            shown += some
    except OSError:
        pass
    os.close(leader)
    return status, shown


def test_a_password_is_asked_for_twice_and_not_shown(make):
    server = make(LINE, CHEAP)
    words = ("user", "add", "bob", "--config", server.config)
    status, shown = on_a_terminal(words, [b"sesame open", b"sesame shut"], server.folder)
    assert status == 1 and b"different" in shown and b"sesame" not in shown
    status, shown = on_a_terminal(words, [b"sesame open", b"sesame open"], server.folder)
    assert status == 0 and b"sesame" not in shown
    assert server.ask("user", "list").endswith("\tbob\t0\n")


def test_t082_everything_in_the_folder_is_its_owners_alone(serve):
    server = serve(LINE)
    server.line("alice").say("hi")
    server.ask("user", "add", "bob", "--password-stdin", given="password\n")
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    modes = {entry.name: entry.lstat().st_mode for entry in server.data.iterdir()}
    assert {"control", "lock", "parlance.db", "parlance.db-wal"} <= set(modes)
    assert stat.S_ISSOCK(modes["control"])
    assert {stat.S_IMODE(mode) for mode in modes.values()} == {0o600}


def test_the_socket_goes_with_its_server_and_a_dead_ones_is_replaced(serve):
    server = serve(LINE)
    server.line("alice")  # the lobby is stored
    server.kill()
    assert (server.data / "control").is_socket()
    assert server.ask("room", "list") == "1\tlobby\t0\t\n"  # nobody answers: it works alone
    server.start()
    server.wait_for_log('event="started"')
    assert server.ask("room", "list") == "1\tlobby\t0\t\n"
    server.stop()
    assert not (server.data / "control").exists()


def test_what_lies_where_the_socket_should_be_is_left_alone(make):
    server = make(LINE)
    server.data.mkdir(mode=0o700)
    other = server.folder / "other"
    other.write_text("precious")
    for put in (lambda at: at.write_text("mine"), lambda at: at.symlink_to(other)):
        put(server.data / "control")
        server.spawn()
        assert server.wait() == 73
        assert "control" in server.log()
        assert other.read_text() == "precious"
        (server.data / "control").unlink()


def test_a_subcommand_beside_a_server_that_cannot_answer_says_so_in_time(serve):
    server = serve(LINE)
    (server.data / "control").unlink()  # as while it starts or stops
    begin = time.monotonic()
    assert "a server holds" in server.refused("room", "list", code=73)
    assert time.monotonic() - begin < 2 * PATIENCE


WRONG = [
    b"\n",
    b"hello\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"1:2",
    b"1:19:room-list",
    b"1:100000000:x\n",
    b"1:1-1:x\n",
    b"1:1" * 9 + b"\n",
    b"1:1" + b"8000:" + b"x" * 9000,
    b"\xff" * 8192,
    request(),
    request(b"rooms"),
    request(b"room-list", b"more"),
    request(b"backup"),  # without a file
    request(b"import"),
    request(b"export"),
    b"1:29:room-list\n",  # another version
]


def test_wrong_requests_are_refused_and_harm_nothing(serve):
    server = serve(LINE)
    canary = Canary(server)
    for wrong in WRONG:
        caller = talk(server)
        caller.sendall(wrong)
        caller.shutdown(socket.SHUT_WR)
        answer = read_all(caller)
        assert not answer or re.fullmatch(rb"e [0-9]+\n[^\n]+\. 64\n", answer), (wrong, answer)
        caller.close()
        canary.sings()
    assert server.ask("room", "list")


def test_a_request_may_come_in_pieces_and_its_answer_in_its_time(serve):
    server = serve(LINE)
    caller = talk(server)
    for byte in request(b"room-show", b"lobby"):
        caller.sendall(bytes([byte]))
    assert read_all(caller).endswith(b"\n. 0\n")


def test_nine_callers_are_one_too_many_until_one_goes(serve):
    server = serve(LINE)
    callers = [talk(server) for _ in range(8)]
    assert read_all(talk(server)) == b""
    server.wait_for_log("control connection refused.*too many")
    callers.pop().close()
    server.wait_for(lambda: asks(server), "a place to be free")
    for caller in callers:  # the others were not disturbed
        caller.sendall(request(b"room-list"))
        assert read_all(caller).endswith(b". 0\n")


def asks(server):
    return run("room", "list", "--config", server.config).returncode == 0


def test_callers_who_go_away_at_any_moment_leave_nothing_behind(serve):
    server = serve(LINE)
    server.ask("export")
    before = server.open_files()
    for cut in range(60):
        caller = talk(server)
        caller.sendall(request(b"export", b"json")[: 1 + cut % 20])
        caller.close()
        caller = talk(server)
        caller.sendall(request(b"user-add", b"bob", b"password"))
        caller.close()
        server.wait_for(lambda: asks(server), "the next to be answered")
    # SQLite keeps a reader's descriptor for the next one, as many as there were at once
    server.wait_for(lambda: server.open_files() <= before + 8, "the descriptors")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_sent_away_even_where_the_modes_let_her_in(serve):
    server = serve(LINE)
    for folder in (server.data, *server.data.parents):
        if folder.stat().st_uid == 0 and folder.stat().st_mode & 0o077 == 0:
            folder.chmod(0o711)
    (server.data / "control").chmod(0o666)
    caller = subprocess.run(
        ["/usr/bin/python3", "-c", NOBODY, str(server.data / "control")],
        capture_output=True,
        user=65534,
        timeout=PATIENCE,
        check=True,
    )
    assert caller.stdout == b"b''\n"
    server.wait_for_log("control connection refused.*uid=65534.*another user")


NOBODY = """
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
caller = socket.socket(socket.AF_UNIX)
caller.connect("control")
try:
    caller.sendall(b"1:19:room-list\\n")
    print(caller.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


def test_signals_are_heard_while_somebody_asks(serve):
    server = serve(LINE)
    callers = [talk(server) for _ in range(3)]
    server.signal(signal.SIGHUP)
    server.wait_for_log('event="reloaded"')
    assert asks(server)
    assert server.stop() < 5
    assert all(read_all(caller) == b"" for caller in callers)


def test_another_password_ends_the_logins(serve):
    server = serve(LINE, CHEAP)
    server.ask("user", "add", "bob", "--password-stdin", given="first-password\n")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob first-password")
    bob.expect("* you are logged in as bob")
    server.ask("user", "passwd", "bob", "--password-stdin", given="second-password\n")
    bob.read_to_end()
    assert server.ask("user", "list").endswith("\tbob\t0\n")


def test_a_command_while_the_server_starts_does_not_take_its_folder(failing):
    """Where a port listens, a server has the folder and answers at its control socket."""
    failing.faults(listen_ms=50)
    failing.start()
    assert (failing.data / "lock").read_text() == f"{failing.pid}\n"
    failing.ask("user", "add", "ann", "--password-stdin", given="secret-word\n")
    assert "ann" in failing.ask("user", "list")
