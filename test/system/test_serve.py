"""What a user types and what she is told (DESIGN 5)."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from client import PARLANCE, PATIENCE, SLOW, Auto, Client, Line
from server import ENVIRONMENT, free_port, is_listening, run


class Alone:
    """`parlance serve` with arguments of the test's own."""

    def __init__(self, folder, *words):
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [os.path.abspath(PARLANCE), "serve", *map(str, words)],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def listens(self, port):
        """Seconds until it did."""
        deadline = self.begin + PATIENCE
        while not is_listening(port):
            assert self.process.poll() is None, self.process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return time.monotonic() - self.begin

    def stop(self):
        """How it ended, and what it said."""
        self.process.terminate()
        said = self.process.communicate(timeout=PATIENCE + 5)[0]
        return self.process.returncode, said


@pytest.fixture
def alone(tmp_path):
    started = []

    def start(*words, **options):
        started.append(Alone(options.pop("folder", tmp_path), *words, **options))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_serve_alone_in_an_empty_folder_works_and_says_how_to_come(alone, tmp_path):
    if is_listening(7070):
        pytest.skip("port 7070 is in use on this machine")
    server = alone()
    took = server.listens(7070)
    print(f"listening after {took * 1000:.0f} ms")
    assert took < 1 * SLOW
    alice = Auto(7070).enter("alice")
    bob = Auto(7070).enter("bob")
    alice.expect("bob has joined the chat")
    bob.say("hello")
    alice.expect("bob: hello")
    status, said = server.stop()
    assert status == 0
    assert "nc 127.0.0.1 7070" in said
    assert "http://127.0.0.1:7070" in said
    assert "irc" in said.lower()
    assert (tmp_path / "parlance-data" / "parlance.db").exists()
    assert (tmp_path / "parlance-data").stat().st_mode & 0o777 == 0o700


def test_listen_replaces_the_listeners_of_the_configuration(make):
    port = free_port()
    server = make({"line": {}})
    configured = server.ports["line"]
    server.ports["line"] = port
    server.args = ["--listen", f"line://127.0.0.1:{port}"]
    server.start()
    server.line("alice")
    assert not is_listening(configured)


def test_listen_may_be_given_several_times(alone, tmp_path):
    ports = [free_port(), free_port()]
    line, pipe = f"line://127.0.0.1:{ports[0]}", f"pipe://127.0.0.1:{ports[1]}"
    server = alone("--data", tmp_path / "d", "--listen", line, "--listen", pipe)
    for port in ports:
        server.listens(port)
    Line(ports[0]).enter("alice")
    phone = Client(ports[1])
    phone.send("100|7|hi")
    phone.expect("100|7|hi")
    assert server.stop()[0] == 0
    assert (tmp_path / "d" / "parlance.db").exists()


def test_the_environment_overrides_the_configuration(make):
    server = make({"line": {}}, env={"PARLANCE_LIMITS_MAX_LINE": "100"})
    server.start()
    alice = server.line("alice")
    alice.send("x" * 101)
    alice.expect_refused("100")


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("server {\n  name = \"a\"\n  colour = 1\n}\n", 3, ["colour"]),
        ("server {\n  workers = many\n}\n", 2, ["workers", "many"]),
        ("server {\n  workers = 1\n  workers = 2\n}\n", 3, ["workers"]),
        ("listen \"a\" {\n  dialect = \"klingon\"\n}\n", 2, ["klingon", "line", "dollar"]),
        ("listen \"a\" {\n  address = \"127.0.0.1:99999\"\n}\n", 2, ["99999"]),
        ("listen \"a\" {\n}\nlisten \"a\" {\n}\n", 3, ["a"]),
        ("limits {\n  max_line = -1\n}\n", 2, ["max_line"]),
        ("nonsense {\n}\n", 1, ["nonsense"]),
        ("server {\n  name = \"a\n", 2, []),
    ],
)
@pytest.mark.parametrize("command", ["serve --config", "check-config"])
def test_a_wrong_configuration_is_refused_with_file_and_line(tmp_path, text, line, words, command):
    config = tmp_path / "wrong.conf"
    config.write_text(text)
    result = run(*command.split(), config, cwd=tmp_path)
    assert result.returncode == 78, result
    said = result.stdout + result.stderr
    assert f"wrong.conf:{line}:" in said, said
    for word in words:
        assert word in said
    assert not (tmp_path / "parlance-data").exists()


