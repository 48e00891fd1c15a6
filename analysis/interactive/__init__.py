"""Interactive figures; each function returns a `plotly.graph_objects.Figure`.

They have transparent grounds and one neutral grey for text and lines, so that they can be
read on a light and on a dark page; `analysis.plots` has pictures for papers.
"""

from analysis.interactive.charts import draw
from analysis.interactive.effects import effect
from analysis.interactive.scores import difference_bars, ranking_curves, score_histogram
from analysis.interactive.shares import importance_bars, row_bars
from analysis.interactive.space import contour, parallel_coordinates, slices

__all__ = [
    "contour",
    "difference_bars",
    "draw",
    "effect",
    "importance_bars",
    "parallel_coordinates",
    "ranking_curves",
    "row_bars",
    "score_histogram",
    "slices",
]
