"""People and the server over IRC, with a configuration: the message of the day, the server's
password, administrators and their privileges, MONITOR across workers."""

import re

from client import Client


class Irc(Client):
    """A client that has said who it is; the welcome is read up to the message of the day."""

    def __init__(self, port, nick, *before):
        super().__init__(port)
        self.name = nick
        self.send(*before, f"NICK {nick}", f"USER {nick} 0 * :Real {nick}")

    def line(self, *args, **options):
        return super().line(*args, **options).rstrip("\r")

    def until(self, pattern):
        """The lines up to the first that matches, with it."""
        lines = []
        while not (lines and re.search(pattern, lines[-1])):
            lines.append(self.line())
        return lines

    def welcome(self):
        return self.until(" (376|422) ")

    def ask(self, *lines):
        """What is answered to them."""
        self.send(*lines, "PING done")
        return self.until("PONG [^ ]+ :?done")[:-1]


def people(server, *nicks):
    some = [Irc(server.ports["irc"], nick) for nick in nicks]
    for one in some:
        one.welcome()
    return some


def numerics(lines):
    return [line.split(" ")[1] for line in lines if line.startswith(":")]


def test_the_message_of_the_day_is_the_file(serve, tmp_path):
    """modern.ircdocs.horse/#motd-message"""
    motd = tmp_path / "motd"
    motd.write_text("first line\nsecond line\n")
    server = serve({"irc": {}}, {"server": {"name": "irc.test", "motd": motd}})
    lines = Irc(server.ports["irc"], "ann").welcome()
    assert numerics(lines)[:4] == ["001", "002", "003", "004"]
    assert numerics(lines)[-10:-4] == ["251", "252", "254", "255", "265", "266"]
    assert [line.split(" :")[1] for line in lines[-3:-1]] == ["- first line", "- second line"]


def test_the_servers_password_is_asked_of_everybody(serve):
    """modern.ircdocs.horse/#pass-message; other dialects have no word for it."""
    server = serve({"irc": {}, "line": {}, "friendly": {}}, {"server": {"password": "sekrit"}})
    assert numerics(Irc(server.ports["irc"], "ann", "PASS sekrit").welcome())[0] == "001"
    for before in ([], ["PASS wrong"], ["PASS sekrit", "PASS wrong"]):
        lines = Irc(server.ports["irc"], "ben", *before).until("ERROR")
        assert numerics(lines) == ["464"]
    for dialect in ("line", "friendly"):
        other = Client(server.ports[dialect])
        other.send("zoe")
        said = b""
        while some := other.receive():
            said += some
        assert b"asks for its password" in said


def test_privileges_say_what_an_administrator_may(serve):
    """modern.ircdocs.horse/#kill-message, #wallops-message"""
    sections = {
        'oper "root"': {"password": "pw"},
        'oper "hears"': {"password": "pw", "privileges": ["wallops"]},
    }
    server = serve({"irc": {}}, sections)
    ann, ben, eve = people(server, "ann", "ben", "eve")
    assert numerics(ann.ask("KILL eve :why", "WALLOPS :x", "REHASH", "DIE")) == ["481"] * 4
    assert numerics(ann.ask("OPER root wrong")) == ["491"]
    assert numerics(ben.ask("OPER hears pw")) == ["381", "MODE"]
    assert numerics(ben.ask("KILL eve :why")) == ["481"]
    eve.ask("MODE eve +w")
    ben.ask("WALLOPS :hello")
    assert eve.line().endswith(" WALLOPS :hello")
    assert numerics(ann.ask("OPER root pw"))[0] == "381"
    assert ann.ask("KILL eve :enough") == []
    assert "enough" in eve.until("ERROR")[-1]
    assert numerics(ann.ask("MODE ann -o", "KILL ben")) == ["MODE", "481"]


def test_new_people_have_the_modes_of_the_configuration(serve):
    server = serve({"irc": {}}, {"accounts": {"default_user_modes": "+i"}})
    ann, ben = people(server, "ann", "ben")
    for one in (ann, ben):
        assert one.line().endswith(f" 221 {one.name} +i")
    assert "0 people and 2 invisible" in ben.ask("LUSERS")[0]
    assert numerics(ben.ask("WHO an*")) == ["315"]
    ann.ask("MODE ann -i")
    assert numerics(ben.ask("WHO an*")) == ["352", "315"]


def test_who_is_watched_is_seen_from_every_worker(serve):
    """ircv3.net/specs/extensions/monitor; sections: limits.monitor_entries."""
    server = serve({"irc": {}}, {"server": {"workers": 3}, "limits": {"monitor_entries": 3}})
    watchers = people(server, *[f"w{i}" for i in range(6)])
    for one in watchers:
        assert numerics(one.ask("MONITOR + zoe")) == ["731"]
    (zoe,) = people(server, "zoe")
    for one in watchers:
        assert re.search(r"730 \* :zoe!zoe@", one.line())
    zoe.send("QUIT :bye")
    for one in watchers:
        assert one.line() == "731 * :zoe"
    full = watchers[0].ask("MONITOR + a,b,c,d")
    assert numerics(full) == ["731", "734"]
    assert " 734 w0 3 c,d " in full[1]


def test_a_line_that_is_far_too_long_ends_the_connection(serve):
    """A client reads 417, and ERROR before it is closed."""
    server = serve({"irc": {}})
    (ann,) = people(server, "ann")
    ann.send("PRIVMSG ann :" + "x" * 600)
    assert " 417 " in ann.line()
    ann.send("PRIVMSG ann :" + "x" * 16384)
    assert " 417 " in ann.line()
    assert ann.until("ERROR")


def test_who_may_not_enter_is_taken_elsewhere(serve):
    """+f, ERR_LINKCHANNEL (470): as other servers with forwarding channels do it."""
    server = serve({"irc": {}, "line": {}})
    ann, bea = people(server, "ann", "bea")
    ann.ask("JOIN #tea,#hall", "MODE #tea +i")
    bea.ask("JOIN #bar")
    assert numerics(ann.ask("MODE #tea +f #nowhere")) == ["696"]
    assert numerics(ann.ask("MODE #tea +f #tea")) == ["696"]
    assert numerics(ann.ask("MODE #tea +f")) == ["461"]
    assert numerics(ann.ask("MODE #tea +f #bar")) == ["482"]
    assert ann.ask("MODE #tea +f #hall")[0].endswith(" MODE #tea +f #hall")
    assert " #hall" in ann.ask("MODE #tea")[0]
    told = bea.ask("JOIN #tea")
    assert told[0].split(" :")[0].split()[1:] == ["470", "bea", "#tea", "#hall"]
    assert told[1].endswith(" JOIN #hall")
    ann.ask("MODE #hall +i")
    bea.ask("PART #hall")
    assert numerics(bea.ask("JOIN #tea")) == ["473"]  # nor there
    ann.ask("MODE #hall -i")
    server.kill()
    server.start()
    ann, bea = people(server, "ann", "bea")
    ann.ask("JOIN #hall")
    assert "470" in numerics(bea.ask("JOIN #tea"))


def test_whowas_takes_a_mask(serve):
    server = serve({"irc": {}})
    ann, bea = people(server, "ann", "bea")
    ann.ask("JOIN #tea")
    bea.ask("JOIN #tea")
    bea.send("QUIT")
    ann.until(" QUIT ")
    assert numerics(ann.ask("WHOWAS b?a")) == ["314", "312", "369"]
    assert numerics(ann.ask("WHOWAS c*")) == ["406", "369"]
    assert numerics(ann.ask("WHOWAS")) == ["431"]
