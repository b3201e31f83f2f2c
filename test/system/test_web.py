"""The web's ground: files, their tags and packings, connections that are kept, who asks, what is
counted."""

import gzip
import json
import re
import ssl
import time

import pytest

from client import LONG
from test_tls import Peer, cert, context
from web_client import Http, ask, request

__all__ = ["cert"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; manifest-src 'self'; "
    "worker-src 'self'; require-trusted-types-for 'script'; trusted-types parlance"
)


@pytest.fixture
def web(serve):
    server = serve({"web": {}, "line": {}}, sections={"accounts": {"password_cost": "minimum"}})
    server.port = server.ports["web"]
    return server


def files_of(page):
    """What the page names of its own server."""
    return re.findall(r'(?:href|src)="(/[^"]+)"', page)


def test_the_page_and_its_files_are_kept_as_long_as_they_may(web):
    status, headers, body = ask(web.port, "GET /")
    assert status == 200 and headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    for path in ("/r/lobby", "/dm/bob", "/invite/abc"):
        assert ask(web.port, f"GET {path}")[2] == body
    names = files_of(body.decode())
    if not names:
        pytest.skip("the server was built without the browser client")
    for name in names:
        status, headers, body = ask(web.port, f"GET {name}")
        assert status == 200, name
        hashed = re.search(r"-[A-Z0-9]{8}\.(js|css)$", name)
        wanted = "public, max-age=31536000, immutable" if hashed else "no-cache"
        assert headers["cache-control"] == wanted, name
        assert ask(web.port, f"GET {name}", f"If-None-Match: {headers['etag']}")[0] == 304
        assert ask(web.port, f"GET {name}", 'If-None-Match: "x", ' + headers["etag"])[0] == 304
        assert ask(web.port, f"GET {name}", 'If-None-Match: "0"')[0] == 200
        packed = ask(web.port, f"GET {name}", "Accept-Encoding: br;q=0, gzip")
        if packed[1].get("content-encoding") == "gzip":
            assert gzip.decompress(packed[2]) == body and len(packed[2]) < len(body)
            assert packed[1]["etag"] != headers["etag"]
            assert packed[1]["vary"] == "Accept-Encoding"
        plain = ask(web.port, f"GET {name}", "Accept-Encoding: br;q=0, gzip; q=0")
        assert "content-encoding" not in plain[1] and plain[2] == body
    for name in ("/nothing", "/app.js", "/../etc/passwd", "/%2e%2e/x", "/r"):
        assert ask(web.port, f"GET {name}")[0] == 404, name


def test_t046_the_page_may_run_what_came_from_here_and_nothing_else(web):
    page = ask(web.port, "GET /")[2].decode()
    for path in ["/", "/r/x", *files_of(page)]:
        headers = ask(web.port, f"GET {path}")[1]
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers and "access-control-allow-origin" not in headers
    assert "<script>" not in page and "style=" not in page and "onload" not in page


def token_of(server, name, scopes="read,write"):
    server.ask("user", "add", "--password-stdin", name, given="secret-1\n")
    printed = server.ask("token", "add", name, "test", scopes)
    return re.search("[0-9a-f]{32}", printed)[0]


def test_each_request_is_its_own_persons_on_one_connection(web):
    tokens = {name: token_of(web, name) for name in ("ann", "bob")}

    def me(http, name):
        more = [f"Authorization: Bearer {tokens[name]}"] if name else []
        status, _, body = http.send(request("GET /api/v1/me", *more)).answer()
        return status, json.loads(body)

    with Http(web.port) as http:
        for name in ("ann", "bob", "bob", None, "ann", None, "bob"):
            status, body = me(http, name)
            assert status == (200 if name else 401), (name, body)
            assert not name or name in json.dumps(body), (name, body)
        assert http.send(request()).answer()[0] == 200
    with Http(web.port) as http:  # all of them at once
        order = ["ann", "bob", "ann", "bob", "bob", "ann"] * 5
        for name in order:
            http.send(request("GET /api/v1/me", f"Authorization: Bearer {tokens[name]}"))
        for name in order:
            assert name in http.answer()[2].decode()


def test_a_connection_may_ask_and_then_become_a_socket(web):
    token = token_of(web, "ann")
    with Http(web.port) as http:
        http.send(request("GET /api/v1/me", f"Authorization: Bearer {token}"))
        assert http.answer()[0] == 200
        http.send(
            request(
                "GET /ws",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            )
        )
        assert http.answer()[0] == 101
        http.read_until(b'"type":"server"')


