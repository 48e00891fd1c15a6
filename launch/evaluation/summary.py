"""The summary of a search as plain JSON."""

from __future__ import annotations

from typing import Any

from launch.common import provenance as facts
from launch.config.plan import Plan
from launch.evaluation import published as figures
from launch.evaluation.confirm import Finalist
from launch.evaluation.outcome import Outcome
from launch.study import pareto
from launch.study.study import Study


def summary(plan: Plan, study: Study, outcome: Outcome, seconds: dict[str, float]) -> dict[str, Any]:
    """Everything that the final screen says, and what a program needs to go on.

    Notes
    -----
    `model_uri` and `mlflow_run_id` are filled in when the record is complete.
    """
    problem = plan.problem
    fit, predict = outcome.sides["tuned"].seconds()
    published = outcome.published
    test = outcome.result.test
    ran = sum(len(r.history) for r in study.records.values())
    return {
        "study": plan.study,
        "detector": plan.label,
        "supervision": plan.supervision,
        "selection": problem.selection,
        "modality": problem.modality,
        "metric": plan.metric,
        "seed": plan.options.seed,
        "dataset": {
            "name": problem.dataset,
            "source": problem.source,
            "sha256": problem.sha256,
            "protocol": problem.protocol,
            "outer_split": problem.outer_split,
            "counts": problem.counts,
            "request": problem.request,
            "note": problem.note,
        },
        "trials": study.counts(),
        "rounds": {"run": ran, "without_stopping": sum(plan.full_rounds(r.params) for r in study.records.values())},
        "best": {**_side(outcome.best, outcome), "rounds": outcome.sides["tuned"].rounds},
        "published": None
        if published is None
        else {
            **_side(published, outcome),
            "rounds": outcome.sides["published"].rounds if "published" in outcome.sides else None,
        },
        "pareto": pareto.plain(pareto.front(study.records.values(), plan.scored_rows)) if plan.latency else None,
        "finalists": [_side(f, outcome) for f in outcome.chosen],
        "test": {side: test[side] for side in ("tuned", "published", "difference") if side in test},
        "kinds": outcome.result.kinds,
        "tasks": outcome.result.tasks,
        "balanced": outcome.result.balanced,
        "controls": outcome.result.controls,
        "train": outcome.result.train,
        "report": {name: _printed(plan, name) for name in ("auroc", "ap", "f1_report")},
        "seconds": {**{k: round(v, 3) for k, v in seconds.items()}, "fit": round(fit, 4), "predict": round(predict, 4)},
        "seal_readings": outcome.readings,
        "resources": {
            "cpus_per_trial": plan.options.cpus_per_trial,
            "gpus_per_trial": plan.options.gpus_per_trial,
            "trials": plan.trials,
            "max_rounds": plan.halving.max_rounds,
            "sampler": plan.options.sampler,
            "scheduler": plan.options.scheduler,
        },
        "how": {"command": facts.command(), "commit": facts.commit()[0], "versions": facts.versions()},
        "model_uri": None,
        "mlflow_run_id": None,
    }


def _printed(plan: Plan, name: str) -> float | None:
    """What the report prints, where this search has its protocol and sees the labels that it saw."""
    problem = plan.problem
    same = problem.protocol == "report" and problem.labels.all and problem.outer_split == 0
    return figures.figure(plan.label, problem.dataset, name) if same else None


def _side(finalist: Finalist, outcome: Outcome) -> dict[str, Any]:
    record = finalist.record
    mean, low, high = finalist.interval() if finalist.scores else (None, None, None)
    confirmed = {"mean": mean, "low": low, "high": high} if len(finalist.scores) > 1 else {"mean": mean}
    confirmed |= finalist.mean_figures()
    last = record.history[-1] if record.history else {}
    return {
        "config": record.params,
        "trial": record.number,
        "origin": record.origin,
        "validation": {
            "search_score": record.score,
            **{k: last.get(k) for k in ("auroc", "ap", "f1")},
            "confirmed": {**confirmed, "splits": outcome.confirmed},
        },
        "failure": finalist.failure or None,
    }
