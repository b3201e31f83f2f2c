"""People who connect: a line client over TCP for each dialect. Every wait ends in time."""

import os
import re
import socket
import struct
import time

PARLANCE = os.environ.get("PARLANCE", "build/parlance")


def slowness():
    """By how much the sanitizers stretch time."""
    if "PARLANCE_SLOW" in os.environ:
        return float(os.environ["PARLANCE_SLOW"])
    return 6 if "tsan" in PARLANCE else 4 if "asan" in PARLANCE else 1


SLOW = slowness()
LONG = "PARLANCE_LONG" in os.environ
PATIENCE = 5 * SLOW  # seconds that anything may take


class Client:
    """Bytes in and out. `eol` ends the lines that the server sends."""

    eol = "\n"
    error = "* error: "

    def __init__(self, port, source=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = "%s:%d" % self.socket.getsockname()
        self.unread = b""
        self.name = None

    def send(self, *lines):
        self.send_bytes("".join(line + "\n" for line in lines).encode())

    def send_bytes(self, some):
        self.socket.sendall(some)

    def receive(self, patience=PATIENCE):
        """One piece of what has come. Empty: the server has closed."""
        self.socket.settimeout(patience)
        return self.socket.recv(65536)

    def line_bytes(self, patience=PATIENCE):
        """The next whole line, with its end."""
        deadline = time.monotonic() + patience
        while b"\n" not in self.unread:
            try:
                some = self.receive(max(0.001, deadline - time.monotonic()))
            except socket.timeout:
                raise AssertionError(f"no line came, only {self.unread!r}") from None
            assert some, f"closed instead of a line, after {self.unread!r}"
            self.unread += some
        line, _, self.unread = self.unread.partition(b"\n")
        return line + b"\n"

    def line(self, patience=PATIENCE):
        line = self.line_bytes(patience).decode()
        assert line.endswith(self.eol), f"{line!r} does not end with {self.eol!r}"
        return line[: -len(self.eol)]

    def expect(self, *lines):
        for line in lines:
            found = self.line()
            assert found == line, f"{found!r} instead of {line!r}"

    def expect_match(self, pattern):
        line = self.line()
        match = re.fullmatch(pattern, line)
        assert match, f"{line!r} does not match {pattern!r}"
        return match

    def expect_bytes(self, wanted):
        deadline = time.monotonic() + PATIENCE
        while len(self.unread) < len(wanted) and wanted.startswith(self.unread):
            assert time.monotonic() < deadline, f"only {self.unread!r} instead of {wanted!r}"
            some = self.receive()
            assert some, f"closed after {self.unread!r} instead of {wanted!r}"
            self.unread += some
        assert self.unread.startswith(wanted), f"{self.unread!r} instead of {wanted!r}"
        self.unread = self.unread[len(wanted) :]

    def expect_nothing(self, seconds=0.15):
        assert not self.unread, f"unread: {self.unread!r}"
        try:
            some = self.receive(seconds)
        except socket.timeout:
            return
        raise AssertionError(f"{some!r} came" if some else "closed")

    def expect_refused(self, *words, code=0):
        """The next line is an error in this dialect's frame, and each of the words is in it."""
        line, frame = self.line(), self.error.format(code=code)
        assert line.startswith(frame), f"{line!r} does not begin with {frame!r}"
        for word in words:
            assert word in line, f"no {word!r} in {line!r}"
        return line

    def read_to_end(self, patience=PATIENCE):
        """All that is still to come until the server closes."""
        deadline = time.monotonic() + patience
        while True:
            try:
                some = self.receive(max(0.001, deadline - time.monotonic()))
            except ConnectionResetError:
                some = b""
            except socket.timeout:
                raise AssertionError(f"still open, after {self.unread!r}") from None
            if not some:
                break
            self.unread += some
        rest, self.unread = self.unread, b""
        return rest

    def expect_closed(self, last_words=b""):
        rest = self.read_to_end()
        assert rest == last_words, f"{rest!r} before the end"

    def sync(self):
        """Nothing is unread, and all that was sent before is done: a wrong line is answered in
        its turn."""
        self.send_bytes(b"\0\n")
        self.expect_refused("invalid character")

    def answers(self):
        """All lines that come before the answer to a wrong one sent now."""
        self.send_bytes(b"\0\n")
        lines = []
        while "invalid character" not in (line := self.line()):
            lines.append(line)
        return lines

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Line(Client):
    eol = "\r\n"
    greeting = "Please enter your username:"

    def enter(self, name):
        if self.greeting:
            self.expect(self.greeting)
        self.name = name
        self.send(name)
        self.sync()
        return self

    def say(self, text):
        self.send(text)


class Friendly(Client):
    def enter(self):
        greeting = plain(self.line())
        match = re.fullmatch(r"addr: ([0-9.]+:[0-9]+), id: ([a-z0-9-]+)", greeting)
        assert match, greeting
        assert match[1] == self.address
        self.name = match[2]
        return self

    def say(self, text):
        self.send(text)
        echo = plain(self.line())
        assert echo == text.strip(), f"{echo!r} instead of {text!r}"


class Pipe(Client):
    error = "400|0|{code}|"

    def enter(self, number, text="hi"):
        self.number = number
        self.name = f"client-{number}"
        self.say(text)
        return self

    def say(self, text):
        self.send(f"100|{self.number}|{text}")
        self.expect(f"100|{self.number}|{text}")


class Dollar(Client):
    error = "$$error: "

    def enter(self, name):
        self.expect("------Welcome to Txt Chat------")
        self.name = name
        self.send(f"reg${name}")
        self.expect(self.address)
        return self

    def create(self, name):
        self.send(f"create_chan${self.address}${name}")
        return self.expect_match(r"\$\$create_chan: ([0-9a-f]{10})")[1]

    def join(self, channel):
        self.send(f"join${self.address}${channel}")
        self.expect(f"$$joined: {channel}")

    def say(self, text, channel="lobby"):
        self.send(f"send_msg${self.address}${channel}${text}")
        self.expect(text)


class Auto(Line):
    """A line client of an `auto` listener: who speaks at once is not asked."""

    def enter(self, name):
        self.name = name
        self.send(name)
        self.answers()  # the last lines of the room
        return self


DIALECTS = {"line": Line, "friendly": Friendly, "pipe": Pipe, "dollar": Dollar, "auto": Auto}


def plain(line):
    """A coloured line as it reads; without colours it is no line of `friendly`'s own."""
    text = re.sub("\x1b\\[38;2;[0-9]+;[0-9]+;[0-9]+m|\x1b\\[0m", "", line)
    assert text != line, f"no colours in {line!r}"
    assert "\x1b" not in text, f"another escape in {line!r}"
    return text
