"""Carry a spool to MLflow, as long as the search that feeds it lives and a while longer."""

from __future__ import annotations

from pathlib import Path

from launch.common import locks
from launch.common.redaction import shown
from launch.tracking.cursor import Cursor, cursor_path
from launch.tracking.event_writer import EventWriter, log
from launch.tracking.retry import Feeder, StoreAway, StoreUnusable
from launch.tracking.spool import Reader
from launch.tracking.tracker import DONE, STORE_AWAY, UNUSABLE

POLL_SECONDS = 0.25


def carry(spool: Path, uri: str, artifacts: str, feeder: Feeder) -> int:
    """Follow a spool to its end; returns the exit code of the writer.

    Parameters
    ----------
    spool : Path
    uri : str
        Store.
    artifacts : str
        Folder for artifacts, or empty to leave it to the store.
    feeder : Feeder
    """
    path = cursor_path(spool)
    try:
        writer = EventWriter(uri, artifacts, path, spool, feeder)
    except (StoreUnusable, StoreAway) as error:
        log(f"the store {shown(uri)} cannot be used: {error}")
        _save_problem(path, spool, str(error))
        return UNUSABLE if isinstance(error, StoreUnusable) else STORE_AWAY
    reader = Reader(spool, writer.cursor.offset)
    try:
        while True:
            gone = feeder.gone is not None
            lines = reader.read()
            if lines:
                reader.sync()
            writer.apply(lines)
            if not lines and gone:
                break
            if not lines:
                feeder.wait(POLL_SECONDS)
        if writer.state.runs and not writer.state.closed and not locks.held(spool):
            writer.finish("KILLED")
        writer.save(complete=writer.cursor.complete)
    except StoreAway as error:
        writer.stop(str(error))
        log(f"stopped: {error}")
        return STORE_AWAY
    return DONE


def _save_problem(path: Path, spool: Path, problem: str) -> None:
    cursor = Cursor.load(path, spool)
    cursor.problem = problem
    try:
        cursor.save(path)
    except OSError as error:
        log(f"{path} cannot be written: {error}")
