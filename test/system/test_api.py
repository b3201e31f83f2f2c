"""The HTTP API: doc/protocol/openapi.yaml against a running server, and what a script relies on."""

import asyncio
import http.client
import json
import pathlib
import re
import socket
import time

import pytest
import websockets
import yaml

from api import QUICK, Api, Events, account, token
from client import PATIENCE, SLOW

ROOT = pathlib.Path(__file__).parents[2]
SPEC = yaml.safe_load((ROOT / "doc/protocol/openapi.yaml").read_text())
NOBODY = "nobody-of-that-name"


@pytest.fixture
def web(serve):
    return serve({"web": {}, "line": {}}, QUICK)


def operations():
    for path, methods in SPEC["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_description_has_every_route_and_no_other():
    table = (ROOT / "src/dialect/rest_route.c").read_text()
    rows = re.findall(r'\{"([A-Z]+)",\s+"([^"]+)"', table)
    assert len(rows) > 30
    described = {(method, re.sub(r"\{\w+\}", "*", path)) for method, path, _ in operations()}
    assert described == set(rows)


def filled(path, **values):
    """With something that is there for each part."""
    parts = {
        "room": "lab",
        "person": "bob",
        "who": "carol",
        "seq": "1",
        "reaction": "%F0%9F%91%8D",
        "setting": "moderated",
        "token": "1",
        "hook": "1",
        "invitation": "1",
        "words": "fre*%20money",
        "network": "192.0.2.0%2F24",
        **values,
    }
    return re.sub(r"\{(\w+)\}", lambda match: parts[match[1]], path)


def example(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


class Walker:
    """Asks, and keeps which status of which operation it has seen."""

    def __init__(self, port, tokens):
        self.port, self.tokens = port, tokens
        self.seen = {}

    def ask(self, method, path, asked, body=None, who="admin", **headers):
        api = Api(self.port, self.tokens[who] if who else None)
        status, said = api.ask(method, asked, body, **headers)
        api.close()
        self.seen.setdefault((method, path), set()).add(str(status))
        documented = SPEC["paths"][path][method.lower()]["responses"]
        assert str(status) in documented, (method, asked, status, said)
        self.check(documented[str(status)], said)
        return status, said

    def check(self, response, said):
        """As far as a schema says what must be there."""
        if "$ref" in response:
            response = SPEC["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if not schema:
            return
        schema = SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for key in schema.get("required", []):
            assert key in said, (key, said)
        for key, one in schema.get("properties", {}).items():
            for item in said.get(key, []) if one.get("type") == "array" else []:
                for needed in one["items"].get("required", []):
                    assert needed in item, (needed, item)


def test_every_path_and_status_of_the_description_is_so(web):
    boss = account(web, "boss", "read,write,moderate,admin,invite,server")
    account(web, "bob")
    account(web, "carol")
    tokens = {"admin": boss, "none": token(web, "bob", "read", "reads"), "bob": None}
    tokens["bob"] = token(web, "bob", "read,write,moderate,admin", "all")
    tokens["writes"] = token(web, "boss", "write", "writes")
    port = web.ports["web"]
    walker = Walker(port, tokens)
    here = web.connect("line")  # somebody to look at, to kick
    here.expect(here.greeting)
    here.send("/login bob bob-password", "/join lab2")
    here.answers()

    api = Api(port, boss)
    for room in ("lab", "gone", "quiet"):
        api.good("POST", "/rooms", {"name": room})
    for text in ("first", "second", "third"):
        api.good("POST", "/rooms/lab/messages", text)
    api.good("POST", "/people/bob/messages", "hello")
    api.good("DELETE", "/rooms/lab/messages/2")
    spare = api.good("POST", "/tokens", {"name": "spare", "scopes": "read"})["id"]
    invited = api.good("POST", "/invitations", {"uses": 3})["id"]
    here.send("/join lab")
    here.answers()

    special = {  # what must be asked in its own way to succeed
        ("DELETE", "/api/v1/rooms/{room}"): {"room": "gone"},
        ("DELETE", "/api/v1/tokens/{token}"): {"token": str(spare)},
        ("DELETE", "/api/v1/invitations/{invitation}"): {"invitation": str(invited)},
        ("DELETE", "/api/v1/rooms/{room}/membership"): {"room": "quiet"},
        ("DELETE", "/api/v1/rooms/{room}/messages/{seq}"): {"seq": "3"},
    }
    bodies = {("POST", "/api/v1/rooms"): {"name": "fresh"}}
    order = {"PUT": 0, "POST": 1, "GET": 2, "PATCH": 3, "DELETE": 4}
    late = [("DELETE", "/api/v1/rooms/{room}/members/{person}")]  # bob is there until then
    rows = sorted(operations(), key=lambda row: (order[row[0]], row[:2] in late))
    rows = [row for row in rows if row[1].startswith("/api/v1") and not row[1].endswith(("events", "schema.json"))]
    for method, path, operation in rows:
        asked = filled(path, **special.get((method, path), {}))
        if "search" in path:
            asked += "?text=first"
        body = bodies.get((method, path), example(operation))
        status, said = walker.ask(method, path, asked, body)
        assert status < 300, (method, asked, status, said)
        if (method, path) == ("PUT", "/api/v1/rooms/{room}/modes/{setting}"):
            walker.ask(method, path, asked, {"value": False})  # bob talks on
        if "client_id" in (body or {}):
            assert walker.ask(method, path, asked, body)[0] == 200  # it was said before
            assert walker.ask(method, path, asked, {**body, "text": "x"})[0] == 409
        if path.endswith("messages") and method == "POST":
            again = {"text": "twice", "client_id": "again" + path[8:13].strip("/")}
            assert walker.ask(method, path, asked, again)[0] == 201
            assert walker.ask(method, path, asked, again)[0] == 200
            assert walker.ask(method, path, asked, {**again, "text": "x"})[0] == 409
            assert walker.ask(method, path, asked, "x" * 70000)[0] == 413
    for method, path, operation in rows:
        asked, body = filled(path), example(operation)
        assert walker.ask(method, path, asked, body, who=None)[0] == 401
        assert walker.ask(method, path, asked + "?nonsense=1", body)[0] == 400
        if "x-scope" in operation:
            who = "writes" if operation["x-scope"] == "read" else "none"
            assert walker.ask(method, path, asked, body, who=who)[0] == 403, (method, path)
        if "404" in operation["responses"]:
            part = "seq" if "{seq}" in path else "room" if "{room}" in path else "person"
            for number in ("token", "invitation"):
                part = number if f"{{{number}}}" in path else part
            numbers = ("seq", "token", "invitation")
            for other in ("words", "network"):
                part = other if f"{{{other}}}" in path and "{room}" not in path else part
            nothing = "99999" if part in numbers else NOBODY
            nothing = "198.51.100.7" if part == "network" else nothing
            assert walker.ask(method, path, filled(path, **{part: nothing}), body)[0] == 404
        if "410" in operation["responses"]:
            assert walker.ask(method, path, filled(path, seq="2"), body)[0] == 410
        if (method, path) == ("POST", "/api/v1/rooms"):
            assert walker.ask(method, path, asked, {"name": "lab"})[0] == 409
        if (method, path) == ("POST", "/api/v1/rooms/{room}/outgoing"):
            while (full := walker.ask(method, path, asked, body)[0]) == 201:
                pass
            assert full == 409
        if path.endswith("/hooks"):
            assert walker.ask(method, path, asked, {"name": "x", "shown": "bob"})[0] == 409

    missing = {}
    for method, path, operation in rows:
        left = set(operation["responses"]) - walker.seen[method, path]
        if left:
            missing[method, path] = left
    assert not missing


def test_the_other_paths_of_the_description_are_so(web):
    boss = account(web, "boss")
    api = Api(web.ports["web"])
    assert api.get("/api/openapi.yaml")[0] == 200
    assert yaml.safe_load(api.get("/api/openapi.yaml")[1]) == SPEC
    assert api.get("/schema.json")[0] == 200
    assert api.refused("GET", "/events") == (401, "token_needed")
    api.close()
    api = Api(web.ports["web"], boss)
    assert api.refused("GET", "/events?nonsense=1")[0] == 400
    api = Api(web.ports["web"], token(web, "boss", "write", "w"))
    assert api.refused("GET", "/events") == (403, "scope")
    assert api.refused("GET", "/nothing") == (404, "path_unknown")
    assert api.refused("DELETE", "/me") == (405, "method_bad")
    assert api.headers["Allow"] == "GET"


def test_what_is_said_by_a_script_is_said_in_the_room_and_nobody_comes(web):
    boss = account(web, "boss")
    ann = web.line("ann")
    api = Api(web.ports["web"], boss)
    said = api.good("POST", "/rooms/lobby/messages", "from a script")
    assert said["seq"] == 1 and said["from"]["name"] == "boss"
    ann.expect("boss: from a script")
    api.good("PATCH", "/rooms/lobby/messages/1", {"text": "from a program"})
    ann.answers()
    page = api.good("GET", "/rooms/lobby/messages")
    assert page["events"][0]["text"] == "from a program" and page["events"][0]["edited"]
    assert [one["name"] for one in api.good("GET", "/people")["people"]] == ["ann"]
    assert [one["name"] for one in api.good("GET", "/rooms/lobby/members")["members"]] == ["ann"]


def test_what_is_sent_again_with_its_key_is_stored_once_also_after_a_restart(web):
    boss = account(web, "boss")
    api = Api(web.ports["web"], boss)
    seq = api.good("POST", "/rooms/lobby/messages", "once", Idempotency_Key="k1")["seq"]
    web.kill()
    web.start()
    api = Api(web.ports["web"], boss)
    assert api.post("/rooms/lobby/messages", "once", Idempotency_Key="k1")[0] == 200
    again = api.good("POST", "/rooms/lobby/messages", "once", Idempotency_Key="k1")
    assert again["seq"] == seq and again["again"]
    assert api.good("GET", "/rooms/lobby/messages")["count"] == 1


def test_one_connection_is_each_time_who_the_token_says(web):
    tokens = [account(web, name) for name in ("ann", "bob")]
    api = Api(web.ports["web"])
    for turn in range(6):
        api.token = tokens[turn % 2]
        assert api.good("GET", "/me")["name"] == ("ann", "bob")[turn % 2]
        said = api.good("POST", "/rooms/lobby/messages", f"turn {turn}")
        assert said["from"]["name"] == ("ann", "bob")[turn % 2]
    api.token = "0" * 32
    assert api.refused("GET", "/me") == (401, "login_wrong")
    api.token = tokens[0]
    assert api.good("GET", "/me")["name"] == "ann"


def test_events_come_live_and_after_a_cut_what_was_missed_and_nothing_twice(web):
    boss, ann = account(web, "boss"), account(web, "ann")
    port = web.ports["web"]
    api = Api(port, ann)
    api.good("POST", "/rooms", {"name": "tea"})
    for room in ("lobby", "tea"):
        Api(port, boss).good("PUT", f"/rooms/{room}/membership")
    events = Events(port, boss)
    api.good("POST", "/rooms/lobby/messages", "one")
    api.good("POST", "/rooms/tea/messages", "two")
    texts = [events.until("message")["text"], events.until("message")["text"]]
    assert texts == ["one", "two"]
    api.good("POST", "/rooms/lobby/messages", "cut")
    events.settle("cut")
    last = events.id
    events.close()
    for turn in range(20):
        api.good("POST", f"/rooms/{('lobby', 'tea')[turn % 2]}/messages", f"missed {turn}")
    web.restart()
    api = Api(port, ann)
    events = Events(port, boss, last)
    got = [events.until("message") for _ in range(20)]
    assert sorted(one["text"] for one in got) == sorted(f"missed {turn}" for turn in range(20))
    by_room = {}
    for one in got:
        by_room.setdefault(one["room"], []).append(one["seq"])
    assert all(numbers == sorted(numbers) for numbers in by_room.values())
    api.good("POST", "/rooms/lobby/messages", "live again")
    assert events.until("message")["text"] == "live again"
    events.close()


def test_a_webhook_is_answered_ok_and_says_it_in_its_room(web):
    boss = account(web, "boss")
    api = Api(web.ports["web"], boss)
    api.good("POST", "/rooms", {"name": "builds"})
    hook = api.good("POST", "/rooms/builds/hooks", {"name": "ci", "shown": "CI"})["token"]
    ann = web.line("ann")
    ann.send("/join builds")
    ann.answers()
    plain = Api(web.ports["web"])
    rich = {
        "text": "build <https://ci.example/7|#7> &lt;red&gt;",
        "username": "boss",
        "channel": "#lobby",
        "attachments": [{"title": "log", "title_link": "https://ci.example/log", "text": "bad"}],
    }
    assert plain.post(f"/hooks/{hook}", rich) == (200, "ok")
    assert plain.headers["Content-Type"].startswith("text/plain")
    message = api.good("GET", "/rooms/builds/messages")["events"][0]
    assert message["from"]["name"] == "CI"
    assert message["text"] == "build #7 (https://ci.example/7) <red>\nlog https://ci.example/log\nbad"
    form = "payload=" + "%7B%22text%22%3A%22a+%2B+b%22%7D"
    kind = "application/x-www-form-urlencoded"
    assert plain.post(f"/hooks/{hook}", form, Content_Type=kind) == (200, "ok")
    assert api.good("GET", "/rooms/builds/messages")["events"][1]["text"] == "a + b"
    assert plain.refused("POST", f"/hooks/{hook}", {"text": ""}) == (400, "no_text")
    assert plain.refused("POST", f"/hooks/{hook}", "[]", Content_Type="application/json")[0] == 400
    assert plain.refused("POST", "/hooks/" + "0" * 32, {"text": "x"})[0] == 401
    api.good("DELETE", "/rooms/builds")
    assert plain.refused("POST", f"/hooks/{hook}", {"text": "x"})[0] == 404


def test_an_invitation_is_a_link_that_lets_somebody_in(make):
    closed = {**QUICK, "accounts": {**QUICK["accounts"], "guests": False, "registration": False}}
    web = make({"web": {}}, closed)
    web.start()
    link = web.ask("invite", "--uses", "1").strip()
    assert re.fullmatch("[0-9a-f]{32}", link)
    web.restart()  # it is kept

    async def hello(name, more):
        async with websockets.connect(f"ws://127.0.0.1:{web.ports['web']}/ws") as client:
            assert json.loads(await client.recv())["type"] == "server"
            await client.send(json.dumps({"type": "hello", "name": name, **more}))
            return json.loads(await client.recv())

    def comes(name, **more):
        return asyncio.run(asyncio.wait_for(hello(name, more), PATIENCE))

    assert comes("ann")["code"] == "no_guests"
    assert comes("ann", invite="0" * 32)["code"] == "invitation_bad"
    assert comes("ann", invite=link)["type"] == "welcome"
    assert comes("eve", invite=link)["code"] == "invitation_bad"


# ---- THREATS ----


def test_t019_a_forwarded_address_is_nobodys_word(web):
    """Who comes from the loopback may say a token in plain text; nobody makes herself that."""
    boss = account(web, "boss")
    api = Api(web.ports["web"], boss)
    assert api.get("/me", X_Forwarded_For="10.1.2.3")[0] == 200
    assert api.get("/me", X_Forwarded_For="127.0.0.1")[0] == 200


def test_t053_a_private_room_is_unknown_to_strangers_byte_for_byte(web):
    boss, eve = account(web, "boss"), account(web, "eve")
    api, other = Api(web.ports["web"], boss), Api(web.ports["web"], eve)
    api.good("POST", "/rooms", {"name": "hidden"})
    api.good("POST", "/rooms/hidden/messages", "secret")
    api.good("PUT", "/rooms/hidden/modes/private", {"value": True})
    number = api.good("GET", "/rooms/hidden")["id"]
    asked = 0
    for method, path, operation in operations():
        if "{room}" not in path or not path.startswith("/api/v1"):
            continue
        body = example(operation)
        extra = "?text=secret" if path.endswith("search") else ""
        for real, none in (("hidden", "absent"), (str(number), str(number + 1000))):
            first = other.ask(method, filled(path, room=real, person="boss", who="boss") + extra, body)
            second = other.ask(method, filled(path, room=none, person="boss", who="boss") + extra, body)
            same = json.dumps(first).replace(real, "X") == json.dumps(second).replace(none, "X")
            assert first[0] == 404 and same, (method, path, first, second)
            asked += 1
    assert asked > 40
    assert all(one["name"] != "hidden" for one in other.good("GET", "/rooms")["rooms"])


def test_t055_a_cursor_that_is_forged_shows_nothing(web):
    boss, eve = account(web, "boss"), account(web, "eve")
    port = web.ports["web"]
    api = Api(port, boss)
    api.good("POST", "/rooms", {"name": "hidden"})
    api.good("POST", "/rooms/hidden/messages", "secret")
    room = api.good("GET", "/rooms/hidden")
    api.good("PUT", "/rooms/hidden/modes/private", {"value": True})
    api.good("POST", "/rooms/lobby/messages", "open")
    other = Api(port, eve)
    other.good("PUT", "/rooms/lobby/membership")
    lobby = other.good("GET", "/rooms/lobby")
    forged = [
        f"{room['id']}.{room['epoch']}.0",
        f"{lobby['id']}.{lobby['epoch']}.99999",
        f"{lobby['id']}.{'0' * 16}.0",
        f"{lobby['id']}.{room['epoch']}.0",
        f"{2**32 + 1}.{lobby['epoch']}.0",
        f"{lobby['id']}.{lobby['epoch']}.-1",
        "x" * 3000,
        ",,,,...,",
    ]
    for cursor in forged:
        events = Events(port, eve, cursor)
        mark = f"live {len(cursor)} {cursor[-4:]}"
        api.good("POST", "/rooms/lobby/messages", mark)
        while True:
            event = events.next()
            assert event.get("text") not in ("secret", "open"), (cursor, event)
            assert event["type"] != "past", event
            if event.get("text") == mark:
                break
        events.close()
    for bound in ("after=-1", f"after={2**64}", "before=x", f"around={2**70}"):
        assert other.refused("GET", f"/rooms/lobby/messages?{bound}") == (400, "number_bad")
    assert other.good("GET", f"/rooms/lobby/messages?after={2**40}")["count"] == 0


def test_t056_a_token_that_was_taken_back_is_good_for_nothing_at_once(web):
    boss = account(web, "boss")
    port = web.ports["web"]
    api = Api(port, boss)
    kinds = {"deleted": None, "password": None}
    for kind in kinds:
        made = api.good("POST", "/tokens", {"name": kind, "scopes": "read,write"})
        held, listens = Api(port, made["token"]), Events(port, made["token"])
        held.good("GET", "/rooms")
        if kind == "deleted":
            api.good("DELETE", f"/tokens/{made['id']}")
        else:
            web.ask("user", "passwd", "boss", "--password-stdin", given="another\n")
        fresh = Api(port, made["token"])
        assert fresh.refused("GET", "/rooms")[0] == 401, kind
        assert listens.until("closed"), kind  # its stream ends
        assert listens.answer.read() is not None
        try:  # and so does the connection that was open, or it is told no
            assert held.refused("GET", "/rooms")[0] == 401, kind
        except (OSError, http.client.HTTPException):
            pass


def test_t057_a_search_is_words_and_never_syntax(web):
    boss = account(web, "boss")
    api = Api(web.ports["web"], boss)
    api.good("POST", "/rooms/lobby/messages", "it's 100% done; DROP TABLE")
    good = ["'%3B+DROP+TABLE+events--", "DROP", "%25_", "%22it's+100%22", "NEAR(DROP)"]
    for text in good:
        status, said = api.get(f"/rooms/lobby/search?text={text}")
        assert status in (200, 400), (text, said)
    assert api.good("GET", "/rooms/lobby/search?text=DROP+TABLE")["count"] == 1
    many = "+OR+".join(f"w{turn}" for turn in range(10000))
    assert api.ask("GET", f"/rooms/lobby/search?text={many}")[0] in (400, 414)


def test_t062_who_runs_one_room_rules_no_other_by_its_number(web):
    boss, eve = account(web, "boss"), account(web, "eve")
    api, other = Api(web.ports["web"], boss), Api(web.ports["web"], eve)
    api.good("POST", "/rooms", {"name": "bosses"})
    other.good("POST", "/rooms", {"name": "eves"})
    other.good("PUT", "/rooms/bosses/membership")
    number = api.good("GET", "/rooms/bosses")["id"]
    for method, path, body in [
        ("PUT", "bans/bob", {}),
        ("PUT", "mutes/boss", {}),
        ("PUT", "modes/moderated", {"value": True}),
        ("PUT", "roles/eve", {"role": "owner"}),
        ("PATCH", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("POST", "hooks", {"name": "x", "shown": "CI"}),
        ("GET", "audit", None),
    ]:
        path = f"/rooms/{number}/{path}".rstrip("/")
        assert other.ask(method, path, body)[0] in (403, 404), (method, path)
        assert other.ask(method, path.replace(str(number), "eves"), body)[0] != 403, path
    audit = api.good("GET", f"/rooms/{number}/audit")["events"]
    assert {"refused-mode", "refused-role", "refused-delete"} <= {row["action"] for row in audit}


def test_t064_an_address_in_what_is_said_is_never_fetched(web):
    """The server opens no connection: neither for a link, nor for what a webhook names."""
    boss = account(web, "boss")
    api = Api(web.ports["web"], boss)
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(1)
        link = f"http://127.0.0.1:{trap.getsockname()[1]}/x"
        mapped = link.replace("127.0.0.1", "[::ffff:7f00:1]")
        api.good("POST", "/rooms/lobby/messages", f"look {link} {mapped}")
        api.good("POST", "/rooms", {"name": "lab"})
        hook = api.good("POST", "/rooms/lab/hooks", {"name": "ci", "shown": "CI"})["token"]
        payload = {"text": f"<{link}|x>", "icon_url": link, "response_url": link}
        payload["attachments"] = [{"image_url": link, "title": "t", "title_link": mapped}]
        assert Api(web.ports["web"]).post(f"/hooks/{hook}", payload) == (200, "ok")
        with pytest.raises(socket.timeout):
            trap.accept()


def test_t065_a_cookie_proves_nothing_and_a_flood_of_requests_waits(web):
    boss = account(web, "boss")
    api = Api(web.ports["web"])
    status = api.refused("POST", "/rooms/lobby/messages", "x", Cookie=f"token={boss}")
    assert status == (401, "token_needed")
    with socket.create_connection(("127.0.0.1", web.ports["web"]), timeout=PATIENCE) as flood:
        one = (
            "GET /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {boss}\r\n\r\n"
        ).encode()
        count = 2000
        flood.sendall(one * count)
        got = b""
        while got.count(b"HTTP/1.1 200") < count:
            some = flood.recv(65536)
            assert some, got[-300:]
            got += some
    if SLOW < 4:  # ThreadSanitizer keeps several bytes for each
        assert web.status("VmRSS") < 400000  # kB


def test_t065_an_account_has_one_bucket_for_all_its_connections(serve):
    """A burst of 5, then 10 a second: it is the account that waits, not the connection."""
    throttle = {"exempt": [], "burst": 5, "commands_per_second": 10, "connections_per_10_minutes": 0}
    web = serve({"web": {}, "line": {}}, {**QUICK, "throttle": throttle})
    boss, other = account(web, "boss"), account(web, "other")
    apis = [Api(web.ports["web"], boss) for _ in range(4)]
    stranger = Api(web.ports["web"], other)
    stranger.good("GET", "/me")
    began = time.monotonic()
    for n in range(32):
        apis[n % 4].good("GET", "/me")
    took = time.monotonic() - began
    assert took > 2.5, took  # 27 above the burst; each connection by itself would take 0.3 s
    began = time.monotonic()
    stranger.good("GET", "/me")
    assert time.monotonic() - began < took


def test_invitations_are_made_listed_and_revoked_by_who_was_given_that_at_the_machine(serve):
    web = serve({"web": {}}, QUICK)
    boss = Api(web.ports["web"], account(web, "boss"))
    assert boss.refused("POST", "/invitations", {}) == (403, "scope")
    assert boss.refused("POST", "/tokens", {"name": "more", "scopes": "invite"})[0] == 403
    desk = Api(web.ports["web"], token(web, "boss", "invite", "desk"))
    made = desk.good("POST", "/invitations", {"uses": 2, "days": 1})
    (one,) = desk.good("GET", "/invitations")["invitations"]
    assert one["id"] == made["id"] and one["uses"] == 2
    assert web.ask("invite", "list").split("\t")[:2] == [str(one["id"]), "2"]
    assert made["token"] not in web.ask("invite", "list")
    web.ask("invite", "--days", "3")
    assert len(desk.good("GET", "/invitations")["invitations"]) == 2
    web.ask("invite", "revoke", str(one["id"]))
    desk.good("DELETE", f"/invitations/{desk.good('GET', '/invitations')['invitations'][0]['id']}")
    assert desk.good("GET", "/invitations") == {"invitations": []}
    assert desk.refused("DELETE", f"/invitations/{one['id']}")[0] == 404
    assert "unknown word" in web.refused("invite", "3", code=64)
