"""Do detectors differ over many datasets? Average ranks, Friedman, Wilcoxon with Holm's correction.

Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7 (2006); pairs by Wilcoxon and not
by Nemenyi, as Benavoli, Corani and Mangili, "Should we really use post-hoc tests based on mean-ranks?", JMLR 17 (2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from datasets.wording import counted
from launch.evaluation.intervals import holm

EXACT_UP_TO = 50
"""Datasets up to which Wilcoxon's test is exact; the normal approximation serves beyond."""
DECIMALS = 12
"""Differences are rounded to so many places, so that equal ones tie in spite of floating point."""


@dataclass(frozen=True)
class Friedman:
    """Outcome of Friedman's test; without a statistic and a p, `why` says why.

    `f` and `f_p` are Iman and Davenport's, infinite and 0 where all datasets rank alike.
    """

    statistic: float | None
    p: float | None
    detectors: int
    datasets: int
    why: str = ""
    f: float | None = None
    f_p: float | None = None


def of_datasets(block: pd.DataFrame, underlying: Mapping[str, str]) -> pd.DataFrame:
    """Columns of one underlying dataset, such as its classes or protocols, as one: their mean.

    They are not independent observations, and tests over datasets take each column for one.
    """
    return block.T.groupby(lambda column: underlying.get(str(column), str(column)), sort=False).mean().T


