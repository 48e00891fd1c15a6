"""From events to MLflow: everything, once, and nothing left running."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from launch.common.environment import ROOT
from launch.common.home import Home
from launch.tracking.cursor import cursor_path
from launch.tracking.event_writer import EventWriter
from launch.tracking.spool import Reader
from launch.tracking.tracker import Tracker, TrackingFailed
from tests.launch.conftest import HANG, Store, wait_for
from tests.launch.forked_writer import fork_writers
from tests.launch.tracking.outage_tools import apply, write


def event(kind, **fields):
    return {"event": kind, "time": 1_700_000_000.0, **fields}


def parent(name="study-1", experiment="celeba"):
    return event(
        "parent", key="parent", name=name, experiment=experiment, params={"trials": 3}, tags={"kind": "search"}
    )


def run(number, **params):
    tags = {"kind": "trial", "trial_number": number}
    return event("run", key=f"trial-{number}", name=f"trial-{number:03d}", params=params, tags=tags)


def metrics(number, *rows):
    return event("metrics", key=f"trial-{number}", rows=list(rows))


def end(number, status):
    return event("end", key=f"trial-{number}", status=status)


@pytest.fixture
def store(home):
    return Store(home / "mlflow.db")


@pytest.fixture
def writer(home, tmp_path):
    spool = write(tmp_path / "s.spool.jsonl", [])
    return EventWriter(f"sqlite:///{home}/mlflow.db", str(tmp_path / "artifacts"), spool)


# -- the writer --------------------------------------------------------------------


def test_a_search_becomes_runs(writer, store, tmp_path):
    (tmp_path / "picture.png").write_bytes(b"png")
    apply(writer, [
        parent(),
        run(0, lr=0.1, hidden=(100, 50), bias=False),
        metrics(0, {"round": 1, "val_ap": 0.25, "val_auroc": 0.5}, {"round": 2, "val_ap": 0.5}),
        run(1, lr=0.2),
        metrics(1, {"round": 1, "val_ap": 0.125}),
        metrics(0, {"round": 3, "val_ap": 0.75}),
        event("tags", key="trial-0", tags={"state": "complete", "rounds": 3}),
        end(0, "FINISHED"),
        event("tags", key="trial-1", tags={"state": "failed", "failure": "oom"}),
        end(1, "FAILED"),
        run(2, lr=0.3),
        end(2, "KILLED"),
        event("artifact", key="parent", path=str(tmp_path / "picture.png"), folder="pictures"),
        event("metrics", key="parent", rows=[{"trials_complete": 1}]),
        event("close", status="FINISHED"),
    ])  # fmt: skip
    assert writer.state.closed
    runs = {r["name"]: r for r in store.runs().values()}
    assert {n: r["status"] for n, r in runs.items()} == {
        "study-1": "FINISHED", "trial-000": "FINISHED", "trial-001": "FAILED", "trial-002": "KILLED",
    }  # fmt: skip
    top = runs["study-1"]
    assert "mlflow.parentRunId" not in top["tags"]
    assert all(runs[f"trial-00{n}"]["tags"]["mlflow.parentRunId"] == top["id"] for n in range(3))
    assert runs["trial-000"]["params"] == {"lr": "0.1", "hidden": "(100, 50)", "bias": "False"}
    assert runs["trial-000"]["metrics"] == {"val_ap": [(1, 0.25), (2, 0.5), (3, 0.75)], "val_auroc": [(1, 0.5)]}
    assert runs["trial-000"]["tags"]["state"] == "complete"
    assert runs["trial-001"]["tags"]["failure"] == "oom"
    assert top["metrics"] == {"trials_complete": [(0, 1.0)]}
    result = json.loads(cursor_path(tmp_path / "s.spool.jsonl").read_text())
    assert result["complete"]
    assert result["runs"] == {"parent": top["id"], **{f"trial-{n}": runs[f"trial-00{n}"]["id"] for n in range(3)}}
    assert list((tmp_path / "artifacts").rglob("picture.png"))


def test_what_was_left_open_is_ended(writer, store):
    apply(writer, [parent(), run(0), run(1), end(0, "FINISHED"), event("close", status="FAILED")])
    assert {r["name"]: r["status"] for r in store.runs().values()} == {
        "study-1": "FAILED", "trial-000": "FINISHED", "trial-001": "KILLED",
    }  # fmt: skip


def test_pieces_of_any_size_give_the_same_record(home, tmp_path, store):
    events = [
        parent(), run(0, lr=1), metrics(0, {"round": 1, "a": 1.0}), metrics(0, {"round": 2, "a": 2.0}),
        event("tags", key="trial-0", tags={"state": "pruned"}), end(0, "FINISHED"), event("close", status="FINISHED"),
    ]  # fmt: skip
    found = []
    for i, size in enumerate((1, 3, 100)):
        writer = EventWriter(f"sqlite:///{home}/mlflow.db", "", write(tmp_path / f"{i}.spool.jsonl", []))
        for at in range(0, len(events), size):
            assert not writer.state.closed
            apply(writer, events[at : at + size])
        assert writer.state.closed
        one = store.runs()[writer.runs["trial-0"]]
        found.append({k: one[k] for k in ("status", "params", "metrics")} | {"state": one["tags"]["state"]})
    assert found[0] == found[1] == found[2]
    assert found[0]["metrics"] == {"a": [(1, 1.0), (2, 2.0)]}


def test_many_metrics_go_in_batches_and_none_is_lost(writer, store):
    rows = [{"round": n, "a": n / 7, "b": -n, "c": 0.5} for n in range(1, 801)]
    apply(
        writer,
        [parent(), run(0, **{f"p{n}": n for n in range(30)}), metrics(0, *rows), event("close", status="FINISHED")],
    )
    one = store.runs()[writer.runs["trial-0"]]
    assert len(one["params"]) == 30
    assert [len(v) for v in one["metrics"].values()] == [800] * 3
    assert one["metrics"]["a"] == [(n, n / 7) for n in range(1, 801)]


def test_more_than_a_hundred_tags_or_params_at_once(writer, store):
    """MLflow takes at most 100 of each in one call."""
    many = {f"k{n}": n for n in range(130)}
    apply(
        writer, [parent(), run(0, **many), event("tags", key="trial-0", tags=many), event("close", status="FINISHED")]
    )
    one = store.runs()[writer.runs["trial-0"]]
    assert len(one["params"]) == 130
    assert {k: v for k, v in one["tags"].items() if k in many} == {k: str(v) for k, v in many.items()}


def test_numbers_that_are_not_finite_are_left_out(writer, store):
    row = {"round": 1, "a": float("nan"), "b": float("inf"), "c": 1.0, "d": None, "e": "text"}
    apply(writer, [parent(), run(0), metrics(0, row), event("close", status="FINISHED")])
    assert store.runs()[writer.runs["trial-0"]]["metrics"] == {"c": [(1, 1.0)]}


def test_long_and_strange_values_are_taken(writer, store):
    message = "x" * 9000 + "\n'; drop table runs; --"
    apply(writer, [
        parent(), run(0, text="y" * 9000, empty="", none=None, quote="it's \"so\"", snow="☃"),
        event("tags", key="trial-0", tags={"failure_message": message}), event("close", status="FINISHED"),
    ])  # fmt: skip
    one = store.runs()[writer.runs["trial-0"]]
    assert one["tags"]["failure_message"] == message[:5000]
    assert one["params"]["text"] == "y" * 6000
    assert one["params"]["quote"] == 'it\'s "so"'
    assert one["params"]["snow"] == "☃"
    assert one["params"]["none"] == "None"


def test_experiments_are_found_again_and_restored(home, tmp_path, store):
    import mlflow

    uri = f"sqlite:///{home}/mlflow.db"
    ids = set()
    for n in range(3):
        writer = EventWriter(uri, str(tmp_path / "artifacts"), write(tmp_path / f"{n}.spool.jsonl", []))
        apply(writer, [parent(f"s{n}"), event("close", status="FINISHED")])
        ids.add(writer.experiment)
        if n == 1:
            mlflow.MlflowClient(uri).delete_experiment(writer.experiment)
    assert len(ids) == 1
    assert store.rows("select name from experiments where name = 'celeba'") == [("celeba",)]
    (where,) = store.rows("select artifact_location from experiments where name = 'celeba'")
    assert where[0] == (tmp_path / "artifacts" / "celeba").as_uri()


# -- reading the spool -------------------------------------------------------------------


def test_reading_waits_for_the_rest_of_a_line(tmp_path):
    spool = tmp_path / "spool"
    lines = [json.dumps(event("run", key="a", name="ä" * 50)), json.dumps(event("close", status="FINISHED"))]
    whole = "\n".join(lines).encode() + b"\n"
    first = len(lines[0].encode()) + 1
    spool.write_bytes(whole[:41])
    reader = Reader(spool)
    found = []
    with open(spool, "ab", buffering=0) as file:
        for at in range(41, len(whole), 37):
            found += reader.read()
            assert len(found) == (at >= first)
            file.write(whole[at : at + 37])
    found += reader.read()
    assert [json.dumps(line.event) for line in found] == [json.dumps(json.loads(line)) for line in lines]
    assert [(line.start, line.end) for line in found] == [(0, first), (first, len(whole))]
    assert reader.read() == []


def test_reading_starts_where_an_earlier_writer_ended(tmp_path):
    spool = tmp_path / "spool"
    old = json.dumps(event("close", status="FINISHED")).encode() + b"\n"
    spool.write_bytes(old + json.dumps(event("close", status="FAILED")).encode() + b"\n")
    (line,) = Reader(spool, len(old)).read()
    assert line.event["status"] == "FAILED"


def test_reading_gives_whole_lines_only_and_says_what_is_no_event(tmp_path):
    spool = tmp_path / "spool"
    spool.write_bytes(json.dumps(event("run", key="a")).encode() + b'\nnonsense\n[1]\n{"event": "metr')
    assert [line.event and line.event["event"] for line in Reader(spool).read()] == ["run", None, None]
    spool.write_bytes(b"")
    assert Reader(spool).read() == []


# -- the tracker and its writer process --------------------------------------------------


@pytest.fixture
def tracker(home, tmp_path):
    made = []

    def make(name="t", uri=f"sqlite:///{home}/mlflow.db"):
        made.append(Tracker(tmp_path / f"{name}.spool.jsonl", uri, tmp_path / "artifacts"))
        return made[-1]

    yield make
    for one in made:
        if one._process.poll() is None:
            one._process.kill()
            one._process.wait()


def log(tracker, event):
    tracker.log(event.pop("event"), **{k: v for k, v in event.items() if k != "time"})


def test_tracker_end_to_end(tracker, store, home):
    import numpy as np

    one = tracker()
    log(one, parent())
    log(one, run(0, lr=np.float32(0.5), path=home))
    log(one, metrics(0, {"round": 1, "a": np.float64(0.25), "n": np.int64(3)}))
    log(one, end(0, "FINISHED"))
    result = one.close("FINISHED")
    assert one._process.poll() is not None
    assert store.runs()[result["runs"]["trial-0"]]["metrics"] == {"a": [(1, 0.25)], "n": [(1, 3.0)]}
    assert {r["status"] for r in store.runs().values()} == {"FINISHED"}


def test_logging_costs_the_search_next_to_nothing(tracker, monkeypatch):
    fork_writers(monkeypatch)
    one = tracker()
    log(one, parent())
    start = time.process_time()
    for n in range(300):
        log(one, run(n, lr=0.1))
        log(one, metrics(n, *[{"round": r, "a": 0.5, "b": 0.25} for r in range(10)]))
    assert time.process_time() - start < 1.0  # 600 events: a call to the store takes 17 ms each
    one._process.kill()


def test_a_store_that_fails_is_told_and_the_events_are_kept(tracker, tmp_path, monkeypatch):
    fork_writers(monkeypatch)
    (tmp_path / "broken.db").write_bytes(b"no database " * 1000)
    one = tracker(uri=f"sqlite:///{tmp_path}/broken.db")
    log(one, parent())
    with pytest.raises(TrackingFailed, match=r"MLflow did not take everything .*t\.spool\.jsonl"):
        one.close()
    kept = [json.loads(line)["event"] for line in one.spool.read_text().splitlines()]
    assert kept == ["parent", "close"]


def test_a_killed_driver_leaves_nothing_running(home, tmp_path, store):
    code = f"""
