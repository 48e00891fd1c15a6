"""The servers that we start, for real: where they listen, what they outlive, what they refuse to run."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from launch.common.environment import ROOT
from launch.models import trusted_code
from tests.launch.conftest import HANG, wait_for
from tests.launch.models import test_scoring_server
from tests.launch.models.test_scoring_server import GOOD, REQUESTS, is_clean

folder = test_scoring_server.folder  # the fixture


@pytest.fixture(scope="module")
def registered(folder, problem, tmp_path_factory, empty_store):
    """A home with that model registered."""
    from launch.common.home import Home
    from launch.models import registration
    from launch.tracking.tracker import Tracker

    root = tmp_path_factory.mktemp("registered")
    shutil.copy(empty_store, root / "mlflow.db")
    home = Home.at(root)
    ours = home.study("mine", "model")
    shutil.copytree(folder, ours)
    trusted_code.note(trusted_code.ledger_of(home.root), ours, "mine")
    tracker = Tracker(home.study("mine", "spool.jsonl"), home.tracking_uri(None), home.root / "artifacts")
    tracker.log("parent", key="parent", name="mine", experiment="celeba", params={}, tags={"kind": "retrain"})
    registration.register(tracker, "parent", ours, "devnet-celeba", problem)
    assert tracker.close()["model_version"] == "1"
    return root


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, path):
    with contextlib.suppress(OSError):
        return ask(port, "GET", path, None, None)[0] == 200


def ask(port, method, path, body, kind):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def listening(pid):
    """Addresses on which a process or one of its children listens."""
    import psutil

    top = psutil.Process(pid)
    found = [c for one in (top, *top.children(recursive=True)) for c in one.net_connections("inet")]
    return {c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}


@contextlib.contextmanager
def server(script, *arguments, path="/ping"):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "launch" / script), *map(str, arguments), "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", start_new_session=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        wait_for(lambda: process.poll() is not None or answers(port, path))
        assert process.poll() is None, process.communicate()
        yield process, port
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(HANG)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.slow
def test_the_server_outlives_everything_that_is_sent_to_it(registered):
    with server("serve.py", "devnet-celeba", "--home", registered) as (process, port):
        assert process.stdout.readline() == f"devnet-celeba on http://127.0.0.1:{port} (Ctrl-C ends it)\n"
        origin = process.stdout.readline()
        assert origin.startswith("Model: devnet (few-label), 2 rounds, seed 0; every row of celeba (sha256 ")
        assert "study mine, trial 3; commit " in origin
        assert process.stdout.readline().endswith(", the model's own\n")
        curl = process.stdout.readline().removeprefix("Try: ")
        assert listening(process.pid) == {"127.0.0.1"}
        before = ask(port, *GOOD)
        assert before[0] == 200
        (row,) = json.loads(before[1])["predictions"]
        assert set(row) == {"score", "label", "probability", "probability_kind", "p_value"}
        for name, (_, body, kind) in REQUESTS.items():
            is_clean(name, *ask(port, "POST", "/invocations", body, kind))
        assert ask(port, "GET", "/nothing", None, None)[0] == 404
        assert ask(port, "GET", "/invocations", None, None)[0] == 405
        assert ask(port, *GOOD) == before
        shown = subprocess.run(curl, shell=True, capture_output=True, text=True, timeout=HANG)
        assert "probability" in shown.stdout, shown
        process.terminate()
        assert process.wait(HANG) == 128 + signal.SIGTERM
    assert not answers(port, "/ping")


@pytest.mark.slow
def test_the_ui_listens_on_loopback_alone(registered):
    with server("ui.py", "--home", registered, path="/health") as (process, port):
        assert f"MLflow on http://127.0.0.1:{port}" in process.stdout.readline()
        assert listening(process.pid) == {"127.0.0.1"}


@pytest.mark.slow
def test_code_that_somebody_put_into_a_logged_model_is_not_run(registered, tmp_path):
    marker = tmp_path / "ran"
    (package,) = [p.parent for p in registered.rglob("MLmodel")]
    source = package / "code" / "trainables" / "core" / "serving.py"
    before = source.read_text()
    source.write_text(f"{before}\nopen({str(marker)!r}, 'w').close()\n")
    script = str(ROOT / "launch" / "serve.py")
    given = [sys.executable, script, "devnet-celeba", "--home", str(registered), "--port", str(free_port())]
    try:
        done = subprocess.run(given, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 2
        assert "the model devnet-celeba comes with code that" in done.stderr
        assert "--trust-code" in done.stderr
        assert not marker.exists()
        with server("serve.py", "devnet-celeba", "--home", registered, "--trust-code") as (_, port):
            assert marker.exists()
            assert ask(port, *GOOD)[0] == 200
    finally:
        source.write_text(before)
