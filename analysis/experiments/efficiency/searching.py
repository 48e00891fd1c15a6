"""Search: one line on disk for each detector, dataset, seed and arm, with the course of every trial."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.experiments import untracked_search
from analysis.experiments.efficiency.arms import Arm
from analysis.experiments.efficiency.left_out import LeftOut
from analysis.experiments.efficiency.remembered import Course, RememberingEngine, key
from analysis.experiments.tasks import checksums
from analysis.options import EfficiencyOptions
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from launch.common.errors import Stopped, UsageError
from launch.common.home import Home
from launch.config.options import TuneOptions
from launch.config.plan import Plan
from launch.config.portfolio import PortfolioTrials
from search_spaces import portfolios
from search_spaces.portfolios import Portfolio
from trainables.core.detector import make

SHARED = ("max_rounds", "splits_per_trial", "auto_batch")
"""Options that change how a configuration is trained: only arms with the same share what is remembered."""


@dataclass(frozen=True)
class Cell:
    """A detector on a dataset with a seed: within one, arms are compared."""

    detector: str
    dataset: str
    seed: int

    @property
    def text(self) -> str:
        """For people."""
        return f"{Path(self.detector).stem} on {Path(self.dataset).stem}, seed {self.seed}"


def cut(problem: Problem, rows: int | None) -> Problem:
    """The problem with at most so many development rows, drawn once, with the same share of anomalies."""
    y = problem.development.y
    if rows is None or len(y) <= rows:
        return problem
    if y.ndim > 1 or problem.modality != "tabular":
        raise UsageError(f"`rows` is for tables, and {problem.dataset} is of images")
    rng = np.random.default_rng(0)
    kept = [rng.permutation(own)[: round(rows * len(own) / len(y))] for own in (np.flatnonzero(y == k) for k in (0, 1))]
    return problem.taking(np.sort(np.concatenate(kept)))


class Searching:
    """Runs the searches of a study. Problems are read once."""

    def __init__(self, options: EfficiencyOptions, requests: Iterable[Request], data_dir: Path) -> None:
        self.options, self.data_dir = options, data_dir
        self.requests = {request.dataset: request for request in requests}
        self._left_out = None if options.fits is None else LeftOut(options.fits)
        self._checksums = checksums(list(self.requests), [])
        self._problems: dict[str, Problem] = {}
        self._warm: set[str] = set()

    def problem(self, dataset: str) -> Problem:
        """The development rows of a dataset, as many as the study takes."""
        if dataset not in self._problems:
            asked = self.requests[dataset]
            problem = load(asked, self.data_dir, allow_standin=False, notify=lambda line: None)
            self._problems[dataset] = cut(problem, self.options.rows)
        return self._problems[dataset]

    def key(self, cell: Cell, arm: Arm) -> str:
        """What a search is known by on disk."""
        given = {name: value for name, value in self._given(arm).items() if name != "no_portfolio"}
        tried = self.portfolio(cell, arm)
        portfolio = {} if tried is None else {"portfolio": key({"": tried.configurations})}
        return key({**asdict(cell), "arm": arm.name, **given, **portfolio, "data": self._data(cell.dataset)})

    def portfolio(self, cell: Cell, arm: Arm) -> Portfolio | None:
        """What an arm tries after the published configurations."""
        if arm.options.get("no_portfolio"):
            return None
        if self._left_out is not None:
            return self._left_out.portfolio(cell.detector, cell.dataset)
        return portfolios.load(cell.detector)

    def circular(self, cell: Cell, arm: Arm) -> bool:
        """Whether a dataset helped to build the portfolio that is tried on it, so that it gains too much."""
        tried = self.portfolio(cell, arm)
        return tried is not None and self.problem(cell.dataset).sha256 in tried.tables.values()

    def _given(self, arm: Arm) -> dict[str, Any]:
        """The options of an arm's searches."""
        options = self.options
        same = {"trials": round(arm.more * options.trials), "max_rounds": options.max_rounds, "metric": options.metric}
        return same | arm.options

    def _data(self, dataset: str) -> dict[str, Any]:
        """How the data are read and cut, where it is not by default."""
        plain, default = self.requests[dataset].plain(), Request(dataset).plain()
        said = {name: value for name, value in plain.items() if value != default.get(name)}
        return {"rows": self.options.rows, "sha256": self._checksums.get(dataset), **said}

    def plan(self, cell: Cell, arm: Arm, home: Home) -> Plan:
        """The plan of a search."""
        given = {**self._given(arm), "seed": cell.seed, "local": True}
        plan = untracked_search.plan_of(cell.detector, self.problem(cell.dataset), home, **given)
        tried = None if self._left_out is None else self.portfolio(cell, arm)
        if tried is None:
            return plan
        configurations = tried.on(plan.space, plan.info)
        return replace(plan, portfolio=PortfolioTrials(configurations, len(tried.tables)))

    def search(self, cell: Cell, arm: Arm, known: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Search; what `known` lines of the cell have trained is not trained again."""
        row = {
            "key": self.key(cell, arm), "failure": None, **asdict(cell), "arm": arm.name, "options": arm.options,
            "shared": shared(arm, self.options.max_rounds), "data": self._data(cell.dataset),
        }  # fmt: skip
        engine = RememberingEngine(courses(known, row["shared"]))
        with tempfile.TemporaryDirectory(prefix="efficiency-") as folder:
            plan = self.plan(cell, arm, Home.at(Path(folder)))
            self._import(plan)
            try:
                study = untracked_search.search(plan, engine).study
            except Stopped as error:
                return {**row, "failure": {"cause": "stopped", "message": str(error)}}
        trials = [
            {
                "number": record.number, "origin": record.origin, "config": record.params, "state": record.state,
                "score": record.score, "failure": record.failure, "between": round(engine.between[record.number], 5),
                "rounds": [[float(f"{one['score']:.6g}"), round(one["fit_seconds"], 5)] for one in record.history],
            }
            for record in study.records.values()
            if record.number in engine.between
        ]  # fmt: skip
        return {
            **row,
            "metric": plan.metric,
            "reference": plan.reference,
            "asked": plan.options.trials,
            "trials": trials,
        }

    def _import(self, plan: Plan) -> None:
        """Train a round that nobody counts, so that no arm pays for imports."""
        if plan.detector not in self._warm:
            split = plan.problem.split(plan.options.seed)
            make(plan.cls, plan.published[plan.reference]).begin(plan.train_data(split.train)).train_round()
            self._warm.add(plan.detector)


def shared(arm: Arm, max_rounds: int) -> str:
    """What arms must have in common to share what they train."""
    plain = TuneOptions()
    return key({name: {"max_rounds": max_rounds, **arm.options}.get(name, getattr(plain, name)) for name in SHARED})


def courses(lines: Iterable[Mapping[str, Any]], common: str) -> dict[str, Course]:
    """What these searches trained, by configuration; of the same one the longest."""
    found: dict[str, Course] = {}
    for line in lines:
        for trial in line.get("trials", ()) if line["shared"] == common else ():
            rounds, finished = [(score, seconds) for score, seconds in trial["rounds"]], trial["state"] == "complete"
            name = key(trial["config"])
            if name not in found or len(rounds) > len(found[name].rounds) or finished or trial["failure"]:
                found[name] = Course(rounds, finished, trial["failure"])
    return found
