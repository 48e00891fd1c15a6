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
    try:
        head = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        if head.returncode:
            return _submitted_commit()
        status = ["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(status, capture_output=True, text=True, timeout=10)
        return head.stdout.strip(), bool(changed.stdout.strip())
    except (OSError, subprocess.TimeoutExpired):
        return _submitted_commit()


def _submitted_commit() -> tuple[str, bool]:
    """What `launch.backend.code_staging` wrote beside a copy of the code that has no git."""
    try:
        head, changed = (ROOT / "COMMIT").read_text().split()
    except (OSError, ValueError):
        return "unknown", False
    return head, changed == "True"


def command() -> str:
    """The command line, secrets in URIs left out."""
    return shlex.join(["python", *map(shown, sys.argv)])
