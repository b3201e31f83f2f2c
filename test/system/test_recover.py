"""parlance recover: a damaged data folder serves again, and what was lost is said in words."""

import random
import sqlite3

import pytest

from client import LONG
from server import run

pytestmark = pytest.mark.subcommands

LINE = {"line": {}}
CHEAP = {"accounts": {"password_cost": "minimum"}}
PLACES = 200 if LONG else 25


def folder(serve, messages=300):
    """A stopped server with an account, a room with a topic, and that many messages in it."""
    server = serve(LINE, CHEAP)
    server.ask("user", "add", "bob", "--password-stdin", given="password-one\n")
    bob = server.connect("line")
    bob.expect(bob.greeting)
    bob.send("/login bob password-one")
    bob.expect("* you are logged in as bob")
    bob.send("/join den", "/topic quiet", *(f"word {i}" for i in range(messages)))
    bob.answers()
    server.stop()
    return server


def outside(server, sql):
    db = sqlite3.connect(server.data / "parlance.db")
    db.executescript(sql)
    db.close()


def test_what_is_whole_is_left_as_it_is(serve):
    server = folder(serve)
    before = (server.data / "parlance.db").read_bytes()
    assert server.ask("recover") == "nothing is damaged, nothing was changed\n"
    assert (server.data / "parlance.db").read_bytes() == before
    assert not list(server.data.glob("recovered-*"))


def test_a_server_that_runs_is_left_alone(serve):
    server = serve(LINE)
    server.line("alice")
    assert "in use" in server.refused("recover", code=73)


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    done = run("recover", "--data", tmp_path / "none")
    assert done.returncode == 73
    assert not (tmp_path / "none").exists()


def test_a_damaged_account_is_named_in_the_log_and_set_aside(serve):
    server = folder(serve)
    outside(
        server,
        "UPDATE accounts SET verifier = 'x'; UPDATE rooms SET name = 'lair' WHERE name = 'den'",
    )
    server.start()
    server.wait_for_log("rows not loaded; see parlance recover")
    server.wait_for_log("accounts 1, rooms 1")
    server.stop()
    said = server.ask("recover")
    assert "1 rows of accounts are damaged, 0 are right" in said
    assert "2 rows were set aside" in said
    (copy,) = server.data.glob("recovered-*")
    assert (copy / "parlance.db").stat().st_mode & 0o777 == 0o600
    assert (copy / "rows.jsonl").stat().st_mode & 0o777 == 0o600
    assert '"name":"lair"' in (copy / "rows.jsonl").read_text()
    name = next(word for word in said.split() if word.startswith("recovered-"))
    listed = server.ask("room", "list")
    assert name in listed and "lair" not in listed
    assert server.ask("export", "--text", name).count("word ") == 300
    server.start()
    assert "rows not loaded" not in server.log()
    server.ask("user", "add", "bob", "--password-stdin", given="password-two\n")
    bob = server.line("bobby")
    bob.send(f"/join {name}")
    assert not [line for line in bob.answers() if "word 299" in line], "it may have been private"


def test_bytes_changed_anywhere_leave_a_server_that_starts_and_remembers(serve, make):
    server = folder(serve)
    path = server.data / "parlance.db"
    whole, draw = path.read_bytes(), random.Random(7)
    refused = 0
    for _ in range(PLACES):
        at = draw.randrange(100, len(whole))
        changed = bytes([whole[at] ^ draw.choice([1, 16, 128, 255])])
        path.write_bytes(whole[:at] + changed + whole[at + 1 :])
        done = run("recover", "--config", server.config)
        if done.returncode == 74:
            assert "restore a backup" in done.stderr
            refused += 1
            continue
        assert done.returncode == 0, f"byte {at}: {done.stderr}"
        left = server.ask("export", "--text").count("word ")
        assert left > 200, f"byte {at}: {left} of 300 are left\n{done.stdout}"
        assert run("recover", "--config", server.config).stdout.startswith("nothing is damaged")
    assert refused < PLACES / 4
    server.start()
    assert server.line("carol")
