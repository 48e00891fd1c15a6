"""Interactive figures; each function returns a `plotly.graph_objects.Figure`.

They have transparent grounds and one neutral grey for text and lines, so that they can be
read on a light and on a dark page; `analysis.plots` has pictures for papers.
"""

from analysis.interactive.charts import (
    anytime,
    calibration_bins,
    importances,
    learning_curves,
    operating_curves,
    optimisation_history,
    timeline,
)
from analysis.interactive.scores import difference_bars, ranking_curves, score_histogram
from analysis.interactive.space import contour, parallel_coordinates, slices

__all__ = [
    "anytime",
    "calibration_bins",
    "contour",
    "difference_bars",
    "importances",
    "learning_curves",
    "operating_curves",
    "optimisation_history",
    "parallel_coordinates",
    "ranking_curves",
    "score_histogram",
    "slices",
    "timeline",
]
