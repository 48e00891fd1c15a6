"""How far two distributions are apart, from shares over the same bins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.statistics.ranks import holm

FLOOR = 1e-4
"""Share that an empty bin counts as: the logarithm of 0 has no use."""
SHIFTED, DRIFTED = 0.1, 0.25
"""The usual rule for the population stability index: under 0.1 stable, above 0.25 another population."""
LEVEL = 0.05
STABLE = "stable"


def psi(then: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index, the sum over bins of (now - then) ln(now / then)."""
    a, b = np.maximum(np.asarray(then, float), FLOOR), np.maximum(np.asarray(now, float), FLOOR)
    return float(np.sum((b - a) * np.log(b / a)))


def kolmogorov(then: Sequence[float], now: Sequence[float], n: int, m: int) -> tuple[float, float]:
    """Largest distance of the two distribution functions at the edges, and its asymptotic p.

    Binned, so the distance is at most that of the rows themselves, and p at least theirs.
    """
    distance = float(np.max(np.abs(np.cumsum(then) - np.cumsum(now))))
    if not n or not m:
        return distance, 1.0
    return distance, float(stats.kstwobign.sf(distance * math.sqrt(n * m / (n + m))))


def chi_squared(then: Sequence[float], now: Sequence[float], n: int, m: int) -> tuple[float, float]:
    """Largest difference of a share, and p of the chi-squared test that both are draws of one distribution."""
    table = np.array([np.asarray(then) * n, np.asarray(now) * m])
    table = table[:, table.sum(0) > 0]
    distance = float(np.max(np.abs(np.asarray(then) - np.asarray(now))))
    if not n or not m or table.shape[1] < 2:
        return distance, 1.0
    return distance, float(stats.chi2_contingency(table, correction=False).pvalue)


def compare(reference: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    """Each feature and the score, now against then.

    Parameters
    ----------
    reference, new : mapping
        `score` and `features`, see `launch.models.training_profile.reference`;
        the new one over the edges and values of the other.

    Returns
    -------
    DataFrame
        The score first, then features by falling PSI: `feature`, `kind`, `psi`, `distance` (Kolmogorov-Smirnov;
        of categories the largest difference of a share), `p`, `p_holm`, `missing_then`, `missing_now`, `verdict`:
        "stable", "shifted" (PSI from 0.1 on) or "drifted" (PSI above 0.25); the last two where p after Holm's
        correction is under 0.05, too.
    """
    pairs = [("score", reference["score"], new["score"])]
    pairs += [(name, then, new["features"][name]) for name, then in reference["features"].items()]
    rows = []
    for name, then, now in pairs:
        test = kolmogorov if then["kind"] == "number" else chi_squared
        # a missing cell is a bin of its own: what was never missing and is now has drifted
        a = [*(s * (1 - then["missing"]) for s in then["shares"]), then["missing"]]
        b = [*(s * (1 - now["missing"]) for s in now["shares"]), now["missing"]]
        distance, p = test(a, b, then["rows"], now["rows"])
        rows.append(
            {
                "feature": name, "kind": then["kind"], "psi": psi(a, b), "distance": distance, "p": p,
                "missing_then": then["missing"], "missing_now": now["missing"],
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.insert(5, "p_holm", holm(frame["p"].to_numpy()))
    sure = frame["p_holm"] < LEVEL
    frame["verdict"] = np.select(
        [sure & (frame["psi"] > DRIFTED), sure & (frame["psi"] >= SHIFTED)], ["drifted", "shifted"], STABLE
    )
    features = frame[1:].sort_values(["psi", "feature"], ascending=[False, True])
    return pd.concat([frame[:1], features], ignore_index=True)


def verdict(measured: pd.DataFrame, rows: int) -> str:
    """What the measures say, in one sentence."""
    parts = [
        f"{len(names)} {word} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
        for word in ("drifted", "shifted")
        if (names := measured.loc[measured["verdict"] == word, "feature"].tolist())
    ]
    if not parts:
        return f"{rows:,} new rows: no drift found"
    return f"{rows:,} new rows, of the score and {len(measured) - 1} features: {', '.join(parts)}"
