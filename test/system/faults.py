"""faults.py [--seconds N] [--most N] [--seed N] [--only PHASE] [--call NAME]: every allocation and
system call of the server fails in its turn, once and for good (test/hooks/failpoints.c counts them).

Each run is one server: it starts, some people talk, it is told to end. However that went, no call
may have ended it by a signal or left it hanging; what anybody saw is in the data folder afterwards,
once and in its order, and the folder can be loaded. Without --seconds and --most all are walked;
--most N: so many, at random, of each name, errno and phase, fewer where there are fewer."""

import argparse
import errno
import mmap
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server import SANITIZER, Server

SOURCE = Path(__file__).parent.parent / "hooks/failpoints.c"
NAMES = (
    "malloc calloc realloc mmap open read pread write pwrite fsync fdatasync ftruncate fallocate "
    "fstat fstatvfs mkdir unlink fcntl socket bind listen setsockopt accept recv recvmsg send "
    "sendmsg writev epoll_create epoll_ctl epoll_wait eventfd thread random"
).split()
HALF = 0  # half of it is done
WRITES = [errno.EIO, errno.ENOSPC, errno.EDQUOT, HALF]
ERRNOS = {
    **dict.fromkeys(["malloc", "calloc", "realloc", "mmap", "epoll_ctl"], [errno.ENOMEM]),
    **dict.fromkeys(["pwrite", "write"], WRITES),
    **dict.fromkeys(["fsync", "fdatasync"], [errno.EIO, errno.EDQUOT]),
    **dict.fromkeys(["ftruncate", "mkdir"], [errno.EIO]),
    **dict.fromkeys(["read", "pread"], [errno.EIO, HALF]),
    **dict.fromkeys(["open", "socket", "accept", "eventfd", "epoll_create"], [errno.EMFILE]),
    **dict.fromkeys(["recv", "send"], [errno.ECONNRESET, HALF]),
    **dict.fromkeys(["recvmsg", "sendmsg", "writev"], [errno.ECONNRESET]),
    **dict.fromkeys(["epoll_wait"], [errno.EINTR]),
    **dict.fromkeys(["thread"], [errno.EAGAIN]),
    **dict.fromkeys(["fallocate", "fstatvfs"], [errno.ENOSPC]),
    **dict.fromkeys(["bind"], [errno.EADDRINUSE]),
}
# For good these leave nothing that could still say anything: once only.
ONCE_ONLY = {"epoll_wait"}
PHASES = ("fresh", "again", "talk")  # an empty folder, one that a kill has left, while people talk
CODES = {0, 1, 64, 69, 73, 74, 78}
# Libraries that crash or turn in circles themselves without memory. They are used at start, before
# anybody can have been heard; told apart by whose call it was that failed first.
FRAGILE = ("libseccomp", "libconfuse")
NEVER = {"random"}  # at most 256 bytes at a time, which the kernel always gives (getrandom(2))
PATIENCE = 12


class Board:
    """The shared page by which calls are counted and made to fail."""

    def __init__(self, path):
        path.write_bytes(bytes(8 * (6 + len(NAMES)) + 64))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def put(self, at, *numbers):
        struct.pack_into(f"{len(numbers)}Q", self.memory, 8 * at, *numbers)

    def clear(self):
        self.memory[:] = bytes(len(self.memory))

    def arm(self, name, at, for_good, how):
        self.put(1, NAMES.index(name), at, for_good, how)
        self.put(0, 1)

    def counts(self):
        return struct.unpack_from(f"{len(NAMES)}Q", self.memory, 48)

    def caller(self):
        return self.memory[-64:].split(b"\0")[0].decode()

    def hits(self):
        return struct.unpack_from("Q", self.memory, 40)[0]


class Person:
    """A connection that survives whatever happens to it. `seen`: all that came."""

    def __init__(self, port):
        self.seen = b""
        self.socket = socket.socket()
        self.socket.settimeout(0.5)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            pass

    def say(self, line, until):
        """Until a line with `until` comes, or nothing more does."""
        begin = len(self.seen)
        try:
            self.socket.sendall(line.encode() + b"\n")
            while until.encode() not in self.seen[begin:]:
                some = self.socket.recv(65536)
                if not some:
                    return
                self.seen += some
        except OSError:
            pass

    def rest(self):
        self.socket.settimeout(0.05)
        self.say("", "\x00never")


def build_shim(folder):
    shim = folder / "failpoints.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-o", shim, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return shim


