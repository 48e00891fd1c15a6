"""Pictures of what columns add to scores, by hand."""

import pytest

from analysis.interactive.shares import COLOURS, OTHERS, ExplainedRow, importance_bars, row_bars, strongest
from launch.evaluation.mistakes.record import RowShares

ROWS = [
    ExplainedRow("row 3", RowShares(1.0, {"a": 2.0, "b": -1.0}, 0.25), 4.0),
    ExplainedRow("row 8", RowShares(2.0, {"b": 3.0}), 4.0),
]


def test_importance_is_the_mean_size_over_the_rows():
    assert strongest(ROWS) == {"b": 2.0, "a": 1.0}
    (bars,) = importance_bars(strongest(ROWS)).data
    assert (bars.x, bars.y) == ((2.0, 1.0), ("b", "a"))
    assert bars.marker.color == COLOURS[:2]


def test_bars_of_a_row_end_at_its_score():
    """Row 3 scores 1 + 2 - 1 + .25, the threshold is 3 over its typical row."""
    figure = row_bars(ROWS, ["b"])
    bars = {bar.name: bar.x for bar in figure.data if bar.type == "bar"}
    assert bars == {"b": (-1.0, 3.0), OTHERS: (2.25, 0.0)}
    places = {trace.name: trace.x for trace in figure.data if trace.type == "scatter"}
    assert places == {"score": (1.25, 3.0), "threshold": (3.0, 2.0)}
    assert figure.layout.barmode == "relative"


def test_no_more_columns_than_colours():
    many = ExplainedRow("1", RowShares(0.0, {f"c{k}": float(k) for k in range(1, 10)}), 1.0)
    assert list(strongest([many])) == [f"c{k}" for k in range(9, 9 - len(COLOURS), -1)]
    assert strongest([]) == {}
    figure = row_bars([many], list(strongest([many])))
    assert sum(bar.x[0] for bar in figure.data if bar.type == "bar") == pytest.approx(45.0)
