"""What the test rows said: figures, distributions, curves, thresholds, calibration."""

from __future__ import annotations

import shlex
from typing import Any

import pandas as pd

from analysis import charts, interactive
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from datasets.wording import counted
from launch.display import label_free
from launch.display.finalists import finalist_rows, race_text, speed_text
from launch.display.metric_table import anomaly_type_rows, basis, measured_on, metric_rows, pixel_basis, pixel_rows
from launch.display.screen import predict
from launch.evaluation.summary import Summary, origin_text


def sections(data: StudyData) -> list[Section]:
    """Sections about the result, in the order of reading."""
    summary = data.summary
    sections = [_metrics(summary)]
    if len(summary.finalists) > 1 and summary.best.validation.confirmed.splits:
        sections.append(_finalists(summary))
    if summary.tasks:
        sections.append(_tasks(summary))
    if len(summary.kinds) > 1:
        rows = pd.DataFrame(anomaly_type_rows(summary.kinds))
        sections.append(Section("kinds", "Kinds of anomaly", table=rows))
    if summary.localisation:
        text = (
            f"{pixel_basis(summary.localisation)} Pixel AUROC is over all pixels, so that large anomalies decide it; "
            "per-region overlap counts every region alike.",
        )
        rows = pd.DataFrame(pixel_rows(summary.localisation))
        sections.append(Section("pixels", "Where the anomalies are", text, table=rows))
    if data.curves is None:
        message = "This search was run by a version that did not keep curves of its test scores; its figures are above."
        return [*sections, Section("scores", "Scores", (message,))]
    views = data.curves["views"]
    over = measured_on(summary)
    return [
        *sections,
        _scores(views, over),
        _ranking(views, summary),
        _thresholds(data, views),
        _calibration(views, over),
    ]


def metrics_table(summary: Summary) -> pd.DataFrame:
    """Metrics by arm, with intervals, as texts."""
    return pd.DataFrame(
        {f"{measured_on(summary)}, 95 % interval": row.metric.label, **row.arms, **row.beside(summary)}
        | {"training rows": row.train, "sd over seeds": row.sd_seeds}
        for row in metric_rows(summary)
    )


def _finalists(summary: Summary) -> Section:
    """Who was confirmed on how many splits."""
    texts = [text for text in (race_text(summary), speed_text(summary)) if text]
    told = [f"{text[:1].upper()}{text[1:]}." for text in texts]
    basis = (
        f"Validation {summary.metric.upper()} of the best trials and the published configuration. The highest mean of "
        "those that were confirmed on every split wins, unless a much faster one cannot be told apart from it."
    )
    rows = finalist_rows(summary)
    chosen = next((i for i, own in enumerate(summary.finalists) if own.trial == summary.best.trial), None)
    return Section("finalists", "Finalists", (basis, *told), table=pd.DataFrame(rows), winner=chosen)


def _metrics(summary: Summary) -> Section:
    best, confirmed = summary.best.validation, summary.best.validation.confirmed
    fits = f"Five fits of each side with other seeds, scored once on sealed {measured_on(summary)}."
    if summary.test.cross_validated:
        fits = (
            "Cross-validated, not a sealed test, and no verdict: with each of five seeds every row was scored by "
            "models that had not seen it, but the same rows chose the configuration and its thresholds."
        )
    if summary.test.made_up:
        fits = (
            "Nothing was measured on real anomalies, since none is labelled: five fits of each side with other seeds "
            "scored sealed rows once, beside anomalies made from them. Precision is that among made-up ones."
        )
    paragraphs = [
        f"{fits} An interval says what the mean "
        "would be if other rows and seeds were drawn. The difference is paired, on the same rows and seeds. The last "
        "columns are of the tuned side: its metrics on its own training rows, and its deviation over seeds.",
        basis(summary),
    ]
    if summary.test.made_up:
        paragraphs.append(label_free.TRUST)
    if summary.baseline and summary.test.baseline:
        own = summary.baseline
        paragraphs.append(
            f"{own.detector} is the simplest detector beside it: its configuration ({origin_text(own.origin)}), "
            f"trained with the same labels on the same rows, with {counted(own.seeds, 'seed')}; it chooses nothing."
        )
    if any(value is not None for value in summary.report.values()):
        paragraphs.append(
            f"The source report is the one that the protocol and the first figures of {summary.dataset.name} come from."
        )
    if confirmed.splits and confirmed.mean is not None and best.search_score is not None:
        gap = best.search_score - confirmed.mean
        told = (
            f"In the search the chosen configuration scored {best.search_score:.4f} (validation "
            f"{summary.metric.upper()}), on {counted(confirmed.splits, 'fresh split')} {confirmed.mean:.4f}"
        )
        lucky = (
            f", {gap:.4f} less: the best score of many is partly luck (the winner's curse), so quote the second."
            if round(gap, 4) > 0
            else ": it did not fall on rows that had no part in the search."
        )
        paragraphs.append(told + lucky)
    if summary.published and (trained := summary.published.trained_text()):
        paragraphs.append(f"The published configuration: {origin_text(summary.published.origin)}, {trained}.")
    if summary.controls:
        controls = ", ".join(
            f"{name.replace('_', ' ')} AUROC {control.auroc:.4f}" for name, control in summary.controls.items()
        )
        paragraphs.append(f"Controls without training: {controls}.")
    drawn = (
        (
            "Test metrics",
            interactive.difference_bars(
                summary.test, summary.report, None if summary.baseline is None else summary.baseline.detector
            ),
        ),
    )
    return Section("figures", "Test metrics", tuple(paragraphs), drawn, metrics_table(summary))


