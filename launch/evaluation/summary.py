"""The summary of a search: everything that the final screen says, and what a program needs to go on.

`NAME.summary.json` holds it; `launch.evaluation.summarise` makes it. Its keys never change: what is added is added
with a default, so that summaries of older versions are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.wording import counted, verb
from launch.common.files import write_json
from launch.common.plain import OPTIONAL, from_plain, to_plain
from launch.evaluation.arm_metrics import (
    AnomalyTypeMetrics,
    ArmComparison,
    ArmMetrics,
    Localisation,
    MeanMetrics,
    Ranking,
)
from launch.study.trial import is_published
from search_spaces.portfolios import is_portfolio


@dataclass(frozen=True)
class DatasetSummary:
    """What was searched on."""

    name: str
    source: str
    sha256: str
    protocol: str
    outer_split: int
    counts: Mapping[str, Any]
    """`rows`, `duplicates_dropped`, and `rows` and `anomalies` of `development`, `train`, `valid` and `test`."""
    request: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    readings: tuple[str, ...] | None = field(default=None, metadata=OPTIONAL)
    """How cells of a table were read, where that is not plain."""


@dataclass(frozen=True)
class FailureCause:
    """Trials that failed for one reason."""

    count: int
    first_message: str


@dataclass(frozen=True)
class TrialCounts:
    """Trials by how they ended."""

    complete: int
    pruned: int
    failed: int
    causes: Mapping[str, FailureCause] = field(default_factory=dict)
    exhausted: int | None = field(default=None, metadata=OPTIONAL)
    """How many configurations the search space has, where all have been tried."""

    def end_text(self) -> str:
        """Why there were no more trials, where the search space had no more."""
        return f"; all {self.exhausted} configurations of the search space have been tried" if self.exhausted else ""

    def total(self) -> int:
        """All that ended."""
        return self.complete + self.pruned + self.failed


@dataclass(frozen=True)
class RoundCounts:
    """Rounds of training that were run, and that would have been without early stopping."""

    run: int
    without_stopping: int
    whole_fit_seconds: float | None = field(default=None, metadata=OPTIONAL)
    """Seconds of a whole fit in the search, where ASHA found it too cheap to stop any trial early."""

    def saved_text(self) -> str:
        """What early stopping saved, or why it stopped nothing."""
        if self.whole_fit_seconds is not None:
            return f"no trial was to be stopped early: a whole fit takes {self.whole_fit_seconds:.2g} s"
        saved = 100 * (1 - self.run / max(1, self.without_stopping))
        return f"early stopping saved {saved:.0f} % of the rounds ({self.run:,} of {self.without_stopping:,} run)"


@dataclass(frozen=True)
class Confirmed:
    """Scores on fresh validation splits, with a 95 % interval where there are several."""

    mean: float | None
    """None where no split came to a score."""
    low: float | None = field(default=None, metadata=OPTIONAL)
    high: float | None = field(default=None, metadata=OPTIONAL)
    auroc: float | None = field(default=None, metadata=OPTIONAL)
    ap: float | None = field(default=None, metadata=OPTIONAL)
    f1: float | None = field(default=None, metadata=OPTIONAL)
    splits: int = 0
    """0 where there was no confirmation."""
    scores: tuple[float, ...] | None = field(default=None, metadata=OPTIONAL)
    """That of each split, in their order: they are the same for every detector of a dataset."""


@dataclass(frozen=True)
class Validation:
    """Scores on validation: in the search (the last round), and confirmed."""

    search_score: float | None
    auroc: float | None
    ap: float | None
    f1: float | None
    confirmed: Confirmed
    search_splits: int | None = field(default=None, metadata=OPTIONAL)
    """Splits that the scores in the search are means over, where they are several."""


@dataclass(frozen=True)
class FinalistSummary:
    """A configuration that was confirmed; `failure` says why it could not win."""

    config: Mapping[str, Any]
    trial: int
    origin: str
    validation: Validation
    failure: str | None


@dataclass(frozen=True)
class ChosenForSpeed:
    """The configuration with the highest confirmed mean, where a faster one was chosen that cannot be told apart."""

    trial: int
    behind: float
    """What it scored more on the same splits, with the 95 % interval."""
    low: float
    high: float
    seconds: float
    """Of a fit."""
    instead_of: float


@dataclass(frozen=True)
class RefittedSummary(FinalistSummary):
    """A finalist that was refitted for the final test, with its rounds; None where it was not."""

    rounds: int | None
    source_epochs: int | None = field(default=None, metadata=OPTIONAL)
    """Epochs of the source of a published configuration, where it says them."""

    def trained_text(self) -> str:
        """`at 10 of its 150 epochs` of a published configuration; nothing where its source says no number."""
        return epochs_text(self.rounds, self.source_epochs)


def origin_text(origin: str) -> str:
    """Where a configuration is from, for a person; `report` is the name of those of the source report."""
    if is_portfolio(origin):
        return f"{origin}, one that did well on other tables"
    if not is_published(origin):
        return origin
    return "published, of the source report" if origin == "report" else f"published, {origin}"


def epochs_text(rounds: int | None, of: int | None) -> str:
    """`at 10 of its 150 epochs`; nothing where one is not known."""
    if rounds is None or of is None:
        return ""
    return f"at {rounds:,} of its {of:,} epochs" if rounds < of else f"at all of its {of:,} epochs"


@dataclass(frozen=True)
class BaselineSummary:
    """The detector whose metrics are the `baseline` of a comparison."""

    detector: str
    origin: str
    """Name of its published configuration."""
    config: Mapping[str, Any]
    seeds: int


@dataclass(frozen=True)
class ParetoPoint:
    """A complete trial that no other beats in both score and latency."""

    trial: int
    origin: str
    score: float
    latency_us: float
    config: Mapping[str, Any]


@dataclass(frozen=True)
class PortfolioSummary:
    """What a search tried of its detector's portfolio."""

    tried: int
    """Configurations that were trials."""
    tables: int
    """On how many tables the portfolio was built."""
    knows_table: bool
    """Whether the table of the search is one of them."""

    def text(self) -> str:
        """A sentence for a person."""
        known = "this one among them: on it the search is better than on a new table" if self.knows_table else ""
        return (
            f"{counted(self.tried, 'trial')} {verb(self.tried)} of the portfolio: configurations that did well on "
            f"{counted(self.tables, 'table')}{', ' + known if known else ', none of them this one'}."
        )


