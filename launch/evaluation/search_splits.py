"""On how many splits a trial is scored, and what is said where a validation has too few anomalies to choose finely.

It is one split by itself: three were not shown to choose better, with the finalists confirmed (AP -.0006, -.0017 to
+.0004) or not (+.003, -.003 to +.008), and at as many seconds they choose worse (-.035, -.059 to -.011); these are 20
cuts of real tables to 20 validation anomalies, measured by `analysis/benchmarks/searching/few_anomalies.py`.
"""

from __future__ import annotations

import math

from datasets.problems.parts import Split
from datasets.problems.problem import Problem
from datasets.wording import counted, verb
from launch.evaluation.confirm import first_split

FEW = 50
"""Validation anomalies below which luck moves the AP of good configurations more than they truly differ: 2.5 times as
much with 10 anomalies, 1.2 with 20 and 0.9 with 50 (`analysis/benchmarks/searching/few_anomalies.py`)."""
MOST = 5
LAST = 99
"""The further splits are numbered down from here after the first confirmation split, which those never reach."""


def numbers(seed: int, count: int) -> list[int]:
    """The splits that score a trial: the search's own, then further ones that no confirmation uses."""
    return [seed, *(first_split(seed) + LAST - k for k in range(count - 1))]


def enough(anomalies: int) -> int:
    """Splits that bring so many validation anomalies to `FEW` together, at most `MOST`."""
    return max(1, min(MOST, math.ceil(FEW / max(1, anomalies))))


def search_splits(problem: Problem, seed: int, count: int) -> list[Split]:
    """Training and validation rows of each."""
    return [problem.split(number) for number in numbers(seed, count)]


def caution(anomalies: int, splits: int, confirm: int) -> str:
    """What is said before a search whose validation has few anomalies; nothing where it has enough."""
    if anomalies >= FEW:
        return ""
    count = f"{anomalies} validation {'anomaly' if anomalies == 1 else 'anomalies'} cannot choose finely"
    if splits > 1:
        return f"{count}: each trial is scored by its mean over {splits} splits"
    if confirm:
        fresh = f"{counted(confirm, 'fresh split')} {verb(confirm, 'decides', 'decide')}"
        return f"{count}: scores in the search are rough, and {fresh} between the best"
    return f"{count}: leave out `confirm` 0, or score each trial on {enough(anomalies)} splits (`splits_per_trial`)"


def worth_of_labels(half_width: float, anomalies: int, kind: str) -> str:
    """How far an interval would narrow with more anomalies of a kind, its width going with one over their root."""
    if anomalies >= FEW or not half_width > 0:
        return ""
    more = 2 * FEW
    then = half_width * math.sqrt(anomalies / more)
    return (
        f"With {more} {kind} instead of {anomalies}, the interval of AP would be about ±{then:.2f} "
        f"instead of ±{half_width:.2f}."
    )