def _tasks(summary: Summary) -> Section:
    rows = [
        {"class": name, "AUROC": task.tuned.auroc.text(), "AP": task.tuned.ap.text()}
        for name, task in summary.tasks.items()
    ]
    message = "One detector for each normal class; the figures above are means over these."
    return Section("classes", "Every class", (message,), table=pd.DataFrame(rows))


def _scores(views: list[dict[str, Any]], over: str) -> Section:
    text = (
        "Where the two colours overlap, no threshold can tell them apart. Each class is drawn as a share of itself: "
        "anomalies are far fewer than they look. First seed; the tails are gathered in the outermost bars."
    )
    drawn = (("Score distributions", interactive.score_histogram(views)),)
    return Section("scores", f"Scores of {over}", (text,), drawn)


def _ranking(views: list[dict[str, Any]], summary: Summary) -> Section:
    counts = summary.dataset.counts["test"]
    share = counts["anomalies"] / max(1, counts["rows"])
    text = (
        "ROC: how many anomalies are found for how many false alarms among normal rows; a random detector is the "
        "diagonal. Precision-recall: of what is called anomalous, how much is. A random detector has precision "
        f"{share:.3f} there, the prevalence, which is why AP is the figure to read where anomalies are rare. The "
        "curves are of the first seed."
    )
    drawn = tuple(
        (title, interactive.ranking_curves(views, key))
        for title, key in (("ROC curves", "roc"), ("Precision-recall curves", "precision_recall"))
    )
    return Section("curves", "ROC and precision-recall", (text,), drawn)


def _thresholds(data: StudyData, views: list[dict[str, Any]]) -> Section:
    over = " (all rows, out of fold: nothing is sealed)" if data.summary.test.cross_validated else ""
    text = (
        "What calling more or fewer rows anomalous would give. Choose by the validation column: those rows were held "
        f"out from the fits that scored them. The test column{over} says what that choice then gave; choosing by it "
        "would make its figures worthless. The model was registered at the share that the explorer starts with.",
    )
    drawn = tuple(
        ("Precision, recall, F1", charts.operating_curves(one["operating_points"], one["own_share"]))
        for one in views
        if len(views) == 1
    )
    explorer = [{"name": v["name"], "own": v["own_share"], "points": v["operating_points"]} for v in views]
    if data.summary.model_uri:
        for task, view in enumerate(explorer):
            home = f" --home {shlex.quote(str(data.home))}"
            view["command"] = predict(data.summary, home, "", task) + " --threshold"
    return Section("thresholds", "Threshold explorer", text, drawn, explorer=explorer)


def _calibration(views: list[dict[str, Any]], over: str) -> Section:
    known = [v for v in views if v["calibration"]]
    if not known:
        text = "The model gives conformal p-values, not probabilities: there were no held-out labels to calibrate with."
        return Section("calibration", "Calibration", (text,))
    rows = []
    for view in known:
        one = view["calibration"]
        gain = 1 - one["brier"] / one["brier_of_prevalence"] if one["brier_of_prevalence"] else 0.0
        figures = (f"{one['brier']:.4f}", f"{100 * gain:.1f} %", f"{one['error']:.4f}")
        rows.append((view["name"] or over, *figures))
    head = ["", "Brier score", "better than always saying the prevalence", "mean distance of said and observed"]
    drawn = [("Calibration", charts.calibration_bins(view["calibration"])) for view in known if len(known) == 1]
    text = (
        "Probabilities come from held-out validation labels (isotonic), carried over to the refit by the rank of a "
        "score. A point on the dashed line is a probability that came true as often as it said."
    )
    return Section("calibration", "Calibration", (text,), tuple(drawn), pd.DataFrame(rows, columns=head))
