"""The winner as a model that is served: one, or one for each class of a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.problems.problem import Problem
from launch.common.flags import with_flags
from launch.common.plain import to_plain
from launch.config.plan import Plan
from launch.evaluation import calibration
from launch.evaluation.outcome import Outcome
from launch.evaluation.verdict import sentences
from launch.models import model_folder, trusted_code
from launch.models.model_card import card, within
from launch.tracking.data_parts import TESTED
from launch.tracking.tracker import Tracker
from trainables.core.serving import OUTPUTS, read_meta
from trainables.core.task_group import member_states

LONGEST_DESCRIPTION = 4500
"""MLflow refuses a description of 5,000 characters and more."""


def register_winner(plan: Plan, outcome: Outcome, tracker: Tracker, tags: Mapping[str, str]) -> None:
    """Write the model that is shipped and ask the writer to register it.

    Each of several tasks becomes a model and a run of its own, named by the task.
    """
    problem, fit = plan.problem, outcome.result.shipped
    assert fit is not None
    assert fit.state is not None
    size = plan.options.ensemble_seeds
    prepared = problem.whole(fit.job.seed) if size else problem.everything(fit.job.seed)
    states, preprocessor = member_states(fit.state), prepared.preprocessor
    by_task = calibration.by_task(outcome.best.folds.values())
    for k, task in enumerate(problem.tasks):
        result, suffix = outcome.result, f"-{task}" if task else ""
        test = result.ensemble_by_task[k] if size else result.by_task[k].tuned
        dataset, key = f"{problem.dataset}{suffix}", f"final{suffix}"
        if task:  # a single one is of the search's own run
            run_tags, params = {**tags, "kind": "final-task", "task": task}, outcome.best.record.params
            name = f"final {plan.label} {task}"
            tracker.log("run", key=key, name=name, params=params, tags=run_tags, inputs=TESTED)
            tracker.log("metrics", key=key, rows=[test.flat("test_tuned")])
        outcome.model_folder = model_folder.write(
            plan.home.study(plan.study, "model") / task,
            replace(fit, state=states[task], training_quantiles=calibration.quantiles_of(fit.training_quantiles, k)),
            problem,
            quantile=outcome.arms["tuned"].quantiles[k],
            folds=by_task[k],
            facts={
                "supervision": plan.supervision,
                "study": plan.study,
                "trial_number": outcome.best.record.number,
                "test": to_plain(test),
                "ensemble_seeds": size,
                "published": _published(plan, outcome, k),
                **({} if size else _in_words(plan, outcome, k)),
                "localisation": None if result.localisation is None else to_plain(result.localisation),
                "note": with_flags(problem.note),
                "dataset": dataset,
            },
            ledger=trusted_code.ledger_of(plan.home.root),
            preprocessor=preprocessor,
            task=k,
        )
        name = model_folder.registered_name(plan.label, dataset)
        register(tracker, key, outcome.model_folder, name, problem, None if task else plan.options.export)
        if task:
            tracker.log("end", key=key, status="FINISHED")


def _in_words(plan: Plan, outcome: Outcome, task: int) -> dict[str, str]:
    """What a card says of a task's figures: how many alarms they mean, and what chance and the baseline have."""
    test, baseline = outcome.result.by_task[task], outcome.result.baseline
    name = None if baseline is None else baseline.detector
    return {
        "day": sentences.day(test, plan.problem.modality == "image"),
        "beside": sentences.beside_simplest(test, plan.label, plan.supervision, plan.metric, name),
    }


def _published(plan: Plan, outcome: Outcome, task: int) -> dict[str, Any] | None:
    """What a model says of the published configuration that it stands beside."""
    metrics, arm = outcome.result.by_task[task].published, outcome.arms.get("published")
    if metrics is None or arm is None:
        return None
    origin = arm.finalist.record.origin
    figures = {"auroc": to_plain(metrics.auroc), "ap": to_plain(metrics.ap)}
    return {"name": origin, "rounds": arm.rounds, "epochs": plan.published_epochs.get(origin), **figures}


def register(tracker: Tracker, key: str, folder: Path, name: str, problem: Problem, export: Path | None = None) -> None:
    """Ask the writer to log a model folder under a run and to make it the champion; with `export` as joblib, too."""
    meta = read_meta(folder)
    rows = "every row" if problem.modality == "tabular" else "every normal image"
    before, size = "Before that, on", meta.get("ensemble_seeds")
    if size:
        rows, before = f"development, with {size} seeds as one model,", "On"
    summary = f"Trained on {rows} of {meta['dataset']} ({meta['supervision']})."
    if test := meta.get("test"):
        auroc, ap = test["auroc"]["mean"], test["ap"]["mean"]
        of = "all rows, cross-validated" if problem.cross_validated else "sealed test rows"
        of = "made-up anomalies, since none is labelled" if problem.alarm_rate is not None else of
        summary += f" {before} {of}: AUROC {auroc:.4f}, AP {ap:.4f}. {with_flags(problem.note)}"
    built, needs = model_folder.built_from(meta), meta.get("needs", ())
    summary = f"{summary} {model_folder.by_hand(needs)}".strip()
    tracker.log(
        "model",
        key=key,
        path=str(folder),
        name=name,
        features=list(problem.feature_names),
        kinds=model_folder.signature_kinds(problem.schema),
        image=list(problem.row_shape) if problem.modality == "image" else None,
        outputs=OUTPUTS,
        example=model_folder.example(problem),
        requirements=model_folder.requirements(needs),
        description=within(f"{summary}\n\n{card(meta)}", LONGEST_DESCRIPTION),
        metadata=built,
        tags=built,
    )
    if export is not None:
        model_folder.export(folder, export)
