"""Ray Tune's schedulers: ASHA that spares published configurations and knows what an earlier process saw, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, TrialScheduler

from launch.backend import ray_private
from launch.config.halving import Halving
from launch.study.trial import TrialRecord, whole_fit_seconds

TIMED = 100
"""Trials whose seconds say what a fit takes, those that began last: a decision must not read ten thousand."""


def scheduler(halving: Halving, known: Iterable[TrialRecord] = ()) -> TrialScheduler:
    """Ray Tune's scheduler, with what is known of trials in its rungs; its time is our own `round`."""
    if not halving.enabled or not halving.rungs():
        return InTurn()
    asha = SparingASHA(
        time_attr="round",
        metric="score",
        mode="max",
        max_t=halving.max_rounds,
        grace_period=halving.grace,
        reduction_factor=halving.factor,
        spared=halving.spared,
        above=halving.above,
    )
    asha.refill(known)
    return asha


class InTurn(FIFOScheduler):
    """Lets every trial run to its end."""

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Nothing but to have Tune forget those that ended before."""
        ray_private.forget_ended(tune_controller)


class SparingASHA(AsyncHyperBandScheduler):
    """Asynchronous successive halving that stops no trial with `spare` in its configuration, and none of cheap fits.

    Every result is a lift over the published configuration, so that one needs all its
    rounds; its scores fill the rungs like any other's. A result without the metric or
    the time attribute decides nothing. No trial is stopped while a whole fit, as the rounds so far show
    it, takes at most `above` seconds; once one was stopped, in whichever process, that no longer matters.
    """

    def __init__(self, *, spared: int = 0, above: float = 0.0, **settings: Any) -> None:
        super().__init__(**settings)
        self._rounds, self._last_round = settings["max_t"], max(settings["max_t"], spared)
        self._above, self._begun = above, above <= 0
        self._histories: dict[int, dict[int, Mapping[str, float]]] = {}
        self._names: dict[int, str] = {}

    def refill(self, records: Iterable[TrialRecord]) -> None:
        """Put the recorded rounds of trials into the rungs, as if they had been reported here.

        Of ended trials every rung that they reached; of open ones those below their
        last round, so that the next result is judged at that one.
        """
        for record in records:
            self._begun |= record.state == "pruned"
            self._time(record.number, record.history)
            scores: dict[float, float] = {row["round"]: row["score"] for row in record.history}
            last = max(scores, default=0.0)
            self._names[record.number] = f"told-{record.number}"
            for milestone, recorded in self._rungs():
                if milestone in scores and (record.state != "running" or milestone < last):
                    recorded[self._names[record.number]] = scores[milestone]

    def _time(self, number: int | None, history: Iterable[Mapping[str, float]]) -> None:
        """Take what rounds of a trial took."""
        if number is not None:
            self._histories.setdefault(number, {}).update({int(row["round"]): row for row in history})
            if len(self._histories) > TIMED:
                del self._histories[next(iter(self._histories))]

    def _cheap(self) -> bool:
        """Whether stopping saves less than a person notices."""
        if self._begun:
            return False
        rows = [[own[k] for k in sorted(own)] for own in self._histories.values()]
        return whole_fit_seconds(rows, self._rounds) <= self._above

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

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Take the last result, and have Tune forget the trials that ended before."""
        super().on_trial_complete(tune_controller, trial, result)
        ray_private.forget_ended(tune_controller)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """CONTINUE or STOP."""
        self._time(trial.config.get("number"), result.get("history", ()))
        decision = super().on_trial_result(tune_controller, trial, result)
        if decision != TrialScheduler.STOP:
            return decision
        spared = trial.config.get("spare") and result["round"] < self._last_round
        if spared or (result["round"] < self._rounds and self._cheap()):
            self._num_stopped -= 1
            return TrialScheduler.CONTINUE
        self._begun |= result["round"] < self._rounds
        return decision
