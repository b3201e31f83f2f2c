"""What is installed beside the executable: the unit, man pages, completions, the configuration."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from client import PARLANCE, SLOW
from server import run

ROOT = Path(__file__).parent.parent.parent
PACKAGING = ROOT / "packaging"

pytestmark = pytest.mark.skipif(SLOW > 1, reason="nothing that a sanitizer would see")


def ask(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done


def subcommands():
    return re.findall(r"^  ([a-z-]+) ", run("--help").stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    ask(ROOT / "tools/man", os.path.abspath(PARLANCE), PACKAGING / "parlance.conf", folder)
    return folder


@pytest.fixture(scope="module")
def completions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completions")
    ask(ROOT / "tools/completions", os.path.abspath(PARLANCE), folder)
    return folder


def test_each_subcommand_has_a_man_page_that_renders_without_a_warning(pages):
    names = {f"parlance-{command}.1" for command in subcommands()}
    assert {page.name for page in pages.iterdir()} == names | {"parlance.1", "parlance.conf.5"}
    for page in pages.iterdir():
        shown = ask("man", "-l", "--warnings=w", page, env={**os.environ, "MANWIDTH": "80"})
        assert shown.stderr == "", (page, shown.stderr)
        assert "NAME" in shown.stdout and "SEE ALSO" in shown.stdout


def test_a_man_page_has_every_option_of_its_command_and_every_setting(pages):
    for command in subcommands():
        shown = ask("man", "-l", pages / f"parlance-{command}.1").stdout
        flat = re.sub(r"‐\n *", "", shown)
        for option in set(re.findall(r"--[a-z-]+", run(command, "--help").stdout)):
            assert option in flat, (command, option)
    settings = ask("man", "-l", pages / "parlance.conf.5").stdout
    for key in re.findall(r"^    ([a-z_0-9]+) = ", (PACKAGING / "parlance.conf").read_text(), re.M):
        assert key in settings, key


def test_the_shipped_configuration_names_every_setting_and_no_other():
    rows = (ROOT / "src/server/config_table.c").read_text()
    known = set(re.findall(r'ROW\("([a-z_0-9]+)"', rows))
    shown = (PACKAGING / "parlance.conf").read_text()
    assert len(known) > 80
    assert set(re.findall(r"^(?:    |    # |#     )([a-z_0-9]+) = ", shown, re.M)) == known


CASES = [
    ("us", "user"),
    ("user pa", "passwd"),
    ("serve --li", "--listen"),
    ("bench fan", "fanout"),
    ("sim --pl", "--plant"),
]


@pytest.mark.parametrize("typed, expected", CASES)
def test_bash_completes(completions, typed, expected):
    words = " ".join(f"'{word}'" for word in ["parlance", *typed.split()])
    script = f"source {completions}/parlance; COMP_WORDS=({words}); COMP_CWORD={len(typed.split())}"
    shown = ask("bash", "-c", script + '; _parlance; echo "${COMPREPLY[@]}"')
    assert shown.stdout.split() == [expected]


@pytest.mark.parametrize("typed, expected", CASES)
def test_fish_completes(completions, typed, expected, tmp_path):
    script = f"source {completions}/parlance.fish; complete -C 'parlance {typed}'"
    shown = ask("fish", "--no-config", "-c", script, env={**os.environ, "HOME": str(tmp_path)})
    assert shown.stdout.split()[0] == expected


@pytest.mark.parametrize("typed, expected", CASES)
def test_zsh_completes(completions, typed, expected):
    """The function as zsh calls it, with what it offers printed."""
    words = ["parlance", *typed.split()]
    script = (
        "compadd() { [[ $1 != -- ]] || shift; print -l -- $@ }; _files() { : };"
        "_describe() { print -l -- ${${(P)2}%%:*} };"
        f"words=({' '.join(words)}); CURRENT={len(words)};"
        f"f() {{ . {completions}/_parlance }}; f"
    )
    shown = ask("zsh", "-f", "-c", script)
    begun = [word for word in shown.stdout.split() if word.startswith(words[-1])]
    assert begun == [expected]


def test_the_unit_is_closed_to_all_that_the_server_does_not_need(tmp_path):
    """systemd-analyze scores what a unit leaves open: 0 nothing, 10 everything."""
    text = (PACKAGING / "systemd/parlance.service").read_text()
    unit = tmp_path / "parlance.service"
    unit.write_text(text.replace("/usr/bin/parlance", os.path.abspath(PARLANCE)))
    shown = ask("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)
    score = re.search(r"exposure level for parlance.service: ([0-9.]+)", shown.stdout).group(1)
    assert float(score) <= 1.5
    page = "Command 'man"  # the pages are not installed here
    done = subprocess.run(
        ["systemd-analyze", "verify", unit, "--man=no"], capture_output=True, text=True, check=False
    )
    said = [row for row in done.stderr.splitlines() if "parlance" in row and page not in row]
    assert done.returncode == 0 and said == [], done.stderr


def test_the_installed_tree_is_where_a_system_expects_it(tmp_path):
    built = Path(PARLANCE).resolve().parent
    if not (built / "build.ninja").exists() or not shutil.which("meson"):
        pytest.skip("not a build directory")
    env = {**os.environ, "DESTDIR": str(tmp_path)}
    ask("meson", "install", "--no-rebuild", "-C", built, env=env)
    prefix = tmp_path / "usr/local"
    for path in [
        "bin/parlance",
        "lib/systemd/system/parlance.service",
        "lib/sysusers.d/parlance.conf",
        "share/man/man1/parlance.1",
        "share/man/man5/parlance.conf.5",
        "share/bash-completion/completions/parlance",
    ]:
        assert (prefix / path).exists(), path
    config = next(tmp_path.rglob("parlance.conf"), None)
    config = prefix / "etc/parlance/parlance.conf"
    assert 'data = "/var/lib/parlance"' in config.read_text()
    assert run("check-config", config).returncode == 0
