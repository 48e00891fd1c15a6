"""What each column adds to the scores of some rows, by the models that did not see them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.mistakes.held_out import Score, ScoredRows
from trainables.core.explain import MOST_ROWS, shapley_values, typical_values, untypical

MOST_COLUMNS = 1000
"""Each order of the columns takes a score of each row for each column."""
PAIRS = 64
"""Orders of the columns with their reverses, for each row and model."""
SECONDS = 1.0
"""Of a processor, for which orders are as many; of slow models there are fewer, one at least."""
FEW, MORE = 50, 250
"""Rows that are scored to see how long one takes."""


@dataclass(frozen=True, eq=False)
class Shares:
    """Means over the models that did not see a row; NaN where there is none.

    Attributes
    ----------
    values : ndarray of shape (n, d)
        They add up to the score of the row minus `base`.
    base : ndarray of shape (n,)
        The score of the typical row.
    X : ndarray of shape (n, d)
        Coded rows.
    typical : ndarray of shape (d,)
    """

    values: NDArray[np.float64]
    base: NDArray[np.float64]
    X: NDArray[np.float64]
    typical: NDArray[np.float64]

    @property
    def strength(self) -> NDArray[np.float64]:
        """The mean size of what each column adds."""
        return np.abs(self.values[~np.isnan(self.base)]).mean(0)


def of_rows(rows: ScoredRows, chosen: NDArray[np.intp]) -> Shares | None:
    """Shapley values of the chosen rows; None where every model has seen them, or columns are too many."""
    width = int(np.prod(rows.part.X.shape[1:]))
    own = [np.isin(chosen, model.rows) for model in rows.models]
    if not any(held.any() for held in own) or width > MOST_COLUMNS:
        return None
    known = typical_values(rows.problem.development.X, rows.problem.schema)
    typical = np.array([np.nan if value is None else value for value in known])
    X = np.asarray(rows.part.X[chosen], np.float64)
    scores = sum(int(untypical(X[held], typical).sum()) + int(held.sum()) for held in own)
    pairs = min(_affordable(rows.models[0].score, typical) // max(1, 2 * scores), MOST_ROWS // (2 * width + 2), PAIRS)
    values, base, generator = np.zeros(X.shape), np.zeros(len(X)), np.random.default_rng(0)
    for held, model in zip(own, rows.models, strict=True):
        if held.any():
            values[held] += shapley_values(model.score, X[held], typical, max(1, pairs), generator)
            base[held] += model.score(typical[None])
    with np.errstate(invalid="ignore"):
        models = np.sum(own, axis=0)
        return Shares(values / models[:, None], base / models, X, typical)


def _affordable(score: Score, typical: NDArray[np.float64]) -> int:
    """Rows that are scored in the seconds that there are, whatever a call takes besides."""
    score(typical[None])  # what is made with the first call
    seconds = []
    for n in (FEW, MORE):
        start = time.process_time()
        score(np.tile(typical, (n, 1)))
        seconds.append(time.process_time() - start)
    return int(SECONDS * (MORE - FEW) / max(seconds[1] - seconds[0], 1e-6))
