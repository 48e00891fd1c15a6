"""All studies of a home as one Optuna storage that nobody can write to: what optuna-dashboard shows.

Every search has a journal of its own, which only its driver writes. Here they stand side by side, ids apart by
the number of the journal, and are read anew at every call, so that a running search is seen to grow. (A copy in
one storage would have to be made anew, with other ids, each time that a page of a running search asks.)
"""

from __future__ import annotations

import threading
from collections.abc import Container
from pathlib import Path
from typing import Any, NoReturn

from optuna.storages import BaseStorage, JournalStorage
from optuna.trial import FrozenTrial, TrialState

from launch.study.journal_file import JournalFile
from launch.study.optuna_private import FrozenStudy, moved_study, moved_trial, study_id

APART = 10_000_000
"""Ids of two journals differ by at least so much."""


class ReadOnly(RuntimeError):
    """Somebody tried to change a study through a view of it."""


def _refuse(*arguments: Any, **named: Any) -> NoReturn:
    """Refused: a view writes nothing."""
    raise ReadOnly("this is a view of studies: only the search itself writes a study")


def _of_study(name: str) -> Any:
    """What the journal behind a study answers."""

    def ask(view: StudiesView, study_id: int) -> Any:
        store, inner, _ = view._of(study_id)
        return getattr(store, name)(inner)

    return ask


class StudiesView(BaseStorage):
    """A view of the journals in HOME/studies: later ones are seen, one that cannot be read is left out."""

    create_new_study = delete_study = create_new_trial = _refuse
    set_study_user_attr = set_study_system_attr = set_trial_param = set_trial_state_values = _refuse
    set_trial_intermediate_value = set_trial_user_attr = set_trial_system_attr = _refuse

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._places: dict[tuple[str, int], int] = {}
        self._open: dict[int, JournalStorage] = {}
        self._broken: dict[int, tuple[int, int]] = {}

    def _look(self) -> dict[int, JournalStorage]:
        """Readable journals by place; one that was unreadable is tried again when it has changed."""
        with self._lock:
            readable = {}
            for path in sorted(self.folder.glob("*.journal")):
                try:
                    about = path.stat()
                except OSError:
                    continue
                place = self._places.setdefault((path.name, about.st_ino), len(self._places))
                if self._broken.get(place) == (about.st_size, about.st_mtime_ns):
                    continue
                try:
                    store = self._open.get(place) or JournalStorage(JournalFile(str(path)))
                    store.get_all_studies()
                except Exception:  # gone, cut short, or of another program
                    self._open.pop(place, None)
                    self._broken[place] = (about.st_size, about.st_mtime_ns)
                    continue
                self._open[place] = readable[place] = store
            return readable

    def _of(self, number: int) -> tuple[JournalStorage, int, int]:
        """The journal behind an id, the id in it, and what to add to ids of that journal."""
        place, inner = divmod(number, APART)
        journals = self._look()
        if place not in journals:
            raise KeyError(f"there is no study or trial with the id {number}")
        return journals[place], inner, place * APART

    def get_all_studies(self) -> list[FrozenStudy]:
        """Studies of all journals."""
        journals = self._look().items()
        return [moved_study(study, place * APART) for place, store in journals for study in store.get_all_studies()]

    def get_study_id_from_name(self, study_name: str) -> int:
        """The id of a study."""
        for study in self.get_all_studies():
            if study.study_name == study_name:
                return study_id(study)
        raise KeyError(f"there is no study {study_name!r}")

    get_study_name_from_id = _of_study("get_study_name_from_id")
    get_study_directions = _of_study("get_study_directions")
    get_study_user_attrs = _of_study("get_study_user_attrs")
    get_study_system_attrs = _of_study("get_study_system_attrs")

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """One trial."""
        store, inner, add = self._of(trial_id)
        return moved_trial(store.get_trial(inner), add)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Trials of a study."""
        store, inner, add = self._of(study_id)
        return [moved_trial(t, add) for t in store.get_all_trials(inner, deepcopy=deepcopy, states=states)]