@dataclass(frozen=True)
class EdgeSummary:
    """An end of a range at which the best trials sit; `further` is the option that searches beyond it."""

    name: str
    upper: bool
    value: Any
    best: int
    of: int
    further: str = ""


def edges_text(edges: Sequence[EdgeSummary], detector: str) -> str:
    """`The best trials sit at an edge of the space: 7 of 10 at the upper end of dropout (0.6). …`"""
    where = ", ".join(
        f"{edge.best} of {edge.of} at the {'upper' if edge.upper else 'lower'} end of {edge.name} ({edge.value})"
        for edge in edges
    )
    how = " ".join(edge.further for edge in edges if edge.further)
    beyond = f"a new search with {how} goes beyond" if how else f"search_spaces/{detector}.py sets it"
    return f"The best trials sit at an edge of the search space: {where}; {beyond}."


@dataclass(frozen=True)
class StageSeconds:
    """Wall-clock seconds of the stages of a search; mean seconds of a fit, and of scoring the test rows."""

    search: float
    confirm: float | None = field(default=None, metadata=OPTIONAL)
    refit: float | None = field(default=None, metadata=OPTIONAL)
    record: float | None = field(default=None, metadata=OPTIONAL)
    total: float | None = field(default=None, metadata=OPTIONAL)
    fit: float = 0.0
    predict: float = 0.0

    def stages(self) -> dict[str, float]:
        """Seconds by stage, in order."""
        return {name: value for name, value in to_plain(self).items() if name not in ("fit", "predict")}


@dataclass(frozen=True)
class HeldOutMistakes:
    """Anomalies and normal rows that the confirmation held out, and how many the winner gets wrong."""

    anomalies: int
    missed: int
    normal: int
    false_alarms: int
    standing_out: tuple[str, ...] = ()
    """Sentences on segments in which it is worse than elsewhere."""


