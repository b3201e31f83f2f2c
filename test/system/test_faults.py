"""Every allocation and system call fails in its turn (faults.py); power cuts of a real disk image."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from client import LONG
from faults import PHASES, Faults, build_shim, sampled, walk

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = int(os.environ.get("PARLANCE_SEED", time.time_ns() % 10**6))

pytestmark = pytest.mark.release_only


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path, build_shim(tmp_path))


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("phase", PHASES)
def test_t095_t091_no_call_that_fails_crashes_it_or_unsays_what_was_seen(faults, phase):
    sites = list(faults.sites((phase,)))
    print(f"PARLANCE_SEED={SEED}")
    tried = met = 0
    for site in sampled(sites, 40 if LONG else 1, SEED):
        tried += 1
        met += walk(faults, [site])[1]  # a call that comes later than usual may not come at all
        if not LONG and met == 2:
            break
    print(f"{phase}: {tried} of {len(sites)} faults, {met} met")
    assert met > 1


@pytest.mark.timeout(3600)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount an image")
@pytest.mark.skipif(not LONG, reason="a second each")
@pytest.mark.parametrize("durability, count", [("full", 500), ("normal", 10), ("off", 10)])
def test_t089_a_power_cut_of_a_disk_image(durability, count):
    words = [ROOT / "tools/power-cuts", "--durability", durability, "--count", str(count)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert f"{durability}: {count} power cuts" in done.stdout, done.stderr
    assert (done.returncode == 0) == (durability == "full"), done.stdout
