"""The figures of a report as PNG files, for papers and slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis import charts, plots
from analysis.reports.search_sections import MOST, hyperparameters
from analysis.reports.study_data import StudyData


def figures(data: StudyData) -> dict[str, Any]:
    """Charts and figures by name, of what is on record of a search.

    Of a group there are those of each class: `operating_curves_3` and so on. What needs the test rows
    themselves (ROC, histograms) was drawn when the search ended.
    """
    metric, params = data.summary.metric.upper(), hyperparameters(data)
    made: dict[str, Any] = {
        "learning_curves": charts.learning_curves(data.trials, data.rounds, metric),
        "optimisation_history": charts.optimisation_history(data.trials, metric),
        "hyperparameter_importance": charts.importances(data.importance),
        "parallel_coordinates": plots.parallel_coordinates(data.study, params[:MOST], metric),
        "slices": plots.slices(data.study, params[:4], metric),
        "contour": plots.contour(data.study, params, metric),
        "timeline": charts.timeline(data.places),
        "anytime": charts.anytime({data.summary.detector: data.anytime}, metric),
    }
    for view in (data.curves or {"views": []})["views"]:
        suffix = f"_{view['name']}".replace("/", "-") if view["name"] else ""
        made[f"operating_curves{suffix}"] = charts.operating_curves(view["operating_points"], view["own_share"])
        if view["calibration"]:
            made[f"calibration{suffix}"] = charts.calibration_bins(view["calibration"])
    return made


def write(data: StudyData, folder: Path) -> list[Path]:
    """Write the figures into a folder, beside what is there."""
    return [plots.save(figure, folder / f"{name}.png") for name, figure in figures(data).items()]
