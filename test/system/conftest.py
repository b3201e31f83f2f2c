import os
import subprocess

import pytest

from server import Server, forget_ports

SHIM = os.path.join(os.path.dirname(__file__), "..", "hooks", "shim.c")

EVERYBODY = {"line": {}, "friendly": {}, "pipe": {}, "dollar": {}, "auto": {}}


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path):
    """A server keeps 16 MB of its disk for the day that it is full: 25 GB for all tests."""
    yield
    for reserve in tmp_path.rglob("reserve"):
        reserve.unlink()
    forget_ports()


@pytest.fixture
def make(tmp_path):
    """Makes servers that are not started: make(listeners, sections, env, args, folder)."""
    servers = []

    def make_one(listeners=None, sections=None, env=None, args=(), folder="server"):
        listeners = EVERYBODY if listeners is None else listeners
        servers.append(Server(tmp_path / folder, listeners, sections, env, args))
        return servers[-1]

    yield make_one
    faults = []
    for server in servers:
        try:
            server.end()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, faults


@pytest.fixture
def serve(make):
    """Makes servers and starts them."""

    def start_one(*args, **options):
        server = make(*args, **options)
        server.start()
        return server

    return start_one


@pytest.fixture
def server(serve):
    """A server with a listener for each dialect, called as the dialect."""
    return serve()


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The library that makes the disk and the clock of a server fail (test/hooks/shim.c)."""
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, SHIM, "-ldl"], check=True)
    return library


@pytest.fixture
def failing(make, shim):
    """A server whose faults(name=number...) are the ones of the shim."""
    server = make(sections={"server": {"workers": 2}})
    control = server.folder / "faults"
    server.env.update(
        LD_PRELOAD=str(shim),
        PARLANCE_TEST_FAULTS=str(control),
        PARLANCE_TEST_FOLDER=str(server.data),
        PARLANCE_SERVER_SANDBOX="false",  # the shim reads its file in every thread
        ASAN_OPTIONS="verify_asan_link_order=0",
    )

    def faults(**numbers):
        fresh = control.with_suffix(".new")
        fresh.write_text("".join(f"{name} {number}\n" for name, number in numbers.items()))
        fresh.rename(control)

    server.faults = faults
    faults()
    yield server
    faults()


@pytest.fixture
def faulty(failing):
    """The same, started."""
    failing.start()
    return failing
