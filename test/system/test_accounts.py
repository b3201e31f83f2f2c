"""Accounts of a running server: what the settings do, and what guards them (THREATS; such a test is
named by its row)."""

import math
import random
import re
import signal
import statistics
import subprocess
import time

import pytest

from client import LONG, PATIENCE, SLOW
from server import Canary

release_only = pytest.mark.release_only
QUICK = {"accounts": {"password_cost": "minimum"}}
TRIES = {"throttle": {"login_attempts_per_minute": 0}}  # as many as anybody likes


def registered(server, name, password="swordfish"):
    """Somebody with an account, on a line listener."""
    client = server.line(name)
    client.send(f"/register {password}")
    client.expect(f"* you are logged in as {name}", "* the account is made")
    return client


def gone(client):
    """She has left, and the server knows."""
    client.half_close()
    client.read_to_end()


def came(server, name, secret, title="line", source=None):
    """Somebody whose first line is a login, and what she is told."""
    client = server.connect(title, source=source)
    client.expect(client.greeting)
    client.send(f"/login {name} {secret}")
    return client, client.line()


def logged_in(server, name, secret="swordfish", source=None):
    client, answer = came(server, name, secret, source=source)
    assert answer == f"* you are logged in as {name}", answer
    client.name = name
    client.sync()
    return client


def token_of(client):
    client.send("/token")
    return client.expect_match(r"\* your token, shown once: ([0-9a-f]{32})")[1]


