"""The seal on the test part: labels are handed out only after the reading is on record."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems.parts import Part


class MaskReader(Protocol):
    """Reads where anomalies are, with the labels of all rows at hand; see `datasets.images.folders.pixel_masks`."""

    def read(self, y: NDArray[np.int8]) -> NDArray[np.int8]:
        """Masks, one for each row."""


SPLIT = ("dataset", "protocol", "outer_split")
"""What names a split in a line of the ledger."""


def entries(ledger: Path) -> list[dict[str, Any]]:
    """Every reading of test labels that a ledger holds, in order.

    A line that was cut short is left out: labels are handed out only after
    their line is on disk. A ledger that does not exist counts as empty.
    """
    try:
        text = Path(ledger).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"cannot read the ledger {ledger}: {error.strerror or error}") from error
    lines = (_parsed(line) for line in text.split("\n"))
    return [line for line in lines if line is not None]


def count_test_reads(ledger: Path, dataset: str, protocol: str, outer_split: int, sha256: str | None = None) -> int:
    """How often the test labels of one split were read, by a ledger; with a checksum, of these very data."""
    wanted = (dataset, protocol, outer_split)
    lines = [line for line in entries(ledger) if tuple(line[name] for name in SPLIT) == wanted]
    return sum(sha256 is None or line.get("sha256", sha256) == sha256 for line in lines)


class Sealed:
    """The test part, whose labels only `open` hands out, after writing down who read them and why.

    It cannot be pickled, so it never travels to a worker. Before it is opened
    it has the rows without labels, for models that stand to score them, and nothing else; the class
    counts of the split are fixed by the protocol and stand in `Problem.counts`.

    Parameters
    ----------
    part : Part
        The test rows.
    full : Part
        Development and test rows, in file order.
    record : dict
        What every ledger line says of the split: dataset, sha256, protocol, outer_split.
    masks : optional
        What reads, given labels, where in each test row the anomaly is; it is asked when the seal opens.
    """

    count_test_reads = staticmethod(count_test_reads)

    def __init__(self, part: Part, full: Part, record: dict[str, Any], masks: MaskReader | None = None) -> None:
        self._empty = part is full
        """Whether no row is sealed, as where figures are cross-validated."""
        self._part, self._full, self._record, self._masks = part, full, dict(record), masks

    @property
    def rows(self) -> int:
        """Number of test rows."""
        return len(self._part)

    @property
    def masked(self) -> bool:
        """Whether there are masks of where anomalies are."""
        return self._masks is not None

    @property
    def X(self) -> NDArray[Any]:
        """The raw test rows without their labels, to score when everything is chosen and trained."""
        return self._part.X

    def open(self, ledger: Path, *, study: str, detector: str, reason: str) -> Part:
        """Write one line into the ledger, then hand out the test rows with their labels.

        Parameters
        ----------
        ledger : Path
            The `seal.jsonl` of the home, made if need be; lines are only ever added.
        study, detector, reason : str
            Who reads the labels, for which detector, and why.

        Returns
        -------
        Part
            The test rows, in the order of the split.

        Raises
        ------
        DataError
            If the line cannot be written; the labels then stay sealed.
        """
        if self._empty:
            raise DataError(
                "`protocol` cross-validated seals no row, so there is no test to read; take `protocol` holdout, which "
                "takes more anomalies"
            )
        line = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            **self._record,
            "study": study,
            "detector": detector,
            "reason": reason,
            "rows": self.rows,
        }
        _append(Path(ledger), json.dumps(line, ensure_ascii=False))
        return self._part if self._masks is None else replace(self._part, masks=self._masks.read(self._part.y))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("the sealed test part cannot be pickled or copied: only the driver holds it, send splits")

    def __repr__(self) -> str:
        return f"Sealed({self.rows} rows)"


class Unlabelled(Sealed):
    """The raw test rows without their labels, which may travel to a worker: it scores them, and can open nothing."""

    def __init__(self, sealed: Sealed) -> None:
        self._rows, self._empty, self._masks = sealed.X, sealed._empty, None

    @property
    def rows(self) -> int:
        """As `Sealed`."""
        return len(self._rows)

    @property
    def X(self) -> NDArray[Any]:
        """As `Sealed`."""
        return self._rows

    def open(self, ledger: Path, *, study: str, detector: str, reason: str) -> NoReturn:
        """There is nothing to open."""
        raise TypeError("these test rows have no labels: only the driver holds the seal")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return object.__reduce_ex__(self, protocol)


def _append(ledger: Path, line: str) -> None:
    """Add a line and see it onto the disk; a line that an earlier crash cut short is closed first."""
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with open(ledger, "ab+") as handle:
            if handle.seek(0, os.SEEK_END):
                handle.seek(-1, os.SEEK_END)
                line = line if handle.read(1) == b"\n" else "\n" + line
            handle.write(f"{line}\n".encode())
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        raise DataError(
            f"cannot write the ledger {ledger} ({error.strerror or error}); the test labels stay sealed, "
            "pass `home` with a folder that can be written"
        ) from error


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and all(name in entry for name in SPLIT) else None
