"""What the process can still do once it serves (THREATS 82, 83, 86), and that a reload says where it
would need more."""

import os
import signal
import stat
import subprocess
from errno import EACCES, EPERM
from pathlib import Path

import pytest

from client import SLOW

INTRUDER = Path(__file__).parent.parent / "hooks" / "intruder.c"

# The sanitizers look into the process from outside: their builds are not confined.
pytestmark = pytest.mark.skipif(SLOW > 1, reason="a build for a sanitizer is not confined")

NOBODY = 65534


@pytest.fixture(scope="module")
def intruder(tmp_path_factory):
    library = tmp_path_factory.mktemp("intruder") / "intruder.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-o", library, INTRUDER, "-ldl"], check=True
    )
    return library


def status(server, key):
    rows = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(row.split(":", 1)[1].split() for row in rows if row.startswith(key + ":"))


@pytest.mark.parametrize("thread", ["worker", "hub"])
def test_t086_who_runs_code_in_a_thread_holds_little(make, intruder, thread):
    server = make({"line": {}})
    server.env.update(LD_PRELOAD=str(intruder), PARLANCE_TEST_INTRUDER=thread)
    server.start()
    server.line("alice")
    tries = ["passwd", "write", "execve", "connect", "ptrace", "io_uring", "fork", "mprotect"]
    server.wait_for(lambda: server.log().count("intruder ") == len(tries), "it to try")
    rows = [row.split() for row in server.log().splitlines() if row.startswith("intruder ")]
    assert [row[1] for row in rows] == tries
    went = {what: int(error) for _, what, error in rows}
    assert went.pop("mprotect") != 0  # memory is never made to run
    assert all(error in (EACCES, EPERM) for error in went.values()), went
    assert not os.path.exists("/tmp/parlance-intruder")
    server.line("bob")  # and it serves on


def test_t082_secrets_stay_in_the_process(make):
    server = make({"line": {}})
    server.start()
    server.line("alice")  # it serves: all that it gives up is given up
    limits = Path(f"/proc/{server.process.pid}/limits").read_text(encoding="ascii")
    core = next(row for row in limits.splitlines() if row.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    assert os.stat(f"/proc/{server.process.pid}/environ").st_uid == 0  # not dumpable
    assert status(server, "NoNewPrivs") == ["1"] and status(server, "Seccomp") == ["2"]
    for path in [server.data, *server.data.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_started_as_root_it_becomes_who_owns_the_data(make):
    server = make({"line": {}})
    server.data.mkdir()
    os.chown(server.data, NOBODY, NOBODY)
    for folder in [server.folder, *server.folder.parents][:4]:
        folder.chmod(0o755)
    server.start()
    assert set(status(server, "Uid")) == {str(NOBODY)} and status(server, "Groups") == []
    alice = server.line("alice")
    alice.say("hello")
    server.stop()
    assert {path.stat().st_uid for path in server.data.iterdir()} == {NOBODY}
    server.start()  # and again, over what it wrote


def reload(server, word):
    before = server.log().count(word)
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: server.log().count(word) > before, f"{word!r} in the log")


def test_a_reload_that_names_another_folder_is_refused_and_says_restart(make, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "motd").write_text("hello\n")
    (other / "secret").write_text("a secret\n")
    (other / "secret").chmod(0o600)
    server = make({"irc": {}})
    (server.folder / "motd").write_text("hello\n")
    server.start()
    server.sections["server"]["motd"] = other / "motd"
    server.write_config()
    reload(server, "reload refused")
    assert f"the folder {other} was not named at the start; restart to name it" in server.log()
    del server.sections["server"]["motd"]
    server.sections["server"]["password_file"] = other / "secret"
    server.write_config()
    reload(server, "reload refused")
    assert "in a folder that was named at the start; others need a restart" in server.log()
    del server.sections["server"]["password_file"]
    server.sections["server"]["motd"] = server.folder / "motd"  # beside the configuration
    server.write_config()
    reload(server, "reloaded")


def test_without_the_sandbox_nothing_is_confined(make):
    server = make(listeners={"line": {}}, sections={"server": {"sandbox": False}})
    server.start()
    server.line("alice")
    assert status(server, "Seccomp") == ["0"]
