"""A connection that speaks HTTP, as strictly or as badly as a test wants it."""

import socket

from client import PATIENCE


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


def request(first="GET /healthz", *headers, host="localhost", body=b""):
    lines = [f"{first} HTTP/1.1"] + ([f"Host: {host}"] if host else []) + list(headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(port, *args, **options):
    """One request on a connection of its own."""
    with Http(port) as http:
        return http.send(request(*args, **options)).answer()
