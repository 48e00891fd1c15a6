"""What the last screen says of the rows that the model gets wrong."""

from __future__ import annotations

from collections.abc import Iterator

from launch.evaluation.summary import Summary


def lines(summary: Summary) -> Iterator[str]:
    """Where it does worst, if anywhere, in a sentence or two."""
    if summary.held_out is None:
        return
    for sentence in summary.held_out.standing_out[:2]:
        yield f"On held-out validation rows: {sentence}"
