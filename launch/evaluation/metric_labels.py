"""What metrics are called where people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricLabel:
    """A metric of `trainables.core.metrics.figures`; of all, more is better."""

    name: str
    """As records and MLflow have it."""
    label: str
    """For tables and axes."""
    phrase: str
    """For a text."""


METRICS = {
    metric.name: metric
    for metric in (
        MetricLabel("auroc", "AUROC", "AUROC"),
        MetricLabel("ap", "AP", "AP"),
        MetricLabel("precision_threshold", "precision at threshold", "precision at the threshold"),
        MetricLabel("recall_threshold", "recall at threshold", "recall at the threshold"),
        MetricLabel("f1_threshold", "F1 at threshold", "F1 at the threshold"),
        MetricLabel("f1_report", "F1, 97.8th pct", "F1 at the 97.8th percentile"),
    )
}
BEST_F1 = MetricLabel("f1", "best F1", "the best F1 of any threshold")
"""What may choose trials on validation, and is no figure of a test."""
RANKING = ("auroc", "ap")
SHOWN = (*RANKING, "precision_threshold", "recall_threshold", "f1_threshold")
"""What a table shows of every dataset; F1 at the 97.8th percentile is the source report's, see `shown`."""


def label(name: str) -> str:
    """For tables and axes."""
    return {**METRICS, BEST_F1.name: BEST_F1}[name].label


def phrase(name: str) -> str:
    """For a text."""
    return {**METRICS, BEST_F1.name: BEST_F1}[name].phrase


def shown(printed: Mapping[str, float | None]) -> tuple[str, ...]:
    """What a table shows: F1 at the source report's percentile only where that has a figure of it."""
    return (*SHOWN, "f1_report") if printed.get("f1_report") is not None else SHOWN
