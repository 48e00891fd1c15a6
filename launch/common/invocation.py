"""How the platform's own commands are typed here: quoted, and started as the command that runs was."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from launch.common.environment import ROOT

CONSOLE = "anomaly-"
"""How the names of console scripts begin (pyproject.toml)."""


def program(script: str) -> str:
    """The beginning of a command line that runs a script of this repository, as `launch/tune.py`.

    The interpreter is the one that runs, unless `python` is that one anyway: who did not activate the environment
    has another, or none. Where a console script was started, it is a console script.
    """
    started = Path(sys.argv[0])
    if started.name.startswith(CONSOLE):
        name = CONSOLE + Path(script).stem.replace("_", "-")
        return shlex.quote(_typed(name, started.absolute().with_name(name)))
    return shlex.join([interpreter(), _below(ROOT / script)])


def interpreter() -> str:
    """The interpreter that runs, as it is typed here."""
    return _typed("python", Path(sys.executable))


def typed(started: str) -> str:
    """The beginning of a command line that runs again what was started, by its `sys.argv[0]`."""
    path = Path(started).absolute()
    return program(str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) and path.suffix == ".py" else path.name)


def _typed(name: str, path: Path) -> str:
    """A name alone where the shell finds this very file by it; of a link to an interpreter, not what it leads to."""
    found = shutil.which(name)
    same = found is not None and os.path.abspath(found) == os.path.abspath(path)
    return name if same else _below(path, executable=True)


def _below(path: Path, *, executable: bool = False) -> str:
    """A path as short as it can be typed here."""
    try:
        short = str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
    return f"./{short}" if executable and os.sep not in short else short
