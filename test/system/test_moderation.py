"""Rooms that are kept in order, on a running server: what stays over kill -9, what a stranger
learns of a private room, what the banned can still say (THREATS; such a test is named by its
row)."""

from test_accounts import QUICK, came, registered


def back(server, name):
    """She logs in again, and has heard into which of her rooms she was taken."""
    client, answer = came(server, name, "swordfish")
    assert answer == f"* you are logged in as {name}", answer
    client.answers()
    return client


def test_what_was_moderated_stays_over_a_kill(serve):
    server = serve(sections=QUICK)
    ann, bob, carl = (registered(server, name) for name in ("ann", "bob", "carl"))
    for client in (ann, bob, carl):
        client.send("/join tea")
        client.answers()
    ann.send("/role carl operator", "/mode slow 9", "/mode key mellon", "/topic leaves", "/ban bob")
    ann.send("/ban *troll* 60 no", "/mute dora 1")
    answers = ann.answers()
    assert "* you banned bob" in answers, answers
    ann.send("/bans", "/audit")
    before = ann.answers()
    assert len([line for line in before if line.startswith("* banned: ")]) == 2, before
    server.kill()
    server.start()
    ann, bob, carl = (back(server, name) for name in ("ann", "bob", "carl"))
    for client in (ann, bob, carl):
        client.answers()
    ann.send("/join tea")
    ann.answers()
    ann.send("/bans", "/audit")
    after = ann.answers()
    assert [line for line in after if "bob" in line] == [line for line in before if "bob" in line]
    bob.send("/join tea mellon")
    bob.expect_refused("banned")
    carl.send("/join tea", "/topic", "/kick ann")
    said = carl.answers()
    assert any("leaves" in line for line in said), said
    assert any("above you" in line for line in said), said
    server.line("stranger").send("/join tea")
    server.clients[-1].expect_refused("has a key")
    server.line("troll7").send("/join tea mellon")
    server.clients[-1].expect_refused("banned")
    server.line("guest").send("/join tea mellon", "one", "two")
    answers = server.clients[-1].answers()
    assert sum("slow mode" in line for line in answers) == 2, answers


def test_t042_nothing_of_hers_comes_after_the_ban(server):
    ann, bob = server.line("ann"), server.line("bob")
    for client in (ann, bob):
        client.send("/join tea")
        client.answers()
    bob.send("/leave lobby")  # else what he types when he was put out goes there
    bob.answers()
    ann.answers()
    bob.send_bytes(b"".join(b"%d\n" % number for number in range(2000)))
    ann.send("/ban bob")
    lines = ann.answers()
    banned = lines.index("* you banned bob")
    said = [number for number, line in enumerate(lines) if line.startswith("bob: ")]
    assert not said or said[-1] < banned
    words = ("banned from the room", "into no room")
    refused = [line for line in bob.answers() if any(word in line for word in words)]
    assert len(said) + len(refused) == 2000  # each line was said or refused, none was lost


def test_t053_a_private_room_is_one_that_is_not_there(server):
    ann, stranger, phone = server.line("ann"), server.line("eve"), server.pipe(7)
    for client in (ann, stranger):
        client.answers()
    ann.send("/join hush", "words", "/mode private on", "/mode history on")
    ann.answers()
    forms = ["/who {}", "/leave {}", "/delete {}"]
    codes = ["103|7|{}", "105|7|{}", "106|7|{}|hello", "107|7|{}|5", "107|7|{}|5|3"]

    def told(client, form, room):
        client.send(form.format(room))
        return "\n".join(client.answers()).replace(room, "ROOM")

    for form in forms:
        there, missing = told(stranger, form, "hush"), told(stranger, form, "none")
        assert there == missing and "no room" in there, (form, there, missing)
    for form in codes:
        there, missing = told(phone, form, "hush"), told(phone, form, "none")
        assert there == missing and "no room" in there, (form, there, missing)
    stranger.send("/join hush")
    stranger.expect_refused("there is no room hush")
    stranger.send("/rooms")
    assert not any("hush" in line for line in stranger.answers())
