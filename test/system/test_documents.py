"""Every command that a document shows is run as it stands there, one document after the other from
its top: a reader who types them gets what she was promised.

A document is played on a *stage*: a folder that stands for /, a server on a port of its own in place
of 7070, and a few programs (CAST) in place of those that would not end or would change this machine.
What only a whole system can show (ELSEWHERE) is run by test/tools/package in a Debian tree."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from client import PARLANCE, PATIENCE, SLOW
from server import ENVIRONMENT, free_port, run

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "doc").rglob("*.md")])

pytestmark = pytest.mark.skipif(SLOW > 1, reason="nothing that a sanitizer would see")

# Commands that are not run here, as they stand, and why.
ELSEWHERE = {
    "./dev test": "this test is a part of it",
    "./dev test --long": "the same",
    "./dev bench": "takes minutes; `bench all` of a second each is run by test_clients.py",
    "./dev bench all --rounds 3 --seconds 2": "takes minutes",
    "./dev package": "run by test/tools/package",
}
SYSTEM = {  # programs whose commands test/tools/package reads out of the documents and runs
    "apt-get": "changes the system",
    "docker": "may not be there; the steps of the Dockerfile are run",
}

CAST = {
    # What is typed by hand, with somebody who types.
    "nc": 'printf "%s\\n" visitor "hello everybody" | timeout {patience} /usr/bin/nc -q 1 "$@"',
    # An answer that is an error is one; the end that -m sets a stream is none.
    "curl": '/usr/bin/curl --fail-with-body "$@" || [ $? = 28 ]',
    "sudo": '[ "$1" != -u ] || shift 2\nexec "$@"',
    "parlance": """case "$1 $*" in
serve* | check-config* | version* | *--config* | *--data*) ;;
*) [ -d parlance-data ] || set -- "$@" --config {stage}/etc/parlance/parlance.conf ;;
esac
case "$*" in
serve*) exec server {parlance} "$@" ;;
*--password-stdin*) exec {parlance} "$@" ;;
"user add"* | "user passwd"*) echo "correct horse" | exec {parlance} "$@" --password-stdin ;;
*) exec timeout {patience} {parlance} "$@" ;;
esac""",
    "dev": """case "$1 $*" in
*--listen*) exec server {root}/dev "$@" ;;
run*) exec server {root}/dev "$@" --listen auto://127.0.0.1:{port} ;;
*) exec {root}/dev "$@" ;;
esac""",
    # The unit, as far as it is about one process.
    "systemctl": """stop() {{ kill "$(tail -n 1 {stage}/pids)"; sleep 0.2; }}
start() {{ parlance serve --config {stage}/etc/parlance/parlance.conf; }}
case "$*" in
"stop parlance") stop ;;
"start parlance" | "enable --now parlance") start ;;
"restart parlance") stop && start ;;
"reload parlance") kill -HUP "$(tail -n 1 {stage}/pids)" ;;
*) exit 1 ;;
esac""",
    "install": """for word; do
    shift
    case $word in -o | -g | parlance) ;; *) set -- "$@" "$word" ;; esac
done
exec /usr/bin/install "$@" """,
    # A server that goes on: comes back when it listens.
    "server": """[ ! -f {stage}/pids ] || kill "$(tail -n 1 {stage}/pids)" 2>/dev/null && sleep 0.5
"$@" >{stage}/log 2>&1 &
echo $! >>{stage}/pids
for _ in $(seq 1200); do
    ! grep -q 'event="started"' {stage}/log || exit 0
    kill -0 $! || break
    sleep 0.05
