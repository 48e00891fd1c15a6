"""What the tests of spool, writer and outages share: a story of events, its audit, ways to die."""

from __future__ import annotations

import json
import time

from launch.tracking import spool
from launch.tracking.event_writer import EventWriter
from launch.tracking.spool import Reader, SpoolLine
from tests.launch.conftest import Store

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


def apply(writer, events):
    """Apply events that stand in no spool."""
    writer.apply([SpoolLine(0, 0, event) for event in events])


def carry(uri, spool, *, size=4, feeder=None, prepare=None):
    """Carry a whole spool in this process, some lines at a time."""
    writer = EventWriter(uri, "", spool, feeder)
    if prepare is not None:
        prepare(writer)
    reader = Reader(spool, writer.cursor.offset)
    while lines := reader.read():
        for at in range(0, len(lines), size):
            writer.apply(lines[at : at + size])
    writer.save(complete=writer.cursor.complete)
    return writer


class Feeder(spool.Feeder):
    """A search that lives, so that the writer waits."""

    gone = None

    def wait(self, seconds):
        time.sleep(min(seconds, 0.02))


class Killed(BaseException):
    """Stands for SIGKILL: nothing is caught, nothing saved."""


def dies_at(call, *, after):
    """A writer that dies at its n-th call of the store, before it or when it came through."""

    def prepare(writer):
        inner, calls = writer.retry, 0

        def retry(action, **kwargs):
            nonlocal calls
            calls += 1
            if calls == call and not after:
                raise Killed
            value = inner(action, **kwargs)
            if calls == call:
                raise Killed
            return value

        writer.retry = writer.store.retry = retry

    return prepare


def by_calls(writer):
    writer.bulk = False