def test_what_is_counted_adds_up(web):
    bob = web.line("bob")
    for number in range(5):
        bob.say(f"message {number}")
    bob.sync()
    ask(web.port, "GET /")
    text = ask(web.port, "GET /metrics")[2].decode()
    rows = dict(re.findall(r"^(parlance_\S+) (\S+)$", text, re.M))
    assert len(rows) > 40
    for name in re.findall(r"^# TYPE (\S+) ", text, re.M):
        assert any(row.startswith(name) for row in rows) or name == "parlance_refusals_total", name
    assert rows['parlance_connections{dialect="line"}'] == "1"
    assert rows["parlance_people"] == "1"
    assert rows["parlance_messages_total"] == "5"
    assert int(rows['parlance_refusals_total{code="bad_character"}']) >= 1  # bob's sync
    assert rows["parlance_flush_seconds_count"] == rows['parlance_flush_seconds_bucket{le="+Inf"}']
    assert int(rows["parlance_flush_seconds_count"]) >= 1
    assert int(rows["parlance_records_total"]) >= 5
    assert int(rows["parlance_resident_bytes"]) > 1000000
    with open("doc/metrics.md", encoding="utf-8") as doc:
        page = doc.read()
    families = re.findall(r"^# TYPE (\S+) ", text, re.M)
    for name in families:
        assert f"`{name}" in page, f"{name} is not in doc/metrics.md"
    with open("packaging/grafana/parlance.json", encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    asked = " ".join(row["expr"] for panel in panels for row in panel.get("targets", []))
    drawn = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"parlance_\w+", asked)}
    assert drawn == set(families)


def test_head_has_the_size_and_no_body(web):
    for path in ("/", "/healthz", "/metrics", "/nothing"):
        with Http(web.port) as http:
            wanted = http.send(request(f"GET {path}")).answer()
            found = http.send(request(f"HEAD {path}")).answer(head=True)
            assert found[0] == wanted[0]
            if "content-length" in wanted[1] and path != "/metrics":
                assert found[1]["content-length"] == wanted[1]["content-length"]
            assert http.send(request()).answer()[2] == b"ok\n"


def test_a_client_of_old_is_answered_and_closed(web):
    with Http(web.port) as http:
        rest = http.send(b"GET /metrics HTTP/1.0\r\n\r\n").end()
    assert b"chunked" not in rest and rest.endswith(b"\n") and b"Connection: close" in rest


def test_t014_https_speaks_http_and_nothing_else(make, cert):
    server = make({"web": {"tls_cert": [cert[0]], "tls_key": [cert[1]]}, "line": {}})
    server.start()
    port = server.ports["web"]
    how = context(cert[0])
    how.set_alpn_protocols(["h2", "http/1.1"])
    with Http(port, lambda raw: how.wrap_socket(raw, server_hostname="chat.example")) as http:
        assert http.socket.selected_alpn_protocol() == "http/1.1"
        assert http.send(request()).answer()[2] == b"ok\n"
    for offered in (["h2"], ["ftp"], ["irc"]):
        with pytest.raises(ssl.SSLError, match="no application protocol"):
            Peer(port, cert[0], alpn=offered)


def test_readiness_follows_the_disk(faulty):
    port = faulty.ports["auto"]
    assert ask(port, "GET /readyz")[::2] == (200, b"ready\n")
    faulty.faults(full=1)
    faulty.wait_for(lambda: ask(port, "GET /readyz")[0] == 503, "it to see that the disk is full")
    assert ask(port, "GET /healthz")[0] == 200
    faulty.faults()
    faulty.wait_for(lambda: ask(port, "GET /readyz")[0] == 200, "it to see that there is room")


@pytest.mark.release_only
@pytest.mark.skipif(not LONG, reason="a beat is 25 seconds")
def test_a_stream_of_events_is_heard_of_while_nothing_happens(web):
    token = token_of(web, "ann")
    with Http(web.port) as http:
        http.send(request("GET /api/v1/events", f"Authorization: Bearer {token}"))
        http.read_until(b"\r\n\r\n")
        http.socket.settimeout(30)
        http.read_until(b":\n\n")
        begin = time.monotonic()
        http.read_until(b":\n\n")
        assert 20 < time.monotonic() - begin < 30
