"""What columns add to the scores of rows, over that of a typical row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from analysis.interactive import style
from launch.evaluation.mistakes.record import RowShares

COLOURS = style.CYCLE[:-1]
"""As many columns have a colour of their own; the others are grey together."""
OTHERS = "all other columns"
HOVER = "%{y}<br>%{fullData.name}: %{x:+.4g}<extra></extra>"
LONGEST = 24
"""Letters of a column's name beside a bar."""


@dataclass(frozen=True)
class ExplainedRow:
    """A row by a short name, and the threshold that its score is below or above."""

    name: str
    shares: RowShares
    threshold: float


def strongest(rows: Sequence[ExplainedRow]) -> dict[str, float]:
    """The mean size of what each column adds to the rows, largest first, as many as have colours."""
    sizes: dict[str, float] = defaultdict(float)
    for row in rows:
        for column, value in row.shares.columns.items():
            sizes[column] += abs(value) / len(rows)
    return dict(sorted(sizes.items(), key=lambda pair: -pair[1])[: len(COLOURS)])


def importance_bars(sizes: Mapping[str, float]) -> go.Figure:
    """One bar for each column, in the colour that it has in `row_bars`."""
    figure = style.canvas("mean size added to the score", height=90 + 30 * len(sizes), showlegend=False)
    names = list(sizes)
    figure.add_bar(
        x=list(sizes.values()), y=names, orientation="h", marker={"color": list(COLOURS[: len(names)])},
        hovertemplate="%{y}: %{x:.4g}<extra></extra>",
    )  # fmt: skip
    _rows(figure, names)
    return figure


def row_bars(rows: Sequence[ExplainedRow], columns: Sequence[str]) -> go.Figure:
    """One bar for each row, from the typical row's score: what raises it to the right, what lowers it to the left.

    A diamond is where the score comes to, a line where the threshold is.
    """
    figure = style.canvas("added to the score of the typical row", height=110 + 30 * len(rows), barmode="relative")
    names = [row.name for row in rows]
    parts = [[row.shares.columns.get(column, 0.0) for row in rows] for column in columns]
    rest = [row.shares.score() - row.shares.typical for row in rows] - np.sum(parts, axis=0)
    for column, values, colour in zip(
        [*columns, OTHERS], [*parts, rest.tolist()], [*COLOURS[: len(columns)], style.GREY], strict=True
    ):
        figure.add_bar(
            x=values, y=names, orientation="h", name=column, marker={"color": colour}, showlegend=False,
            hovertemplate=HOVER,
        )  # fmt: skip
    ends = [row.shares.score() - row.shares.typical for row in rows]
    cuts = [row.threshold - row.shares.typical for row in rows]
    for name, symbol, size, places in (("score", "diamond", 10, ends), ("threshold", "line-ns", 16, cuts)):
        look = {"symbol": symbol, "size": size, "color": "white", "line": {"width": 2, "color": style.GREY}}
        figure.add_scatter(x=places, y=names, mode="markers", name=name, marker=look, hovertemplate=HOVER)
    figure.update_xaxes(zeroline=True, zerolinewidth=2)
    _rows(figure, names)
    return figure


def _rows(figure: go.Figure, names: Sequence[str]) -> None:
    short = [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=list(names)[::-1], tickvals=list(names), ticktext=short,
        showgrid=False,
    )  # fmt: skip
