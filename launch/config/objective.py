"""What a search aims at: a metric, or a metric and latency."""

from __future__ import annotations

from launch.common.errors import UsageError

LATENCY = "latency"
METRICS = ("ap", "auroc", "f1")


def aims(text: str | None) -> tuple[str, ...]:
    """What `--objective` asks for: a metric, or a metric and latency."""
    if text is None:
        return ()
    given = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if given in {(metric,) for metric in METRICS} | {(metric, LATENCY) for metric in METRICS}:
        return given
    raise UsageError(f"--objective {text!r}: give {', '.join(METRICS)}, or one of them with latency: ap,latency")
