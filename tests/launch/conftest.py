"""What the launcher's tests share: a small table in celeba's form, detectors of our own, ways to run a search."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from datasets.tables.celeba import ATTRIBUTES
from launch import tune
from launch.common.environment import ROOT, prepare
from tests.launch.forked_writer import fork_writers
from tests.launch.toy import TOY, TOY_SPACE

prepare()

CSV = "celeba_baldvsnonbald_normalised.csv"
HANG = 600
"""Seconds after which something hangs: a guard, not a measure, so that a busy machine fails no test."""


def table(rows: int = 2400, share: float = 0.04, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Binary rows of 39 attributes; anomalies have the first six more often."""
    generator = np.random.default_rng(seed)
    y = (generator.random(rows) < share).astype(np.int8)
    chance = np.full((rows, len(ATTRIBUTES)), 0.35)
    chance[y == 1, :6] = 0.8
    return (generator.random(chance.shape) < chance).astype(np.uint8), y


def write_csv(folder: Path, X: np.ndarray, y: np.ndarray) -> Path:
    """The table as the DevNet authors publish it."""
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(X, columns=list(ATTRIBUTES))
    frame["class"] = y
    frame.to_csv(folder / CSV, index=False)
    return folder


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small file in celeba's form: no network, no real file."""
    return write_csv(tmp_path_factory.mktemp("data"), *table())


@pytest.fixture(scope="session")
def problem(data_dir: Path) -> Any:
    from datasets.problems import protocols
    from datasets.tables.named import load

    return protocols.prepare(load("celeba", data_dir, download=False, allow_standin=False))


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Somebody's own detector with a space of two numbers."""
    path = tmp_path / "toy_detector.py"
    path.write_text(TOY + TOY_SPACE)
    return path


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new MLflow database; making one costs seconds, so homes start from a copy, in all processes of pytest-xdist."""
    import mlflow

    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with FileLock(folder / "empty-store.lock"):
        if not (path := folder / "empty-store.db").exists():
            mlflow.MlflowClient(f"sqlite:///{folder}/making.db").search_experiments()
            (folder / "making.db").rename(path)
    return path


@pytest.fixture
def home(tmp_path: Path, empty_store: Path) -> Path:
    """A home with an empty database."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    return folder


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A spool that tells of a small search."""
    from tests.launch.tracking.outage_tools import story, write

    return write(tmp_path / "s.spool.jsonl", story())


@dataclass
class Recorder:
    """Takes events in place of the tracker, as the writer would read them."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def log(self, event: str, **fields: Any) -> None:
        from launch.tracking.spool import json_value

        self.events.append(json.loads(json.dumps({"event": event, "time": 0.0, **fields}, default=json_value)))

    def open_parent(self, name: str, experiment: str, params: dict[str, Any], tags: dict[str, Any]) -> None:
        self.log("parent", key="parent", name=name, experiment=experiment, params=params, tags=tags)

    def outage(self) -> None:
        """Never away."""

    def of(self, event: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == event]


@dataclass
class Local:
    """A search in this process, without Ray's runtime and without MLflow."""

    plan: Any
    study: Any
    tracker: Recorder
    console: Any
    engine: Any
    interrupt: Any

    def search(self, seconds: float | None = None) -> Local:
        from launch.search import trials

        trials.run(self.context(seconds))
        return self

    def conclude(self) -> Any:
        from launch.search.conclude import conclude

        return conclude(self.context())

    def context(self, seconds: float | None = None) -> Any:
        from analysis.reports.publisher import ReportPublisher
        from launch.search.context import SearchContext
        from launch.search.time_left import Budget

        return SearchContext(
            self.plan, self.study, self.engine, self.tracker, self.console, self.interrupt, Budget(seconds),
            ReportPublisher(),
        )  # fmt: skip

    @property
    def trials(self) -> list[tuple[Any, ...]]:
        return [(r.number, r.origin, r.params, r.state, r.score) for r in self.study.records.values()]


