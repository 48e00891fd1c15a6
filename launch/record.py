"""What lets anybody reproduce a run: code, data, packages, device."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch.environment import ROOT
from launch.secrets import shown

if TYPE_CHECKING:
    from launch.plan import Plan

PACKAGES = ("ray", "optuna", "mlflow", "torch", "scikit-learn", "numpy", "pandas", "pyod")


@cache
def versions() -> dict[str, str]:
    """Installed versions of what results depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@cache
def commit() -> tuple[str, bool]:
    """The git commit of this checkout, and whether files differ from it."""
    try:
        head = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        if head.returncode:
            return _travelled()
        status = ["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(status, capture_output=True, text=True, timeout=10)
        return head.stdout.strip(), bool(changed.stdout.strip())
    except (OSError, subprocess.TimeoutExpired):
        return _travelled()


def _travelled() -> tuple[str, bool]:
    """What `launch/submit.py` wrote beside a copy of the code that has no git."""
    try:
        head, changed = (ROOT / "COMMIT").read_text().split()
    except (OSError, ValueError):
        return "unknown", False
    return head, changed == "True"


def command() -> str:
    """The command line, secrets in URIs left out."""
    return shlex.join(["python", *map(shown, sys.argv)])


@cache
def _file_sha256(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def base_tags(plan: Plan) -> dict[str, str]:
    """Tags that every run of a search carries."""
    problem, options = plan.problem, plan.options
    head, changed = commit()
    device = f"{options.gpus_per_trial:g} GPU" if options.gpus_per_trial else "cpu"
    own = {"detector_sha256": _file_sha256(plan.detector)} if plan.detector.endswith(".py") else {}
    return {
        **own,
        "study": plan.study,
        "detector": plan.label,
        "dataset": problem.dataset,
        "dataset_sha256": problem.sha256,
        "protocol": problem.protocol,
        "protocol_note": problem.note,
        "outer_split": str(problem.outer_split),
        "test_rows": str(problem.counts["test"]["rows"]),
        "request": json.dumps(problem.request),
        **_labels(problem),
        "seed": str(options.seed),
        "metric": plan.metric,
        "max_rounds": str(options.max_rounds),
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


def _labels(problem: Any) -> dict[str, str]:
    """What training sees of the labels, where it is not all."""
    found = {} if problem.labels.all else {"labelled_anomalies": str(problem.labels.anomalies)}
    if problem.labels.contamination is not None:
        found["contamination"] = str(problem.labels.contamination)
    train = problem.counts["train"]
    hidden = train["anomalies"] - train.get("labelled", train["anomalies"])
    found["training_anomalies"] = f"{train.get('labelled', train['anomalies'])} labelled, {hidden} hidden"
    return found | ({"unseen_kinds": ", ".join(problem.unseen)} if problem.unseen else {})
