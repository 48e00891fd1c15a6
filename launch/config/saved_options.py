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
from typing import TYPE_CHECKING, Any

from launch.common.errors import UsageError

if TYPE_CHECKING:
    from launch.common.home import Home
    from launch.config.options import Options

SUFFIX = "options.json"
STORES = ("tracking_uri", "study_storage", "storage")
LEFT_OUT = ("list", "dry_run", "config", "resume", "tracking_spool")
"""What belongs to one command and not to the search."""
UNLIKE = ("name", "home", "trials", "time_budget", "concurrent", "address", "summary", "export", "secrets")
"""What may differ between two commands that mean the same search."""


def save(home: Home, options: Options, studies: Sequence[tuple[str, str]]) -> None:
    """Keep the options, by the name of the command and by that of each of its studies.

    Parameters
    ----------
    home : Home
    options : Options
    studies : sequence of (name, detector)
    """
    from launch.common.files import write_json

    several = [(options.name, options.detector)] if options.name and len(studies) > 1 else []
    for name, detector in [*several, *studies]:
        write_json(home.study(name, SUFFIX), _plain(replace(options, name=name, detector=detector)))


def _plain(options: Options) -> dict[str, Any]:
    """Options as JSON: paths absolute, since the next command may come from elsewhere; secrets left out."""
    from datasets.request import absolute
    from launch.common.redaction import has_secret
    from launch.config.options import PATHS, READ

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


def load(home: Path, name: str, given: Sequence[str] = ()) -> dict[str, Any]:
    """The options of a search by its name.

    Parameters
    ----------
    home : Path
    name : str
    given : sequence of str
        The command line, where a password that is not kept must be given again.

    Raises
    ------
    UsageError
        If no search has that name, with the nearest one.
    """
    from launch.config.data_options import LISTS
    from launch.config.options import PATHS, Options

    path = home / "studies" / f"{name}.{SUFFIX}"
    if not path.is_file():
        known = [one for one, _ in _all(home)]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[-3:]
        words = f"; there are {', '.join(near)}" if near else ""
        raise UsageError(f"--resume {name}: no search of that name in {home}{words}; --home says where to look")
    kept = _read(path)
    if kept is None:
        raise UsageError(f"--resume {name}: {path} cannot be read; give the whole command again, with --name {name}")
    for store in kept.pop("secrets", []):
        option = "--" + store.replace("_", "-")
        if not any(one.split("=")[0] == option for one in given):
            raise UsageError(f"--resume {name}: its {option} has a password, which is not kept: give {option} again")
    known_names = {f.name for f in fields(Options)}
    found = {k: v for k, v in kept.items() if k in known_names}
    for key in PATHS:
        if found.get(key) is not None:
            found[key] = Path(found[key])
    for key in ("fix", "range", *LISTS):
        found[key] = tuple(found.get(key, ()))
    return found


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("detector") and found.get("dataset") else None


def _all(home: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every search of a home, oldest first."""
    folder = home / "studies"
    paths = folder.glob(f"*.{SUFFIX}") if folder.is_dir() else ()
    with contextlib.suppress(OSError):
        for path in sorted(paths, key=lambda p: p.stat().st_mtime):
            kept = _read(path)
            if kept is not None:
                yield path.name.removesuffix(f".{SUFFIX}"), kept


def unfinished(home: Home, options: Options) -> str | None:
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
    words = ["python", "launch/tune.py", "--resume", name, *more]
    if home.root != Path("runs").resolve():
        words += ["--home", str(home.root)]
    for option in STORES:  # a password is not kept: say that it must come again
        flag = "--" + option.replace("_", "-")
        given = [a for a in sys.argv if a == flag or a.startswith(flag + "=")]
        kept = _read(home.study(name, SUFFIX)) or {}
        if given and option in kept.get("secrets", []):
            words += [flag, "URI"]
    return shlex.join(words)