def rows(server, query):
    """Of a stopped server's database."""
    database = next(server.data.glob("*.db"))
    done = subprocess.run(
        ["sqlite3", "-readonly", database, query], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


# What the settings do.


def test_what_is_kept_of_a_password_is_what_the_settings_say(serve):
    server = serve(sections=QUICK)
    registered(server, "anna")
    server.sections["accounts"] = {"password_cost": "interactive", "scram": False}
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_for_log("reloaded")
    registered(server, "berta")
    server.stop()
    anna, berta = rows(server, "SELECT verifier || ' ' || scram FROM accounts ORDER BY number")
    base64 = "[A-Za-z0-9+/]+=*"
    assert re.fullmatch(
        rf"\$argon2id\$v=19\$m=8,t=1,p=1\${base64}\${base64} "
        rf"SCRAM-SHA-256\$4096:{base64}\${base64}:{base64}",
        anna,
    )
    assert re.fullmatch(rf"\$argon2id\$v=19\$m=19456,t=2,p=1\${base64}\${base64} ", berta)


def test_a_password_typed_in_another_normal_form_is_the_same(serve):
    server = serve(sections=QUICK)
    registered(server, "anna", "caf\u00e9-\uff46\uff49sh")
    for password in ("caf\u00e9-fish", "cafe\u0301-fish"):
        assert came(server, "anna", password)[1] == "* you are logged in as anna"
    assert "wrong" in came(server, "anna", "cafe-fish")[1]


def test_passwords_and_tokens_are_nowhere_on_the_disk_nor_in_the_log(serve):
    server = serve(sections={**QUICK, "log": {"level": "debug"}})
    secrets = ["swordfish-1", "swordfish-2", "wrong-3", "wrong-4"]
    client = registered(server, "anna", secrets[0])
    client.send(f"/password {secrets[2]} x", f"/password {secrets[0]} {secrets[1]}")
    client.expect_refused("wrong name or password")
    client.expect("* the password is changed")
    secrets.append(token_of(client))
    stranger, answer = came(server, "anna", secrets[3])
    assert "wrong" in answer
    for line in ("/register ", "/password ", "/unregister ", "/oper "):
        stranger.send(line + secrets[3])  # before she has said who she is
        assert secrets[3] not in stranger.expect_refused()
    server.stop()
    held = server.log().encode() + b"".join(
        path.read_bytes() for path in server.data.rglob("*") if path.is_file()
    )
    for secret in secrets:
        assert secret.encode() not in held, secret


def test_without_accounts_everybody_is_a_guest(serve):
    server = serve(sections={"accounts": {"enabled": False}})
    anna = server.line("anna")
    for command in ("/register secret", "/login anna secret"):
        anna.send(command)
        anna.expect_refused("no accounts")


def test_without_guests_one_must_log_in(serve):
    server = serve(sections=QUICK)
    gone(registered(server, "anna"))
    server.sections["accounts"]["guests"] = False
    server.write_config()
    server.signal(signal.SIGHUP)
    server.wait_for_log("reloaded")
    stranger = server.connect("line")
    stranger.expect(stranger.greeting)
    stranger.send("berta")
    stranger.expect_refused("no guests", "/login")
    stranger.send("/login anna swordfish")
    stranger.expect("* you are logged in as anna")


def test_who_makes_many_accounts_waits(serve):
    throttle = {"login_attempts_per_minute": 3, "exempt": ["192.0.2.0/24"]}
    server = serve(sections={**QUICK, "throttle": throttle})
    for name in ("anna", "berta", "carla"):
        registered(server, name)
    dora = server.line("dora")
    dora.send("/register swordfish")
    dora.expect_refused("slow down")
    time.sleep(1.1)
    dora.send("/register swordfish")
    dora.expect("* you are logged in as dora", "* the account is made")


def test_without_registration_the_operator_makes_accounts(serve):
    server = serve(sections={"accounts": {"registration": False, "password_cost": "minimum"}})
    anna = server.line("anna")
    anna.send("/register swordfish")
    anna.expect_refused("made by the operator")
    server.ask("user", "add", "berta", "--password-stdin", given="swordfish\n")
    logged_in(server, "berta")


def test_with_nick_reservation_optional_the_account_gets_its_name(serve):
    server = serve(sections={"accounts": {"nick_reservation": "optional", **QUICK["accounts"]}})
    gone(registered(server, "anna"))
    guest = server.line("anna")
    anna = logged_in(server, "anna")
    guest.expect_match(r"\* .*is now called .*|\* you are now called .*")
    anna.send("hello")
    anna.sync()
    assert "anna: hello" in guest.answers()


@pytest.mark.parametrize("setting", ["loopback", "always", "never"])
def test_a_password_comes_unencrypted_only_where_that_is_allowed(serve, setting):
    server = serve(sections={**QUICK, "server": {"plaintext_login": setting}})
    client = server.line("anna")
    client.send("/register swordfish")
    if setting == "never":
        client.expect_refused("not encrypted")
    else:
        client.expect("* you are logged in as anna", "* the account is made")


def test_an_administrator_is_who_the_configuration_says(serve):
    server = serve(sections={**QUICK, 'oper "root"': {"password": "toor"}})
    anna, berta = server.line("anna"), server.line("berta")
    anna.expect("berta has joined the chat")
    berta.send("/join tea")
    berta.answers()
    anna.send("/oper root root")
    anna.expect_refused("wrong name or password")
    anna.send("/delete tea")
    anna.expect_refused("not in the room")
    anna.send("/oper root toor")
    anna.expect("* you are an administrator now")
    anna.send("/delete tea")
    anna.expect_match(r"\* (\[tea\] )?you deleted the room tea")


def test_everything_comes_back_after_kill_nine(serve):
    server = serve(sections=QUICK)
    anna = registered(server, "anna")
    token = token_of(anna)
    anna.send("/join tea", "/password swordfish trout")
    anna.expect("* you are in tea now", "* the password is changed")
    fresh = token_of(anna)
    server.kill()
    server.start()
    _, answer = came(server, "anna", "swordfish")
    assert "wrong" in answer
    _, answer = came(server, "anna", token)
    assert "wrong" in answer
    anna, answer = came(server, "anna", fresh)
    assert answer == "* you are logged in as anna"
    anna.expect("* you were taken into tea; /join it to type there")


# What guards them.


def test_t025_an_owner_gets_in_while_others_guess(serve):
    server = serve(sections=QUICK)
    token = token_of(registered(server, "anna"))  # from 127.0.0.1
    answers = []
    for number in range(30):
        client, answer = came(server, "anna", f"guess-{number}", source=f"127.0.1.{number + 1}")
        answers.append(answer)
        client.close()
    wrong = [answer for answer in answers if answer == "* error: wrong name or password"]
    waits = [answer for answer in answers if "try again in" in answer]
    assert len(wrong) + len(waits) == 30
    assert len(wrong) <= 6 + 4 * SLOW, answers  # a second has passed, or a few
    _, answer = came(server, "anna", "swordfish", source="127.0.2.1")
    assert "try again in" in answer
    logged_in(server, "anna", token, source="127.0.2.1")  # a token is never delayed
    logged_in(server, "anna")  # nor is who comes from where she came from before


def test_t025_guesses_across_accounts_wait_too(serve):
    server = serve(sections=QUICK)
    registered(server, "anna")
    answers = []
    for number in range(20):
        client, answer = came(server, f"name-{number}", "guess", source="127.0.1.1")
        answers.append(answer)
        client.close()
    assert answers[:6] == 6 * ["* error: wrong name or password"]
    assert sum("try again in" in answer for answer in answers[6:]) >= 14 - 4 * SLOW
    logged_in(server, "anna", source="127.0.1.2")  # others are not delayed for it
    logged_in(server, "anna")


@release_only
def test_t026_a_flood_of_logins_is_told_to_come_later_and_disturbs_nobody(serve):
    server = serve(sections=TRIES)  # at the costs that people have
    gone(registered(server, "anna"))
    canary, count = Canary(server), 2000 if LONG else 400
    before = server.status("VmRSS")
    crowd = []
    for number in range(count):
        client = server.connect("line")
        crowd.append(client)
        client.expect(client.greeting)
    for client in crowd:
        client.send("/login anna guess")
    highest, took = 0, []
    for number in range(100):
        begin = time.monotonic()
        canary.sings()
        took.append(time.monotonic() - begin)
        highest = max(highest, server.status("VmRSS"))
        time.sleep(0.01)
    answers = [client.line(4 * PATIENCE) for client in crowd]
    wrong = sum(answer == "* error: wrong name or password" for answer in answers)
    busy = sum("too many people are logging in; try again in" in answer for answer in answers)
    print(f"{wrong} looked at, {busy} told to come later; canary {max(took) * 1000:.1f} ms at most")
    assert wrong + busy == count and busy > 0 and wrong >= 64
    assert highest - before < (2 * 19 + 24) * 1024, f"{highest - before} kB more"


def welch(first, second):
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    return abs(statistics.mean(first) - statistics.mean(second)) / math.sqrt(spread)


def test_t027_a_name_that_is_none_is_answered_as_one_that_is(serve):
    server = serve(sections={**QUICK, **TRIES, "server": {"workers": 1}})
    gone(registered(server, "anna"))
    client, answer = came(server, "anna", "guess")
    times = {"anna": [], "adam": []}
    order = 300 * list(times)
    random.Random(27).shuffle(order)
    for name in order:
        begin = time.perf_counter()
        client.send(f"/login {name} guess")
        assert client.line() == answer
        times[name].append(time.perf_counter() - begin)
    means = [statistics.mean(some) * 1e6 for some in times.values()]
    t = welch(*times.values())
    print(f"known {means[0]:.0f} us, unknown {means[1]:.0f} us, t = {t:.2f}")
    assert t < 4.5


def test_t043_nobody_takes_a_name_that_looks_like_anothers(server):
    anna = registered(server, "anna")
    forms = {
        "аnna": "not allowed",  # a Cyrillic letter among Latin ones
        "аdmin": "not allowed",
        "adm\u200bin": "not allowed",
        "admin\u202e": "not allowed",
        "ADMIN": "taken",
        "\uff41\uff44\uff4d\uff49\uff4e": "taken",  # full width
        "adrnin": "looks like",
        "ANNA": "an account's",
        "\uff41nna": "an account's|looks like|not allowed",
        "a\u0301\u0301\u0301\u0301nna": "not allowed",
        "anna\u00a0": "not allowed",
        "\u05d0nna": "not allowed",
        "here": "taken",
    }
    stranger = server.connect("line")
    stranger.expect(stranger.greeting)
    for name, why in forms.items():
        stranger.send(name)
        line = stranger.line()
        assert line.startswith("* error: ") and re.search(why, line), (name, line)
    gone(anna)  # whether she is here makes no difference to what is said
    for name in ("ANNA", "adrnin"):
        stranger.send(name)
        assert re.search(forms[name], stranger.line())
    dollar = server.connect("dollar")
    dollar.expect("------Welcome to Txt Chat------")
    dollar.send("reg$admin")
    dollar.expect(dollar.address)
    berta = server.line("berta")
    berta.send("/who lobby")
    assert "admin" not in re.split("[ ,:]+", berta.line())


def test_t056_a_token_is_worth_nothing_after_logout_or_another_password(serve):
    server = serve(sections={**QUICK, "server": {"workers": 2}})
    anna = registered(server, "anna")
    for ends in ("/logout", "/password swordfish trout", "/logout all"):
        token = token_of(anna)
        others = [logged_in(server, "anna", token) for _ in range(6)]  # on both workers
        for client in (anna, *others):
            client.answers()
        begin = time.monotonic()
        anna.send(ends)
        for client in others:
            client.expect_refused("logged out")
            client.expect_closed()
        assert time.monotonic() - begin < 1 * SLOW
        if ends.startswith("/password"):
            anna.expect("* the password is changed")
            anna.send("/password trout swordfish")
            anna.expect("* the password is changed")
            gone(anna)
        else:
            anna.expect_refused("logged out")
            anna.expect_closed()
        _, answer = came(server, "anna", token)
        assert answer == "* error: wrong name or password"
        anna = logged_in(server, "anna")


def test_t056_a_deleted_account_is_closed_everywhere(serve):
    server = serve(sections={**QUICK, "server": {"workers": 2}})
    token = token_of(registered(server, "anna"))
    others = [logged_in(server, "anna", token) for _ in range(4)]
    for client in others:
        client.answers()
    server.ask("user", "delete", "anna")
    for client in others:
        client.expect_refused("deleted")
        client.expect_closed()
    _, answer = came(server, "anna", token)
    assert answer == "* error: wrong name or password"
