"""What holds for the whole server: the lock-down, banned networks, filtered words; and the filters
of one room. Each is told to whom it meets, in her dialect, kept over a restart, and counted."""

import socket
import urllib.request

import pytest

from api import Api, account, token
from client import PATIENCE
from test_json import QUICK, Peer, play

NOBODY_NEW = "nobody new comes in at present"
FILTERED = "that was not said: a filter here is about such words"


@pytest.fixture
def server(serve):
    return serve({"line": {}, "irc": {}, "pipe": {}, "dollar": {}, "friendly": {}, "web": {}},
                 {**QUICK, "oper \"root\"": {"password": "correct-horse"}})


def metric(server, name):
    url = f"http://127.0.0.1:{server.ports['web']}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        for row in answer.read().decode().splitlines():
            if row.split(" ")[0] == f"parlance_{name}":
                return int(row.split(" ")[1])
    return 0


def until(client, words):
    while words not in (line := client.line()):
        pass
    return line


def hears(server, title, said, words):
    """Somebody new sends these bytes and is told these words."""
    peer = socket.create_connection(("127.0.0.1", server.ports[title]), timeout=PATIENCE)
    peer.sendall(said)
    heard = b""
    while words not in heard:
        more = peer.recv(4096)
        assert more, (title, heard)
        heard += more
    peer.close()


NEW = {
    "line": b"mallory\n",
    "irc": b"NICK mallory\r\nUSER m 0 * :m\r\n",
    "dollar": b"reg$mallory\n",
    "friendly": b"hello\n",
    "pipe": b"100|7|hi|\n",
}


def everybody_new_hears(server, words, dialects=tuple(NEW)):
    for title in dialects:
        hears(server, title, NEW[title], words.encode())

    async def script():
        async with Peer(server) as peer:
            answers = await peer.ask(type="hello", name="mallory", unasked=True)
            assert any(words in answer.get("text", "") for answer in answers), answers

    play(script())


def test_t004_a_lockdown_keeps_everybody_new_out_and_nobody_else(server):
    alice = server.line("alice")
    alice.send("/register a-secret")
    until(alice, "account is made")
    server.ask("lockdown", "on")
    assert metric(server, "lockdown") == 1
    bob = server.connect("line")
    bob.send("alice2")
    until(bob, NOBODY_NEW)
    everybody_new_hears(server, NOBODY_NEW, ("line", "irc", "dollar", "friendly"))
    alice.say("still here")
    server.restart()  # it is kept
    server.wait_for(lambda: metric(server, "lockdown") == 1, "the lock-down")
    hears(server, "line", NEW["line"], NOBODY_NEW.encode())
    back = server.connect("line")
    back.send("/login alice a-secret")
    until(back, "alice")
    assert "lockdown" in server.ask("server", "list")
    server.ask("lockdown", "off")
    assert metric(server, "lockdown") == 0 and server.ask("server", "list") == ""
    carol = server.line("carol")
    carol.say("new")
    assert metric(server, 'refusals_total{code="locked"}') >= 1


def test_t004_an_administrator_locks_and_a_member_does_not(server):
    bob, root = server.line("bob"), server.line("rita")
    bob.send("/server lockdown on")
    until(bob, "error")
    root.send("/oper root correct-horse")
    until(root, "you are an administrator now")
    root.send("/server lockdown on")
    until(root, "nobody new comes in from now on")
    hears(server, "line", NEW["line"], NOBODY_NEW.encode())
    root.send("/server lockdown off")
    until(root, "who is new may come in again")
    root.send("/server audit")
    until(root, "who did what to the whole server:")
    assert root.line().endswith("rita: lockdown-off")
    assert root.line().endswith("rita: lockdown")
    until(root, "end of the log")
    root.send("/server audit x")
    until(root, "x is not a number")
    bob.send("/server audit")
    until(bob, "you are not allowed to do that")


def test_what_was_done_to_the_whole_server_is_printed_at_the_machine(server):
    assert server.ask("server", "audit") == ""
    server.ask("server", "ban", "127.7.0.0/16", "5", "ab\tuse")
    server.ask("server", "filter", "refuse", "casino")
    server.restart()
    server.ask("server", "unban", "127.7.0.0/16")
    rows = [row.split("\t", 4)[1:] for row in server.ask("server", "audit").splitlines()]
    assert rows == [
        ["console", "server-unban", "127.7.0.0/16", ""],
        ["console", "filter", "casino", ""],
        ["console", "server-ban", "127.7.0.0/16", "ab\tuse"],
    ]
    assert len(server.ask("server", "audit", "1").splitlines()) == 1
    server.refused("server", "audit", "none")
    server.refused("server", "audit", "0")


