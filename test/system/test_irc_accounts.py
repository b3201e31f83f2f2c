"""Accounts as IRC clients use them: SASL, registration, the same person on several devices, services,
and people who stay while they are away."""

import base64
import hashlib
import hmac
import re
import time

import pytest

from client import Client

QUICK = {"accounts": {"password_cost": "minimum"}, "throttle": {"login_attempts_per_minute": 0}}
LISTENERS = {"line": {}, "irc": {"dialect": "irc"}}


class Irc(Client):
    eol = "\r\n"

    def words(self):
        """The next line without its source: [verb, ...]."""
        line = re.sub("^(@[^ ]* )?(:[^ ]* )?", "", self.line())
        head, colon, rest = line.partition(" :")
        return head.split(" ") + ([rest] if colon else [])

    def until(self, *verbs):
        """The next line of one of these verbs; what comes before is dropped."""
        while (words := self.words())[0] not in verbs:
            continue
        return words

    def answers(self):
        """All that comes before the answer to a PING sent now."""
        self.send("PING sync")
        lines = []
        while "PONG" not in (line := self.line()).split(" ")[:2]:
            lines.append(line)
        return lines

    def comes(self, nick):
        self.send(f"NICK {nick}", "USER u 0 * :Somebody", "CAP END")
        self.until("422", "376")
        return self


def serving(serve, **sections):
    merged = {name: dict(rows) for name, rows in QUICK.items()}
    for name, rows in sections.items():
        merged.setdefault(name, {}).update(rows)
    return serve(listeners=LISTENERS, sections=merged)


def connected(server):
    client = Irc(server.ports["irc"])
    server.clients.append(client)
    return client


def come(server, nick, caps=""):
    client = connected(server)
    if caps:
        client.send(f"CAP REQ :{caps}")
    return client.comes(nick)


def made(server, *names):
    for name in names:
        server.ask("user", "add", name, "--password-stdin", given=f"sesame-{name}\n")


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def plain(client, name, password=None, wanted=""):
    client.send("AUTHENTICATE PLAIN")
    assert client.until("AUTHENTICATE") == ["AUTHENTICATE", "+"]
    client.send("AUTHENTICATE " + b64(f"{wanted}\0{name}\0{password or 'sesame-' + name}"))


def scram(client, name, password, nonce="rOprNGfwEbeRWgbNEkqO", last="+"):
    """RFC 5802 as a client does it; `last` is said to the server's proof. None: it was refused."""
    header = "n,,"
    client.send("AUTHENTICATE SCRAM-SHA-256")
    assert client.until("AUTHENTICATE") == ["AUTHENTICATE", "+"]
    bare = f"n={name},r={nonce}"
    client.send("AUTHENTICATE " + b64(header + bare))
    first = base64.b64decode(client.until("AUTHENTICATE")[1]).decode()
    given = dict(part.split("=", 1) for part in first.split(","))
    assert given["r"].startswith(nonce) and len(given["r"]) > len(nonce)
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(given["s"]), int(given["i"])
    )
    key = hmac.digest(salted, b"Client Key", "sha256")
    unproved = f"c={b64(header)},r={given['r']}"
    messages = f"{bare},{first},{unproved}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), messages, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature))
    client.send("AUTHENTICATE " + b64(f"{unproved},p={b64(proof)}"))
    words = client.until("AUTHENTICATE", "904")
    if words[0] == "904":
        return None
    server = hmac.digest(salted, b"Server Key", "sha256")
    wanted = b64(hmac.digest(server, messages, "sha256"))
    assert base64.b64decode(words[1]).decode() == f"v={wanted}"
    client.send(f"AUTHENTICATE {last}")
    return given


# SASL.


