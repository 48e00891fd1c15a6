"""Charts as data: what is on a picture, for `analysis.plots` (papers) and `analysis.interactive` (pages) to draw."""

from analysis.charts.chart import TALL
from analysis.charts.search import anytime, importances, learning_curves, optimisation_history, timeline
from analysis.charts.thresholds import calibration_bins, operating_curves

__all__ = [
    "TALL",
    "anytime",
    "calibration_bins",
    "importances",
    "learning_curves",
    "operating_curves",
    "optimisation_history",
    "timeline",
]
