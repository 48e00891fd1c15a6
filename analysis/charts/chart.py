"""A chart as data: series on axes, without a library that draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

TALL = 0.25
"""Share of a class in one bar of a histogram above which its axis is logarithmic: that bar would hide the others."""
Part = tuple[Sequence[Any], Sequence[Any]]


@dataclass(frozen=True)
class Series:
    """One entry of the legend.

    Attributes
    ----------
    name : str
        For the legend; "" has no entry.
    parts : sequence of (x, y)
        Lines that stand apart, or the one set of dots or bars; a y of None stands on the x axis.
    colour : str
        A key of the palettes in `analysis.plots.style` and `analysis.interactive.style`.
    kind : str
        Bars lie: y are names of rows, x lengths.
    base : sequence of float
        Where bars begin; default: at zero.
    error : (below, above) or None
        Lengths of the whiskers of each dot.
    width, dash, opacity, marker, hollow
        Lines of some width are of one thing alone; a marker of lines stands at their end. `marker` is "circle",
        "diamond" or "x", "" is none.
    end_label : str
        What stands right of the axes, where the series ends, on paper in place of the legend's entry.
    hover : str
        Plotly's template; "" says nothing.
    ids : sequence of int
        A number for each point, for the hover.
    """

    name: str
    parts: Sequence[Part]
    colour: str = "blue"
    kind: Literal["lines", "steps", "dots", "bars"] = "lines"
    base: Sequence[float] = ()
    error: tuple[Sequence[float], Sequence[float]] | None = None
    width: float = 1.8
    dash: Literal["solid", "dash", "dot"] = "solid"
    opacity: float = 1.0
    marker: Literal["", "circle", "diamond", "x"] = ""
    hollow: bool = False
    end_label: str = ""
    hover: str = ""
    ids: Sequence[Any] = ()


@dataclass(frozen=True)
class Chart:
    """Series on a pair of axes.

    Attributes
    ----------
    series : sequence of Series
        From the back to the front.
    nothing : str
        Why there is nothing to draw; drawn in place of the axes.
    log_x, percent_x, whole_x : bool
        A logarithmic axis, shares as per cents, whole numbers alone.
    rows : sequence of str
        Names of the rows of bars, from top to bottom.
    mark : float or None
        A dashed line across the x axis, with `mark_text` above.
    """

    title: str
    x: str = ""
    y: str = ""
    series: Sequence[Series] = ()
    nothing: str = ""
    log_x: bool = False
    percent_x: bool = False
    whole_x: bool = False
    rows: Sequence[str] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    mark: float | None = None
    mark_text: str = ""
