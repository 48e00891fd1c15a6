"""Remove what no study needs: `python launch/clean.py`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import arg

from launch.common import command
from launch.common.errors import UsageError
from launch.config import saved_options

if TYPE_CHECKING:
    from launch.common.home import Home

FINISHED = "its search is finished"
GONE = "its study is gone"
ENDED = "its trial has ended"


@dataclass(frozen=True)
class Options:
    """Remove checkpoints and leftovers that no study needs.

    Kept are studies, their records, summaries, models and pictures, the seal's ledger,
    MLflow's store, and whatever an unfinished search needs to go on. A search that runs
    right now is left alone.
    """

    dry_run: bool = False
    """Show what would be removed, and remove nothing."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    storage: Annotated[str | None, arg(metavar="PATH")] = None
    """Where checkpoints are, if the searches were started with --storage; a folder. Other homes' are left there."""


@dataclass(frozen=True)
class Leftover:
    """Something that can go.

    Attributes
    ----------
    path : Path
    why : str
    size : int
        Bytes.
    """

    path: Path
    why: str
    size: int


def work(options: Options, console: Any) -> int:
    """Find, show and remove."""
    from rich.table import Table

    from launch.common.home import Home

    root = Path(options.home).expanduser().resolve()
    if not (root / "studies").is_dir():
        raise UsageError(f"there is no record in {root}; pass --home")
    if options.storage is not None and "://" in options.storage:
        raise UsageError(f"--storage {options.storage}: empty a bucket with its own tools, or by a lifecycle rule")
    home = Home(root)
    found = list(leftovers(home, Path(home.checkpoints(options.storage))))
    if not found:
        console.print(f"Nothing to remove in {root}.", highlight=False)
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("what", "why", "size"):
        table.add_column(name, justify="right" if name == "size" else "left", overflow="fold")
    for one in found:
        table.add_row(str(one.path.relative_to(root) if one.path.is_relative_to(root) else one.path), one.why,
                      readable(one.size))  # fmt: skip
    console.print(table)
    total = readable(sum(one.size for one in found))
    if options.dry_run:
        console.print(f"{total} could be removed; nothing was.", highlight=False)
        return 0
    for one in found:
        if one.path.is_dir():
            shutil.rmtree(one.path, ignore_errors=True)
        else:
            one.path.unlink(missing_ok=True)
    console.print(f"{total} removed.", highlight=False)
    return 0


def leftovers(home: Home, checkpoints: Path) -> Iterator[Leftover]:
    """What no study needs, of studies that nobody searches right now."""
    studies = {study.name: study for study in _studies(home)}
    owners = {f"{s.name}-{s.search_id[:8]}": s for s in studies.values() if s.search_id}
    for folder in sorted(checkpoints.iterdir()) if checkpoints.is_dir() else ():
        owner = owners.get(folder.name)
        if owner is None:
            if checkpoints == home.root / "checkpoints" and not _elsewhere(home, folder.name.rpartition("-")[0]):
                yield _leftover(folder, GONE)
        elif not owner.held and owner.finished:
            yield _leftover(folder, FINISHED)
        elif not owner.held:
            ended = (p for p in sorted(folder.glob("trial-*")) if int(p.name.split("-")[1]) not in owner.open)
            yield from (_leftover(p, ENDED) for p in ended)
    for folder in sorted((home.root / "studies").glob("*.jobs")):
        owner = studies.get(folder.name.removesuffix(".jobs"))
        if owner is None and _elsewhere(home, folder.name.removesuffix(".jobs")):
            continue
        if owner is None or (owner.finished and not owner.held):
            yield _leftover(folder, GONE if owner is None else FINISHED)
    for path in sorted((home.root / "studies").glob("*")):
        name = path.name.split(".")[0] if path.suffix == ".lock" else ""
        if path.name.endswith(".partial"):
            yield _leftover(path, "half written by a process that was killed")
        elif name and not home.held(path.name.removesuffix(".lock")):
            yield _leftover(path, "a lock that nobody holds")
    if (home.root / "ray").is_dir():
        yield _leftover(home.root / "ray", "Ray's snapshots, which are no longer made")


@dataclass(frozen=True)
class _Study:
    name: str
    search_id: str
    finished: bool
    held: bool
    open: frozenset[int]


def _studies(home: Home) -> Iterator[_Study]:
    from launch.study.storage import load_study  # Optuna: --help does not need it

    for path in sorted((home.root / "studies").glob("*.journal")):
        name = path.name.removesuffix(".journal")
        inner = load_study(name, str(path))
        running = frozenset(t.number for t in inner.get_trials(deepcopy=False) if not t.state.is_finished())
        finished = home.study(name, "summary.json").exists() and not running
        yield _Study(name, inner.user_attrs.get("search_id", ""), finished, home.held(name), running)


def _elsewhere(home: Home, name: str) -> bool:
    """Whether a study may live in a database: then only its own home's options tell of it."""
    return bool(name) and (home.held(name) or home.study(name, saved_options.SUFFIX).exists())


def _leftover(path: Path, why: str) -> Leftover:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return Leftover(path, why, sum(p.stat().st_size for p in files))


def readable(size: int) -> str:
    """Bytes as a person reads them."""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="clean.py"), work))