def test_scram_shows_each_that_the_other_knows(serve):
    server = serving(serve)
    made(server, "anna")
    client = connected(server)
    client.send("CAP LS 302", "CAP REQ :sasl")
    told = " ".join(client.until("CAP"))
    while " LS * " in told.rsplit("CAP ", 1)[-1]:
        told += " CAP " + " ".join(client.until("CAP"))
    assert "sasl=PLAIN,SCRAM-SHA-256" in told
    assert scram(client, "anna", "sesame-anna")
    assert client.until("900")[3] == "anna"
    assert client.words()[0] == "903"
    client.comes("anna")
    client.send("WHOIS anna")
    assert client.until("330")[2:4] == ["anna", "anna"]


def test_scram_refuses_a_wrong_password_and_tells_nothing_of_names(serve):
    server = serving(serve)
    made(server, "anna")
    client = connected(server)
    client.send("CAP LS 302")
    for name in ("anna", "adam"):
        assert scram(client, name, "wrong") is None
    client.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + b64("n,,n=adam,r=a"))
    client.until("AUTHENTICATE")
    one = client.until("AUTHENTICATE")
    client.send("AUTHENTICATE *")
    client.until("906")
    client.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + b64("n,,n=adam,r=a"))
    client.until("AUTHENTICATE")
    two = client.until("AUTHENTICATE")
    salts = [base64.b64decode(words[1]).decode().split(",")[1:] for words in (one, two)]
    assert salts[0] == salts[1] and len(base64.b64decode(salts[0][0][2:])) == 16


