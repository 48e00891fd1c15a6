"""What the report draws of the test rows: counts over thresholds, never a row or its label.

Written once, after the seal is broken and everything was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from launch.config.plan import Plan
from launch.evaluation import calibration
from launch.evaluation.calibration import HeldOut
from launch.evaluation.outcome import SEEDS, Outcome
from trainables.core import metrics
from trainables.core.serving import calibrated

BINS = 60
POINTS = 250
"""Points of a curve, at most."""
PROBABILITY_BINS = 10
Scored = tuple[NDArray[Any], NDArray[np.float64]]
"""Labels of shape (n,) and scores of shape (n,) or (seeds, n)."""
SHARES = np.unique(np.concatenate([np.geomspace(0.0005, 0.1, 60), np.linspace(0.1, 0.9, 41)]))
"""Shares of rows called anomalous, for the operating points."""


def curves(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """Everything about the test scores that fits on a page: `views`, one, or one for each class of a group."""
    part = outcome.result.part
    tuned, published = outcome.arms["tuned"], outcome.arms.get("published")
    arms = {"tuned": metrics.by_task(part.y, tuned.scores("test"))}
    if published is not None and published is not tuned:
        arms["published"] = metrics.by_task(part.y, published.scores("test"))
    unseen = [tuned.cross_fitted(tuned.fits[seed]) for seed in SEEDS]
    folds = calibration.by_task(outcome.best.folds.values())
    return {
        "views": [
            _view(
                name,
                {arm: by_task[k] for arm, by_task in arms.items()},
                [of_seed[k] for of_seed in unseen],
                folds[k],
                tuned.quantiles[k],
            )
            for k, name in enumerate(part.tasks)
        ]
    }


def _view(
    name: str, arms: dict[str, Scored], unseen: Sequence[HeldOut], folds: Sequence[HeldOut], quantile: float
) -> dict[str, Any]:
    y, scores = arms["tuned"]
    first = {arm: (labels, by_seed[0]) for arm, (labels, by_seed) in arms.items()}
    return {
        "name": name,
        "histogram": histogram(y, scores[0], calibration.threshold(quantile, unseen[0].scores)),
        "roc": {arm: roc(*scored) for arm, scored in first.items()},
        "precision_recall": {arm: precision_recall(*scored) for arm, scored in first.items()},
        "own_share": round(1 - quantile, 6),
        "operating_points": operating_points(arms["tuned"], np.stack([own.scores for own in unseen]), folds, quantile),
        "calibration": reliability(y, scores[0], calibration.calibration(folds, unseen[0].training_quantiles)),
    }


def histogram(y: NDArray[Any], scores: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    """Counts of normal rows and anomalies over bins; the ends take what lies beyond the 0.1st and 99.9th percentile."""
    low, high = np.percentile(scores, (0.1, 99.9))
    if not high > low:
        low, high = float(scores.min()), float(scores.max()) or 1.0
    edges = np.linspace(low, max(high, low + 1e-12), BINS + 1)
    inside = np.clip(scores, edges[0], edges[-1])
    normal, anomalous = (np.histogram(inside[y == label], edges)[0].tolist() for label in (0, 1))
    return {"edges": _short(edges), "normal": normal, "anomaly": anomalous, "threshold": float(threshold)}


def roc(y: NDArray[Any], scores: NDArray[np.float64]) -> dict[str, Any]:
    """Points of the ROC curve, with its AUROC."""
    fpr, tpr, _ = roc_curve(y, scores)
    keep = _thinned(fpr + tpr)
    return {"x": _short(fpr[keep]), "y": _short(tpr[keep]), "value": metrics.ranking(y, scores)["auroc"]}


def precision_recall(y: NDArray[Any], scores: NDArray[np.float64]) -> dict[str, Any]:
    """Points of the precision-recall curve, with its AP."""
    precision, recall, _ = precision_recall_curve(y, scores, drop_intermediate=True)
    keep = _thinned(recall[::-1])
    x, height = recall[::-1][keep], precision[::-1][keep]
    return {"x": _short(x), "y": _short(height), "value": metrics.ranking(y, scores)["ap"]}


def operating_points(
    test: Scored, unseen: NDArray[np.float64], folds: Sequence[HeldOut], own: float | None = None
) -> list[dict[str, float]]:
    """What calling a share of the rows anomalous gives, on held-out validation rows and on test rows.

    A row is called anomalous where its score is at or above the threshold, as in the model that is served; one of
    the points is that model's own quantile, so that its figures are those of the result.

    A threshold is a quantile of scores, as in the model that is served: of a split's own scores on
    validation, of the scores of held-out rows on each refit's scale for the test (mean over its seeds).
    """
    y, scores = test
    points = []
    known = {round(1 - own, 6): own} if own is not None else {}
    for share, quantile in sorted({**{float(share): 1 - share for share in SHARES}, **known}.items()):
        cuts = np.quantile(unseen, quantile, axis=1, method="higher")
        flagged = scores >= cuts[:, None]
        row = {"share": share, **_rates("test", y, flagged)}
        if folds:
            cut_at = [np.quantile(fold.real.scores, quantile, method="higher") for fold in folds]
            rates = [
                _rates("validation", fold.y, (fold.scores >= cut)[None])
                for fold, cut in zip(folds, cut_at, strict=True)
            ]
            row |= {k: float(np.mean([rate[k] for rate in rates])) for k in rates[0]}
        points.append({k: round(v, 6 if k == "share" else 5) for k, v in row.items()})
    return points


def _rates(part: str, y: NDArray[Any], flagged: NDArray[np.bool_]) -> dict[str, float]:
    """Precision, recall, F1 and false alarms in a thousand normal rows, means over the first axis."""
    hits, called, anomalies = (flagged & (y == 1)).sum(1), flagged.sum(1), max(1, int((y == 1).sum()))
    precision, recall = hits / np.maximum(called, 1), hits / anomalies
    false = 1000 * (called - hits) / max(1, int((y == 0).sum()))
    values = {
        "precision": precision,
        "recall": recall,
        "f1": 2 * hits / np.maximum(called + anomalies, 1),
        "false_alarms": false,
        "called": called / len(y),
    }
    return {f"{part}_{name}": float(np.mean(v)) for name, v in values.items()}


def reliability(y: NDArray[Any], scores: NDArray[np.float64], curve: dict[str, Any]) -> dict[str, Any] | None:
    """Probabilities of the test rows against what came true, in bins of equally many rows."""
    kind, probability = calibrated(curve, scores)
    if kind != "isotonic":
        return None
    order = np.argsort(probability, kind="stable")
    # the highest probabilities are few and matter most: half the bins stand in the top tenth
    top = max(1, len(order) // 10)
    parts = [*np.array_split(order[:-top], PROBABILITY_BINS // 2), *np.array_split(order[-top:], PROBABILITY_BINS // 2)]
    bins = [
        {
            "rows": len(rows),
            "predicted": round(float(probability[rows].mean()), 5),
            "observed": round(float(y[rows].mean()), 5),
            "anomalies": int(y[rows].sum()),
        }
        for rows in parts
        if len(rows)
    ]
    error = sum(b["rows"] * abs(b["predicted"] - b["observed"]) for b in bins) / len(y)
    brier = float(np.mean((probability - y) ** 2))
    share = float(y.mean())
    return {"bins": bins, "brier": brier, "brier_of_prevalence": share * (1 - share), "error": error}


def _thinned(distance: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of at most `POINTS` points, evenly spread along a rising coordinate, ends included."""
    if len(distance) <= POINTS:
        return np.arange(len(distance))
    wanted = np.linspace(distance[0], distance[-1], POINTS)
    return cast(NDArray[np.intp], np.unique(np.clip(np.searchsorted(distance, wanted), 0, len(distance) - 1)))


def _short(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{v:.6g}") for v in values]
