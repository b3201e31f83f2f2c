"""The dialect `dollar`, byte for byte (WIRE, `dollar`)."""

import socket
import time

import pytest


def test_the_conversation_of_the_contract_byte_for_byte(server):
    dora = server.connect("dollar")
    dora.expect_bytes(b"------Welcome to Txt Chat------\n")
    dora.send_bytes(b"reg$dora\n")
    dora.expect_bytes(f"{dora.address}\n".encode())
    chan = dora.create("MyChat")
    emil = server.dollar("emil")
    emil.send(f"join${emil.address}${chan}")
    for client in (dora, emil):
        client.expect_bytes(f"$$joined: {chan}\n".encode())
    emil.send(f"send_msg${emil.address}${chan}$ni hao")
    for client in (dora, emil):
        client.expect_bytes(b"ni hao\n")
    emil.send(f"leave${emil.address}${chan}")
    for client in (dora, emil):
        client.expect_bytes(f"$$leaved: {chan}\n".encode())
    dora.sync()
    emil.sync()


def test_her_own_channel_is_her_uid(server):
    dora, emil = server.dollar("dora"), server.dollar("emil")
    dora.say("to myself", dora.address)
    emil.send(f"join${emil.address}${dora.address}")
    emil.expect_refused()
    emil.send(f"send_msg${emil.address}${dora.address}$hi")
    emil.expect_refused()
    dora.sync()


def test_her_own_channel_is_in_no_list_and_keeps_no_history(server):
    dora, alice, seven = server.dollar("dora"), server.line("alice"), server.pipe(7)
    alice.expect("client-7 has joined the chat", "client-7: hi")
    dora.say("to myself", dora.address)
    alice.send("/rooms")
    assert "lobby" in alice.line()
    alice.sync()
    seven.send("104|7|")
    seven.expect_match(r"104\|0\|[0-9]+\|lobby\|2")
    seven.expect("104|0|end")
    alice.send(f"/join {dora.address}")
    alice.expect_refused()
    server.stop()
    for file in server.data.iterdir():
        assert b"to myself" not in file.read_bytes(), file


def test_the_text_is_all_after_the_third_dollar(server):
    dora = server.dollar("dora")
    chan = dora.create("MyChat")
    dora.say("costs 5$ or $6$", chan)
    dora.send_bytes(f"send_msg${dora.address}${chan}$ blanks  kept \n".encode())
    dora.expect(" blanks  kept ")


def test_a_text_cannot_forge_a_server_line(server):
    dora, emil = server.dollar("dora"), server.dollar("emil")
    chan = dora.create("MyChat")
    emil.join(chan)
    dora.expect(f"$$joined: {chan}")
    dora.send(f"send_msg${dora.address}${chan}$$$leaved: {chan}")
    for client in (dora, emil):
        client.expect(f" $$leaved: {chan}")


@pytest.mark.parametrize("sender", ["none", "uid", "name"])
def test_sender_shows_nobody_the_uid_or_the_name(serve, sender):
    server = serve({"dollar": {"sender": sender}})
    dora, emil = server.dollar("dora"), server.dollar("emil")
    chan = dora.create("MyChat")
    emil.join(chan)
    dora.expect(f"$$joined: {chan}")
    dora.send(f"send_msg${dora.address}${chan}$ni hao")
    shown = {"none": "", "uid": f"{dora.address}: ", "name": "dora: "}[sender]
    for client in (dora, emil):
        client.expect(f"{shown}ni hao")


def test_a_taken_name_gets_a_suffix(server):
    alice = server.line("alice")
    others = [server.dollar("alice") for _ in range(3)]
    for client in others:
        client.join("lobby")
    for number in (2, 3, 4):
        alice.expect(f"alice-{number} has joined the chat")


@pytest.mark.parametrize(
    "line",
    [
        "reg$again",
        "send_msg$UID",
        "send_msg$UID$CHAN",
        "send_msg$UID$CHAN$",
        "send_msg$$CHAN$hi",
        "send_msg$UID$$hi",
        "send_msg$UID$0000000000$hi",
        "send_msg$UID$nowhere$hi",
        "send_msg$127.0.0.1:1$CHAN$hi",
        "join$UID",
        "join$UID$",
        "join$UID$0000000000",
        "join$UID$nowhere",
        "join$127.0.0.1:1$CHAN",
        "leave$UID",
        "leave$UID$nowhere",
        "leave$UID$lobby",
        "leave$127.0.0.1:1$CHAN",
        "create_chan$UID",
        "create_chan$UID$",
        "create_chan$127.0.0.1:1$x",
        "create_chan$UID$12345",
        "create_chan",
        "dance$UID",
        "hello",
        "$",
        "REG$x",
    ],
)
def test_what_is_wrong_is_answered_by_an_error(server, line):
    dora, emil = server.dollar("dora"), server.dollar("emil")
    chan = dora.create("MyChat")
    emil.join(chan)
    dora.expect(f"$$joined: {chan}")
    dora.send(line.replace("UID", dora.address).replace("CHAN", chan))
    dora.expect_refused()
    dora.sync()
    emil.sync()


