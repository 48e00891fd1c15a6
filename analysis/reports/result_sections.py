"""What the test rows said: figures, distributions, curves, thresholds, calibration."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import interactive
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.common.text import cell

NAMES = {
    "auroc": "AUROC",
    "ap": "AP",
    "f1_report": "F1 at the 97.8th percentile",
    "f1_threshold": "F1 at the model's own threshold",
    "precision_threshold": "precision there",
    "recall_threshold": "recall there",
}


def sections(data: StudyData) -> list[Section]:
    """Sections about the result, in the order of reading."""
    found = [_figures(data)]
    s = data.summary
    if s.get("tasks"):
        found.append(_tasks(s))
    if s.get("kinds") and len(s["kinds"]) > 1:
        found.append(_kinds(s))
    if data.curves is None:
        words = "This search was run by a version that did not keep curves of its test scores; its figures are above."
        return [*found, Section("scores", "Scores", (words,))]
    views = data.curves["views"]
    return [*found, _scores(views), _ranking(views, s), _thresholds(views), _calibration(views)]


def figures_table(s: dict[str, Any]) -> pd.DataFrame:
    """Figures by side, with intervals, as texts."""
    sides = [side for side in ("tuned", "published", "difference") if side in s["test"]]
    rows = []
    for key, name in NAMES.items():
        if key not in s["test"]["tuned"]:
            continue
        row = {"test rows, 95 % interval": name}
        row |= {side: cell(s["test"][side][key], side == "difference") for side in sides}
        printed = s["report"].get(key)
        row["report"] = "-" if printed is None else f"{printed:.4f}"
        row["training rows"] = f"{s['train']['tuned'][key]:.4f}" if key in s["train"]["tuned"] else "-"
        rows.append(row)
    frame = pd.DataFrame(rows)
    deviations = [s["test"]["tuned"][k].get("sd_seeds") for k in NAMES if k in s["test"]["tuned"]]
    frame["sd over seeds"] = ["-" if d is None else f"{d:.4f}" for d in deviations]
    return frame


def _figures(data: StudyData) -> Section:
    s = data.summary
    best, confirmed = s["best"]["validation"], s["best"]["validation"]["confirmed"]
    words = [
        "Five fits of each side with other seeds, scored once on sealed test rows. Intervals are of the rows: what the "
        "mean would be if other rows of the same kind had been drawn. The difference is paired, on the same rows. "
        "Beside them stand what the source report printed, the tuned side on its own training rows, and its deviation "
        "over seeds.",
    ]
    if confirmed["splits"] and best["search_score"] is not None:
        gap = best["search_score"] - confirmed["mean"]
        words.append(
            f"Winner's curse: in the search the winner scored {best['search_score']:.4f} (validation {s['metric']}), "
            f"on {confirmed['splits']} fresh splits {confirmed['mean']:.4f}: a gap of {gap:+.4f}. The first is the "
            "luckiest of many and is never to be quoted."
        )
    if s.get("controls"):
        said = ", ".join(f"{k} AUROC {v['auroc']:.4f}" for k, v in s["controls"].items())
        words.append(f"Beside it, what did not learn: {said}.")
    figure = interactive.difference_bars(s["test"], s["report"])
    return Section("figures", "Tuned, published, printed", tuple(words), (("Test figures", figure),), figures_table(s))


def _tasks(s: dict[str, Any]) -> Section:
    rows = [
        {"class": task, **{NAMES[k]: cell(one["tuned"][k]) for k in ("auroc", "ap")}}
        for task, one in s["tasks"].items()
    ]
    words = "One detector for each normal class; the figures above are means over these."
    return Section("classes", "Every class", (words,), table=pd.DataFrame(rows))


def _kinds(s: dict[str, Any]) -> Section:
    rows = [
        {
            "kind, against all normal rows": kind,
            "in training": "never" if one["unseen"] else "yes",
            "test anomalies": f"{one['anomalies']:,}",
            "AUROC": cell(one["auroc"]),
            "AP": cell(one["ap"]),
        }
        for kind, one in s["kinds"].items()
    ]
    return Section("kinds", "Kinds of anomaly", table=pd.DataFrame(rows))


def _scores(views: list[dict[str, Any]]) -> Section:
    words = (
        "Where the two colours overlap, no threshold can tell them apart. Each class is drawn as a share of itself: "
        "anomalies are far fewer than they look. First seed; the tails are gathered in the outermost bars."
    )
    return Section(
        "scores", "Scores of test rows", (words,), (("Score distributions", interactive.score_histogram(views)),)
    )


def _ranking(views: list[dict[str, Any]], s: dict[str, Any]) -> Section:
    counts = s["dataset"]["counts"]["test"]
    share = counts["anomalies"] / max(1, counts["rows"])
    words = (
        "ROC: how many anomalies are found for how many false alarms among normal rows; a random detector is the "
        "diagonal. Precision-recall: of what is called anomalous, how much is. A random detector has precision "
        f"{share:.3f} there, the prevalence, which is why AP is the figure to read where anomalies are rare. The "
        "curves are of the first seed."
    )
    drawn = tuple(
        (title, interactive.ranking_curves(views, key))
        for title, key in (("ROC curves", "roc"), ("Precision-recall curves", "precision_recall"))
    )
    return Section("curves", "ROC and precision-recall", (words,), drawn)


def _thresholds(views: list[dict[str, Any]]) -> Section:
    words = (
        "What calling more or fewer rows anomalous would give. Choose by the validation column: those rows were held "
        "out from the fits that scored them. The test column says what that choice then gave; choosing by it would "
        "make the test figures worthless. The model was registered at the share that the explorer starts with.",
    )
    drawn: tuple[tuple[str, Any], ...] = ()
    if len(views) == 1:
        one = views[0]
        drawn = (("Precision, recall, F1", interactive.operating_curves(one["operating_points"], one["own_share"])),)
    explorer = [{"name": v["name"], "own": v["own_share"], "points": v["operating_points"]} for v in views]
    return Section("thresholds", "Threshold explorer", words, drawn, explorer=explorer)


def _calibration(views: list[dict[str, Any]]) -> Section:
    known = [v for v in views if v["calibration"]]
    if not known:
        words = (
            "The model gives conformal p-values, not probabilities: there were no held-out labels to calibrate with."
        )
        return Section("calibration", "Calibration", (words,))
    rows, drawn = [], []
    for view in known:
        one = view["calibration"]
        gain = 1 - one["brier"] / one["brier_of_prevalence"] if one["brier_of_prevalence"] else 0.0
        rows.append(
            {
                "": view["name"] or "test rows",
                "Brier score": f"{one['brier']:.4f}",
                "better than always saying the prevalence": f"{100 * gain:.1f} %",
                "mean distance of said and observed": f"{one['error']:.4f}",
            }
        )
    if len(known) == 1:
        drawn = [("Calibration", interactive.calibration_bins(known[0]["calibration"]))]
    words = (
        "Probabilities come from held-out validation labels (isotonic), carried over to the refit by the rank of a "
        "score. A point on the dashed line is a probability that came true as often as it said."
    )
    return Section("calibration", "Calibration", (words,), tuple(drawn), pd.DataFrame(rows))