def test_t003_a_banned_network_is_out_and_stays_out(make):
    server = make({"line": {}, "irc": {}, "web": {}, "friendly": {}}, QUICK)
    server.start()
    hera = server.line("hera")
    far = socket.create_connection(
        ("127.0.0.1", server.ports["line"]), source_address=("127.7.7.7", 0), timeout=PATIENCE
    )
    far.sendall(b"mallory\n")
    until(hera, "mallory has joined")
    assert "wrong" not in server.ask("server", "ban", "127.7.0.0/16", "0", "abuse")
    heard = b""
    while more := far.recv(4096):
        heard += more
    assert b"your network is banned from this server" in heard
    until(hera, "mallory has left")
    for _ in range(2):
        for title, said in (("line", b"eve\n"), ("irc", b"NICK e\r\nUSER e 0 * :e\r\n")):
            far = socket.create_connection(("127.0.0.1", server.ports[title]),
                                           source_address=("127.7.9.9", 0), timeout=PATIENCE)
            far.sendall(said)
            heard = b""
            while more := far.recv(4096):
                heard += more
            assert b"your network is banned" in heard, (title, heard)
        server.restart()  # it is kept
    assert "127.7.0.0/16" in server.ask("server", "list")
    server.refused("server", "ban", "nonsense")
    server.ask("server", "unban", "127.7.1.2/16")
    watcher = server.line("watcher")
    back = socket.create_connection(
        ("127.0.0.1", server.ports["line"]), source_address=("127.7.7.7", 0), timeout=PATIENCE
    )
    back.sendall(b"mallory\nhello\n")
    until(watcher, "hello")
    assert server.ask("server", "list") == ""
    assert metric(server, "server_rules") == 0


def test_the_servers_rules_are_set_listed_and_logged_by_who_is_an_administrator(server):
    async def script():
        async with Peer(server) as root, Peer(server) as eve:
            await root.hello("rita")
            await eve.hello("eve")
            oper = {"type": "oper", "name": "root", "password": "correct-horse"}
            assert (await root.one(**oper))["type"] == "done"
            for rule in (
                {"type": "lockdown", "on": True},
                {"type": "server_ban", "network": "127.9.1.2/16", "minutes": 5, "why": "abuse"},
                {"type": "server_filter", "words": "casino", "action": "mute", "seconds": 9},
            ):
                assert (await root.one(**rule))["type"] == "done", rule
            listed = await root.one(type="server_restraints")
            assert listed["end"] and "room" not in listed
            lock, ban, words = listed["restraints"]
            assert (lock["kind"], lock["by"]) == ("lockdown", "rita")
            assert (ban["kind"], ban["who"], ban["subject"]) == ("ban", "127.9.0.0/16", "network")
            assert 0 < ban["minutes"] <= 5
            assert (words["kind"], words["who"], words["action"]) == ("filter", "casino", "mute")
            assert words["seconds"] == 9
            answer = await eve.one(type="send", room=1, text="a CASINO")
            assert (answer["code"], answer["limit"]) == ("filter_mutes", 9), answer
            hears(server, "line", NEW["line"], NOBODY_NEW.encode())
            for rule in (
                {"type": "lockdown", "on": False},
                {"type": "server_ban", "network": "127.9.0.0/16", "off": True},
                {"type": "server_filter", "words": "Casino", "action": "off"},
            ):
                assert (await root.one(**rule))["type"] == "done", rule
            assert (await root.one(type="server_restraints"))["restraints"] == []
            answers = await root.ask(type="server_audit", count=6)
            rows = [answer["event"] for answer in answers[:-1]]
            done = [(row["action"], row.get("who"), row.get("why")) for row in rows]
            assert done == [
                ("filter-off", "Casino", None),
                ("server-unban", "127.9.0.0/16", None),
                ("lockdown-off", None, None),
                ("filter", "casino", None),
                ("server-ban", "127.9.0.0/16", "abuse"),
                ("lockdown", None, None),
            ]
            assert {row["from"]["name"] for row in rows} == {"rita"}
            assert answers[-1]["type"] == "audit_end" and answers[-1]["count"] == 6
            assert "room" not in answers[-1]
            # what the filter did in a room stands in the room's own log
            answers = await root.ask(type="audit", room=1)
            assert answers[0]["event"]["action"] == "filter-mute", answers

    play(script())


