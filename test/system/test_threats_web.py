"""What comes by HTTP, WebSocket and proxies from people who mean no good (THREATS; each test is named
by its row)."""

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time

import pytest

import smuggle
from client import PATIENCE, SLOW
from server import Canary
from web_client import Http, ask, request

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n" + KEY
IRC = "Sec-WebSocket-Protocol: text.ircv3.net\r\n"


def status(port, *args, **options):
    return ask(port, *args, **options)[0]


@pytest.fixture
def web(serve):
    server = serve({"web": {}, "auto": {}, "line": {}})
    server.port = server.ports["web"]
    return server


def test_t002_a_request_that_drips_in_is_closed_when_its_time_is_over(serve):
    server = serve(
        {"web": {}, "auto": {}, "line": {}}, sections={"timeouts": {"registration_seconds": 1}}
    )
    canary, begin = Canary(server), time.monotonic()
    heads = [b"GET /healthz HTTP/1.1\r\nHost: localh", request("POST /api/v1/x", "Content-Length: 9")]
    drips = [Http(server.ports[title]).send(head) for title in ("web", "auto") for head in heads]
    idle = Http(server.ports["web"])
    ended = {}
    while len(ended) < len(drips):
        for http in drips:
            if http in ended:
                continue
            http.socket.settimeout(0.02)
            try:
                http.send(b"x")
                if not http.more():
                    ended[http] = time.monotonic() - begin
            except socket.timeout:
                pass
            except (ConnectionResetError, BrokenPipeError):
                ended[http] = time.monotonic() - begin
        canary.sings()
        assert time.monotonic() - begin < 4 * SLOW + 2, "bytes keep it open"
    assert min(ended.values()) > 0.8
    assert any(http.unread.startswith(b"HTTP/1.1 408 ") for http in drips)
    assert idle.end() == b"", "an idle one is closed without a word"


def test_t002_many_slow_requests_delay_nobody(web):
    canary = Canary(web)
    slow = [Http(web.port).send(b"GET / HTTP/1.1\r\nX: ") for _ in range(300)]
    for turn in range(5):
        for http in slow:
            http.send(b"y")
        canary.sings()
    for http in slow:
        http.socket.close()


def from_proxy_v1(ip="192.0.2.7", port=4711):
    return f"PROXY TCP4 {ip} 198.51.100.1 {port} 7070\r\n".encode()


SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def from_proxy_v2(size=None, family=0x11, command=0x21, more=b""):
    rest = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1")
    rest += struct.pack(">HH", 4711, 7070) + more
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", size or len(rest)) + rest


@pytest.mark.parametrize("header", [from_proxy_v1(), from_proxy_v2(), from_proxy_v2(more=b"\4\0\1x")])
def test_a_proxy_that_must_says_whom_it_comes_for(serve, header):
    server = serve({"dollar": {"proxy_from": ["127.0.0.1"]}, "web": {"proxy_from": ["127.0.0.1"]}})
    people = server.connect("dollar")
    for byte in header + b"reg$ann\n":
        people.send_bytes(bytes([byte]))
    people.expect("------Welcome to Txt Chat------", "192.0.2.7:4711")
    with Http(server.ports["web"]) as http:
        assert http.send(header + request()).answer()[0] == 200
    with Http(server.ports["web"]) as http:  # a proxy asks for itself whether the server lives
        local = SIGNATURE + b"\x20\0\0\0"
        assert http.send(local + request()).answer()[0] == 200


