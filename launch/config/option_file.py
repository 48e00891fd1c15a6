"""Options from a YAML or JSON file, or from plain values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from launch.common.errors import UsageError
from launch.config.data_options import LISTS
from launch.config.options import PATHS, READ, TuneOptions

PAIRS = ("fix", "range")
AMOUNTS = ("time_budget", "trial_timeout", "checkpoint_quota")
"""Options with a unit, which may be bare numbers in a file."""
IN_A_FILE: dict[type, tuple[type, ...]] = {float: (float, int), Path: (str, Path)}
"""What stands in a file for a type of the command line."""


def read(path: str) -> dict[str, Any]:
    """Options of a file, as `of_plain` reads them."""
    import yaml  # only this option needs it

    try:
        given = yaml.safe_load(Path(path).read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--config {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise UsageError(f"--config {path} must hold option names and values, for example `trials: 32`")
    return of_plain(given, f"--config {path}")


def of_plain(given: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Options by name, as the command line would give them; `source` says in errors where they are from.

    What the command line repeats is a list or a mapping. An unknown option and a value of another type are a
    `UsageError` with the right one.
    """
    hints = get_type_hints(TuneOptions)
    known = [field.name for field in fields(TuneOptions) if field.name not in ("config", "resume", *READ)]
    options: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(f"{source}: no option {key!r}" + (f"; did you mean {near[0]}?" if near else ""))
        expected = _mismatch(name, value, hints[name])
        if expected is not None:
            raise UsageError(f"{source}: {key} must be {expected}, got {value!r}")
        options[name] = converted(name, value)
    return options


def converted(name: str, value: Any) -> Any:
    """A right value as the type of its option."""
    if name in PAIRS and isinstance(value, dict):
        return tuple(f"{key}={item}" for key, item in value.items())
    if name in (*PAIRS, *LISTS):
        return tuple(value)
    if value is None:
        return None
    if name in PATHS:
        return Path(value)
    return str(value) if name in AMOUNTS else value


def _mismatch(name: str, value: Any, hint: Any) -> str | None:
    """What a value should have been by its option's type, or None if it is right."""
    texts = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if name in PAIRS:
        return None if texts or isinstance(value, dict) else "a list of NAME=VALUE, or names with values"
    if name in LISTS:
        return None if texts else "a list of texts"
    allowed = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    choices = [choice for part in allowed if get_origin(part) is Literal for choice in get_args(part)]
    if value is None and NoneType in allowed:
        return None
    if choices:
        return None if value in choices else f"one of {', '.join(choices)}"
    if value is None:
        return "set: leave it out for the default"
    types = (str, int, float) if name in AMOUNTS else IN_A_FILE.get(allowed[0], allowed[:1])
    right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
    return None if right else f"a {types[0].__name__}"
