"""Backups of a server that runs, and data folders made of them."""

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from client import LONG, PATIENCE
from server import ENVIRONMENT, Canary, run

pytestmark = pytest.mark.subcommands

LINE = {"line": {}}
SECONDS = 20 if LONG else 3


def rows(copy, text):
    db = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)
    found = db.execute(text).fetchall()
    db.close()
    return found


class Talker(threading.Thread):
    """Fifty numbered words a second into a room of her own."""

    def __init__(self, server, room):
        super().__init__(daemon=True)
        self.client = server.line(f"talks-in-{room}")
        self.client.send(f"/join {room}")
        self.client.answers()
        self.said, self.stop = 0, False

    def run(self):
        while not self.stop:
            self.said += 1
            self.client.send(f"word {self.said}")
            time.sleep(0.02)


def said_in(copy):
    """Room -> its words in the copy, in their order."""
    found = {}
    for room, text in rows(
        copy,
        "SELECT rooms.name, events.text FROM events JOIN rooms ON rooms.number = events.id >> 40"
        " WHERE text LIKE 'word %' ORDER BY events.id",
    ):
        found.setdefault(room, []).append(text)
    return found


def test_t099_a_backup_while_people_talk_holds_a_prefix_of_each_room(serve, tmp_path):
    server = serve(LINE)
    canary = Canary(server)
    talkers = [Talker(server, "one"), Talker(server, "two")]
    for talker in talkers:
        talker.start()
    end = time.monotonic() + SECONDS
    copies, least = [], [0, 0]
    while time.monotonic() < end:
        copy = tmp_path / f"copy-{len(copies)}"
        before = [talker.said for talker in talkers]
        server.ask("backup", copy)
        copies.append(copy)
        assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
        found = said_in(copy)
        for i, room in enumerate(("one", "two")):
            words = found.get(room, [])
            assert words == [f"word {n}" for n in range(1, len(words) + 1)], "not a prefix"
            assert least[i] <= len(words) <= talkers[i].said
            least[i] = len(words)
            # what was on disk when it began is in it: all but the last moment
            assert len(words) >= before[i] - 25
        canary.sings()
    assert len(copies) > 2
    for talker in talkers:
        talker.stop = True
        talker.join()
    assert oct(copies[0].stat().st_mode & 0o777) == "0o600"


