"""What a model, or a picture, is shown of a long study, so that ten thousand trials take no longer than a few hundred.

The best trials are all shown, since they are what the model samples around, and of the others a sample: they only say
where trials were. Which they are follows from the trials alone, in whatever order they ended, so that a search that was
killed goes on with the same ones.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

import optuna
from optuna.trial import FrozenTrial, TrialState

from launch.study.optuna_private import StudyView

BEST, SAMPLED = 60, 190
"""TPE takes at most 25 trials for good ones."""
LONG = BEST + SAMPLED
"""Up to so many trials all are shown."""
GOLDEN = 2_654_435_761
"""Multiples of it, modulo 2**32, are spread evenly: trials with small ones are a sample of the whole search."""

Worth = tuple[int, float, float, int]
"""Larger is better."""


class BoundedHistory:
    """Keeps the best trials of one study whose value shall be large, and a sample of the others."""

    def __init__(self) -> None:
        self._best: list[tuple[Worth, FrozenTrial]] = []
        self._sampled: list[tuple[int, int, FrozenTrial]] = []
        self._running: dict[int, FrozenTrial] = {}
        self._unread: set[int] = set()
        self.count = 0
        """Trials before the one that is asked for now, or was last."""

    def begin(self, number: int) -> None:
        """A trial is asked for: all before it have their hyperparameters."""
        self._unread.update(range(self.count, number))
        self.count = max(self.count, number)

    def end(self, number: int) -> None:
        """A trial ends: it is looked at once more."""
        if number < self.count:
            self._unread.add(number)

    def of(
        self, trial: Callable[[int], FrozenTrial], told: Callable[[FrozenTrial], FrozenTrial | None]
    ) -> list[FrozenTrial]:
        """What is shown of the study, by number: trials that run, and what is kept of the others.

        `trial` reads one; `told` says what is shown of an ended one, or None where it says nothing.
        """
        unread, self._unread = self._unread, set()
        for number in unread:
            read = trial(number)
            if not read.state.is_finished():
                self._running[number] = read
                continue
            self._running.pop(number, None)
            if (shown := told(read)) is not None:
                self._keep(shown)
        kept = [trial for _, trial in self._best] + [trial for _, _, trial in self._sampled]
        return sorted([*kept, *self._running.values()], key=lambda trial: trial.number)

    def _keep(self, trial: FrozenTrial) -> None:
        """Take a trial in, and let the worst of the best, or of the sample the one whose turn it is, go."""
        entry = (_worth(trial), trial)
        if len(self._best) < BEST:
            heapq.heappush(self._best, entry)
            return
        _, left = heapq.heappushpop(self._best, entry)
        turn = (-_turn(left), left.number, left)
        if len(self._sampled) < SAMPLED:
            heapq.heappush(self._sampled, turn)
        else:
            heapq.heappushpop(self._sampled, turn)


def _worth(trial: FrozenTrial) -> Worth:
    """As TPE ranks: complete trials by their value, then stopped ones by how far they came."""
    if trial.state == TrialState.COMPLETE and trial.value is not None:
        return (1, trial.value, 0.0, -trial.number)
    step, value = max(trial.intermediate_values.items(), default=(-math.inf, 0.0))
    return (0, step, -math.inf if math.isnan(value) else value, -trial.number)


def _turn(trial: FrozenTrial) -> int:
    """Those with the smallest are the sample."""
    return trial.number * GOLDEN % 2**32


class _Fewer(StudyView):
    """Some trials of a study."""

    __slots__ = ("numbers",)  # beside the attributes, which are the study's own

    def __init__(self, study: optuna.Study, numbers: frozenset[int]) -> None:
        super().__init__(study)
        self.numbers = numbers

    def seen(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """Those with these numbers."""
        return [trial for trial in trials if trial.number in self.numbers]


def fewer(study: optuna.Study, most: int) -> optuna.Study:
    """A study with no more than so many complete trials, a quarter of them the best by the first value, to draw it.

    It is the study itself where it has no more.
    """
    complete = [trial for trial in study.get_trials(deepcopy=False) if trial.state == TrialState.COMPLETE]
    if len(complete) <= most:
        return study
    complete.sort(key=lambda trial: -trial.values[0])
    best, others = complete[: most // 4], sorted(complete[most // 4 :], key=_turn)
    return _Fewer(study, frozenset(trial.number for trial in (*best, *others[: most - len(best)])))
