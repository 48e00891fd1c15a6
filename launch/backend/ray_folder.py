"""Ray's temporary folder: short enough for its sockets, for this user alone, and gone when the search ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from launch.common import locks
from launch.common.errors import UsageError

LONGEST = 107 - len("/ray-abcdefgh/r/session_2026-01-01_00-00-00_000000_1234567/sockets/plasma_store")
"""Bytes of a path that can hold it: the address of a socket has 107."""
OWNER = "owner.lock"
"""Held for as long as the process lives whose folder it is."""
FILES = "r"
"""Where in it Ray's files are."""
OTHERS = (Path("/tmp"), Path("/var/tmp"))


def place() -> Path:
    """Where such a folder goes: $RAY_TMPDIR or the system's, or a shorter one, which is said.

    Raises
    ------
    UsageError
        Where there is none.
    """
    wanted = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()).absolute()
    for folder in (wanted, *OTHERS):
        if len(os.fsencode(folder)) <= LONGEST and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise UsageError(
        f"Ray's sockets need a temporary folder whose path has at most {LONGEST} bytes, and neither {wanted} nor /tmp "
        "will do; set TMPDIR to a shorter one that can be written, or pass --local"
    )


def say_where() -> None:
    """Say so where it is not the one that was asked for; `UsageError` where there is none."""
    chosen, wanted = place(), os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
    if chosen != Path(wanted).absolute():
        print(f"note: {wanted} is no place for Ray's sockets; its temporary files go to {chosen}", file=sys.stderr)


def make() -> tuple[Path, Callable[[], None]]:
    """A folder for this process, and what removes it; those of processes that are gone are removed now."""
    parent = place()
    for left in parent.glob(f"ray-*/{OWNER}"):
        with contextlib.suppress(OSError):  # another search may remove it just now
            if left.parent.stat().st_uid == os.getuid() and not locks.held(left):
                _remove(left.parent)
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir=parent))  # mode 0700: those that Ray makes below are everybody's
    owner = open(folder / f"{OWNER}.new", "wb")  # noqa: SIM115 held until it is removed
    locks.take(owner)
    os.rename(owner.name, folder / OWNER)  # another search, which looks for this name, finds it held

    def remove() -> None:
        _remove(folder)
        owner.close()

    return folder / FILES, remove


def _remove(folder: Path) -> None:
    """Remove Ray's files, then the folder: where some stay, the next search finds it by its owner's file."""
    shutil.rmtree(folder / FILES, ignore_errors=True)
    if not (folder / FILES).exists():
        shutil.rmtree(folder, ignore_errors=True)
