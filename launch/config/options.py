"""The options of a search: the command line, the record and the argument all at once."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, cast

import tyro

from launch.common.errors import UsageError
from launch.common.text import NAME, check_name
from launch.config.data_options import DataOptions
from launch.config.objective import aims
from launch.config.search_options import SearchOptions

MOST_SEED = 2**32 - 100_000
PATHS = ("data_dir", "enqueue", "detector_path", "home", "export", "summary")
READ = ("fixed", "ranges", "seconds", "timeout_seconds", "quota_bytes")
"""What `check` reads out of other options."""


@dataclass(frozen=True)
class Options(DataOptions, SearchOptions):
    """Find, record and ship the best anomaly detector for a dataset.

    Searches a detector's hyperparameters on training and validation rows, confirms the
    finalists on fresh splits, reads the sealed test rows once, re-trains the winner on
    everything and registers it. Example: tune.py devnet celeba
    """

    fixed: Annotated[dict[str, Any], tyro.conf.Suppress] = field(default_factory=dict)
    ranges: Annotated[dict[str, tuple[float, float]], tyro.conf.Suppress] = field(default_factory=dict)
    seconds: Annotated[float | None, tyro.conf.Suppress] = None
    timeout_seconds: Annotated[float | None, tyro.conf.Suppress] = None
    quota_bytes: Annotated[int | None, tyro.conf.Suppress] = None

    def record(self) -> dict[str, Any]:
        """The options as plain values."""
        from launch.common.home import shown

        plain = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        for name in ("tracking_uri", "study_storage", "storage"):
            plain[name] = None if plain[name] is None else shown(plain[name])
        return {k: v for k, v in plain.items() if k not in (*READ, "resume")}


def check(o: Options) -> Options:
    """Refuse what contradicts itself; returns the options with `fixed`, `ranges` and `seconds` read.

    Raises
    ------
    UsageError
    """
    if o.list:
        return o
    if not o.detector and o.detector_path:
        raise UsageError("say the dataset too: tune.py NAME DATASET --detector-path FILE (NAME is yours to choose)")
    if not o.detector.strip(" ,") or not o.dataset:
        raise UsageError("say a detector and a dataset, for example: tune.py devnet celeba (--list shows all)")
    for option, value, low in (
        ("trials", o.trials, 1),
        ("max-rounds", o.max_rounds, 1),
        ("confirm", o.confirm, 0),
        ("outer-split", o.outer_split, 0),
        ("seed", o.seed, 0),
        ("stop-after-failures", o.stop_after_failures, 0),
        ("concurrent", 1 if o.concurrent is None else o.concurrent, 1),
    ):
        if value < low:
            raise UsageError(f"--{option} must be at least {low}, got {value}")
    for option, value in (("seed", o.seed), ("outer-split", o.outer_split)):
        if value >= MOST_SEED:
            raise UsageError(f"--{option} must be below {MOST_SEED}, got {value}")
    if not 0 < o.cpus_per_trial < 10_000 or not 0 <= o.gpus_per_trial < 10_000:
        raise UsageError("--cpus-per-trial must be above 0 and --gpus-per-trial at least 0")
    wanted = aims(o.objective)
    if wanted and o.metric not in ("auto", wanted[0]):
        raise UsageError(f"--objective {o.objective} and --metric {o.metric} ask for different things: give one")
    if o.max_latency is not None and not 0 < o.max_latency < math.inf:
        raise UsageError(f"--max-latency must be above 0 microseconds, got {o.max_latency:g}")
    if o.name is not None:
        check_name(o.name, "--name")
    if o.resume is not None and o.name != o.resume:
        raise UsageError(f"--resume {o.resume} goes on under that name: leave out --name {o.name}")
    if o.local and (o.address or (o.concurrent or 1) > 1 or o.gpus_per_trial):
        raise UsageError(
            "--local runs one trial at a time in this process: leave out --address, --concurrent and --gpus-per-trial"
        )
    if o.detector_path is not None and not NAME.fullmatch(o.detector):
        raise UsageError(f"{o.detector!r} is to be the name of your detector: use letters, digits, dot and dash")
    if o.detector_path is not None and o.export:
        raise UsageError("--export cannot carry the code of --detector-path; use the registered model, which does")
    if o.no_retrain and o.export:
        raise UsageError("--export needs the re-trained model: leave out --no-retrain")
    if o.config is not None and not o.config.is_file():
        raise UsageError(f"--config {o.config}: no such file")
    if o.enqueue is not None and not o.enqueue.is_file():
        raise UsageError(f"--enqueue {o.enqueue}: no such file")
    if o.detector_path is not None and not o.detector_path.is_file():
        raise UsageError(f"--detector-path {o.detector_path}: no such file")
    if o.detector_path is not None and o.detector_path.suffix != ".py":
        raise UsageError(f"--detector-path {o.detector_path}: give a Python file, NAME.py")
    for option, path in (("--export", o.export), ("--summary", o.summary)):
        if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
            raise UsageError(f"{option} {path}: give a file in a folder that exists")
    return replace(
        o,
        metric=cast(Any, wanted[0]) if wanted else o.metric,
        fixed=_once("--fix", [_pair(one, "--fix", "margin=5") for one in o.fix]),
        ranges=_once("--range", [_range(one) for one in o.range]),
        seconds=None if o.time_budget is None else _seconds(o.time_budget, "--time-budget"),
        timeout_seconds=None if o.trial_timeout is None else _seconds(o.trial_timeout, "--trial-timeout"),
        quota_bytes=None if o.checkpoint_quota is None else _bytes(o.checkpoint_quota),
    )


def _once(option: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"{option} {twice} is given more than once: keep one")
    return named


def _pair(text: str, option: str, example: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise UsageError(f"{option} {text!r}: write it like {option} {example}")
    return name.strip(), _value(value.strip())


def _value(text: str) -> Any:
    special = {"true": True, "false": False, "none": None}
    if text.lower() in special:
        return special[text.lower()]
    try:
        value = json.loads(text.replace("(", "[").replace(",)", "]").replace(")", "]"))
    except json.JSONDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, value = _pair(text, "--range", "lr=1e-4:1e-2")
    low, sign, high = str(value).partition(":")
    try:
        if not sign:
            raise ValueError
        return name, (float(low), float(high))
    except ValueError:
        raise UsageError(f"--range {text!r}: write it like --range lr=1e-4:1e-2") from None


def _seconds(text: str, option: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*", text)
    if not match or float(match[1]) <= 0:
        raise UsageError(f"{option} {text!r}: write it like 90s, 15m or 2h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def _bytes(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", text, re.IGNORECASE)
    if not match or float(match[1]) <= 0:
        raise UsageError(f"--checkpoint-quota {text!r}: write it like 500MB or 20GB")
    return int(float(match[1]) * 1000 ** " KMGT".index(match[2].upper() or " "))


def data_dir(options: Options) -> Path:
    """Where dataset files are: the option, else $ANOMALY_DATA, else data/ in this repository."""
    from launch.common.environment import ROOT

    given = options.data_dir or os.environ.get("ANOMALY_DATA")
    return Path(given).expanduser().resolve() if given else ROOT / "data"