done
cat {stage}/log >&2
exit 1""",
}


def blocks(text):
    """(line, language, text) of each fenced block."""
    rows = text.split("\n")
    number = 0
    while number < len(rows):
        fence = re.fullmatch(r"```(\w*)", rows[number])
        number += 1
        if fence:
            end = rows.index("```", number)
            yield number + 1, fence.group(1), "\n".join(rows[number:end]) + "\n"
            number = end + 1


def is_elsewhere(row):
    command = row.partition("#")[0].strip().removeprefix("sudo ")
    return command in ELSEWHERE or command.partition(" ")[0] in SYSTEM


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.ports = {"7070": free_port(), "3000": free_port(), "6697": free_port()}
        for name in ("bin", "home", "etc/parlance", "var/lib", "var/backups"):
            (folder / name).mkdir(parents=True)
        fills = {
            "stage": folder,
            "parlance": os.path.abspath(PARLANCE),
            "root": ROOT,
            "patience": PATIENCE,
            "port": self.ports["7070"],
        }
        for name, script in CAST.items():
            path = (self.home if name == "dev" else folder / "bin") / name
            path.write_text(f"#!/bin/sh\nset -u\n{script.format(**fills)}\n")
            path.chmod(0o755)
        (self.home / "packaging").symlink_to(ROOT / "packaging")
        config = (ROOT / "packaging/parlance.conf").read_text()
        config = config.replace('data = "./parlance-data" ', 'data = "/var/lib/parlance"')
        self.config = folder / "etc/parlance/parlance.conf"
        self.config.write_text(self.moved(config))
        self.env = {
            **ENVIRONMENT,
            "HOME": str(self.home),
            "PATH": f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "SERVER": f"http://127.0.0.1:{self.ports['7070']}",
        }

    def moved(self, text):
        """With ports and places of the stage."""
        for port, own in self.ports.items():
            text = re.sub(rf"\b{port}\b", str(own), text)
        return re.sub(r"(?<![\w./:-])/(etc|var)/", rf"{self.folder}/\1/", text)

    def serve(self):
        """An installed server, with an account and rooms."""
        self.play(["parlance serve --config /etc/parlance/parlance.conf"])
        own = ("--config", self.config)
        assert run("user", "add", "alice", *own, "--password-stdin", given="pw\n").returncode == 0
        token = run("token", "add", "alice", "all", "read,write,moderate", *own).stdout.split()[0]
        self.env.update(TOKEN=token)
        make = f"curl -sS -H 'Authorization: Bearer {token}' -d '{{\"name\": \"lab\"}}'"
        self.play([f"{make} -H 'Content-Type: application/json' $SERVER/api/v1/rooms"])
        hook = run("token", "hook", "alice", "tests", "lab", "CI", *own).stdout.split()[0]
        self.env.update(HOOK=hook)

    def play(self, pieces):
        """One shell runs them all; what the last of them printed, where all succeed."""
        script = "set -eu\n" + self.moved("\n".join(pieces))
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.home,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20 * PATIENCE,
            check=False,
        )
        shown = done.stdout + done.stderr
        assert done.returncode == 0, f"ended with {done.returncode}: {shown[-2000:]}"
        return shown

    def end(self):
        pids = self.folder / "pids"
        for pid in pids.read_text().split() if pids.exists() else ():
            subprocess.run(["kill", pid], stderr=subprocess.DEVNULL, check=False)


@pytest.fixture
def stage(tmp_path):
    one = Stage(tmp_path / "stage")
    yield one
    one.end()


def pieces(path):
    """The shell blocks of a document, each behind its place; commands of ELSEWHERE left out."""
    for line, language, text in blocks(path.read_text()):
        if language != "sh":
            continue
        rows = re.sub(r"\\\n\s*", "", text).split("\n")
        here = "\n".join(row for row in rows if not is_elsewhere(row))
        if here.strip():
            yield f"echo '-- {path.name}:{line}'\n{here}"


def play(stage, path):
    found = list(pieces(path))
    if found and path.name != "README.md":  # that one starts its own
        stage.serve()
    return stage.play(found)


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if list(pieces(path))], ids=lambda path: path.name
)
def test_the_commands_of_a_document_work(stage, path):
    play(stage, path)


def test_a_wrong_command_in_a_document_is_found(stage, tmp_path):
    stage.serve()
    stage.env["PATH"] = f"{stage.folder / 'bin'}:/usr/bin:/bin"
    path = tmp_path / "wrong.md"
    for wrong in (
        "parlance user lits",
        "parlance user list --confg x",
        "curl -sS $SERVER/api/v1/nothing",
        "nc 127.0.0.1 7071",
        "./dev buidl",
        "./dev bench all --rounds 3000",
        "cat /etc/parlance/parlance.cfg",
        "parlanc version",
    ):
        path.write_text(f"# A page\n\n```sh\nparlance version\n{wrong} # as it may be\n```\n")
        with pytest.raises(AssertionError, match="ended with"):
            stage.play(list(pieces(path)))


def test_no_command_stands_outside_of_a_block_that_is_run():
    """Commands stand in blocks marked `sh`, settings in those marked `conf`."""
    command = re.compile(
        r"^\s*(\$ |sudo |parlance [a-z]|\./dev |curl |docker |apt-get |systemctl )", re.M
    )
    for path in DOCUMENTS:
        text = path.read_text()
        for line, language, block in blocks(text):
            assert language == "sh" or not command.search(block), (path.name, line)
        outside = re.sub(r"```.*?\n```", "", text, flags=re.S)
        for row in outside.split("\n"):
            assert not (row.startswith("    ") and command.match(row)), (path.name, row)


def usage(words):
    """What --help says of a subcommand, and of the one behind it."""
    first = run(words[0], "--help").stdout
    second = words[1] if len(words) > 1 and re.search(rf"^  {words[1]} ", first, re.M) else None
    return first + (run(words[0], second, "--help").stdout if second else "")


def test_what_is_said_of_a_subcommand_in_passing_is_so():
    """`parlance user add` in a sentence: there is such a command, with such options."""
    names = re.findall(r"^  ([a-z-]+) ", run("--help").stdout, re.M)
    said = {
        (path.name, words)
        for path in DOCUMENTS
        for words in re.findall(r"`(?:build/)?parlance ([^`]+)`", path.read_text())
    }
    assert len(said) > 10
    for name, words in sorted(said):
        words = words.split()
        assert words[0] in names or words[0].startswith("-"), (name, words)
        for option in [word for word in words[1:] if word.startswith("--")]:
            assert option in usage(words), (name, words)


def test_settings_that_a_document_shows_are_accepted(stage):
    shown = [
        (path, line, text)
        for path in DOCUMENTS
        for line, language, text in blocks(path.read_text())
        if language == "conf"
    ]
    assert shown
    for path, line, text in shown:
        file = stage.folder / "shown.conf"
        file.write_text(stage.moved(text))
        for name in re.findall(r'"([^"]+\.pem)"', file.read_text()):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            if not Path(name).exists():
                certificate(Path(name).parent)
        done = run("check-config", file)
        assert done.returncode == 0, (path.name, line, done.stderr)


def certificate(folder):
    """fullchain.pem and privkey.pem."""
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run(
        [*words.split(), "-subj", "/CN=chat.example.org", *files], check=True, capture_output=True
    )


def test_what_a_document_points_to_is_there():
    for path in DOCUMENTS:
        text = re.sub(r"```.*?\n```", "", path.read_text(), flags=re.S)
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert (path.parent / target).exists(), (path.name, target)
