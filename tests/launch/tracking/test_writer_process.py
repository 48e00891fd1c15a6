"""Writers that die, and events that MLflow refuses."""

from __future__ import annotations

import errno
import random
import signal
import sqlite3
import time

import pytest

from launch.tracking.cursor import Cursor, cursor_path
from launch.tracking.retry import Failure, classify
from launch.tracking.tracker import Tracker, TrackingFailed, send_orders, start_writer
from tests.launch.conftest import HANG, Store
from tests.launch.tracking.outage_tools import START, Killed, audit, by_calls, carry, dies_at, story, write


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
            cursor_path(spool).write_bytes(damage)
        carry(uri, spool, size=size, prepare=None if bulk else by_calls)
        audit(home / "mlflow.db")


def test_runs_left_open_are_killed_and_a_resume_reopens_them(home, tmp_path):
    uri, events = f"sqlite:///{home}/mlflow.db", story()
    cut = next(i for i, e in enumerate(events) if e["event"] == "close")
    spool = write(tmp_path / "s.spool.jsonl", events[:cut])
    carry(uri, spool).finish("KILLED")
    status = {r["name"]: r["status"] for r in Store(home / "mlflow.db").runs().values()}
    assert status == {"s": "KILLED", "trial-000": "FINISHED", "trial-001": "KILLED", "trial-002": "KILLED"}
    assert Cursor.load(spool).carried(spool)
    write(spool, events[cut + 1 :])
    assert not Cursor.load(spool).carried(spool)
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
        cursor_path(spool).unlink()


@pytest.mark.slow
def test_a_writer_killed_at_random_moments(home, tmp_path):
    """SIGKILL of real writer processes: within a transaction, between it and the cursor, while the cursor is saved."""
    uri, events = f"sqlite:///{home}/mlflow.db", story()
    spool = tmp_path / "s.spool.jsonl"
    spool.touch()
    cursor, journal = cursor_path(spool), home / "mlflow.db-journal"

    def partials():
        return list(tmp_path.glob(f"{cursor.name}.*.partial"))

    chance = random.Random(0)
    seen: dict[str, int] = {"journal": 0, "partial": 0, "cursor": 0}
    for event in events:
        write(spool, [event])
        for partial in partials():
            partial.unlink()
        before = cursor.stat().st_mtime_ns if cursor.exists() else 0
        signs = {
            "journal": journal.exists,
            "partial": partials,
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
    send_orders(writer, {"patience": 5}, last=True)
    assert writer.wait(HANG) == 0
    assert all(count >= 3 for count in seen.values()), seen
    audit(home / "mlflow.db")


def test_a_killed_writer_is_replaced_and_what_was_refused_is_told(home, tmp_path):
    """The search goes on and never notices the death; what MLflow never took, it hears at the end."""
    tracker = Tracker(tmp_path / "s.spool.jsonl", f"sqlite:///{home}/mlflow.db", None, "cafe")
    for event in story()[:-1]:
        tracker.log(event["event"], **{k: v for k, v in event.items() if k not in ("event", "time")})
    tracker.log("artifact", key="parent", path=tmp_path / "gone.png")
    tracker._process.kill()
    with pytest.raises(TrackingFailed, match=r"1 event was refused, first artifact of parent: .*gone\.png") as failed:
        tracker.close("FINISHED")
    assert failed.value.pending == 0
    assert failed.value.result["complete"]
    runs = {r["tags"]["key"]: r["id"] for r in Store(home / "mlflow.db").runs().values()}
    assert failed.value.result["runs"] == runs
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
    assert [classify(e) for e in passes] == [Failure.TRANSIENT] * len(passes)
    refused = [
        rest("INVALID_PARAMETER_VALUE"), rest("RESOURCE_DOES_NOT_EXIST"), KeyError("x"), FileNotFoundError(2, "gone"),
        MlflowException("bad name", INVALID_PARAMETER_VALUE), exc.IntegrityError("insert", {}, Exception("unique")),
    ]  # fmt: skip
    assert [classify(e) for e in refused] == [Failure.REFUSED] * len(refused)
    assert classify(rest("INTERNAL_ERROR")) is Failure.UNCLEAR
    broken = exc.DatabaseError("select 1", {}, Exception("file is not a database"))
    assert classify(broken) is Failure.BROKEN
