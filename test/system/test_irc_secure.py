"""IRC beside the words: TLS and what is said of it, gateways, the answers before one has come."""

import hashlib
import re
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from client import PATIENCE, Client
from test_irc_accounts import b64
from test_irc_people import Irc, numerics
from test_tls import Peer, certificate, context


@pytest.fixture
def cert(tmp_path):
    return certificate(tmp_path / "cert")


class Safe(Peer):
    """Peer with the words of Irc."""

    def until(self, pattern):
        lines = []
        while not (lines and re.search(pattern, lines[-1])):
            lines.append(self.line())
        return lines

    def ask(self, *lines):
        self.send(*lines, "PING done")
        return self.until("PONG [^ ]+ :?done")[:-1]


def fingerprint(cert):
    """SHA-256 of what the file holds."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(Path(cert).read_text())).hexdigest()


def listeners(cert):
    return {"irc": {}, "safe": {"dialect": "irc", "tls_cert": [cert[0]], "tls_key": [cert[1]]}}


def test_tls_is_told_of_and_asked_for(serve, cert):
    """ircv3.net/specs/extensions/sts: the port in plain text, how long over TLS; numeric 671."""
    server = serve(listeners(cert), {"server": {"sts_seconds": 86400}})
    plain = Irc(server.ports["irc"], "ann", "CAP LS 302", "CAP REQ :sts", "CAP END")
    first = plain.until(" LS ")[-1]
    assert f" :sts=port={server.ports['safe']} " in first
    assert "duration" not in first
    assert plain.until(" NAK ")[-1].endswith("CAP * NAK :sts")
    plain.welcome()
    old = Irc(server.ports["irc"], "old", "CAP LS", "CAP END")
    assert "sts" not in old.until(" LS ")[-1]
    safe = Safe(server.ports["safe"], cert[0])
    safe.send("CAP LS 302", "NICK bea", "USER bea 0 * :Bea", "CAP END")
    assert f" :sts=port={server.ports['safe']},duration=86400 " in safe.until(" LS ")[-1]
    safe.until(" 422 ")
    assert "671" in numerics(plain.ask("WHOIS bea"))
    assert "671" not in numerics(safe.ask("WHOIS ann"))
    assert safe.ask("MODE bea") == [":parlance.local 221 bea +Z"]
    # nobody says so of herself
    assert plain.ask("MODE ann +Z") == []
    assert plain.ask("MODE ann") == [":parlance.local 221 ann +"]


def test_who_knows_no_302_is_told_one_line_without_drafts(serve):
    """ircv3.net/specs/extensions/capability-negotiation: it cannot say that more follows."""
    server = serve({"irc": {}})
    ann = Irc(server.ports["irc"], "ann", "CAP LS", "CAP END")
    told = ann.until(" LS ")[-1].split(" :")[1].split()
    assert {"sasl", "server-time", "userhost-in-names"} <= set(told)
    assert not [cap for cap in told if "draft/" in cap or "=" in cap]
    bea = Irc(server.ports["irc"], "bea", "CAP LS 302", "CAP END")
    told = [line for line in bea.until(" 001 ") if " LS " in line]
    assert len(told) > 1 and all(" LS * :" in line for line in told[:-1])
    assert "draft/multiline=" in " ".join(told)


def test_without_tls_there_is_no_sts(serve):
    server = serve({"irc": {}}, {"server": {"sts_seconds": 86400}})
    ann = Irc(server.ports["irc"], "ann", "CAP LS 302", "CAP END")
    assert "sts" not in ann.until(" LS ")[-1]


def shown_address(lines):
    """What a person is shown of her own."""
    return next(line for line in lines if " 338 " in line).split(" :")[0].split()[-1]


GATE = {"password": "sesame", "from": ["127.0.0.0/8"]}


def test_a_gateway_says_from_where_somebody_comes(serve):
    """ircv3.net/specs/extensions/webirc: the address is hers for all that is about addresses."""
    server = serve({"irc": {}}, {"webirc": GATE, "server": {"plaintext_login": "loopback"}})
    port = server.ports["irc"]
    ann = Irc(port, "ann", "WEBIRC sesame gate host.example 192.0.2.7")
    ann.welcome()
    assert shown_address(ann.ask("WHOIS ann")) == "192.0.2.7"
    # her line is not this host's any more: no password is taken in plain text
    assert "encrypted" in ann.ask("NS REGISTER secret12")[0]
    bea = Irc(port, "bea", "WEBIRC sesame gate host.example 2001:db8::7 :secure remote-port=7")
    bea.welcome()
    told = bea.ask("WHOIS bea")
    assert shown_address(told) == "2001:db8::7"
    assert "671" in numerics(told)
    # two from one address are shown as from one host, others as from another
    hosts = [re.search(r" 311 \S+ \S+ \S+ (\S+) ", line).group(1)
             for nick in ("ann", "bea") for line in ann.ask(f"WHOIS {nick}") if " 311 " in line]
    assert len(set(hosts)) == 2


@pytest.mark.parametrize(
    "line, why",
    [
        ("WEBIRC wrong gate host.example 192.0.2.7", "no gateway"),
        ("WEBIRC sesame gate host.example nowhere", "no address"),
        ("WEBIRC sesame gate host.example 192.0.2.0/24", "no address"),
        ("WEBIRC sesame gate host.example 192.0.2.256", "no address"),
    ],
)
def test_who_is_no_gateway_is_closed(serve, line, why):
    server = serve({"irc": {}}, {"webirc": GATE})
    ann = Client(server.ports["irc"])
    ann.send(line)
    assert why in ann.line_bytes().decode()
    assert ann.receive() == b""


def test_without_settings_nobody_is_a_gateway(serve):
    ann = Client(serve({"irc": {}}).ports["irc"])
    ann.send("WEBIRC x gate host.example 192.0.2.7")
    assert "no gateway" in ann.line_bytes().decode()
    assert ann.receive() == b""


def test_a_gateway_speaks_first_and_once(serve):
    """With too few words it is 461; later it is too late."""
    server = serve({"irc": {}}, {"webirc": GATE})
    bea = Irc(server.ports["irc"], "bea", "WEBIRC sesame gate host")
    assert " 461 * WEBIRC " in bea.welcome()[0]
    assert numerics(bea.ask("WEBIRC sesame gate host 192.0.2.7")) == ["462"]
    assert shown_address(bea.ask("WHOIS bea")) == "127.0.0.1"


def test_what_is_supported_is_told_before_one_comes(serve):
    """draft/extended-isupport and draft/ICON."""
    server = serve({"irc": {}}, {"server": {"icon": "https://chat.example/icon.png"}})
    ann = Irc(server.ports["irc"], "ann", "CAP REQ :draft/extended-isupport batch", "ISUPPORT")
    lines = ann.until(" BATCH -")
    begin = next(i for i, line in enumerate(lines) if " BATCH +" in line)
    assert lines[begin].endswith(" BATCH +isupport draft/isupport")
    inside = lines[begin + 1 : -1]
    assert inside and all(line.startswith("@batch=isupport :parlance.local 005 ") for line in inside)
    assert sum(" draft/ICON=https://chat.example/icon.png " in line for line in inside) == 1
    assert all(len(line.split(" :")[0].split()) - 4 <= 13 for line in inside)
    bea = Irc(server.ports["irc"], "bea", "CAP LS", "ISUPPORT")
    assert " 451 " in bea.until(" 451 ")[-1]
    bea.send("CAP END")
    bea.welcome()
    assert numerics(bea.ask("ISUPPORT")) == ["421"]


def test_one_may_come_as_away(serve):
    """draft/pre-away: said before one comes; `*` is for words that nobody typed."""
    server = serve({"irc": {}})
    ann = Irc(server.ports["irc"], "ann", "CAP REQ draft/pre-away", "AWAY :at lunch", "CAP END")
    assert " 306 " in ann.until(" 306 ")[-1]
    ann.welcome()
    bea = Irc(server.ports["irc"], "bea", "CAP REQ draft/pre-away", "AWAY :x", "AWAY", "CAP END")
    assert " 305 " in bea.until(" 305 ")[-1]
    bea.welcome()
    assert ":parlance.local 301 bea ann :at lunch" in bea.ask("WHOIS ann")
    assert "301" not in numerics(ann.ask("WHOIS bea"))
    assert numerics(ann.ask("AWAY *")) == ["306"]
    assert ":parlance.local 301 bea ann :not at the keyboard" in bea.ask("WHOIS ann")
    cid = Irc(server.ports["irc"], "cid", "CAP LS", "AWAY :x")
    assert " 451 " in cid.until(" 451 ")[-1]
    cid.send("CAP END")
    cid.welcome()
    assert "301" not in numerics(ann.ask("WHOIS cid"))


def test_who_has_not_said_who_she_is_counts_as_unknown(serve):
    """Numeric 253."""
    server = serve({"irc": {}})
    ann = Irc(server.ports["irc"], "ann")
    ann.welcome()
    assert "253" not in numerics(ann.ask("LUSERS"))
    new = Irc(server.ports["irc"], "bea", "CAP LS")
    new.until(" LS ")
    assert ":parlance.local 253 ann 1 :have not said who they are" in ann.ask("LUSERS")


def test_t038_marks_that_turn_or_pile_up_are_taken_out(serve):
    """THREATS 38, 44 and 45: formatting goes from IRC to IRC and not into names; direction
    overrides go to nobody; of a heap of combining marks eight are shown."""
    server = serve({"irc": {}, "line": {}})
    ann = Irc(server.ports["irc"], "ann")
    bea = Irc(server.ports["irc"], "bea")
    for one in (ann, bea):
        one.welcome()
        one.ask("JOIN #lobby")
    ann.ask("PRIVMSG #lobby :\x02bold\x02 \x0304red\x0f")
    assert bea.until("PRIVMSG")[-1].endswith(" PRIVMSG #lobby :\x02bold\x02 \x0304red\x0f")
    ann.ask("PRIVMSG #lobby :abc \u202edef\u2066ghi")
    assert bea.until("PRIVMSG")[-1].endswith(" PRIVMSG #lobby :abc defghi")
    ann.ask("PRIVMSG #lobby :z" + "\u0301" * 60 + "!")
    heap = bea.until("PRIVMSG")[-1].split(" :", 1)[1]
    assert heap.startswith("z") and heap.endswith("!")
    assert heap.count("\u0301") == 8
    for name in ("b\x02ea", "b\u202eea", "be\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301a"):
        assert numerics(ann.ask(f"NICK {name}")) == ["432"], name


class Shown(Safe):
    """Somebody whose client shows a certificate."""

    def __init__(self, port, cert, own, *lines):
        self.raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        how = context(cert)
        if own:
            how.load_cert_chain(*own)
        self.socket = how.wrap_socket(self.raw, server_hostname="chat.example")
        self.rest = b""
        self.send("CAP LS 302", *lines)
        self.mechanisms = re.search(r"sasl=([^ ]+)", self.until(" sasl=")[-1])[1]

    def external(self, wanted="+"):
        self.send("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {wanted}")
        return self.until(" 90[0-9] ")[-1].split()

    def comes(self, nick):
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
        self.until(" 001 ")

    def told(self, line):
        return [said.split(" :", 1)[1] for said in self.ask(line) if "NickServ" in said]


def test_a_certificate_logs_in_whom_its_account_knows(serve, cert, tmp_path):
    """ircv3.net/specs/extensions/sasl-3.1, RFC 4422 appendix A: EXTERNAL."""
    server = serve(listeners(cert), {"accounts": {"password_cost": "minimum"}})
    own, other = (certificate(tmp_path / name, name) for name in ("anna", "berta"))
    port = server.ports["safe"]
    for name, files in (("anna", own), ("berta", other)):
        one = Shown(port, cert[0], files)
        assert one.mechanisms == "PLAIN,EXTERNAL,SCRAM-SHA-256"
        assert one.external()[1] == "904"  # nobody's yet
        one.comes(name)
        assert "log in" in one.told("NS CERT ADD")[0]
        one.told(f"NS REGISTER {name}-trout")
        assert one.told("NS CERT LIST") == ["that is all"]
        assert one.told("NS CERT ADD") == ["the certificate is added"]
        assert one.told("NS CERT ADD") == ["that certificate is an account's already"]
        one.close()
    anna = Shown(port, cert[0], own)
    for wanted in (b64("berta"), b64("nobody")):  # it is anna's, and nobody else's
        assert anna.external(wanted)[1] == "904"
    assert anna.external(b64("anna"))[1] == "900"
    anna.comes("anna")
    digits = anna.told("NS CERT LIST")[0]
    assert digits == fingerprint(own[0])
    server.kill()
    server.start()
    port = server.ports["safe"]
    anna = Shown(port, cert[0], own)
    assert anna.external()[4] == "anna"
    anna.comes("anna")
    nobody = Shown(port, cert[0], None)
    assert nobody.external()[1] == "904"
    nobody.comes("carla")
    assert "log in" in nobody.told("NS CERT DEL " + digits)[0]
    assert anna.told("NS CERT DEL " + fingerprint(other[0])) == [
        "your account has no such certificate"
    ]
    assert anna.told("NS CERT ADD 12:34") == ["a fingerprint is SHA-256: 64 hex digits"]
    assert anna.told("NS CERT DEL") == ["the certificate is deleted"]
    again = Shown(port, cert[0], own)
    assert again.external()[1] == "904"
    # by its digits, from a client that shows none
    again.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + b64("\0anna\0anna-trout"))
    again.until(" 900 ")
    again.comes("anna")
    assert again.told("NS CERT ADD " + ":".join(re.findall("..", digits.upper()))) == [
        "the certificate is added"
    ]
    assert Shown(port, cert[0], own).external()[1] == "900"


def test_external_is_offered_where_a_certificate_can_be_shown(serve, cert):
    server = serve(listeners(cert), {"server": {"tls_cert": cert[0], "tls_key": cert[1]}})
    plain = Irc(server.ports["irc"], "ann", "CAP LS 302")
    assert "sasl=PLAIN,SCRAM-SHA-256 " in plain.until(" sasl=")[-1] + " "
    plain.send("AUTHENTICATE EXTERNAL")
    assert "908" in plain.until(" 908 ")[-1]


def test_a_browser_is_not_asked_for_a_certificate(serve, cert):
    """Who speaks HTTP on a port for all is not: a browser would ask its person."""
    server = serve({"auto": {"tls_cert": [cert[0]], "tls_key": [cert[1]]}})
    for protocols, asked in (("http/1.1", False), ("irc", True)):
        shown = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['auto']}", "-alpn"]
            + [protocols],
            input=b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        ).stdout
        assert b"ALPN protocol: " + protocols.encode() in shown
        assert (b"Requested Signature Algorithms" in shown) == asked
