"""Files that are seen whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """A path to write to, which replaces the target in one step when the block ends without an error.

    Parameters
    ----------
    target : Path
        In a folder that exists. A file that is there stays until it is replaced.

    Yields
    ------
    Path
        A file of this process beside the target; it is gone after the block, whatever happened.
    """
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
