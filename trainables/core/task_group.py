"""One detector per class of a one-vs-rest dataset, trained and scored as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainables.core.detector import Detector, TrainData
from trainables.core.errors import DetectorError, NotFitted

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, eq=False)
class Task:
    """What one detector of a group trains on.

    Attributes
    ----------
    name : str
        What people call it: its normal class.
    rows : slice or ndarray of int
        Which of the group's rows; a slice copies nothing.
    target : ndarray of int8
        Of those rows, as in `TrainData`.
    """

    name: str
    rows: slice | NDArray[np.intp]
    target: NDArray[np.int8]


class TaskGroup:
    """Detectors of one configuration, one for each task; a round is one round of each, one after the other.

    It has the methods of a `Detector` that training needs. Its scores have a column for each
    task. A member that fails fails the group, by the name of its task.

    Parameters
    ----------
    prototype : Detector
        Unfitted; every member is a clone of it.
    """

    def __init__(self, prototype: Detector) -> None:
        self.prototype = prototype
        self.members: dict[str, Detector] = {}

    def get_params(self) -> dict[str, Any]:
        """Hyperparameters of every member."""
        return self.prototype.get_params()

    @property
    def rounds(self) -> int:
        """Rounds of a whole training run."""
        return self.prototype.rounds

    @property
    def resumable(self) -> bool:
        """Whether a state taken in the middle of training continues bit for bit."""
        return self.prototype.resumable

    @property
    def rounds_done_(self) -> int:
        """Rounds that every member has trained."""
        return min((member.rounds_done_ for member in self.members.values()), default=0)

    def begin(self, train: TrainData) -> Self:
        """Get every member ready on its rows, views of the same images where they stand together."""
        self.members = {}
        for task in train.tasks:
            rows = replace(train, X=train.X[task.rows], target=task.target, tasks=())
            with named(task.name):
                self.members[task.name] = self.prototype.clone().begin(rows)
        return self

    def train_round(self) -> dict[str, float]:
        """One round of each member; means of their losses."""
        if not self.members:
            raise NotFitted("a task group has no member before begin()")
        losses: list[dict[str, float]] = []
        for name, member in self.members.items():
            with named(name):
                losses.append(member.train_round())
        return {k: float(np.mean([loss[k] for loss in losses])) for k in losses[0] if all(k in loss for loss in losses)}

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scores of shape (n, tasks)."""
        return self._columns(lambda member: member.decision_function(X))

    def training_scores(self, X: ArrayLike) -> NDArray[np.float64]:
        """As `Detector.training_scores`, of shape (n, tasks)."""
        return self._columns(lambda member: member.training_scores(X))

    def _columns(self, score: Callable[[Detector], NDArray[np.float64]]) -> NDArray[np.float64]:
        columns = []
        for name, member in self.members.items():
            with named(name):
                columns.append(score(member))
        return np.stack(columns, axis=1)

    def state_dict(self) -> dict[str, Any]:
        """States of the members by task."""
        return {"members": {name: member.state_dict() for name, member in self.members.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over states; to go on training, call `begin` with the same rows first."""
        for name, saved in state["members"].items():
            member = self.members.setdefault(name, self.prototype.clone())
            member.load_state_dict(saved)
        return self


def members_of(detector: Detector | TaskGroup) -> Mapping[str, Detector]:
    """Detectors by task; one by itself is of a task without a name."""
    return detector.members if isinstance(detector, TaskGroup) else {"": detector}


def member_states(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """As `members_of`, of what `state_dict` gave."""
    members = state.get("members")
    return members if isinstance(members, Mapping) else {"": state}  # an ensemble may have a list of members


def grouped(detector: Detector, train: TrainData) -> Detector | TaskGroup:
    """The detector itself, or a group of it where the training data have several tasks."""
    return TaskGroup(detector) if train.tasks else detector


@contextmanager
def named(task: str) -> Iterator[None]:
    """Errors within say which class they are of, where it has a name."""
    try:
        yield
    except DetectorError as error:
        if not task:
            raise
        raise type(error)(f"class {task}: {error}") from error
