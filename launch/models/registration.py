"""The winner as a model that is served: one, or one for each class of a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.problem import Problem
from launch.common.text import flat
from launch.config.plan import Plan
from launch.evaluation.outcome import FIGURES
from launch.models import model_folder, trusted_code
from launch.models.model_card import card, within
from launch.tracking.tracker import Tracker
from trainables.core import metrics
from trainables.core.serving import OUTPUTS, read_meta

if TYPE_CHECKING:
    from launch.evaluation.outcome import Outcome

LONGEST_DESCRIPTION = 4500
"""MLflow refuses a description of 5,000 characters and more."""


def register_winner(plan: Plan, outcome: Outcome, tracker: Tracker, tags: Mapping[str, str]) -> None:
    """Write the model of the fit on everything and ask the writer to register it.

    Of a group each class becomes a model and a run of its own, named by the class.
    """
    folder = plan.home.study(plan.study, "model")
    if not plan.problem.tasks:
        outcome.model_folder = _write(plan, outcome, folder, plan.problem.dataset, outcome.result.test["tuned"])
        name = model_folder.registered_name(plan.label, plan.problem.dataset)
        register(tracker, "final", outcome.model_folder, name, plan.problem, _claims(plan, outcome))
        if plan.options.export is not None:
            model_folder.export(outcome.model_folder, plan.options.export)
        return
    fit = outcome.result.everything
    assert fit is not None
    reference = metrics.by_task(plan.problem.full_reference().y, fit.scores["full"])
    for k, task in enumerate(plan.problem.tasks):
        dataset = f"{plan.problem.dataset}-{task}"
        figures = outcome.result.tasks[task]["tuned"]
        outcome.model_folder = _write(plan, outcome, folder / task, dataset, figures, (k, reference[k][1]))
        key = f"final-{task}"
        run_tags = {**tags, "kind": "final-task", "task": task}
        tracker.log("run", key=key, name=f"final {plan.label} {task}", params=outcome.best.record.params, tags=run_tags)
        tracker.log("metrics", key=key, rows=[flat("test_tuned", figures)])
        claims = _claims(plan, outcome, figures) | {"dataset": dataset}
        register(
            tracker, key, outcome.model_folder, model_folder.registered_name(plan.label, dataset), plan.problem, claims
        )
        tracker.log("end", key=key, status="FINISHED")


def _claims(plan: Plan, outcome: Outcome, figures: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the model says of itself."""
    test = figures or outcome.result.test["tuned"]
    return {
        "supervision": plan.supervision,
        "study": plan.study,
        "trial_number": outcome.best.record.number,
        "test": {k: test[k] for k in FIGURES},
        "note": plan.problem.note,
    }


def _write(
    plan: Plan,
    outcome: Outcome,
    folder: Path,
    dataset: str,
    figures: Mapping[str, Any],
    of_task: tuple[int, NDArray[np.float64]] | None = None,
) -> Path:
    """Write a model; of a group that of a task, by its number and the scores on its reference images."""
    side, fit = outcome.sides["tuned"], outcome.result.everything
    assert fit is not None
    quantile, folds = side.quantile, list(outcome.best.folds.values())
    task = None
    if of_task is not None:
        task, own = of_task
        assert isinstance(quantile, tuple)
        assert fit.state is not None
        fit = replace(fit, state=fit.state["members"][plan.problem.tasks[task]], scores={"full": own})
        quantile, folds = quantile[task], [metrics.by_task(y, scores)[task] for y, scores in folds]
    assert not isinstance(quantile, tuple)
    return model_folder.write(
        folder,
        fit,
        plan.problem,
        quantile=quantile,
        folds=folds,
        facts=_claims(plan, outcome, figures) | {"dataset": dataset},
        ledger=trusted_code.ledger_of(plan.home.root),
        preprocessor=plan.problem.everything(fit.job.seed).preprocessor if of_task is None else None,
        task=task,
    )


def register(tracker: Tracker, key: str, folder: Path, name: str, problem: Problem, claims: Mapping[str, Any]) -> None:
    """Ask the writer to log a model folder under a run and to make it the champion."""
    auroc, ap = (claims["test"][k]["mean"] for k in ("auroc", "ap")) if claims.get("test") else (None, None)
    what = "every row" if problem.modality == "tabular" else "every normal image"
    dataset = claims.get("dataset", problem.dataset)
    words = f"Trained on {what} of {dataset} ({claims['supervision']})."
    if auroc is not None:
        words += f" Before that, on sealed test rows: AUROC {auroc:.4f}, AP {ap:.4f}. {problem.note}"
    meta = read_meta(folder)
    built, needs = model_folder.built_from(meta), meta.get("needs", ())
    words = f"{words} {model_folder.by_hand(needs)}".strip()
    words = within(f"{words}\n\n{card(meta)}", LONGEST_DESCRIPTION)
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
        description=words,
        metadata=built,
        tags=built,
    )
