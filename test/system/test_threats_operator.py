"""What an operator can do wrong, and the machine under it (THREATS 68, 69, 70, 73, 83, 96)."""

import os
import re
import signal
import subprocess
import threading
import time

import pytest

from client import PATIENCE, SLOW
from server import free_port
from test_tls import certificate

LONG = "PARLANCE_LONG" in os.environ

WRONG = [
    ('server { name = "x" ', "parlance.conf:"),  # ends inside a section
    ("server { nmae = \"x\" }", "nmae"),
    ("server { workers = many }", "workers"),
    ('timeouts { registration_seconds = "5 s" }', "registration_seconds"),
    ("server { workers = 1 workers = 2 }", "workers"),
    ('include("parlance.conf")', "parlance.conf:1"),
    ("server { name = \"a\0b\" }", "NUL"),
    ("# " + "x" * (10 << 20), "1048576"),
]


@pytest.mark.parametrize("wrong, named", WRONG, ids=range(len(WRONG)))
def test_t068_a_wrong_configuration_is_refused_whole(make, wrong, named):
    server = make({"line": {}})
    right = server.config.read_text()
    server.config.write_text(wrong)
    server.spawn()
    assert server.process.wait(PATIENCE) == 78
    server.process = None
    said = server.log()
    assert named in said and "parlance.conf" in said, said[:500]
    server.config.write_text(right)
    server.start()
    alice = server.line("alice")
    server.config.write_text(wrong)
    server.signal(signal.SIGHUP)
    server.wait_for_log("event=.reload refused")
    server.line("bob")  # the old one stays in force
    alice.say("still here")


DANGEROUS = [
    ('listen "x" { address = "127.0.0.1:1" proxy_from = {"0.0.0.0/0"} }', "anybody could claim"),
    ('listen "x" { address = "127.0.0.1:1" forwarded_from = {"::/0"} }', "anybody could claim"),
    ('oper "root" { password = "" }', "anybody could become an administrator"),
    ('oper "root" { password_file = "PATH" }', "every user of this machine"),
    ('server { tls_cert = "PATH" tls_key = "PATH" }', "every user of this machine"),
]


@pytest.mark.parametrize("wrong, said", DANGEROUS, ids=range(len(DANGEROUS)))
def test_t069_what_would_open_the_door_is_refused(make, tmp_path, wrong, said):
    readable = tmp_path / "secret"
    readable.write_text("a secret\n")
    readable.chmod(0o644)
    server = make({"line": {}})
    server.config.write_text(wrong.replace("PATH", str(readable)))
    server.spawn()
    assert server.process.wait(PATIENCE) == 78
    server.process = None
    assert said in server.log(), server.log()


def test_t070_reloads_under_load_lose_nothing(make, tmp_path):
    """Listeners come and go, limits are halved and doubled, the certificate changes, while two
    people talk: every message arrives once and in order, and no descriptor is left over."""
    certs = [certificate(tmp_path / name, "one.example") for name in ("a", "b")]
    for made, beside in zip(certs[1], certs[0]):
        os.rename(made, beside + ".b")
    server = make({"line": {}, "irc": {"tls_cert": [certs[0][0]], "tls_key": [certs[0][1]]}})
    server.start()
    alice, bob = server.line("alice"), server.line("bob")
    bob.socket.settimeout(PATIENCE * 4)
    ended = threading.Event()
    said = 0

    def talk():
        nonlocal said
        while not ended.is_set():
            alice.say(f"number {said}")
            said += 1
            time.sleep(0.002)

    talker = threading.Thread(target=talk)
    talker.start()
    before = None
    extra = free_port()
    text = server.config.read_text()
    for turn in range(1000 if LONG else 12):
        changed = text
        if turn % 2:
            changed += f'listen "more" {{ address = "127.0.0.1:{extra}" dialect = "line" }}\n'
            changed += "limits { outbox_hard = 524288 monitor_entries = 50 }\n"
            changed = changed.replace("tls-cert.pem", "tls-cert.pem.b")
            changed = changed.replace("tls-key.pem", "tls-key.pem.b")
        server.config.write_text(changed)
        server.signal(signal.SIGHUP)
        server.wait_for(lambda n=turn: server.log().count('event="reloaded"') > n, "a reload", 20)
        if turn == 1:
            before = server.open_files()
    ended.set()
    talker.join()
    got = []
    while len(got) < said:
        line = bob.line_bytes().decode()
        if "alice: number" in line:
            got.append(int(line.rsplit(" ", 1)[1]))
    assert got == list(range(said))
    server.wait_for(lambda: server.open_files() <= before, f"{before} descriptors")


def test_t073_sslscan_finds_what_was_agreed_on(make, tmp_path):
    cert = certificate(tmp_path / "c", "one.example")
    server = make({"irc": {"tls_cert": [cert[0]], "tls_key": [cert[1]]}})
    server.start()
    done = subprocess.run(
        ["sslscan", "--no-colour", "--no-check-certificate", f"127.0.0.1:{server.ports['irc']}"],
        capture_output=True, text=True, timeout=120, check=False,
    )
    scan = done.stdout
    enabled = re.findall(r"^(SSLv\d|TLSv[\d.]+) +enabled", scan, re.MULTILINE)
    assert enabled == ["TLSv1.2", "TLSv1.3"], scan
    ciphers = set(re.findall(r"^(?:Preferred|Accepted) +TLSv[\d.]+ +\d+ bits +(\S+)", scan, re.M))
    modern = re.compile(r"TLS_(AES|CHACHA20)|ECDHE-.*(GCM|CHACHA20)")
    assert ciphers and all(modern.match(cipher) for cipher in ciphers), ciphers
    assert "Session renegotiation not supported" in scan and "Compression enabled" not in scan
    assert scan.count("not vulnerable to heartbleed") == 2, scan
    scan = scan[scan.index("Key Exchange Group") :]
    groups = set(re.findall(r"^TLSv1.3 +\d+ bits +(\S+)", scan, re.MULTILINE))
    assert groups <= {"secp256r1", "secp384r1", "x25519"} and "x25519" in groups, groups


@pytest.mark.parametrize("what", ["data", "parlance.db", "log"])
def test_t083_a_link_where_the_server_writes_is_refused(make, tmp_path, what):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("precious\n")
    server = make({"line": {}})
    if what == "data":
        server.data.symlink_to(elsewhere)
    elif what == "log":
        server.sections["log"] = {"target": server.folder / "server.log"}
        (server.folder / "server.log").symlink_to(elsewhere / "file")
        server.write_config()
    else:
        server.data.mkdir()
        (server.data / what).symlink_to(elsewhere / "file")
    server.spawn()
    assert server.process.wait(PATIENCE) in (73, 78), server.log()
    server.process = None
    assert (elsewhere / "file").read_text() == "precious\n"
    assert [path.name for path in elsewhere.iterdir()] == ["file"]


def test_t096_a_server_that_was_stopped_disconnects_nobody(make):
    server = make({"line": {}, "irc": {}}, sections={"timeouts": {"ping_seconds": 1}})
    server.start()
    people = [server.line(f"person{i}") for i in range(40)]
    server.signal(signal.SIGSTOP)
    time.sleep(3 * SLOW if SLOW <= 2 else 4)
    for person in people[1:]:
        person.say("said meanwhile")
    server.signal(signal.SIGCONT)
    heard = 0
    while heard < 39:
        heard += b"said meanwhile" in people[0].line_bytes()
    for person in people:
        person.say("still here")
