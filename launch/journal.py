"""The journal file of a study, written at once and made durable once a second."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

SYNC_SECONDS = 1.0


class JournalFile(JournalFileBackend):
    """Optuna's journal file, with at most one `fsync` a second instead of a dozen per trial.

    Every entry is with the operating system before the call returns, so a killed process
    loses nothing; a machine that loses power loses what came in the last second.
    """

    def __init__(self, file_path: str) -> None:
        self._own_lock = JournalFileSymlinkLock(file_path)
        super().__init__(file_path, lock_obj=self._own_lock)
        self._path = file_path
        self._synced = 0.0

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append entries under the file's lock."""
        data = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        self._own_lock.acquire()
        try:
            with open(self._path, "ab") as file:
                file.write(data)
                file.flush()
                now = time.monotonic()
                if now - self._synced > SYNC_SECONDS:
                    os.fsync(file.fileno())
                    self._synced = now
        finally:
            self._own_lock.release()
