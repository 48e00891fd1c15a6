"""The options of a search: the command line, the record and the argument all at once."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

from tyro.conf import Suppress

from launch.common.errors import UsageError
from launch.common.flags import flag
from launch.common.redaction import has_secret, shown
from launch.common.text import NAME, check_name
from launch.config import values
from launch.config.data_options import DataOptions
from launch.config.objective import aims
from launch.config.search_options import SearchOptions

LEAST = dict.fromkeys(("trials", "max_rounds", "reference_epochs", "concurrent", "splits_per_trial"), 1)
LEAST |= dict.fromkeys(("confirm", "outer_split", "seed", "stop_after_failures", "stop_above"), 0)
FRESH_SPLITS = 5
"""Splits of the confirmation, unless the command says how many."""
MOST_SEED = 2**32 - 100_000
PATHS = ("data_dir", "enqueue", "detector_path", "home", "export", "summary")
READ = ("fixed", "ranges", "seconds", "timeout_seconds", "quota_bytes")
"""What `check` reads out of other options."""


@dataclass(frozen=True)
class TuneOptions(DataOptions, SearchOptions):
    """Find, record and ship the best anomaly detector for a dataset.

    Searches a detector's hyperparameters on training and validation rows, confirms the
    finalists on fresh splits, reads the sealed test rows once, re-trains the winner on
    everything and registers it.
    """

    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet celeba", "64 configurations of DevNet on CelebA"),
        ("gbdt my.csv --label-column class --trials 16", "a table of your own, a shorter search"),
        ("all my.csv --label-column class --time-budget 5m", "every detector that fits, five minutes each"),
        ("--resume NAME", "goes on with a search that was cut short"),
    )

    fixed: Annotated[dict[str, Any], Suppress] = field(default_factory=dict)
    ranges: Annotated[dict[str, tuple[float, float]], Suppress] = field(default_factory=dict)
    seconds: Annotated[float | None, Suppress] = None
    timeout_seconds: Annotated[float | None, Suppress] = None
    quota_bytes: Annotated[int | None, Suppress] = None

    @property
    def fresh_splits(self) -> int:
        """`confirm`, or what it is where it was not given."""
        return FRESH_SPLITS if self.confirm is None else self.confirm

    def record(self) -> dict[str, Any]:
        """The options as plain values."""
        plain = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        for name in ("tracking_uri", "study_storage", "storage"):
            plain[name] = None if plain[name] is None else shown(plain[name])
        return {k: v for k, v in plain.items() if k not in (*READ, "resume")}


def check(options: TuneOptions) -> TuneOptions:
    """Refuse what contradicts itself; returns the options with those of `READ` filled in."""
    if options.list:
        return options
    if options.moved_to is not None:
        if options.resume is None:
            raise UsageError(f"--moved-to {options.moved_to} is for --resume: give a new search its dataset")
        options = replace(options, dataset=options.moved_to, moved_to=None)
    _check_target(options)
    _check_numbers(options)
    _check_together(options)
    _check_files(options)
    wanted = aims(options.objective)
    if wanted and options.metric not in ("auto", wanted[0]):
        raise UsageError(
            f"--objective {options.objective} and --metric {options.metric} ask for different things: give one"
        )
    return replace(
        options,
        metric=cast(Any, wanted[0]) if wanted else options.metric,
        fixed=values.fixed(options.fix),
        ranges=values.ranges(options.range),
        seconds=values.seconds(options.time_budget, "--time-budget"),
        timeout_seconds=values.seconds(options.trial_timeout, "--trial-timeout"),
        quota_bytes=values.size(options.checkpoint_quota, "--checkpoint-quota"),
    )


def _check_target(options: TuneOptions) -> None:
    """Something to search, on something, under names that may be names."""
    if has_secret(options.dataset):
        raise UsageError(
            f"{shown(options.dataset)}: the address holds a secret, which the record would keep; download the data, or "
            "leave the secret to the environment (AWS_…, GOOGLE_APPLICATION_CREDENTIALS, .netrc)"
        )
    if not options.detector and options.detector_path:
        raise UsageError("say the dataset too: tune.py NAME DATASET --detector-path FILE (NAME is yours to choose)")
    if not options.detector.strip(" ,") or not options.dataset:
        raise UsageError("say a detector and a dataset, for example: tune.py devnet celeba (--list shows all)")
    if options.name is not None:
        check_name(options.name, "--name")
    if options.detector_path is not None and not NAME.fullmatch(options.detector):
        raise UsageError(f"{options.detector!r} is to be the name of your detector: use letters, digits, dot and dash")


def _check_numbers(options: TuneOptions) -> None:
    for name, least in LEAST.items():
        value = getattr(options, name)
        if value is not None and value < least:
            raise UsageError(f"{flag(name)} must be at least {least}, got {value}")
    for name in ("seed", "outer_split"):
        if getattr(options, name) >= MOST_SEED:
            raise UsageError(f"{flag(name)} must be below {MOST_SEED}, got {getattr(options, name)}")
    if not 0 < options.cpus_per_trial < 10_000 or not 0 <= options.gpus_per_trial < 10_000:
        raise UsageError("--cpus-per-trial must be above 0 and --gpus-per-trial at least 0")
    if options.max_latency is not None and not 0 < options.max_latency < math.inf:
        raise UsageError(f"--max-latency must be above 0 microseconds, got {options.max_latency:g}")


def _check_together(options: TuneOptions) -> None:
    """Options that exclude each other."""
    if options.resume is not None and options.name != options.resume:
        raise UsageError(f"--resume {options.resume} goes on under that name: leave out --name {options.name}")
    if options.local and (options.address or (options.concurrent or 1) > 1 or options.gpus_per_trial):
        raise UsageError(
            "--local runs one trial at a time in this process: leave out --address, --concurrent and --gpus-per-trial"
        )
    if options.export and options.detector_path is not None:
        raise UsageError("--export cannot carry the code of --detector-path; use the registered model, which does")
    if options.ensemble_seeds is not None and not 2 <= options.ensemble_seeds <= 5:
        raise UsageError(f"--ensemble-seeds must be 2 to 5, of the five refits, got {options.ensemble_seeds}")
    if options.ensemble_seeds is not None and options.no_retrain:
        raise UsageError("--ensemble-seeds registers a model: leave out --no-retrain")
    if options.ensemble_seeds is not None and options.contamination is not None:
        raise UsageError("--ensemble-seeds and --contamination: every seed gets rows of its own then; leave one out")
    if options.export and options.no_retrain:
        raise UsageError("--export needs the re-trained model: leave out --no-retrain")


def _check_files(options: TuneOptions) -> None:
    for name in ("config", "enqueue", "detector_path"):
        path = getattr(options, name)
        if path is not None and not path.is_file():
            raise UsageError(f"{flag(name)} {path}: no such file")
    if options.detector_path is not None and options.detector_path.suffix != ".py":
        raise UsageError(f"--detector-path {options.detector_path}: give a Python file, NAME.py")
    for name in ("export", "summary"):
        path = getattr(options, name)
        if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
            raise UsageError(f"{flag(name)} {path}: give a file in a folder that exists")
