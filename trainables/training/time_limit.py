"""A time limit on code of somebody else, by a signal to the main thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trainables.core.errors import TrialTimeout


@contextmanager
def time_limit(seconds: float | None, message: str) -> Iterator[None]:
    """Raise `TrialTimeout` in the code inside once the time is up.

    Python code is stopped between two instructions, native code when it returns: what
    never returns must be killed from outside. Outside the main thread there is no limit.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise TrialTimeout(message)

    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
