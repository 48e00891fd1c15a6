"""What of this repository travels to other machines: the code, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from launch.common.environment import ROOT, SETTINGS

PACKAGES = ("datasets", "trainables", "search_spaces", "launch", "analysis")
FILES = ("pyproject.toml", "constraints.txt")
COMMIT = "COMMIT"
"""In a copy of the code, which has no history: the commit that it is of, and whether files differ from it."""
SUFFIXES = (".py", ".typed", ".json", ".csv", ".yaml", ".yml", ".toml", ".txt", ".sh", ".md", ".html", ".css", ".js")
LARGEST = 2 << 20
"""A larger file among the code is data that somebody put there."""

HERE_ALONE = ("RAY_AUTH_MODE", "GIT_PYTHON_REFRESH", "OMP_NUM_THREADS")
"""Settings that do not travel: how a node authenticates is the node's to say, and Ray counts threads."""


def stage(target: Path, extra: dict[str, Path] | None = None) -> int:
    """Copy the code into an empty folder, and extra files by where they go in it; returns the bytes that it takes."""
    chosen = {name: ROOT / name for name in FILES if (ROOT / name).is_file()}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            place = path.relative_to(ROOT)
            if _travels(path, place):
                chosen[str(place)] = path
    chosen |= extra or {}
    for name, path in chosen.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / name)
    return sum((target / name).stat().st_size for name in chosen)


def _travels(path: Path, place: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
    named = path.suffix in SUFFIXES or not path.suffix  # Dockerfile
    return named and not hidden and path.is_file() and path.stat().st_size <= LARGEST


def environment() -> dict[str, str]:
    """Environment variables for every process of a search on a cluster."""
    return {name: value for name, value in SETTINGS.items() if name not in HERE_ALONE}
