"""The options of a search: the command line, the record and the argument all at once."""

from __future__ import annotations

import difflib
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, cast

import tyro

from launch.data_options import LISTS, DataOptions
from launch.errors import UsageError
from launch.pareto import aims
from launch.search_options import SearchOptions

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_SEED = 2**32 - 100_000
PATHS = ("data_dir", "enqueue", "detector_path", "home", "export", "summary")
READ = ("fixed", "ranges", "seconds", "timeout_seconds", "quota_bytes")
"""What `check` reads out of other options."""
CHOICES = {
    "sampler": ("tpe", "random", "grid", "qmc", "gp"),
    "scheduler": ("asha", "none"),
    "metric": ("auto", "ap", "auroc", "f1"),
    "scale": ("standard", "minmax", "robust", "quantile", "none"),
}


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
        from launch.home import shown

        plain = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        for name in ("tracking_uri", "study_storage", "storage"):
            plain[name] = None if plain[name] is None else shown(plain[name])
        return {k: v for k, v in plain.items() if k not in (*READ, "resume")}


def parse(argv: list[str] | None = None) -> Options:
    """Options from the command line and a `--config` file, checked.

    Raises
    ------
    UsageError
        For what no reader of the options could do.
    SystemExit
        With 2 for an unknown option, 0 for `--help`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    default = Options(**{**_resumed(arguments), **_file_options(arguments)})
    # a flag that a file or an earlier command has set already may be said again
    set_already = {f"--{f.name.replace('_', '-')}" for f in fields(Options) if getattr(default, f.name) is True}
    arguments = [one for one in arguments if one not in set_already]
    # a list on the command line takes the place of one from there, as every other option does
    given = {one.split("=")[0] for one in arguments}
    repeated = [name for name in ("fix", "range", *LISTS) if f"--{name.replace('_', '-')}" in given]
    default = replace(default, **cast(Any, dict.fromkeys(repeated, ())))
    options = tyro.cli(Options, args=arguments, default=default, prog="tune.py", config=(tyro.conf.FlagCreatePairsOff,))
    return check(options)


def _value_of(option: str, arguments: list[str]) -> str | None:
    """What an option was given, before anything is parsed."""
    found = None
    for i, one in enumerate(arguments):
        if one == option and i + 1 < len(arguments):
            found = arguments[i + 1]
        elif one.startswith(f"{option}="):
            found = one.split("=", 1)[1]
    return found


def _resumed(arguments: list[str]) -> dict[str, Any]:
    """The options of the search to go on with."""
    name = _value_of("--resume", arguments)
    if name is None:
        return {}
    from launch import resume

    home = Path(_value_of("--home", arguments) or Options.home).expanduser().resolve()
    check_name(name, "--resume")
    return {**resume.load(home, name, given=arguments), "home": home, "resume": name}


def check_name(name: str, option: str) -> None:
    """Refuse a name that could be taken for a path, a query or nothing.

    Raises
    ------
    UsageError
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{option} {name!r}: use letters, digits, dot, dash and underscore, at most 100")


def _file_options(arguments: list[str]) -> dict[str, Any]:
    path = _value_of("--config", arguments)
    if path is None:
        return {}
    import yaml

    try:
        given = yaml.safe_load(Path(path).read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise UsageError(f"--config {path} must hold option names and values, for example `trials: 32`")
    known = {f.name: f for f in fields(Options) if f.name not in ("config", "resume", *READ)}
    options: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(f"--config {path}: no option {key!r}" + (f"; did you mean {near[0]}?" if near else ""))
        wrong = _wrong(name, value, known[name].default)
        if wrong:
            raise UsageError(f"--config {path}: {key} must be {wrong}, got {value!r}")
        if name in ("fix", "range"):
            value = tuple(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else tuple(value)
        elif name in LISTS:
            value = tuple(value)
        elif name in PATHS and value is not None:
            value = Path(value)
        elif name in ("time_budget", "trial_timeout", "checkpoint_quota") and value is not None:
            value = str(value)
        options[name] = value
    return options


def _wrong(name: str, value: Any, default: Any) -> str:
    """What a value from a file should have been, or nothing if it is right."""
    if name in ("fix", "range"):
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return "" if listed or isinstance(value, dict) else "a list of NAME=VALUE, or names with values"
    if name in LISTS:
        return "" if isinstance(value, list) and all(isinstance(one, str) for one in value) else "a list of texts"
    if name == "duplicates":
        return "" if value in (None, "group", "drop", "keep") else "group, drop or keep"
    if name in CHOICES:
        return "" if value in CHOICES[name] else f"one of {', '.join(CHOICES[name])}"
    if value is None:
        return "" if default is None else "set: leave it out for the default"
    kinds: tuple[type, ...] = (str,)
    if isinstance(default, bool | int | float):
        kinds = (float, int) if isinstance(default, float) else (type(default),)
    elif name in ("concurrent", "labelled_anomalies"):
        kinds = (int,)
    elif name in ("contamination", "max_latency"):
        kinds = (float, int)
    elif name in ("time_budget", "trial_timeout", "checkpoint_quota"):
        kinds = (str, int, float)
    right = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    return "" if right else f"a {kinds[0].__name__}"


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
