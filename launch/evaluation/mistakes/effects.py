"""On which columns the scores depend: what AP loses without each, and how the score moves with the most important ones.

Both are of held-out rows and the models that did not see them. Columns that say the same stand in for each other, so
that each alone looks less important than it is; where columns go together, some of the rows that are made do not exist.

References
----------
Breiman. Random Forests. Machine Learning 45, 2001 (permutation importance).
Friedman. Greedy Function Approximation: A Gradient Boosting Machine. Annals of Statistics 29, 2001 (partial
dependence).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from launch.evaluation.mistakes.held_out import ScoredRows, SplitModel
from launch.evaluation.mistakes.record import Effect
from trainables.core.explain import as_text
from trainables.core.preprocessing.schema import CATEGORICAL, TIME

MOST_ANOMALIES, MOST_NORMAL = 100, 300
"""Rows of each split that columns are taken from."""
MOST_COLUMNS, DRAWN = 30, 6
"""Columns whose importance is measured; columns whose effect is drawn."""
ROWS, POINTS, FEW_VALUES, BINS = 100, 12, 8, 24
SLOWEST, FEWEST = 3, 6
"""So many times the seconds may be taken by the first split; samples that must be scored in them, at least."""
BATCH = 20_000
"""Rows that are scored at a time."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of one split with weights that make them all of its rows."""

    X: NDArray[np.float64]
    y: NDArray[np.int8]
    weights: NDArray[np.float64]

    def drawn(self, generator: np.random.Generator, n: int) -> NDArray[np.intp]:
        """Rows drawn as they occur."""
        return generator.choice(len(self.X), n, p=self.weights / self.weights.sum())


def effects(rows: ScoredRows, strength: NDArray[np.float64], seconds: float) -> tuple[list[Effect], float | None, bool]:
    """The columns by importance, the mean AP of the rows that it was measured on, and whether the time was enough.

    Parameters
    ----------
    rows : ScoredRows
        With models.
    strength : ndarray of shape (d,)
        By which columns are chosen where there are many.
    seconds : float
        After which no other split is begun; the first is done in any case.
    """
    start = time.process_time()
    first = sample(rows, rows.models[0], np.random.default_rng(0))
    rows.models[0].score(first.X)
    affordable = int(SLOWEST * seconds / max(time.process_time() - start, 1e-9))
    if affordable < FEWEST:
        return [], None, False
    columns = sorted(np.argsort(-strength, kind="stable")[: min(MOST_COLUMNS, affordable // 2)].tolist())
    end = time.process_time() + seconds
    losses, levels = [], []
    done = list(rows.models)
    for k, model in enumerate(rows.models):
        if k and time.process_time() > end:
            done = done[:k]
            break
        own = sample(rows, model, np.random.default_rng(k))
        level, lost = importance(model.score, own, columns, np.random.default_rng(k))
        levels.append(level)
        losses.append(lost)
    mean, low, high = (reduce(np.array(losses), axis=0) for reduce in (np.mean, np.min, np.max))
    made: list[Effect] = []
    for i in np.argsort(-mean, kind="stable").tolist():
        effect = Effect(rows.problem.feature_names[columns[i]], float(mean[i]), float(low[i]), float(high[i]))
        if len(made) < min(DRAWN, affordable // 6) and effect.loss > 0 and time.process_time() < end + seconds:
            effect = dependence(rows, done, columns[i], effect)
        made.append(effect)
    return made, float(np.mean(levels)), len(done) == len(rows.models)


def sample(rows: ScoredRows, model: SplitModel, generator: np.random.Generator) -> Sample:
    """Some rows of a split, of the anomalies most."""
    taken, weights = [], []
    for label, most in ((1, MOST_ANOMALIES), (0, MOST_NORMAL)):
        own = model.rows[rows.y[model.rows] == label]
        chosen = np.sort(generator.permutation(own)[:most])
        taken.append(chosen)
        weights.append(np.full(len(chosen), len(own) / max(1, len(chosen))))
    places = np.concatenate(taken)
    return Sample(np.asarray(rows.part.X[places], np.float64), rows.y[places], np.concatenate(weights))


def importance(
    score: Callable[[NDArray[Any]], NDArray[np.float64]],
    own: Sample,
    columns: Sequence[int],
    generator: np.random.Generator,
) -> tuple[float, NDArray[np.float64]]:
    """AP of a sample, and what it loses when the values of each column are drawn from other rows."""

    def ap(scores: NDArray[np.float64]) -> float:
        return float(average_precision_score(own.y, scores, sample_weight=own.weights))

    n = len(own.X)
    variants = [(j, own.X[own.drawn(generator, n), j]) for j in columns]
    level, step = ap(score(own.X)), max(1, BATCH // n)
    lost = []
    for start in range(0, len(variants), step):
        part = variants[start : start + step]
        X = np.tile(own.X, (len(part), 1))
        for k, (j, values) in enumerate(part):
            X[k * n : (k + 1) * n, j] = values
        lost += [level - ap(own_scores) for own_scores in score(X).reshape(len(part), n)]
    return level, np.array(lost)


def dependence(rows: ScoredRows, models: Sequence[SplitModel], j: int, effect: Effect) -> Effect:
    """The effect with the mean score that rows have if all have one value, over values of the column."""
    schema = rows.problem.schema
    column = None if schema is None else schema.columns[j]
    values = np.asarray(rows.part.X[:, j], np.float64)
    known = values[~np.isnan(values)]
    different, counts = np.unique(known, return_counts=True)
    texts = (column is not None and column.kind == CATEGORICAL) or len(different) <= FEW_VALUES
    if texts:
        frequent = np.sort(np.argsort(-counts, kind="stable")[:FEW_VALUES])
        points, shares = different[frequent], counts[frequent] / len(values)
        edges: NDArray[np.float64] = np.empty(0)
    else:
        points = np.unique(np.quantile(known, np.linspace(0.02, 0.98, POINTS), method="nearest"))
        counts, edges = np.histogram(known, BINS, (points[0], points[-1]))
        shares = counts / len(values)
    curves = []
    for k, model in enumerate(models):
        own = sample(rows, model, np.random.default_rng(k))
        X = own.X[own.drawn(np.random.default_rng(k), ROWS)]
        tiled = np.tile(X, (len(points), 1))
        tiled[:, j] = np.repeat(points, len(X))
        curves.append(model.score(tiled).reshape(len(points), len(X)).mean(1))
    mean, low, high = (reduce(np.array(curves), axis=0).tolist() for reduce in (np.mean, np.min, np.max))
    at = [as_text(float(value), j, schema).strip("'") for value in points] if texts else points.tolist()
    return replace(
        effect, at=tuple(at), score=tuple(mean), low=tuple(low), high=tuple(high), edges=tuple(edges.tolist()),
        shares=tuple(shares.tolist()), moments=column is not None and column.kind == TIME and not texts,
    )  # fmt: skip
