"""ASHA that lets published configurations run to their end, and that knows what an earlier process saw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, TrialScheduler

from launch.config.halving import Halving
from launch.study.trial import TrialRecord


def scheduler(halving: Halving, known: Iterable[TrialRecord] = ()) -> TrialScheduler:
    """Ray Tune's scheduler, with what is known of trials in its rungs; its time is our own `round`."""
    if not halving.enabled or not halving.rungs():
        return FIFOScheduler()
    asha = SparingASHA(
        time_attr="round",
        metric="score",
        mode="max",
        max_t=halving.max_rounds,
        grace_period=halving.grace,
        reduction_factor=halving.factor,
        spared=halving.spared,
    )
    asha.refill(known)
    return asha


class SparingASHA(AsyncHyperBandScheduler):
    """Asynchronous successive halving, except that a trial with `spare` in its configuration is never stopped.

    Every result is a lift over the published configuration, so that one needs all its
    rounds; its scores fill the rungs like any other's. A result without the metric or
    the time attribute decides nothing.
    """

    def __init__(self, *, spared: int = 0, **settings: Any) -> None:
        super().__init__(**settings)
        self._last_round = max(settings["max_t"], spared)
        self._names: dict[int, str] = {}

    def refill(self, records: Iterable[TrialRecord]) -> None:
        """Put the recorded rounds of trials into the rungs, as if they had been reported here.

        Of ended trials every rung that they reached; of open ones those below their
        last round, so that the next result is judged at that one.
        """
        for record in records:
            scores: dict[float, float] = {row["round"]: row["score"] for row in record.history}
            last = max(scores, default=0.0)
            self._names[record.number] = f"told-{record.number}"
            for milestone, recorded in self._rungs():
                if milestone in scores and (record.state != "running" or milestone < last):
                    recorded[self._names[record.number]] = scores[milestone]

    def _rungs(self) -> list[tuple[float, dict[Any, Any]]]:
        return self._brackets[0]._rungs

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Take over what the same trial reported under another of Tune's names."""
        super().on_trial_add(tune_controller, trial)
        number = trial.config.get("number")
        old = self._names.get(number)
        if old is not None:
            for _, recorded in self._rungs():
                if old in recorded:
                    recorded[trial.trial_id] = recorded.pop(old)
        self._names[number] = trial.trial_id

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """CONTINUE or STOP."""
        decision = super().on_trial_result(tune_controller, trial, result)
        if trial.config.get("spare") and decision == TrialScheduler.STOP and result["round"] < self._last_round:
            self._num_stopped -= 1
            return TrialScheduler.CONTINUE
        return decision
