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


def test_of_ten_thousand_trials_the_best_and_a_sample_are_drawn():
    """Counts are of all; the best so far rises where it does among all, here at every hundredth trial."""
    count = 10_000
    scores = [n / count if n % 100 == 0 else 0.0 for n in range(count)]
    trials = pd.DataFrame(
        {"number": range(count), "state": "complete", "score": scores, "published": False, "rounds": 1}
    )
    history = charts.optimisation_history(trials, "AP")
    assert "100 best of 10,000 trials" in history.title
    best, drawn = history.series
    (numbers, values) = best.parts[0]
    assert (len(numbers), values[-1]) == (101, 0.99)
    assert drawn.name == "complete (10000)"
    assert {n for n, score in enumerate(scores) if score} <= set(drawn.parts[0][0])
    assert 900 < len(drawn.parts[0][0]) <= 1000
    rounds = pd.DataFrame({"number": range(count), "round": 1, "score": scores})
    assert sum(len(series.parts) for series in charts.learning_curves(trials, rounds, "AP").series) <= 1001


def test_bars_that_no_screen_shows_apart_are_one():
    """Ten thousand trials of a second, one after the other, and a pause of a minute after the first thousand."""
    starts = [n + 60 * (n >= 1000) for n in range(10_000)]
    places = pd.DataFrame(
        {
            "number": range(10_000), "state": "complete", "node": "a", "worker": 1, "start": starts,
            "end": [start + 1.0 for start in starts],
        }
    )  # fmt: skip
    (series,) = charts.timeline(places).series
    assert series.name == "complete (10000)"
    assert (series.base, list(series.ids), series.parts[0][0]) == ([0, 1060], [0, 1000], [1000.0, 9000.0])
