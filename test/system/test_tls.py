"""TLS: who speaks it, who does not, and what is agreed on (THREATS 13 to 16, 72)."""

import base64
import shutil
import signal
import socket
import ssl
import time

import pytest

from client import PATIENCE, SLOW
from server import free_port, run


def certificate(folder, name="chat.example"):
    """A folder with a certificate and its key; their paths."""
    folder.mkdir()
    config = folder / "c.conf"
    config.write_text(f'server {{\n    name = "{name}"\n    data = "{folder}/data"\n}}\n')
    made = run("cert", "--config", config)
    assert made.returncode == 0, made.stderr
    return str(folder / "data/tls-cert.pem"), str(folder / "data/tls-key.pem")


def context(cert, **settings):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cert)
    for name, value in settings.items():
        setattr(made, name, value)
    return made


class Peer:
    """Somebody whose lines go through TLS."""

    def __init__(self, port, cert, name="chat.example", alpn=None, plain=b""):
        self.raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        how = context(cert)
        if alpn:
            how.set_alpn_protocols(alpn)
        assert not plain
        self.socket = how.wrap_socket(self.raw, server_hostname=name)
        self.rest = b""

    def send(self, *lines):
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def line(self):
        while b"\n" not in self.rest:
            more = self.socket.recv(65536)
            assert more, f"closed after {self.rest}"
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode().rstrip("\r")

    def until(self, part):
        while part not in (line := self.line()):
            pass
        return line

    def close(self):
        self.socket.close()


@pytest.fixture
def cert(tmp_path):
    return certificate(tmp_path / "cert")


@pytest.fixture
def secure(make, cert):
    listeners = {
        "irc": {"tls_cert": [cert[0]], "tls_key": [cert[1]]},
        "line": {},
        "safe": {"dialect": "line", "tls_cert": [cert[0]], "tls_key": [cert[1]]},
    }
    server = make(
        listeners, {"accounts": {"password_cost": "minimum"}, "server": {"plaintext_login": "never"}}
    )
    server.start()
    return server


def reload(server, outcome):
    server.signal(signal.SIGHUP)
    server.wait_for_log(outcome)


def irc(server, cert, nick):
    peer = Peer(server.ports["irc"], cert[0])
    peer.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    peer.until(" 422 ")
    return peer


def test_people_meet_through_tls_and_beside_it(secure, cert):
    ian, bob = irc(secure, cert, "ian"), secure.line("bob")
    ian.send("JOIN #lobby")
    ian.until(" 366 ")
    ian.send("PRIVMSG #lobby :" + "x" * 400)
    assert bob.line() == "ian has joined the chat"
    assert bob.line() == "ian: " + "x" * 400
    bob.say("y" * 8000)
    assert "y" * 100 in ian.until("PRIVMSG")
    safe = Peer(secure.ports["safe"], cert[0])
    assert safe.line() == "Please enter your username:"
    safe.send("sam", "hello")
    assert bob.line() == "sam has joined the chat"
    assert bob.line() == "sam: hello"


def test_a_password_is_taken_over_tls_and_not_beside_it(secure, cert):
    bob = secure.line("bob")
    bob.send("/register secret-1")
    assert "encrypted" in bob.line()
    safe = Peer(secure.ports["safe"], cert[0])
    safe.send("sam", "/register secret-1")
    safe.until("the account is made")
    ian = Peer(secure.ports["irc"], cert[0])
    secret = base64.b64encode(b"\0sam\0secret-1").decode()
    ian.send("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {secret}")
    ian.until(" 903 ")


def test_much_goes_through_in_both_directions(secure, cert):
    ian, bob = irc(secure, cert, "ian"), secure.line("bob")
    ian.send("JOIN #lobby")
    ian.until(" 366 ")
    for number in range(300):
        ian.send(f"PRIVMSG #lobby :{number} " + "z" * 380)
    bob.line()
    for number in range(300):
        assert bob.line().startswith(f"ian: {number} z")
    bob.send(*(f"{number} " + "w" * 380 for number in range(300)))
    for number in range(300):
        assert f":{number} w" in ian.until("PRIVMSG")