import os, signal, sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from launch.tracking.tracker import Tracker
t = Tracker(Path({str(tmp_path)!r}) / "k.spool.jsonl", "sqlite:///{home}/mlflow.db", None)
t.log("parent", key="parent", name="s", experiment="celeba", params={{}}, tags={{}})
for n in range(3):
    t.log("run", key=f"trial-{{n}}", name=f"trial-{{n}}", params={{}}, tags={{}})
t.log("end", key="trial-0", status="FINISHED")
t.log("metrics", key="trial-1", rows=[{{"round": 1, "a": 0.5}}])
t._events._file.write(b'{{"event": "metrics", "key": "tri')
print(t._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)

    def ended():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"

    wait_for(ended)
    assert {r["name"]: r["status"] for r in store.runs().values()} == {
        "s": "KILLED", "trial-0": "FINISHED", "trial-1": "KILLED", "trial-2": "KILLED",
    }  # fmt: skip
    (cut,) = [r for r in store.runs().values() if r["name"] == "trial-1"]
    assert cut["metrics"] == {"a": [(1, 0.5)]}


def test_two_searches_may_start_at_once_in_a_new_home(tmp_path, monkeypatch):
    """MLflow makes the tables of a new database without a lock: the second maker failed."""
    fork_writers(monkeypatch)  # which start closer together
    home = Home.at(tmp_path / "home")
    uri = home.tracking_uri(None)
    trackers = [Tracker(home.study(name, "spool.jsonl"), uri, home.root / "artifacts") for name in ("a", "b", "c")]
    for name, tracker in zip("abc", trackers, strict=True):
        tracker.log("parent", key="parent", name=name, experiment="e", params={}, tags={})
    results = [tracker.close() for tracker in trackers]
    assert all(r["complete"] for r in results)
    assert len({r["runs"]["parent"] for r in results}) == 3
    assert len({r["experiment_id"] for r in results}) == 1


