"""Carry to MLflow what it could not take when it was offered: `python launch/sync.py`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError

SUFFIX = ".spool.jsonl"
AWAY = "the store is away"
SEARCHED = "being searched right now"
FINE = ("carried", "complete already", SEARCHED)


@dataclass(frozen=True)
class Options:
    """Carry the records of searches to MLflow that it does not have in full.

    Nothing is written twice, so this may be run at any time. Exit code 1 if something is
    left.
    """

    names: Positional[Annotated[tuple[str, ...], arg(metavar="NAME")]] = ()
    """Studies; default: every one of the home that is not complete."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    moved: bool = False
    """The store has another address than when it was searched."""
    patience: float = 15.0
    """Seconds to wait for a store that is away."""


def work(options: Options, console: Any) -> int:
    """Carry and tell."""
    from rich.table import Table

    from launch.common.home import Home

    root = Path(options.home).expanduser().resolve()
    if not (root / "studies").is_dir():
        raise UsageError(f"there is no record in {root}; pass --home")
    home = Home(root)
    uri = home.tracking_uri(options.tracking_uri, spool=True)
    spools = chosen(root, options.names)
    if not spools:
        console.print(f"Everything in {root} is in MLflow.", highlight=False, soft_wrap=True)
        return 0
    others = {} if options.moved else {p: words for p in spools if (words := _elsewhere(p, uri))}
    if others and (options.names or len(others) == len(spools)):
        raise UsageError(next(iter(others.values())))
    table = Table("study", "events carried", "state", "first problem")
    states = []
    problem = ""
    for spool in spools:
        name = spool.name.removesuffix(SUFFIX)
        if spool in others:
            table.add_row(name, "0", "in another store", others[spool])
            continue
        with console.status(f"Carrying {name}"):
            carried, state, problem = carry(home, spool, uri, options.patience)
        states.append(state)
        table.add_row(name, f"{carried:,}", state, problem)
        if state == AWAY:
            break
    console.print(table)
    if states[-1] == AWAY:
        from launch.common.redaction import shown

        print(f"error: MLflow at {shown(uri)} is away ({problem}); nothing is lost, try again later", file=sys.stderr)
    return 0 if all(state in FINE for state in states) else 1


def chosen(root: Path, names: tuple[str, ...]) -> list[Path]:
    """Spools by name, or all that are not carried in full.

    Raises
    ------
    UsageError
        For a name that has none.
    """
    import difflib

    from launch.tracking.cursor import Cursor, path_of

    found = {p.name.removesuffix(SUFFIX): p for p in sorted((root / "studies").glob(f"*{SUFFIX}"))}
    for name in names:
        if name not in found:
            near = difflib.get_close_matches(name, found, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(list(found)[:5]) or 'none'}"
            raise UsageError(f"no study {name!r} has a record in {root}; {hint}")
    if names:
        return [found[name] for name in dict.fromkeys(names)]
    return [p for p in found.values() if p.stat().st_size and not Cursor.load(path_of(p), p).carried(p)]


def _elsewhere(spool: Path, uri: str) -> str:
    """Words if a spool belongs to another store, else nothing."""
    from launch.common.redaction import shown
    from launch.tracking.cursor import Cursor, path_of
    from launch.tracking.spool import lines

    parent = next((n.event for n in lines(spool) if n.event and n.event["event"] == "parent"), {})
    recorded = parent.get("params", {}).get("tracking_uri") or Cursor.load(path_of(spool), spool).store
    if not recorded or recorded.rstrip("/") == shown(uri).rstrip("/"):
        return ""
    return (
        f"{spool.name.removesuffix(SUFFIX)} is recorded at {recorded}, and this is {shown(uri)}; pass "
        f"--tracking-uri {recorded}, or --moved if that store has another address now"
    )


def carry(home: Any, spool: Path, uri: str, patience: float) -> tuple[int, str, str]:
    """Carry one spool; returns how many events, what became of it, and the first problem."""
    from launch.tracking import spool as spools
    from launch.tracking.cursor import Cursor, path_of
    from launch.tracking.tracker import DONE, STORE_AWAY, start_writer, tell

    name = spool.name.removesuffix(SUFFIX)
    try:
        release = home.claim(name)
    except UsageError:
        return 0, SEARCHED, ""
    try:
        if spools.held(spool):
            return 0, SEARCHED, ""
        before = Cursor.load(path_of(spool), spool)
        if before.carried(spool):
            return 0, _done(before, "complete already"), before.refused["first"]
        waiting = before.pending(spool)
        writer = start_writer(spool, uri, home.artifacts_of(uri), preload=False)
        try:
            tell(writer, {"patience": patience}, last=True)
            code = writer.wait()
        except BaseException:
            writer.terminate()  # what it has applied is kept
            writer.wait()
            raise
        after = Cursor.load(path_of(spool), spool)
        left = after.pending(spool)
        carried = max(0, waiting - left)
        if code == STORE_AWAY:
            return carried, AWAY, after.problem
        if code != DONE or left:
            return carried, "failed", after.problem or f"the writer ended with exit code {code}; see its log"
        return carried, _done(after, "carried"), after.refused["first"]
    finally:
        release()


def _done(cursor: Any, word: str) -> str:
    refused = cursor.refused["count"]
    return f"{word}, {refused} events refused" if refused else word


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="sync.py"), work))