def test_t013_plain_text_on_a_tls_port_is_told_so(secure):
    with socket.create_connection(("127.0.0.1", secure.ports["irc"]), timeout=PATIENCE) as raw:
        raw.sendall(b"NICK ian\r\nUSER ian 0 * :Ian\r\n")
        assert raw.recv(4096) == b"ERROR :this port needs TLS\r\n"
        assert raw.recv(4096) == b""


def test_t013_tls_on_a_plain_port_is_closed(secure, cert):
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        Peer(secure.ports["line"], cert[0])


def test_t014_only_protocols_that_are_spoken_inside_are_agreed_on(secure, cert):
    peer = Peer(secure.ports["irc"], cert[0], alpn=["h2", "irc"])
    assert peer.socket.selected_alpn_protocol() == "irc"
    for offered in (["h2"], ["http/1.1"], ["ftp", "h2"]):
        with pytest.raises(ssl.SSLError, match="no application protocol"):
            Peer(secure.ports["irc"], cert[0], alpn=offered)


def test_t015_what_is_old_is_refused(secure, cert):
    how = context(cert[0])
    how.minimum_version = ssl.TLSVersion.TLSv1
    how.maximum_version = ssl.TLSVersion.TLSv1_1
    how.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", secure.ports["irc"])) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            how.wrap_socket(raw, server_hostname="chat.example")
    for version, cipher in (
        (ssl.TLSVersion.TLSv1_2, "ECDHE"),
        (ssl.TLSVersion.TLSv1_3, "TLS_"),
    ):
        how = context(cert[0])
        how.minimum_version = how.maximum_version = version
        with socket.create_connection(("127.0.0.1", secure.ports["irc"])) as raw:
            with how.wrap_socket(raw, server_hostname="chat.example") as spoken:
                assert cipher in spoken.cipher()[0]
    how = context(cert[0])
    how.maximum_version = ssl.TLSVersion.TLSv1_2
    how.set_ciphers("AES128-SHA:AES256-SHA:AES128-GCM-SHA256")
    with socket.create_connection(("127.0.0.1", secure.ports["irc"])) as raw:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            how.wrap_socket(raw, server_hostname="chat.example")


def client_hello(cert):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaker = context(cert[0]).wrap_bio(incoming, outgoing, server_hostname="chat.example")
    with pytest.raises(ssl.SSLWantReadError):
        speaker.do_handshake()
    return outgoing.read()


