"""The pictures of a finished search, as PNG files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from analysis import charts, plots
from analysis.reports import image_figures, study_data
from launch.config.plan import Plan
from launch.evaluation.arm_metrics import ArmMetrics
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import Summary
from launch.study import pareto
from launch.study.importance import importance
from launch.study.study import Study
from launch.study.trial import latency
from trainables.core import metrics


def draw(plan: Plan, study: Study, outcome: Outcome, folder: Path) -> list[Path]:
    """Draw everything into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    parts = {name: plan.problem.counts[name] for name in ("train", "valid", "test")}
    counts = {name: (n["rows"] - n["anomalies"] - n.get("unlabelled", 0), n["anomalies"]) for name, n in parts.items()}
    scored = _scored(outcome)
    trials, rounds = study_data.trials_of(study.study), study_data.rounds_of(study.study)
    name = plan.metric.upper()
    labels, scores = next(iter(scored.values()))
    figures: dict[str, Any] = {
        "class_frequencies": plots.class_frequencies(counts),
        "score_histograms": plots.score_histograms(labels, scores, image_figures.title_of(plan)),
        "roc": plots.roc_curves(scored),
        "precision_recall": plots.precision_recall_curves(scored),
        "learning_curves": charts.learning_curves(trials, rounds, name),
        "optimisation_history": charts.optimisation_history(trials, name),
        "hyperparameter_importance": charts.importances(importance(study.study)),
    }
    if study.timed_rows is not None:
        figures["pareto"] = plots.pareto_front(timed_rows(study, study.timed_rows), name)
    if outcome.result.tasks:
        figures["classes"] = plots.detector_bars(
            {task: _bars(comparison.tuned, plan.supervision) for task, comparison in outcome.result.tasks.items()}
        )
    return [plots.save(figure, folder / f"{stem}.png") for stem, figure in figures.items()]


def draw_images(plan: Plan, outcome: Outcome, folder: Path) -> list[Path]:
    """Draw what a detector of images restores, into a folder that is there."""
    if plan.problem.modality != "image":
        return []
    return [plots.save(f, folder / f"{stem}.png") for stem, f in image_figures.figures(plan, outcome).items()]


def draw_or_say(plan: Plan, study: Study, outcome: Outcome, folder: Path, notify: Callable[[str], None]) -> list[Path]:
    """As `draw`, and for images `draw_images`; what cannot be drawn must not cost the rest, nor the record."""
    drawn: list[Path] = []
    for what, function in (
        ("The pictures", lambda: draw(plan, study, outcome, folder)),
        ("What is restored of images", lambda: draw_images(plan, outcome, folder)),
    ):
        try:
            drawn += function()
        except Exception as error:
            notify(f"{what} could not be drawn: {type(error).__name__}: {error}")
    return drawn


def timed_rows(study: Study, rows: int) -> list[dict[str, Any]]:
    """Complete trials with their two aims."""
    best = {r.number for r, _ in pareto.front(study.records.values(), rows)}
    return [
        {
            "number": record.number, "value": record.score, "latency": latency(record, rows),
            "front": record.number in best, "published": record.published,
        }
        for record in study.records.values()
        if record.state == "complete" and record.score is not None
    ]  # fmt: skip


def bars(summaries: Sequence[tuple[str, Summary]], path: Path) -> Path:
    """AUROC and AP of several detectors, from their summaries."""
    bars = {name: _bars(summary.test.tuned, summary.supervision) for name, summary in summaries}
    return plots.save(plots.detector_bars(bars), path)


def _bars(metrics: ArmMetrics, supervision: str) -> dict[str, Any]:
    """AUROC and AP as the bars take them."""
    ranking = {name: (v.mean, v.low, v.high) for name, v in (("auroc", metrics.auroc), ("ap", metrics.ap))}
    return ranking | {"supervision": supervision}


def _scored(outcome: Outcome) -> dict[str, Any]:
    """Test labels and scores of the first seed: tuned and published, or of a group each class of the tuned one."""
    part, arms = outcome.result.part, outcome.arms
    scored = metrics.by_task(part.y, arms["tuned"].scores("test")[0])
    if len(part.tasks) > 1:
        return dict(zip(part.tasks, scored, strict=True))
    by_arm = {"tuned": scored[0]}
    if "published" in arms and outcome.published is not outcome.best:
        by_arm["published"] = (part.y, arms["published"].scores("test")[0])
    return by_arm
