"""Carry to MLflow what it could not take when it was offered: `python launch/sync.py`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line, print_table
from launch.common.redaction import shown
from launch.config.shared_options import TrackingOptions


@dataclass(frozen=True)
class SyncOptions(TrackingOptions):
    """Carry the records of searches to MLflow that it does not have in full.

    Nothing is written twice, so this may be run at any time. Exit code 1 if something is
    left.
    """

    TOPICS: ClassVar[dict[str, str]] = {"names": "What is carried"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("", "every search that MLflow does not have in full"),
        ("NAME --tracking-uri http://127.0.0.1:5000", "one search, to a server"),
    )

    names: Positional[Annotated[tuple[str, ...], arg(metavar="NAME")]] = ()
    """Studies; default: every one of the home that is not complete."""
    moved: bool = False
    """The store has another address than when it was searched."""
    patience: float = 15.0
    """Seconds to wait for a store that is away."""


def work(options: SyncOptions, console: Console) -> int:
    """Carry and tell."""
    from launch.common.home import Home
    from launch.tracking.writers import carrying  # MLflow

    root = Path(options.home).expanduser().resolve()
    if not (root / "studies").is_dir():
        raise UsageError(f"there is no record in {root}; pass --home")
    home = Home(root)
    uri = home.tracking_uri(options.tracking_uri, spool=True)
    spools = carrying.chosen(root, options.names)
    if not spools:
        print_line(console, f"Everything in {root} is in MLflow.")
        return 0
    messages = {
        spool: f"{carrying.name_of(spool)} is recorded at {store}, and this is {shown(uri)}; pass "
        f"--tracking-uri {store}, or --moved if that store has another address now"
        for spool in spools
        if not options.moved and (store := carrying.other_store(spool, uri)) is not None
    }
    if messages and (options.names or len(messages) == len(spools)):
        raise UsageError(next(iter(messages.values())))
    rows, states = [], []
    problem = ""
    for spool in spools:
        name = carrying.name_of(spool)
        if spool in messages:
            rows.append((name, "0", "in another store", messages[spool]))
            continue
        with console.status(f"Carrying {name}"):
            carried, state, problem = carrying.carry(home, spool, uri, options.patience)
        states.append(state)
        rows.append((name, f"{carried:,}", state, problem))
        if state == carrying.AWAY:
            break
    columns = "study", "events carried", "state", "first problem"
    print_table(console, columns, rows, left=("study", "state", "first problem"))
    if states[-1] == carrying.AWAY:
        print(f"error: MLflow at {shown(uri)} is away ({problem}); nothing is lost, try again later", file=sys.stderr)
    return 0 if all(state in carrying.FINE for state in states) else 1


main = partial(command.main, SyncOptions, work)


if __name__ == "__main__":
    sys.exit(main())
