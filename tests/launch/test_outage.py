"""Stores that go away, come back, forget to answer, and refuse; writers that die: nothing missing, nothing double."""

from __future__ import annotations

import contextlib
import errno
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

from launch import mlflow_patience
from launch.environment import ROOT
from launch.mlflow_cursor import Cursor, away_of, path_of
from launch.mlflow_patience import Trouble, judge
from launch.mlflow_writer import Writer
from launch.spool import Reader, Spool, SpoolFull, held, read
from launch.tracking import Tracker, TrackingFailed, start_writer, tell
from tests.launch.conftest import Store, wait_for

START = 1_700_000_000.0


def story() -> list[dict]:
    """Two sessions of one search: the first is cut short by a person, the second goes on and concludes."""
    made: list[dict] = []

    def say(kind, **fields):
        made.append({"event": kind, "time": START + len(made), **fields})

    def run(number):
        key = f"trial-{number}"
        tags = {"kind": "trial", "trial_number": number}
        say("run", key=key, name=f"trial-{number:03d}", params={"lr": number / 8, "hidden": [20, 5]}, tags=tags)

    def rows(number, *rounds):
        say("metrics", key=f"trial-{number}", rows=[{"round": r, "val_ap": number + r / 16} for r in rounds])

    def end(number, status, rounds):
        say("tags", key=f"trial-{number}", tags={"state": status.lower(), "rounds": rounds})
        say("metrics", key=f"trial-{number}", rows=[{"round": rounds, "fit_seconds_total": 0.5}])
        say("end", key=f"trial-{number}", status=status)

    say("parent", key="parent", name="s", experiment="e", search_id="cafe", params={"trials": 3}, tags={"kind": "s"})
    run(0), rows(0, 1, 2), run(1), rows(1, 1), end(0, "FINISHED", 2)
    rows(1, 2), run(2), rows(2, 1, 2, 3), end(1, "KILLED", 2)
    say("metrics", key="parent", rows=[{"trials_complete": 1}])
    say("close", status="KILLED")
    say("reopen", key="parent")
    say("reopen", key="trial-1")
    say("reopen", key="trial-2")
    made[-1]["time"] += 0.5
    # trial 1 goes on from round 1: what it says of round 2 is not what was told before
    say("metrics", key="trial-1", rows=[{"round": 2, "val_ap": 99.0}, {"round": 3, "val_ap": 1.1875}])
    end(1, "FINISHED", 3)
    rows(2, 4)
    end(2, "FAILED", 4)
    say("run", key="final", name="final", params={"lr": 0.5}, tags={"kind": "final"})
    say("metrics", key="final", rows=[{"test_ap": 0.75}])
    say("end", key="final", status="FINISHED")
    say("close", status="FINISHED")
    return made


def audit(database):
    """Every run, param, tag, step and status of `story` is there, once."""
    runs = list(Store(database).runs().values())
    found = {r["name"]: r for r in runs}
    assert sorted(r["name"] for r in runs) == ["final", "s", "trial-000", "trial-001", "trial-002"]
    assert {n: r["status"] for n, r in found.items()} == {
        "s": "FINISHED", "trial-000": "FINISHED", "trial-001": "FINISHED", "trial-002": "FAILED", "final": "FINISHED",
    }  # fmt: skip
    assert {n: r["metrics"] for n, r in found.items()} == {
        "s": {"trials_complete": [(0, 1.0)]},
        "trial-000": {"val_ap": [(1, 0.0625), (2, 0.125)], "fit_seconds_total": [(2, 0.5)]},
        "trial-001": {
            "val_ap": [(1, 1.0625), (2, 1.125), (3, 1.1875)],
            "fit_seconds_total": [(2, 0.5), (3, 0.5)],
        },
        "trial-002": {
            "val_ap": [(1, 2.0625), (2, 2.125), (3, 2.1875), (4, 2.25)],
            "fit_seconds_total": [(4, 0.5)],
        },
        "final": {"test_ap": [(0, 0.75)]},
    }  # fmt: skip
    assert {n: r["params"] for n, r in found.items()} == {
        "s": {"trials": "3"},
        "trial-000": {"lr": "0.0", "hidden": "[20, 5]"},
        "trial-001": {"lr": "0.125", "hidden": "[20, 5]"},
        "trial-002": {"lr": "0.25", "hidden": "[20, 5]"},
        "final": {"lr": "0.5"},
    }
    for name, key in (("s", "parent"), ("trial-000", "trial-0"), ("trial-002", "trial-2"), ("final", "final")):
        tags = found[name]["tags"]
        assert (tags["search_id"], tags["key"]) == ("cafe", key)
        assert tags.get("mlflow.parentRunId") == (None if key == "parent" else found["s"]["id"])
    assert [found[f"trial-00{n}"]["tags"]["state"] for n in range(3)] == ["finished", "finished", "failed"]
    assert [found[f"trial-00{n}"]["tags"]["rounds"] for n in range(3)] == ["2", "3", "4"]


