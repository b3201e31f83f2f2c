"""A plugin of pytest: one line 'ok NAME' or 'not ok NAME: why' for each test, as it ends."""

import pytest

terminal = None
suite = None


def pytest_addoption(parser):
    parser.addoption("--suite", default="system", help="what the names of the results begin with")


@pytest.hookimpl(trylast=True)  # the terminal registers itself meanwhile
def pytest_configure(config):
    global terminal, suite
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    suite = config.getoption("--suite")
    config.addinivalue_line("markers", "release_only: needs the speed or memory of build/parlance")
    config.addinivalue_line("markers", "hub_only: tries the hub, one thread, in very many ways")
    config.addinivalue_line("markers", "subcommands: starts parlance for each of many commands")


def pytest_report_teststatus(report):
    ends = report.when == "call" or not report.passed
    return report.outcome if ends else "", "", ""  # no letters and dots between the results


def pytest_collectreport(report):
    if report.failed:
        terminal.write_line(f"not ok {suite}: {report.nodeid}: cannot be read")


def pytest_runtest_logreport(report):
    name = f"{suite}: {report.nodeid.rpartition('/')[2]}"
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message.splitlines()[0] if crash and crash.message else f"see {report.when}"
        terminal.write_line(f"not ok {name}: {why}")
    elif report.skipped:
        terminal.write_line(f"skipped {name}: {report.longrepr[2]}")
    elif report.when == "call":
        terminal.write_line(f"ok {name}")
