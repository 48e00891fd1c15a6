"""Locks that die with their process."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from launch.common import locks
from launch.common.environment import ROOT
from launch.common.errors import UsageError
from launch.common.home import Home

HOLD = """
import sys, time
from pathlib import Path
from launch.common import locks
from launch.common.home import Home

release = Home(Path(sys.argv[1])).claim("s")
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the study `s` of a home."""
    home = Home.at(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield home, process
        finally:
            process.kill()


def test_a_lock_that_is_given_free_soon_is_not_held(tmp_path):
    path = tmp_path / "x.lock"
    assert not locks.held(path)  # there is no such file
    path.touch()
    with open(path, "r+b") as file:
        assert locks.take(file)
        assert locks.held(path)
        threading.Timer(0.2, file.close).start()
        assert not locks.held(path, 60.0)


def test_a_lock_dies_with_its_process_and_its_file_holds_nobody_up(holder):
    home, process = holder
    assert home.held("s")
    with pytest.raises(UsageError, match="the study s is being searched by another process"):
        home.claim("s")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert home.study("s", "lock").exists()
    assert not home.held("s")
    release = home.claim("s")
    assert home.held("s")
    release()
    assert not home.study("s", "lock").exists()


def test_waiting_goes_on_when_the_holder_is_killed(holder):
    home, process = holder
    entered = threading.Event()

    def wait():
        with locks.waiting(home.study("s", "lock")):
            entered.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert not entered.wait(0.5)
    process.kill()
    assert entered.wait(60)
    thread.join()
    assert not home.held("s")


def test_content_is_kept(tmp_path):
    """The record itself is locked while it is written, not a file beside it."""
    path = tmp_path / "spool"
    path.write_bytes(b"whole\n")
    with open(path, "ab") as file:
        assert locks.take(file)
        assert locks.held(path)
        with open(path, "ab") as other:
            start = time.monotonic()
            assert not locks.take(other, seconds=0.2)
            assert time.monotonic() - start >= 0.2
    assert not locks.held(path)
    with locks.waiting(path):
        assert locks.held(path)
    assert path.read_bytes() == b"whole\n"
