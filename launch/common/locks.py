"""Locks that die with their process.

Each is the operating system's own lock on an open file, by filelock: a process that is killed gives it free, and a
lock file that it left behind holds nobody up.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from filelock import lock_descriptor


def take(file: IO[bytes], seconds: float = 0.0) -> bool:
    """Lock an open file for this process until it is closed; False if another has it for longer than `seconds`."""
    end = time.monotonic() + seconds
    while not (taken := lock_descriptor(file.fileno(), blocking=False)) and time.monotonic() < end:
        time.sleep(0.05)
    return taken


def held(path: Path) -> bool:
    """Whether a process has a file locked right now."""
    with open(path, "r+b") as file:  # a lock over NFS needs a file open for writing
        return not take(file)


@contextlib.contextmanager
def waiting(path: Path) -> Iterator[None]:
    """Hold a file, which is made if need be, waiting for whoever has it now."""
    with open(path, "ab") as file:
        lock_descriptor(file.fileno())
        yield
