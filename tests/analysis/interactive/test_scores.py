"""Histograms of scores: one tall bar does not hide the rest."""

import math

from analysis import interactive


def view(normal, anomaly):
    return {"name": "", "histogram": {"edges": [0, 1, 2, 3], "normal": normal, "anomaly": anomaly, "threshold": 2.0}}


def test_where_one_bar_would_hide_the_rest_the_axis_is_logarithmic():
    axis = interactive.score_histogram([view([980, 15, 5], [1, 2, 7])]).layout.yaxis
    assert axis.type == "log"
    assert axis.range[0] < math.log10(0.005) < axis.range[1]
    assert "log" in axis.title.text


def test_even_histograms_stay_linear():
    flat = {"edges": list(range(11)), "normal": [10] * 10, "anomaly": [5] * 10, "threshold": 2.0}
    assert interactive.score_histogram([{"name": "", "histogram": flat}]).layout.yaxis.type is None
