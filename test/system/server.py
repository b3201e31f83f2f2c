"""A server of its own for each test: its configuration, its ports, its life."""

import atexit
import mmap
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from client import DIALECTS, PARLANCE, PATIENCE, SLOW, Client

SANITIZER = re.compile("(Address|Thread|Leak|UndefinedBehavior)Sanitizer|runtime error:")


# What is meant for the tests is no setting of a server.
ENVIRONMENT = {
    key: value for key, value in os.environ.items() if key not in ("PARLANCE_LONG", "PARLANCE_SLOW")
}
# ThreadSanitizer would sleep for a second at each end.
ENVIRONMENT["TSAN_OPTIONS"] = os.environ.get("TSAN_OPTIONS", "") + ":atexit_sleep_ms=0"


PORTS = list(range(20000, 32000))  # below those that the kernel gives to clients
random.shuffle(PORTS)
TAKEN = []  # of the test that runs


def forget_ports():
    """Other runs may have them: at the end of a test."""
    for name in TAKEN:
        name.close()
    TAKEN.clear()


def free_port():
    """One that no test has had here, nor has now in another run of tests at the same time: each keeps
    a socket of the port's name (unix(7), abstract) until its end."""
    while True:
        port = PORTS.pop()
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0parlance-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        TAKEN.append(name)
        return port


def is_listening(port):
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(row.split()[1:4:2] == [f"0100007F:{port:04X}", "0A"] for row in table)