class Faults:
    def __init__(self, folder, shim):
        self.folder, self.shim, self.number, self.left = folder, shim, 0, None
        self.board = Board(folder / "board")

    def server(self, phase):
        self.number += 1
        if phase == "fresh" or not self.left or self.number % 40 == 0:
            self.left = self.folder / f"server-{self.number}"
        server = Server(
            self.left, {"auto": {}, "pipe": {}}, {"accounts": {"password_cost": "minimum"}}
        )
        server.env["PARLANCE_TEST_FAILPOINTS"] = str(self.folder / "board")
        server.env["LD_PRELOAD"] = str(self.shim)
        server.log_path.unlink(missing_ok=True)
        return server

    def talk(self, server):
        """Some of everything. Returns who heard what."""
        word = f"w{self.number}"
        ann, bob = (Person(server.ports["auto"]) for _ in range(2))
        phone = Person(server.ports["pipe"])
        ann.say("ann", "\n")
        bob.say("bob", "bob")
        ann.say("/register secret", "account")
        phone.say("100|5|hi", "hi")
        for number in range(3):
            phone.say(f"100|5|{word}-{number}", f"{word}-{number}")
            ann.say(f"{word}-1{number}", "\n")
        ann.say(f"/topic {word}", "topic")
        ann.say("/history 5", "\n")
        ann.say(f"/search {word}", "\n")
        web = Person(server.ports["auto"])
        web.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r", "\r\n\r\n")
        for person in (ann, bob, phone):
            person.rest()
            person.socket.close()
        web.socket.close()
        return bob, phone

    def ended(self, server, fault):
        """Told to end; however it does, neither by a signal nor not at all."""
        if server.process.poll() is None:
            server.signal(signal.SIGTERM)
        try:
            code = server.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
            if self.is_fragile():
                return self.board.caller()
            raise AssertionError(f"{fault} in {self.board.caller()}: hangs: {server.log()[-600:]}") from None
        self.log = log = server.log()
        if code < 0 and self.is_fragile():
            return self.board.caller()
        assert code in CODES, f"{fault} in {self.board.caller()}: ended with {code}: {log[-600:]}"
        assert code == 0 or log, f"{fault}: ended with {code} and said nothing"
        assert not SANITIZER.search(log), f"{fault}: {log[-3000:]}"
        return code

    def is_fragile(self):
        return self.board.caller().startswith(FRAGILE)

    def is_kept(self, server, people, fault):
        """The folder is loaded, and holds what was seen: once, in its order."""
        if not (server.data / "parlance.db").exists():
            assert not people
            return
        command = [os.path.abspath(os.environ.get("PARLANCE", "build/parlance")), "export"]
        done = subprocess.run(
            [*command, "--config", server.config], capture_output=True, text=True, timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{fault}: cannot be loaded: {done.stderr}"
        kept = re.findall(rf'"text":"(w{self.number}-[0-9]+)"', done.stdout)
        assert len(set(kept)) == len(kept), f"{fault}: {kept} has something twice"
        place = {text: at for at, text in enumerate(kept)}
        for person in people:
            heard = re.findall(rf"\bw{self.number}-[0-9]+(?=\r?\n)", person.seen.decode(errors="replace"))
            places = [place.get(text, -1) for text in heard]
            assert -1 not in places, f"{fault}: {heard} was seen, {kept} is stored"
            assert places == sorted(places), f"{fault}: {heard} was seen, {kept} is stored"

    def one(self, phase, name=None, at=1, for_good=False, how=0):
        """Returns the counts of its calls and whether the fault was met."""
        fault = f"{phase} {name} {at} {'for good' if for_good else 'once'} {errno.errorcode.get(how, 'half')}"
        server, people = self.server(phase), ()
        self.board.clear()
        if name and phase != "talk":
            self.board.arm(name, at, for_good, how)
        server.spawn()
        started = self.wait_listening(server, fault)
        if phase == "talk":
            self.board.clear()
            if name:
                self.board.arm(name, at, for_good, how)
        if started:
            people = self.talk(server)
        counts = self.board.counts()
        code = self.ended(server, fault)
        hits = self.board.hits()
        self.board.clear()
        self.is_kept(server, people, fault)
        return counts, hits, code

    def wait_listening(self, server, fault):
        """Until it says so; where its log cannot be written, until it can be reached."""
        deadline = time.monotonic() + PATIENCE
        mute = " write " in fault
        while server.process.poll() is None:
            if 'event="started"' in server.log() or (mute and (server.data / "control").exists()):
                return True
            if time.monotonic() > deadline:
                server.process.kill()
                assert self.is_fragile(), f"{fault}: neither listens nor ends"
            time.sleep(0.01)
        return False

    def sites(self, only=PHASES):
        """All that can fail: as many as calls were counted when nothing did."""
        for phase in only:
            counts, _, code = self.one(phase)
            assert code == 0, f"{phase}: ended with {code} without a fault: {self.log}"
            for name, count in zip(NAMES, counts):
                for at in range(1, 1 + (0 if name in NEVER else count)):
                    for how in ERRNOS.get(name, [errno.EIO]):
                        for for_good in (False, True)[: 1 if name in ONCE_ONLY else 2]:
                            yield phase, name, at, for_good, how


def sampled(sites, most, seed):
    """In random order, and at most so many that differ in nothing but their number."""
    sites, counts = list(sites), {}
    random.Random(seed).shuffle(sites)
    if not most:
        return sites
    chosen = []
    for site in sites:
        phase, name, _, for_good, how = site
        kind = (phase, name, for_good, how)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= most:
            chosen.append(site)
    return chosen


def walk(faults, sites, seconds=None, keep_on=False):
    """Lets each fail in its turn. Returns how many, how many were met, ends by code, findings."""
    begin, met, codes, findings = time.monotonic(), 0, {}, []
    for number, site in enumerate(sites):
        if seconds and time.monotonic() - begin > seconds:
            return number, met, codes, findings
        try:
            _, hits, code = faults.one(*site)
            met += hits > 0
            codes[code] = codes.get(code, 0) + 1
        except AssertionError as finding:
            if not keep_on:
                raise
            faults.left = None
            findings.append(str(finding))
            print(finding, flush=True)
    return len(sites), met, codes, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--most", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PHASES, action="append")
    parser.add_argument("--call", choices=NAMES, action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(Path(folder), build_shim(Path(folder)))
        sites = list(faults.sites(given.only or PHASES))
        if given.call:
            sites = [site for site in sites if site[1] in given.call]
        total = len(sites)
        if given.seconds or given.most:
            sites = sampled(sites, given.most, given.seed)
        tried, met, codes, findings = walk(faults, sites, given.seconds, True)
    print(f"{tried} of {total} faults tried, {met} met, ended with {codes}, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
