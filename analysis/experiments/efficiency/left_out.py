"""Portfolios of other tables: what the fits of `analysis/portfolio.py collect` make without a dataset's own family."""

from __future__ import annotations

from pathlib import Path

from analysis.portfolios import choice
from analysis.portfolios.collection import read
from analysis.portfolios.portfolio import in_words
from analysis.portfolios.scores import family, scores
from launch.common.errors import UsageError
from search_spaces.portfolios import Portfolio


class LeftOut:
    """Portfolios by detector and dataset, from a file of fits; they are made once."""

    def __init__(self, fits: Path) -> None:
        self.rows = read(fits)
        if not self.rows:
            raise UsageError(f"--fits {fits}: no fits there; `analysis/portfolio.py collect` makes them")
        self._made: dict[tuple[str, str], Portfolio | None] = {}

    def portfolio(self, detector: str, dataset: str) -> Portfolio | None:
        """What the tables of other families make, whether or not it helps; None where there is nothing."""
        key = detector, family(dataset)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, detector: str, own: str) -> Portfolio | None:
        if detector not in {row["detector"] for row in self.rows}:
            return None
        every = scores(self.rows, detector)
        rest = every.take([j for j, name in enumerate(every.tables) if family(name) != own])
        words = [said for i in choice.greedy(rest) if (said := in_words(rest, i)) is not None]
        return Portfolio(detector, words, dict.fromkeys(rest.tables, ""), {}) if words else None