def quoted(value):
    """A value as the configuration file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(quoted(item) for item in value) + "}"
    return str(value) if isinstance(value, int) else f'"{value}"'


def section(head, settings):
    rows = "".join(f"    {key} = {quoted(value)}\n" for key, value in settings.items())
    return f"{head} {{\n{rows}}}\n"


def run(*words, cwd=None, env=None, given=None):
    """A subcommand that ends by itself. `given`: its standard input."""
    return subprocess.run(
        [os.path.abspath(PARLANCE), *map(str, words)],
        cwd=cwd,
        env={**ENVIRONMENT, **(env or {})},
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )


class Server:
    """`listeners`: title -> settings; the dialect is the title where none is given.
    `sections`: the other sections of the configuration file."""

    def __init__(self, folder, listeners, sections=None, env=None, args=()):
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "parlance.conf"
        self.log_path = folder / "log"
        self.listeners = {
            title: {"dialect": title, **settings} for title, settings in listeners.items()
        }
        self.ports = {title: free_port() for title in listeners}
        self.sections = {"server": {"data": self.data}}
        for name, rows in (sections or {}).items():
            self.sections.setdefault(name, {}).update(rows)
        self.env = {**ENVIRONMENT, **(env or {})}
        self.args = args
        self.wrap = ()  # words before the server's own, as of prlimit
        self.stderr = None  # the log's own file unless given
        self.process = None
        self.clients = []
        self.log_begin = 0
        self.write_config()

    def write_config(self):
        text = "".join(section(name, rows) for name, rows in self.sections.items())
        for title, settings in self.listeners.items():
            address = f"127.0.0.1:{self.ports[title]}"
            text += section(f'listen "{title}"', {"address": address, **settings})
        self.config.write_text(text)

    def spawn(self, **options):
        with open(self.log_path, "ab") as log:
            self.log_begin = log.tell()
            self.process = subprocess.Popen(
                [*self.wrap, os.path.abspath(PARLANCE), "serve", "--config", self.config]
                + list(self.args),
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.stderr or log,
                **options,
            )

    def start(self):
        """Returns once it listens. Returns the seconds which that took."""
        begin = time.monotonic()
        self.spawn()
        for port in self.ports.values():
            self.wait_for(lambda port=port: is_listening(port), "it to listen")
        return time.monotonic() - begin

    def wait_for(self, condition, what, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while not condition():
            ended = self.process.poll()
            assert ended is None, f"ended with {ended}: {self.log()[-2000:]}"
            assert time.monotonic() < deadline, f"waited for {what}: {self.log()[-2000:]}"
            time.sleep(0.002)

    def log(self):
        """What it has said since its last start."""
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(self.log_begin)
            return log.read()

    def wait_for_log(self, pattern):
        self.wait_for(lambda: re.search(pattern, self.log()), f"{pattern!r} in the log")

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, patience=PATIENCE + 5):
        """How it ended; no sanitizer may have complained."""
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"does not end: {self.log()[-2000:]}") from None
        self.process = None
        complaint = SANITIZER.search(self.log())
        assert not complaint, self.log()[complaint.start() - 200 :][:4000]
        return status

    def stop(self):
        """The seconds that a stop in good order took."""
        begin = time.monotonic()
        self.signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, f"ended with {status}: {self.log()[-2000:]}"
        return time.monotonic() - begin

    def ask(self, *words, given=None):
        """A subcommand in its folder that succeeds; what it prints."""
        done = run(*words, "--config", self.config, cwd=self.folder, given=given)
        assert done.returncode == 0, (words, done.returncode, done.stderr)
        assert done.stderr == "", done.stderr
        return done.stdout

    def refused(self, *words, code=1, given=None):
        """One that is refused; why."""
        done = run(*words, "--config", self.config, cwd=self.folder, given=given)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        assert done.stderr.startswith("parlance"), done.stderr
        return done.stderr

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        self.start()

    def end(self):
        """However the test left it. Kills without a check what a test has stopped."""
        for client in self.clients:
            client.close()
        if self.process:
            self.stop()

    def connect(self, title, **options):
        client = DIALECTS.get(self.listeners[title]["dialect"], Client)(
            self.ports[title], **options
        )
        if self.listeners[title].get("eol") == "lf":
            client.eol = "\n"
        if self.listeners[title].get("greeting") is False:
            client.greeting = None
        self.clients.append(client)
        return client

    def enter(self, title, *who):
        """Somebody who has said who she is, with nothing unread."""
        return self.connect(title).enter(*who)

    def line(self, name):
        return self.enter("line", name)

    def friendly(self):
        return self.enter("friendly")

    def pipe(self, number, text="hi"):
        return self.enter("pipe", number, text)

    def dollar(self, name):
        return self.enter("dollar", name)

    def auto(self, name):
        return self.enter("auto", name)

    def status(self, key):
        """A number of /proc/PID/status: VmRSS (kB), Threads."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(row.split()[1]) for row in status if row.startswith(key + ":"))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bystander:
    """A process that wants a processor a moment in each 5 ms, and nothing else: for how long this
    machine had none for it is not the server's doing."""

    PROGRAM = (
        "import mmap, struct, sys, time\n"
        "late = mmap.mmap(int(sys.argv[1]), 8)\n"
        "total = 0\n"
        "while True:\n"
        "    due = time.monotonic() + 0.005\n"
        "    time.sleep(0.005)\n"
        "    total += max(0, time.monotonic() - due - 0.001)\n"
        "    late[:] = struct.pack('d', total)\n"
    )

    def __init__(self):
        file = os.memfd_create("late")
        os.truncate(file, 8)
        self.late = mmap.mmap(file, 8)
        program = [sys.executable, "-c", self.PROGRAM, str(file)]
        self.process = subprocess.Popen(program, pass_fds=[file])
        os.close(file)
        atexit.register(self.process.kill)

    def waited(self):
        """Seconds, of all its life."""
        return struct.unpack("d", self.late[:])[0]


class Canary:
    """Somebody in a room of her own who must be answered in time whatever others do."""

    bystander = None  # one for all tests

    def __init__(self, server):
        Canary.bystander = Canary.bystander or Bystander()
        self.client = server.line("canary")
        self.client.send("/join cage", "/leave lobby")
        self.client.answers()
        self.slowest = 0

    def sings(self):
        begin, withheld = time.monotonic(), self.bystander.waited()
        self.client.sync()
        took = time.monotonic() - begin
        if took > 0.05:
            time.sleep(0.02)  # the bystander may still be waiting
        took -= self.bystander.waited() - withheld
        self.slowest = max(self.slowest, took)
        assert took < 0.1 * SLOW, f"the canary waited {took:.3f} s"
