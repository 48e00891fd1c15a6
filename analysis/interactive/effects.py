"""How scores move with one column."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from analysis.interactive import style
from launch.evaluation.mistakes.record import Effect
from trainables.core.preprocessing.moments import moment

HEIGHT = 270
LONGEST = 12
"""Letters of a value below the axis."""
LOWEST_PART = 3.5
"""Bars of the rows take the lowest part of the height, one in so many."""


def effect(one: Effect) -> go.Figure:
    """The mean score over the values of a column, with its range over splits; bars are where the rows are."""
    figure = style.canvas(height=HEIGHT, showlegend=False, margin={"l": 52, "r": 10, "t": 8, "b": 40}, bargap=0.05)
    numbers = bool(one.edges)
    at: list[Any] = [moment(value) for value in one.at] if one.moments else list(one.at)
    if numbers:
        centres: list[Any] = [(a + b) / 2 for a, b in zip(one.edges, one.edges[1:], strict=False)]
        centres = [moment(value) for value in centres] if one.moments else centres
    figure.add_bar(
        x=centres if numbers else at, y=list(one.shares), yaxis="y2", marker={"color": style.GREY}, opacity=0.35,
        hovertemplate="%{x}: %{y:.1%} of the rows<extra></extra>",
    )  # fmt: skip
    if numbers:
        band = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        figure.add_scatter(x=at, y=list(one.low), **band)
        figure.add_scatter(x=at, y=list(one.high), fill="tonexty", fillcolor="rgba(42,143,208,0.25)", **band)
    error = None if numbers else _whiskers(one)
    figure.add_scatter(
        x=at, y=list(one.score), mode="lines+markers" if numbers else "markers", error_y=error,
        line={"color": style.BLUE, "width": 2}, marker={"color": style.BLUE, "size": 4 if numbers else 9},
        hovertemplate="%{x}: mean score %{y:.4g}<extra></extra>",
    )  # fmt: skip
    top = LOWEST_PART * max(one.shares, default=1.0) or 1.0
    figure.update_layout(yaxis2={"overlaying": "y", "visible": False, "range": [0, top], "fixedrange": True})
    figure.update_yaxes(title_text="mean score", selector={"anchor": "x"})
    if not numbers:
        figure.update_xaxes(type="category", tickfont={"size": 11}, tickvals=at, ticktext=[_short(text) for text in at])
    return figure


def _whiskers(one: Effect) -> dict[str, Any]:
    above = [high - mean for high, mean in zip(one.high, one.score, strict=True)]
    below = [mean - low for low, mean in zip(one.low, one.score, strict=True)]
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.5}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
