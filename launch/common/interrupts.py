"""Ctrl-C once asks the search to stop; twice gives up at once. A closed terminal and SIGTERM ask as Ctrl-C does."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
ONE_REQUEST = 2.0
"""Seconds in which SIGTERM and SIGHUP mean one request: `timeout` sends it to the process and to its group."""


class Interrupt:
    """Turns SIGINT, SIGTERM and SIGHUP into a question: `requested()`; `on_first` is called when the first one arrives.

    Signals reach the main thread alone: in another one this asks for none and is never requested. Where SIGHUP is
    ignored, as under nohup, it stays so.
    """

    def __init__(self, on_first: Callable[[], None] = lambda: None) -> None:
        self.on_first, self.count = on_first, 0
        self._old: dict[int, Any] = {}
        self._first = 0.0
        self._terminals: list[int] = []

    def requested(self) -> bool:
        """Whether the person asked to stop."""
        return self.count > 0

    def __enter__(self) -> Interrupt:
        if not _is_main_thread():
            return self
        self._terminals = [number for number in (1, 2) if _is_terminal(number)]
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._old[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exc: Any) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: Any) -> None:
        if number == getattr(signal, "SIGHUP", None):
            self._leave_terminal()
        if self.count and number != signal.SIGINT and time.monotonic() - self._first < ONE_REQUEST:
            return
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        self._first = time.monotonic()
        with contextlib.suppress(OSError):
            self.on_first()

    def _leave_terminal(self) -> None:
        """Write to nowhere what would go to a terminal that is gone, which fails."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in self._terminals:
            os.dup2(nowhere, number)
        os.close(nowhere)


CLEAR = b"\r\x1b[2K\x1b[?25h"
"""For a terminal: an empty line with a cursor."""


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """Let Ctrl-C end the command on the spot, with one line, while there is nothing to undo.

    For imports: libraries differ in what they make of a KeyboardInterrupt in the middle of one. Where something else
    than Python's own handler answers, it goes on doing so.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or not _is_main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        with contextlib.suppress(OSError):
            if _is_terminal(1):
                os.write(1, CLEAR)
            os.write(2, b"given up\n")
        os._exit(130)

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _is_terminal(number: int) -> bool:
    try:
        return os.isatty(number)
    except OSError:
        return False
