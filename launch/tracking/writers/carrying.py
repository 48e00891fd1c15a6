"""Carry spools to MLflow after their searches: which are left, where they belong, and what became of each."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.wording import counted
from launch.common import locks
from launch.common.errors import UsageError
from launch.common.home import Home
from launch.common.redaction import shown
from launch.tracking import spool as spools
from launch.tracking.cursor import Cursor
from launch.tracking.tracker import DONE, STORE_AWAY, send_orders, start_writer

SUFFIX = ".spool.jsonl"
AWAY = "the store is away"
SEARCHED = "being searched right now"
FINE = ("carried", "complete already", SEARCHED)
"""What leaves nothing to do."""


def name_of(spool: Path) -> str:
    """The study of a spool."""
    return spool.name.removesuffix(SUFFIX)


def chosen(root: Path, names: tuple[str, ...]) -> list[Path]:
    """Spools by name, or all that are not carried in full."""
    known = {name_of(spool): spool for spool in sorted((root / "studies").glob(f"*{SUFFIX}"))}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(list(known)[:5]) or 'none'}"
            raise UsageError(f"no study {name!r} has a record in {root}; {hint}")
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    written = [spool for spool in known.values() if spool.stat().st_size]
    return [spool for spool in written if not Cursor.load(spool).carried(spool)]


def other_store(spool: Path, uri: str) -> str | None:
    """The store that a spool belongs to; None if it is this one, or unknown."""
    events = (line.event for line in spools.lines(spool))
    parents = (event for event in events if event and event["event"] == "parent")
    params: Mapping[str, Any] = next((event.get("params", {}) for event in parents), {})
    recorded: str = params.get("tracking_uri") or Cursor.load(spool).store
    return None if not recorded or recorded.rstrip("/") == shown(uri).rstrip("/") else recorded


def carry(home: Home, spool: Path, uri: str, patience: float) -> tuple[int, str, str]:
    """Carry one spool; returns how many events, what became of it, and the first problem."""
    try:
        release = home.claim(name_of(spool))
    except UsageError:
        return 0, SEARCHED, ""
    try:
        if locks.held(spool):
            return 0, SEARCHED, ""
        before = Cursor.load(spool)
        if before.carried(spool):
            return 0, _done(before, "complete already"), before.refused["first"]
        waiting = before.pending(spool)
        writer = start_writer(spool, uri, home.artifacts_of(uri))
        try:
            send_orders(writer, {"patience": patience}, last=True)
            code = writer.wait()
        except BaseException:
            writer.terminate()  # what it has applied is kept
            writer.wait()
            raise
        after = Cursor.load(spool)
        left = after.pending(spool)
        carried = max(0, waiting - left)
        if code == STORE_AWAY:
            return carried, AWAY, after.problem
        if code != DONE or left:
            return carried, "failed", after.problem or f"the writer ended with exit code {code}; see its log"
        return carried, _done(after, "carried"), after.refused["first"]
    finally:
        release()


def _done(cursor: Cursor, state: str) -> str:
    refused = cursor.refused["count"]
    return f"{state}, {counted(refused, 'event')} refused" if refused else state
