"""The journal file of a study, written at once and made durable once a second."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from launch.common.files import whole
from launch.study.optuna_private import LOCK_FILE_SUFFIX

SYNC_SECONDS = 1.0
STALE_SECONDS = 1.0


class JournalFile(JournalFileBackend):
    """Optuna's journal file, with at most one `fsync` a second instead of a dozen per trial.

    Every entry is with the operating system before the call returns, so a killed process
    loses nothing; a machine that loses power loses what came in the last second. Entries
    are written whole or not at all: half a line, of a full disk or of a process that was
    killed in the middle of it, is cut off, since no reader could pass it.
    """

    def __init__(self, file_path: str) -> None:
        self._own_lock = JournalFileSymlinkLock(file_path)
        super().__init__(file_path, lock_obj=self._own_lock)
        self._path = file_path
        self._synced = 0.0

    def mend(self) -> None:
        """Take away what a killed process left: its lock, and half a line at the end.

        Only the process that holds the study may do that.
        """
        path, lock = Path(self._path), Path(self._path + LOCK_FILE_SUFFIX)
        while os.path.lexists(lock):  # a dashboard may hold it for an instant; Optuna itself would wait 30 s
            with contextlib.suppress(FileNotFoundError):
                if time.time() - lock.lstat().st_mtime > STALE_SECONDS:
                    lock.unlink()
            time.sleep(0.02)
        if path.is_file() and path.stat().st_size:
            os.truncate(path, whole(path))

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Entries from one on; of where they stand only the last is kept: a reader goes on from there."""
        yield from super().read_logs(log_number_from)
        offsets = self._log_number_offset
        last = max(offsets)
        self._log_number_offset = {0: 0, last: offsets[last]}

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append entries under the file's lock."""
        data = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        self._own_lock.acquire()
        try:
            with open(self._path, "ab", buffering=0) as file:
                start = file.tell()
                try:
                    written = file.write(data)
                    if written != len(data):
                        file.write(data[written:])
                except OSError:
                    file.truncate(start)
                    raise
                now = time.monotonic()
                if now - self._synced > SYNC_SECONDS:
                    os.fsync(file.fileno())
                    self._synced = now
        finally:
            self._own_lock.release()
