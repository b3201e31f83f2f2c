"""Real programs as clients: nc and telnet."""

import os
import pty
import subprocess
import time

from client import PATIENCE


def nc(port, typed, *options):
    """What nc shows of a conversation whose side is sent at once."""
    return subprocess.run(
        ["nc", *options, "127.0.0.1", str(port)],
        input=typed,
        capture_output=True,
        timeout=2 * PATIENCE,
        check=True,
    ).stdout


def test_nc_talks_to_a_line_listener(server):
    alice = server.line("alice")
    shown = nc(server.ports["line"], b"bob\nhello\n/who\n", "-q1")
    assert shown.startswith(b"Please enter your username:\r\n* ")
    assert b"alice, bob" in shown
    alice.expect("bob has joined the chat", "bob: hello", "bob has left the chat")


def test_nc_that_closes_its_side_at_once_is_answered(server):
    alice = server.line("alice")
    assert b"alice, bob" in nc(server.ports["auto"], b"bob\nhello\n/who\n", "-N")
    alice.expect("bob has joined the chat", "bob: hello", "bob has left the chat")


def test_nc_talks_to_every_dialect(server):
    assert b"\x1b[38;2;" in nc(server.ports["friendly"], b"hello\n", "-N")
    assert nc(server.ports["pipe"], b"100|7|hello\n", "-N") == b"100|7|hello\n"
    assert nc(server.ports["dollar"], b"reg$dora\n", "-N").startswith(
        b"------Welcome to Txt Chat------\n127.0.0.1:"
    )


class Telnet:
    """telnet on a terminal of its own."""

    def __init__(self, port):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvp("telnet", ["telnet", "127.0.0.1", str(port)])
        self.pid, self.shown = pid, b""
        os.set_blocking(self.terminal, False)

    def type(self, line):
        os.write(self.terminal, line.encode() + b"\n")

    def expect(self, text):
        deadline = time.monotonic() + PATIENCE
        while text.encode() not in self.shown:
            assert time.monotonic() < deadline, self.shown
            try:
                self.shown += os.read(self.terminal, 4096)
            except BlockingIOError:
                time.sleep(0.01)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def test_telnet_talks_and_listens(server):
    alice = server.line("alice")
    telnet = Telnet(server.ports["line"])
    telnet.expect("Please enter your username:")
    telnet.type("tell")
    alice.expect("tell has joined the chat")
    telnet.type("hello from telnet")
    alice.expect("tell: hello from telnet")
    alice.say("hello to telnet")
    telnet.expect("alice: hello to telnet\r\n")
    telnet.close()
    alice.expect("tell has left the chat")
