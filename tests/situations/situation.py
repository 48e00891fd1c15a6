"""Files, folders and places as people have them, each with the outcome that a user would call right.

`python -m tests.situations` prints the table of them all, with what is said of each here and now.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from launch.common.environment import prepare

if TYPE_CHECKING:
    from datasets.problems.problem import Problem
    from launch.config.options import TuneOptions

prepare()


@dataclass(frozen=True)
class Situation:
    """One situation: what is there, what is asked for, what must come of it.

    Parameters
    ----------
    name : str
        A short sentence: the situation, not the outcome.
    make : callable (folder) -> dataset
        Writes small files into an empty folder; returns what stands for the dataset on the command line.
    options : tuple of str
        Further arguments of `tune.py`.
    says : tuple of str
        Phrases that stand in what is told before the search starts, as the dry run tells it.
    columns : mapping of str to str
        The type that columns are taken for, by name: numeric, boolean, categorical, time, "left out".
    check : callable (Problem), optional
        Asserts on what was read.
    refuses : tuple of str
        Phrases of the one line of the refusal; none means that it is read.
    unsaid : tuple of str
        Phrases that must not stand in what is said.
    """

    name: str
    make: Callable[[Path], Path | str]
    options: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Problem], Any] | None = None
    refuses: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a situation: the exit code of `tune.py --dry-run`, what was said, the data if they were read."""

    code: int
    said: str
    problem: Problem | None


@cache
def _options(detector: str, given: tuple[str, ...]) -> TuneOptions:
    """The options of a command line without dataset and home: to parse one takes longer than all the rest."""
    from launch.config.command_line import parse

    return parse([detector, "DATASET", "--local", "--dry-run", *given])


def outcome(situation: Situation, folder: Path) -> Outcome:
    """Everything that `tune.py iforest DATASET --dry-run` does except the measurement of one round.

    Images are searched with `ae_fc`.
    """
    from rich.console import Console

    from launch.common import command
    from launch.common.home import Home
    from launch.display.announce import announce
    from launch.search import planning

    folder.mkdir(parents=True, exist_ok=True)
    dataset, home = str(situation.make(folder)), folder / "home-of-the-test"
    detector = "ae_fc" if dataset.startswith("images:") else "iforest"
    screen, errors, problems = io.StringIO(), io.StringIO(), []

    def work(options: Any, _: Console) -> None:
        console = Console(file=screen, width=200)
        problems.append(planning.load_problem(options, lambda line: console.print(line, soft_wrap=True), Home.at(home)))
        announce(console, planning.plan(options, Home.at(home), problems[0], detector))

    before = Path.cwd()
    try:
        os.chdir(folder)
        with redirect_stderr(errors):
            code = command.run(lambda: replace(_options(detector, situation.options), dataset=dataset, home=home), work)
    finally:
        os.chdir(before)
    return Outcome(code, " ".join((screen.getvalue() + errors.getvalue()).split()), problems[0] if code == 0 else None)


def assert_right(situation: Situation, folder: Path) -> None:
    """The contract of a situation: read as it should be and said so, or refused in one line with exit code 2."""
    got = outcome(situation, folder)
    assert got.code == (2 if situation.refuses else 0), got.said
    for phrase in (*situation.says, *situation.refuses):
        assert phrase in got.said, f"{phrase!r} is not said in: {got.said}"
    for phrase in situation.unsaid:
        assert phrase not in got.said, f"{phrase!r} is said in: {got.said}"
    if situation.refuses:
        assert got.said.count("error: ") == 1, got.said
        assert "Traceback" not in got.said
        return
    assert got.problem is not None
    if situation.columns:
        taken = {report.name: report.kind for report in got.problem.columns}
        assert {name: taken.get(name) for name in situation.columns} == dict(situation.columns)
    if situation.check is not None:
        situation.check(got.problem)


def table(rows: int = 200, anomalies: int = 20, columns: int = 3, seed: int = 0) -> pd.DataFrame:
    """A table of numbers, `f0`, `f1`, … and `label`, 1 for anomalies, which lie apart."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows, int)
    y[:anomalies] = 1
    rng.shuffle(y)
    X = rng.normal(size=(rows, columns)) + 2 * y[:, None]
    return pd.DataFrame(X.round(4), columns=[f"f{i}" for i in range(columns)]).assign(label=y)


def as_csv(frame: pd.DataFrame, name: str = "data.csv", **options: Any) -> Callable[[Path], Path]:
    """A `make` that writes a frame with pandas' `to_csv`."""

    def make(folder: Path) -> Path:
        path = folder / name
        frame.to_csv(path, **({"index": False} | options))
        return path

    return make


def as_text(text: str | bytes, name: str = "data.csv") -> Callable[[Path], Path]:
    """A `make` that writes a file of this very content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make
