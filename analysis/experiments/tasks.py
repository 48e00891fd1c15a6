"""One fit of an experiment, and the line that is kept of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.experiment_names import Candidate
from datasets.request import Request, is_path
from datasets.tables.frames import content_sha256
from launch.common.provenance import commit
from trainables.core import custom_detectors

KEPT = ("dataset", "protocol", "outer_split", "labelled_anomalies", "contamination")
"""What a line has of a request under names of its own."""
METRICS = ("auroc", "ap", "f1_report")


@dataclass(frozen=True, eq=False)
class Task:
    """A detector at a fixed configuration on one split, with one seed.

    Attributes
    ----------
    request : Request
        The data, their split and what of their labels is seen.
    seed : int
        Of training, and of which anomalies are labelled.
    trials : int or None
        Search so many configurations instead of taking the published one.
    sha256 : str or None
        Checksum of a table of one's own, and of a detector's file.
    stages : tuple of int
        Numbers of rounds after which the test rows are scored besides the end; 0 is untrained.
    """

    candidate: Candidate
    request: Request
    seed: int
    rounds: int
    trials: int | None = None
    sha256: str | None = None
    stages: tuple[int, ...] = ()

    @cached_property
    def key(self) -> str:
        """The same for the same work, in any process."""
        what = [self.candidate.name, self.candidate.config, self.rounds, self.seed, self.trials, self.sha256]
        what += [self.stages] if self.stages else []
        text = json.dumps([*what, self.request.plain()], sort_keys=True, default=list)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """For a progress line."""
        return f"{self.candidate.label} on {self.request.name}"

    def row(self) -> dict[str, Any]:
        """What is known before the fit; metrics and seconds are None."""
        return {
            "key": self.key,
            "detector": self.candidate.label,
            "supervision": self.candidate.supervision,
            "dataset": self.request.name,
            "asked": self.request.dataset,
            "protocol": self.request.protocol,
            "labelled_anomalies": self.request.labelled_anomalies,
            "contamination": self.request.contamination,
            **({"data": said} if (said := {k: v for k, v in self.request.plain().items() if k not in KEPT}) else {}),
            "published": None if self.trials else self.candidate.published,
            "config": self.candidate.config,
            "seed": self.seed,
            "outer_split": self.request.outer_split,
            "rounds": self.rounds,
            **({} if self.candidate.epochs is None else {"published_epochs": self.candidate.epochs}),
            "trials": self.trials,
            "git_commit": commit()[0],
            **dict.fromkeys([*METRICS, "fit_seconds", "predict_seconds"]),
            "failure": None,
        }


def checksums(datasets: Sequence[str], detectors: Sequence[str]) -> dict[str, str]:
    """Checksums of the files among datasets and detectors, for an edited file is another task."""
    own = [name for name in datasets if is_path(name)] + [name for name in detectors if custom_detectors.is_file(name)]
    return {name: content_sha256(Path(name)) for name in own}


def joined(sums: Mapping[str, str], *names: str) -> str | None:
    """The checksums of those of the names that are files."""
    return "-".join(sums[name] for name in names if name in sums) or None
