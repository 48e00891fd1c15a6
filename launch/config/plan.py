"""One detector on one dataset, checked: all that a search knows before it starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from datasets.problems.parts import Part
from datasets.problems.problem import Problem
from datasets.train_data import supervision_of, train_data
from launch.common.home import Home
from launch.config.halving import Halving
from launch.config.objective import LATENCY, aims
from launch.config.options import TuneOptions
from launch.config.portfolio import NONE, PortfolioTrials
from search_spaces import DataInfo
from trainables.core.detector import Detector, TrainData
from trainables.training.fit import FitJob


def scheduler_of(options: TuneOptions, cls: type[Detector]) -> str:
    """What `scheduler` auto means for a detector."""
    if options.scheduler != "auto":
        return options.scheduler
    return "none" if cls.early_rounds_mislead else "asha"


@dataclass(frozen=True)
class Plan:
    """One detector on one dataset, checked."""

    options: TuneOptions
    home: Home
    problem: Problem
    detector: str
    """Name in the table, or path of somebody's own."""
    label: str
    """What people read."""
    cls: type[Detector]
    info: DataInfo
    space: Callable[[Any, Any], dict[str, Any]]
    """With overrides built in."""
    distributions: dict[str, Any]
    """What is sampled, by name."""
    published: dict[str, dict[str, Any]]
    """Configurations by name."""
    enqueued: list[dict[str, Any]]
    metric: str
    halving: Halving
    trials: int
    study: str
    splits: int = 1
    """Splits on which a trial trains and is scored."""
    published_epochs: Mapping[str, int] = field(default_factory=dict)
    """Epochs of the sources of published configurations by name; none of those that do not say it."""
    nearest: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    """What of a range comes nearest in meaning to a value that is not in it, by hyperparameter."""
    portfolio: PortfolioTrials = NONE
    """What did well on other tables, tried after what is published and enqueued."""

    @property
    def latency(self) -> bool:
        """Whether the search is for a short time to score a row, too."""
        return LATENCY in aims(self.options.objective)

    @property
    def scheduler(self) -> str:
        """`asha`, or `none` where no trial is stopped early."""
        return scheduler_of(self.options, self.cls)

    @property
    def supervision(self) -> str:
        """What the detector sees of the labels of this problem."""
        return supervision_of(self.cls, self.problem.normal_only)

    @property
    def looks_at_rows(self) -> bool:
        """Whether held-out rows that the winner gets wrong are looked at; they hold the person's data.

        Where anomalies are made up nothing is known to be wrong.
        """
        return not self.options.no_mistakes and self.problem.alarm_rate is None

    @property
    def error_maps(self) -> bool:
        """Whether there are masks of test images, and a detector that says where anomalies are."""
        return self.problem.sealed.masked and self.cls.leaves_error_map() and len(self.problem.tasks) == 1

    @property
    def detector_path(self) -> str:
        """File of a detector of one's own; nothing for one of the table."""
        return self.detector if self.detector != self.label else ""

    @property
    def scored_rows(self) -> int:
        """Rows that each round of a trial scores, over all of its splits."""
        return int(self.problem.counts["valid"]["rows"]) * self.splits

    @property
    def reference(self) -> str:
        """Name of the published configuration to stand beside."""
        return next(iter(self.published))

    def checkpoints(self, search_id: str) -> str:
        """Where the trials of this search keep their states; another search of the same name has another place."""
        return f"{self.home.checkpoints(self.options.storage)}/{self.study}-{search_id[:8]}"

    @property
    def initial(self) -> list[tuple[str, dict[str, Any]]]:
        """What is tried first, with where it is from; the portfolio comes after it."""
        return [*self.published.items(), *(("enqueued", config) for config in self.enqueued)]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        parameters = inspect.signature(self.cls.__init__).parameters
        return {name: one.default for name, one in parameters.items() if one.default is not one.empty}

    def filled(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration with the defaults that it leaves out, and its rounds."""
        rounds = self.cls.rounds_parameter
        return {**self._defaults, **params, **({} if rounds is None else {rounds: self.full_rounds(params)})}

    def whole(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration with all that it leaves out, and with what is nearest in meaning where a range ends."""
        given = self.filled(params)
        return given | {
            name: near.get(given[name], given[name]) for name, near in self.nearest.items() if name in given
        }

    def full_rounds(self, params: Mapping[str, Any]) -> int:
        """Rounds of a full trial of a configuration."""
        name = self.cls.rounds_parameter
        return int(params[name]) if name is not None and name in params else self.halving.max_rounds

    @property
    def reference_rounds(self) -> int:
        """Rounds of the published configuration to stand beside."""
        return self.full_rounds(self.published[self.reference])

    @property
    def rounds_after_search(self) -> int:
        """Rounds that confirmation and refits train: the finalists race in as many fits as three on all splits."""
        confirm = max(1, self.options.fresh_splits)
        folds = 25 if self.problem.cross_validated else 0
        return (3 * confirm + 6 + folds) * self.halving.max_rounds + (confirm + 5 + folds) * self.reference_rounds

    def train_data(self, part: Part) -> TrainData:
        """Training rows as this detector may see them."""
        return train_data(part, self.detector)

    def fit_job(self, params: Mapping[str, Any], seed: int, rounds: int | None = None, **more: Any) -> FitJob:
        """One training of a configuration outside the search, as `FitJob` has it, by default of all rounds."""
        return FitJob(self.detector, params, seed, self.halving.max_rounds, rounds, **more)