@pytest.mark.parametrize(
    "command",
    ["create_chan$UID$x", "join$UID$lobby", "leave$UID$lobby", "send_msg$UID$lobby$hi"],
)
def test_every_command_before_reg_is_an_error(server, command):
    dora = server.connect("dollar")
    dora.expect("------Welcome to Txt Chat------")
    dora.send(command.replace("UID", dora.address))
    dora.expect_refused()


@pytest.mark.parametrize("name", ["", " ", "*x", "a" * 33])
def test_a_name_that_cannot_be_is_an_error_and_another_may_be_tried(server, name):
    dora = server.connect("dollar")
    dora.expect("------Welcome to Txt Chat------")
    dora.send(f"reg${name}")
    dora.expect_refused()
    dora.send("reg$dora")
    dora.expect(dora.address)


def test_a_room_of_other_dialects_is_joined_by_its_name(server):
    alice, dora = server.line("alice"), server.dollar("dora")
    alice.sync()
    dora.join("lobby")
    alice.expect("dora has joined the chat")
    dora.say("hello")
    alice.expect("dora: hello")
    alice.say("hi")
    dora.expect("hi")
    bob = server.line("bob")
    bob.close()
    alice.expect("bob has joined the chat", "bob has left the chat")
    dora.sync()
    dora.send(f"leave${dora.address}$lobby")
    dora.expect("$$leaved: lobby")
    alice.expect("dora has left the chat")


def test_nobody_elses_moves_in_the_lobby_are_shown(server):
    dora, emil = server.dollar("dora"), server.dollar("emil")
    dora.join("lobby")
    emil.join("lobby")
    emil.send(f"leave${emil.address}$lobby")
    emil.expect("$$leaved: lobby")
    dora.sync()


def test_moves_by_people_of_other_dialects_are_not_shown(server):
    alice, dora = server.line("alice"), server.dollar("dora")
    chan = dora.create("tea")
    alice.send("/join tea")
    alice.expect_match(r"\* .*tea.*")
    alice.send("hello", "/leave")
    dora.expect("hello")
    alice.expect_match(r"\* .*tea.*")
    dora.sync()
    emil = server.dollar("emil")
    emil.join(chan)
    dora.expect(f"$$joined: {chan}")


def test_who_goes_leaves_all_channels(server):
    dora, emil = server.dollar("dora"), server.dollar("emil")
    chan = dora.create("MyChat")
    emil.join(chan)
    dora.expect(f"$$joined: {chan}")
    emil.half_close()
    emil.expect_closed()
    dora.expect(f"$$leaved: {chan}")


def test_a_channel_and_its_history_are_there_after_a_restart(server):
    dora = server.dollar("dora")
    chan = dora.create("tea")
    dora.say("kept", chan)
    server.restart()
    emil = server.dollar("emil")
    emil.join(chan)
    emil.say("found", chan)
    seven = server.pipe(7)
    seven.send("107|7|tea")
    seven.expect_match(r"107\|[0-9]+\|[0-9]+\|1\|[0-9]+\|kept")
    seven.expect_match(r"107\|[0-9]+\|[0-9]+\|2\|[0-9]+\|found")
    seven.expect("107|0|end")


def test_over_ipv6_the_uid_is_in_brackets(make):
    server = make({"dollar": {}})
    server.listeners["dollar"]["address"] = f"[::1]:{server.ports['dollar']}"
    server.write_config()
    server.spawn()
    client = connect_when_up(lambda: socket.create_connection(("::1", server.ports["dollar"]), 5))
    stream = client.makefile("rwb")
    assert stream.readline() == b"------Welcome to Txt Chat------\n"
    stream.write(b"reg$six\n")
    stream.flush()
    assert stream.readline() == b"[::1]:%d\n" % client.getsockname()[1]
    client.close()


def connect_when_up(connect):
    for _ in range(500):
        try:
            return connect()
        except ConnectionRefusedError:
            time.sleep(0.01)
    return connect()
