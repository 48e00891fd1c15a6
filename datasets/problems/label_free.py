"""Tables without labels of anomalies: made-up anomalies choose, nothing is measured on real ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems import made_up
from datasets.problems.dataset import NO_LABELS, NORMAL_ALONE
from datasets.problems.deduplication import FIRST_SEED
from datasets.problems.parts import Part, Split
from datasets.problems.problem import Problem

if TYPE_CHECKING:
    from trainables.core.preprocessing.schema import Schema

ALARM_RATE = 0.01
"""Share of rows that the threshold flags, unless another is asked for."""
LEAST_ROWS = 50
LEAST, SHARE = 100, 0.2
"""Made-up anomalies beside the rows of one side: so many at least, and this share of its rows."""

SUFFIXES = {NORMAL_ALONE: "-normal-only", NO_LABELS: "-no-labels"}


@dataclass(frozen=True, eq=False)
class LabelFreeProblem(Problem):
    """A `Problem` whose rows count as normal, beside which anomalies are made up to choose by.

    The test has such anomalies, too: they say how well made-up ones are found on rows that nothing was chosen on, and
    the real rows how many the threshold flags.

    Parameters
    ----------
    rate : float
        Share of rows like those of training that the threshold flags.
    real : ndarray
        Every real row, to none of which a made-up one is equal.
    """

    rate: float = field(default=ALARM_RATE, kw_only=True)
    real: NDArray[Any] = field(kw_only=True, repr=False)

    @property
    def selection(self) -> str:
        """By what configurations are chosen: made-up anomalies."""
        return "synthetic"

    @property
    def alarm_rate(self) -> float | None:
        """Share of rows like those of training that the threshold flags."""
        return self.rate

    @property
    def untrained_anomaly_types(self) -> tuple[str, ...]:
        """All: nothing was trained on made-up anomalies."""
        return tuple(made_up.KINDS)

    def _draw(self, seed: int) -> Split:
        train, valid = self._folds.masks(self.development.y, seed)
        prepared = self._prepared(self.development.take(train), seed)
        return Split(prepared.train, prepared.part(self._beside(self.development.take(valid), seed)), seed)

    def check(self, seeds: Iterable[int]) -> None:
        """Nothing beyond what was checked when the problem was made: any rows can validate."""

    def reference(self) -> Part:
        """A fifth of the rows that a final fit was trained on, beside made-up anomalies."""
        _, some = self._folds.masks(self.development.y, FIRST_SEED)
        return self._beside(self.development.take(some), FIRST_SEED)

    def _beside(self, part: Part, seed: int) -> Part:
        assert self.schema is not None
        return with_made_up(part, self.schema, seed, self.real)


def with_made_up(part: Part, schema: Schema, seed: int, real: NDArray[Any]) -> Part:
    """Real rows, which count as normal, and anomalies made from them, none equal to any of the `real` rows.

    Raises
    ------
    DataError
        If too few can be made.
    """
    wanted = max(LEAST, round(SHARE * len(part)))
    rng = np.random.default_rng([seed, 2022])
    rows, kinds = made_up.make(part.X, schema.columns, wanted, rng, real)
    if len(rows) < LEAST // 4:
        raise DataError(
            "no anomalies can be made from these rows: they have too few columns that vary, or too few different "
            "values; there is nothing to choose a configuration by"
        )
    groups = None if part.groups is None else np.r_[part.groups, part.groups.max(initial=0) + 1 + np.arange(len(rows))]
    return replace(
        part,
        X=np.concatenate([part.X, rows]),
        y=np.r_[np.zeros(len(part), np.int8), np.ones(len(rows), np.int8)],
        target=None,
        numbers=None,
        anomaly_types=np.r_[np.full(len(part), "", kinds.dtype), kinds],
        groups=groups,
    )


def check_fits(dataset: str, rows: int, given: dict[str, Any]) -> None:
    """Refuse what has no place without labels of anomalies, and too few rows."""
    if wrong := next((name for name, value in given.items() if value), None):
        raise DataError(f"`{wrong}`: {dataset} has no labelled anomaly, which that takes")
    if rows < LEAST_ROWS:
        raise DataError(f"{dataset} has {rows} rows without an anomaly among them; {LEAST_ROWS} are needed")


def suffix(labelling: str) -> str:
    """What the protocol's name ends with, so that figures of made-up anomalies stand beside no others."""
    return SUFFIXES[labelling]


def is_made_up(protocol: str) -> bool:
    """Whether the figures of a protocol are of made-up anomalies, by its name in a record."""
    return protocol.endswith(tuple(SUFFIXES.values()))


def notes(labelling: str, rate: float) -> list[str]:
    """What must be said beside every figure."""
    what = "no anomaly is labelled, and the rows count as normal" if labelling == NORMAL_ALONE else "no row has a label"
    per = f"{1000 * rate:g} of 1,000 rows like these"
    flags = f"the threshold flags {per}" + (", false alarms" if labelling == NORMAL_ALONE else "")
    return [
        f"{what}: nothing is measured on real anomalies. Anomalies made from rows choose "
        "the configuration, and one that finds them need not find real ones",
        f"{flags} (`alarm_rate`)",
    ]
