"""Outgoing webhooks: what is said in a room reaches an address, signed, in order and once more after
a failure; and never an address that the server must not reach."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import queue
import socket
import threading

import pytest

from api import QUICK, Api, account
from client import PATIENCE

HERE = {**QUICK, "server": {"webhooks_to": ["127.0.0.0/8"]}}


class Receiver:
    """An address that takes deliveries. `answers` are the statuses of the next ones; then 200."""

    def __init__(self, port=0):
        self.taken = queue.Queue()
        self.answers = []
        self.location = None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.taken.put((dict(self.headers), body, status))

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/in?a=b"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def next(self):
        return self.taken.get(timeout=PATIENCE)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


def room(server, name="lab"):
    api = Api(server.ports["web"], account(server, "boss"))
    api.good("POST", "/rooms", {"name": name})
    return api


def listed(api, ready, name="lab"):
    """The only webhook of the room, as soon as it is so."""
    for _ in range(int(PATIENCE * 20)):
        (one,) = api.good("GET", f"/rooms/{name}/outgoing")["outgoing"]
        if ready(one):
            return one
        threading.Event().wait(0.05)
    raise AssertionError(one)


def text_of(delivery):
    return json.loads(delivery[1])["data"]["text"]


def test_each_message_is_delivered_in_order_and_signed(serve, receiver):
    server = serve({"web": {}}, HERE)
    api = room(server)
    api.good("POST", "/rooms/lab/messages", "before it was there")
    made = api.good("POST", "/rooms/lab/outgoing", {"url": receiver.url})
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    for n in range(5):
        api.good("POST", "/rooms/lab/messages", f"message {n} \u00fc")
    for n in range(5):
        heads, body, _ = receiver.next()
        said = json.loads(body)
        assert said["type"] == "message.created" and said["room"]["name"] == "lab"
        assert said["data"]["text"] == f"message {n} \u00fc"
        assert said["data"]["from"]["name"] == "boss" and said["data"]["from"]["account"] == "boss"
        signed = f"{heads['webhook-id']}.{heads['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert heads["webhook-signature"] == f"v1,{mac}"
        assert heads["Content-Type"] == "application/json"
    one = listed(api, lambda hook: hook["behind"] == 0)
    assert "secret" not in one and one["url"] == receiver.url and one["by"] == "boss"
    assert made["secret"] not in json.dumps(one)
    api.good("DELETE", f"/rooms/lab/outgoing/{one['id']}")
    api.good("POST", "/rooms/lab/messages", "after it was deleted")
    api.good("POST", "/rooms/lab/outgoing", {"url": receiver.url})
    api.good("POST", "/rooms/lab/messages", "another one")
    assert text_of(receiver.next()) == "another one"


def test_a_failure_is_tried_again_and_keeps_the_others_waiting(serve, receiver):
    server = serve({"web": {}}, HERE)
    api = room(server)
    receiver.answers = [500]
    api.good("POST", "/rooms/lab/outgoing", {"url": receiver.url})
    api.good("POST", "/rooms/lab/messages", "one")
    api.good("POST", "/rooms/lab/messages", "two")
    tries = [receiver.next() for _ in range(3)]
    assert [(text_of(t), t[2]) for t in tries] == [("one", 500), ("one", 200), ("two", 200)]
    ids = [t[0]["webhook-id"] for t in tries]
    assert ids[0] == ids[1] != ids[2]


def test_a_restart_forgets_nothing_and_repeats_nothing(serve, receiver):
    server = serve({"web": {}}, HERE)
    api = room(server)
    api.good("POST", "/rooms/lab/outgoing", {"url": receiver.url})
    api.good("POST", "/rooms/lab/messages", "one")
    assert text_of(receiver.next()) == "one"
    listed(api, lambda hook: hook["behind"] == 0)
    port = receiver.port
    receiver.close()
    api.good("POST", "/rooms/lab/messages", "two")
    assert listed(api, lambda hook: hook["failures"] > 0)["fault"] == "unreachable"
    token = api.token
    server.stop()
    again = Receiver(port)
    try:
        server.start()
        assert text_of(again.next()) == "two"
        Api(server.ports["web"], token).good("POST", "/rooms/lab/messages", "three")
        assert text_of(again.next()) == "three"
    finally:
        again.close()


def test_only_who_runs_the_room_has_a_say(serve):
    server = serve({"web": {}}, HERE)
    boss = room(server)
    eve = Api(server.ports["web"], account(server, "eve"))
    eve.good("PUT", "/rooms/lab/membership")
    assert eve.refused("POST", "/rooms/lab/outgoing", {"url": "https://a.example/"})[0] == 403
    assert eve.refused("GET", "/rooms/lab/outgoing")[0] == 403
    for bad in ("ftp://a.example/", "https://", "https://u:p@a.example/", "https://a b/", "x"):
        assert boss.refused("POST", "/rooms/lab/outgoing", {"url": bad})[0] == 400
    for n in range(8):
        boss.good("POST", "/rooms/lab/outgoing", {"url": f"https://a.example/{n}"})
    assert boss.refused("POST", "/rooms/lab/outgoing", {"url": "https://a.example/"})[0] == 409
    assert boss.refused("DELETE", "/rooms/lab/outgoing/99")[0] == 404
    boss.good("DELETE", "/rooms/lab")
    boss.good("POST", "/rooms", {"name": "lab"})
    assert boss.good("GET", "/rooms/lab/outgoing") == {"outgoing": []}


@contextlib.contextmanager
def nobody_may_come():
    """A port that listens, and nobody has come by the end."""
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.setblocking(False)
        yield trap.getsockname()[1]
        with pytest.raises(BlockingIOError):
            trap.accept()


PRIVATE = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://0.0.0.0:{port}/",
    "http://169.254.169.254/latest/meta-data/",
)


def test_t064_a_webhook_to_a_private_address_is_never_connected_to(serve):
    """The address is looked at where the socket is made, whatever the name resolved to before."""
    server = serve({"web": {}}, QUICK)
    api = room(server)
    with nobody_may_come() as port:
        for url in PRIVATE:
            api.good("POST", "/rooms/lab/outgoing", {"url": url.format(port=port)})
        api.good("POST", "/rooms/lab/messages", "hello")
        for _ in range(int(PATIENCE * 20)):
            hooks = api.good("GET", "/rooms/lab/outgoing")["outgoing"]
            if all(hook["failures"] > 0 for hook in hooks):
                break
            threading.Event().wait(0.05)
        assert [hook["fault"] for hook in hooks] == ["address_not_allowed"] * len(PRIVATE)


def test_t064_a_redirect_is_not_followed(serve, receiver):
    server = serve({"web": {}}, HERE)
    api = room(server)
    with nobody_may_come() as port:
        receiver.answers = [307]
        receiver.location = f"http://127.0.0.1:{port}/"
        api.good("POST", "/rooms/lab/outgoing", {"url": receiver.url})
        api.good("POST", "/rooms/lab/messages", "hello")
        assert [receiver.next()[2] for _ in range(2)] == [307, 200]