def test_a_backup_of_much_while_much_is_said_disturbs_nobody(serve, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    for begin in range(0, 40000, 2000):
        alice.send(*(f"{begin + i} {'x' * 800}" for i in range(2000)))
        alice.answers()
    canary = Canary(server)
    backup = subprocess.Popen(
        [os.path.abspath(os.environ.get("PARLANCE", "build/parlance")), "backup", "copy"]
        + ["--config", server.config],
        cwd=server.folder,
        env=ENVIRONMENT,
    )
    while backup.poll() is None:
        alice.send("more")
        canary.sings()
    assert backup.returncode == 0
    count = rows(server.folder / "copy", "SELECT count(*) FROM events")[0][0]
    assert count >= 40000
    assert rows(server.folder / "copy", "PRAGMA integrity_check") == [("ok",)]


def test_without_a_server_the_backup_is_the_same(serve, tmp_path):
    server = serve(LINE)
    server.line("alice").say("hello")
    server.line("bob")
    server.ask("backup", tmp_path / "one")
    server.stop()
    server.ask("backup", tmp_path / "two")
    everything = "SELECT * FROM events ORDER BY id"
    assert rows(tmp_path / "one", everything) == rows(tmp_path / "two", everything) != []


def test_a_backup_never_overwrites_and_leaves_nothing_half(serve, tmp_path):
    server = serve(LINE)
    there = tmp_path / "there"
    there.write_text("precious")
    assert "exists" in server.refused("backup", there, code=73)
    assert there.read_text() == "precious"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    server.refused("backup", link, code=73)
    server.refused("backup", tmp_path / "no" / "folder", code=73)
    assert sorted(at.name for at in tmp_path.iterdir()) == ["link", "server", "there"]


def test_a_backup_onto_a_full_disk_fails_and_the_server_goes_on(serve, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send(*("x" * 4000 for _ in range(300)))
    alice.answers()
    server.stop()  # alone, the file's limit is the subcommand's
    done = subprocess.run(
        [os.path.abspath(os.environ.get("PARLANCE", "build/parlance")), "backup"]
        + [tmp_path / "copy", "--config", server.config],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / "copy").exists()
    server.start()
    assert len(server.ask("export").splitlines()) == 301


def restored(make, copy, folder="again"):
    """Another server, in a folder made of the copy."""
    server = make(LINE, folder=folder)
    server.ask("restore", copy)
    return server


def test_t099_a_restored_folder_tells_who_had_seen_more(serve, make, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send("one", "two", "/cursor")
    early = re.search("[^ ]+:2$", alice.line())[0]
    server.ask("backup", tmp_path / "copy")
    alice.send("three", "/cursor")
    late = re.search("[^ ]+:3$", alice.line())[0]
    again = restored(make, tmp_path / "copy")
    again.start()
    bob = again.line("bob")
    bob.send("four", "five")  # takes the numbers anew
    bob.send(f"/resume {early}")
    lines = bob.answers()
    assert not [line for line in lines if "rewound" in line]
    assert [line for line in lines if line.endswith("four")]
    bob.send(f"/resume {late}")
    lines = bob.answers()
    assert [line for line in lines if "rewound" in line and "#2" in line], lines
    assert [line for line in lines if line.endswith("four")], "what followed is not shown"
    assert [line for line in lines if line.endswith("five")]
    assert not [line for line in lines if "three" in line]
    bob.send("/cursor")
    assert not bob.line().split()[-1].startswith(early.split(":")[0]), "the epoch is the old one"


def test_accounts_rooms_and_history_come_back(serve, make, tmp_path):
    server = serve(LINE, {"accounts": {"password_cost": "minimum"}})
    server.ask("user", "add", "bob", "--password-stdin", given="password-one\n")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob password-one")
    bob.expect("* you are logged in as bob")
    bob.send("/join den", "/topic quiet", "hush")
    bob.answers()
    server.ask("backup", tmp_path / "copy")
    before = server.ask("export")
    again = restored(make, tmp_path / "copy")
    assert again.ask("export") == before
    assert again.ask("user", "list").endswith("\tbob\t0\n")
    again.start()
    bob = again.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob password-one")
    assert "* you are logged in as bob" in bob.answers()


def test_restore_refuses_where_it_would_harm(serve, make, tmp_path):
    server = serve(LINE)
    server.wait_for_log('event="started"')
    copy = tmp_path / "copy"
    server.ask("backup", copy)
    assert "in use" in server.refused("restore", copy, code=73)
    server.stop()
    before = (server.data / "parlance.db").read_bytes()
    assert "holds a database" in server.refused("restore", copy, code=73)
    assert (server.data / "parlance.db").read_bytes() == before


def test_restore_refuses_what_is_no_backup(serve, make, tmp_path):
    server = serve(LINE)
    alice = server.line("alice")
    alice.send(*("x" * 4000 for _ in range(200)))
    alice.answers()
    copy, bad = tmp_path / "copy", tmp_path / "bad"
    server.ask("backup", copy)
    again = make(LINE, folder="again")
    whole = copy.read_bytes()
    assert len(whole) > 400000
    for content in (b"", b"hello\n" * 1000, whole[: len(whole) // 2], b"\0" * 4096 + whole[4096:]):
        bad.write_bytes(content)
        done = run("restore", bad, "--config", again.config)
        assert done.returncode in (73, 74) and done.stderr, content[:40]
        assert not (again.data / "parlance.db").exists()
    again.refused("restore", tmp_path / "missing", code=73)
    again.refused("restore", tmp_path, code=73)
    bad.unlink()
    db = sqlite3.connect(bad)
    db.execute("CREATE TABLE t (x)")
    db.close()
    again.refused("restore", bad, code=73)
    again.ask("restore", copy)
    assert again.ask("export").count("\n") == 201


def test_a_newer_backup_is_refused_and_both_versions_are_named(serve, make, tmp_path):
    server = serve(LINE)
    server.line("alice")
    server.ask("backup", tmp_path / "copy")
    db = sqlite3.connect(tmp_path / "copy")
    db.execute("PRAGMA user_version = 999")
    again = make(LINE, folder="again")
    assert "copy-wal" in again.refused("restore", tmp_path / "copy", code=73)
    db.close()
    assert "999" in again.refused("restore", tmp_path / "copy", code=73)


def test_t085_the_running_servers_file_is_locked_for_others(serve):
    server = serve(LINE)
    server.line("alice").say("hello")
    for words in ("SELECT count(*) FROM events", "DELETE FROM events", "PRAGMA journal_mode=DELETE"):
        done = subprocess.run(
            ["sqlite3", server.data / "parlance.db", words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode != 0
        assert "database is locked" in done.stderr, done
    assert run("serve", "--config", server.config).returncode in (69, 73)
    bob = server.line("bob")
    bob.send("/history")
    assert "alice: hello" in bob.answers()


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3")
def test_t085_a_copy_can_be_read_with_other_programs(serve, tmp_path):
    server = serve(LINE)
    server.line("alice").say("hello")
    server.line("bob")
    server.ask("backup", tmp_path / "copy")
    done = subprocess.run(
        ["sqlite3", tmp_path / "copy", "SELECT author_name, text FROM events"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stdout == "alice|hello\n"
