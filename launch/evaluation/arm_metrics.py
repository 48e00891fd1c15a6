"""Test metrics of the arms of a comparison: the tuned configuration, the published one, and their difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from launch.common.plain import OPTIONAL, to_plain
from launch.evaluation.intervals import FEWEST


@dataclass(frozen=True)
class Interval:
    """A metric with its 95 % interval, where there is one."""

    mean: float
    low: float | None = field(default=None, metadata=OPTIONAL)
    high: float | None = field(default=None, metadata=OPTIONAL)
    sd_seeds: float | None = field(default=None, metadata=OPTIONAL)
    """Deviation over the seeds of the refits; a difference has none."""

    def text(self, *, signed: bool = False) -> str:
        """`0.9138 (0.906-0.921)`; a difference, signed, as `+0.0913 (+0.083 to +0.100)`."""
        if self.low is None or self.high is None:
            return f"{self.mean:+.4f}" if signed else f"{self.mean:.4f}"
        if signed:
            return f"{self.mean:+.4f} ({self.low:+.3f} to {self.high:+.3f})"
        return f"{self.mean:.4f} ({self.low:.3f}-{self.high:.3f})"


@dataclass(frozen=True)
class ArmMetrics:
    """Metrics of one arm, by the names of `trainables.core.metrics.figures`.

    AUROC and AP are always there; the others where there was a threshold.
    """

    auroc: Interval
    ap: Interval
    f1_report: Interval | None = field(default=None, metadata=OPTIONAL)
    f1_threshold: Interval | None = field(default=None, metadata=OPTIONAL)
    precision_threshold: Interval | None = field(default=None, metadata=OPTIONAL)
    recall_threshold: Interval | None = field(default=None, metadata=OPTIONAL)

    def by_name(self) -> dict[str, Interval]:
        """The metrics that are there, in order."""
        named = {own.name: getattr(self, own.name) for own in fields(self)}
        return {name: interval for name, interval in named.items() if interval is not None}

    def beside_chance(self) -> str:
        """What to say of an arm that is not shown to rank better than chance; nothing of one that is."""
        if self.auroc.high is not None and self.auroc.high < 0.5:
            return "worse than chance: most normal rows score higher than anomalies do"
        if (self.auroc.mean if self.auroc.low is None else self.auroc.low) <= 0.5:
            return "not shown to be better than chance (AUROC 0.5)"
        return ""

    def flat(self, prefix: str) -> dict[str, float]:
        """Means and bounds under the names that MLflow shows: `PREFIX_auroc`, `PREFIX_auroc_low`, …"""
        return {
            f"{prefix}_{name}{'' if bound == 'mean' else f'_{bound}'}": value
            for name, interval in to_plain(self).items()
            for bound, value in interval.items()
        }


@dataclass(frozen=True)
class ArmComparison:
    """Metrics of the arms on the same rows; `difference` is tuned minus published, paired."""

    tuned: ArmMetrics
    published: ArmMetrics | None = field(default=None, metadata=OPTIONAL)
    difference: ArmMetrics | None = field(default=None, metadata=OPTIONAL)
    anomalies: int | None = field(default=None, metadata=OPTIONAL)
    """Test anomalies that intervals rest on: equal rows count once; of several tasks, of the one with the fewest rows
    of a class. Comparisons without it are of older versions, whose intervals are over rows alone.
    """
    normal: int | None = field(default=None, metadata=OPTIONAL)
    """Normal rows, counted likewise."""
    cross_validated: bool | None = field(default=None, metadata=OPTIONAL)
    """Whether these are out-of-fold figures over all rows, not those of a sealed test."""
    baseline: ArmMetrics | None = field(default=None, metadata=OPTIONAL)
    """Of the simplest detector on the same rows, see `launch.evaluation.verdict.baseline`."""
    over_baseline: ArmMetrics | None = field(default=None, metadata=OPTIONAL)
    """Tuned minus baseline, paired."""
    prevalence: float | None = field(default=None, metadata=OPTIONAL)
    """Share of anomalies among these rows: the AP of random scores."""
    false_alarms: Interval | None = field(default=None, metadata=OPTIONAL)
    """Share of normal rows at or above the tuned arm's threshold."""
    made_up: bool | None = field(default=None, metadata=OPTIONAL)
    """Whether the anomalies are made up, since none is labelled."""

    def too_few(self) -> str:
        """What there is too little of to say which arm is better, if so."""
        if self.cross_validated:
            return "cross-validated, not a sealed test, so there is no verdict"
        if self.made_up:
            return "measured on made-up anomalies, so there is no verdict"
        for count, what in ((self.anomalies, "anomalies"), (self.normal, "normal rows")):
            if count is not None and count < FEWEST:
                return f"too few {what} to tell ({count})"
        return ""

    def arms(self) -> dict[str, ArmMetrics]:
        """The arms that are there, in order."""
        named = {"tuned": self.tuned, "published": self.published, "difference": self.difference}
        return {name: metrics for name, metrics in named.items() if metrics is not None}


@dataclass(frozen=True)
class AnomalyTypeMetrics:
    """The tuned arm on one type of anomaly against all normal rows."""

    anomalies: int
    """How many there are of this type."""
    unseen: bool
    """Whether training and validation had none of it."""
    auroc: Interval
    ap: Interval


@dataclass(frozen=True)
class PixelMetrics:
    """How well error maps show where anomalies are; intervals are over images and seeds."""

    auroc: Interval
    """Over all pixels."""
    pro: Interval
    """Per-region overlap up to a share of 0.3 of false positives."""


@dataclass(frozen=True)
class Localisation:
    """Error maps of the arms against masks of the test images."""

    images: int
    """Anomalous images with a mask."""
    regions: int
    """Connected anomalous regions."""
    cut_off: int
    """Anomalous images of whose mask nothing is left: what is anomalous was cut off with the border."""
    unknown: int
    """Anomalous images without a mask that can be read and marks something."""
    tuned: PixelMetrics
    published: PixelMetrics | None = field(default=None, metadata=OPTIONAL)

    def arms(self) -> dict[str, PixelMetrics]:
        """The arms that are there, in order."""
        named = {"tuned": self.tuned, "published": self.published}
        return {name: metrics for name, metrics in named.items() if metrics is not None}


@dataclass(frozen=True)
class Ranking:
    """How well scores rank, without an interval."""

    auroc: float
    ap: float


MeanMetrics = Mapping[str, float]
"""Means over seeds by the name of the metric."""
