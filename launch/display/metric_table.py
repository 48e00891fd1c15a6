"""The table of test metrics as rows of texts, which the screen, MLflow and the report only place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasets.wording import counted
from launch.evaluation import metric_labels
from launch.evaluation.arm_metrics import AnomalyTypeMetrics, Localisation
from launch.evaluation.intervals import FEWEST
from launch.evaluation.search_splits import worth_of_labels
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.sentences import share_of_anomalies

NOTHING = "-"
ARM_TITLES = {"tuned": "tuned", "published": "published config", "difference": "difference"}


@dataclass(frozen=True)
class MetricRow:
    """One metric as texts: its mean with its interval by arm, and what stands beside it.

    Attributes
    ----------
    metric : MetricLabel
    arms : dict
        By the name of the arm.
    baseline, chance : str
        Of the simplest detector on the same rows, and of random scores.
    report : str
        What the source report prints.
    train, sd_seeds : str
        Of the tuned arm, on its own training rows, and its deviation over seeds.
    """

    metric: metric_labels.MetricLabel
    arms: dict[str, str]
    baseline: str
    chance: str
    report: str
    train: str
    sd_seeds: str

    def beside(self, summary: Summary) -> dict[str, str]:
        """Those of baseline, chance and source report that a table of this summary has, by the column's title."""
        columns = {"chance": self.chance}
        if summary.baseline is not None and summary.test.baseline is not None:
            columns = {summary.baseline.detector: self.baseline, **columns}
        if any(value is not None for value in summary.report.values()):
            columns["source report"] = self.report
        return columns


def metric_rows(summary: Summary) -> list[MetricRow]:
    """The test metrics that are there; without the published configuration's where that is the tuned one."""
    same = summary.published is not None and summary.best.trial == summary.published.trial
    shown = {"tuned": summary.test.tuned} if same else summary.test.arms()
    arms = {arm: metrics.by_name() for arm, metrics in shown.items()}
    tuned, train = arms["tuned"], summary.train.get("tuned", {})
    baseline = summary.test.baseline.by_name() if summary.test.baseline else {}
    chance = {"auroc": "0.5", "ap": f"{share_of_anomalies(summary):.4f}"}
    return [
        MetricRow(
            metric_labels.METRICS[name],
            {arm: own[name].text(signed=arm == "difference") for arm, own in arms.items() if name in own},
            baseline[name].text() if name in baseline and name in metric_labels.RANKING else NOTHING,
            chance.get(name, NOTHING),
            _number(summary.report.get(name)),
            _number(train.get(name)),
            _number(tuned[name].sd_seeds),
        )
        for name in metric_labels.shown(summary.report)
        if name in tuned
    ]


def basis(summary: Summary) -> str:
    """What the intervals of a summary are over, and how many test anomalies they rest on."""
    counts, test = summary.dataset.counts["test"], summary.test
    rows = "images" if summary.image else "rows"
    seen = (
        f"{counted(counts['anomalies'], 'anomaly')} among {counts['rows']:,} "
        f"{'' if test.cross_validated else 'test '}{rows}"
    )
    if test.anomalies is not None and test.anomalies < counts["anomalies"]:
        grouped = (summary.dataset.request or {}).get("group_column")
        apart = f"{test.anomalies:,} that are not equal" if not grouped else f"in {counted(test.anomalies, 'group')}"
        seen += f", {test.anomalies:,} in the class with the fewest" if summary.tasks else f", {apart}"
    if test.made_up:
        seen = f"{counts['anomalies']:,} made-up anomalies beside {counts['rows'] - counts['anomalies']:,} test rows"
    over = measured_on(summary)
    if test.cross_validated:
        over = "rows and seeds, every row out of fold"
    elif test.anomalies is not None:
        over += " and seeds; the training rows are fixed"
    low, high = test.tuned.ap.low, test.tuned.ap.high
    kind = "anomalies" if test.cross_validated else "test anomalies"
    few = test.anomalies if test.anomalies is not None else counts["anomalies"]
    more = worth_of_labels((high - low) / 2, few, kind) if low is not None and high is not None else ""
    return f"95 % intervals over {over}. {seen}. {more}".rstrip()


def measured_on(summary: Summary) -> str:
    """What the figures are over."""
    if summary.test.cross_validated:
        return "all rows, out of fold"
    if summary.test.made_up:
        return "made-up anomalies beside test rows"
    return "test images" if summary.image else "test rows"


def anomaly_type_rows(by_type: Mapping[str, AnomalyTypeMetrics]) -> list[dict[str, str]]:
    """The winner on each type of anomaly, by column."""
    return [
        {
            "kind, against all normal rows": name,
            "in training": "never" if own.unseen else "yes",
            "test anomalies": f"{own.anomalies:,}",
            "AUROC": own.auroc.text(),
            "AP": own.ap.text(),
        }
        for name, own in by_type.items()
    ]


def pixel_rows(localisation: Localisation) -> list[dict[str, str]]:
    """How well error maps show where anomalies are, by metric and arm."""
    names = {"auroc": "pixel AUROC", "pro": "per-region overlap (PRO, false positives up to 0.3)"}
    return [
        {"where the anomaly is, 95 %": name}
        | {ARM_TITLES[arm]: getattr(own, key).text() for arm, own in localisation.arms().items()}
        for key, name in names.items()
    ]


def pixel_basis(localisation: Localisation) -> str:
    """What these figures are over."""
    said = (
        f"Error maps against masks of {counted(localisation.images, 'anomalous image')} with "
        f"{counted(localisation.regions, 'region')}; "
        "95 % intervals over images and seeds."
    )
    if localisation.images < FEWEST:
        said += f" Of fewer than {FEWEST} images they are too narrow."
    if localisation.cut_off:
        said += f" Of {localisation.cut_off:,} more the anomaly was cut off with the border."
    if localisation.unknown:
        said += f" {localisation.unknown:,} more have no mask, or one that cannot be read or marks nothing."
    return said


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4f}"
