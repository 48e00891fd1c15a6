"""Servers end with the command that started them, with all that they started, and say nothing of it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from launch.common.environment import ROOT

SERVER = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""
CALL = f"""
import os, sys
from launch.common import servers
server = [sys.executable, "-c", {SERVER!r}]
sys.exit(servers.call(server, dict(os.environ), beside=server))
"""


def there(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_of_a_server_outlives_the_command(number):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = subprocess.Popen([sys.executable, "-c", CALL], cwd=ROOT, text=True, start_new_session=True, **pipes)
    pids = [int(pid) for _ in range(2) for pid in command.stdout.readline().split()]
    assert all(map(there, pids))
    os.killpg(command.pid, number)  # as a terminal does it
    assert command.wait(60) == 128 + number
    until = time.monotonic() + 10
    while any(map(there, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(there, pids))
    assert command.communicate() == ("", "")


def test_a_server_that_ends_ends_what_stands_beside_it():
    code = CALL.replace("servers.call(server,", "servers.call([sys.executable, '-c', 'import sys; sys.exit(3)'],")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, "")
    assert not any(there(int(pid)) for pid in done.stdout.split())