@pytest.mark.slow
def test_a_resume_takes_over_from_the_writer_of_a_killed_driver(home, tmp_path, store):
    """The old writer still waits for a locked database when the new driver opens the spool."""
    import sqlite3

    uri, spool = f"sqlite:///{home}/mlflow.db", tmp_path / "h.spool.jsonl"
    code = f"""
import os, signal, sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from launch.tracking.tracker import Tracker
t = Tracker(Path({str(spool)!r}), {uri!r}, None, "beef")
t.log("parent", key="parent", name="s", experiment="celeba", params={{}}, tags={{}})
for n in range(2):
    t.log("run", key=f"trial-{{n}}", name=f"trial-{{n}}", params={{}}, tags={{}})
while not t.result_path.exists() or "trial-1" not in t.result_path.read_text():
    time.sleep(0.05)
print("ready", flush=True)
time.sleep(60)
"""
    driver = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert driver.stdout.readline() == "ready\n"
    lock = sqlite3.connect(home / "mlflow.db", isolation_level=None)
    lock.execute("begin exclusive")
    driver.kill()
    driver.wait()
    tracker = Tracker(spool, uri, None, "beef")
    for key in ("parent", "trial-0", "trial-1"):
        tracker.log("reopen", key=key)
    log(tracker, metrics(0, {"round": 1, "a": 0.5}))
    log(tracker, end(0, "FINISHED"))
    time.sleep(4)  # the new writer is up, and waits for the old one
    lock.close()
    wait_for(lambda: {r["name"]: r["status"] for r in store.runs().values()}.get("trial-0") == "FINISHED")
    time.sleep(2)
    assert {r["name"]: r["status"] for r in store.runs().values()} == {
        "s": "RUNNING", "trial-0": "FINISHED", "trial-1": "RUNNING",
    }  # fmt: skip
    log(tracker, end(1, "FAILED"))
    result = tracker.close()
    runs = {r["name"]: r for r in store.runs().values()}
    assert {n: r["status"] for n, r in runs.items()} == {"s": "FINISHED", "trial-0": "FINISHED", "trial-1": "FAILED"}
    assert runs["trial-0"]["metrics"] == {"a": [(1, 0.5)]}
    assert set(result["runs"].values()) == {r["id"] for r in runs.values()}
