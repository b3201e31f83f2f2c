"""A client of the HTTP API, of the standard library's making."""

import http.client
import json

from client import PATIENCE

QUICK = {"accounts": {"password_cost": "minimum"}}


class Api:
    """One connection, kept open. An answer is (status, what its JSON says, or its text)."""

    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.token = token
        self.headers = {}

    def close(self):
        self.connection.close()

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        path = path if path.startswith(("/api", "/hooks")) else "/api/v1" + path
        if isinstance(body, str):
            body = body.encode()
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.headers = dict(answer.getheaders())
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(text) if is_json else text

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)

    def good(self, method, path, body=None, **headers):
        """What a request that is not refused says."""
        status, said = self.ask(method, path, body, **headers)
        assert 200 <= status < 300, (method, path, status, said)
        return said

    def refused(self, method, path, body=None, **headers):
        """The status and the code of one that is."""
        status, said = self.ask(method, path, body, **headers)
        assert status >= 400, (method, path, status, said)
        assert said["error"]["text"], said
        return status, said["error"]["code"]


class Events:
    """Server-sent events, as a browser reads them: (data, id so far)."""

    def __init__(self, port, token, last=None):
        headers = {"Authorization": f"Bearer {token}"}
        if last:
            headers["Last-Event-ID"] = last
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.connection.request("GET", "/api/v1/events", headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, (self.answer.status, self.answer.read())
        assert self.answer.getheader("Content-Type") == "text/event-stream"
        self.id = last

    def next(self):
        """The next event that has data."""
        data = None
        while True:
            line = self.answer.readline().decode()
            assert line.endswith("\n"), f"the stream ended: {line!r}"
            name, _, value = line[:-1].partition(": ")
            if name == "data":
                data = json.loads(value)
            elif name == "id":
                self.id = value
            elif line == "\n" and data is not None:
                return data

    def until(self, kind):
        while True:
            event = self.next()
            if event["type"] == kind:
                return event

    def settle(self, text):
        """The cursor behind the message that says so, which another session sent."""
        while self.until("message")["text"] != text:
            pass
        while not (line := self.answer.readline().decode()).startswith("id: "):
            assert line, "the stream ended"
        self.id = line[4:].strip()

    def close(self):
        self.connection.close()


def account(server, name, scopes="read,write,moderate,admin"):
    """An account, made at the machine, and a token of it."""
    server.ask("user", "add", name, "--password-stdin", given=f"{name}-password\n")
    return token(server, name, scopes)


def token(server, name, scopes, called="test"):
    return server.ask("token", "add", name, called, scopes).split()[0]