@pytest.mark.parametrize(
    "first",
    ["p=tls-unique,,n=anna,r=a", "n,a=berta,n=anna,r=a", "n,,n=an=na,r=a", "n,,r=a", "", "n,,n=anna"],
)
def test_scram_takes_no_first_message_that_is_none(server_with_anna, first):
    client = connected(server_with_anna)
    client.send("CAP LS 302", "AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + (b64(first) or "+"))
    client.until("904")


@pytest.fixture
def server_with_anna(serve):
    server = serving(serve)
    made(server, "anna")
    return server


def test_an_aborted_exchange_logs_nobody_in(server_with_anna):
    client = connected(server_with_anna)
    client.send("CAP LS 302")
    assert scram(client, "anna", "sesame-anna", last="*")
    client.until("906")
    client.comes("berta")
    client.send("WHOIS berta")
    assert not any(" 330 " in line for line in client.answers())


def test_plain_in_pieces(serve):
    server = serving(serve)
    for name, password in (("anna", "bar" * 100), ("berta", "x" * 289), ("carla", "y" * 512)):
        server.ask("user", "add", name, "--password-stdin", given=password + "\n")
        client = connected(server)
        client.send("CAP LS 302", "AUTHENTICATE PLAIN")
        text = b64(f"{name}\0{name}\0{password}")
        pieces = [text[at : at + 400] for at in range(0, len(text), 400)]
        if len(pieces[-1]) == 400:
            pieces.append("+")
        client.send(*[f"AUTHENTICATE {piece}" for piece in pieces])
        assert client.until("900", "904", "905")[0] == "900", name


def test_what_is_wrong_with_sasl_has_its_numeric(server_with_anna):
    client = connected(server_with_anna)
    client.send("CAP LS 302", "AUTHENTICATE FOO")
    assert client.until("908")[2] == "PLAIN,SCRAM-SHA-256"
    assert client.words()[0] == "904"
    for pieces, numeric in (
        (["*"], "906"),
        (["a" * 401], "905"),
        (["a" * 400] * 5, "905"),
        (["%%%"], "904"),
        ([b64("anna")], "904"),
        ([b64("berta\0anna\0sesame-anna")], "904"),
        (["+"], "904"),
    ):
        client.send("AUTHENTICATE PLAIN", *[f"AUTHENTICATE {piece}" for piece in pieces])
        assert client.until("900", "904", "905", "906")[0] == numeric, pieces
    plain(client, "anna", wanted="anna")
    assert client.until("900", "904")[0] == "900"
    client.send("AUTHENTICATE PLAIN")
    client.until("907")


def test_logging_in_again_as_somebody_else(serve):
    server = serving(serve)
    made(server, "anna", "berta")
    watcher = come(server, "watcher", "account-notify")
    client = come(server, "user")
    for each in (watcher, client):
        each.send("JOIN #tea")
        each.answers()
    for name in ("anna", "berta"):
        plain(client, name)
        assert client.until("900", "904")[3] == name
        assert client.words()[0] == "903"
        assert watcher.until("ACCOUNT") == ["ACCOUNT", name]
    client.send("NAMES #tea")
    assert set(client.until("353")[-1].split()) == {"@watcher", "user"}
    other = come(server, "other")
    plain(other, "berta")  # one more device of hers
    other.until("900")
    other.send("NAMES #tea")
    assert set(other.until("353")[-1].split()) == {"@watcher", "user"}


# draft/account-registration.


def test_registering_with_all_that_may_go_wrong(serve):
    server = serving(serve)
    client = connected(server)
    client.send("CAP LS 302")
    assert re.search(r"draft/account-registration( |$)", client.until("CAP")[-1])
    client.send("NICK anna", "REGISTER * * sesame")
    assert client.until("FAIL")[1:4] == ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", "*"]
    client.comes("anna")
    client.send("REGISTER berta * sesame")
    assert client.until("FAIL")[1:4] == ["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "berta"]
    client.send("REGISTER * * :")
    assert client.until("FAIL")[1:4] == ["REGISTER", "UNACCEPTABLE_PASSWORD", "anna"]
    client.send("VERIFY anna 12345")
    assert client.until("FAIL")[1:4] == ["VERIFY", "INVALID_CODE", "anna"]
    client.send("REGISTER * * sesame")
    assert client.until("REGISTER", "FAIL")[1:3] == ["SUCCESS", "anna"]
    assert client.words()[0] == "900"
    client.send("REGISTER * * sesame")
    assert client.until("FAIL")[1:3] == ["REGISTER", "ALREADY_AUTHENTICATED"]
    client.send("REGISTER *")
    assert client.until("461")[2] == "REGISTER"


def test_registering_before_one_comes(serve):
    server = serving(serve, accounts={"registration_before_connect": True})
    come(server, "root")
    client = connected(server)
    client.send("CAP LS 302")
    assert "draft/account-registration=before-connect" in client.until("CAP")[-1]
    client.send("REGISTER * * sesame")
    assert client.until("FAIL")[2] == "NEED_NICK"
    client.send("NICK root", "REGISTER * * sesame")
    assert client.until("FAIL")[1:4] == ["REGISTER", "USERNAME_EXISTS", "root"]
    client.send("NICK anna", "REGISTER * * sesame")
    assert client.until("REGISTER", "FAIL")[1:3] == ["SUCCESS", "anna"]
    client.comes("anna")
    client.send("WHOIS anna")
    assert client.until("330")[3] == "anna"


def test_where_an_address_is_wanted_nobody_gets_by_without(serve):
    wants = {"registration_before_connect": True, "registration_email": "required"}
    client = connected(serving(serve, accounts=wants))
    client.send("CAP LS 302")
    assert "draft/account-registration=before-connect,email-required" in client.until("CAP")[-1]
    client.send("NICK anna", "REGISTER * * sesame", "REGISTER * anna@example.org sesame")
    assert client.until("FAIL")[2] == "INVALID_EMAIL"
    assert client.until("FAIL")[2] == "TEMPORARILY_UNAVAILABLE"


# Rooms that one did not ask for.


def test_a_room_that_another_device_enters_is_listed_here_too(serve):
    server = serving(serve)
    made(server, "anna")
    one, two = connected(server), connected(server)
    for client in (one, two):
        client.send("CAP LS 302", "CAP REQ :sasl extended-join")
        plain(client, "anna")
        client.comes("anna")
    one.send("JOIN #tea", "TOPIC #tea :green or black", "JOIN #milk")
    assert two.until("JOIN") == ["JOIN", "#tea", "anna", "Somebody"]
    assert two.until("353")[-1].split() == ["@anna"]
    assert two.until("366")[2] == "#tea"
    assert two.until("JOIN")[1] == "#milk"
    assert two.until("366")[2] == "#milk"
    third = connected(server)
    third.send("CAP LS 302")
    plain(third, "anna")
    third.comes("whatever")  # she is anna all the same
    third.send("PING first")
    lines = [words for words in (line.split(" ") for line in third.answers())]
    assert [words[2] for words in lines if words[1] == "JOIN"] == ["#tea", "#milk"] or [
        words[2] for words in lines if words[1] == "JOIN"
    ] == ["#milk", "#tea"]
    assert {words[3] for words in lines if words[1] == "366"} == {"#tea", "#milk"}
    assert [words[3] for words in lines if words[1] == "332"] == ["#tea"]
    assert all(words[2] == "anna" for words in lines if words[1] in ("353", "366"))


def test_who_wants_no_names_is_sent_none(serve):
    server = serving(serve)
    made(server, "anna")
    one, two = connected(server), connected(server)
    for client in (one, two):
        client.send("CAP LS 302", "CAP REQ :draft/no-implicit-names")
        plain(client, "anna")
        client.comes("anna")
    one.send("JOIN #tea")
    two.until("JOIN")
    assert not any(" 353 " in line for line in two.answers())


# Services.


def told(client, service="NickServ"):
    """What that service says next."""
    while not (line := client.line()).startswith(f":{service}!"):
        continue
    return line.partition(" :")[2]


def test_nickserv_makes_accounts_and_logs_in(serve):
    server = serving(serve)
    anna = come(server, "anna")
    anna.send("NS REGISTER sesame")
    assert anna.line().endswith(" NOTICE anna :Account created")
    assert anna.words()[0] == "900"
    anna.send("PRIVMSG NickServ :info")
    assert told(anna) == "anna is the account anna"
    berta = come(server, "berta")
    berta.send("PRIVMSG nickserv :IDENTIFY anna wrong")
    assert told(berta) == "wrong name or password"
    berta.send("PRIVMSG nickserv :IDENTIFY anna sesame")
    assert told(berta) == "you are logged in"
    assert berta.until("NICK") == ["NICK", "anna"]  # one person, with two devices
    berta.send("NS SET PASSWORD sesame trout")
    assert told(berta) == "the password is changed"
    assert anna.until("ERROR")
    carla = connected(server)
    carla.send("CAP LS 302")
    plain(carla, "anna", "trout")
    carla.comes("carla")
    carla.send("NS GHOST anna")
    assert told(carla) == "your other connections are closed"
    assert berta.until("ERROR")


def test_services_help_and_refuse(serve):
    server = serving(serve)
    anna = come(server, "anna")
    for service in ("NickServ", "ChanServ", "HistServ"):
        anna.send(f"PRIVMSG {service} :help", f"PRIVMSG {service} :sing", f"NOTICE {service} :help")
        shown = [line.partition(" :")[2] for line in anna.answers()]
        assert len(shown) > 6 and any("no such command" in line for line in shown), shown
    for line, why in (
        ("NS REGISTER", "REGISTER password"),
        ("NS SAREGISTER berta sesame", "not allowed"),
        ("NS SET ALWAYS-ON true", "log in"),
        ("NS GHOST anna", "log in"),
        ("CS REGISTER #tea", "only an account"),
        ("CS OP tea", "begins with #"),
        ("HS PLAY #nowhere", "#nowhere|nowhere|no room"),
        ("HS DELETE #tea x", "DELETE #channel"),
    ):
        anna.send(line)
        words = told(anna, {"N": "NickServ", "C": "ChanServ", "H": "HistServ"}[line[0]])
        assert re.search(why, words), (line, words)


def test_an_administrator_makes_accounts_by_nickserv(serve):
    server = serving(serve, **{'oper "root"': {"password": "toor"}})
    root = come(server, "boss")
    root.send("OPER root toor", "NS SAREGISTER anna sesame")
    assert told(root) == "the account is made"
    client = connected(server)
    client.send("CAP LS 302")
    plain(client, "anna", "sesame")
    assert client.until("900", "904")[0] == "900"


def test_chanserv_runs_rooms(serve):
    server = serving(serve)
    made(server, "anna", "berta")
    anna, berta = connected(server), connected(server)
    for client, name in ((anna, "anna"), (berta, "berta")):
        client.send("CAP LS 302")
        plain(client, name)
        client.comes(name)
        client.send("JOIN #tea")
        client.answers()
    anna.send("NAMES #tea")
    assert set(anna.until("353")[-1].split()) == {"@anna", "berta"}
    anna.send("PRIVMSG chanserv :Register #tea")
    assert anna.until("MODE") == ["MODE", "#tea", "+q", "anna"]
    assert told(anna, "ChanServ") == "the channel is yours"
    anna.send("CS OP #tea berta")
    assert berta.until("MODE")[2:] == ["+o", "berta"]
    anna.send("CS ACCESS #tea")
    assert {told(anna, "ChanServ") for _ in range(4)} >= {"owner anna", "operator berta"}
    berta.send("CS TRANSFER #tea berta")
    assert "not" in told(berta, "ChanServ")
    anna.send("CS TRANSFER #tea berta", "CS INFO #tea")
    berta.until("MODE")
    berta.send("NAMES #tea")
    assert set(berta.until("353")[-1].split()) == {"anna", "~berta"}


def test_histserv_plays_and_takes_back(serve):
    server = serving(serve)
    anna = come(server, "anna", "message-tags echo-message")
    anna.send("JOIN #tea", "PRIVMSG #tea :one", "PRIVMSG #tea :two")
    first = re.search("msgid=([^; ]+)", next(x for x in anna.answers() if x.endswith(":one")))[1]
    anna.send("HS PLAY #tea 10")
    lines = anna.answers()
    assert [x.rpartition(":")[2] for x in lines if "PRIVMSG" in x] == ["one", "two"]
    anna.send("HS EXPORT #tea 1")
    assert '"nick":"anna","text":"two"}' in told(anna, "HistServ")
    anna.send(f"HS DELETE #tea {first}", "HS PLAY #tea")
    shown = anna.answers()
    assert not any(x.endswith(":one") and "PRIVMSG" in x for x in shown), shown


def test_multiclient_is_an_accounts_choice(serve):
    server = serving(serve)
    made(server, "anna")

    def device():
        client = connected(server)
        client.send("CAP LS 302")
        plain(client, "anna")
        client.send("NICK nick", "USER u 0 * :Somebody", "CAP END")
        return client

    one = device()
    assert one.until("001", "433")[:2] == ["001", "nick"]
    assert device().until("001", "433")[:2] == ["001", "nick"]
    one.send("NS SET MULTICLIENT off")
    told(one)
    assert device().until("001", "433")[0] == "433"
    one.send("NS SET MULTICLIENT default")
    told(one)
    assert device().until("001", "433")[0] == "001"


# People who stay while they are away.


def stays(server, name="anna"):
    client = connected(server)
    client.send("CAP LS 302", "CAP REQ :server-time message-tags")
    plain(client, name)
    client.comes(name)
    return client


def test_who_stays_is_in_her_rooms_and_hears_later_what_she_missed(serve):
    server = serving(serve)
    made(server, "anna")
    anna = stays(server)
    anna.send("NS SET ALWAYS-ON true", "JOIN #tea")
    assert told(anna) == "so it is from now on"
    berta = come(server, "berta", "away-notify")
    berta.send("JOIN #tea", "PRIVMSG #tea :heard")
    anna.until("PRIVMSG")
    anna.send("QUIT :bye")
    anna.until("ERROR")
    assert berta.until("AWAY", "QUIT") == ["AWAY", "is not connected"]
    berta.send("PRIVMSG #tea :missed", "NAMES #tea", "PRIVMSG anna :hello", "WHOIS anna")
    assert set(berta.until("353")[-1].split()) == {"@anna", "berta"}
    assert berta.until("301", "401")[0] == "301"
    anna = stays(server)
    assert berta.until("AWAY") == ["AWAY"]
    assert anna.until("JOIN")[1] == "#tea"
    assert anna.until("353") and anna.until("366")
    assert anna.until("PRIVMSG")[1:] == ["#tea", "missed"]
    anna.send("NS SET ALWAYS-ON false")
    told(anna)
    anna.send("QUIT")
    assert berta.until("QUIT")


def test_who_stays_stays_over_a_restart_and_goes_with_her_account(serve):
    server = serving(serve)
    made(server, "anna")
    anna = stays(server)
    anna.send("NS SET ALWAYS-ON true", "JOIN #tea", "TOPIC #tea :green")
    anna.until("TOPIC")
    server.restart()
    berta = come(server, "berta")
    berta.send("JOIN #tea")
    assert berta.until("332")[-1] == "green"
    assert set(berta.until("353")[-1].split()) == {"@anna", "berta"}
    berta.send("NICK anna")
    assert berta.until("433", "NICK")[0] == "433"
    stays(server).until("366")
    server.kill()
    server.start()
    berta = come(server, "berta")
    berta.send("JOIN #tea")
    assert set(berta.until("353")[-1].split()) == {"@anna", "berta"}
    server.ask("user", "delete", "anna")
    berta.until("QUIT")
    berta.send("NAMES #tea")
    assert berta.until("353")[-1].split() == ["berta"]


def test_what_a_room_is_and_how_addresses_are_shown_outlives_kill_9(serve):
    """Modern IRC, 329, 333 and +l; the host that stands for an address, by which bans go; the salt
    of a name that has no account, by which nobody may learn that it has none."""

    def salt():
        client = connected(server)
        client.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + b64("n,,n=nobody,r=abcdefgh"))
        assert client.until("AUTHENTICATE") == ["AUTHENTICATE", "+"]
        return base64.b64decode(client.until("AUTHENTICATE")[1]).decode().split(",")[1]

    def shown(client):
        client.send("JOIN #tea", "TOPIC #tea", "MODE #tea", "LIST #tea", "WHO ann")
        got = {}
        while "315" not in got:
            words = client.until("332", "333", "324", "329", "315", "352")
            got[words[0]] = words[2:]
        return got["332"], got["333"], got["324"], got["329"], got["352"][2]

    server = serving(serve)
    made(server, "owner")
    owner = come(server, "boss")
    owner.send("NS IDENTIFY owner sesame-owner", "JOIN #tea", "MODE #tea +l 7", "TOPIC #tea :green")
    owner.until("TOPIC")
    before, was = shown(come(server, "ann")), salt()
    assert before[1][1] == "boss" and before[2][-1] == "7" and len(before[3]) == 2
    server.kill()
    server.start()
    assert shown(come(server, "ann")) == before
    assert salt() == was


@pytest.mark.parametrize("setting", ["off", "opt-out", "mandatory"])
def test_whether_people_stay_is_a_setting(serve, setting):
    server = serving(serve, accounts={"always_on": setting})
    made(server, "anna")
    anna, berta = stays(server), come(server, "berta", "away-notify")
    for client in (anna, berta):
        client.send("JOIN #tea")
        client.answers()
    anna.send("NS SET ALWAYS-ON false" if setting == "mandatory" else "NS INFO")
    assert ("not allowed" in told(anna)) == (setting == "mandatory")
    anna.send("QUIT")
    assert berta.until("QUIT", "AWAY")[0] == ("QUIT" if setting == "off" else "AWAY")
