"""Columns that only together say what the label says: flags of failures, of which each tells some anomalies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.tables.leaks import FEWEST_ANOMALIES, FOLDS, Sample, sample, speaks_of_labels

if TYPE_CHECKING:
    from datasets.problems.problem import Problem
    from trainables.core.preprocessing.schema import Column

NEARLY_ALL = 0.95
"""Share of anomalies in leaves where nearly every row is one; F1 where the name of a column speaks of labels."""
PURE = 0.98
"""Share of anomalies in such a leaf, in growing and on rows that the tree was not grown on."""
NO_WORSE = 0.005
"""What that share may lose by a column that is then not needed."""
MOST_VALUES = {"categorical": 100}
"""Different values of a column that is taken for one of flags: 20 of numbers."""
LEAVES, DEPTH = 16, 4


@dataclass(frozen=True)
class Joint:
    """Columns that together tell anomalies apart.

    Attributes
    ----------
    columns : tuple of str
        In the order of the file.
    beside : tuple of str
        Flags directly beside them in the file.
    told : float
        By a small decision tree, cross-validated on development rows: the share of anomalies in leaves where nearly
        every row is one; its F1 where `by_name`.
    by_name : bool
        Whether the columns are some of those that the tree asks, whose names speak of labels, not all of them.
    """

    columns: tuple[str, ...]
    beside: tuple[str, ...]
    told: float
    by_name: bool = False


def joint_giveaways(problem: Problem, known: Sequence[str] = ()) -> Joint | None:
    """The fewest columns of a table of one's own that together tell the development rows' anomalies apart.

    Honest measurements may tell anomalies apart, too. So a small tree asks columns of few values alone, whether a
    value is there, and whether it is the one that most rows have, and its leaves of anomalies must hold nothing else.
    Measurements are asked only where the name of a column speaks of labels, and that column alone is named.

    Parameters
    ----------
    problem : Problem
        Only its development rows are looked at.
    known : sequence of str
        Columns that tell it alone, and are named already.
    """
    schema, part = problem.schema, problem.development
    if schema is None or not problem.columns or part.anomalies < FEWEST_ANOMALIES:
        return None
    rows = sample(part.X, part.y)
    candidates = [j for j, column in enumerate(schema.columns) if column.name not in known]
    flags = {j: codes for j in candidates if (codes := _flags(rows.X[:, j], schema.columns[j])) is not None}
    found = _fewest(flags, rows) if flags else None
    if found is not None:
        told, share = found
        return Joint(tuple(schema.columns[j].name for j in told), _beside(told, schema.columns), share)
    hinted = {j for j in candidates if speaks_of_labels(schema.columns[j].name, problem.label)}
    if hinted:
        f1, asked = _grown({j: rows.X[:, j] for j in candidates}, rows, pure=False)
        telling = sorted(hinted & set(asked))
        if f1 >= NEARLY_ALL and telling:
            return Joint(tuple(schema.columns[j].name for j in telling), (), f1, by_name=True)
    return None


def _flags(values: NDArray[np.float64], column: Column) -> NDArray[np.intp] | None:
    """The column as few codes: of its values, of the most frequent one and others, of missing and there."""
    missing = np.isnan(values)
    different, codes, counts = np.unique(np.where(missing, np.inf, values), return_inverse=True, return_counts=True)
    if len(different) <= MOST_VALUES.get(column.kind, 20):
        return np.asarray(codes, np.intp)
    if 2 * counts.max() >= len(values):
        return np.where(missing, 2, codes != counts.argmax()).astype(np.intp)
    return missing.astype(np.intp) if missing.any() else None


def _fewest(flags: dict[int, NDArray[np.intp]], rows: Sample) -> tuple[list[int], float] | None:
    """The columns without any of which the tree is no longer as good, and how good it is; None if it never is."""
    told, asked = _grown(flags, rows)
    if told < NEARLY_ALL or not asked:
        return None
    enough = next(
        k for k in range(1, len(asked) + 1) if _grown({j: flags[j] for j in asked[:k]}, rows)[0] >= told - NO_WORSE
    )
    kept = asked[:enough]
    for j in reversed(asked[: enough - 1]):
        rest = {k: flags[k] for k in kept if k != j}
        if _grown(rest, rows)[0] >= told - NO_WORSE:
            kept.remove(j)
    return sorted(kept), told


def _grown(columns: dict[int, NDArray[Any]], rows: Sample, *, pure: bool = True) -> tuple[float, list[int]]:
    """How good a small tree is over folds, and the columns that one on all rows asks, the most telling first.

    0 as soon as a fold is far from good.
    """
    from sklearn.metrics import f1_score, precision_score, recall_score  # seconds, as below
    from sklearn.tree import DecisionTreeClassifier

    def grown(there: NDArray[np.bool_]) -> tuple[Any, NDArray[Any]]:
        X = np.column_stack([_shares(codes, rows, there) if pure else codes for codes in columns.values()])
        tree = DecisionTreeClassifier(
            max_leaf_nodes=LEAVES, max_depth=None if pure else DEPTH, min_samples_leaf=3, random_state=0
        )
        return tree.fit(X[there], rows.y[there], rows.weights[there]), X

    def good(there: NDArray[np.bool_]) -> float:
        given: Any = {"sample_weight": rows.weights[there], "zero_division": 0.0}
        y, said = rows.y[there], flagged[there]
        if not pure:
            return float(f1_score(y, said, **given))
        return float(recall_score(y, said, **given)) if precision_score(y, said, **given) >= PURE else 0.0

    flagged = np.zeros(len(rows.y), bool)
    for fold in range(FOLDS):
        out = rows.folds == fold
        tree, X = grown(~out)
        flagged[out] = tree.predict_proba(X[out])[:, 1] >= (PURE if pure else 0.5)
        if good(out) < NEARLY_ALL - 0.1:
            return 0.0, []
    importance = grown(np.ones(len(rows.y), bool))[0].feature_importances_
    order = [int(k) for k in np.argsort(-importance, kind="stable") if importance[k] > 0]
    return good(np.ones(len(rows.y), bool)), [list(columns)[k] for k in order]


def _shares(codes: NDArray[np.intp], rows: Sample, there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each code's share of anomalies among rows to grow on: one question then tells any set of values apart."""
    most = int(codes.max()) + 1
    anomalies, every = (
        np.bincount(codes[there], rows.weights[there] * of, most) for of in (rows.y[there], np.ones(int(there.sum())))
    )
    share = np.divide(anomalies, every, out=np.full(most, anomalies.sum() / every.sum()), where=every > 0)
    return np.asarray(share[codes], np.float64)


def _beside(told: Sequence[int], columns: Sequence[Column]) -> tuple[str, ...]:
    """Flags directly before and after flags that tell it, three at most: the rest of a list of failures, perhaps."""
    if not all(columns[j].kind == "boolean" for j in told) or len(told) < 2:
        return ()
    around: list[int] = []
    for start, step in ((told[0], -1), (told[-1], 1)):
        j = start + step
        while 0 <= j < len(columns) and columns[j].kind == "boolean":
            around.append(j)
            j += step
    between = [j for j in range(told[0], told[-1]) if j not in told and columns[j].kind == "boolean"]
    names = tuple(columns[j].name for j in sorted([*around, *between]))
    return names if len(names) <= 3 else ()
