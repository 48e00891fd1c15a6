"""What no study of a home needs: checkpoints of ended trials, folders of studies that are gone, stale locks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from launch.common.home import Home
from launch.config import saved_options
from launch.study.storage import load_study

FINISHED = "its search is finished"
GONE = "its study is gone"
ENDED = "its trial has ended"


@dataclass(frozen=True)
class Leftover:
    """Something that can go, and why."""

    path: Path
    why: str

    @cached_property
    def size(self) -> int:
        """Bytes."""
        return sum(file.stat().st_size for file in (self.path, *self.path.rglob("*")) if file.is_file())


@dataclass(frozen=True)
class _Study:
    name: str
    search_id: str
    finished: bool
    held: bool
    open_trials: frozenset[int]


def find(home: Home, checkpoints: Path) -> Iterator[Leftover]:
    """What no study needs, of studies that nobody searches right now; their trials' states are in `checkpoints`."""
    studies = {study.name: study for study in _studies(home)}
    yield from _checkpoints(home, checkpoints, studies)
    yield from _jobs(home, studies)
    for path in sorted((home.root / "studies").glob("*")):
        name = path.name.split(".")[0] if path.suffix == ".lock" else ""
        if path.name.endswith(".partial"):
            yield Leftover(path, "half written by a process that was killed")
        elif name and not home.held(path.name.removesuffix(".lock")):
            yield Leftover(path, "a lock that nobody holds")
    if (home.root / "ray").is_dir():
        yield Leftover(home.root / "ray", "Ray's snapshots, which are no longer made")


def remove(leftover: Leftover) -> None:
    """Delete a file or a folder; one that is gone already is no error."""
    if leftover.path.is_dir():
        shutil.rmtree(leftover.path, ignore_errors=True)
    else:
        leftover.path.unlink(missing_ok=True)


def _checkpoints(home: Home, checkpoints: Path, studies: dict[str, _Study]) -> Iterator[Leftover]:
    owners = {f"{study.name}-{study.search_id[:8]}": study for study in studies.values() if study.search_id}
    for folder in sorted(checkpoints.iterdir()) if checkpoints.is_dir() else ():
        owner = owners.get(folder.name)
        if owner is None:
            if checkpoints == home.root / "checkpoints" and not _elsewhere(home, folder.name.rpartition("-")[0]):
                yield Leftover(folder, GONE)
        elif not owner.held and owner.finished:
            yield Leftover(folder, FINISHED)
        elif not owner.held:
            for trial in sorted(folder.glob("trial-*")):
                if int(trial.name.split("-")[1]) not in owner.open_trials:
                    yield Leftover(trial, ENDED)


def _jobs(home: Home, studies: dict[str, _Study]) -> Iterator[Leftover]:
    """Kept results of confirmations and tests."""
    for folder in sorted((home.root / "studies").glob("*.jobs")):
        name = folder.name.removesuffix(".jobs")
        owner = studies.get(name)
        if owner is None and not _elsewhere(home, name):
            yield Leftover(folder, GONE)
        elif owner is not None and owner.finished and not owner.held:
            yield Leftover(folder, FINISHED)


def _studies(home: Home) -> Iterator[_Study]:
    for path in sorted((home.root / "studies").glob("*.journal")):
        name = path.name.removesuffix(".journal")
        study = load_study(name, str(path))
        running = frozenset(trial.number for trial in study.get_trials(deepcopy=False) if not trial.state.is_finished())
        finished = home.study(name, "summary.json").exists() and not running
        yield _Study(name, study.user_attrs.get("search_id", ""), finished, home.held(name), running)


def _elsewhere(home: Home, name: str) -> bool:
    """Whether a study may live in a database: then only its own home's options tell of it."""
    return bool(name) and (home.held(name) or home.study(name, saved_options.SUFFIX).exists())
