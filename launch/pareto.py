"""Two aims at once: how well a configuration ranks, and how long it takes to score a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from launch.errors import UsageError

if TYPE_CHECKING:
    from launch.study import Record

LATENCY = "latency"
METRICS = ("ap", "auroc", "f1")
RECENT = 3
MICROSECONDS = 1e6


def aims(text: str | None) -> tuple[str, ...]:
    """What `--objective` asks for: a metric, or a metric and latency.

    Raises
    ------
    UsageError
    """
    if text is None:
        return ()
    given = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if given in {(metric,) for metric in METRICS} | {(metric, LATENCY) for metric in METRICS}:
        return given
    raise UsageError(f"--objective {text!r}: give {', '.join(METRICS)}, or one of them with latency: ap,latency")


def latency(record: Record, rows: int) -> float | None:
    """Microseconds to score one row: the median over the last rounds; None before the first.

    It is measured on the validation rows, in the trial's own process, beside the other
    trials: it compares configurations of one search, and is no promise for a server.
    """
    recent = [row["predict_seconds"] for row in record.history[-RECENT:]]
    return median(recent) / rows * MICROSECONDS if recent and rows else None


def front(records: Iterable[Record], rows: int) -> list[tuple[Record, float]]:
    """The complete trials that no other one beats in both aims, the best score first."""
    scored = [(r, latency(r, rows)) for r in records if r.state == "complete" and r.score is not None]
    timed = sorted(((r, t) for r, t in scored if t is not None), key=lambda one: (-(one[0].score or 0.0), one[1]))
    found: list[tuple[Record, float]] = []
    for record, seconds in timed:
        if not found or seconds < found[-1][1]:
            found.append((record, seconds))
    return found


def under(ranked: Sequence[Record], rows: int, limit: float | None) -> list[Record]:
    """The trials that are fast enough, in their order."""
    if limit is None:
        return list(ranked)
    return [r for r in ranked if (one := latency(r, rows)) is not None and one <= limit]


def plain(found: Sequence[tuple[Record, float]]) -> list[dict[str, Any]]:
    """The front for the summary."""
    return [
        {"trial": r.number, "origin": r.origin, "score": r.score, "latency_us": round(t, 4), "config": r.params}
        for r, t in found
    ]
