"""A chart on a page says what the same chart on paper says."""

import pandas as pd
import pytest

from analysis import charts, interactive, plots

TRIALS = pd.DataFrame(
    [(0, "complete", True, 0.3), (1, "pruned", False, 0.1), (2, "complete", False, 0.5), (3, "failed", False, None)],
    columns=["number", "state", "published", "score"],
).astype({"score": float})
ROUNDS = pd.DataFrame(
    [(0, 1, 0.2), (0, 2, 0.3), (1, 1, 0.1), (2, 1, 0.2), (2, 2, 0.5)], columns=["number", "round", "score"]
)


def test_learning_curves():
    curves = {trace.name: trace for trace in interactive.draw(charts.learning_curves(TRIALS, ROUNDS, "AP")).data}
    assert list(curves["best: trial 2"].y) == [0.2, 0.5]
    assert list(curves["published: trial 0"].y) == [0.2, 0.3]
    assert list(curves["pruned (1)"].x) == [1]


def test_history_is_that_on_paper():
    page = {trace.name: trace for trace in interactive.draw(charts.optimisation_history(TRIALS, "AP")).data}
    ax = plots.draw(charts.optimisation_history(TRIALS, "AP")).axes[0]
    assert list(page["best so far"].y) == list(ax.lines[0].get_ydata()) == [0.3, 0.5, 0.5]
    for dots in ax.collections:
        assert list(page[dots.get_label()].x) == dots.get_offsets()[:, 0].tolist()
    assert list(page["failed (1), on the axis"].y) == [0.1]  # it has no score: at the lowest one


def test_bars_from_top_to_bottom():
    figure = interactive.draw(charts.importances({"margin": 0.1, "lr": 0.7}))
    assert list(figure.data[0].y) == ["lr", "margin"]
    assert list(figure.layout.yaxis.categoryarray) == ["margin", "lr"]


@pytest.mark.parametrize(
    "figure",
    [interactive.draw(charts.learning_curves(TRIALS[:0], ROUNDS[:0], "AP")), interactive.draw(charts.importances({}))],
)
def test_nothing_to_show_is_said(figure):
    assert figure.layout.annotations[0].text.startswith("No")
