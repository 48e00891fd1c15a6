"""Ctrl-C once asks the search to stop; twice gives up at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any


class Interrupt:
    """Turns SIGINT and SIGTERM into a question: `requested()`; `on_first` is called when the first one arrives.

    Signals reach the main thread alone: in another one this asks for none and is never requested.
    """

    def __init__(self, on_first: Callable[[], None] = lambda: None) -> None:
        self.on_first, self.count = on_first, 0
        self._old: dict[int, Any] = {}

    def requested(self) -> bool:
        """Whether the person asked to stop."""
        return self.count > 0

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is not threading.main_thread():
            return self
        for number in (signal.SIGINT, signal.SIGTERM):
            self._old[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exc: Any) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: Any) -> None:
        self.count += 1
        if self.count == 1:
            self.on_first()
        else:
            raise KeyboardInterrupt