@pytest.mark.parametrize("title", ["line", "dollar", "pipe", "irc", "web", "auto"])
def test_t017_a_proxy_header_of_a_stranger_is_garbage(serve, title):
    server = serve({title: {}, "dollar": {}})
    port = server.ports[title]
    other = "reg$eve\n" if title == "dollar" else "NICK eve\r\nUSER e 0 * :e\r\n"
    with Http(port) as http:
        http.send(from_proxy_v1() + other.encode())
        http.socket.shutdown(socket.SHUT_WR)
        rest = http.end()
        assert b"192.0.2.7" not in rest and b" 001 " not in rest, rest
    with Http(port) as http:
        http.send(from_proxy_v2())
        http.socket.shutdown(socket.SHUT_WR)
        assert b"192.0.2.7" not in http.end()
    ann = server.enter("dollar", "ann")
    assert ann.address.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    "bytes_in",
    [
        request(),
        b"hello\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 99999\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
        b"PROXY UNKNOWN\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 7070\n",
        b"PROXY TCP4 " + b"1" * 200,
        from_proxy_v2(size=65535),
        from_proxy_v2(family=0x31),
        from_proxy_v2(family=0x12),
        from_proxy_v2(command=0x22),
        from_proxy_v2(more=b"\4\xff\xffx"),
        from_proxy_v2(size=4),
        from_proxy_v1()[:20],
        from_proxy_v2()[:20],
    ],
)
def test_t018_what_a_proxy_sends_without_a_right_header_is_closed(serve, bytes_in):
    server = serve(
        {"auto": {"proxy_from": ["127.0.0.1"]}, "line": {}},
        sections={"timeouts": {"registration_seconds": 1}},
    )
    canary = Canary(server)
    with Http(server.ports["auto"]) as http:
        assert b"HTTP/1.1" not in http.send(bytes_in).end()
    canary.sings()


def test_t019_whom_a_request_comes_for_is_said_by_believed_proxies_alone(serve):
    server = serve(
        {"web": {}, "behind": {"dialect": "web", "forwarded_from": ["127.0.0.1"]}},
        sections={"server": {"metrics_from": ["198.51.100.9"]}},
    )
    own, behind = server.ports["web"], server.ports["behind"]
    assert status(own, "GET /metrics") == 403
    assert status(own, "GET /metrics", "X-Forwarded-For: 198.51.100.9") == 403
    assert status(behind, "GET /metrics") == 403
    assert status(behind, "GET /metrics", "X-Forwarded-For: 198.51.100.9") == 200
    # what stands before the last one that is no proxy of ours anybody may have written
    assert status(behind, "GET /metrics", "X-Forwarded-For: 198.51.100.9, 192.0.2.1") == 403
    assert status(behind, "GET /metrics", "X-Forwarded-For: x, 198.51.100.9, 127.0.0.1") == 200
    assert status(behind, "GET /metrics", "X-Forwarded-For: 198.51.100.9, junk") == 403
    twice = ["X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 198.51.100.9"]
    assert status(behind, "GET /metrics", *twice) == 403


def test_t021_heads_that_are_too_large_and_hosts_that_are_not_ours(web):
    port = web.port
    many = [f"X-{number}: y" for number in range(10000)]
    for titled in (port, web.ports["auto"]):
        with Http(titled) as http:
            http.send(b"GET /" + b"a" * 1000000 + b" HTTP/1.1\r\n\r\n")
            assert http.answer()[0] == 414
    assert status(port, "GET /healthz", *many[:60]) == 200
    with Http(port) as http:
        try:
            http.send(request("GET /healthz", *many))
        except (ConnectionResetError, BrokenPipeError):
            pass
        assert http.answer()[0] == 431
    assert status(port, host=None) == 400
    assert status(port, "GET /healthz", "Host: localhost") == 400
    assert status(port, "GET http://evil/", host="localhost") == 400
    assert status(port, "GET http://evil.example/", host="evil.example") == 421
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "8.8.8.8"):
        assert status(port, "GET /", host=host) == 421, host
        assert status(port, "POST /api/v1/rooms", host=host) == 421, host
        assert status(port, "GET /metrics", host=host) == 421, host
        for path in ("/healthz", "/readyz"):
            assert status(port, f"GET {path}", host=host) == 200, host
    for host in ("localhost", "LOCALHOST:1", f"127.0.0.1:{port}", "[::1]", "a.localhost"):
        assert status(port, "GET /", host=host) == 200, host


