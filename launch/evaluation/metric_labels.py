"""What metrics are called where people read them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricLabel:
    """A metric of `trainables.core.metrics.figures`; of all, more is better."""

    name: str
    """As records and MLflow have it."""
    label: str
    """For tables and axes."""
    description: str
    """For a text."""


METRICS = {
    metric.name: metric
    for metric in (
        MetricLabel("auroc", "AUROC", "AUROC"),
        MetricLabel("ap", "AP", "AP"),
        MetricLabel("f1_report", "F1, 97.8th pct", "F1 at the 97.8th percentile"),
        MetricLabel("f1_threshold", "F1, own cut", "F1 at the model's own threshold"),
        MetricLabel("precision_threshold", "precision, own cut", "precision there"),
        MetricLabel("recall_threshold", "recall, own cut", "recall there"),
    )
}
RANKING = ("auroc", "ap")
OF_TABLES = (*RANKING, "f1_report", "f1_threshold")
"""What a short table shows."""
OF_IMAGES = (*RANKING, "precision_threshold", "recall_threshold")
"""What one of images shows."""


def label(name: str) -> str:
    """For tables and axes."""
    return METRICS[name].label
