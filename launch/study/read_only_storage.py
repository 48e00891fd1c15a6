"""All studies of a home as one Optuna storage that nobody can write to: what optuna-dashboard shows.

Every search has a journal of its own, which only its driver writes. Here they stand side by side, ids apart by
the number of the journal, and are read anew at every call, so that a running search is seen to grow.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any, NoReturn

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, JournalStorage
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

from launch.study.journal_file import JournalFile

APART = 10_000_000
"""Ids of two journals differ by at least so much."""


class ReadOnly(RuntimeError):
    """Somebody tried to change a study through a view of it."""


class StudiesView(BaseStorage):
    """A view of the journals in a folder.

    Parameters
    ----------
    folder : Path
        HOME/studies. Journals that appear later are seen, one that cannot be read is left out.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._places: dict[tuple[str, int], int] = {}
        self._open: dict[int, JournalStorage] = {}
        self._broken: dict[int, tuple[int, int]] = {}

    def _look(self) -> dict[int, JournalStorage]:
        """Readable journals by place; one that was unreadable is tried again when it has changed."""
        with self._lock:
            found = {}
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
                self._open[place] = found[place] = store
            return found

    def _of(self, number: int) -> tuple[JournalStorage, int, int]:
        """The journal behind an id, the id in it, and what to add to ids of that journal."""
        place, inner = divmod(number, APART)
        journals = self._look()
        if place not in journals:
            raise KeyError(f"there is no study or trial with the id {number}")
        return journals[place], inner, place * APART

    def _shown(self, trial: FrozenTrial, add: int) -> FrozenTrial:
        found = copy.copy(trial)
        found._trial_id = trial._trial_id + add
        return found

    def get_all_studies(self) -> list[FrozenStudy]:
        """Studies of all journals."""
        found = []
        for place, store in self._look().items():
            for study in store.get_all_studies():
                shown = copy.copy(study)
                shown._study_id = study._study_id + place * APART
                found.append(shown)
        return found

    def get_study_id_from_name(self, study_name: str) -> int:
        """The id of a study."""
        for study in self.get_all_studies():
            if study.study_name == study_name:
                return study._study_id
        raise KeyError(f"there is no study {study_name!r}")

    def get_study_name_from_id(self, study_id: int) -> str:
        """The name of a study."""
        store, inner, _ = self._of(study_id)
        return store.get_study_name_from_id(inner)

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """What is better."""
        store, inner, _ = self._of(study_id)
        return store.get_study_directions(inner)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """What the search says of itself."""
        store, inner, _ = self._of(study_id)
        return store.get_study_user_attrs(inner)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """What Optuna keeps of it."""
        store, inner, _ = self._of(study_id)
        return store.get_study_system_attrs(inner)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        """One trial."""
        store, inner, add = self._of(trial_id)
        return self._shown(store.get_trial(inner), add)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Trials of a study."""
        store, inner, add = self._of(study_id)
        return [self._shown(t, add) for t in store.get_all_trials(inner, deepcopy=deepcopy, states=states)]

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        """Refused, as everything that follows."""
        _refuse()

    def delete_study(self, study_id: int) -> None:
        """Refused."""
        _refuse()

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Refused."""
        _refuse()

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Refused."""
        _refuse()

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Refused."""
        _refuse()

    def set_trial_param(
        self, trial_id: int, param_name: str, param_value_internal: float, distribution: BaseDistribution
    ) -> None:
        """Refused."""
        _refuse()

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Refused."""
        _refuse()

    def set_trial_intermediate_value(self, trial_id: int, step: int, intermediate_value: float) -> None:
        """Refused."""
        _refuse()

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Refused."""
        _refuse()

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Refused."""
        _refuse()


def _refuse() -> NoReturn:
    raise ReadOnly("this is a view of studies: only the search itself writes a study")
