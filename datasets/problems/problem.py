"""A dataset under a protocol: what a search is given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems.cross_validation import fold_numbers
from datasets.problems.dataset import NORMAL_ALONE, ROWS, Labelling
from datasets.problems.deduplication import Rows
from datasets.problems.few_labels import ALL, Labels
from datasets.problems.folds import Folds
from datasets.problems.parts import Part, Split
from datasets.problems.prepared import Prepared, prepare_rows
from datasets.problems.seal import Sealed, Unlabelled
from datasets.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from datasets.problems.dataset import ColumnReport
    from trainables.core.preprocessing.schema import Schema

MOST_READINGS = 12
"""Columns of which it is recorded how they were read."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A dataset under a protocol: development rows in the open, test rows sealed.

    It cannot be pickled, because of the seal: send workers a `Split`, or what is `unlabelled`.

    Parameters
    ----------
    dataset, protocol : str
        Names.
    outer_split : int
        Which of the protocol's test splits; 0 is the published one.
    sha256, source, feature_names, schema, columns, label, anomaly_texts, normal_texts
        As in `datasets.problems.dataset.Dataset`.
    note : str
        What must be said beside every figure.
    beside : DataFrame, optional
        As in `Dataset`: one row for each of the file, see `Part.numbers`.
    notes : tuple of str
        The same in sentences, for the screen.
    counts : dict
        `rows` of the file, `duplicates_dropped`, and {`rows`, `anomalies`} of
        `development`, `train`, `valid` and `test`; the same for every seed, except under
        times. Class counts are fixed by the protocol and public; which row is which is not.
    development : Part
        The raw rows to choose and train on, with all their labels.
    sealed : Sealed
        The raw test rows.
    scale : str
        How numbers are scaled, where there is a schema.
    labels : Labels
        What training may see of the labels.
    labelling
        As in `datasets.problems.dataset.Dataset`.
    unseen : tuple of str
        Kinds of anomaly that no development row is of.
    request : dict
        What the problem was made from, as plain values.
    shown, shown_ids
        Raw rows without labels, which are scored at the end, and what each is called.
    """

    dataset: str
    protocol: str
    outer_split: int
    sha256: str
    source: str
    feature_names: tuple[str, ...] = field(repr=False)
    note: str
    counts: dict[str, Any]
    development: Part
    sealed: Sealed
    schema: Schema | None = field(default=None, repr=False)
    scale: str = "standard"
    labels: Labels = ALL
    labelling: Labelling = ROWS
    unseen: tuple[str, ...] = ()
    columns: tuple[ColumnReport, ...] = field(default=(), repr=False)
    beside: pd.DataFrame | None = field(default=None, repr=False)
    label: str | None = None
    anomaly_texts: tuple[str, ...] = ()
    normal_texts: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), repr=False)
    request: dict[str, Any] = field(default_factory=dict, repr=False)
    shown: NDArray[Any] | None = field(default=None, repr=False)
    shown_ids: Sequence[Any] = field(default=(), repr=False)
    _folds: Folds = field(default_factory=Folds, repr=False)
    _last: dict[int, Split] = field(default_factory=dict, repr=False)

    modality: ClassVar[str] = "tabular"

    @property
    def normal_only(self) -> bool:
        """Whether detectors that learn nothing from labelled anomalies get normal rows alone."""
        return self.labelling == NORMAL_ALONE

    @property
    def alarm_rate(self) -> float | None:
        """Share of rows that the threshold flags, where no labels say where it lies."""
        return None

    @property
    def reading_sha256(self) -> str | None:
        """Checksum of what a table's cells were read as: columns, their kinds, coded development rows and labels.

        None where rows are taken as they are stored.
        """
        if self.schema is None:
            return None
        digest = hashlib.sha256(json.dumps(self.schema.plain(), sort_keys=True).encode())
        for values in (self.development.X, self.development.y):
            digest.update(np.ascontiguousarray(values).view(np.uint8).data)
        return digest.hexdigest()

    @property
    def readings(self) -> tuple[str, ...]:
        """How cells of a table were read, where that is not plain: a phrase for each column, of many for the first."""
        said = [f"{column.name}: {column.reading}" for column in self.columns if column.reading]
        more = len(said) - MOST_READINGS
        return (*said[:MOST_READINGS], *([f"{more:,} more likewise"] if more > 0 else []))

    @property
    def untrained_anomaly_types(self) -> tuple[str, ...]:
        """Kinds of anomaly that no training or validation row is of; those of the test rows are looked at for it."""
        there, every = self.development.anomaly_types, self.full().anomaly_types
        if there is None or every is None:
            return self.unseen
        return tuple(sorted({str(kind) for kind in every} - {str(kind) for kind in there}))

    @property
    def cross_validated(self) -> bool:
        """Whether no row is sealed, and figures are over all rows out of fold."""
        return self.sealed._empty

    @property
    def selection(self) -> str:
        """By what configurations are chosen: the labels of validation rows, or made-up anomalies."""
        return "labelled"

    @property
    def tasks(self) -> tuple[str, ...]:
        """Normal classes of a group of one-vs-rest tasks; a task that is alone has no name."""
        return self.development.tasks

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of a raw row."""
        return tuple(int(n) for n in self.development.X.shape[1:])

    def split(self, seed: int) -> Split:
        """Training and validation rows, the same for the same seed: a stratified fifth of development validates.

        Under groups none stands on both sides here either; under times validation follows
        training. The preprocessor is fitted on the training rows alone.
        """
        if seed not in self._last:  # several detectors ask for the same one in turn
            drawn = self._draw(seed)
            self._last.clear()
            self._last[seed] = drawn
        return self._last[seed]

    def valid_rows(self, seed: int) -> Rows:
        """Which development rows validate in the split of a seed."""
        return np.flatnonzero(self._folds.masks(self.development.y, seed)[1])

    def trained_on(self, seed: int) -> Prepared:
        """The training rows of the split of a seed, and the way there for raw rows."""
        return self._prepared(self.development.take(self._folds.masks(self.development.y, seed)[0]), seed)

    def _draw(self, seed: int) -> Split:
        prepared = self.trained_on(seed)
        return Split(prepared.train, prepared.part(self.development.take(self.valid_rows(seed))), seed)

    def taking(self, rows: Rows) -> Problem:
        """The same with some of the development rows, by index."""
        return replace(self, development=self.development.take(rows), _folds=self._folds.take(rows), _last={})

    def sides(self, tested: Part) -> dict[str, Part]:
        """The sides of the first split, with these test rows, by their names in `counts`."""
        first = self.split(0)
        return {"development": self.development, "train": first.train, "valid": first.valid, "test": tested}

    def check(self, seeds: Iterable[int]) -> None:
        """Refuse, before any work, a seed whose split cannot be measured or has too few anomalies to label.

        Under groups and times the sides of a split differ from seed to seed.
        """
        for seed in seeds:
            train, valid = self._folds.masks(self.development.y, seed)
            y = self.development.y
            if not 0 < int((y[valid] == 1).sum()) < int(valid.sum()):
                raise DataError(
                    f"dataset {self.dataset!r} under protocol {self.protocol!r}: the validation rows of split {seed} "
                    "are not of both classes; take another `seed` or fewer `confirm`, or more data"
                )
            there = int((y[train] == 1).sum())
            if self.labels.anomalies is not None and self.labels.anomalies > there:
                raise DataError(
                    f"`labelled_anomalies` {self.labels.anomalies}: the training rows of split {seed} have "
                    f"{counted(there, 'anomaly')}; ask for fewer"
                )

    def whole(self, seed: int = 0) -> Prepared:
        """Every development row to train on, and the way there for the test rows.

        The seed says which anomalies are labelled, where not all are.
        """
        return self._prepared(self.development, seed)

    def cross_folds(self, seed: int) -> Iterator[tuple[Prepared, Rows]]:
        """Rows to train on, prepared, and which rows of `reference` they leave out, of each fold in turn."""
        numbers = fold_numbers(self.development.y, self._folds.groups, seed)
        measured = numbers[self.development.y >= 0]
        for k in range(int(numbers.max()) + 1):
            yield self._prepared(self.development.take(numbers != k), seed), np.flatnonzero(measured == k)

    def reference(self) -> Part:
        """Raw rows with labels whose metrics stand beside those of the test: those that a final fit was trained on."""
        labelled = self.development.y >= 0
        return self.development if labelled.all() else self.development.take(labelled)

    def full_reference(self) -> Part:
        """As `reference`, for the model that is trained on every row; the same caution as for `full`."""
        return self.full()

    def unlabelled(self) -> Problem:
        """The same with test rows that have no labels: it may travel to a worker, and can train on no test row."""
        return replace(self, sealed=Unlabelled(self.sealed), _last={})

    def full(self) -> Part:
        """Development and test rows with their labels, raw, in file order.

        Call it only to re-train the chosen detector: nothing that is fitted on these rows may be
        measured on the test rows, and no choice may follow from it.
        """
        return self.sealed._full

    def everything(self, seed: int = 0) -> Prepared:
        """Every row to train on; the same caution as for `full`."""
        return self._prepared(self.full(), seed)

    def _prepared(self, part: Part, seed: int) -> Prepared:
        return prepare_rows(self.labels.apply(part, seed), self.schema, self.scale)
