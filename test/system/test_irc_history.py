"""What is said over IRC and comes back: CHATHISTORY from the disk, redaction, several lines as one
(draft/chathistory, draft/event-playback, draft/message-redaction, draft/multiline)."""

import re
import time

from client import Client

QUICK = {"accounts": {"password_cost": "minimum"}, "history": {"max_messages": 50}}
CAPS = "batch message-tags server-time echo-message labeled-response draft/chathistory"


class Irc(Client):
    eol = "\r\n"

    def answers(self):
        """All that comes before the answer to a PING sent now, but for who comes in."""
        self.send("PING sync")
        lines = []
        while not re.search(" PONG [^ ]+ :sync$", line := self.line()):
            if not re.search(r"^(@[^ ]* )?:[^ ]+ (JOIN|353|366) ", line):
                lines.append(line)
        return lines

    def asks(self, *lines):
        self.send(*lines)
        return self.answers()


def come(server, nick, caps=CAPS):
    client = Irc(server.ports["irc"])
    server.clients.append(client)
    client.send(f"CAP REQ :{caps}", f"NICK {nick}", "USER u 0 * :Somebody", "CAP END")
    while " 422 " not in client.line():
        continue
    return client


def tag(line, key):
    found = re.match(rf"@(?:[^ ]*;)?{re.escape(key)}=([^; ]*)", line)
    return found and found[1]


def texts(lines):
    """What the one batch of the answer holds."""
    assert re.match(r"(@[^ ]* )?:[^ ]+ BATCH \+[^ ]+ chathistory ", lines[0]), lines
    assert re.search(r" BATCH -[^ ]+$", lines[-1]), lines
    name = re.search(r" BATCH \+([^ ]+) ", lines[0])[1]
    assert all(tag(line, "batch") == name for line in lines[1:-1])
    return [line.rsplit(" :", 1)[1] for line in lines[1:-1]]


def said(client, room, count):
    lines = []
    for i in range(count):
        lines += client.asks(f"PRIVMSG {room} :{i}")
        time.sleep(0.003)
    assert len(lines) == count
    return [tag(line, "msgid") for line in lines], [tag(line, "time") for line in lines]


def serving(serve):
    return serve(listeners={"irc": {"dialect": "irc"}}, sections=QUICK)


def test_history_is_bounded_by_messages_and_by_times(serve):
    alice = come(serving(serve), "alice")
    alice.asks("JOIN #tea")
    ids, times = said(alice, "#tea", 10)
    for kind, points in (("msgid", ids), ("timestamp", times)):
        point = [f"{kind}={value}" for value in points]
        wanted = {
            f"LATEST #tea {point[4]} 50": "56789",
            f"LATEST #tea {point[4]} 2": "89",
            f"BEFORE #tea {point[6]} 50": "012345",
            f"BEFORE #tea {point[6]} 2": "45",
            f"AFTER #tea {point[3]} 50": "456789",
            f"AFTER #tea {point[3]} 3": "456",
            f"BETWEEN #tea {point[0]} {point[9]} 50": "12345678",
            f"BETWEEN #tea {point[0]} {point[9]} 3": "123",
            f"BETWEEN #tea {point[9]} {point[0]} 3": "678",
            f"AROUND #tea {point[7]} 1": "7",
            f"AROUND #tea {point[7]} 3": "678",
        }
        for question, answer in wanted.items():
            assert texts(alice.asks("CHATHISTORY " + question)) == list(answer), question
    assert texts(alice.asks("CHATHISTORY LATEST #tea * 4")) == list("6789")


def test_a_page_ends_at_the_limit_that_is_told(serve):
    server = serving(serve)
    alice = come(server, "alice")
    assert any("CHATHISTORY=50" in line for line in alice.asks("VERSION"))
    alice.asks("JOIN #tea")
    alice.send(*(f"PRIVMSG #tea :{i}" for i in range(60)))
    alice.answers()
    assert texts(alice.asks("CHATHISTORY LATEST #tea * 1000")) == [str(i) for i in range(10, 60)]


def test_only_who_is_inside_reads_it(serve):
    server = serving(serve)
    alice, bob = come(server, "alice"), come(server, "bob")
    alice.asks("JOIN #tea", "PRIVMSG #tea :one")
    for room in ("#tea", "#nowhere"):
        (line,) = bob.asks(f"CHATHISTORY LATEST {room} * 5")
        assert f" FAIL CHATHISTORY INVALID_TARGET LATEST {room} :" in line
    bob.asks("JOIN #tea")
    assert texts(bob.asks("CHATHISTORY LATEST #tea * 5")) == ["one"]