def write(path, events):
    path.parent.mkdir(exist_ok=True)
    with open(path, "ab") as file:
        file.writelines(json.dumps(e).encode() + b"\n" for e in events)
    return path


@pytest.fixture
def spool(tmp_path):
    return write(tmp_path / "s.spool.jsonl", story())


def carry(uri, spool, *, size=4, feeder=None, prepare=None):
    """Carry a whole spool in this process, some lines at a time."""
    writer = Writer(uri, "", path_of(spool), spool, feeder)
    if prepare is not None:
        prepare(writer)
    reader = Reader(spool, writer.cursor.offset)
    while lines := reader.read():
        for at in range(0, len(lines), size):
            writer.apply(lines[at : at + size])
    writer.save(complete=writer.cursor.complete)
    return writer


class Feeder:
    """A search that lives, so that the writer waits."""

    patience = 0.0
    gone = None

    def wait(self, seconds):
        time.sleep(min(seconds, 0.02))


# -- what a spool says --------------------------------------------------------------------


def test_a_spool_says_what_was_told(spool):
    runs = read(spool)
    assert list(runs) == ["parent", "trial-0", "trial-1", "trial-2", "final"]
    assert all(r.started for r in runs.values())
    assert {k: r.ended for k, r in runs.items()} == {
        "parent": "FINISHED", "trial-0": "FINISHED", "trial-1": "FINISHED", "trial-2": "FAILED", "final": "FINISHED",
    }  # fmt: skip
    assert {k: r.rounds for k, r in runs.items()} == {"parent": 0, "trial-0": 2, "trial-1": 3, "trial-2": 4, "final": 0}
    assert runs["trial-1"].rows == [
        {"round": 1, "val_ap": 1.0625}, {"round": 2, "val_ap": 1.125}, {"round": 2, "fit_seconds_total": 0.5},
        {"round": 3, "val_ap": 1.1875}, {"round": 3, "fit_seconds_total": 0.5},
    ]  # fmt: skip
    assert runs["trial-2"].tags == {"kind": "trial", "trial_number": 2, "state": "failed", "rounds": 4}
    assert read(spool.with_name("none.jsonl")) == {}


