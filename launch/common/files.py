"""Files: written whole or not at all, and names that can be none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launch.common.errors import UsageError
from launch.common.text import brief
from trainables.core.files import atomic_write


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON in one step."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(value, indent=2) + "\n")


CHUNK = 4 << 20
"""Bytes that are read at once; a backlog of hours is not held in memory."""


def whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    with open(path, "rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - CHUNK)
            file.seek(start)
            position = file.read(end - start).rfind(b"\n")
            if position >= 0:
                return start + position + 1
            end = start
    return 0


def output_folder(path: Path) -> Path:
    """A folder that can be written, made if it is missing: said before any work."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".writable").touch()
        (path / ".writable").unlink()
    except OSError as error:
        raise UsageError(f"--output {brief(str(path))} cannot be written: {error.strerror or error}") from error
    return path


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that cannot be one is none."""
    try:
        return path.is_file()
    except OSError:
        return False
