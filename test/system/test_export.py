"""Rooms out as JSON Lines and in again (doc/export.md)."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from client import PARLANCE, PATIENCE
from server import ENVIRONMENT, Canary, run

pytestmark = pytest.mark.subcommands

LINE = {"line": {}}
NOW = int(time.time() * 1000)


@pytest.fixture
def full(serve):
    """A server in which everything that is stored was said."""
    server = serve(LINE, {"accounts": {"password_cost": "minimum"}})
    server.ask("user", "add", "ann", "--password-stdin", given="password\n")
    ann = server.connect("line")
    ann.expect(ann.greeting)
    ann.send("/login ann password")
    ann.expect("* you are logged in as ann")
    bob = server.line("bob")
    ann.send("/join den", 'a "quoted" \\ line', "/me waves", "to be changed", "to be removed")
    ann.answers()
    bob.send("/join den", "\x1b[31mred \x1b]0;title\x07", "tab\there é 🎉")
    bob.answers()
    ann.send("/edit 3 was changed", "/edit 3 was changed twice", "/edit 4 soon gone", "/remove 4")
    ann.send("/reply 1 an answer", "/topic quiet", "/role bob voice", "/mode slow 1", "/mode slow off")
    ann.answers()
    bob.send("/react 1 +1", "/react 1 heart", "/unreact 1 heart")
    bob.answers()
    ann.send("/react 1 +1", "/mode private on", "/rename burrow", "/mode key sesame", "/kick bob why")
    ann.send("/mute bob 5", "/mode count 1000")
    ann.answers()
    ann.send("/join lobby", "/msg bob between us")
    ann.answers()
    return server


def parsed(text):
    return [json.loads(line) for line in text.splitlines()]


def test_out_and_in_and_out_again_is_the_same_to_the_byte(full, make, tmp_path):
    first = full.ask("export")
    types = {line["type"] for line in parsed(first)}
    assert types == {
        *("room", "message", "topic", "edit", "removal", "reaction", "unreaction"),
        *("mode", "role", "kick", "restraint", "rename"),
    }
    file = tmp_path / "file"
    file.write_text(first)
    alone, beside = make(LINE, folder="alone"), make(LINE, folder="beside")
    assert "imported 2 rooms" in alone.ask("import", file)
    assert alone.ask("export") == first
    beside.start()
    beside.ask("import", file)
    assert beside.ask("export") == first
    alone.start()
    alone.restart()
    assert alone.ask("export") == first
    full.stop()
    assert full.ask("export") == first


def test_the_example_of_the_document_is_one(make, tmp_path):
    document = os.path.join(os.path.dirname(__file__), "..", "..", "doc", "export.md")
    with open(document, encoding="utf-8") as lines:
        blocks = lines.read().split("```")
    example = next(block[5:] for block in blocks if block.startswith("json\n"))
    text = next(block[1:] for block in blocks if block.startswith("\n== "))
    (tmp_path / "file").write_text(example)
    server = make(LINE)
    assert server.ask("import", tmp_path / "file") == "imported 1 rooms, 4 lines of events\n"
    assert server.ask("export") == example
    assert re.sub(" [0-9:]{8} ", " ", server.ask("export", "--text")) == re.sub(
        " [0-9:]{8} ", " ", text
    )


def test_what_was_imported_reads_as_what_was_said(full, make, tmp_path):
    (tmp_path / "file").write_text(full.ask("export"))
    again = make(LINE, {"accounts": {"password_cost": "minimum"}}, folder="again")
    again.ask("import", tmp_path / "file")
    again.start()

    def history(server):
        reader = server.line("reader")
        reader.send("/history 20 #")
        return reader.answers()

    assert history(again) == history(full)
    shown = again.ask("room", "show", "burrow")
    assert "private\tyes\n" in shown and "key\tyes\n" in shown and "count\t1000\n" in shown
    stranger = again.line("stranger")
    stranger.send("/join burrow")
    stranger.expect_refused()
    # nobody is who she was: what was said is nobody's to change
    ann = again.line("ann")
    ann.send("/edit 1 mine")
    ann.expect_refused()


def test_of_one_room_only_that_room(full):
    everything = parsed(full.ask("export"))
    one = parsed(full.ask("export", "burrow"))
    assert one == [line for line in everything if line["room"] == "burrow"]
    assert parsed(full.ask("export", "Burrow")) == one
    assert "no room dogs" in full.refused("export", "dogs")
    full.refused("export", "@1:2")


def test_what_two_said_to_each_other_and_what_was_removed_is_not_in_it(full):
    for text in (full.ask("export"), full.ask("export", "--text")):
        assert "between us" not in text
        assert "to be removed" not in text and "soon gone" not in text


def test_t060_no_text_forges_a_line_or_reaches_a_terminal(full):
    """Neither of an export, nor of its readable form, nor of the log."""
    json_lines = full.ask("export")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", json_lines)
    assert [line for line in parsed(json_lines) if line.get("text") == "\x1b[31mred \x1b]0;title\x07"]
    text = full.ask("export", "--text")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert "\u241b[31mred \u241b]0;title\u2407" in text
    for line in text.splitlines():
        assert re.match(r"== |[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} #[0-9]+ ", line), line
    assert all(re.match(r"time=[^ ]+ level=[a-z]+ event=\"", row) for row in full.log().splitlines())


def test_t060_names_and_messages_are_escaped_in_a_json_log(serve):
    server = serve(LINE, {"log": {"format": "json"}})
    forged = 'x","level":"error","event":"forged'
    alice = server.connect("line")
    alice.expect(alice.greeting)
    alice.send(forged)
    alice.expect_refused()
    server.refused("room", "show", forged)
    server.refused("user", "add", forged, "--password-stdin", given="password\n")
    alice.send("alice", f"=cmd() {forged}", "/join " + forged)
    alice.answers()
    server.stop()
    rows = parsed(server.log())
    assert rows and not [row for row in rows if row["event"] == "forged"]


def test_the_readable_form_reads(full):
    lines = [re.sub("^[^#=]*", "", line) for line in full.ask("export", "--text", "burrow").splitlines()]
    assert lines[0] == "== burrow: quiet"
    assert '#1 ann: a "quoted" \\ line' in lines
    assert "#2 * ann waves" in lines
    assert "#3 ann: was changed twice (edited)" in lines
    assert "#4 ann: (removed)" in lines
    assert "#6 bob: tab\there é 🎉" in lines
    assert [line for line in lines if line.endswith("ann: (answers #1) an answer")]
    assert [line for line in lines if line.endswith("* ann sets the topic: quiet")]
    assert [line for line in lines if line.endswith("* bob reacts to #1: +1")]


# ---- t067: what is crafted ----

ROOM = {"type": "room", "room": "cats", "seq": 9, "time": 2000}
SAID = {"type": "message", "room": "cats", "seq": 1, "time": 1000, "author": "ann", "text": "hi"}


def crafted(line, **changes):
    fresh = {**line, **changes}
    return json.dumps({key: value for key, value in fresh.items() if value is not None})


WRONG = {
    "no JSON": ["hello"],
    "half a line": [crafted(ROOM), crafted(SAID)[:-3]],
    "two on a line": [crafted(ROOM) + crafted(SAID)],
    "a list": ["[]"],
    "nothing": [""],
    "deep": ["[" * 100000],
    "no type": [crafted(ROOM, type=None)],
    "another type": [crafted(ROOM, type="file")],
    "type is a number": [crafted(ROOM, type=1)],
    "unknown member": [crafted(ROOM, owner="ann")],
    "a member of another type": [crafted(ROOM, text="x")],
    "a member twice": [crafted(ROOM)[:-1] + ', "seq": 3}'],
    "room with a blank": [crafted(ROOM, room="a b")],
    "room is a number": [crafted(ROOM, room="12")],
    "room is empty": [crafted(ROOM, room="")],
    "room of control characters": [crafted(ROOM, room="a\x1b[2Jb")],
    "room is a direct one": [crafted(ROOM, room="@1:2")],
    "room too long": [crafted(ROOM, room="x" * 65)],
    "room twice": [crafted(ROOM), crafted(ROOM, room="CATS")],
    "topic too long": [crafted(ROOM, topic="x" * 2049)],
    "topic of two lines": [crafted(ROOM, topic="a\nb")],
    "key too long": [crafted(ROOM, key="x" * 33)],
    "flag is false": [crafted(ROOM, private=False)],
    "seq too large": [crafted(ROOM, seq=2**40)],
    "seq is a text": [crafted(ROOM, seq="9")],
    "seq is negative": [crafted(ROOM, seq=-1)],
    "seq is a fraction": [crafted(ROOM, seq=1.5)],
    "seq beyond all": [crafted(ROOM)[:-1].replace('"seq": 9', '"seq": 99999999999999999999') + "}"],
    "time in the future": [crafted(ROOM, time=NOW + 86400000)],
    "no room before": [crafted(SAID)],
    "another room before": [crafted(ROOM), crafted(SAID, room="dogs")],
    "back in the room before": [crafted(ROOM), crafted(ROOM, room="dogs"), crafted(SAID)],
    "seq twice": [crafted(ROOM), crafted(SAID), crafted(SAID)],
    "seq goes back": [crafted(ROOM), crafted(SAID, seq=5), crafted(SAID, seq=4)],
    "seq above the room's": [crafted(ROOM), crafted(SAID, seq=10)],
    "seq 0": [crafted(ROOM), crafted(SAID, seq=0)],
    "no seq": [crafted(ROOM), crafted(SAID, seq=None)],
    "time goes back": [crafted(ROOM), crafted(SAID, time=1500), crafted(SAID, seq=2)],
    "time above the room's": [crafted(ROOM), crafted(SAID, time=2001)],
    "no author": [crafted(ROOM), crafted(SAID, author=None)],
    "author of control characters": [crafted(ROOM), crafted(SAID, author="a\x07b")],
    "author with a line end": [crafted(ROOM), crafted(SAID, author="ann\nroot")],
    "author is the server": [crafted(ROOM), crafted(SAID, author="*")],
    "author of two scripts": [crafted(ROOM), crafted(SAID, author="аdmin")],
    "author too long": [crafted(ROOM), crafted(SAID, author="x" * 49)],
    "text is empty": [crafted(ROOM), crafted(SAID, text="")],
    "no text": [crafted(ROOM), crafted(SAID, text=None)],
    "text with NUL": [crafted(ROOM), crafted(SAID, text="a\0b")],
    "text with CR": [crafted(ROOM), crafted(SAID, text="a\rb")],
    "text too long": [crafted(ROOM), crafted(SAID, text="x" * 65537)],
    "text of too many lines": [crafted(ROOM), crafted(SAID, text="x\n" * 1001)],
    "half a surrogate": [crafted(ROOM), crafted(SAID, text="XX").replace("XX", "\\ud800")],
    "removed and still there": [crafted(ROOM), crafted(SAID, removed=True)],
    "unknown speech": [crafted(ROOM), crafted(SAID, speech="shout")],
    "answers itself": [crafted(ROOM), crafted(SAID, reply_to=1)],
    "answers what comes later": [crafted(ROOM), crafted(SAID, reply_to=2)],
    "edit of nothing": [crafted(ROOM), crafted(SAID, type="edit")],
    "edit of what comes later": [crafted(ROOM), crafted(SAID, type="edit", target=1)],
    "reaction too long": [crafted(ROOM), crafted(SAID, type="reaction", target=1, seq=2, text="x" * 65)],
    "reaction of nothing": [crafted(ROOM), crafted(SAID, type="reaction", target=1, seq=2, text="")],
    "more than a million bytes": [crafted(ROOM), crafted(SAID, text="x" * 9000000)],
}


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_t067_a_crafted_file_is_refused_whole_with_its_line(make, tmp_path, running):
    server = make(LINE)
    server.start()
    bob = server.line("bob")
    alice = server.line("alice")
    alice.send("hello")
    bob.expect("alice has joined the chat", "alice: hello")
    if not running:
        server.stop()
    before = server.ask("export")
    good = [crafted({**ROOM, "room": f"good-{i}"}) for i in range(3)]
    good += [crafted({**SAID, "room": "good-2", "seq": 7})]
    for name, lines in WRONG.items():
        file = tmp_path / "file"
        file.write_text("\n".join(good + lines) + "\n")
        why = server.refused("import", file)
        assert f"line {len(good + lines)}:" in why, (name, why)
        assert "nothing was imported" in why
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", why), name
        assert len(why) < 400
    file.write_bytes(b"\n".join(line.encode() for line in good) + b'\n{"type":"\xff"}\n')
    assert "line 5:" in server.refused("import", file)
    assert server.ask("export") == before
    file.write_text("\n".join(good) + "\n")
    assert server.ask("import", file) == "imported 3 rooms, 1 lines of events\n"


def test_t067_a_room_that_is_in_use_is_not_touched(serve, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send("hello", "/join empty")
    alice.answers()
    before = server.ask("export")
    file = tmp_path / "file"
    for room in ("lobby", "empty"):
        lines = [crafted(ROOM), crafted(SAID), crafted(ROOM, room=room)]
        file.write_text("\n".join(lines) + "\n")
        assert f"line 3: there is a room {room} already" in server.refused("import", file)
        assert server.ask("export") == before
    alice.send("/leave empty")
    alice.answers()
    assert "imported 2 rooms" in server.ask("import", file)


def test_t067_what_is_no_file_is_refused(serve, tmp_path):
    server = serve(LINE)
    server.refused("import", tmp_path / "missing", code=73)
    server.refused("import", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    holder = os.open(tmp_path / "pipe", os.O_RDWR)
    assert "needs a file" in server.refused("import", tmp_path / "pipe")
    os.close(holder)


def large(file, count):
    with open(file, "w", encoding="utf-8") as out:
        for room in ("one", "two"):
            out.write(crafted(ROOM, room=room, seq=count, time=NOW) + "\n")
            for seq in range(1, count + 1):
                out.write(crafted(SAID, room=room, seq=seq, text=f"word {seq}") + "\n")


def begin(server, *words, into=subprocess.PIPE):
    return subprocess.Popen(
        [os.path.abspath(PARLANCE), *words, "--config", server.config],
        cwd=server.folder,
        env=ENVIRONMENT,
        stdout=into,
        stderr=subprocess.DEVNULL,
    )


def test_a_large_import_and_export_hold_nobody_up(serve, tmp_path):
    server = serve(LINE)
    canary = Canary(server)
    file = tmp_path / "file"
    large(file, 50000)
    for words in (("import", file), ("export",)):
        ask = begin(server, *words)
        chunks = []
        os.set_blocking(ask.stdout.fileno(), False)
        while ask.poll() is None:
            chunks.append(ask.stdout.read() or b"")
            canary.sings()
        chunks.append(ask.stdout.read() or b"")
        ask.stdout.close()
        assert ask.returncode == 0
    assert b"".join(chunks).count(b"\n") == 2 * 50001 + 2  # and the rooms lobby and cage
    bob = server.line("bob")
    bob.send("/join two", "/history 1")
    assert "ann: word 50000" in bob.answers()


def names(server):
    return [row.split("\t")[1] for row in server.ask("room", "list").splitlines()]


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_t067_an_import_cut_off_by_a_kill_is_as_if_it_had_never_been(make, tmp_path, running):
    server = make(LINE)
    server.start()
    bob = server.line("bob")
    alice = server.line("alice")
    alice.send("hello")
    bob.expect("alice has joined the chat", "alice: hello")
    if not running:
        server.stop()
    before, rooms = server.ask("export"), names(server)
    file = tmp_path / "file"
    large(file, 60000)
    for written in (20000, 1000000, 4000000):
        begun = on_disk(server)
        ask = begin(server, "import", file)
        deadline = time.monotonic() + 10 * PATIENCE
        while on_disk(server) < begun + written:
            assert ask.poll() is None, "it was too quick"
            assert time.monotonic() < deadline
            time.sleep(0.001)
        if running:
            server.kill()
            server.start()
            server.wait_for_log('event="started"')
            assert "cut off" in server.log()
        else:
            ask.kill()
        ask.wait(PATIENCE)
        ask.stdout.close()
        cleaned = run("export", "--config", server.config)
        assert cleaned.stdout == before
        assert running or "cut off" in cleaned.stderr
        assert names(server) == rooms
    server.ask("import", file)
    assert "60000" in server.ask("room", "show", "two")


def on_disk(server):
    sizes = (server.data / name for name in ("parlance.db", "parlance.db-wal"))
    return sum(at.stat().st_size for at in sizes if at.exists())


def test_an_import_goes_on_when_who_asked_has_gone(serve, tmp_path):
    server = serve(LINE)
    file = tmp_path / "file"
    large(file, 40000)
    ask = begin(server, "import", file)
    time.sleep(0.1)
    ask.send_signal(signal.SIGKILL)
    ask.wait(PATIENCE)
    ask.stdout.close()
    exported = lambda: run("export", "two", "--config", server.config).stdout
    server.wait_for(lambda: "word 40000" in exported(), "its end", 8 * PATIENCE)


def test_nobody_sees_a_room_while_it_is_imported(serve, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    file = tmp_path / "file"
    large(file, 60000)
    ask = begin(server, "import", file)
    seen = []
    while ask.poll() is None:
        alice.send("/rooms")
        seen.append(any("one" in line.split() for line in alice.answers()))
    ask.stdout.close()
    assert ask.returncode == 0
    assert len(seen) > 3 and not seen[0]
    alice.send("/join one", "/history 1")
    assert "ann: word 60000" in alice.answers()


def test_an_export_into_a_pipe_that_is_closed_ends(full):
    unread, into = os.pipe()
    os.close(unread)
    ask = begin(full, "export", into=into)
    os.close(into)
    assert ask.wait(PATIENCE) != 0
    assert run("room", "list", "--config", full.config).returncode == 0