def test_a_configuration_that_is_not_there_is_refused(tmp_path):
    result = run("serve", "--config", tmp_path / "none.conf", cwd=tmp_path)
    assert result.returncode == 78
    assert "none.conf" in result.stdout + result.stderr


def test_check_config_takes_a_good_one(make):
    assert run("check-config", make().config).returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--frobnicate"],
        ["serve", "--listen"],
        ["serve", "unexpected"],
        ["frobnicate"],
        ["--frobnicate"],
        ["check-config"],
        [],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_ends_with_64_and_a_word_of_it(tmp_path, words):
    result = run(*words, cwd=tmp_path)
    assert result.returncode == 64, result
    assert result.stderr.strip()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [["--listen", "klingon://127.0.0.1:1"], ["--listen", "nonsense"], ["--log-level", "loud"]],
    ids=" ".join,
)
def test_a_wrong_value_of_an_option_is_refused_with_what_is_allowed(tmp_path, words):
    result = run("serve", *words, cwd=tmp_path)
    assert result.returncode in (64, 78), result
    assert words[1].partition(":")[0] in result.stderr
    assert "allowed" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["version"], ["--version"]], ids=" ".join)
def test_the_version_is_told(words):
    result = run(*words)
    assert result.returncode == 0
    assert re.search("parlance.*[0-9]+\\.[0-9]+", result.stdout, re.IGNORECASE), result.stdout
    assert not result.stderr


def test_each_subcommand_that_help_names_has_its_own(tmp_path):
    result = run("--help")
    assert result.returncode == 0
    commands = re.findall("^ +([a-z-]+)  ", result.stdout, re.MULTILINE)
    assert {"serve", "check-config", "version"} <= set(commands)
    for command in commands:
        result = run(command, "--help", cwd=tmp_path)
        assert result.returncode == 0, result
        assert f"parlance {command}" in result.stdout
    assert not list(tmp_path.iterdir())


def test_a_port_in_use_ends_with_69_and_its_address(make):
    first, second = make({"line": {}}), make({"line": {}}, folder="second")
    first.start()
    second.ports = first.ports
    second.write_config()
    second.spawn()
    assert second.wait() == 69
    assert f"127.0.0.1:{first.ports['line']}" in second.log()
    first.line("alice")


def test_t084_a_second_server_on_the_same_data_is_refused_by_name_and_pid(make):
    first, second = make({"line": {}}), make({"line": {}}, folder="second")
    first.start()
    alice = first.line("alice")
    alice.say("hello")
    alice.sync()
    second.sections["server"]["data"] = first.data
    second.write_config()
    second.spawn()
    assert second.wait() in (69, 73)
    assert str(first.data) in second.log()
    assert re.search(rf"\b{first.pid}\b", second.log())
    bob = first.line("bob")
    bob.send("/history")
    assert "alice: hello" in (bob.line(), bob.line())
    first.stop()
    second.start()
    second.line("carol")


def test_data_of_a_newer_version_is_refused_with_both_versions(make):
    server = make({"line": {}})
    server.start()
    server.stop()
    database = sqlite3.connect(server.data / "parlance.db")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    database.execute("PRAGMA user_version = 4711")
    database.commit()
    database.close()
    server.spawn()
    assert server.wait() not in (0, 74)
    assert "4711" in server.log()
    assert re.search(rf"\b{version}\b", server.log().replace("4711", ""))


