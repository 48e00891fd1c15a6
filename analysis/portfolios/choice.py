"""Which configurations make a portfolio, and what it is worth on tables that did not help to build it.

The choice is greedy: next comes the configuration with which the best so far, beside the published ones, rises most
in the sum over tables, each score between chance (0) and the best of its table (1). To judge it, a family of tables is
left out in turn. On each of its tables searches are simulated from the collected fits: the published configurations,
then the portfolio that the other tables make and random ones, or random ones alone. Of so many trials the one with the
best score on one half of the validation rows is chosen, and its score on the other half counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.portfolios.scores import Scores, Values, family
from launch.evaluation.intervals import mean_interval
from search_spaces.portfolios import MOST

BUDGETS = (4, 10, 30)
DRAWS = 200
LEAST_GAIN = 1e-3
"""What the next configuration must add to the mean over tables."""
LEAST_TABLES, LEAST_CANDIDATES = 8, 12


def greedy(scores: Scores, most: int = MOST) -> list[int]:
    """Rows of the configurations of a portfolio, the best first."""
    normalised, chosen = scores.normalised(), list[int]()
    best = np.max(normalised[scores.published], axis=0, initial=0.0)
    for _ in range(most):
        gains = {i: float(np.mean(np.maximum(normalised[i] - best, 0))) for i in scores.random if i not in chosen}
        i = max(gains, key=lambda i: gains[i], default=None)
        if i is None or gains[i] < LEAST_GAIN:
            break
        chosen.append(i)
        best = np.maximum(best, normalised[i])
    return chosen


@dataclass(frozen=True)
class Judged:
    """Gains of a portfolio on tables that did not help to build it.

    Attributes
    ----------
    gains : dict of int to dict of str to float
        By number of trials, of each table: mean score with the portfolio less that without.
    """

    detector: str
    candidates: int
    gains: Mapping[int, Mapping[str, float]]

    def by_family(self, trials: int) -> dict[str, float]:
        """Mean gain on the tables of each family."""
        own: dict[str, list[float]] = {}
        for table, gain in self.gains[trials].items():
            own.setdefault(family(table), []).append(gain)
        return {name: float(np.mean(values)) for name, values in own.items()}

    def interval(self, trials: int) -> tuple[float, float, float]:
        """Mean over families of tables, with its 95 % interval (Student's t)."""
        return mean_interval(list(self.by_family(trials).values()))

    @property
    def enough(self) -> bool:
        """Whether there are enough configurations and tables to judge by."""
        return self.candidates >= LEAST_CANDIDATES and len(self.gains[BUDGETS[0]]) >= LEAST_TABLES

    @property
    def helps(self) -> bool:
        """Whether there is enough to judge by, and both short searches gain in the mean."""
        return self.enough and all(self.interval(trials)[0] > 0 for trials in BUDGETS[:2])


def judge(scores: Scores, seed: int = 0) -> Judged:
    """Leave each family of tables out in turn."""
    gains: dict[int, dict[str, float]] = {trials: {} for trials in BUDGETS}
    families = [family(name) for name in scores.tables]
    for own in dict.fromkeys(families):
        rest = scores.take([j for j, name in enumerate(families) if name != own])
        portfolio = greedy(rest)
        for j in (j for j, name in enumerate(families) if name == own):
            rng = np.random.default_rng(seed)
            without, with_it = [], []
            for _ in range(DRAWS):
                order = list(rng.permutation(scores.random))
                left = [i for i in order if i not in portfolio]
                without.append(reached(scores, j, [*scores.published, *order]))
                with_it.append(reached(scores, j, [*scores.published, *portfolio, *left]))
            for k, trials in enumerate(BUDGETS):
                gains[trials][scores.tables[j]] = float(np.mean(with_it, axis=0)[k] - np.mean(without, axis=0)[k])
    return Judged(scores.detector, len(scores.random), gains)


def over_detectors(judged: Sequence[Judged], trials: int) -> tuple[float, float, float]:
    """Mean gain over detectors on each family of tables, and of these the mean with its 95 % interval."""
    own: dict[str, list[float]] = {}
    for one in judged:
        for name, gain in one.by_family(trials).items():
            own.setdefault(name, []).append(gain)
    return mean_interval([float(np.mean(values)) for values in own.values()])


def reached(scores: Scores, table: int, order: Sequence[int]) -> Values:
    """After so many trials in an order, the measured score of the one that was chosen by the other half."""
    found = []
    for trials in BUDGETS:
        tried = np.array(order[:trials])
        found.append(scores.measure[tried[np.argmax(scores.choose[tried, table])], table])
    return np.array(found)
