"""How far two distributions are apart, from shares over the same bins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from launch.evaluation.intervals import holm

FLOOR = 1e-4
"""Share that an empty bin counts as, of few rows that of half a row: the logarithm of 0 has no use."""
SHIFTED, DRIFTED = 0.1, 0.25
"""The usual rule for the population stability index: under 0.1 stable, above 0.25 another population.

They are held against what goes beyond chance. Of 50 rows in ten bins, drawn from the very population, the plain index
is above 0.1 in 87 of 100 draws and above 0.25 in 29; beyond chance in 21 and 3, and there p decides as well (4,000
draws).
"""
LEVEL = 0.05
STABLE = "stable"


def psi(then: Sequence[float], now: Sequence[float], n: float = math.inf, m: float = math.inf) -> float:
    """Population stability index, the sum over bins of (now - then) ln(now / then), of shares of n and m rows."""
    a = np.maximum(np.asarray(then, float), max(FLOOR, 0.5 / max(n, 1)))
    b = np.maximum(np.asarray(now, float), max(FLOOR, 0.5 / max(m, 1)))
    return float(np.sum((b - a) * np.log(b / a)))


def psi_by_chance(then: Sequence[float], n: int, m: int) -> float:
    """Expected index of n and m rows of one population: (bins - 1) (1/n + 1/m), by its chi-squared approximation.

    B. Yurdakul, Statistical properties of population stability index, 2018.
    """
    bins = np.count_nonzero(np.asarray(then))
    return max(0, int(bins) - 1) * (1 / max(n, 1) + 1 / max(m, 1))


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


def measures(reference: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    """Each feature and the score, now against then.

    Parameters
    ----------
    reference, new : mapping
        `score` and `features`, see `launch.models.training_profile.reference`;
        the new one over the edges and values of the other.

    Returns
    -------
    DataFrame
        The score first, then features: `feature`, `kind`, `psi`, `psi_by_chance`, `distance` (Kolmogorov-Smirnov;
        of categories the largest difference of a share), `p`, `missing_then`, `missing_now`.
    """
    pairs = [("score", reference["score"], new["score"])]
    pairs += [(name, then, new["features"][name]) for name, then in reference["features"].items()]
    rows = []
    for name, then, now in pairs:
        test = kolmogorov if then["kind"] == "number" else chi_squared
        # a missing cell is a bin of its own: what was never missing and is now has drifted
        a = [*(s * (1 - then["missing"]) for s in then["shares"]), then["missing"]]
        b = [*(s * (1 - now["missing"]) for s in now["shares"]), now["missing"]]
        n, m = then["rows"], now["rows"]
        distance, p = test(a, b, n, m)
        rows.append(
            {
                "feature": name, "kind": then["kind"], "psi": psi(a, b, n, m), "psi_by_chance": psi_by_chance(a, n, m),
                "distance": distance, "p": p, "missing_then": then["missing"], "missing_now": now["missing"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of `measures` with `p_holm`, Holm's correction over all of them, and `verdict`.

    "shifted" where the index goes 0.1 beyond chance, "drifted" where it goes 0.25 beyond, both where `p_holm` is under
    0.05, too; else "stable".
    """
    frame = frame.copy()
    frame.insert(list(frame.columns).index("p") + 1, "p_holm", holm(frame["p"].to_numpy()))
    sure, beyond = frame["p_holm"] < LEVEL, frame["psi"] - frame["psi_by_chance"]
    frame["verdict"] = np.select(
        [sure & (beyond > DRIFTED), sure & (beyond >= SHIFTED)], ["drifted", "shifted"], STABLE
    )
    return frame


def compare(reference: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    """What `measures` says, `judged`: the score first, then features by falling index."""
    frame = judged(measures(reference, new))
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
