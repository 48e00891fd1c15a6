"""How the test rows were ranked: differences, histograms, curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis import charts
from analysis.interactive import style
from launch.evaluation.arm_metrics import ArmComparison
from launch.evaluation.metric_labels import RANKING, label, shown


def difference_bars(test: ArmComparison, report: Mapping[str, float | None], baseline: str | None = None) -> go.Figure:
    """Metrics of tuned, published and baseline as points with their 95 % intervals, and those of the source report.

    `baseline` is the name of that detector; no threshold was chosen for it.
    """
    arms = {arm: metrics.by_name() for arm, metrics in reversed(test.arms().items()) if arm != "difference"}
    keys = [name for name in shown(report) if name in arms["tuned"]]
    symbols = {"tuned": "circle", "published": "diamond"}
    figure = style.canvas("test figure and 95 % interval", height=130 + 64 * len(keys))
    for i, (arm, metrics) in enumerate(arms.items()):
        intervals = [metrics[name] for name in keys]
        means = [interval.mean for interval in intervals]
        figure.add_scatter(
            x=means,
            y=[position + (i - 0.5 * (len(arms) - 1)) * 0.24 for position in range(len(keys))],
            error_x={
                "type": "data", "symmetric": False, "thickness": 2, "width": 5,
                "array": [0.0 if v.high is None else v.high - v.mean for v in intervals],
                "arrayminus": [0.0 if v.low is None else v.mean - v.low for v in intervals],
            },
            mode="markers", name={"tuned": "tuned", "published": "published configuration"}[arm],
            marker={"size": 11, "color": style.ARM_COLOURS[arm], "symbol": symbols[arm]}, hovertemplate="%{x:.4f}",
        )  # fmt: skip
    if baseline is not None and test.baseline is not None:
        own = test.baseline.by_name()
        figure.add_scatter(
            x=[own[name].mean for name in RANKING], y=[keys.index(name) for name in RANKING], mode="markers",
            name=f"{baseline}, the simplest", hovertemplate="%{x:.4f}",
            marker={"size": 11, "color": style.GREEN, "symbol": "square-open", "line": {"width": 2}},
        )  # fmt: skip
    printed = [(i, report[k]) for i, k in enumerate(keys) if report.get(k) is not None]
    if printed:
        figure.add_scatter(
            x=[value for _, value in printed], y=[i for i, _ in printed], mode="markers",
            name="printed in the source report",
            marker={"size": 13, "color": style.GREY, "symbol": "x-thin", "line": {"width": 2, "color": style.GREY}},
            hovertemplate="%{x:.4f}",
        )  # fmt: skip
    figure.update_yaxes(tickvals=list(range(len(keys))), ticktext=[label(name) for name in keys], autorange="reversed")
    return figure


def score_histogram(views: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Scores of normal rows and anomalies, each as a share of its class, one panel for each view.

    On a logarithmic scale where one bar would hide the rest.
    """
    shares = {
        (k, name): [n / max(1, sum(view["histogram"][name])) for n in view["histogram"][name]]
        for k, view in enumerate(views)
        for name in ("normal", "anomaly")
    }
    above = [share for of_class in shares.values() for share in of_class if share > 0]
    log = max(above, default=0) > charts.TALL
    columns = min(2, len(views))
    rows = -(-len(views) // columns)
    titles = [view["name"] for view in views] if len(views) > 1 else None
    figure = make_subplots(rows, columns, subplot_titles=titles, vertical_spacing=0.25 / rows if rows > 1 else 0)
    for k, view in enumerate(views):
        histogram, where = view["histogram"], {"row": k // columns + 1, "col": k % columns + 1}
        centres = [(a + b) / 2 for a, b in zip(histogram["edges"], histogram["edges"][1:], strict=False)]
        for name, colour in (("normal", style.BLUE), ("anomaly", style.VERMILION)):
            total = sum(histogram[name])
            figure.add_trace(
                go.Bar(
                    x=centres, y=shares[k, name],
                    name=f"{name} ({total:,})" if len(views) == 1 else name,
                    marker={"color": colour, "line": {"width": 0}}, opacity=0.6, showlegend=k == 0, legendgroup=name,
                    hovertemplate="score %{x:.3g}: %{y:.1%}",
                ),
                **where,
            )  # fmt: skip
        figure.add_vline(x=histogram["threshold"], line={"color": style.GREY, "dash": "dash"}, **where)
    style.finish(figure, height=360 if rows == 1 else 210 * rows + 80, barmode="overlay", bargap=0)
    if log:
        ticks = [10.0**k for k in range(-5, 1) if 10.0**k > min(above) / 10]
        texts = [f"{100 * tick:g} %" for tick in ticks]
        figure.update_yaxes(type="log", range=[math.log10(min(above) / 2), 0.02], tickvals=ticks, ticktext=texts)
    else:
        figure.update_yaxes(tickformat=".0%")
    if len(views) == 1:
        figure.update_xaxes(title_text="anomaly score (dashed: own threshold)")
        figure.update_yaxes(title_text="share of the class" + (" (log scale)" if log else ""))
    return figure


def ranking_curves(views: Sequence[Mapping[str, Any]], which: str) -> go.Figure:
    """Curves, `roc` or `precision_recall`: of both arms, or of each class of a group."""
    is_roc = which == "roc"
    x, y = ("false positive rate", "true positive rate") if is_roc else ("recall", "precision")
    figure = style.canvas(x, y, height=420)
    for k, view in enumerate(views):
        for arm, curve in view[which].items():
            if len(views) > 1 and arm != "tuned":
                continue
            colour = style.ARM_COLOURS[arm] if len(views) == 1 else style.CYCLE[k % len(style.CYCLE)]
            figure.add_scatter(
                x=curve["x"], y=curve["y"], mode="lines", line={"color": colour, "width": 2},
                name=f"{view['name'] or arm} ({'AUROC' if is_roc else 'AP'} {curve['value']:.3f})",
            )  # fmt: skip
    dashes = {"color": style.GREY, "dash": "dash", "width": 1}
    if is_roc:
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=dashes, name="chance (AUROC 0.500)")
    elif len(views) == 1:
        share = prevalence(views[0]["histogram"])
        figure.add_scatter(x=[0, 1], y=[share] * 2, mode="lines", line=dashes, name=f"chance (AP {share:.3f})")
    figure.update_xaxes(range=[-0.01, 1.01])
    figure.update_yaxes(range=[-0.01, 1.02])
    return figure


def prevalence(histogram: Mapping[str, Any]) -> float:
    """Share of anomalies among all rows."""
    anomalies = sum(histogram["anomaly"])
    return float(anomalies / max(1, anomalies + sum(histogram["normal"])))