def test_t016_a_handshake_that_ends_anywhere_disturbs_nobody(secure, cert):
    alice, bob = secure.line("alice"), secure.line("bob")
    alice.line()
    hello = client_hello(cert)
    step = max(1, len(hello) // 64)
    for size in [*range(1, 12), *range(12, len(hello), step)]:
        with socket.create_connection(("127.0.0.1", secure.ports["irc"])) as raw:
            raw.sendall(hello[:size])
        if size % 8 == 0:
            alice.say(f"still here {size}")
            assert bob.line() == f"alice: still here {size}"
    for size in range(1, 40):  # broken, not cut
        with socket.create_connection(("127.0.0.1", secure.ports["irc"])) as raw:
            raw.sendall(hello[:size] + b"\xff" * (len(hello) - size))
    begin = time.monotonic()
    alice.say("done")
    assert bob.line() == "alice: done"
    assert time.monotonic() - begin < 2 * SLOW


def test_a_hello_that_comes_byte_by_byte_is_understood(secure, cert):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaker = context(cert[0]).wrap_bio(incoming, outgoing, server_hostname="chat.example")
    with socket.create_connection(("127.0.0.1", secure.ports["safe"]), timeout=PATIENCE) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                speaker.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    raw.sendall(bytes([byte]))
                incoming.write(raw.recv(65536))
        raw.sendall(outgoing.read())
        speaker.write(b"sam\r\n/who\r\n/quit\r\n")
        raw.sendall(outgoing.read())
        text = b""
        while b"sam" not in text:
            try:
                text += speaker.read(65536)
            except ssl.SSLWantReadError:
                incoming.write(raw.recv(65536))


def test_the_certificate_follows_the_name_that_is_asked_for(make, tmp_path):
    one = certificate(tmp_path / "one", "one.example")
    two = certificate(tmp_path / "two", "two.example")
    server = make({"irc": {"tls_cert": [one[0], two[0]], "tls_key": [one[1], two[1]]}})
    server.start()
    Peer(server.ports["irc"], one[0], "one.example")
    Peer(server.ports["irc"], two[0], "two.example")
    with pytest.raises(ssl.SSLError):
        Peer(server.ports["irc"], two[0], "one.example")


def test_t072_a_new_certificate_comes_with_a_reload_and_a_bad_one_does_not(make, tmp_path):
    old = certificate(tmp_path / "old", "one.example")
    new = [
        shutil.copy(made, beside + ".new")  # in a folder that was named at the start
        for made, beside in zip(certificate(tmp_path / "new", "one.example"), old)
    ]
    server = make({"irc": {"tls_cert": [old[0]], "tls_key": [old[1]]}})
    server.start()
    ian = Peer(server.ports["irc"], old[0], "one.example")
    server.listeners["irc"]["tls_key"] = [new[1]]  # of another certificate
    server.write_config()
    reload(server, "reload refused")
    Peer(server.ports["irc"], old[0], "one.example")
    server.listeners["irc"]["tls_cert"] = [new[0]]
    server.write_config()
    reload(server, "reloaded")
    Peer(server.ports["irc"], new[0], "one.example")
    with pytest.raises(ssl.SSLError):
        Peer(server.ports["irc"], old[0], "one.example")
    ian.send("NICK ian", "USER ian 0 * :Ian")
    ian.until(" 001 ")


def test_auto_offers_tls_where_the_server_has_a_certificate(make, cert):
    server = make({"auto": {}}, {"server": {"tls_cert": cert[0], "tls_key": cert[1]}})
    server.start()
    ian = Peer(server.ports["auto"], cert[0])
    ian.send("NICK ian", "USER ian 0 * :Ian", "JOIN #lobby")
    ian.until(" 366 ")
    plain = server.connect("auto")
    plain.send("bob", "hello")
    assert "bob" in ian.until("JOIN")
    assert "hello" in ian.until("PRIVMSG")


def test_a_certificate_is_made_where_none_is_named(make, tmp_path):
    data, port = tmp_path / "data", free_port()
    server = make({"line": {}}, args=["--data", str(data), "--listen", f"ircs://127.0.0.1:{port}"])
    server.spawn()
    server.wait_for_log("started")
    cert = data / "tls-cert.pem"
    assert cert.stat().st_mode & 0o777 == 0o600
    shown = run("cert", "--data", data)
    assert shown.returncode == 0 and "SHA-256" in shown.stdout
    Peer(port, str(cert), "parlance.local").send("QUIT")


def test_a_wrong_file_is_named_at_the_start(make, cert, tmp_path):
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    server = make({"irc": {"tls_cert": [cert[0]], "tls_key": [str(nothing)]}})
    server.spawn()
    assert server.wait() == 78
    assert "nothing.pem" in server.log()


def test_a_slow_reader_over_tls_is_cut_like_any_other(make, cert):
    server = make(
        {"irc": {"tls_cert": [cert[0]], "tls_key": [cert[1]]}, "line": {}},
        {"limits": {"outbox_soft": 100000, "outbox_hard": 200000}},
    )
    server.start()
    ian, bob = Peer(server.ports["irc"], cert[0]), server.line("bob")
    ian.send("NICK ian", "USER ian 0 * :Ian", "JOIN #lobby")
    ian.until(" 366 ")
    ian.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deadline = time.monotonic() + 20 * SLOW
    while "slow reader cut" not in server.log():
        bob.send(*["x" * 7000] * 50)
        bob.answers()
        assert time.monotonic() < deadline


@pytest.mark.release_only
def test_who_is_silent_keeps_no_buffer_of_tls(secure, cert):
    """At most 16 KB more for each than where there is none."""

    def come(port, through, count):
        before, come = secure.status("RssAnon"), []
        for _ in range(count):
            one = through(socket.create_connection(("127.0.0.1", secure.ports[port])))
            one.recv(1)  # the question for her name
            come.append(one)
        time.sleep(0.3)
        return come, (secure.status("RssAnon") - before) / count

    def wrap(plain):
        return how.wrap_socket(plain, server_hostname="chat.example")

    how = context(cert[0])
    first, _ = come("safe", wrap, 50)  # what all need together
    plain, plain_kb = come("line", lambda raw: raw, 200)
    safe, safe_kb = come("safe", wrap, 200)
    for one in first + plain + safe:
        one.close()
    assert safe_kb - plain_kb <= 16, (safe_kb, plain_kb)
