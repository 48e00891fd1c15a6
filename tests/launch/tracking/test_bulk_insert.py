"""Runs written whole are, to MLflow, what its own client would have written."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from launch.tracking.cursor import cursor_path
from launch.tracking.event_writer import EventWriter
from tests.launch.tracking.outage_tools import apply, write


def part(name: str, context: str) -> dict:
    """Rows as the spool has them."""
    schema = {"mlflow_colspec": [{"type": "double", "name": "a", "required": True}]}
    return {
        "part": name, "context": context, "name": "table", "digest": f"{name}123", "source_type": "local",
        "source": '{"uri": "my.csv"}', "schema": json.dumps(schema), "profile": '{"num_rows": 3}',
    }  # fmt: skip


def events(start: float) -> list[dict]:
    """One short trial with two rounds, a late tag, and a value repeated at the same step."""
    rows = [{"round": 1, "val_ap": 0.25, "loss": 2.0}, {"round": 2, "val_ap": 0.5, "loss": 1.0}]
    return [
        {
            "event": "parent",
            "key": "parent",
            "time": start,
            "name": "s",
            "experiment": "e",
            "search_id": "abc",
            "tags": {"kind": "search"},
            "data": [part("train", "training"), part("test", "test")],
            "inputs": ["train", "test"],
        },
        {
            "event": "run",
            "key": "trial-0",
            "time": start + 0.1,
            "name": "trial-000",
            "params": {"lr": 0.001, "hidden": (20,)},
            "tags": {"kind": "trial", "seed": 3},
            "inputs": ["train", "of a later version"],
        },
        {"event": "metrics", "key": "trial-0", "time": start + 0.2, "rows": rows},
        {"event": "metrics", "key": "trial-0", "time": start + 0.2, "rows": [{"round": 2, "val_ap": 0.5}]},
        {"event": "tags", "key": "trial-0", "time": start + 0.3, "tags": {"state": "complete"}},
        {"event": "end", "key": "trial-0", "time": start + 0.4, "status": "FINISHED"},
        {"event": "close", "key": "parent", "time": start + 0.5, "status": "FINISHED"},
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory, empty_store) -> dict[bool, tuple]:
    start = time.time()
    found = {}
    for bulk in (True, False):
        folder = tmp_path_factory.mktemp(f"bulk-{bulk}")
        shutil.copy(empty_store, folder / "mlflow.db")
        spool = write(folder / "s.spool.jsonl", [])
        writer = EventWriter(f"sqlite:///{folder}/mlflow.db", str(folder / "artifacts"), spool)
        assert writer.bulk, "the tables of this MLflow are not those that mlflow_bulk knows"
        writer.bulk = bulk
        apply(writer, events(start))
        assert writer.state.closed
        found[bulk] = (writer.client, writer.runs, folder)
    return found


def test_run_is_the_same_either_way(written):
    sides = []
    for bulk in (True, False):
        client, runs, folder = written[bulk]
        run = client.get_run(runs["trial-0"])
        info = {k: v for k, v in dict(run.info).items() if k not in ("run_id", "run_uuid", "artifact_uri")}
        tags = {k: v for k, v in run.data.tags.items() if k != "mlflow.parentRunId"}
        assert run.data.tags["mlflow.parentRunId"] == runs["parent"]
        assert run.info.artifact_uri.endswith(f"/{runs['trial-0']}/artifacts")
        assert str(folder) in run.info.artifact_uri
        sides.append((info, run.data.params, run.data.metrics, tags))
    assert sides[0] == sides[1]
    assert sides[0][2] == {"val_ap": 0.5, "loss": 1.0}
    assert sides[0][1] == {"lr": "0.001", "hidden": "(20,)"}


def test_data_are_the_same_either_way(written):
    """The run of a search has all parts, each once; a trial has what it trains on."""
    sides = []
    for bulk in (True, False):
        client, runs, _ = written[bulk]
        both = {}
        for key in ("parent", "trial-0"):
            inputs = client.get_run(runs[key]).inputs.dataset_inputs
            found = [({t.key: t.value for t in one.tags}, dict(one.dataset)) for one in inputs]
            both[key] = sorted(found, key=lambda pair: pair[1]["digest"])
        sides.append(both)
    assert sides[0] == sides[1]
    (tags, dataset), (other, _) = sides[0]["trial-0"][0], sides[0]["parent"][0]
    assert tags == {"mlflow.data.context": "training"}
    assert other == {"mlflow.data.context": "test"}
    assert (dataset["name"], dataset["digest"], dataset["source"]) == ("table", "train123", '{"uri": "my.csv"}')
    assert [len(sides[0][key]) for key in ("parent", "trial-0")] == [2, 1]


def test_data_are_written_once(written, tmp_path, empty_store):
    """A writer that begins again from the start of the spool adds no second line of a run's data."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    for _ in range(2):
        spool = write(tmp_path / "s.spool.jsonl", [])
        cursor_path(spool).unlink(missing_ok=True)
        writer = EventWriter(f"sqlite:///{tmp_path}/mlflow.db", "", spool)
        apply(writer, events(1_700_000_000.0))
    inputs = writer.client.get_run(writer.runs["trial-0"]).inputs.dataset_inputs
    assert [one.dataset.digest for one in inputs] == ["train123"]


def test_metric_history_is_the_same_either_way(written):
    sides = []
    for bulk in (True, False):
        client, runs, _ = written[bulk]
        sides.append(
            [
                [(m.value, m.timestamp, m.step) for m in client.get_metric_history(runs["trial-0"], name)]
                for name in ("val_ap", "loss")
            ]
        )
    assert sides[0] == sides[1]
    assert [(v, s) for v, _, s in sides[0][0]] == [(0.25, 1), (0.5, 2)]


def test_search_finds_the_run_by_tag_and_metric(written):
    client, runs, _ = written[True]
    experiment = client.get_experiment_by_name("e").experiment_id
    found = client.search_runs([experiment], "tags.kind = 'trial' and metrics.val_ap > 0.4 and params.lr = '0.001'")
    assert [r.info.run_id for r in found] == [runs["trial-0"]]


def test_a_run_written_whole_takes_artifacts_and_new_metrics(written, tmp_path):
    client, runs, _ = written[True]
    file = tmp_path / "note.txt"
    file.write_text("hello")
    client.log_artifact(runs["trial-0"], str(file))
    client.log_metric(runs["trial-0"], "later", 1.5)
    assert [a.path for a in client.list_artifacts(runs["trial-0"])] == ["note.txt"]
    assert client.get_run(runs["trial-0"]).data.metrics["later"] == 1.5