def test_a_spool_cut_anywhere_goes_on(tmp_path):
    """Whatever a killed writer left of a line goes, and every whole line stays."""
    whole = b"".join(json.dumps(e).encode() + b"\n" for e in story()[:3])
    ends = {0} | {i + 1 for i, byte in enumerate(whole) if byte == 10}
    path = tmp_path / "cut"
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at])
        Spool(path).close()
        assert path.stat().st_size == max(e for e in ends if e <= at)
    path.write_bytes(whole[:-5])
    spool = Spool(path)
    assert held(path)
    spool.append({"event": "end", "key": "trial-0", "status": "KILLED"})
    spool.close()
    assert not held(path)
    kinds = [json.loads(line)["event"] for line in path.read_text().splitlines()]
    assert kinds == ["parent", "run", "end"]


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 64 KB, where one can be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_every_whole_line(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk") as real:
        path = tmp_path / "disk" / "s.spool.jsonl"
        spool = Spool(path)
        if not real:

            class Full:
                def __init__(self, file):
                    self.file, self.truncate, self.close = file, file.truncate, file.close

                def write(self, data):
                    room = 65536 - os.path.getsize(path)
                    if room <= 0:
                        raise OSError(errno.ENOSPC, "No space left on device")
                    return self.file.write(data[:room])

            spool._file = Full(spool._file)
        written = 0

        def fill():
            nonlocal written
            while written < 1000:
                spool.append({"event": "tags", "key": "a", "tags": {"n": written, "text": "x" * 700}})
                written += 1

        with pytest.raises(SpoolFull, match=r"s\.spool\.jsonl cannot be written \(No space left on device\)"):
            fill()
        lines = path.read_bytes().splitlines(keepends=True)
        assert written > 50
        assert [json.loads(line)["tags"]["n"] for line in lines] == list(range(written))
        assert lines[-1].endswith(b"\n")
        with pytest.raises(SpoolFull):
            spool.append({"event": "tags", "key": "a", "tags": {"n": -1, "text": "x" * 70_000}})
        spool.append({"event": "end"})  # a short one has room, and the file is whole after the long one
        assert path.read_bytes().splitlines()[-1] == b'{"event": "end"}'
        spool.close()


# -- writers that die ---------------------------------------------------------------------


class Killed(BaseException):
    """Stands for SIGKILL: nothing is caught, nothing saved."""


def dies_at(call, *, after):
    """A writer that dies at its n-th call of the store, before it or when it came through."""

    def prepare(writer):
        inner, calls = writer.patient, 0

        def patient(action, **kwargs):
            nonlocal calls
            calls += 1
            if calls == call and not after:
                raise Killed
            value = inner(action, **kwargs)
            if calls == call:
                raise Killed
            return value

        writer.patient = writer.store.patient = patient

    return prepare


def by_calls(writer):
    writer.bulk = False


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("calls", [(3, 9, 4, 14), pytest.param(tuple(range(1, 60)), marks=pytest.mark.slow)])
def test_a_writer_may_die_at_any_call(home, spool, bulk, calls):
    """One death after the other in one record, each followed by a writer that goes on."""
    uri = f"sqlite:///{home}/mlflow.db"
    died = 0
    for call in calls:
        for after in (True, False):

            def prepare(writer, call=call, after=after):
                writer.bulk = bulk
                dies_at(call, after=after)(writer)

            try:
                carry(uri, spool, size=1 + call % 6, prepare=prepare)
            except Killed:
                died += 1
    assert died >= 4
    writer = carry(uri, spool, prepare=None if bulk else by_calls)
    assert writer.cursor.carried(spool)
    assert writer.cursor.refused["count"] == 0
    audit(home / "mlflow.db")


@pytest.mark.parametrize("bulk", [True, False])
def test_a_lost_cursor_doubles_nothing(home, spool, bulk):
    uri = f"sqlite:///{home}/mlflow.db"
    for size, damage in ((3, None), (5, b""), (2, b"{"), (50, b'{"offset": 99999999}')):
        if damage is not None:
            path_of(spool).write_bytes(damage)
        carry(uri, spool, size=size, prepare=None if bulk else by_calls)
        audit(home / "mlflow.db")


def test_runs_left_open_are_killed_and_a_resume_reopens_them(home, tmp_path):
    uri, events = f"sqlite:///{home}/mlflow.db", story()
    cut = next(i for i, e in enumerate(events) if e["event"] == "close")
    spool = write(tmp_path / "s.spool.jsonl", events[:cut])
    carry(uri, spool).finish("KILLED")
    status = {r["name"]: r["status"] for r in Store(home / "mlflow.db").runs().values()}
    assert status == {"s": "KILLED", "trial-000": "FINISHED", "trial-001": "KILLED", "trial-002": "KILLED"}
    assert Cursor.load(path_of(spool), spool).carried(spool)
    write(spool, events[cut + 1 :])
    assert not Cursor.load(path_of(spool), spool).carried(spool)
    carry(uri, spool, size=1)
    audit(home / "mlflow.db")


def test_a_run_started_anew_under_its_key_is_another_run(home, tmp_path):
    """A search that was extended concludes a second time, with another choice."""
    more = [
        {"event": "reopen", "time": START + 100, "key": "parent"},
        {"event": "run", "time": START + 101, "key": "final", "name": "final", "params": {"lr": 0.9}, "tags": {}},
        {"event": "metrics", "time": START + 102, "key": "final", "rows": [{"test_ap": 0.875}]},
        {"event": "end", "time": START + 103, "key": "final", "status": "FINISHED"},
        {"event": "close", "time": START + 104, "status": "FINISHED"},
    ]
    spool = write(tmp_path / "s.spool.jsonl", story() + more)
    for _ in range(2):
        writer = carry(f"sqlite:///{home}/mlflow.db", spool)
        finals = [r for r in Store(home / "mlflow.db").runs().values() if r["name"] == "final"]
        assert [(r["params"], r["metrics"]) for r in finals] == [
            ({"lr": "0.5"}, {"test_ap": [(0, 0.75)]}), ({"lr": "0.9"}, {"test_ap": [(0, 0.875)]}),
        ]  # fmt: skip
        assert {writer.runs["final"], writer.runs["final#2"]} == {r["id"] for r in finals}
        path_of(spool).unlink()


@pytest.mark.slow
def test_a_writer_killed_at_random_moments(home, tmp_path):
    """SIGKILL of real writer processes: within a transaction, between it and the cursor, while the cursor is saved."""
    uri, events = f"sqlite:///{home}/mlflow.db", story()
    spool = tmp_path / "s.spool.jsonl"
    spool.touch()
    cursor, journal = path_of(spool), home / "mlflow.db-journal"
    partial = cursor.with_suffix(".partial")
    chance = random.Random(0)
    seen: dict[str, int] = {"journal": 0, "partial": 0, "cursor": 0}
    for event in events:
        write(spool, [event])
        partial.unlink(missing_ok=True)
        before = cursor.stat().st_mtime_ns if cursor.exists() else 0
        signs = {
            "journal": journal.exists,
            "partial": partial.exists,
            "cursor": lambda before=before: cursor.exists() and cursor.stat().st_mtime_ns != before,
        }
        sign = chance.choice(list(signs))
        writer = start_writer(spool, uri, tmp_path / "artifacts")
        end = time.monotonic() + 15
        while time.monotonic() < end and not signs[sign]():
            time.sleep(0.0002)
        seen[sign] += time.monotonic() < end
        time.sleep(chance.choice([0, 0, 0.002, 0.02]))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    writer = start_writer(spool, uri, tmp_path / "artifacts")
    tell(writer, {"patience": 5}, last=True)
    assert writer.wait(60) == 0
    assert all(count >= 3 for count in seen.values()), seen
    audit(home / "mlflow.db")


def test_a_killed_writer_is_replaced_and_what_was_refused_is_told(home, tmp_path):
    """The search goes on and never notices the death; what MLflow never took, it hears at the end."""
    tracker = Tracker(tmp_path / "s.spool.jsonl", f"sqlite:///{home}/mlflow.db", None, "cafe")
    for event in story()[:-1]:
        tracker.log(event["event"], **{k: v for k, v in event.items() if k not in ("event", "time")})
    tracker.log("artifact", key="parent", path=tmp_path / "gone.png")
    tracker._process.kill()
    with pytest.raises(TrackingFailed, match=r"1 events were refused, first artifact of parent: .*gone\.png") as failed:
        tracker.close("FINISHED")
    assert failed.value.pending == 0
    assert failed.value.result["complete"]
    runs = {r["tags"]["key"]: r["id"] for r in Store(home / "mlflow.db").runs().values()}
    assert failed.value.result["runs"] == runs
    audit(home / "mlflow.db")


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
    monkeypatch.setattr(mlflow_patience, "FIRST_WAIT", 0.001)
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
    assert not away_of(spool).exists()
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


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_server_that_is_not_there_keeps_nobody_and_shows_no_password(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spool = tmp_path / "runs" / "studies" / "mine.spool.jsonl"
    spool.parent.mkdir(parents=True)
    tracker = Tracker(spool, f"http://me:hunter2@127.0.0.1:{free_port()}", None)
    with open(f"/proc/{tracker._process.pid}/cmdline") as command:
        assert "hunter2" not in command.read()
    assert tracker.outage() is None
    tracker.log("parent", key="parent", name="s", experiment="e", params={}, tags={})
    wait_for(tracker.outage, 30)
    assert 0 < tracker.outage() < 30
    tracker.log("tags", key="parent", tags={"a": "b"})
    start = time.monotonic()
    with pytest.raises(TrackingFailed, match=r"python launch/sync\.py mine$") as failed:
        tracker.close(patience=0.5)
    assert time.monotonic() - start < 10
    assert failed.value.pending == 3
    assert re.search(r"take everything \([^()]*Connection refused\); 3 events", str(failed.value))
    assert "hunter2" not in str(failed.value) + tracker.log_path.read_text() + tracker.result_path.read_text()
    assert "the store is away" in tracker.log_path.read_text()
    assert not away_of(spool).exists()


def test_a_database_locked_by_somebody_else_is_waited_for(home, spool):
    lock = sqlite3.connect(home / "mlflow.db", check_same_thread=False, isolation_level=None)
    writer = Writer(f"sqlite:///{home}/mlflow.db", "", path_of(spool), spool)
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
            seen.append(json.loads(away_of(spool).read_text()))
            time.sleep(seconds)

    writer = Writer(f"sqlite:///{home}/mlflow.db", "", path_of(spool), spool, Patient())
    lock.execute("begin exclusive")
    threading.Timer(23.0, lock.close).start()
    writer.apply(Reader(spool).read())
    assert seen
    assert "locked" in seen[0]["why"]
    assert time.time() - seen[0]["since"] > 20
    assert not away_of(spool).exists()
    audit(home / "mlflow.db")


# -- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("bulk", [True, False])
def test_a_refused_event_stops_nothing_after_it(home, tmp_path, bulk):
    events = story()
    poison = [
        {"event": "metrics", "time": START, "key": "trial-7", "rows": [{"round": 1, "a": 1.0}]},
        {"event": "no such thing", "time": START},
        {"event": "artifact", "time": START, "key": "parent", "path": str(tmp_path / "gone.png")},
        {"event": "tags", "time": START, "key": "parent"},
        {"event": "metrics", "time": START, "key": "parent", "rows": [{"bad?name": 1.0}]},
    ]
    spool = write(tmp_path / "s.spool.jsonl", events[:5] + poison + events[5:])
    writer = carry(f"sqlite:///{home}/mlflow.db", spool, prepare=None if bulk else by_calls)
    assert writer.cursor.refused["count"] == 5
    assert "MLflow has no run trial-7" in writer.cursor.refused["first"]
    assert writer.cursor.carried(spool)
    audit(home / "mlflow.db")


def test_one_bad_value_among_many_is_left_out_alone(home, tmp_path):
    events = story()
    rows = [{f"m{n}": float(n) for n in range(40)}, {"bad?name": 1.0}]
    more = [{"event": "metrics", "time": START + 2, "key": "parent", "rows": rows}]
    spool = write(tmp_path / "s.spool.jsonl", [events[0], *more, events[-1]])
    writer = carry(f"sqlite:///{home}/mlflow.db", spool)
    (run,) = Store(home / "mlflow.db").runs().values()
    assert run["metrics"] == {f"m{n}": [(0, float(n))] for n in range(40)}
    assert writer.cursor.refused["count"] == 1
    assert "bad?name" in writer.cursor.refused["first"]


def test_troubles_are_told_apart(tmp_path):
    import requests
    from mlflow.exceptions import MlflowException, RestException
    from mlflow.protos.databricks_pb2 import BAD_REQUEST, INVALID_PARAMETER_VALUE
    from sqlalchemy import create_engine, exc, text

    def raised(function):
        with pytest.raises(Exception) as caught:
            function()
        return caught.value

    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("create table t (x)")
    holder.execute("begin exclusive")
    engine = create_engine(f"sqlite:///{tmp_path}/a.db", connect_args={"timeout": 0})
    locked = raised(lambda: engine.connect().execute(text("insert into t values (1)")))
    wrapped = MlflowException(str(locked), BAD_REQUEST)
    wrapped.__cause__ = exc.InterfaceError("select 1", {}, Exception("connection already closed"))
    cut = exc.DBAPIError("select 1", {}, Exception("gone"), connection_invalidated=True)

    def rest(code):
        return RestException({"error_code": code, "message": "words"})

    passes = [
        locked, wrapped, cut, OSError(errno.ENOSPC, "full"), ConnectionResetError(), requests.ConnectionError("x"),
        requests.ReadTimeout(), rest("TEMPORARILY_UNAVAILABLE"), rest("REQUEST_LIMIT_EXCEEDED"),
        rest("PERMISSION_DENIED"), RestException({"error_code": "BAD_REQUEST", "message": "(psycopg2.InterfaceError)"}),
    ]  # fmt: skip
    assert [judge(e) for e in passes] == [Trouble.PASSES] * len(passes)
    refused = [
        rest("INVALID_PARAMETER_VALUE"), rest("RESOURCE_DOES_NOT_EXIST"), KeyError("x"), FileNotFoundError(2, "gone"),
        MlflowException("bad name", INVALID_PARAMETER_VALUE), exc.IntegrityError("insert", {}, Exception("unique")),
    ]  # fmt: skip
    assert [judge(e) for e in refused] == [Trouble.REFUSED] * len(refused)
    assert judge(rest("INTERNAL_ERROR")) is Trouble.UNCLEAR
    broken = exc.DatabaseError("select 1", {}, Exception("file is not a database"))
    assert judge(broken) is Trouble.BROKEN


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
        wait_for(lambda: answers(port), 60)
        tracker = Tracker(tmp_path / "s.spool.jsonl", f"http://127.0.0.1:{port}", None, "cafe")
        for i, event in enumerate(events[:-1]):
            start = time.monotonic()
            tracker.log(event["event"], **{k: v for k, v in event.items() if k not in ("event", "time")})
            assert time.monotonic() - start < 0.5  # the search never waits
            time.sleep(0.3)
            if i in (first, second):
                wait_for(lambda: tracker.outage() is None, 60)
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
            if i in (first + 8, second + 8):
                wait_for(tracker.outage, 30)
                server = stack.enter_context(real_server(database, port))
        wait_for(lambda: answers(port), 60)
        result = tracker.close("FINISHED", patience=60)
        assert result["complete"]
    log = tracker.log_path.read_text()
    assert log.count("the store is back") == 2
    audit(database)


@pytest.mark.slow
def test_models_are_registered_once(home, tmp_path):
    """Whether the death comes before the model is logged, after it, or after its registration."""
    import mlflow

    from launch import mlflow_model

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
        (mlflow_model, "_log", False),
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
