"""Moments of a kill that are too short to be hit by chance, made by hand; then `--resume`."""

import contextlib
import json
import shutil
import sqlite3

import pytest

from tests.faults.audit import Case, audit
from tests.faults.conftest import ASKED, SEED, calmly


@pytest.fixture
def case(whole, tmp_path, problem):
    """A copy of a finished search."""
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    home = folder / "home"
    options = home / "studies" / "calm.options.json"
    options.write_text(options.read_text().replace(str(whole), str(folder)))
    return Case(home, "calm", folder / "work.jsonl", home / "checkpoints", problem, ASKED, SEED)


def resume(case, *more):
    return calmly(case.home.parent, "--resume", "calm", *more)


def test_killed_right_after_the_summary_was_written(case):
    spool = case.home / "studies" / "calm.spool.jsonl"
    events = [json.loads(line) for line in spool.read_text().splitlines()]
    (at,) = [i for i, e in enumerate(events) if e["event"] == "end" and e["key"] == "final"]
    spool.write_text("".join(json.dumps(e) + "\n" for e in events[:at]))
    (case.home / "studies" / "calm.spool.mlflow.json").unlink()
    with contextlib.closing(sqlite3.connect(case.home / "mlflow.db")) as database, database:
        database.execute("update runs set status = 'RUNNING' where name like 'final%' or name = 'calm'")
    summary = case.home / "studies" / "calm.summary.json"
    wanted = json.loads(summary.read_text())
    summary.write_text(json.dumps(wanted | {"mlflow_run_id": None, "model_uri": None}))
    (case.home / "checkpoints" / f"calm-{events[0]['search_id'][:8]}" / "trial-00003").mkdir(parents=True)
    (case.home / "studies" / "calm.jobs").mkdir()
    assert {"finals", "parents", "stray checkpoints"} <= {k for k, v in audit(case).losses.items() if v}

    ended = resume(case)

    assert ended.code == 0, ended
    assert "calm is finished" in ended.out
    found = audit(case)
    assert found.clean, found.words
    assert json.loads(summary.read_text()) == wanted
    assert not (case.home / "studies" / "calm.jobs").exists()


def test_an_extended_search_that_was_killed_before_its_second_end_comes_to_it(case, monkeypatch):
    from launch.search import one_search

    def killed(*arguments):
        raise RuntimeError("as if killed")

    monkeypatch.setattr(one_search, "conclude", killed)
    with pytest.raises(RuntimeError, match="as if killed"):
        resume(case, "--trials", ASKED + 2)
    monkeypatch.undo()
    ended = resume(case)

    assert ended.code == 0, ended
    assert "is finished" not in ended.out
    case.asked, case.conclusions = ASKED + 2, 2
    found = audit(case)
    assert found.clean, found.words
    summary = json.loads((case.home / "studies" / "calm.summary.json").read_text())
    assert sum(summary["trials"][state] for state in ("complete", "pruned")) == ASKED + 2


def test_a_database_whose_writer_was_killed_in_a_transaction_is_no_reason_to_stop(case):
    database = case.home / "mlflow.db"
    before = database.read_bytes()
    hot = case.home / "hot.db"
    shutil.copy(database, hot)
    with contextlib.closing(sqlite3.connect(hot, isolation_level=None)) as connection:
        connection.execute("pragma cache_size = 1")
        connection.execute("begin")
        connection.execute("update metrics set value = value + 1")
        connection.execute("update tags set value = value || 'x'")
        shutil.copy(hot, database)
        shutil.copy(case.home / "hot.db-journal", case.home / "mlflow.db-journal")
        connection.execute("rollback")
    assert database.read_bytes() != before  # half of it was written

    ended = resume(case)

    assert ended.code == 0, ended
    found = audit(case)
    assert found.clean, found.words
