"""ASHA that lets published configurations run to their end."""

from __future__ import annotations

from typing import Any

from ray.tune.schedulers import AsyncHyperBandScheduler, TrialScheduler


class SparingASHA(AsyncHyperBandScheduler):
    """Asynchronous successive halving, except that a trial with `spare` in its configuration is never stopped.

    Every result is a lift over the published configuration, so that one needs all its
    rounds; its scores fill the rungs like any other's. A result without the metric or
    the time attribute decides nothing.
    """

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """CONTINUE or STOP."""
        decision = super().on_trial_result(tune_controller, trial, result)
        if trial.config.get("spare") and decision == TrialScheduler.STOP and result["round"] < self._max_t:
            self._num_stopped -= 1
            return TrialScheduler.CONTINUE
        return decision
