"""Two objectives at once: how well a configuration ranks, and how long it takes to score a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from launch.study.trial import TrialRecord, latency


def front(records: Iterable[TrialRecord], rows: int) -> list[tuple[TrialRecord, float]]:
    """The complete trials that no other one beats in both objectives, the best score first."""
    scored = [(r, latency(r, rows)) for r in records if r.state == "complete" and r.score is not None]
    timed = sorted(((r, t) for r, t in scored if t is not None), key=lambda one: (-(one[0].score or 0.0), one[1]))
    best: list[tuple[TrialRecord, float]] = []
    for record, seconds in timed:
        if not best or seconds < best[-1][1]:
            best.append((record, seconds))
    return best


def under(ranked: Sequence[TrialRecord], rows: int, limit: float | None) -> list[TrialRecord]:
    """The trials that are fast enough, in their order."""
    if limit is None:
        return list(ranked)
    return [r for r in ranked if (one := latency(r, rows)) is not None and one <= limit]


def plain(trials: Sequence[tuple[TrialRecord, float]]) -> list[dict[str, Any]]:
    """The front for the summary."""
    return [
        {"trial": r.number, "origin": r.origin, "score": r.score, "latency_us": round(t, 4), "config": r.params}
        for r, t in trials
    ]