def test_topics_and_kicks_are_played_back_where_that_is_wanted(serve):
    server = serving(serve)
    alice = come(server, "alice")
    bob = come(server, "bob", CAPS + " draft/event-playback")
    alice.asks("JOIN #tea")
    bob.asks("JOIN #tea")
    alice.asks("PRIVMSG #tea :one", "TOPIC #tea :green", "KICK #tea bob :out")
    bob.asks("JOIN #tea")
    assert texts(alice.asks("CHATHISTORY LATEST #tea * 9")) == ["one"]
    lines = bob.asks("CHATHISTORY LATEST #tea * 9")
    assert texts(lines) == ["one", "green", "out"]
    assert [line.split(" ")[2] for line in lines[1:-1]] == ["PRIVMSG", "TOPIC", "KICK"]


def test_what_is_redacted_is_not_in_any_page(serve):
    server = serving(serve)
    alice = come(server, "alice", CAPS + " draft/message-redaction")
    bob = come(server, "bob", CAPS + " draft/message-redaction")
    alice.asks("JOIN #tea")
    bob.asks("JOIN #tea")
    ids, _ = said(alice, "#tea", 3)
    (line,) = alice.asks(f"@label=1 REDACT #tea {ids[1]} :a slip")
    assert re.fullmatch(rf"@[^ ]*label=1[^ ]* :alice![^ ]+ REDACT #tea {ids[1]} :a slip", line)
    assert bob.answers()[-1].endswith(f" REDACT #tea {ids[1]} :a slip")
    assert texts(bob.asks("CHATHISTORY LATEST #tea * 9")) == ["0", "2"]
    (line,) = bob.asks(f"REDACT #tea {ids[0]}")
    assert f" FAIL REDACT REDACT_FORBIDDEN #tea {ids[0]} :" in line


def test_several_lines_are_one_message(serve):
    server = serving(serve)
    alice = come(server, "alice", CAPS + " draft/multiline")
    bob = come(server, "bob")
    alice.asks("JOIN #tea")
    bob.asks("JOIN #tea")
    lines = alice.asks(
        "@label=7 BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :one",
        "@batch=1 PRIVMSG #tea :",
        "@batch=1 PRIVMSG #tea :t",
        "@batch=1;draft/multiline-concat PRIVMSG #tea :wo",
        "BATCH -1",
    )
    assert tag(lines[0], "label") == "7" and len(lines) == 6
    msgid = tag(lines[0], "msgid")
    assert [line.rsplit(" :", 1)[1] for line in lines[1:-1]] == ["one", "", "t", "wo"]
    heard = bob.answers()
    assert [line.rsplit(" :", 1)[1] for line in heard] == ["one", "t", "wo"]
    assert [tag(line, "msgid") for line in heard] == [msgid, None, None]
    assert texts(bob.asks("CHATHISTORY LATEST #tea * 9")) == ["one", "two"]


def test_what_an_account_says_to_itself_and_to_a_guest_is_found_again(serve):
    server = serving(serve)
    anna, gus = come(server, "anna"), come(server, "gus")
    assert any("Account created" in line for line in anna.asks("NS REGISTER secret-1"))
    assert len(anna.asks("PRIVMSG anna :a note")) == 2  # the echo, and the delivery
    anna.asks("PRIVMSG gus :for a guest")
    gus.asks("PRIVMSG anna :by a guest")
    anna.asks()
    assert texts(anna.asks("CHATHISTORY LATEST anna * 10")) == ["a note"]
    assert texts(anna.asks("CHATHISTORY LATEST gus * 10")) == ["for a guest", "by a guest"]
    assert texts(gus.asks("CHATHISTORY LATEST anna * 10")) == ["for a guest", "by a guest"]
    gus.send("QUIT")
    time.sleep(0.3)
    gus = come(server, "gus")  # somebody else
    assert texts(gus.asks("CHATHISTORY LATEST anna * 10")) == []
    assert texts(anna.asks("CHATHISTORY LATEST gus * 10")) == []
    assert len(gus.asks("PRIVMSG gus :kept nowhere")) == 2
    assert texts(gus.asks("CHATHISTORY LATEST gus * 10")) == []
    server.restart()
    anna = come(server, "anna2", CAPS + " sasl")
    anna.asks("NS IDENTIFY anna secret-1")
    assert texts(anna.asks("CHATHISTORY LATEST anna2 * 10")) == ["a note"]
