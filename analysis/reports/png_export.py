"""The figures of a report as PNG files, for papers and slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis import plots
from analysis.reports.search_sections import MOST, hyperparameters
from analysis.reports.study_data import StudyData


def figures(data: StudyData) -> dict[str, Any]:
    """Matplotlib figures by name, of what is on record of a search.

    Returns
    -------
    dict of str to Figure
        With those of each class of a group, where it is a group: `operating_curves_3` and so on. What needs
        the test rows themselves (ROC, histograms) was drawn when the search ended.
    """
    metric, params = data.summary.metric.upper(), hyperparameters(data)
    made: dict[str, Any] = {
        "learning_curves": plots.learning_curves(data.trials, data.rounds, metric),
        "optimisation_history": plots.optimisation_history(data.trials, metric),
        "hyperparameter_importance": plots.importances(data.importance),
        "parallel_coordinates": plots.parallel_coordinates(data.study, params[:MOST], metric),
        "slices": plots.slices(data.study, params[:4], metric),
        "contour": plots.contour(data.study, params[:2], metric),
        "timeline": plots.timeline(data.places),
        "anytime": plots.anytime({data.summary.detector: data.anytime}, metric),
    }
    for view in (data.curves or {"views": []})["views"]:
        suffix = f"_{view['name']}".replace("/", "-") if view["name"] else ""
        made[f"operating_curves{suffix}"] = plots.operating_curves(view["operating_points"], view["own_share"])
        if view["calibration"]:
            made[f"calibration{suffix}"] = plots.calibration_bins(view["calibration"])
    return made


def write(data: StudyData, folder: Path) -> list[Path]:
    """Write the figures into a folder, beside what is there."""
    return [plots.save(figure, folder / f"{name}.png") for name, figure in figures(data).items()]
