"""A search of very many trials: MLflow gets the last round of each, the spool all, and tags of the search once."""

import json
from types import SimpleNamespace

import pytest

from launch.models import logged_trial
from launch.study.trial import TrialRecord
from launch.tracking import spool, trial_events
from launch.tracking.event_writer import EventWriter
from launch.tracking.trial_events import LARGE, OWN, TrialEvents, logged_rounds
from tests.launch.tracking.outage_tools import apply, write

TAGS = {
    "study": "s", "detector": "iforest", "dataset": "t", "request": "{}", "versions": "{}", "git_commit": "c0ffee",
    "protocol": "report", "dataset_sha256": "0", "outer_split": "0", "metric": "ap", "max_rounds": "3", "threads": "1",
    "supervision": "none",
}  # fmt: skip
PARENT = {"event": "parent", "key": "parent", "time": 1.0, "name": "s", "experiment": "e", "search_id": "ab"}
PARENT |= {"tags": {**TAGS, "kind": "search"}}


def rows(count):
    return [
        {"round": n, "score": n / 10, "ap": n / 20, "loss": 1.0 / n, "fit_seconds": 0.5, "predict_seconds": 0.25}
        for n in range(1, count + 1)
    ]


class Kept:
    """A tracker that keeps its events."""

    def __init__(self):
        self.events = [PARENT]

    def log(self, event, **fields):
        self.events.append({"event": event, "time": 2.0 + len(self.events), **fields})


@pytest.fixture
def written(monkeypatch, tmp_path):
    """Events of two trials, of which the second is gone on with by a process of another commit."""
    monkeypatch.setattr(trial_events, "base_tags", lambda plan: {**TAGS, "git_commit": plan.commit})
    options = SimpleNamespace(seed=3)
    tracker = Kept()
    logged = spool.read(write(tmp_path / "parent.jsonl", [PARENT]))
    first = TrialEvents(
        SimpleNamespace(trials=LARGE + 1, options=options, detector_path="", commit="c0ffee"), tracker, logged
    )
    one, two = TrialRecord(0, {"a": 1}, "sampled"), TrialRecord(1, {"a": 2}, "sampled")
    for record in (one, two):
        first.start(record)
    one.history = rows(2)
    first.report(one)
    one.history, one.state = rows(3), "complete"
    first.report(one)
    first.end(one)
    two.history = rows(2)
    first.report(two)
    logged = spool.read(write(tmp_path / "first.jsonl", tracker.events))
    assert logged_rounds(logged) == {0: rows(3), 1: rows(2)}
    again = TrialEvents(
        SimpleNamespace(trials=LARGE + 1, options=options, detector_path="", commit="bead"), tracker, logged
    )
    two.history, two.state = rows(3), "pruned"
    again.report(two)
    again.end(two)
    again.start(TrialRecord(2, {"a": 3}, "sampled"))
    return tracker.events


def test_every_round_is_in_the_spool_once(written, tmp_path):
    sent = [row["round"] for e in written if e["event"] == "rounds" and e["key"] == "trial-1" for row in e["rows"]]
    assert sent == [1, 2, 3]
    assert logged_rounds(spool.read(write(tmp_path / "s.jsonl", written))) == {0: rows(3), 1: rows(3), 2: []}


def test_some_runs_can_be_read_without_the_others(written, tmp_path):
    path = write(tmp_path / "s.jsonl", written)
    every, some = spool.read(path), spool.read(path, ["parent", "trial-1"])
    assert (some["parent"], some["trial-1"]) == (every["parent"], every["trial-1"])
    assert "trial-0" not in some
    assert spool.read(path, []) == {}


def test_a_trial_says_what_is_not_as_its_search_says(written):
    tags = {e["key"]: e["tags"] for e in written if e["event"] == "run"}
    assert {name for name in TAGS if name in tags["trial-0"]} == set(OWN)
    assert tags["trial-2"]["git_commit"] == "bead"
    assert "versions" not in tags["trial-2"]


def test_mlflow_has_the_last_round_and_a_trial_reads_as_any_other(written, tmp_path, empty_store):
    path = tmp_path / "mlflow.db"
    path.write_bytes(empty_store.read_bytes())
    writer = EventWriter(f"sqlite:///{path}", str(tmp_path / "artifacts"), write(tmp_path / "s.spool.jsonl", []))
    apply(writer, [*written, {"event": "close", "key": "parent", "time": 99.0, "status": "FINISHED"}])
    assert writer.cursor.refused["count"] == 0
    client, run = writer.client, writer.runs["trial-0"]
    metrics = client.get_run(run).data.metrics
    assert metrics["val_score"] == pytest.approx(0.3)
    assert metrics["fit_seconds_total"] == pytest.approx(1.5)
    assert [(m.step, m.value) for m in client.get_metric_history(run, "val_ap")] == [(3, pytest.approx(0.15))]
    trial = logged_trial.read(client, run)
    assert (trial.config, trial.protocol, trial.rounds, trial.max_rounds) == ({"a": 1}, "report", 3, 3)
    assert (trial.kind, trial.split_seed, trial.score) == ("trial", 3, pytest.approx(0.3))
    third = logged_trial.tags_of(client, client.get_run(writer.runs["trial-2"]))
    assert (third["git_commit"], json.loads(third["config"])) == ("bead", {"a": 3})
