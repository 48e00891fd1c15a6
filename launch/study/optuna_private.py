"""What we use of Optuna that it does not promise to keep, in one place.

`tests/launch/study/test_upstream.py` says what to do when a new version breaks it. Two more
places override private methods, each in a subclass: `OpenEndedGrid` and `PatientStorage`.
"""

from __future__ import annotations

import copy
from collections.abc import Container
from typing import Any

import optuna
from optuna.storages.journal._file import LOCK_FILE_SUFFIX
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

__all__ = [
    "LOCK_FILE_SUFFIX", "FrozenStudy", "StudyView", "fresh", "kept_history", "moved_study", "moved_trial", "reopened",
    "said", "study_id",
]  # fmt: skip


def reopened(study: optuna.Study, trial: FrozenTrial) -> optuna.Trial:
    """A trial that was left running, to go on with it under its number."""
    return optuna.Trial(study, trial._trial_id)


def fresh(study: optuna.Study) -> optuna.Trial:
    """The next trial of a study in which none waits: `Study.ask` would look through all of them for one."""
    study._thread_local.cached_all_trials = None
    return optuna.Trial(study, study._storage.create_new_trial(study._study_id))


def kept_history(study: optuna.Study, trial: optuna.Trial) -> list[dict[str, float]]:
    """The rounds of a trial as its storage holds them, in place of a copy of our own."""
    history: list[dict[str, float]] = study._storage.get_trial(trial._trial_id).user_attrs["history"]
    return history


def study_id(study: FrozenStudy) -> int:
    """A study's id in its storage."""
    return study._study_id


def moved_study(study: FrozenStudy, by: int) -> FrozenStudy:
    """A study under an id that is larger by so much."""
    moved = copy.copy(study)
    moved._study_id = study._study_id + by
    return moved


def moved_trial(trial: FrozenTrial, by: int) -> FrozenTrial:
    """A trial under an id that is larger by so much."""
    moved = copy.copy(trial)
    moved._trial_id = trial._trial_id + by
    return moved


def said(trial: optuna.Trial) -> frozenset[str]:
    """Names of the values that a trial was enqueued with."""
    return frozenset(trial._fixed_params)


class StudyView(optuna.Study):
    """A study as a sampler is to see it: `seen` says what of its trials. Everything else is the study's own."""

    def __init__(self, study: optuna.Study) -> None:
        self.__dict__ = study.__dict__

    def seen(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """What a sampler sees of the trials."""
        return trials

    def trial(self, number: int) -> FrozenTrial:
        """One trial, which costs the same however many there are."""
        storage = self._storage
        return storage.get_trial(storage.get_trial_id_from_study_id_trial_number(self._study_id, number))

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        trials: Any = self.seen(super()._get_trials(deepcopy, None, use_cache))
        return [trial for trial in trials if states is None or trial.state in states]
