"""The look that interactive figures share."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

BLUE, ORANGE, GREEN, PURPLE = "#2a8fd0", "#C98600", "#009E73", "#C0649A"
VERMILION, GREY, PALE = "#D55E00", "#808080", "#8f8f8f"
SKY = "#3E9CCF"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
PALETTE = {
    "blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "vermilion": VERMILION, "sky": SKY,
    "black": GREY, "grey": GREY, "pale": PALE,
}  # fmt: skip
"""By the names that charts use, see `analysis.charts.chart`; black could not be read on a dark page."""
ARM_COLOURS = {"tuned": BLUE, "published": ORANGE, "report": GREY}
GRID, CLEAR = "rgba(128,128,128,0.25)", "rgba(0,0,0,0)"
SHADES = ((0.0, "#cfdbe6"), (1.0, "#08478f"))
"""From low to high on a light page; the page's script puts in others where it is dark."""


def canvas(x: str = "", y: str = "", *, height: int = 380, **layout: Any) -> go.Figure:
    """An empty figure with named axes, room for a phone, and a legend below the axes."""
    figure = go.Figure()
    finish(figure, height=height, **layout)
    figure.update_xaxes(title_text=x)
    figure.update_yaxes(title_text=y)
    return figure


def finish(figure: go.Figure, *, height: int = 380, **layout: Any) -> go.Figure:
    """Give any figure the common look."""
    figure.update_layout(
        template="none", height=height, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, hovermode="closest",
        font={"family": "system-ui, sans-serif", "size": 13, "color": GREY},
        margin={"l": 58, "r": 16, "t": 20, "b": 84},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "bgcolor": CLEAR},
    )  # fmt: skip
    figure.update_layout(**layout)
    return axes(figure)


def axes(figure: go.Figure) -> go.Figure:
    """Give all axes that a figure has the common look."""
    axis: dict[str, Any] = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GREY}
    axis |= {"automargin": True, "exponentformat": "e"}
    figure.update_xaxes(title_standoff=6, **axis)
    figure.update_yaxes(**axis)
    return figure


def without_legend(figure: go.Figure) -> go.Figure:
    """The room of the legend goes to nothing else."""
    height = figure.layout.height - 36
    figure.update_layout(showlegend=False, height=height, margin={"b": 48})
    return figure


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """Places and texts of the ticks of a logarithmic axis: 1, 2, 5 of each decade, or fewer where there are many.

    Plotly's own write the digits between decades without their decade, and on a narrow page one over another.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = math.log10(high / low)
    steps = (1, 2, 5) if decades < 1.6 else (1, 3) if decades < 2.4 else (1,)
    each = max(1, math.ceil(decades / 6)) if steps == (1,) else 1
    values = [step * 10.0**k for k in range(first, last + 1, each) for step in steps]
    return {"tickvals": values, "ticktext": [short(value) for value in values]}


def short(value: float) -> str:
    """A number at a tick: three digits, 1e-5 from there on."""
    text = f"{value:.3g}"
    mantissa, power, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if power else text


def message(text: str) -> go.Figure:
    """A figure that says why there is nothing to show."""
    figure = canvas(height=120)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure
