"""A dataset under a protocol: what a search is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from datasets import patterns
from datasets.parts import Part, Split
from datasets.seal import Sealed


@dataclass(frozen=True, eq=False)
class Problem:
    """A dataset under a protocol: development rows in the open, test rows sealed.

    It cannot be pickled, because of the seal: send workers a `Split`.

    Parameters
    ----------
    dataset, protocol : str
        Names.
    outer_split : int
        Which of the protocol's test splits; 0 is the published one.
    sha256, source : str
        Of the dataset.
    feature_names : tuple of str
        One name per column.
    note : str
        What must be said beside every figure.
    counts : dict
        `rows` of the file, `duplicates_dropped`, and {`rows`, `anomalies`} of
        `development`, `train`, `valid` and `test`; the same for every seed. Class
        counts are fixed by the protocol and public; which row is which is not.
    development : Part
        The rows to choose and train on.
    sealed : Sealed
        The test rows.
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
    _groups: patterns.Rows | None = field(default=None, repr=False)

    def split(self, seed: int) -> Split:
        """Training and validation rows: a stratified fifth of development validates.

        Under `grouped` no attribute pattern stands on both sides here either.

        Parameters
        ----------
        seed : int
            The same seed gives the same rows; 0 or more.
        """
        X, y = self.development.X, self.development.y
        if self._groups is None:
            valid = patterns.stratified_fifth(y, seed)
        else:
            valid = patterns.grouped_fifth(self._groups, y, seed)
        return Split(Part(X[~valid], y[~valid]), Part(X[valid], y[valid]), seed)

    def full(self) -> Part:
        """Development and test rows with their labels, in file order.

        Call it only to re-train the chosen detector, after `sealed.open` was
        called for this study: nothing that is fitted on these rows may be
        measured on the test rows, and no choice may follow from it.
        """
        return self.sealed._full
