"""What we use of Optuna that it does not promise to keep, in one place.

`tests/launch/study/test_upstream.py` says what to do when a new version breaks it. Two more
places override private methods, each in a subclass: `OpenEndedGrid` and `PatientStorage`.
"""

from __future__ import annotations

import copy

import optuna
from optuna.storages.journal._file import LOCK_FILE_SUFFIX
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial

__all__ = ["LOCK_FILE_SUFFIX", "FrozenStudy", "moved_study", "moved_trial", "reopened", "study_id"]


def reopened(study: optuna.Study, trial: FrozenTrial) -> optuna.Trial:
    """A trial that was left running, to go on with it under its number."""
    return optuna.Trial(study, trial._trial_id)


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