def test_t021_names_of_the_server_and_of_allowed_origins_are_ours(serve):
    server = serve(
        {"web": {"allowed_origins": ["https://talk.example"]}},
        sections={"server": {"name": "chat.example"}},
    )
    port = server.ports["web"]
    for host, wanted in (("chat.example", 200), ("talk.example", 200), ("alk.example", 421)):
        assert status(port, "GET /", host=host) == wanted, host


def frame(opcode, payload=b"", fin=True, mask=b"abcd", size=None, reserved=0, form=None):
    head = bytes([(0x80 if fin else 0) | reserved | opcode])
    count = len(payload) if size is None else size
    bit = 0x80 if mask is not None else 0
    if form == 8 or (form is None and count > 65535):
        head += bytes([bit | 127]) + struct.pack(">Q", count)
    elif form == 2 or (form is None and count > 125):
        head += bytes([bit | 126]) + struct.pack(">H", count)
    else:
        head += bytes([bit | count])
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def open_socket(port, path="/ws", protocol=IRC, more=""):
    http = Http(port)
    http.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}{protocol}{more}\r\n")
    code, headers, _ = http.answer()
    assert code == 101
    http.headers = headers
    return http


def close_code(rest):
    """Of the close frame that the bytes end with."""
    assert rest[-4:-2] == b"\x88\x02", rest[-20:]
    return struct.unpack(">H", rest[-2:])[0]


