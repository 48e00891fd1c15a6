"""Stores that go away and come back: nothing is missing, nothing is there twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from launch.common.environment import ROOT
from launch.tracking import retry
from launch.tracking.cursor import outage_path
from launch.tracking.event_writer import EventWriter
from launch.tracking.spool import Reader
from launch.tracking.tracker import Tracker, TrackingFailed
from tests.launch.conftest import HANG, free_port, wait_for
from tests.launch.tracking.outage_tools import START, Feeder, Killed, audit, carry, dies_at, story, write

# -- stores that go away ------------------------------------------------------------------


class Server:
    """MLflow's own handlers on a thread, with an outage now and then.

    `moods` says of each request what becomes of it: `ok`, `503`, `500`, `refused` (closed unanswered),
    `lost` (done, but the answer is lost).
    """

    def __init__(self, database):
        from mlflow.server import app, handlers
        from werkzeug.serving import WSGIRequestHandler, make_server

        self.moods, self.asked = iter(()), []
        handlers._tracking_store = handlers._model_registry_store = None
        os.environ["_MLFLOW_SERVER_FILE_STORE"] = os.environ["_MLFLOW_SERVER_REGISTRY_STORE"] = f"sqlite:///{database}"
        os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = str(database.parent / "artifacts")

        class Quiet(WSGIRequestHandler):
            def log(self, *args):
                pass

        def moody(environ, start_response):
            mood = next(self.moods, "ok")
            self.asked.append(mood)
            if mood in ("503", "500"):
                start_response(f"{mood} Away", [("Content-Type", "text/plain")])
                return [b"away"]
            answer = b"" if mood == "refused" else b"".join(app(environ, start_response))
            if mood in ("lost", "refused"):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionError(mood)
            return [answer]

        self.server = make_server("127.0.0.1", 0, moody, threaded=True, request_handler=Quiet)
        self.uri = f"http://127.0.0.1:{self.server.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server(home, monkeypatch):
    from mlflow.server import handlers

    for name in ("FILE_STORE", "REGISTRY_STORE", "ARTIFACT_ROOT"):
        monkeypatch.setenv(f"_MLFLOW_SERVER_{name}", "")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(handlers, "_tracking_store", None)
    monkeypatch.setattr(handlers, "_model_registry_store", None)
    made = Server(home / "mlflow.db")
    yield made
    made.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 12))])
def test_a_server_that_fails_in_every_way(server, home, spool, seed):
    """A third of all calls fail; of some only the answer is lost, so that they are made twice."""
    chance = random.Random(seed)
    moods = ("503", "500", "refused", "lost", "lost", *["ok"] * 10)
    server.moods = iter(lambda: chance.choice(moods), None)
    writer = carry(server.uri, spool, size=1 + seed % 5, feeder=Feeder())
    assert writer.cursor.carried(spool)
    assert writer.cursor.refused == {"count": 0, "first": ""}
    assert {"503", "500", "refused", "lost"} <= set(server.asked)
    assert not outage_path(spool).exists()
    audit(home / "mlflow.db")


def test_a_writer_may_die_at_any_call_of_a_server(server, home, spool):
    for call in (2, 5, 11, 17):
        with contextlib.suppress(Killed):
            carry(server.uri, spool, prepare=dies_at(call, after=True))
    carry(server.uri, spool)
    audit(home / "mlflow.db")


def test_metrics_sent_twice_are_there_once(server, home):
    """What the writer counts on: MLflow drops a metric that it has with the same time, step and value."""
    import mlflow
    from mlflow.entities import Metric

    for client in (mlflow.MlflowClient(server.uri), mlflow.MlflowClient(f"sqlite:///{home}/mlflow.db")):
        run = client.create_run("0").info.run_id
        rows = [Metric("a", 0.25, 1_700_000_000_000 + r, r) for r in range(5)]
        for sent in (rows[:3], rows[1:], rows):
            client.log_batch(run, sent)
        assert [(m.step, m.value) for m in client.get_metric_history(run, "a")] == [(r, 0.25) for r in range(5)]


def test_a_server_that_is_not_there_keeps_nobody_and_shows_no_password(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spool = tmp_path / "runs" / "studies" / "mine.spool.jsonl"
    spool.parent.mkdir(parents=True)
    tracker = Tracker(spool, f"http://me:hunter2@127.0.0.1:{free_port()}", None)
    with open(f"/proc/{tracker._process.pid}/cmdline") as command:
        assert "hunter2" not in command.read()
    assert tracker.outage() is None
    tracker.log("parent", key="parent", name="s", experiment="e", params={}, tags={})
    wait_for(tracker.outage)
    assert 0 < tracker.outage() < HANG
    tracker.log("tags", key="parent", tags={"a": "b"})
    start = time.monotonic()
    with pytest.raises(TrackingFailed, match=r"launch/sync\.py mine$") as failed:
        tracker.close(patience=0.5)
    assert time.monotonic() - start < HANG
    assert failed.value.pending == 3
    assert re.search(r"take everything \([^()]*Connection refused\); 3 events", str(failed.value))
    assert "hunter2" not in str(failed.value) + tracker.log_path.read_text() + tracker.result_path.read_text()
    assert "the store is away" in tracker.log_path.read_text()
    assert not outage_path(spool).exists()


def test_a_database_locked_by_somebody_else_is_waited_for(home, spool):
    lock = sqlite3.connect(home / "mlflow.db", check_same_thread=False, isolation_level=None)
    writer = EventWriter(f"sqlite:///{home}/mlflow.db", "", spool)
    lock.execute("begin exclusive")
    timer = threading.Timer(1.0, lock.close)
    timer.start()
    start = time.monotonic()
    writer.apply(Reader(spool).read())
    assert time.monotonic() - start > 0.9
    audit(home / "mlflow.db")


@pytest.mark.slow
def test_a_database_locked_for_longer_than_sqlite_waits(home, spool):
    """MLflow gives sqlite 20 seconds; then the writer waits by itself, and says so."""
    lock = sqlite3.connect(home / "mlflow.db", check_same_thread=False, isolation_level=None)
    seen = []

    class Patient(Feeder):
        def wait(self, seconds):
            seen.append(json.loads(outage_path(spool).read_text()))
            time.sleep(seconds)

    writer = EventWriter(f"sqlite:///{home}/mlflow.db", "", spool, Patient())
    lock.execute("begin exclusive")
    threading.Timer(23.0, lock.close).start()
    writer.apply(Reader(spool).read())
    assert seen
    assert "locked" in seen[0]["why"]
    assert time.time() - seen[0]["since"] > 20
    assert not outage_path(spool).exists()
    audit(home / "mlflow.db")


# -- a real server, killed ----------------------------------------------------------------


@contextlib.contextmanager
def real_server(database, port):
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{database}", "--artifacts-destination", str(database.parent / "a")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port):
    from urllib.request import urlopen

    with contextlib.suppress(OSError):
        return urlopen(f"http://127.0.0.1:{port}/health", timeout=2).read()
    return b""


@pytest.mark.slow
def test_a_server_killed_twice_while_events_flow(home, tmp_path):
    port, database = free_port(), home / "mlflow.db"
    events = story()
    first, second = len(events) // 3, 2 * len(events) // 3

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(real_server(database, port))
        wait_for(lambda: answers(port))
        tracker = Tracker(tmp_path / "s.spool.jsonl", f"http://127.0.0.1:{port}", None, "cafe")
        away = []
        for i, event in enumerate(events[:-1]):
            start = time.monotonic()
            tracker.log(event["event"], **{k: v for k, v in event.items() if k not in ("event", "time")})
            if server.poll() is not None:
                away.append(time.monotonic() - start)
            time.sleep(0.3)
            if i in (first, second):
                wait_for(lambda: tracker.outage() is None)
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
            if i in (first + 8, second + 8):
                wait_for(tracker.outage)
                server = stack.enter_context(real_server(database, port))
        assert min(away) < 0.5  # no event waits for a store that is away, or all had; a busy machine delays some
        wait_for(lambda: answers(port))
        result = tracker.close("FINISHED", patience=60)
        assert result["complete"]
    log = tracker.log_path.read_text()
    assert log.count("the store is back") == 2
    audit(database)


@pytest.mark.slow
def test_models_are_registered_once(home, tmp_path):
    """Whether the death comes before the model is logged, after it, or after its registration."""
    import mlflow

    from launch.tracking import registry

    folder = tmp_path / "model"
    shutil.copytree(ROOT / "search_spaces", folder)
    events = story()
    model = {
        "event": "model", "time": START + 60, "key": "final", "path": str(folder), "name": "devnet-e",
        "features": ["a", "b"], "outputs": {"score": "double"}, "example": [0.0, 1.0], "requirements": ["numpy"],
        "description": "words", "metadata": {"study": "s"},
    }  # fmt: skip
    spool = write(tmp_path / "s.spool.jsonl", [*events[:-2], model, *events[-2:]])
    uri = f"sqlite:///{home}/mlflow.db"
    client = mlflow.MlflowClient(uri)

    def dying(original, *, after):
        def killed(*args, **kwargs):
            if after:
                original(*args, **kwargs)
            raise Killed

        return killed

    for module, name, after in (
        (registry, "_log", False),
        (mlflow.MlflowClient, "log_model_artifacts", False),
        (mlflow.MlflowClient, "log_model_artifacts", True),
        (mlflow, "register_model", False),
        (mlflow, "register_model", True),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, dying(getattr(module, name), after=after))
            with pytest.raises(Killed):
                carry(uri, spool)
    writer = carry(uri, spool)
    audit(home / "mlflow.db")
    versions = client.search_model_versions("name = 'devnet-e'")
    assert [(str(v.version), v.run_id, v.description) for v in versions] == [("1", writer.runs["final"], "words")]
    assert client.get_model_version_by_alias("devnet-e", "champion").run_id == writer.runs["final"]
    logged = client.search_logged_models([writer.cursor.experiment_id])
    assert len(logged) == 1
