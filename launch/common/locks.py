"""Locks that die with their process.

Each is the operating system's own lock on an open file, by filelock: a process that is killed gives it free, and a
lock file that it left behind holds nobody up.
"""

from __future__ import annotations

import contextlib
import os
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


def held(path: Path, seconds: float = 0.0) -> bool:
    """Whether a process has a file locked, and does not give it free within `seconds`."""
    if not path.is_file():
        return False
    # a lock over NFS needs a file open for writing; where that is forbidden, the lock itself does not
    with open(path, "r+b" if os.access(path, os.W_OK) else "rb") as file:
        try:
            return not take(file, seconds)
        except OSError:  # no locks there: rather held than free
            return True


@contextlib.contextmanager
def waiting(path: Path) -> Iterator[None]:
    """Hold a file, which is made if need be, waiting for whoever has it now."""
    with open(path, "ab") as file:
        lock_descriptor(file.fileno())
        yield