@pytest.mark.parametrize("place", ["file", "file/folder", "none/folder"])
def test_data_that_cannot_be_made_ends_with_73_and_the_place(tmp_path, place):
    (tmp_path / "file").write_text("")
    listen = f"line://127.0.0.1:{free_port()}"
    result = run("serve", "--data", tmp_path / place, "--listen", listen, cwd=tmp_path)
    assert result.returncode == 73, result
    assert place in result.stderr


def test_sigterm_tells_everybody_and_ends_in_time(server):
    alice, anna, phone, dora = (
        server.line("alice"),
        server.friendly(),
        server.pipe(7),
        server.dollar("dora"),
    )
    waiting = server.connect("line")
    waiting.expect(waiting.greeting)
    nobody = server.connect("auto")
    anna.expect("hi")
    alice.send("last words")
    anna.expect("last words")
    server.signal(signal.SIGTERM)
    begin = time.monotonic()
    assert server.wait() == 0
    took = time.monotonic() - begin
    assert took < 5
    rest = alice.read_to_end().decode().splitlines()
    assert any(line.startswith("* error: ") and "stopping" in line for line in rest), rest
    assert any(line.startswith("* error: ") for line in anna.read_to_end().decode().splitlines())
    assert any(line.startswith("400|0|0|") for line in phone.read_to_end().decode().splitlines())
    assert any(line.startswith("$$error: ") for line in dora.read_to_end().decode().splitlines())
    waiting.read_to_end()
    nobody.read_to_end()


def test_sigterm_takes_nothing_back_that_was_seen(serve):
    server = serve(sections={"history": {"max_messages": 100000}})
    alice, bob = server.line("alice"), server.line("bob")
    alice.send_bytes(b"".join(b"line %d\n" % number for number in range(2000)))
    bob.expect("alice: line 0")
    server.signal(signal.SIGTERM)
    seen = ["alice: line 0"]
    for line in bob.read_to_end().decode().split("\r\n")[:-1]:
        if line.startswith("alice: "):
            seen.append(line)
    assert server.wait() == 0
    server.start()
    carol = server.line("carol")
    carol.send("/history 1000000", "/quit")
    rest = carol.read_to_end().decode().split("\r\n")
    kept = [line for line in rest if line.startswith("alice: ")]
    assert kept == [f"alice: line {number}" for number in range(len(kept))]
    assert seen == kept[: len(seen)]


def test_an_idle_server_stops_at_once(server):
    server.line("alice")
    assert server.stop() < 1 * SLOW


def test_a_client_that_does_not_read_cannot_hold_a_stop(server):
    deaf = server.connect("line", receive_buffer=4096)
    deaf.enter("deaf")
    alice = server.line("alice")
    alice.send_bytes(b"".join(b"x" * 1000 + b"\n" for _ in range(800)))
    alice.sync()
    assert server.stop() < 5


def test_sighup_takes_a_good_file(server):
    alice = server.line("alice")
    old, new = server.ports["pipe"], free_port()
    server.ports["pipe"] = new
    server.sections["limits"] = {"max_line": 100}
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: is_listening(new) and not is_listening(old), "the new listener")
    server.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    bob = server.line("bob")
    bob.send("x" * 101)
    bob.expect_refused("100")


def test_sighup_refuses_a_bad_file_whole_and_goes_on(server):
    alice = server.line("alice")
    old, new = server.ports["pipe"], free_port()
    server.ports["pipe"] = new
    server.sections["limits"] = {"max_line": 100, "nonsense": 1}
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_for_log(r"parlance\.conf:[0-9]+:.*nonsense")
    assert is_listening(old) and not is_listening(new)
    alice.send("x" * 101)
    alice.sync()


def test_sighup_refuses_what_needs_a_restart_and_names_it(server):
    server.sections["server"]["workers"] = 3
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_for_log("workers")
    server.line("alice")


