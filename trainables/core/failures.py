"""What an exception is called: every failure of a trial has a name that is counted and shown."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from trainables.core.errors import DetectorError, OutOfMemory, SingularCovariance

OOM_WORDS = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_failed")
SINGULAR_WORDS = ("singular", "positive-definite", "positive definite", "not invertible")
LENGTH = 500


def name(error: BaseException) -> tuple[str, str]:
    """The cause and a message on one line.

    ``oom``: host or GPU memory. ``singular_covariance``: a matrix that cannot be inverted or
    factorised. ``linear_algebra``: other numerical trouble of that kind. ``missing_library``:
    an import failed. ``disk_full``. A `DetectorError` has its own. ``error`` is a bug.
    """
    message = str(error)
    if isinstance(error, DetectorError):
        return error.cause, one_line(message)
    classes = {cls.__name__ for cls in type(error).__mro__}
    if (
        isinstance(error, MemoryError)
        or "OutOfMemoryError" in classes
        or (isinstance(error, RuntimeError) and any(sign in message.lower() for sign in OOM_WORDS))
    ):
        return OutOfMemory.cause, one_line(message) or "out of host memory"
    if classes & {"LinAlgError", "_LinAlgError"}:
        singular = any(sign in message.lower() for sign in SINGULAR_WORDS)
        return (SingularCovariance.cause if singular else "linear_algebra"), one_line(message)
    if isinstance(error, ImportError):
        package = f"; try: pip install {error.name.split('.')[0]}" if error.name else ""
        return "missing_library", one_line(message) + package
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk_full", one_line(message)
    return "error", one_line(f"{type(error).__name__}: {message} {_place(error)}")


def one_line(text: str) -> str:
    """At most 500 characters without line breaks."""
    return " ".join(text.split())[:LENGTH]


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
