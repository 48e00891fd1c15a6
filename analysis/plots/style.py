"""The look that all plots share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

DPI = 120
WIDTH, HEIGHT = 7.2, 4.4

# Okabe and Ito's palette: eight colours that stay apart for colour-blind readers.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, BLACK = "#D55E00", "#56B4E9", "#000000"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
NORMAL_COLOUR, ANOMALY_COLOUR = BLUE, VERMILION
GREY, PALE, GRID = "#6E6E6E", "#B8B8B8", "#E6E6E6"
DASHED: dict[str, Any] = {"color": GREY, "linewidth": 1, "linestyle": (0, (4, 3))}
"""Lines that are no data: chance, a threshold."""
PALETTE = {
    "blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "vermilion": VERMILION, "sky": SKY,
    "black": BLACK, "grey": GREY, "pale": PALE,
}  # fmt: skip
"""By the names that charts use, see `analysis.charts.chart`."""

TEXT_SIZE, SMALL = 10.5, 9


def canvas(
    title: str, columns: int = 1, *, x: str = "", y: str = "", width: float = WIDTH, height: float = HEIGHT
) -> tuple[Figure, list[Axes]]:
    """A figure with a title above `columns` axes side by side, all in the common style; x and y are named."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    figure.suptitle(title, fontsize=13, fontweight="bold", parse_math=False)
    axes = [figure.add_subplot(1, columns, 1 + i) for i in range(columns)]
    for ax in axes:
        style(ax)
        ax.set(xlabel=x, ylabel=y)
    return figure, axes


def style(ax: Axes) -> None:
    """Two spines, a faint horizontal grid behind the data, readable text."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(labelsize=TEXT_SIZE - 0.5, color=GREY)
    ax.xaxis.label.set_fontsize(TEXT_SIZE)
    ax.yaxis.label.set_fontsize(TEXT_SIZE)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)


def lying(ax: Axes) -> None:
    """The look of bars that lie: the grid stands."""
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x", color=GRID, linewidth=0.8)


def pair(ax: Axes, at: NDArray[np.intp], sides: Sequence[tuple[Any, str, str]]) -> list[BarContainer]:
    """Two bars at each place, side by side; of each side its heights, label and colour."""
    shifts = (-0.21, 0.21)
    return [ax.bar(at + d, rows, 0.4, color=c, label=text) for d, (rows, text, c) in zip(shifts, sides, strict=True)]


def density(ax: Axes, values: NDArray[Any], edges: NDArray[np.float64], colour: str, label: str) -> None:
    """A histogram as a density: an outline, and a pale ground."""
    heights, _ = np.histogram(values, edges, density=True)
    ax.stairs(heights, edges, fill=True, color=colour, alpha=0.3)
    ax.stairs(heights, edges, color=colour, linewidth=1.6, label=label)


def legend(ax: Axes, location: Any = "best") -> None:
    """A legend inside the axes, without a frame."""
    ax.legend(loc=location, fontsize=SMALL, frameon=True, framealpha=0.85, edgecolor="none")


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str], columns: int = 5) -> None:
    """A legend under the axes, where the axes are full of data."""
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=SMALL, frameon=False)


def whole_numbers(ax: Axes, numbers: Iterable[int]) -> None:
    """Ticks of the x axis at whole numbers, also where there is one number alone."""
    distinct = sorted(set(numbers))
    if len(distinct) == 1:
        ax.set_xticks(distinct)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def message(title: str, text: str) -> Figure:
    """A figure that says why there is nothing to show."""
    figure, (ax,) = canvas(title)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize=13, color=GREY, wrap=True, transform=ax.transAxes)
    return figure


def end_labels(ax: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Label curves right of the axes, at the height where they end, without overlap.

    Parameters
    ----------
    ax : Axes
        Its limits must be final.
    labels : sequence of (y, text, colour)
        `y` in data coordinates.
    """
    low, high = ax.get_ylim()
    line = 0.06 * (high - low)
    reached = -float("inf")
    for y, text, colour in sorted(labels):
        reached = max(y, reached + line * (1 + text.count("\n")))
        ax.annotate(
            text, (1.01, reached), xycoords=ax.get_yaxis_transform(), color=colour, fontsize=SMALL, fontweight="bold",
            va="center", annotation_clip=False,
        )  # fmt: skip
