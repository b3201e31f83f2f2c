"""A connection that speaks HTTP, as strictly or as badly as a test wants it."""

import socket

from client import PATIENCE, Client


class Http:
    """Anything may be sent on it; answers are read one by one."""

    def __init__(self, port, wrap=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        if wrap:
            self.socket = wrap(self.socket)
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, some):
        self.socket.sendall(some if isinstance(some, bytes) else some.encode())
        return self

    def more(self):
        some = self.socket.recv(65536)
        self.unread += some
        return some

    def read_until(self, mark):
        while mark not in self.unread:
            assert self.more(), f"closed instead of {mark!r}, after {self.unread!r}"
        found, _, self.unread = self.unread.partition(mark)
        return found

    def chunks(self):
        body = b""
        while size := int(self.read_until(b"\r\n"), 16):
            while len(self.unread) < size + 2:
                assert self.more(), "closed within a chunk"
            body += self.unread[:size]
            assert self.unread[size : size + 2] == b"\r\n"
            self.unread = self.unread[size + 2 :]
        assert self.read_until(b"\r\n") == b""
        return body

    def answer(self, head=False):
        """Status, headers in lower case, body. The next one stays unread."""
        lines = self.read_until(b"\r\n\r\n").decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        status = int(lines[0].split()[1])
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, b"" if head else self.chunks()
        size = 0 if head else int(headers.get("content-length", 0))
        while len(self.unread) < size:
            assert self.more(), "closed within a body"
        body, self.unread = self.unread[:size], self.unread[size:]
        return status, headers, body

    def end(self):
        """Everything until it is closed."""
        try:
            while self.more():
                pass
        except ConnectionResetError:
            pass
        return self.unread


class WebLines(Client):
    """Each line is a message of a WebSocket."""

    def __init__(self, port, **options):
        super().__init__(port, **options)
        self.frames = b""
        super().send_bytes(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.frames:
            self.frames += super().receive()
        self.frames = self.frames.split(b"\r\n\r\n", 1)[1]

    def send_bytes(self, some):
        for line in some.removesuffix(b"\n").split(b"\n"):
            size = len(line).to_bytes(1, "big")
            if len(line) > 125:
                size = b"\x7e" + len(line).to_bytes(2, "big")
            head = b"\x81" + bytes([size[0] | 0x80]) + size[1:] + b"\0\0\0\0"
            super().send_bytes(head + line)

    def receive(self, patience=PATIENCE):
        while True:
            begin, size = 2, self.frames[1] if len(self.frames) > 1 else 0
            if size == 126:
                begin, size = 4, int.from_bytes(self.frames[2:4], "big")
            if len(self.frames) > 1 and len(self.frames) >= begin + size:
                head, text = self.frames[0], self.frames[begin : begin + size]
                self.frames = self.frames[begin + size :]
                return b"" if head == 0x88 else text.rstrip(b"\r\n") + b"\n"
            some = super().receive(patience)
            if not some:
                return b""
            self.frames += some


def request(first="GET /healthz", *headers, host="localhost", body=b""):
    lines = [f"{first} HTTP/1.1"] + ([f"Host: {host}"] if host else []) + list(headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(port, *args, **options):
    """One request on a connection of its own."""
    with Http(port) as http:
        return http.send(request(*args, **options)).answer()
