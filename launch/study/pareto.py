"""Two objectives at once: how well a configuration ranks, and how long it takes to score a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from launch.study.trial import TrialRecord, latency


def front(records: Iterable[TrialRecord], rows: int) -> list[tuple[TrialRecord, float]]:
    """The complete trials that no other one beats in both objectives, the best score first."""
    scored = [record for record in records if record.state == "complete" and record.score is not None]
    timed = [(record, seconds) for record in scored if (seconds := latency(record, rows)) is not None]
    best: list[tuple[TrialRecord, float]] = []
    for record, seconds in sorted(timed, key=lambda pair: (-(pair[0].score or 0.0), pair[1])):
        if not best or seconds < best[-1][1]:
            best.append((record, seconds))
    return best


def under(ranked: Sequence[TrialRecord], rows: int, limit: float | None) -> list[TrialRecord]:
    """The trials that are fast enough, in their order."""
    if limit is None:
        return list(ranked)
    return [record for record in ranked if (seconds := latency(record, rows)) is not None and seconds <= limit]


def plain(trials: Sequence[tuple[TrialRecord, float]]) -> list[dict[str, Any]]:
    """The front for the summary."""
    return [
        {
            "trial": record.number,
            "origin": record.origin,
            "score": record.score,
            "latency_us": round(seconds, 4),
            "config": record.params,
        }
        for record, seconds in trials
    ]