@dataclass(frozen=True)
class Resources:
    """What trials got, and how the search was set up."""

    cpus_per_trial: float
    gpus_per_trial: float
    trials: int
    max_rounds: int
    sampler: str
    scheduler: str


@dataclass(frozen=True)
class Provenance:
    """Command, commit and versions of libraries."""

    command: str
    commit: str
    versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a search came to; the attributes are the keys of its JSON. Older versions lack those with defaults."""

    study: str
    detector: str
    supervision: str
    selection: str
    modality: str = "tabular"
    metric: str
    seed: int
    dataset: DatasetSummary
    trials: TrialCounts
    rounds: RoundCounts
    best: RefittedSummary
    published: RefittedSummary | None
    """It may be the best; None where there is none that ran."""
    pareto: tuple[ParetoPoint, ...] | None = None
    """Where latency was an objective."""
    finalists: tuple[FinalistSummary, ...]
    chosen_for_speed: ChosenForSpeed | None = field(default=None, metadata=OPTIONAL)
    """Where a configuration with a higher confirmed mean was passed over for a faster one."""
    test: ArmComparison
    """On the sealed test rows; of several tasks the means over them."""
    kinds: Mapping[str, AnomalyTypeMetrics] = field(default_factory=dict)
    """The winner on each type of anomaly, where the data name them."""
    tasks: Mapping[str, ArmComparison] = field(default_factory=dict)
    """As `test`, by task, where there are several."""
    balanced: ArmComparison | None = None
    """As `test`, on the balanced selection of the test rows, where the protocol has one."""
    controls: Mapping[str, Ranking] = field(default_factory=dict)
    """What did not learn, where training is by epochs: the winner's configuration untrained, distance to the mean."""
    baseline: BaselineSummary | None = field(default=None, metadata=OPTIONAL)
    """The simplest detector, where it is another than the one that was searched."""
    localisation: Localisation | None = field(default=None, metadata=OPTIONAL)
    """Of images with masks, where the detector leaves an error map: how well it shows where anomalies are."""
    ensemble: ArmMetrics | None = field(default=None, metadata=OPTIONAL)
    """The winner's refits as one model, which is the registered one, where that was asked for."""
    held_out: HeldOutMistakes | None = field(default=None, metadata=OPTIONAL)
    """What is wrong on the rows that the confirmation held out."""
    train: Mapping[str, MeanMetrics]
    """Metrics of an arm on the reference rows, which it was fitted on."""
    report: Mapping[str, float | None]
    """What the source report prints, None where it prints nothing."""
    edges: tuple[EdgeSummary, ...] | None = field(default=None, metadata=OPTIONAL)
    """Where the best trials sit on an edge of the search space."""
    seconds: StageSeconds
    seal_readings: int
    """How often this test set has been read in this home."""
    resources: Resources | None = field(default=None, metadata=OPTIONAL)
    portfolio: PortfolioSummary | None = field(default=None, metadata=OPTIONAL)
    """Where configurations that did well on other tables were tried."""
    how: Provenance | None = field(default=None, metadata=OPTIONAL)
    model_uri: str | None = None  # filled in when the record is complete
    mlflow_run_id: str | None = None

    @property
    def image(self) -> bool:
        """Whether the rows are images."""
        return self.modality == "image"

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        plain: dict[str, Any] = to_plain(self)
        return plain | {"balanced": plain["balanced"] or {}}

    def write(self, path: Path) -> None:
        """Write the JSON file in one step."""
        write_json(path, self.plain())


def read(path: Path) -> Summary:
    """The summary of a file; a ValueError if it is no JSON (a `json.JSONDecodeError`), or no summary."""
    return of_plain(json.loads(path.read_text()))


def of_plain(plain: Any) -> Summary:
    """The summary that `Summary.plain` gave; a ValueError if it is none."""
    if not isinstance(plain, dict):
        raise ValueError("it is no JSON object")
    return from_plain(Summary, plain | {"balanced": plain.get("balanced") or None})
