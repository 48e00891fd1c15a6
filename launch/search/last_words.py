"""The end of a search whose Ray is gone: calls of Ray would wait for a minute, and end in lines of its C++."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time

from launch.common.printing import print_line
from launch.search.context import SearchContext
from launch.search.one_search import EXIT_FAILED, EXIT_INTERRUPTED, how_to_go_on

SIGNAL_SECONDS = 0.5
"""Ray may have got the signal that asks us to stop before the main thread saw it."""


class LastWords:
    """Says how to go on, closes the record and ends the process, from another thread; what is on disk is whole."""

    def __init__(self) -> None:
        self.search: SearchContext | None = None
        """The one that runs; None once there is nothing to say."""
        self.turn = threading.Lock()
        """Who holds it ends the search."""

    def speak(self, process: str) -> None:
        """End the process, in which one of Ray's is gone."""
        threading.Thread(target=self._end, args=(process,)).start()

    def _end(self, process: str) -> None:
        silence(2)
        time.sleep(SIGNAL_SECONDS)
        self.turn.acquire()  # for good
        search = self.search
        if search is None:
            self.turn.release()
            return
        interrupted = search.interrupt.requested()
        reason = "Stopped" if interrupted else f"Ray's process {process} is gone, which ended the search"
        with contextlib.suppress(Exception):
            search.console.show_cursor(True)
            print_line(search.console, f"\n{reason}.", style="bold yellow")
            print_line(search.console, how_to_go_on(search.plan, search.study))
            sys.stdout.flush()
        silence(1)  # these were the last words: the main thread still talks of trials that go on
        with contextlib.suppress(Exception):
            search.tracker.close("KILLED" if interrupted else "FAILED")
        os._exit(EXIT_INTERRUPTED if interrupted else EXIT_FAILED)


def silence(number: int) -> None:
    """Nothing more on standard output, 1, or standard error, 2, not even from Ray's C++."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
