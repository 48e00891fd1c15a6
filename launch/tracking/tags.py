"""Tags of every run: what was run, on what, by which code."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from datasets.catalog import files
from datasets.problems.problem import Problem
from launch.common.flags import with_flags
from launch.common.provenance import command, commit, versions
from launch.config.plan import Plan

_file_sha256 = cache(files.sha256)


def base_tags(plan: Plan) -> dict[str, str]:
    """Tags that every run of a search carries."""
    problem, options = plan.problem, plan.options
    head, changed = commit()
    device = f"{options.gpus_per_trial:g} GPU" if options.gpus_per_trial else "cpu"
    own = {"detector_sha256": _file_sha256(Path(plan.detector))} if plan.detector.endswith(".py") else {}
    return {
        **own,
        "study": plan.study,
        "detector": plan.label,
        "dataset": problem.dataset,
        "dataset_sha256": problem.sha256,
        "protocol": problem.protocol,
        "protocol_note": with_flags(problem.note),
        "outer_split": str(problem.outer_split),
        "test_rows": str(problem.counts["test"]["rows"]),
        "test_anomalies": str(problem.counts["test"]["anomalies"]),
        "request": json.dumps(problem.request),
        **_labels(problem),
        "seed": str(options.seed),
        "metric": plan.metric,
        "max_rounds": str(options.max_rounds),
        "splits_per_trial": str(plan.splits),
        **_epochs(plan),
        **_portfolio(plan),
        "threads": str(max(1, int(options.cpus_per_trial))),
        "git_commit": head,
        "git_changed_files": str(changed).lower(),
        "versions": json.dumps(versions()),
        "device": device,
        "supervision": plan.supervision,
        "selection": plan.problem.selection,
        "modality": plan.problem.modality,
        "command": command(),
    }


def _epochs(plan: Plan) -> dict[str, str]:
    """Rounds and epochs of the source of the published configuration to compare with, where the source says any."""
    epochs = plan.published_epochs.get(plan.reference)
    return {} if epochs is None else {"published_rounds": str(plan.reference_rounds), "published_epochs": str(epochs)}


def _portfolio(plan: Plan) -> dict[str, str]:
    """Whether the table helped to build the portfolio that is tried; nothing where there is none."""
    tried = plan.portfolio
    return {"portfolio_knows_table": str(tried.knows_table).lower()} if tried.configurations else {}


def _labels(problem: Problem) -> dict[str, str]:
    """What training sees of the labels, where it is not all."""
    tags = {} if problem.labels.all else {"labelled_anomalies": str(problem.labels.anomalies)}
    if problem.labels.contamination is not None:
        tags["contamination"] = str(problem.labels.contamination)
    train = problem.counts["train"]
    labelled = train.get("labelled", train["anomalies"])
    tags["training_anomalies"] = f"{labelled} labelled, {train['anomalies'] - labelled} hidden"
    return tags | ({"unseen_kinds": ", ".join(problem.unseen)} if problem.unseen else {})
