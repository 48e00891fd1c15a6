"""The look that interactive figures share."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

BLUE, ORANGE, GREEN, PURPLE = "#2a8fd0", "#E69F00", "#009E73", "#CC79A7"
VERMILION, GREY, PALE = "#D55E00", "#808080", "#a9a9a9"
SKY = "#56B4E9"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
PALETTE = {
    "blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "vermilion": VERMILION, "sky": SKY,
    "black": GREY, "grey": GREY, "pale": PALE,
}  # fmt: skip
"""By the names that charts use, see `analysis.charts.chart`; black could not be read on a dark page."""
ARM_COLOURS = {"tuned": BLUE, "published": ORANGE, "report": GREY}
GRID, CLEAR = "rgba(128,128,128,0.25)", "rgba(0,0,0,0)"


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
        margin={"l": 58, "r": 16, "t": 20, "b": 96},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "bgcolor": CLEAR},
    )  # fmt: skip
    figure.update_layout(**layout)
    axis: dict[str, Any] = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GREY}
    axis |= {"automargin": True, "exponentformat": "e"}
    figure.update_xaxes(title_standoff=6, **axis)
    figure.update_yaxes(**axis)
    return figure


def message(text: str) -> go.Figure:
    """A figure that says why there is nothing to show."""
    figure = canvas(height=120)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure
