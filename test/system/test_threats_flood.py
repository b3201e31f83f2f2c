"""Too many connections, from one network and from very many (THREATS 3, 4)."""

import socket

import pytest

from client import PATIENCE, SLOW
from test_threats import Canary

FROM = "127.7.7.7"


def connect(server, title="line", source=FROM):
    return socket.create_connection(
        ("127.0.0.1", server.ports[title]), timeout=PATIENCE, source_address=(source, 0)
    )


def words(connection):
    try:
        return connection.recv(200).decode()
    except ConnectionError:
        return ""


def flooded(make, **throttle):
    """A server for which only 127.0.0.1 is exempt."""
    server = make(sections={"throttle": {"exempt": ["127.0.0.1"], **throttle}})
    server.start()
    return server


def test_t003_one_network_has_so_many_connections_and_no_more(make):
    server = flooded(make, connections_per_address=5, connections_per_10_minutes=0)
    canary = Canary(server)
    kept = [connect(server) for _ in range(5)]
    assert all("username" in words(each) for each in kept)
    more = [connect(server) for _ in range(200)]
    assert all("too many connections from your network" in words(each) for each in more[:3])
    canary.sings()
    assert "username" in words(connect(server, source="127.7.7.8"))  # another is not touched
    assert server.log().count("connection refused") <= 3  # a line a second
    kept[0].close()
    for each in more:
        each.close()
    server.wait_for(lambda: "username" in words(connect(server)), "a place that is free again")


def test_t003_one_network_comes_so_often_and_no_more(make):
    server = flooded(make, connections_per_address=0, connections_per_10_minutes=8)
    for _ in range(8):
        with connect(server) as each:
            assert "username" in words(each)
    with connect(server) as each:
        assert "try again in a minute" in words(each)
    assert "username" in words(connect(server, source="127.7.7.8"))


def test_t003_a_reload_changes_the_limits(make):
    server = flooded(make, connections_per_address=1, connections_per_10_minutes=0)
    first = connect(server)
    assert "username" in words(first)
    assert "too many" in words(connect(server))
    server.sections["throttle"]["connections_per_address"] = 2
    server.write_config()
    server.signal(1)
    server.wait_for_log("event=.reloaded")
    server.wait_for(lambda: "username" in words(connect(server)), "the new limit")


@pytest.mark.parametrize("workers", [1, 2])
def test_t004_silent_strangers_from_everywhere_keep_nobody_out(make, workers):
    """The pool of those who have not said who they are is a quarter of all; one who came long ago
    makes room, so that who says it at once comes in, and who has said it stays."""
    server = make(
        sections={
            "throttle": {"exempt": []},
            "limits": {"connections": 400},
            "server": {"workers": workers},
        }
    )
    server.start()
    alice = server.line("alice")
    crowd = []
    for i in range(int(600 / (1 + (SLOW > 1)))):
        crowd.append(connect(server, source=f"127.{1 + i // 200}.{i % 200}.9"))
    bob = connect(server, source="127.9.9.9")
    bob.sendall(b"bob\r\nlet in\r\n")
    while "bob: let in" not in alice.line_bytes().decode():
        pass
    assert server.open_files() < 400  # the crowd is not let in whole
    for each in crowd:
        each.close()
