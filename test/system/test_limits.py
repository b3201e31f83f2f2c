"""Each limit has a setting, a sentence for whoever meets it, and a number that the operator sees."""

import http.client
import urllib.request

import pytest

from client import PATIENCE

pytestmark = pytest.mark.hub_only  # the sanitizers see these ways in other tests


def counted(server, row):
    url = f"http://127.0.0.1:{server.ports['web']}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            rows = answer.read().decode().splitlines()
    except http.client.BadStatusLine:  # the limit is met here too, until somebody is seen to go
        return 0
    numbers = [line.rpartition(" ")[2] for line in rows if line.startswith(f"parlance_{row} ")]
    return int(numbers[0]) if numbers else 0


def says(*lines):
    """Somebody in the room `hall` of her own says them; what she hears."""

    def meet(server):
        ann = server.line("ann")
        ann.send("/join hall", *lines)
        return "\n".join(ann.answers())

    return meet


def come(count, *said):
    """So many connect from an address that no limit excepts; what the last is told at its end."""

    def meet(server):
        clients = [server.connect("line", source="127.0.0.9") for _ in range(count)]
        clients[-1].send(*said)
        heard = clients[-1].read_to_end().decode()
        for client in clients:
            client.close()
        return heard

    return meet


def comes_as_guest(server):
    guest = server.connect("line")
    guest.send("eve")
    return guest.line() + guest.line()


def reads_nothing(server):
    """Until she is cut. Whether a last word reaches her is for her socket to say."""
    quiet, loud = server.connect("line", receive_buffer=4096), server.line("loud")
    quiet.send("quiet")
    while counted(server, "slow_readers_cut_total") == 0:
        loud.send(*["x" * 8000] * 64)
        loud.answers()
    quiet.read_to_end()
    return server.log()


def kicks(server):
    ann, eve = server.line("ann"), server.line("eve")
    for client in (ann, eve):
        client.send("/join hall")
        client.answers()
    ann.send("/kick eve abcdef")
    return "\n".join(ann.answers())


def makes_rooms(server):
    client = server.connect("line", source="127.0.0.9").enter("ann")
    client.send("/join a", "/join b")
    return "\n".join(client.answers())


def guesses(server):
    server.ask("user", "add", "ann", "--password-stdin", given="swordfish\n")
    client = server.line("eve")
    client.send(*["/login ann wrong"] * 4)
    return "\n".join(client.answers())


LIMITS = [
    ("limits", "nick_length", 5, says("/nick abcdef"), "too long; at most 5", "name_too_long"),
    ("limits", "channel_length", 5, says("/join abcdef"), "at most 5", "room_name_too_long"),
    ("limits", "topic_length", 5, says("/topic abcdef"), "at most 5", "topic_too_long"),
    ("limits", "away_length", 5, says("/away abcdef"), "at most 5", "text_too_long"),
    ("limits", "max_message", 64, says("x" * 65), "at most 64", "text_too_long"),
    ("limits", "max_line", 64, says("x" * 80), "at most 64", "line_too_long"),
    ("limits", "channels_per_user", 2, says("/join b"), "at most 2", "too_many_rooms"),
    ("limits", "list_mode_entries", 1, says("/ban a!*@*", "/ban b!*@*"), "at most 1", "list_full"),
    ("history", "search", False, says("/search word"), "does not search", "search_off"),
    ("history", "enabled", False, says("/history"), "keeps no history", "history_off"),
    ("limits", "rooms_per_hour", 1, makes_rooms, "slow down", "slow_down"),
    ("limits", "kick_length", 5, kicks, "at most 5", "text_too_long"),
    ("accounts", "guests", False, comes_as_guest, "no guests", "no_guests"),
    ("accounts", "enabled", False, says("/register swordfish"), "no accounts", "no_accounts"),
    ("throttle", "login_attempts_per_minute", 2, guesses, "too many wrong", "login_wait"),
]
CONNECTIONS = [
    ("limits", "connections", 3, come(4), "the server is full", "connections_refused_total"),
    ("limits", "outbox_hard", 65536, reads_nothing, "outbox_hard", "slow_readers_cut_total"),
    ("throttle", "connections_per_address", 2, come(3), "too many", "connections_refused_total"),
    ("throttle", "connections_per_10_minutes", 2, come(3), "too many", "connections_refused_total"),
    ("throttle", "flood_seconds", 1, come(1, "eve", *["/rooms"] * 400), "you went on",
     "floods_closed_total"),
    ("timeouts", "registration_seconds", 1, come(1), "in time", "late_closed_total"),
]


def meets(serve, section, setting, value, meet, sentence):
    sections = {"throttle": {"exempt": ["127.0.0.1"]}}
    sections[section] = {**sections.get(section, {}), setting: value}
    server = serve({"line": {}, "irc": {}, "web": {}}, sections)
    heard = meet(server)
    assert sentence in heard, heard
    return server


def named(limits):
    return [f"{limit[0]}.{limit[1]}" for limit in limits]


@pytest.mark.parametrize("section, setting, value, meet, sentence, code", LIMITS, ids=named(LIMITS))
def test_what_a_limit_refuses(serve, section, setting, value, meet, sentence, code):
    server = meets(serve, section, setting, value, meet, sentence)
    assert counted(server, f'refusals_total{{code="{code}"}}') > 0


@pytest.mark.parametrize("section, setting, value, meet, sentence, metric", CONNECTIONS,
                         ids=named(CONNECTIONS))
def test_whom_a_limit_turns_away(serve, section, setting, value, meet, sentence, metric):
    server = meets(serve, section, setting, value, meet, sentence)
    server.wait_for(lambda: counted(server, metric) > 0, metric)
