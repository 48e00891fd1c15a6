"""One trial as the search knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any

from search_spaces.portfolios import is_portfolio


def is_published(origin: str) -> bool:
    """Whether a trial's configuration is a published one."""
    return origin not in ("sampled", "enqueued") and not is_portfolio(origin)


@dataclass
class TrialRecord:
    """One trial as the search knows it."""

    number: int
    params: dict[str, Any]
    """The whole configuration as the detector gets it."""
    origin: str
    """`sampled`, `enqueued`, `portfolio N`, or the name of a published configuration."""
    state: str = "running"
    """Then `complete`, `pruned` or `failed`."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One flat row of figures per round."""
    score: float | None = None
    """The smoothed validation score after the last round."""
    failure: str = ""
    failure_message: str = ""
    peak_memory_mb: float = 0.0
    effective_batch_size: int | None = None
    """What the batch was halved to, where memory was short."""
    reported: int = 0
    """Last round whose score the study has."""
    checkpointed: bool = False
    """Whether it keeps a state somewhere."""
    places: list[dict[str, Any]] = field(default_factory=list)
    """`node`, `worker` (process id), `start` and `end` (seconds since 1970) of each stretch of work."""

    def worked(self, node: str, worker: int, seconds: float, now: float) -> None:
        """Note where the last `seconds` were spent."""
        last = self.places[-1] if self.places else None
        if last is not None and (last["node"], last["worker"]) == (node, worker):
            last["end"] = round(now, 3)
        else:
            start = round(now - seconds, 3)
            self.places.append({"node": node, "worker": worker, "start": start, "end": round(now, 3)})

    @property
    def published(self) -> bool:
        """Whether this is a published configuration."""
        return is_published(self.origin)

    @property
    def fit_seconds(self) -> float:
        """Seconds of training over all rounds."""
        return sum(entry["fit_seconds"] for entry in self.history)

    @property
    def seconds(self) -> float:
        """Seconds of training and scoring over all rounds."""
        return sum(entry["fit_seconds"] + entry["predict_seconds"] for entry in self.history)

    @property
    def seconds_per_round(self) -> float:
        """Mean seconds of training and scoring a round."""
        return self.seconds / max(1, len(self.history))


WARM_UP = 3.0
"""Seconds that a first round may take longer than the others: a new process imports libraries then."""


def whole_fit_seconds(histories: Iterable[Sequence[Mapping[str, float]]], rounds: int) -> float:
    """Seconds of a fit of so many rounds: the median over trials of what their rounds took, the first left out.

    Before any trial has a second round it is what the first ones show without doubt, which may be 0.
    """
    seconds = [[row["fit_seconds"] + row["predict_seconds"] for row in history] for history in histories]
    known = [mean(own[1:]) for own in seconds if len(own) > 1]
    known = known or [max(0.0, own[0] - WARM_UP) for own in seconds if own]
    return median(known) * rounds if known else 0.0


RECENT = 3
MICROSECONDS = 1e6


def latency(record: TrialRecord, rows: int) -> float | None:
    """Microseconds to score one row: the median over the last rounds; None before the first.

    It is measured on the validation rows, in the trial's own process, beside the other
    trials: it compares configurations of one search, and is no promise for a server.
    """
    recent = [row["predict_seconds"] for row in record.history[-RECENT:]]
    return median(recent) / rows * MICROSECONDS if recent and rows else None
