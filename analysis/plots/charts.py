"""The charts of `analysis.charts` on paper, and figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from analysis.charts.chart import Chart, Series
from analysis.plots import style

MARKERS = {"": "", "circle": "o", "diamond": "D", "x": "X"}
DASHES = {"solid": "-", "dash": (0, (4, 3)), "dot": ":"}


def draw(chart: Chart) -> Figure:
    """A chart as a figure."""
    if chart.nothing:
        return style.message(chart.title, chart.nothing)
    height = min(11, 1.9 + 0.38 * len(chart.rows)) if chart.rows else style.HEIGHT
    figure, (ax,) = style.canvas(chart.title, x=chart.x, y=chart.y, width=8.2, height=height)
    handles = [handle for series in chart.series if (handle := _series(ax, series, chart)) is not None]
    _axes(ax, chart)
    if handles:
        style.legend_below(figure, handles, [handle.get_label() for handle in handles])
    return figure


def _series(ax: Axes, series: Series, chart: Chart) -> Any:
    """Draw a series; what stands for it in the legend, None where it has no name."""
    colour = style.PALETTE[series.colour]
    if series.kind == "bars":
        return _bars(ax, series, chart, colour)
    if series.kind == "dots":
        return _dots(ax, series, colour)
    look: dict[str, Any] = {
        "color": colour, "linewidth": series.width, "linestyle": DASHES[series.dash], "alpha": series.opacity,
        "drawstyle": "steps-post" if series.kind == "steps" else "default", "markersize": 4.5, "markeredgewidth": 0,
    }  # fmt: skip
    for x, y in series.parts:
        values = np.asarray(y, dtype=np.float64)
        ends = np.flatnonzero(np.isfinite(values))
        marker = MARKERS[series.marker] or ("o" if len(ends) == 1 else "")
        ax.plot(x, values, marker=marker, markevery=[int(ends[-1])] if len(ends) else None, **look)
    return Line2D([], [], label=series.name, marker=MARKERS[series.marker], **look) if series.name else None


def _bars(ax: Axes, series: Series, chart: Chart, colour: str) -> Any:
    ((lengths, names),) = series.parts
    at = [chart.rows.index(name) for name in names]
    base = series.base or 0
    bars = ax.barh(at, lengths, 0.7, left=base, color=colour, edgecolor="white", linewidth=0.4, label=series.name)
    if not series.base:
        ax.bar_label(bars, fmt="%.3f", fontsize=style.SMALL, padding=3)
        ax.set_xlim(0, 1.12 * max(*lengths, 1e-3))
    return bars if series.name else None


def _dots(ax: Axes, series: Series, colour: str) -> Any:
    ((x, y),) = series.parts
    if series.error is not None:
        return ax.errorbar(x, y, series.error, fmt="o-", color=colour, capsize=3, label=series.name)
    look: dict[str, Any] = {"marker": MARKERS[series.marker], "s": 28, "linewidths": 1.2, "label": series.name}
    look |= {"facecolors": "none", "edgecolors": colour, "alpha": 0.6} if series.hollow else {"color": colour}
    if series.marker == "diamond":
        look |= {"s": 60, "edgecolors": "black", "zorder": 5}
    if any(value is None for value in y):  # these stand on the axis
        return ax.scatter(x, np.full(len(x), 0.02), transform=ax.get_xaxis_transform(), **look)
    return ax.scatter(x, y, **look)


def _axes(ax: Axes, chart: Chart) -> None:
    if chart.rows:
        # of a long name both ends: nodes differ at the end
        names = [name if len(name) <= 36 else f"{name[:16]}…{name[-19:]}" for name in chart.rows]
        ax.set_yticks(range(len(chart.rows)), names, parse_math=False)
        ax.set_ylim(len(chart.rows) - 0.4, -0.6)
        style.lying(ax)
        return
    if chart.whole_x:
        style.whole_numbers(ax, (n for series in chart.series for x, _ in series.parts for n in x if n == int(n)))
    if chart.log_x:
        ax.set_xscale("log")
    if chart.percent_x:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    if chart.mark is not None:
        ax.axvline(chart.mark, **style.DASHED)
        side, place = "right" if chart.mark > 0.05 else "left", (chart.mark, 1.0)
        transform = ax.get_xaxis_transform()
        ax.annotate(f" {chart.mark_text}", place, xycoords=transform, va="bottom", ha=side, fontsize=style.SMALL)
    ax.set_xlim(chart.x_range or ax.get_xlim())
    ax.set_ylim(chart.y_range or ax.get_ylim())
    labels = [(float(s.parts[0][1][-1]), s.end_label, style.PALETTE[s.colour]) for s in chart.series if s.end_label]
    style.end_labels(ax, labels)


def save(figure: Chart | Figure, path: str | Path) -> Path:
    """Write a chart or a figure as PNG, 120 dots per inch; missing folders are made."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    (draw(figure) if isinstance(figure, Chart) else figure).savefig(target, format="png", dpi=style.DPI)
    return target