def test_the_api_rules_the_server_by_a_token_of_the_machines_making(server):
    boss = account(server, "boss", "read,write,moderate,admin")
    lines = server.line("alice")
    api = Api(server.ports["web"], boss)
    assert api.refused("PUT", "/server/lockdown") == (403, "scope")
    assert api.ask("PUT", "/server/lockdown")[1]["error"]["text"] == "that token has no scope server"
    assert api.refused("PUT", "/server/bans/127.9.0.0%2F16") == (403, "scope")
    assert api.refused("PUT", "/server/filters/x", {"action": "refuse"}) == (403, "scope")
    assert api.refused("POST", "/tokens", {"name": "more", "scopes": "server"}) == (403, "not_allowed")
    for path in ("/server/restraints", "/server/audit"):
        assert api.refused("GET", path) == (403, "scope")
    api.close()
    api = Api(server.ports["web"], token(server, "boss", "server", "warden"))
    assert api.refused("GET", "/rooms") == (403, "scope")
    api.good("PUT", "/server/lockdown")
    hears(server, "line", NEW["line"], NOBODY_NEW.encode())
    api.good("PUT", "/server/bans/127.9.1.1%2F16", {"minutes": 9, "why": "abuse"})
    api.good("PUT", "/server/filters/casino*", {"action": "refuse"})
    lines.send("to the CASINOS")
    until(lines, FILTERED)
    held = api.good("GET", "/server/restraints")["restraints"]
    assert [(row["kind"], row["who"]) for row in held] == [
        ("lockdown", "lockdown"), ("ban", "127.9.0.0/16"), ("filter", "casino*")
    ]  # fmt: skip
    assert held[2]["action"] == "refuse" and {row["by"] for row in held} == {"boss"}
    for bad in ({}, {"action": "off"}, {"action": "60"}, {"action": "mute"}, {"action": 3},
                {"action": "refuse", "seconds": 1}):  # fmt: skip
        assert api.refused("PUT", "/server/filters/x", bad) == (400, "setting_bad"), bad
    assert api.refused("PUT", "/server/filters/x", {"action": "mute", "seconds": 86401})[0] == 400
    assert api.refused("PUT", "/server/filters/%21", {"action": "refuse"}) == (400, "filter_bad")
    assert api.refused("PUT", "/server/bans/everybody") == (400, "network_bad")
    lines_of_why = {"why": "two\nlines"}
    assert api.refused("PUT", "/server/bans/127.8.0.1", lines_of_why) == (400, "bad_character")
    assert api.refused("DELETE", "/server/bans/127.8.0.0%2F16") == (404, "nothing_holds")
    assert api.refused("DELETE", "/server/filters/x") == (404, "nothing_holds")
    api.good("DELETE", "/server/lockdown")
    api.good("DELETE", "/server/bans/127.9.0.0%2F16")
    api.good("DELETE", "/server/filters/Casino*")
    assert api.good("GET", "/server/restraints") == {"restraints": []}
    log = api.good("GET", "/server/audit?count=2")
    assert log["count"] == 2
    assert [(row["action"], row["from"]["name"]) for row in log["events"]] == [
        ("filter-off", "boss"), ("server-unban", "boss")
    ]  # fmt: skip
    assert api.refused("GET", "/server/audit?count=x") == (400, "number_bad")
    api.close()


def test_a_rooms_filters_are_a_resource_of_it(server):
    alice, bob = account(server, "alice"), account(server, "bob")
    api = Api(server.ports["web"], alice)
    api.good("POST", "/rooms", {"name": "shop"})
    api.good("PUT", "/rooms/shop/filters/free%20money", {"action": "mute", "seconds": 60})
    (row,) = api.good("GET", "/rooms/shop/restraints")["restraints"]
    assert (row["kind"], row["who"], row["action"]) == ("filter", "free money", "mute")
    assert (row["seconds"], row["subject"], row["by"]) == (60, "words", "alice")
    hers = Api(server.ports["web"], bob)
    assert hers.refused("PUT", "/rooms/shop/filters/x", {"action": "refuse"})[0] == 403
    assert hers.refused("POST", "/rooms/shop/messages", "Free  Money!") == (400, "filter_mutes")
    api.good("DELETE", "/rooms/shop/filters/free%20money")
    (row,) = api.good("GET", "/rooms/shop/restraints")["restraints"]
    assert (row["kind"], row["who"]) == ("mute", "bob")
    hers.close()
    api.close()


