"""Figures of a search for papers: what is drawn is what is on record, odd spaces included."""

import math
import warnings

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from analysis import charts, plots

KINDS = {
    "rate": FloatDistribution(1e-5, 1e-1, log=True),
    "size": IntDistribution(1, 64),
    "act": CategoricalDistribution(["relu", "tanh", None]),
    "deep": CategoricalDistribution([True, False]),
    "$odd_name": FloatDistribution(0, 1),
}


def study(rows):
    """A study of complete trials, each with parameters and a score."""
    made = optuna.create_study(direction="maximize")
    for params, value in rows:
        kinds = {k: KINDS[k] for k in params}
        made.add_trial(optuna.trial.create_trial(params=params, distributions=kinds, value=value))
    return made


@pytest.fixture
def searched():
    rng = np.random.default_rng(0)
    return study(
        [
            (
                {
                    "rate": float(10 ** rng.uniform(-5, -1)), "size": int(rng.integers(1, 65)),
                    "act": ["relu", "tanh", None][k % 3], "$odd_name": float(rng.random()),
                    **({"deep": bool(k % 2)} if k > 3 else {}),
                },
                0.1 * k,
            )
            for k in range(12)
        ]
    )  # fmt: skip


def drawn(figure, tmp_path):
    """Saved without a warning; the figure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plots.save(figure, tmp_path / "f.png").stat().st_size > 2000
    return figure


class TestSpace:
    def test_slices(self, searched, tmp_path):
        figure = drawn(plots.slices(searched, ["rate", "act", "deep", "$odd_name"], "AP"), tmp_path)
        rate, act, deep = figure.axes[:3]
        assert rate.get_xscale() == "log"
        assert [t.get_text() for t in act.get_xticklabels()] == ["relu", "tanh", "None"]
        places = deep.collections[0].get_offsets()
        assert np.isnan(np.ma.filled(places, np.nan)[:, 0]).sum() == 4  # trials without that hyperparameter
        heights = sorted(rate.collections[0].get_offsets()[:, 1].tolist())
        assert heights == pytest.approx([0.1 * k for k in range(12)])

    def test_contour(self, searched, tmp_path):
        ax = drawn(plots.contour(searched, ["rate", "size"], "AP"), tmp_path).axes[0]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate", "size")
        assert len(ax.collections) == 2  # the surface, and the trials themselves

    @pytest.mark.parametrize("pair", [["act", "deep"], ["act", "rate"]])
    def test_contour_of_choices(self, searched, pair, tmp_path):
        drawn(plots.contour(searched, pair, "AP"), tmp_path)

    def test_no_surface_through_a_line(self, tmp_path):
        on_a_line = study([({"size": k, "$odd_name": k / 10}, 0.1 * k) for k in range(1, 6)])
        ax = drawn(plots.contour(on_a_line, ["size", "$odd_name"], "AP"), tmp_path).axes[0]
        assert len(ax.collections) == 1

    def test_parallel_coordinates(self, searched, tmp_path):
        ax = drawn(plots.parallel_coordinates(searched, ["size", "act", "deep"], "AP"), tmp_path).axes[0]
        lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
        assert len(lines) == 12
        sizes = [t.params["size"] for t in searched.trials]  # in the order of their scores
        low, high = min(sizes), max(sizes)
        assert [line.get_ydata()[0] for line in lines] == pytest.approx([(s - low) / (high - low) for s in sizes])

    @pytest.mark.parametrize("draw", [plots.slices, plots.contour, plots.parallel_coordinates])
    @pytest.mark.parametrize("rows", [[], [({"size": 3, "rate": 0.01}, 0.5)]])
    def test_too_little_is_said(self, draw, rows, tmp_path):
        figure = drawn(draw(study(rows), ["size", "rate"], "AP"), tmp_path)
        said = "There is no pair" if draw is plots.contour else "Fewer than two"
        assert said in figure.axes[0].texts[0].get_text()

    def test_equal_trials(self, tmp_path):
        same = study([({"size": 3, "rate": 0.01}, 0.5)] * 3)
        for draw in (plots.slices, plots.contour, plots.parallel_coordinates):
            drawn(draw(same, ["size", "rate"], "AP"), tmp_path)


class TestCourse:
    def test_timeline(self, tmp_path):
        places = pd.DataFrame(
            [(0, "complete", "a", 7, 0.0, 2.0), (1, "pruned", "b", 7, 0.5, 1.0), (2, "failed", "a", 7, 2.0, 2.5)],
            columns=["number", "state", "node", "worker", "start", "end"],
        )
        ax = drawn(plots.draw(charts.timeline(places)), tmp_path).axes[0]
        assert [t.get_text() for t in ax.get_yticklabels()] == ["a · 7", "b · 7"]
        assert sorted((p.get_x(), p.get_width()) for p in ax.patches) == [(0.0, 2.0), (0.5, 0.5), (2.0, 0.5)]
        places["node"] = ["raycluster-kuberay-worker-group-" + end for end in ("aaaa", "bbbb", "aaaa")]
        ax = drawn(plots.draw(charts.timeline(places)), tmp_path).axes[
            0
        ]  # names that differ at their end alone are two nodes
        labels = [t.get_text() for t in ax.get_yticklabels()]
        assert [text[-8:] for text in labels] == ["aaaa · 7", "bbbb · 7"]
        assert max(map(len, labels)) <= 36
        assert "not recorded" in plots.draw(charts.timeline(places[:0])).axes[0].texts[0].get_text()

    def test_anytime(self, tmp_path):
        curve = pd.DataFrame({"seconds": [1.0, 4.0], "best": [0.2, 0.5]})
        ax = drawn(plots.draw(charts.anytime({"one": curve, "none": curve[:0]}, "AP")), tmp_path).axes[0]
        (line,) = ax.lines
        assert line.get_ydata().tolist() == [0.2, 0.5]

    def test_equal_seconds(self, tmp_path):
        rows = [(arm, share, 0.2, 0.1, 0.3) for arm in ("default", "random") for share in (0.1, 1.0)]
        curves = pd.DataFrame(rows, columns=["arm", "at", "mean", "low", "high"])
        ax = drawn(plots.equal_seconds(curves, "t", "datasets"), tmp_path).axes[0]
        assert [line.get_ydata().tolist() for line in ax.lines] == [pytest.approx([0.2, 0.2])] * 2


class TestOperating:
    def test_curves(self, tmp_path):
        names = [f"{part}_{name}" for part in ("test", "validation") for name in ("precision", "recall", "f1")]
        called = {"test_called": 5, "validation_called": 5}
        points = [{"share": share, **dict.fromkeys(names, 0.5), **called} for share in (0.01, 0.1)]
        ax = drawn(plots.draw(charts.operating_curves(points, 0.02)), tmp_path).axes[0]
        assert len(ax.lines) == 7  # six curves and the model's own share
        only_test = [{"share": 0.1, "test_precision": 0.1, "test_recall": 0.2, "test_f1": 0.3, "test_called": 9}]
        assert len(plots.draw(charts.operating_curves(only_test, 0.1)).axes[0].lines) == 4

    def test_calibration(self, tmp_path):
        bins = [
            {"rows": 100, "predicted": 0.0, "observed": 0.0, "anomalies": 0},
            {"rows": 10, "predicted": 0.5, "observed": 0.5, "anomalies": 5},
        ]
        ax = drawn(plots.draw(charts.calibration_bins({"bins": bins, "brier": 0.1})), tmp_path).axes[0]
        (bars,) = ax.containers
        segments = bars[2][0].get_segments()
        # Wilson's interval by its formula, z = 1.959964: none of 100 gives (0, z² / (100 + z²))
        z2 = 1.959964**2
        assert segments[0][:, 1] == pytest.approx([0, z2 / (100 + z2)], abs=1e-9)
        half = math.sqrt(z2 * 0.25 / 10 + z2**2 / 400) / (1 + z2 / 10)
        assert segments[1][:, 1] == pytest.approx([0.5 - half, 0.5 + half], abs=1e-6)
