"""The command line of a search: a file, a resumed search and arguments become checked options."""

from __future__ import annotations

import difflib
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import tyro

from launch.common.errors import UsageError
from launch.common.text import check_name
from launch.config.data_options import LISTS
from launch.config.options import PATHS, READ, Options, check

CHOICES = {
    "sampler": ("tpe", "random", "grid", "qmc", "gp"),
    "scheduler": ("asha", "none"),
    "metric": ("auto", "ap", "auroc", "f1"),
    "scale": ("standard", "minmax", "robust", "quantile", "none"),
}


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
    from launch.config import saved_options

    home = Path(_value_of("--home", arguments) or Options.home).expanduser().resolve()
    check_name(name, "--resume")
    return {**saved_options.load(home, name, given=arguments), "home": home, "resume": name}


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
