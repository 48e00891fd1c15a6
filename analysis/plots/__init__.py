"""Plots of data, scores and searches; each function returns a `matplotlib.figure.Figure`.

Only matplotlib's object interface is used (no pyplot, no global state), so the
functions work in threads and without a display. Where there is nothing to show, the
figure says so in words.
"""

from analysis.plots.charts import draw, save
from analysis.plots.critical_difference import critical_difference
from analysis.plots.data_histograms import class_frequencies, flattened_histograms
from analysis.plots.drift import drift
from analysis.plots.equal_seconds import equal_seconds
from analysis.plots.experiments import detector_grid, label_curves
from analysis.plots.latent_edits import latent_edit_data, latent_edits
from analysis.plots.pareto import pareto_front
from analysis.plots.ranking import detector_bars, precision_recall_curves, roc_curves, score_histograms
from analysis.plots.reconstructions import reconstructions
from analysis.plots.space import contour, parallel_coordinates, slices

__all__ = [
    "class_frequencies",
    "contour",
    "critical_difference",
    "detector_bars",
    "detector_grid",
    "draw",
    "drift",
    "equal_seconds",
    "flattened_histograms",
    "label_curves",
    "latent_edit_data",
    "latent_edits",
    "parallel_coordinates",
    "pareto_front",
    "precision_recall_curves",
    "reconstructions",
    "roc_curves",
    "save",
    "score_histograms",
    "slices",
]
