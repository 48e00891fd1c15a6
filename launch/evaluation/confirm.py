"""Compare the finalists on fresh splits and seeds: the search score is the luckiest of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.common.jobs import Job, JobFailure, JobRunner
from launch.config.plan import Plan
from launch.evaluation.calibration import HeldOut
from launch.evaluation.intervals import split_interval
from launch.study.trial import TrialRecord
from trainables.core import metrics
from trainables.training.fit import validated_fit

FINALISTS = 3
FIRST_SPLIT = 1000
"""Confirmation splits have seeds of their own, far from the search's."""


def first_split(seed: int) -> int:
    """The number of the first confirmation split of a search; the others follow it."""
    return FIRST_SPLIT + 100 * seed


@dataclass
class Finalist:
    """A configuration with its scores and metrics after all rounds, by confirmation split."""

    record: TrialRecord
    published: bool
    """Whether it is the published configuration to compare with."""
    scores: dict[int, float] = field(default_factory=dict)
    metrics: dict[int, dict[str, float]] = field(default_factory=dict)
    folds: dict[int, HeldOut] = field(default_factory=dict)
    states: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Of its models of the splits, where rows are to be looked at and the states are not too large."""
    failure: str = ""
    valid_by_train: float = 0.25
    """Validation rows by training rows of a split."""

    def interval(self) -> tuple[float, float, float]:
        """Mean of the confirmed scores with its 95 % interval; the splits are of the same rows, so they overlap."""
        anomalies = [metrics.by_task(fold.y, fold.scores)[0][0].sum() for fold in self.folds.values()]
        return split_interval(list(self.scores.values()), self.valid_by_train, float(np.mean(anomalies or 1)))

    def by_split(self) -> tuple[float, ...]:
        """The scores in the order of their splits."""
        return tuple(self.scores[number] for number in sorted(self.scores))

    def mean_metrics(self) -> dict[str, float]:
        """AUROC, AP and best F1 after the last round, means over the confirmation splits."""
        rows = list(self.metrics.values())
        return {k: float(np.mean([row[k] for row in rows])) for k in rows[0]} if rows else {}


def finalists(
    ranked: Sequence[TrialRecord], records: Mapping[int, TrialRecord], reference: str, top: int
) -> list[Finalist]:
    """The best `top` of the search, and the published configuration."""
    chosen = [Finalist(record, record.origin == reference) for record in ranked[:top]]
    if not any(finalist.published for finalist in chosen):
        published = [record for record in records.values() if record.origin == reference]
        ended = [record for record in published if record.state in ("complete", "pruned")]
        chosen += [Finalist(record, True) for record in ended[:1]]
    return chosen


def confirm(
    chosen: Sequence[Finalist],
    plan: Plan,
    engine: JobRunner,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
) -> None:
    """Train every finalist on as many fresh (split, seed) pairs as `--confirm` says, the same for all; fills them in.

    A finalist that fails on any pair cannot win. Without a confirmation there is one pair, for the threshold.
    """
    fits: list[tuple[Job, Finalist, int, NDArray[Any]]] = []
    for pair in range(max(1, plan.options.confirm)):
        number = first_split(plan.options.seed) + pair
        split = plan.problem.split(number)
        train = engine.share(plan.train_data(split.train))
        valid_X, valid_y = engine.share(split.valid.X), split.valid.y
        for i, finalist in enumerate(chosen):
            finalist.valid_by_train = len(split.valid) / len(split.train)
            keep = plan.looks_at_rows and plan.problem.modality == "tabular"
            job = plan.fit_job(finalist.record.params, number, metric=plan.metric, keep_state=keep, key=(i, number))
            fits.append((Job(validated_fit, (job, train, valid_X, valid_y)), finalist, number, valid_y))
    fits.sort(key=lambda fit: -fit[1].record.seconds_per_round)  # so that no core waits long for the last
    for done, (index, result) in enumerate(engine.map([job for job, *_ in fits], stop), start=1):
        _, finalist, number, labels = fits[index]
        if isinstance(result, JobFailure):
            finalist.failure = f"{result.cause}: {result.message}"
        else:
            finalist.scores[number] = result.history[-1]["score"]
            finalist.metrics[number] = {k: result.history[-1][k] for k in ("auroc", "ap", "f1")}
            finalist.folds[number] = HeldOut(
                labels, result.scores["valid"], result.training_quantiles, plan.problem.alarm_rate
            )
            if result.state is not None:
                finalist.states[number] = result.state
        on_done(done, len(fits))


def winner(chosen: Sequence[Finalist]) -> Finalist | None:
    """The finalist with the highest confirmed mean; the published one may win."""
    sound = [finalist for finalist in chosen if finalist.scores and not finalist.failure]
    return max(sound, key=lambda finalist: finalist.interval()[0], default=None)
