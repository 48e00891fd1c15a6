"""Under which names optuna-dashboard answers, and that it ends with what started it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from launch.common.environment import ROOT
from launch.study import dashboard
from tests.launch.conftest import wait_for


@pytest.mark.parametrize(
    ("host", "asked", "status"),
    [
        ("127.0.0.1", "127.0.0.1:5002", 200), ("127.0.0.1", "localhost", 200), ("::1", "[::1]:5002", 200),
        ("127.0.0.1", "evil.example:5002", 403), ("localhost", "", 403), ("0.0.0.0", "box.lan:5002", 200),
    ],
)  # fmt: skip
def test_studies_are_served_under_this_machines_name(host, asked, status):
    answers = []
    application = dashboard.only_by_name(lambda environment, start: start("200 OK", []) or [], host)
    list(application({"HTTP_HOST": asked}, lambda code, headers: answers.append(code)))
    assert [int(code.split()[0]) for code in answers] == [status]


def test_it_ends_with_its_parent_also_where_that_is_killed():
    child = "import sys, time; from launch.study.dashboard import end_with; end_with(int(sys.argv[1])); time.sleep(90)"
    parent = (
        "import os, subprocess, sys\n"
        f"one = subprocess.Popen([sys.executable, '-c', {child!r}, str(os.getpid())])\n"
        "print(one.pid, flush=True)\n"
        "one.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        left = psutil.Process(int(started.stdout.readline()))
        os.kill(started.pid, signal.SIGKILL)
    try:
        wait_for(lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE)
    finally:
        if left.is_running():
            left.kill()