BAD_FRAMES = {
    "2^63+1": (frame(1, size=2**63 + 1, form=8), 1002),
    "2^63-1": (frame(1, size=2**63 - 1, form=8), 1009),
    "64 bits for little": (frame(1, b"x" * 10, form=8), 1002),
    "16 bits for little": (frame(1, b"x" * 10, form=2), 1002),
    "reserved 1": (frame(1, b"x", reserved=0x40), 1002),
    "reserved 2": (frame(1, b"x", reserved=0x20), 1002),
    "reserved 3": (frame(1, b"x", reserved=0x10), 1002),
    "unmasked": (frame(1, b"x", mask=None), 1002),
    "fragmented ping": (frame(9, b"x", fin=False), 1002),
    "fragmented close": (frame(8, fin=False), 1002),
    "ping of 126": (frame(9, b"x" * 126), 1002),
    "continuation first": (frame(0, b"x"), 1002),
    "text within text": (frame(1, b"x", fin=False) + frame(1, b"y"), 1002),
    "too big at once": (frame(1, size=1000000, form=8), 1009),
    "too big in parts": (frame(1, b"x" * 8000, fin=False) + frame(0, b"y" * 8000, fin=False) * 40, 1009),
    "no text": (frame(1, b"\xff\xfe"), 1007),
    **{f"opcode {code}": (frame(code, b"x"), 1002) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
}


@pytest.mark.parametrize("name", BAD_FRAMES)
@pytest.mark.parametrize("protocol", [IRC, ""], ids=["irc", "json"])
def test_t022_frames_that_are_wrong_end_it_with_their_code(web, name, protocol):
    bad, code = BAD_FRAMES[name]
    with open_socket(web.port, protocol=protocol) as peer:
        try:
            peer.send(bad)
            peer.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert close_code(peer.end()) == code


def test_t022_a_million_small_fragments_take_no_memory(web):
    canary, before = Canary(web), web.status("VmRSS")
    with open_socket(web.port) as peer:
        piece = frame(0, b"x") * 20000
        try:
            peer.send(frame(1, b"x", fin=False))
            for _ in range(50):
                peer.send(piece)
                canary.sings()
        except (ConnectionResetError, BrokenPipeError):
            pass
        peer.end()
    assert SLOW > 1 or (web.status("VmRSS") - before) * 1024 < 4 * 1048576


def test_t023_compression_is_not_agreed_on(web):
    for protocol in (IRC, ""):
        more = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        with open_socket(web.port, protocol=protocol, more=more) as peer:
            assert "sec-websocket-extensions" not in peer.headers
            peer.send(frame(1, b"\x78\x9c", reserved=0x40))
            assert close_code(peer.end()) == 1002


def test_t024_pages_of_others_open_no_socket(serve):
    server = serve({"web": {}, "set": {"dialect": "web", "allowed_origins": ["https://chat.example"]}})
    upgrade = UPGRADE.strip().split("\r\n")

    def opens(title, origin, host="localhost"):
        port = server.ports[title]
        more = [] if origin is None else [f"Origin: {origin}"]
        return status(port, "GET /ws", *upgrade, *more, host=host)

    assert opens("web", None) == 101
    assert opens("web", "http://localhost") == 101
    assert opens("set", "https://chat.example", host="chat.example") == 101
    for origin in ("null", "http://evil.example", "https://chat.example.evil", "http://localhost.evil",
                   "http://localhost:1", "ftp://localhost", "localhost", "", "http://"):
        assert opens("web", origin) == 403, origin
        assert opens("set", origin, host="chat.example") == 403, origin
    assert opens("set", "https://chat.example.evil", host="chat.example") == 403
    assert opens("set", "http://chat.example", host="chat.example") == 403
    assert opens("set", "https://chat.example:444", host="chat.example") == 403
    # nor one whose name was made to point here, where any Host is answered
    for path in ("/healthz", "/readyz", "/ws", "/"):
        more = [*upgrade, "Sec-WebSocket-Protocol: text.ircv3.net", "Origin: http://evil.example"]
        found = status(server.ports["web"], f"GET {path}", *more, host="evil.example")
        assert found in (421, 426), path
    # and a page of others may change nothing by other means
    for more in ([], ["Content-Type: text/plain"]):
        code = status(server.ports["web"], "POST /api/v1/rooms", "Origin: http://evil.example", *more)
        assert code == 403


def test_t031_what_is_odd_is_refused_and_never_read_otherwise(web):
    port = web.port
    post = ("POST /api/v1/rooms", "Content-Length: 2")
    assert status(port, *post, "Content-Encoding: gzip", body=b"\x1f\x8b") == 415
    assert status(port, *post, "Content-Type: multipart/form-data; boundary=x", body=b"--") == 415
    assert status(port, *post, "Expect: 200-ok", body=b"{}") == 417
    assert status(port, "GET /", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                  "HTTP2-Settings: AAMAAABkAAQAAP__") == 426
    assert status(port, "GET /ws", *UPGRADE.replace("13", "8").strip().split("\r\n")) == 426
    for first in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"):
        with Http(port) as http:
            assert http.send(first + request()).end().startswith(b"HTTP/1.1 505 ")
    with Http(port) as http:
        rest = http.send(b"GET /healthz\r\n" + request()).end()
        assert rest.startswith(b"HTTP/1.1 400 ") and b"ok\n" not in rest


def test_t031_a_body_that_is_expected_is_asked_for_once(web):
    with Http(web.port) as http:
        http.send(request("POST /api/v1/rooms", "Expect: 100-continue", "Content-Length: 2"))
        assert http.answer()[0] == 100
        http.send(b"{")
        time.sleep(0.05)
        http.send(b"}" + request())
        assert http.answer()[0] not in (100, 200)
        assert http.answer()[0] == 200
    with Http(web.port) as http:
        http.send(request("POST /api/v1/rooms", "Expect: 100-continue", "Content-Length: 900000"))
        assert http.answer()[0] == 413
        http.send(b"x" * 900000)
        assert http.end() == b""


def test_requests_in_one_piece_are_answered_in_their_order(web):
    paths = ["/healthz", "/", "/nothing", "/readyz"] * 20
    with Http(web.port) as http:
        http.send(b"".join(request(f"GET {path}") for path in paths))
        found = [http.answer()[::2] for _ in paths]
        assert [code for code, _ in found] == [200, 200, 404, 200] * 20
        assert [body for _, body in found[:4] if len(body) < 10] == [b"ok\n", b"ready\n"]
        http.send(request("HEAD /") + request("GET /healthz", "Connection: close"))
        head = http.end()
    assert head.count(b"HTTP/1.1 200 OK") == 2 and head.endswith(b"\r\n\r\nok\n")
    size = int(re.search(rb"Content-Length: ([0-9]+)", head)[1])
    assert size > 100 and len(head) < 2000 and b"<html" not in head


def test_a_hundred_thousand_requests_at_once_are_bounded(web):
    canary, before = Canary(web), web.status("VmRSS")
    with Http(web.port) as http:
        http.socket.settimeout(0.2)
        some = request("GET /") * 1000
        sent = 0
        try:
            for _ in range(100):
                http.send(some)
                sent += 1
                canary.sings()
        except socket.timeout:
            pass
        assert sent < 100, "it reads on while its answers are not taken"
    assert SLOW > 1 or (web.status("VmRSS") - before) * 1024 < 8 * 1048576


BAD_REQUESTS = smuggle.bad()


def refused_whole(port, text):
    """What is answered to a request and to one behind it: how often, and by what first."""
    with Http(port) as http:
        http.socket.settimeout(PATIENCE)
        try:
            http.send(text + request("GET /healthz"))
            http.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        rest = http.end()
    statuses = re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", rest)
    return statuses, b"ok\n" in rest


def test_t020_what_could_be_read_in_two_ways_is_refused_and_so_is_all_behind_it(web):
    assert len(BAD_REQUESTS) >= 200
    canary, wrong = Canary(web), {}
    for name, text in BAD_REQUESTS.items():
        statuses, read_on = refused_whole(web.port, text)
        if read_on or len(statuses) != 1 or statuses[0] not in (b"400", b"501", b"505"):
            wrong[name] = statuses
        canary.sings()
    assert not wrong, wrong


def test_t020_what_is_right_is_read_as_it_was_meant(web):
    for name, (text, count) in smuggle.good().items():
        statuses, read_on = refused_whole(web.port, text)
        assert len(statuses) == count + 1 and b"400" not in statuses and read_on, (name, statuses)


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_t020_nothing_is_taken_that_another_reader_refuses_or_reads_otherwise(web):
    """llhttp, as Node has it. It may take what we refuse, never the other way round."""
    cases = {f"bad {name}": text for name, text in BAD_REQUESTS.items() if len(text) < 100000}
    cases.update({f"good {name}": text for name, (text, _) in smuggle.good().items()})
    script = os.path.join(os.path.dirname(__file__), "oracle.mjs")
    lines = "".join(base64.b64encode(text).decode() + "\n" for text in cases.values())
    done = subprocess.run(["node", script], input=lines, capture_output=True, text=True,
                          timeout=12 * PATIENCE, check=True)
    opinions = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(opinions) == len(cases)
    disagreed = sum(1 for opinion, name in zip(opinions, cases)
                    if name.startswith("bad ") and not opinion["refused"])
    print(f"llhttp takes {disagreed} of {len(cases)} that are refused here")
    for (name, text), opinion in zip(cases.items(), opinions):
        statuses, _ = refused_whole(web.port, text)
        ours = len(statuses) - 1
        if b"400" in statuses or b"501" in statuses or b"505" in statuses:
            continue
        assert not opinion["refused"] and opinion["requests"] == ours, (name, opinion, statuses)


@pytest.mark.parametrize("first", ["POST / HTTP/1.1", "GET / HTTP/1.1", "OPTIONS * HTTP/1.1"])
def test_t010_a_request_to_an_irc_port_runs_nothing(serve, first):
    server = serve({"irc": {}, "line": {}})
    alice = server.line("alice")
    body = b"NICK evil\r\nUSER x 0 * :x\r\nJOIN #lobby\r\nPRIVMSG #lobby :evil\r\n"
    with Http(server.ports["irc"]) as http:
        rest = http.send(request(first, f"Content-Length: {len(body)}", body=body)).end()
    assert b" 001 " not in rest and b"evil" not in rest
    alice.sync()
