"""The space that was searched: parallel coordinates, slices, contours."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.charts import space
from analysis.charts.space import Axis
from analysis.interactive import style
from launch.study.history import fewer

FEW = 4
"""Axes of parallel coordinates on a phone."""
GROUPS = 5
"""Shades of parallel coordinates."""
ABSENT = -0.14
"""Height at which a line passes a hyperparameter that its trial does not have."""


def parallel_coordinates(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Complete trials as lines from their score through the values of their hyperparameters.

    The best fifth of the scores is the strongest on a light and on a dark page alike, the best trial stands out.
    """
    numbers, scores, axes = space.searched(study, params)
    if not axes:
        return style.message(space.NOTHING)
    axes = [Axis(f"validation {metric}", scores, False, ()), *axes]
    places = np.stack([own.shares() for own in axes], 1)
    places = np.where(np.isnan(places), ABSENT, places).round(4)
    figure = style.canvas(height=430, margin={"l": 40, "r": 16, "t": 12, "b": 84})
    shade = np.minimum((GROUPS * places[:, 0]).astype(int), GROUPS - 1)
    for group in range(GROUPS):
        members = [i for i in np.flatnonzero(shade == group) if i != len(numbers) - 1]
        _lines(figure, places[members], [numbers[i] for i in members], scores[members], group)
    best = {"color": style.VERMILION, "width": 3}
    _lines(figure, places[-1:], numbers[-1:], scores[-1:], GROUPS - 1, name=f"best: trial {numbers[-1]}", line=best)
    for k, own in enumerate(axes):
        figure.add_vline(x=k, line={"color": style.GREY, "width": 1}, layer="below")
        absent = [(ABSENT, "not used")] if (places[:, k] == ABSENT).any() else []
        for place, text in [*_ticks(own), *absent]:
            figure.add_annotation(
                x=k, y=place, text=text, name="tick", showarrow=False, xanchor="left", xshift=3, opacity=0.85,
                font={"size": 11}, borderpad=0,
            )  # fmt: skip
    names = [own.name.replace("_", "_<br>", 1) if len(own.name) > 10 else own.name for own in axes]
    names[0] = names[0].replace(" ", "<br>")
    # on a phone the script narrows the axis to its first hyperparameters
    figure.update_layout(meta={"columns": len(axes), "first": -0.15, "few": FEW}, showlegend=True)
    figure.update_xaxes(tickvals=list(range(len(axes))), ticktext=names, showgrid=False, zeroline=False, tickangle=0)
    figure.update_xaxes(range=[-0.15, len(axes) - 0.15])
    figure.update_yaxes(visible=False, range=[-0.2, 1.06])
    return figure


def _lines(
    figure: go.Figure, places: NDArray[Any], numbers: Sequence[int], scores: NDArray[Any], group: int, **look: Any
) -> None:
    if not len(places):
        return
    width = places.shape[1]
    x: list[Any] = [*range(width), None] * len(places)
    texts = [f"trial {n}: {score:.4f}" for n, score in zip(numbers, scores, strict=True) for _ in range(width + 1)]
    strength = {"color": style.BLUE, "width": 1 + 0.2 * group}
    look = {"line": strength, "opacity": 0.3 + 0.14 * group, "showlegend": False} | (
        look and {**look, "opacity": 1.0, "showlegend": True}
    )
    y = [value for row in places.tolist() for value in (*row, None)]
    figure.add_scatter(x=x, y=y, mode="lines", text=texts, hovertemplate="%{text}<extra></extra>", **look)


def _ticks(own: Axis) -> list[tuple[float, str]]:
    """Places from 0 to 1 on an axis, and what stands there."""
    if own.choices:
        last = max(1, len(own.choices) - 1)
        middle = 0.5 if len(own.choices) == 1 else 0.0
        return [(k / last + middle, text[:14]) for k, text in enumerate(own.choices)]
    low, high = float(np.nanmin(own.at)), float(np.nanmax(own.at))
    if low == high:
        return [(0.5, style.short(low))]
    between = np.geomspace if own.log else np.linspace
    return [(k / 4, style.short(float(value))) for k, value in enumerate(between(low, high, 5))]


def slices(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Score over each hyperparameter by itself, two beside each other, stronger for later trials."""
    numbers, scores, axes = space.searched(study, params)
    if not axes:
        return style.message(space.NOTHING)
    rows = -(-len(axes) // 2)
    figure = style.finish(go.Figure(), height=60 + 230 * rows, margin={"l": 58, "r": 16, "t": 10, "b": 48})
    marker = {"color": numbers, "colorscale": style.SHADES, "size": 8, "line": {"width": 1, "color": style.GREY}}
    tall, gap = (1 - 0.2 * (rows - 1)) / rows, 0.2
    texts = [f"trial {n}" for n in numbers]
    for k, own in enumerate(axes):
        which, (row, column) = str(k + 1) if k else "", divmod(k, 2)
        bar = {"title": {"text": "trial"}, "thickness": 12, "len": tall, "y": 1, "yanchor": "top"}
        figure.add_scatter(
            x=own.at.tolist(), y=scores.tolist(), mode="markers", xaxis=f"x{which}", yaxis=f"y{which}", text=texts,
            marker=marker | ({"showscale": True, "colorbar": bar} if not k else {}), showlegend=False,
            hovertemplate="%{text}: %{x:.4g}, %{y:.4f}<extra></extra>",
        )  # fmt: skip
        top = 1 - row * (tall + gap)
        wide = {"domain": [0.54, 1.0] if column else [0.0, 0.46 if len(axes) > 1 else 1.0], "anchor": f"y{which}"}
        high = {"domain": [max(0.0, top - tall), top], "anchor": f"x{which}", "matches": "y" if k else None}
        title = {"text": f"validation {metric}"} if not column else None
        figure.update_layout(
            {
                f"xaxis{which}": wide | {"title": {"text": own.name}, "nticks": 5} | _axis(own),
                f"yaxis{which}": high | {"title": title, "showticklabels": not column, "nticks": 5},
            }
        )
    return style.axes(figure)


def _axis(own: Axis) -> dict[str, Any]:
    """Kind and ticks of a hyperparameter's axis."""
    if own.choices:
        return {"tickvals": list(range(len(own.choices))), "ticktext": [text[:9] for text in own.choices]}
    if own.log:
        return {"type": "log", **style.log_ticks(float(np.nanmin(own.at)), float(np.nanmax(own.at)))}
    return {}


def contour(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Score over the first two hyperparameters that vary, between complete trials interpolated, as Optuna draws it."""
    _, _, axes = space.searched(study, params)
    axes = [own for own in axes if own.varies()]
    if len(axes) < 2:
        return style.message("There is no pair of hyperparameters to draw.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of experimental drawing functions
        target = (lambda trial: float(trial.values[0])) if len(study.directions) > 1 else None
        draw, pair = optuna.visualization.plot_contour, [own.name.removesuffix(" (choice)") for own in axes[:2]]
        figure = draw(fewer(study, space.INTERPOLATED), params=pair, target=target, target_name=f"validation {metric}")
    style.finish(figure, height=420, title_text="", margin={"l": 70, "r": 20, "t": 20, "b": 60})
    look = {"colorscale": style.SHADES, "reversescale": False, "line": {"color": style.GREY, "width": 0.5}}
    bar = {"title": {"text": f"validation<br>{metric}"}, "thickness": 12}
    figure.update_traces(selector={"type": "contour"}, colorbar=bar, **look)
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        if axis.type == "log":
            axis.update(style.log_ticks(*(10.0**end for end in axis.range)))
        axis.update(tickangle=0, nticks=6)
    return figure