def complete(metrics: pd.DataFrame, minimum: int = 2) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The block of detectors and datasets without gaps that the tests use.

    Datasets that more than half of the detectors lack are left out first, then detectors that lack more than half of
    the others, then datasets that one of these lacks; where fewer than `minimum` datasets would stay, detectors with
    the most gaps go, one by one.

    Parameters
    ----------
    metrics : DataFrame
        Index detectors, columns datasets, higher is better, NaN where missing.
    minimum : int, default 2

    Returns
    -------
    block, detectors, datasets
        And what was left out.
    """
    common = metrics.loc[:, metrics.isna().mean(axis=0) <= 0.5]
    if common.shape[1] < min(minimum, metrics.shape[1]):
        common = metrics
    block = common[common.isna().mean(axis=1) <= 0.5]
    while len(block) > 2:
        whole = block.dropna(axis=1)
        gaps = block.isna().sum(axis=1)
        if whole.shape[1] >= min(minimum, metrics.shape[1]) or gaps.max() == 0:
            break
        block = block.drop(index=sorted(gaps[gaps == gaps.max()].index)[-1])
    block = block.dropna(axis=1)
    out_detectors = [str(name) for name in metrics.index if name not in block.index]
    return block, out_detectors, [str(name) for name in metrics.columns if name not in block.columns]


def average_ranks(block: pd.DataFrame) -> pd.Series:
    """Mean rank of each detector over datasets: 1 is best, ties share their mean and stand by name; best first."""
    ranks = block.rank(axis=0, ascending=False, method="average").mean(axis=1)
    return ranks.loc[sorted(ranks.index, key=lambda name: (ranks[name], str(name)))]


def friedman(block: pd.DataFrame) -> Friedman:
    """Friedman's test that all detectors rank alike, corrected for ties; p by the chi-squared approximation.

    That is conservative; Iman and Davenport's F = (N - 1) chi² / (N (k - 1) - chi²) over N datasets of k detectors,
    with k - 1 and (k - 1)(N - 1) degrees of freedom, is less so ("Approximations of the critical region of the
    Friedman statistic", Communications in Statistics A 9, 1980; Demšar's advice).
    """
    detectors, datasets = block.shape
    if detectors < 3 or datasets < 2:
        return Friedman(None, None, detectors, datasets, "it takes three detectors and two datasets")
    if (block.nunique(axis=0) == 1).all():
        return Friedman(None, None, detectors, datasets, "all detectors tie everywhere")
    statistic, p = map(float, stats.friedmanchisquare(*block.to_numpy(dtype=float)))
    left = datasets * (detectors - 1) - statistic
    f = (datasets - 1) * statistic / left if left > 1e-9 else np.inf
    f_p = float(stats.f.sf(f, detectors - 1, (detectors - 1) * (datasets - 1)))
    return Friedman(statistic, p, detectors, datasets, f=f, f_p=f_p)


def wilcoxon_holm(block: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
    """Every pair by Wilcoxon's signed-rank test over datasets, with Holm's correction.

    A pair is judged by its own differences alone, as Benavoli et al. (2016) advise, also which of the two is better:
    their average ranks depend on the other detectors and may say the opposite.

    Returns
    -------
    DataFrame
        `better`, `worse` (by signed ranks; where these are even, by average rank), `difference` (mean of better
        minus worse), `p`, `p_holm`, `different`. Rows in the order of average ranks.
    """
    rows = []
    for better, worse in combinations(average_ranks(block).index, 2):
        gaps = (block.loc[better] - block.loc[worse]).to_numpy(dtype=float).round(DECIMALS)
        p, balance = signed_ranks(gaps)
        if balance < 0:
            better, worse, gaps = worse, better, -gaps
        rows.append({"better": better, "worse": worse, "difference": float(gaps.mean()), "p": p})
    frame = pd.DataFrame(rows, columns=["better", "worse", "difference", "p"])
    frame["p_holm"] = holm(frame["p"].to_numpy(dtype=float))
    frame["different"] = frame["p_holm"] <= level
    return frame


def signed_ranks(gaps: NDArray[np.float64]) -> tuple[float, float]:
    """Wilcoxon's signed-rank test of differences, zeros split evenly (SciPy's `zsplit`).

    With ties SciPy is exact by trying all 2^n signs, up to 13 differences and in seconds. Here the distribution over
    all signs is counted up instead, for `EXACT_UP_TO` differences. Gives the two-sided p, 1 where all differences
    are zero, and the ranks of positive minus those of negative differences.
    """
    twice = np.rint(2 * stats.rankdata(np.abs(gaps))).astype(int)
    balance = float(twice[gaps > 0].sum() - twice[gaps < 0].sum()) / 2
    moving = twice[gaps != 0]
    if not len(moving):
        return 1.0, 0.0
    if len(gaps) > EXACT_UP_TO:
        return float(stats.wilcoxon(gaps, zero_method="zsplit", method="asymptotic").pvalue), balance
    share = np.zeros(moving.sum() + 1)
    share[0] = 1.0
    for rank in moving:
        share = (share + np.concatenate([np.zeros(rank), share[:-rank]])) / 2
    smaller = min(twice[gaps > 0].sum(), twice[gaps < 0].sum())
    return min(1.0, 2 * float(share[: smaller + 1].sum())), balance


def too_few(block: pd.DataFrame, level: float = 0.05) -> str:
    """Why no pair can differ, if so: 2 / 2^n, the smallest p over n datasets, fails the first step of Holm."""
    detectors, datasets = block.shape
    pairs, smallest = detectors * (detectors - 1) // 2, min(1.0, 2.0 ** (1 - datasets))
    if smallest * pairs <= level:
        return ""
    return (
        f"with {counted(datasets, 'dataset')} the smallest p of a pair is {smallest:.2g}, and one of "
        f"{counted(pairs, 'pair')} must reach {level / pairs:.2g}: no difference can be significant here, "
        "whatever the figures"
    )


def cliques(ranks: pd.Series, pairs: pd.DataFrame) -> list[tuple[str, ...]]:
    """The longest runs of detectors, in the order of rank, of which no two are significantly different.

    The bars of Demšar's diagram. A pair may differ though it lies between two that do not: then no bar spans it.
    """
    names = [str(name) for name in ranks.index]
    apart = {frozenset((str(r["better"]), str(r["worse"]))) for r in pairs.to_dict("records") if r["different"]}
    runs: list[tuple[int, int]] = []
    for start in range(len(names)):
        end = start + 1
        while end < len(names) and not any(frozenset((names[k], names[end])) in apart for k in range(start, end)):
            end += 1
        if end - start > 1 and not any(s <= start and end <= e for s, e in runs):
            runs.append((start, end))
    return [tuple(names[s:e]) for s, e in runs]


def significant(pairs: pd.DataFrame) -> Sequence[str]:
    """Pairs that differ, in words."""
    different = pairs[pairs["different"]].to_dict("records")
    return [f"{pair['better']} over {pair['worse']} (p {pair['p_holm']:.3g})" for pair in different]