def test_sighup_changes_how_a_listener_talks(server):
    alice = server.line("alice")
    server.listeners["line"]["greeting"] = False
    server.write_config()
    server.signal(signal.SIGHUP)

    def is_quiet():
        with socket.create_connection(("127.0.0.1", server.ports["line"])) as probe:
            probe.settimeout(0.05 * SLOW)
            try:
                return not probe.recv(100)
            except socket.timeout:
                return True

    server.wait_for(is_quiet, "no greeting")
    alice.sync()


def test_sigusr1_opens_the_log_again(make):
    server = make({"line": {}})
    log = server.folder / "own.log"
    server.sections["log"] = {"target": log, "level": "debug"}
    server.write_config()
    server.start()
    server.line("alice")
    server.wait_for(lambda: log.exists() and log.stat().st_size > 0, "a log")
    log.rename(server.folder / "old.log")
    server.signal(signal.SIGUSR1)
    server.wait_for(log.exists, "a new log")
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: log.stat().st_size > 0, "a line in it")


def test_the_log_holds_no_texts_and_one_line_each(make):
    server = make(sections={"log": {"level": "debug"}})
    server.start()
    alice, bob = server.line("alice"), server.line("bob")
    alice.send("xyzzy text", "/me xyzzy acts", "/topic xyzzy topic", "/away xyzzy gone")
    alice.send("/nonsense xyzzy", "/quit xyzzy bye")
    bob.expect("alice: xyzzy text")
    server.stop()
    assert "xyzzy" not in server.log()
    with open(server.log_path, encoding="utf-8") as log:
        for line in log:
            assert not line[0].isspace()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_it_works_with_any_number_of_workers(serve, workers):
    server = serve(sections={"server": {"workers": workers}})
    people = [server.line(f"person{number}") for number in range(8)]
    people[-1].say("hello")
    for number, person in enumerate(people[:-1]):
        person.expect(*(f"person{later} has joined the chat" for later in range(number + 1, 8)))
        person.expect("person7: hello")


@pytest.mark.parametrize("durability", ["full", "normal", "off"])
def test_a_clean_stop_keeps_all_with_any_durability(serve, durability):
    server = serve(sections={"server": {"durability": durability}})
    phone = server.pipe(7, "one")
    phone.say("two")
    server.restart()
    phone = server.pipe(7, "three")
    phone.send("107|7|lobby|2|3")
    for seq, text in enumerate(("one", "two"), 1):
        phone.expect_match(rf"107\|7\|[0-9]+\|{seq}\|[0-9]+\|{text}")
    phone.expect("107|0|end")


@pytest.mark.parametrize("durability", ["full", "normal", "off"])
def test_a_history_has_all_that_was_seen_before_it_with_any_durability(serve, durability):
    server = serve(sections={"server": {"durability": durability}})
    phone = server.pipe(7, "line 0")
    for number in range(1, 100):
        phone.say(f"line {number}")
        phone.send("107|7|lobby|1")
        phone.expect_match(rf"107\|7\|[0-9]+\|[0-9]+\|[0-9]+\|line {number}")
        phone.expect("107|0|end")


def test_history_in_memory_ends_with_the_server(serve):
    server = serve(sections={"history": {"store": "memory"}})
    phone = server.pipe(7, "one")
    phone.send("107|7|lobby")
    phone.expect_match(r"107\|7\|[0-9]+\|1\|[0-9]+\|one")
    phone.expect("107|0|end")
    server.restart()
    phone = server.pipe(7, "two")
    phone.send("107|7|lobby")
    phone.expect_match(r"107\|7\|[0-9]+\|1\|[0-9]+\|two")
    phone.expect("107|0|end")


def test_a_second_sigterm_ends_it_within_a_second(server):
    server.line("alice")
    server.signal(signal.SIGTERM)
    time.sleep(0.02)
    try:
        server.signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    assert server.wait(1 * SLOW) == 0
