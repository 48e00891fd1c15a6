"""Which configurations of a detector's portfolio a search tries, and what must be said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datasets.problems.problem import Problem
from datasets.train_data import LEARN_FROM_ANOMALIES
from launch.config.options import TuneOptions
from search_spaces import DataInfo, portfolios
from trainables.core.detector import Detector, make
from trainables.core.errors import DetectorError


@dataclass(frozen=True)
class PortfolioTrials:
    """What a search takes of a portfolio.

    Attributes
    ----------
    configurations : dict of str to dict
        By origin, the best first.
    tables : int
        On how many tables the portfolio was built.
    knows_table : bool
        Whether the table that is searched on is one of them.
    left_out : str
        Why some of the portfolio, or all of it, is not tried though there is one; nothing where that needs no word.
    """

    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tables: int = 0
    knows_table: bool = False
    left_out: str = ""


NONE = PortfolioTrials()


def chosen(
    options: TuneOptions,
    problem: Problem,
    detector: str,
    cls: type[Detector],
    space: Callable[[Any, Any], dict[str, Any]],
    info: DataInfo,
) -> PortfolioTrials:
    """The portfolio's configurations for a search, those that its options allow.

    A portfolio holds for what it was built on: tables whose labels are all known where the detector learns from them,
    and training rows with anomalies among them where it does not.
    """
    portfolio = portfolios.load(detector)
    if portfolio is None or options.no_portfolio or options.sampler == "grid" or problem.modality != "tabular":
        return NONE
    learns = cls.supervision in LEARN_FROM_ANOMALIES
    all_labels = problem.labels.all and problem.development.labelled
    if (learns and not all_labels) or (not learns and problem.normal_only):
        return NONE
    made = {origin: config for origin, config in portfolio.on(space, info).items() if _possible(cls, config)}
    allowed = {origin: config for origin, config in made.items() if _allowed(config, options)}
    names = " and ".join(name for name, given in (("`fix`", options.fixed), ("`range`", options.ranges)) if given)
    forbid = "forbid" if options.fixed and options.ranges else "forbids"
    left_out = f"{names} {forbid} {len(made) - len(allowed)} of the {len(made)}" if len(allowed) < len(made) else ""
    return PortfolioTrials(allowed, len(portfolio.tables), problem.sha256 in portfolio.tables.values(), left_out)


def _possible(cls: type[Detector], config: Mapping[str, Any]) -> bool:
    try:
        make(cls, config)
    except DetectorError:
        return False
    return True


def _allowed(config: Mapping[str, Any], options: TuneOptions) -> bool:
    """Whether what the person fixed or bounded holds for a configuration as it was measured."""
    ranges = options.ranges.items()
    within = (isinstance(v := config.get(name), int | float) and low <= v <= high for name, (low, high) in ranges)
    return all(within) and all(_text(config.get(name)) == _text(value) for name, value in options.fixed.items())


def _text(value: Any) -> str:
    return json.dumps(value, default=list)
