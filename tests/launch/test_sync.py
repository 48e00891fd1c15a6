"""`launch/sync.py`: what waits on disk is carried, once, and to the right store."""

from __future__ import annotations

import json
import re
import socket

import pytest

from launch import sync
from launch.common import command
from launch.common.home import Home
from launch.tracking.cursor import Cursor, cursor_path
from launch.tracking.spool import Spool
from tests.launch.conftest import Store
from tests.launch.forked_writer import fork_writers


def events(name: str, uri: str) -> list[dict]:
    return [
        {
            "event": "parent", "time": 1.7e9, "key": "parent", "name": name, "experiment": "e",
            "search_id": "id" + name,
            "params": {"tracking_uri": uri}, "tags": {"kind": "search"},
        },
        {"event": "run", "time": 1.7e9, "key": "trial-0", "name": "trial-000", "params": {"lr": 0.5}, "tags": {}},
        {"event": "metrics", "time": 1.7e9, "key": "trial-0", "rows": [{"round": 1, "val_ap": 0.25}]},
        {"event": "end", "time": 1.7e9, "key": "trial-0", "status": "FINISHED"},
        {"event": "close", "time": 1.7e9, "status": "FINISHED"},
    ]  # fmt: skip


@pytest.fixture
def waiting(home):
    """Puts a spool that nobody carried yet in the home."""

    def put(name, uri=f"sqlite:///{home}/mlflow.db", *, closed=True):
        path = Home.at(home).study(name, "spool.jsonl")
        spool = Spool(path)
        for event in events(name, uri)[: None if closed else -2]:
            spool.append(event)
        spool.close()
        return path

    return put


@pytest.fixture
def run(capsys, home, monkeypatch):
    fork_writers(monkeypatch)

    def run(*names, **options):
        code = command.run(lambda: sync.SyncOptions(names, home=home, **options), sync.work)
        captured = capsys.readouterr()
        _, found, table = captured.out.partition("first problem")
        rows = [re.split(r" {2,}", line.strip()) for line in table.splitlines() if line[:1].strip()] if found else []
        return code, rows, captured

    return run


def test_everything_that_waits_is_carried_once(waiting, run, home):
    spool = waiting("one")
    waiting("two", closed=False)  # its driver was killed
    code, rows, _ = run()
    assert code == 0
    assert rows == [["one", "5", "carried"], ["two", "3", "carried"]]
    runs = list(Store(home / "mlflow.db").runs().values())
    assert sorted((r["name"], r["status"]) for r in runs) == [
        ("one", "FINISHED"), ("trial-000", "FINISHED"), ("trial-000", "KILLED"), ("two", "KILLED"),
    ]  # fmt: skip
    assert all(r["metrics"] == {"val_ap": [(1, 0.25)]} for r in runs if r["name"] == "trial-000")
    assert all(Cursor.load(p).carried(p) for p in (spool, spool.with_name("two.spool.jsonl")))
    code, rows, captured = run()
    assert (code, rows) == (0, [])
    assert f"Everything in {home} is in MLflow" in captured.out
    assert run("one")[:2] == (0, [["one", "0", "complete already"]])
    assert len(Store(home / "mlflow.db").runs()) == 4


def test_a_study_that_is_searched_right_now_is_left_alone(waiting, run, home):
    waiting("one")
    release = Home(home).claim("one")
    try:
        assert run()[:2] == (0, [["one", "0", "being searched right now"]])
    finally:
        release()
    spool = Spool(Home(home).study("one", "spool.jsonl"))
    assert run()[1] == [["one", "0", "being searched right now"]]
    spool.close()
    assert Store(home / "mlflow.db").runs() == {}


def test_a_store_that_is_away_is_one_line_and_exit_code_1(waiting, run):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
    spool = waiting("one", uri)
    waiting("two", uri)
    code, rows, captured = run(tracking_uri=uri, patience=0.2)
    assert code == 1
    assert captured.err.splitlines() == [
        f"error: MLflow at {uri} is away ([Errno 111] Connection refused); nothing is lost, try again later"
    ]
    assert rows == [["one", "0", "the store is away", "[Errno 111] Connection refused"]]
    assert len(spool.read_text().splitlines()) == 5


def test_another_store_than_the_recorded_one_is_refused(waiting, run, home):
    waiting("far", "http://me:***@far:5000")
    code, _, captured = run()
    assert code == 2
    (line,) = captured.err.splitlines()
    assert "far is recorded at http://me:***@far:5000" in line
    assert "pass --tracking-uri http://me:***@far:5000, or --moved" in line
    waiting("near")
    code, rows, _ = run()
    assert code == 0
    assert [row[:3] for row in rows if row[0]] == [["far", "0", "in another store"], ["near", "5", "carried"]]
    assert run("far")[0] == 2
    assert {r["name"] for r in Store(home / "mlflow.db").runs().values()} == {"near", "trial-000"}
    assert run("far", moved=True)[:2] == (0, [["far", "5", "carried"]])


@pytest.mark.parametrize(
    ("name", "hint"), [("devnet-celebb", "did you mean devnet-celeba?"), ("../x", "there are devnet-celeba")]
)
def test_an_unknown_name_is_refused_with_near_ones(waiting, run, name, hint):
    waiting("devnet-celeba")
    code, _, captured = run(name)
    assert code == 2
    assert f"no study '{name}' has a record in" in captured.err
    assert hint in captured.err


def test_a_home_without_studies_is_refused(run, tmp_path, capsys):
    code = command.run(lambda: sync.SyncOptions(home=tmp_path / "none"), sync.work)
    assert code == 2
    assert f"there is no record in {tmp_path}/none" in capsys.readouterr().err


def test_what_was_refused_is_told(waiting, run, home):
    path = Home.at(home).study("one", "spool.jsonl")
    spool = Spool(path)
    lines = events("one", f"sqlite:///{home}/mlflow.db")
    for event in [*lines[:2], {"event": "artifact", "time": 1.7e9, "key": "trial-0", "path": "/gone.png"}, *lines[2:]]:
        spool.append(event)
    spool.close()
    code, rows, _ = run()
    assert code == 1
    assert rows[0][:3] == ["one", "6", "carried, 1 event refused"]
    assert "/gone.png is gone" in " ".join(row[3] for row in rows)
    assert json.loads(cursor_path(path).read_text())["complete"]
