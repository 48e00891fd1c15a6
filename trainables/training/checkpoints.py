"""Where a training run leaves its state, so that whoever starts it again goes on from there."""

from __future__ import annotations

import io
import os
import shutil
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainables.core import state
from trainables.core.files import atomic_write

SECONDS = 4.0
"""A state is written before more than this is at stake: with the step that follows, under five seconds."""
SHARE = 0.05
"""Reports are made rarer until writing states takes no more of the time than this."""
LAST, BEST = "last.pt", "best.pt"


@dataclass
class Checkpoints:
    """The last and the best state of one training run.

    They survive the worker, its node and the driver: a run that is started again under
    the same folder and identity goes on from the last state, or from the best where the
    last cannot be read. A file is seen whole or not at all.

    Attributes
    ----------
    folder : str
        A path that every node sees, or a bucket's URI.
    identity : dict
        What the state belongs to; a state of something else is not loaded.
    limit : int or None
        Bytes that one state may have; a larger one is not written.
    trouble : str
        Why the last state could not be written; empty where all is well.
    written : float
        Seconds that the last writing took.
    exist : bool
        Whether a state was written or read.
    """

    folder: str
    identity: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    seconds: float = SECONDS
    trouble: str = ""
    written: float = 0.0
    exist: bool = False

    def __post_init__(self) -> None:
        self._saved = time.monotonic()
        self._best = -float("inf")

    def start(self) -> None:
        """Work begins now: nothing is at stake yet."""
        self._saved = time.monotonic()

    def due(self, coming: float) -> bool:
        """Whether to write now, if the next look will be in `coming` seconds."""
        return time.monotonic() - self._saved + coming > self.seconds

    @property
    def pause(self) -> float:
        """Seconds between reports that keep writing within its share of the time."""
        return self.written / SHARE

    def save(self, value: Mapping[str, Any], score: float | None = None) -> bool:
        """Write the last state, and the best if `score` is the highest so far; whether it was written.

        Training goes on where it could not be: `trouble` then says why.
        """
        start = time.monotonic()
        best = self._best if score is None else max(self._best, score)
        data = state.dumps({"identity": dict(self.identity), "best": best, **value})
        self._saved = start
        if self.limit is not None and len(data) > self.limit:
            size, share = len(data) / 1e6, self.limit / 1e6
            self.trouble = f"a checkpoint of {size:.1f} MB is over its share of {share:.1f} MB of `checkpoint_quota`"
            return False
        try:
            self.exist = True
            write(self.folder, LAST, data)
            if score is not None and score == best:
                self._best = best
                duplicate(self.folder, LAST, BEST)
        except OSError as error:
            self.trouble = f"checkpoints cannot be written to {self.folder}: {error.strerror or error}"
            return False
        finally:
            self.written = time.monotonic() - start
            self._saved = time.monotonic()
        self.trouble = ""
        return True

    def load(self) -> dict[str, Any] | None:
        """The last state, else the best, else None; what cannot be read or is of something else is passed over."""
        for name in (LAST, BEST):
            try:
                data = read(self.folder, name)
                saved = whole(data) if data is not None else None
            except Exception as error:  # cut short, or no state at all: whatever torch makes of it
                self.trouble = f"{self.folder}/{name} cannot be read ({type(error).__name__}) and is passed over"
                continue
            if saved is not None and saved.get("identity") == dict(self.identity):
                self.exist, self._best = True, saved["best"]
                return saved
        return None

    def remove(self) -> None:
        """Delete every state of this run."""
        remove(self.folder)


def whole(data: bytes) -> dict[str, Any]:
    """The state in a file's bytes.

    Raises
    ------
    ValueError
        If a byte of it is not as it was written: torch itself would not look.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as entries:
        bad = entries.testzip()
    if bad is not None:
        raise ValueError(f"{bad} is damaged")
    return state.loads(data)


def write(folder: str, name: str, data: bytes) -> None:
    """Write a file in one step, onto the disk."""
    if "://" in folder:
        files, root = bucket(folder)
        with files.open_output_stream(f"{root}/{name}") as stream:  # an object appears when it is whole
            stream.write(data)
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    with atomic_write(Path(folder) / name) as partial, open(partial, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def duplicate(folder: str, name: str, copy: str) -> None:
    """Give a file a second name, without a second writing where the file system can."""
    if "://" in folder:
        files, root = bucket(folder)
        files.copy_file(f"{root}/{name}", f"{root}/{copy}")
        return
    with atomic_write(Path(folder) / copy) as partial:
        partial.unlink(missing_ok=True)  # of a process that had our number and was killed
        try:
            os.link(Path(folder) / name, partial)
        except OSError:  # no hard links there
            shutil.copyfile(Path(folder) / name, partial)


def read(folder: str, name: str) -> bytes | None:
    """A file's bytes, or None where there is none."""
    if "://" in folder:
        files, root = bucket(folder)
        try:
            with files.open_input_stream(f"{root}/{name}") as stream:
                return stream.read()
        except FileNotFoundError:
            return None
    path = Path(folder) / name
    return path.read_bytes() if path.is_file() else None


def remove(folder: str) -> None:
    """Delete a folder and all in it; one that is not there is fine."""
    if "://" in folder:
        files, root = bucket(folder)
        try:
            files.delete_dir(root)
        except FileNotFoundError:
            return
        return
    shutil.rmtree(folder, ignore_errors=True)


def bucket(uri: str) -> tuple[Any, str]:
    """The file system behind a URI and the path in it."""
    from pyarrow.fs import FileSystem, FileType  # for a home in a bucket alone

    files, root = FileSystem.from_uri(uri)
    if files.type_name == "local" and files.get_file_info(root).type == FileType.NotFound:
        files.create_dir(root)  # buckets have no folders to make
    return files, root
