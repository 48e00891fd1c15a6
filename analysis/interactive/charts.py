"""The charts of `analysis.charts` on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from analysis.charts.chart import Chart, Series
from analysis.interactive import style

SYMBOLS = {"": "circle", "circle": "circle", "diamond": "diamond", "x": "x"}
MANY = 200
"""Lines from which on their points are not marked."""


def draw(chart: Chart) -> go.Figure:
    """A chart as a figure."""
    if chart.nothing:
        return style.message(chart.nothing)
    bars = {"height": 110 + 30 * min(len(chart.rows), 26), "barmode": "overlay"} if chart.rows else {"height": 400}
    figure = style.canvas(chart.x, chart.y, **bars)
    known = (y for series in chart.series for _, values in series.parts for y in values if isinstance(y, float))
    floor = min((y for y in known if y == y), default=0.0)
    for series in chart.series:
        if series.kind == "bars":
            _bars(figure, series)
        elif series.parts:
            _scatter(figure, series, floor)
    if chart.rows:
        order = {"categoryorder": "array", "categoryarray": list(chart.rows)[::-1]}
        figure.update_yaxes(type="category", title_text="", **order)
    if not any(trace.name for trace in figure.data[1:]):  # plotly names no trace that is alone
        style.without_legend(figure)
    if chart.log_x:
        places = [x for series in chart.series for values, _ in series.parts for x in values if x > 0]
        figure.update_xaxes(type="log", **style.log_ticks(min(places), max(places)))
    if chart.percent_x:
        shares = [0.001, 0.01, 0.1, 0.5]
        figure.update_xaxes(tickvals=shares, ticktext=[f"{100 * share:g} %" for share in shares])
    if chart.x_range is not None:
        figure.update_xaxes(range=list(chart.x_range))
    if chart.y_range is not None:
        figure.update_yaxes(range=list(chart.y_range))
    if chart.mark is not None:
        figure.add_vline(x=chart.mark, line={"color": style.GREY, "dash": "dash"})
    return figure


def _scatter(figure: go.Figure, series: Series, floor: float) -> None:
    colour = style.PALETTE[series.colour]
    x: list[Any] = []
    y: list[Any] = []
    for of_x, of_y in series.parts:  # a gap between lines that stand apart
        x += [*of_x, None] if len(series.parts) > 1 else of_x
        y += [*map(_short, of_y), None] if len(series.parts) > 1 else map(_short, of_y)
    if series.kind == "dots":
        y = [floor if value is None else value for value in y]
        mode = "markers+lines" if series.error else "markers"
    else:
        mode = "lines+markers" if series.kind == "lines" and _marked(series) else "lines"
    shape = "hv" if series.kind == "steps" else "linear"
    symbol = SYMBOLS[series.marker] + ("-open" if series.hollow else "")
    size = {"diamond": 12}.get(series.marker, 7) if series.kind == "dots" else 3
    figure.add_scatter(
        x=x, y=y, mode=mode, name=series.name, opacity=series.opacity,
        line={"color": colour, "width": series.width, "dash": series.dash, "shape": shape},
        marker={"color": colour, "size": size, "symbol": symbol},
        error_y=_whiskers(series.error), customdata=list(series.ids) or None,
        hovertemplate=series.hover or None, hoverinfo=None if series.hover else "skip",
    )  # fmt: skip


def _marked(series: Series) -> bool:
    return bool(series.end_label) or 1 < len(series.parts) < MANY or len(series.parts[0][0]) == 1


def _whiskers(error: tuple[Sequence[float], Sequence[float]] | None) -> dict[str, Any] | None:
    if error is None:
        return None
    below, above = ([round(value, 5) for value in lengths] for lengths in error)
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.5}


def _short(value: Any) -> Any:
    """Five significant digits: a page holds thousands of scores."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _bars(figure: go.Figure, series: Series) -> None:
    ((lengths, names),) = series.parts
    figure.add_bar(
        x=list(lengths), y=list(names), base=list(series.base) or None, orientation="h", name=series.name,
        marker={"color": style.PALETTE[series.colour], "line": {"color": "rgba(255,255,255,0.6)", "width": 0.5}},
        customdata=list(series.ids) or None, hovertemplate=series.hover, showlegend=bool(series.name),
    )  # fmt: skip
