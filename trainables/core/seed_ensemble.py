"""One configuration trained with several seeds, scored as one detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainables.core.detector import Detector

SEEDS = "seeds"
"""The key of an ensemble's state."""


class SeedEnsemble:
    """The mean over seeds of standardised scores, s(x) = mean_k (s_k(x) - m_k) / r_k.

    m_k and r_k are median and interquartile range of the k-th detector's scores of training rows (1 where that
    range is 0): detectors of one configuration score in units of their own.

    Parameters
    ----------
    prototype : Detector
        Unfitted; every member is a clone of it.

    Examples
    --------
    >>> import numpy as np
    >>> from trainables.iforest import IForest
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> members = [IForest(seed=seed, n_estimators=10).fit(X) for seed in (0, 1)]
    >>> ensemble = SeedEnsemble(IForest(n_estimators=10))
    >>> ensemble = ensemble.load_state_dict(ensemble_state([(m.state_dict(), 0.0, 1.0) for m in members]))
    >>> means = np.mean([m.decision_function(X) for m in members], axis=0)
    >>> bool(np.allclose(ensemble.decision_function(X), means))
    True
    """

    def __init__(self, prototype: Detector) -> None:
        self.prototype = prototype
        self.members: list[tuple[Detector, float, float]] = []

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scores of shape (n,); see `Detector.decision_function`."""
        return self._mean(lambda member: member.decision_function(X))

    def training_scores(self, X: ArrayLike) -> NDArray[np.float64]:
        """As `Detector.training_scores`."""
        return self._mean(lambda member: member.training_scores(X))

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over what `ensemble_state` made."""
        self.members = [
            (self.prototype.clone().load_state_dict(own["state"]), float(own["median"]), float(own["range"]))
            for own in state[SEEDS]
        ]
        return self

    def _mean(self, score: Callable[[Detector], NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.mean([standardised(score(member), *scale) for member, *scale in self.members], axis=0)


def standardised(scores: NDArray[np.float64], median: float, spread: float) -> NDArray[np.float64]:
    """Scores minus their median over their interquartile range, where that is not 0."""
    return (scores - median) / (spread if spread > 0 else 1.0)


def ensemble_state(members: Sequence[tuple[Mapping[str, Any], float, float]]) -> dict[str, Any]:
    """The state of an ensemble, of each member's state, median and interquartile range."""
    return {SEEDS: [{"state": dict(own), "median": median, "range": spread} for own, median, spread in members]}


def loaded(prototype: Detector, state: Mapping[str, Any]) -> Detector | SeedEnsemble:
    """The detector of a state: itself, or an ensemble of it."""
    return (SeedEnsemble(prototype) if SEEDS in state else prototype).load_state_dict(state)
