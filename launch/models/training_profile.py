"""What a model remembers of its training rows: shares over bins and the ends of columns of numbers, never a row.

A drift check (`analysis/drift.py`) holds new rows against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.outside import LEAST, MOST

BINS = 10
MOST_CATEGORIES = 50
NUMBER, CATEGORY = "number", "category"


def reference(
    problem: Any, y: NDArray[Any], scores: NDArray[np.float64], threshold: float, task: int = 0
) -> dict[str, Any]:
    """The summary of the rows that a model was trained on, and of its scores of rows like them.

    Parameters
    ----------
    problem : Problem
    y, scores : ndarray of shape (n,)
        Of held-out rows: new rows are compared with rows that the model did not see, either. Of images the
        normal ones alone: the others were not trained on, and are most of them in one-vs-rest data.
    threshold : float
        `anomalous` is the share at or above it.
    task : int, default 0
        Which task's model it is; `scores` are of the rows that this task has labels of.
    """
    if problem.modality == "image":
        whole = problem.full_reference()
        trained = whole.X[whole.y.reshape(len(whole.y), -1)[:, task] == 0]
        scores, features = scores[y == 0], of_images(trained)
    else:
        trained = problem.full().X
        features = of_table(trained, names(problem), coded_categories(problem.schema))
    return {
        "rows": len(trained),
        "anomalous": float(np.mean(scores >= threshold)),
        "score": of_numbers(scores),
        "features": features,
    }


def names(problem: Any) -> list[str]:
    """Names of the raw columns."""
    return [column.name for column in problem.schema.columns] if problem.schema else list(problem.feature_names)


def coded_categories(schema: Any) -> list[Sequence[str] | None]:
    """Texts of each raw column's categories by code; None for a column of numbers or times."""
    if schema is None:
        return []
    return [list(column.categories) if column.kind == "categorical" else None for column in schema.columns]


def of_table(X: NDArray[Any], columns: Sequence[str], texts: Sequence[Sequence[str] | None]) -> dict[str, Any]:
    """Shares of each column of coded rows (n, d)."""
    profile = {}
    for k, name in enumerate(columns):
        categories = texts[k] if texts else None
        values = X[:, k]
        profile[name] = of_numbers(values) if categories is None else of_categories(values, categories)
    return profile


def of_images(X: NDArray[Any]) -> dict[str, Any]:
    """Mean intensity and contrast (standard deviation) of images (n, h, w, c)."""
    mean, deviation = image_figures(X)
    return {"mean intensity": of_numbers(mean), "contrast": of_numbers(deviation)}


def image_figures(X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the pixels of each image, in thousands at a time."""
    parts = [np.asarray(X[k : k + 1000], np.float64).reshape(len(X[k : k + 1000]), -1) for k in range(0, len(X), 1000)]
    return np.concatenate([p.mean(1) for p in parts]), np.concatenate([p.std(1) for p in parts])


def of_numbers(values: NDArray[Any], edges: Sequence[float] | None = None) -> dict[str, Any]:
    """Shares over bins of numbers, NaN apart, by the inner edges given or those of `inner_edges`.

    A number equal to an edge lies above it.
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if edges is None:
        edges = inner_edges(known)
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return {
        "kind": NUMBER,
        "missing": float(1 - len(known) / max(1, len(values))),
        "edges": list(edges),
        "shares": (counts / max(1, len(known))).round(6).tolist(),
        "known": len(known),
        "rows": len(values),
        **({LEAST: float(known.min()), MOST: float(known.max())} if len(known) else {}),
    }


def inner_edges(known: NDArray[np.float64]) -> list[float]:
    """Nine quantiles at most; up to ten different values get a bin each.

    A value that is two quantiles or more (the zeros of a column that is mostly zero), or that is the only one,
    gets a bin of its own: between edges that repeat it, nothing could be told from it.
    """
    different = np.unique(known)
    if len(different) == 1:
        return [float(np.nextafter(different[0], toward)) for toward in (-np.inf, np.inf)]
    if len(different) <= BINS:
        return [float(v) for v in different[1:]]
    quantiles, times = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]), return_counts=True)
    edges = set(quantiles[times == 1].tolist())
    for value in quantiles[times > 1]:
        k = int(np.searchsorted(different, value))
        pairs = (different[max(0, k - 1) : k + 1], different[k : k + 2])
        edges |= {float(pair.mean()) for pair in pairs if len(pair) == 2}
    return sorted(edges)


def of_categories(codes: NDArray[Any], texts: Sequence[str], wanted: Sequence[str] | None = None) -> dict[str, Any]:
    """Shares of categories; NaN is missing, a code beyond the texts is one that training did not have.

    Those `wanted` are counted by themselves, the last place is for all others; default: the fifty most frequent.
    """
    known = codes[~np.isnan(codes)].astype(int)
    counts = np.bincount(known, minlength=len(texts))[: len(texts)]
    order = [int(k) for k in np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]]
    if wanted is not None:
        places = {str(text): k for k, text in enumerate(texts)}
        order = [places[value] for value in wanted[:-1]]
    values = [str(texts[k]) for k in order]
    shares = [float(counts[k]) for k in order]
    return {
        "kind": CATEGORY,
        "missing": float(1 - len(known) / max(1, len(codes))),
        "values": [*values, "(other)"],
        "shares": [round(v / max(1, len(known)), 6) for v in [*shares, len(known) - sum(shares)]],
        "known": len(known),
        "rows": len(codes),
    }


def like(then: dict[str, Any], values: NDArray[Any], texts: Sequence[str] | None) -> dict[str, Any]:
    """New values of a feature over the bins of training."""
    if then["kind"] == CATEGORY:
        return of_categories(values, texts or [], then["values"])
    return of_numbers(values, then["edges"])


def merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One feature of several chunks together."""
    known = sum(part["known"] for part in parts)
    rows = sum(part["rows"] for part in parts)
    shares = np.sum([np.multiply(part["shares"], part["known"]) for part in parts], axis=0) / max(1, known)
    ends = {
        end: of(part[end] for part in parts if end in part)
        for end, of in ((LEAST, min), (MOST, max))
        if any(end in p for p in parts)
    }
    return {
        **parts[0],
        **ends,
        "shares": shares.tolist(),
        "known": known,
        "rows": rows,
        "missing": float(1 - known / max(1, rows)),
    }
