"""What a search was started with, kept beside its study, so that its name is enough to go on."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from datasets.request import absolute
from launch.common.errors import UsageError
from launch.common.files import write_json
from launch.common.flags import flag
from launch.common.home import Home
from launch.common.invocation import program
from launch.common.redaction import has_secret
from launch.config.arguments import given
from launch.config.option_file import converted
from launch.config.options import PATHS, READ, TuneOptions

SUFFIX = "options.json"
STORES = ("tracking_uri", "study_storage", "storage")
LEFT_OUT = ("list", "dry_run", "config", "resume", "moved_to", "tracking_spool")
"""What belongs to one command and not to the search."""
AS_IT_WAS = {"stop_above": 0.0}
"""What options had no field for when they were kept, and how it was then."""
UNLIKE = ("name", "home", "trials", "time_budget", "concurrent", "address", "summary", "export", "secrets")
"""What may differ between two commands that mean the same search."""


def save(home: Home, options: TuneOptions, studies: Sequence[tuple[str, str]]) -> None:
    """Keep the options, by the name of the command and by that of each of its studies, given as (name, detector)."""
    several = [(options.name, options.detector)] if options.name and len(studies) > 1 else []
    for name, detector in [*several, *studies]:
        write_json(home.study(name, SUFFIX), _plain(replace(options, name=name, detector=detector)))


def _plain(options: TuneOptions) -> dict[str, Any]:
    """Options as JSON: paths absolute, since the next command may come from elsewhere; secrets left out."""
    kept = {k: v for k, v in asdict(options).items() if k not in (*READ, *LEFT_OUT)}
    if kept["data_dir"] is None and os.environ.get("ANOMALY_DATA"):
        kept["data_dir"] = os.environ["ANOMALY_DATA"]
    for name in PATHS:
        if kept.get(name) is not None:
            kept[name] = str(Path(kept[name]).expanduser().resolve())
    kept["dataset"] = absolute(kept["dataset"])
    kept["secrets"] = [name for name in STORES if kept[name] and has_secret(kept[name])]
    kept |= dict.fromkeys(kept["secrets"])
    if kept["storage"] and "://" not in kept["storage"]:
        kept["storage"] = str(Path(kept["storage"]).resolve())
    return kept


def load(home: Path, name: str, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """The options of a search by its name; a password that is not kept must be among the arguments again."""
    path = home / "studies" / f"{name}.{SUFFIX}"
    if not path.is_file():
        known = [known_name for known_name, _ in _all(home)]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[-3:]
        hint = f"; there are {', '.join(near)}" if near else ""
        raise UsageError(f"--resume {name}: no search of that name in {home}{hint}; --home says where to look")
    kept = _read(path)
    if kept is None:
        raise UsageError(f"--resume {name}: {path} cannot be read; give the whole command again, with --name {name}")
    for option in map(flag, kept.pop("secrets", [])):
        if option not in given(arguments):
            raise UsageError(f"--resume {name}: its {option} has a password, which is not kept: give {option} again")
    known_names = {field.name for field in fields(TuneOptions)}
    return {key: converted(key, value) for key, value in (AS_IT_WAS | kept).items() if key in known_names}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) and kept.get("detector") and kept.get("dataset") else None


def _all(home: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every search of a home, oldest first."""
    folder = home / "studies"
    paths = folder.glob(f"*.{SUFFIX}") if folder.is_dir() else ()
    with contextlib.suppress(OSError):
        for path in sorted(paths, key=lambda path: path.stat().st_mtime):
            kept = _read(path)
            if kept is not None:
                yield path.name.removesuffix(f".{SUFFIX}"), kept


def unfinished(home: Home, options: TuneOptions) -> str | None:
    """The newest search with these options that came to no end and that nobody runs now."""
    wanted = _comparable(_plain(options))
    for name, kept in reversed(list(_all(home.root))):
        if _comparable(kept) != wanted or home.study(name, "summary.json").exists() or home.held(name):
            continue
        if home.study(name, "spool.jsonl").exists():
            return name
    return None


def _comparable(kept: dict[str, Any]) -> dict[str, Any]:
    plain = json.loads(json.dumps(kept, default=list))
    return {k: v for k, v in plain.items() if k not in UNLIKE}


def command(name: str, home: Home, more: Sequence[str] = ()) -> str:
    """The command that goes on with a search."""
    arguments = ["--resume", name, *more, *home.arguments()]
    kept = _read(home.study(name, SUFFIX)) or {}
    for store in STORES:  # a password is not kept: say that it must come again
        if store in kept.get("secrets", []) and flag(store) in given(sys.argv):
            arguments += [flag(store), "URI"]
    return f"{program('launch/tune.py')} {shlex.join(arguments)}"