@pytest.fixture
def local(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Local]:
    """Opens a search as the command line would: `local("devnet", "--trials", "3")`."""
    from analysis.reports import search_figures

    monkeypatch.setattr(search_figures, "draw", lambda *a, **k: [])  # seconds of matplotlib

    def open_(
        detector: str,
        *arguments: str,
        home: Path = tmp_path / "home",
        data: Path = data_dir,
        engine: Any = None,
        dataset: str = "celeba",
    ):
        from rich.console import Console

        from launch.backend.local import LocalEngine
        from launch.common.home import Home
        from launch.common.interrupts import Interrupt
        from launch.config.command_line import parse
        from launch.search import planning, trials

        options = parse([detector, dataset, "--data-dir", str(data), "--home", str(home), "--local", *arguments])
        one = planning.plan(
            options, Home.at(home), planning.load_problem(options, lambda _: None), planning.detectors(options)[0]
        )
        console = Console(file=io.StringIO(), force_terminal=False)
        study = trials.open_study(one)
        return Local(one, study, Recorder(), console, engine or LocalEngine(1), Interrupt(lambda: None))

    return open_


@dataclass
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str
    seconds: float


def run_command(*arguments: Any, cwd: Path, timeout: float = HANG) -> Ended:
    """`tune.py` in a process of its own."""
    start = time.monotonic()
    with started(*arguments, cwd=cwd) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"tune.py {arguments} took over {timeout} s:\n{out[-3000:]}\n{err[-3000:]}")
    return Ended(process.returncode, out, err, time.monotonic() - start)


def run_here(*arguments: Any, cwd: Path, pictures: bool = False) -> Ended:
    """`tune.py` in this process, which has imported everything already, as has that whose fork the writer is.

    The PNGs of its end, seconds of matplotlib, are drawn where they are asked for.
    """
    from analysis.reports.publisher import ReportPublisher
    from launch import tune

    given = [str(a) for a in arguments]
    out, err, start = io.StringIO(), io.StringIO(), time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["launch/tune.py", *given])
        patch.setenv("COLUMNS", "200")
        patch.setattr(tune, "STARTED", start)
        if not pictures:
            patch.setattr(ReportPublisher, "pictures", lambda *_: [])
        fork_writers(patch)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = tune.main(given)
    return Ended(code, out.getvalue(), err.getvalue(), time.monotonic() - start)


@contextlib.contextmanager
def started(*arguments: Any, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """`tune.py` running in a session of its own, which is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "launch" / "tune.py"), *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ANOMALY_DATA")} | {"COLUMNS": "200"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(condition: Callable[[], Any], seconds: float = HANG) -> Any:
    """What `condition` returns, once it is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail(f"waited {seconds} s in vain")


class Store:
    """Reads an MLflow database as it is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def runs(self) -> dict[str, dict[str, Any]]:
        """Runs by id: name, status, tags, params, and metrics as (step, value) by name."""
        found = {
            run: {"id": run, "name": name, "status": status, "tags": {}, "params": {}, "metrics": {}}
            for run, name, status in self.rows("select run_uuid, name, status from runs order by start_time")
        }
        for table_name, place in (("tags", "tags"), ("params", "params")):
            for run, key, value in self.rows(f"select run_uuid, key, value from {table_name}"):
                found[run][place][key] = value
        for run, key, step, value in self.rows("select run_uuid, key, step, value from metrics order by step"):
            found[run]["metrics"].setdefault(key, []).append((step, value))
        return found

    def kind(self, kind: str) -> list[dict[str, Any]]:
        return [run for run in self.runs().values() if run["tags"].get("kind") == kind]


def trials_of(home: Path, name: str) -> Sequence[Any]:
    """Trials of a study in a home."""
    import optuna

    from launch.study.storage import journal, open_storage

    return optuna.load_study(study_name=name, storage=open_storage(journal(home, name))).get_trials()


@pytest.fixture
def refuse(capsys, tmp_path, data_dir, monkeypatch):
    """Runs the command, which must be refused; returns the one line that it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["tune.py"])

    def run(*arguments: object, plain: bool = False, home: Path = tmp_path / "home") -> str:
        given = [str(a) for a in arguments]
        if not plain:
            given += [] if "--data-dir" in given else ["--data-dir", str(data_dir)]
            given += [] if "--home" in given else ["--home", str(home)]
        before = set(tmp_path.rglob("*"))
        code = tune.main(given)
        captured = capsys.readouterr()
        assert code == 2, captured
        lines = captured.err.splitlines()
        assert len(lines) == 1, captured.err
        assert lines[0].startswith("error: ")
        assert "Traceback" not in captured.out + captured.err
        # before any work: no search, no reading of the seal, no store, no cluster
        made = {p.relative_to(tmp_path) for p in set(tmp_path.rglob("*")) - before if p.is_file()}
        assert not made, made
        assert "ray" not in sys.modules or not sys.modules["ray"].is_initialized()
        return lines[0].removeprefix("error: ")

    return run
