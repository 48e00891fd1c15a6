"""Pieces for driving the launcher without its command: a small problem, a silent tracker."""

from __future__ import annotations

import numpy as np

from datasets.problems import protocols
from datasets.problems.dataset import Dataset
from datasets.problems.problem import Problem
from launch.config.halving import Halving
from launch.config.plan import Plan
from launch.tracking.tags import base_tags
from launch.tracking.tracker import Tracker, tracker_of


class EveryRound(Halving):
    """No trial is stopped, and each round is a report to Tune of its own."""

    def rungs(self) -> tuple[int, ...]:
        """Every round."""
        return tuple(range(1, self.max_rounds + 1))


def tracker(plan: Plan, uri: str) -> Tracker:
    """A tracker with the parent run open, as the command makes it."""
    made = tracker_of(plan.home, plan.study, uri)
    made.open_parent(plan.study, plan.problem.dataset, plan.options.record(), base_tags(plan))
    return made


def artificial_problem(name: str, rows: int) -> Problem:
    """Normal draws with a tenth of anomalies, shifted, under the report's protocol."""
    rng = np.random.default_rng(0)
    y = (rng.random(rows) < 0.1).astype(np.int8)
    X = (rng.normal(size=(rows, 4)) + y[:, None]).astype(np.float32)
    dataset = Dataset(name, X, y, ("x0", "x1", "x2", "x3"), "generated, seed 0", "0" * 64, "none")
    return protocols.prepare(dataset, "report")
