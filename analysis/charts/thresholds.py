"""What a model gives at a threshold, and whether its probabilities come true."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.stats import binomtest

from analysis.charts.chart import Chart, Series

METRICS = (("precision", "blue"), ("recall", "vermilion"), ("f1", "green"))


def operating_curves(points: Sequence[Mapping[str, float]], own_share: float) -> Chart:
    """Precision, recall and F1 over the share of rows called anomalous, on validation (dotted) and test.

    The points are those of `launch.evaluation.curves.operating_points`; the model itself calls `own_share` anomalous.
    """
    shares = [point["share"] for point in points]

    def values(part: str, name: str) -> list[float]:
        """Of one metric; NaN where no row is called anomalous and there is no precision."""
        known = [name != "precision" or point[f"{part}_called"] > 0 for point in points]
        return [point[f"{part}_{name}"] if own else math.nan for own, point in zip(known, points, strict=True)]

    series = [
        Series(
            f"{'F1' if name == 'f1' else name}, {part}", [(shares, values(part, name))],
            colour, dash="solid" if part == "test" else "dot", hover="%{x:.2%}: %{y:.3f}",
        )
        for name, colour in METRICS
        for part in ("test", "validation")
        if f"{part}_{name}" in points[0]
    ]  # fmt: skip
    return Chart(
        "Thresholds", "share of rows called anomalous", "metric", series, log_x=True, percent_x=True,
        y_range=(0, 1.02), mark=own_share, mark_text=f"the model's own: {100 * own_share:.2g} %",
    )  # fmt: skip


def calibration_bins(calibration: Mapping[str, Any]) -> Chart:
    """Observed share of anomalies over the probability that the model gives, with 95 % intervals of Wilson.

    `calibration` is what `launch.evaluation.curves.reliability` returns.
    """
    bins = calibration["bins"]
    given, seen = [b["predicted"] for b in bins], [b["observed"] for b in bins]
    bounds = [binomtest(b["anomalies"], b["rows"]).proportion_ci(method="wilson") for b in bins]
    below = [max(0.0, value - low) for value, (low, _) in zip(seen, bounds, strict=True)]
    above = [max(0.0, high - value) for value, (_, high) in zip(seen, bounds, strict=True)]
    top = 1.05 * max(*given, *(high for _, high in bounds))
    rows = [f"{b['anomalies']} of {b['rows']:,}" for b in bins]
    series = [
        Series("as it should be", [([0, top], [0, top])], "grey", width=1, dash="dash"),
        Series(
            "observed", [(given, seen)], "blue", "dots", error=(below, above), marker="circle", ids=rows,
            hover="predicted %{x:.3f}, observed %{y:.3f}<br>%{customdata} rows",
        ),
    ]  # fmt: skip
    title = f"Calibration, Brier score {calibration['brier']:.4f}"
    return Chart(title, "probability that the model gives", "share that were anomalies", series)
