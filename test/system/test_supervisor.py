"""What systemd and the server say to each other: sd_notify(3), sd_listen_fds(3), and the watchdog
that a hanging thread does not answer (THREATS 97)."""

import signal
import socket
import sys
import time

import pytest

from client import PATIENCE


@pytest.fixture
def told(tmp_path):
    """What the supervisor's socket hears, one message at a time."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        ears.bind(str(path))
        ears.settimeout(PATIENCE)
        yield ears


def hears(ears, word, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        said = ears.recv(4096).decode()
        if said.startswith(word):
            return said
    raise AssertionError(f"did not hear {word}")


def test_ready_reloading_and_stopping_are_told(make, told):
    server = make({"line": {}})
    server.env["NOTIFY_SOCKET"] = told.getsockname()
    server.start()
    hears(told, "READY=1")
    server.signal(signal.SIGHUP)
    since = int(hears(told, "RELOADING=1\nMONOTONIC_USEC=").rsplit("=", 1)[1])
    assert abs(since / 1e6 - time.clock_gettime(time.CLOCK_MONOTONIC)) < PATIENCE
    hears(told, "READY=1")
    server.stop()
    hears(told, "STOPPING=1")


def test_t097_the_watchdog_hears_nothing_while_a_flush_hangs(faulty, told):
    server = faulty
    server.stop()
    server.env.update(NOTIFY_SOCKET=told.getsockname(), WATCHDOG_USEC="400000")
    server.start()
    for _ in range(4):
        hears(told, "WATCHDOG=1")
    alice = server.line("alice")
    server.faults(flush_ms=60000)
    alice.say("waits for the disk")
    told.settimeout(1.0)
    with pytest.raises(TimeoutError):
        while True:  # what was under way, then nothing
            hears(told, "WATCHDOG=1")
    server.faults()
    told.settimeout(PATIENCE)
    for _ in range(4):
        hears(told, "WATCHDOG=1")


def test_a_socket_that_the_supervisor_bound_is_used(make):
    with socket.socket() as bound, socket.socket() as other:
        for each in (bound, other):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server = make({"line": {}})
        bound.bind(("127.0.0.1", server.ports["line"]))
        other.bind(("127.0.0.1", 0))
        bound.listen()
        other.listen()  # of an address that is not configured: left alone
        handed = f"import os, sys; os.dup2({other.fileno()}, 3); os.dup2({bound.fileno()}, 4);"
        handed += "os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])"
        server.wrap = [sys.executable, "-c", handed]
        server.env["LISTEN_FDS"] = "2"
        server.spawn(pass_fds=(bound.fileno(), other.fileno()))
        server.wait_for_log("event=.started")
    # The test's own copy is closed: who answers is the server alone.
    server.line("alice").say("hello")
    server.signal(signal.SIGHUP)
    server.wait_for_log("event=.reloaded")
    server.line("bob")


def test_sockets_for_another_process_are_not_taken(make):
    server = make({"line": {}})
    server.env.update(LISTEN_FDS="1", LISTEN_PID="1")
    server.start()
    server.line("alice")
