"""Everything that is on record of one search, as data frames."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from datasets.problems import seal
from launch.common.errors import UsageError
from launch.evaluation import summary as summaries
from launch.evaluation.mistakes import record
from launch.evaluation.mistakes.record import Mistakes
from launch.evaluation.summary import Summary
from launch.study.importance import importance
from launch.study.storage import FrozenTrial, OptunaStudy, journal, load_study
from launch.study.study import PASSED_OVER
from launch.study.trial import is_published

STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
TRIAL_COLUMNS = [
    "number", "state", "origin", "published", "score", "rounds", "seconds", "ended", "failure", "message",
    "peak_memory_mb", "config",
]  # fmt: skip


@dataclass(frozen=True)
class StudyData:
    """A finished search.

    Attributes
    ----------
    summary : Summary
        What the final screen says.
    curves : dict or None
        Counts over thresholds of the test rows, see `launch.evaluation.curves`; None for searches of older versions.
    """

    home: Path
    name: str
    summary: Summary
    curves: dict[str, Any] | None
    study: OptunaStudy

    @cached_property
    def mistakes(self) -> Mistakes | None:
        """What the winner gets wrong on held-out rows; None where that was not looked for."""
        return record.read(self.home / "studies" / f"{self.name}.mistakes.json")

    @cached_property
    def trials(self) -> pd.DataFrame:
        """See `trials_of`."""
        return trials_of(self.study)

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """See `rounds_of`."""
        return rounds_of(self.study)

    @cached_property
    def places(self) -> pd.DataFrame:
        """Which worker of which node did what when: number, state, node, worker, start, end (seconds)."""
        rows = [
            (trial.number, STATES[trial.state.name], place["node"], place["worker"], place["start"], place["end"])
            for trial in _ended(self.study)
            for place in trial.user_attrs.get("places", ())
        ]
        frame = pd.DataFrame(rows, columns=["number", "state", "node", "worker", "start", "end"])
        return frame.assign(start=frame["start"] - frame["start"].min(), end=frame["end"] - frame["start"].min())

    @cached_property
    def anytime(self) -> pd.DataFrame:
        """Best score of a complete trial over the CPU seconds that all trials before it took: seconds, best.

        A row where it rose, and one for the end of the search.
        """
        resources = self.summary.resources
        per_trial = resources.cpus_per_trial if resources else 1.0
        ordered = self.trials.sort_values(["ended", "number"])
        best = ordered["score"].where(ordered["state"] == "complete").cummax()
        curve = pd.DataFrame({"seconds": ordered["seconds"].cumsum() * per_trial, "best": best})
        return risen(curve)

    @cached_property
    def importance(self) -> dict[str, float]:
        """Importance of each hyperparameter for the score (PED-ANOVA); empty where too few trials were complete."""
        return importance(self.study)

    @property
    def readings(self) -> int:
        """How often these test labels were read in this home, by its `seal.jsonl`."""
        data = self.summary.dataset
        return seal.count_test_reads(self.home / "seal.jsonl", data.name, data.protocol, data.outer_split, data.sha256)


def risen(curve: pd.DataFrame) -> pd.DataFrame:
    """Of a curve that never falls the rows where `best` rose, and its last one."""
    known = curve.dropna(subset="best")
    last = known.index == (known.index[-1] if len(known) else -1)
    return known[~known["best"].duplicated() | last].reset_index(drop=True)


def _ended(study: OptunaStudy) -> list[FrozenTrial]:
    trials = study.get_trials(deepcopy=False)
    return [t for t in trials if t.state.name in STATES and t.user_attrs.get("failure") not in PASSED_OVER]


def trials_of(study: OptunaStudy) -> pd.DataFrame:
    """One row for each ended trial, with its score, rounds, seconds, failure and configuration."""
    rows = []
    for trial in _ended(study):
        attrs = trial.user_attrs
        history, origin = attrs.get("history", []), attrs.get("origin", "sampled")
        seconds = sum(row["fit_seconds"] + row["predict_seconds"] for row in history)
        rows.append(
            (
                trial.number, STATES[trial.state.name], origin, is_published(origin),
                attrs.get("score"), len(history), seconds, trial.datetime_complete, attrs.get("failure", ""),
                attrs.get("failure_message", ""), attrs.get("peak_memory_mb"), attrs.get("config", {}),
            )
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=TRIAL_COLUMNS)
    return frame.astype({"score": float, "published": bool})


def rounds_of(study: OptunaStudy) -> pd.DataFrame:
    """Validation score of every round of every trial: number, round, score."""
    rows = [(t.number, row["round"], row["score"]) for t in _ended(study) for row in t.user_attrs.get("history", ())]
    return pd.DataFrame(rows, columns=["number", "round", "score"])


def names(home: Path) -> list[str]:
    """Searches of a home that came to an end, oldest first."""
    paths = (home / "studies").glob("*.summary.json")
    return [p.name.removesuffix(".summary.json") for p in sorted(paths, key=lambda p: (p.stat().st_mtime, p.name))]


def load(home: Path, name: str, study: OptunaStudy | None = None, storage: str | None = None) -> StudyData:
    """Read a search; its study may be open already, or in a storage other than the journal of the home.

    Raises
    ------
    UsageError
        If there is no such finished search, with the names that there are.
    """
    home = Path(home).expanduser().resolve()
    path = home / "studies" / f"{name}.summary.json"
    if not path.is_file():
        raise UsageError(_missing(home, name))
    try:
        plain = json.loads(path.read_text())
        curves_path = home / "studies" / f"{name}.curves.json"
        curves = json.loads(curves_path.read_text()) if curves_path.is_file() else None
    except ValueError as error:
        damaged = f"the record of {name} in {home} is damaged ({error}); search again to make it anew"
        raise UsageError(damaged) from error
    try:
        summary = summaries.of_plain(plain)
    except ValueError as error:
        foreign = f"the record of {name} is not one that this version can report ({error}); it is {path}"
        raise UsageError(foreign) from error
    if study is None:
        where = storage or journal(home, name)
        if storage is None and not Path(where).is_file():
            raise UsageError(f"{name} has no journal in {home}; if its study is in a database, pass --study-storage")
        study = load_study(name, where)
    return StudyData(home, name, summary, curves, study)


def _missing(home: Path, name: str) -> str:
    known = names(home)
    if (home / "studies" / f"{name}.journal").is_file():
        return f"{name} has not come to an end; go on with it: launch/tune.py --resume {name} --home {home}"
    if not known:
        return f"there is no finished search in {home}; search first (launch/tune.py), or pass --home"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known[-5:])}"
    return f"there is no finished search {name!r} in {home}; {hint}"
