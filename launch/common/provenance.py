"""What lets anybody reproduce a run: code, data, packages, device."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import shlex
import subprocess
import sys
from functools import cache

from launch.common.environment import ROOT
from launch.common.redaction import shown

PACKAGES = ("ray", "optuna", "mlflow", "torch", "scikit-learn", "numpy", "pandas", "pyod")


@cache
def versions() -> dict[str, str]:
    """Installed versions of what results depend on."""
    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            installed[name] = importlib.metadata.version(name)
    return installed


@cache
def commit() -> tuple[str, bool]:
    """The git commit of this checkout, and whether files differ from it."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return _git("rev-parse", "HEAD"), bool(_git("status", "--porcelain", "--untracked-files=no"))
    try:  # a copy of the code that has no git: launch.backend.code_staging wrote this beside it
        head, changed = (ROOT / "COMMIT").read_text().split()
    except (OSError, ValueError):
        return "unknown", False
    return head, changed == "True"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()


def command() -> str:
    """The command line, secrets in URIs left out."""
    return shlex.join(["python", *map(shown, sys.argv)])
