"""Portfolios of other tables: what the fits of `analysis/portfolio.py collect` make without a dataset's own family."""

from __future__ import annotations

from pathlib import Path

from analysis.portfolios import choice
from analysis.portfolios.collection import about, fingerprint, read
from analysis.portfolios.portfolio import in_words, relative
from analysis.portfolios.scores import family, scores
from launch.common.errors import UsageError
from search_spaces.portfolios import Portfolio


class LeftOut:
    """Portfolios by detector and dataset, from a file of fits; they are made once."""

    def __init__(self, fits: Path) -> None:
        self.rows, self.fits = read(fits), fits
        if not self.rows:
            raise UsageError(f"--fits {fits}: no fits there; `analysis/portfolio.py collect` makes them")
        self._made: dict[tuple[str, str], Portfolio | None] = {}

    def portfolio(self, detector: str, dataset: str) -> Portfolio | None:
        """What the tables of other families make, whether or not it helps; None where there are no fits.

        Raises
        ------
        UsageError
            If the detector's search space is another now.
        """
        key = detector, family(dataset)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, detector: str, own: str) -> Portfolio | None:
        spaces = [row["space"] for row in self.rows if row["detector"] == detector]
        if not spaces:
            return None
        if spaces[-1] != fingerprint(detector):
            raise UsageError(f"the search space of {detector} is another than that of its fits: `collect` them anew")
        every = scores(self.rows, detector)
        rest = every.take([j for j, name in enumerate(every.tables) if family(name) != own])
        seed, depending = about(self.fits)["seed"], relative(detector)
        words = [in_words(rest, i, seed, depending) for i in choice.greedy(rest)]
        return Portfolio(detector, words, dict.fromkeys(rest.tables, ""), {})