def test_irc_has_its_own_words_for_the_servers_rules(server):
    root = server.connect("irc")
    root.send("NICK rita", "USER r 0 * :r", "OPER root correct-horse")
    until(root, " 381 rita ")
    root.send("DLINE 5 127.9.1.2/16 :abuse")
    until(root, "NOTICE rita :the network is banned from the server")
    root.send("DLINE 127.8.8.8")
    until(root, "NOTICE rita :the network is banned from the server")
    root.send("STATS d")
    first, second = until(root, " 225 ").rstrip(), root.line().rstrip()
    assert first.endswith(" 225 rita D 127.9.0.0/16 :by rita, minutes left: 5"), first
    assert second.endswith(" 225 rita D 127.8.8.8/32 :by rita"), second
    assert root.line().rstrip().endswith(" 219 rita d :end of the statistics")
    far = socket.create_connection(("127.0.0.1", server.ports["irc"]),
                                   source_address=("127.9.9.9", 0), timeout=PATIENCE)
    far.sendall(NEW["irc"])
    heard = b""
    while more := far.recv(4096):
        heard += more
    assert b"your network is banned" in heard, heard
    root.send("DEFCON 2")
    until(root, "NOTICE rita :nobody new comes in from now on")
    hears(server, "irc", NEW["irc"], b" 465 ")
    root.send("DEFCON 5")
    until(root, "NOTICE rita :who is new may come in again")
    root.send("UNDLINE 127.9.0.0/16", "UNDLINE 127.8.8.8", "UNDLINE 127.8.8.8")
    for words in ("may come in again", "may come in again", "nothing of that kind holds"):
        until(root, words)
    root.send("STATS d")
    assert until(root, " 219 ") and server.ask("server", "list") == ""
    rows = [row.split("\t", 4)[1:] for row in server.ask("server", "audit", "6").splitlines()]
    assert rows[-1] == ["rita", "server-ban", "127.9.0.0/16", "abuse"]
    assert rows[2][1] == "lockdown-off"


SAME = ["free money", "FREE   money!", "fr\u0435e m\u043en\u0435y", "fre\u200be-money", "Fr33 money"]


def test_t058_words_that_are_filtered_are_refused_muted_or_reported(server):
    alice, bob = server.line("alice"), server.line("bob")
    alice.send("/join shop")  # it is hers: she made it
    alice.answers()
    bob.send("/join shop")
    until(alice, "bob has joined")
    bob.send("/filter refuse hello")
    until(bob, "error")
    alice.send("/filter refuse fre* money")
    until(alice, "the filter holds")
    for text in SAME[:4]:
        bob.send(text)
        until(bob, FILTERED)
    bob.say("freedom of money")  # not side by side
    until(alice, "freedom of money")
    alice.say("free money")  # who keeps order is not filtered
    alice.send("/filter report sneak?", "/filter 60 sc*m")
    until(alice, "the filter holds")
    until(alice, "the filter holds")
    bob.send("a sneaky word")
    until(alice, "a sneaky word")
    assert metric(server, "filter_reports_total") == 1
    bob.send("what a SCAAM")
    until(bob, "you are muted for 60 seconds")
    bob.send("hello?")
    until(bob, "muted")
    alice.send("/bans")
    listed = [alice.line() for _ in range(4)]
    for words in ("refused: fre* money", "reported: sneak?", "muted for: sc*m", "muted: bob"):
        assert any(words in line for line in listed), listed
    alice.send("/audit")
    audit = until(alice, "filter-refuse")
    assert "bob" in audit
    server.restart()
    server.wait_for(lambda: metric(server, "filters") == 3, "three filters")
    assert metric(server, 'refusals_total{code="filtered"}') == 0  # since its start


def test_t058_a_filter_of_the_server_holds_in_every_room_and_dialect(server):
    said = "that was not said"
    server.ask("server", "filter", "refuse", "casino")
    alice = server.line("alice")
    for title, lines in (
        ("line", b"bob\nto the casino\n"),
        ("irc", b"NICK ian\r\nUSER i 0 * :i\r\nJOIN #lobby\r\nPRIVMSG #lobby :CASINO\r\n"),
        ("irc", b"NICK ida\r\nUSER i 0 * :i\r\nPRIVMSG alice :a c\xc3\xa0sino casino\r\n"),
        ("friendly", b"the casino\n"),
    ):
        hears(server, title, lines, said.encode())

    async def script():
        async with Peer(server) as peer:
            await peer.hello("jane")
            answer = await peer.one(type="send", room=1, text="my casino")
            assert answer["code"] == "filtered" and said in answer["text"], answer
            first = await peer.one(type="send", room=1, text="harmless")
            answer = await peer.one(type="edit", room=1, target=first["seq"], text="casino")
            assert answer["code"] == "filtered", answer
            answer = await peer.one(type="send", to="alice", text="casino")
            assert answer["code"] == "filtered", answer
            long = await peer.one(type="send", room=1, text="x " * 5000)
            assert long["code"] == "text_too_long", long

    play(script())
    server.ask("server", "filter", "off", "Casino")
    alice.say("casino")
