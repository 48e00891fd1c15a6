"""Search from Python: `from launch.api import search, compare`.

The command line is a thin layer over the same functions: `launch/tune.py` parses options and calls `execute`.
"""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from launch.common.environment import prepare

prepare()  # before Ray, MLflow and torch are imported

import pandas as pd
from rich.console import Console

from analysis.reports.publisher import ReportPublisher
from launch.common.errors import UsageError
from launch.common.flags import flag
from launch.common.text import check_name
from launch.config import option_file, saved_options
from launch.config.options import TuneOptions, check
from launch.search import session
from launch.search.frame_file import write_frame
from launch.search.one_search import EXIT_UNSYNCED, SearchEnd
from launch.search.planning import detectors
from launch.search.results import ComparisonResult, SearchResult

WITHOUT = ("list", "dry_run", "detector", "dataset", "label_column", "home")
"""Options that are arguments of their own here, or the command line's alone."""


def execute(options: TuneOptions, console: Console, started: float | None = None) -> tuple[SearchEnd, ...]:
    """Run checked options, as the command line and the functions here do; a command says when it `started`.

    Where a process of Ray is gone, a command is ended at once; the functions here, whose process may be a notebook's,
    raise when Ray gives up, which takes it a minute.
    """
    begun = time.monotonic() if started is None else started
    return session.run(options, console, begun, ReportPublisher(), own_process=started is not None)


def search(
    detector: str,
    data: pd.DataFrame | str | Path,
    *,
    label: str | None = None,
    home: str | Path = "runs",
    data_name: str = "table",
    progress: bool = False,
    **options: Any,
) -> SearchResult:
    """Find the best configuration of a detector, test it once on sealed rows, and train it on every row.

    Parameters
    ----------
    detector : str
        A name that `launch/tune.py --list` shows, or with `detector_path` a name of your own.
    data : DataFrame, path or str
        Raw rows with a label column, a .csv, .parquet or .npz file, or the name of a dataset.
        A DataFrame is written once, as HOME/tables/NAME-HASH.parquet by its content, so that the search can
        be resumed and its model retrained; an equal frame finds the file there.
    label : str, optional
        The column that holds the labels (`label_column`).
    home : path
        Where the record lives: trials, models, reports, the ledger of test reads.
    data_name : str
        What the record calls a DataFrame.
    progress : bool
        Whether to show trials and results as the command line does.
    **options
        Any other option of the command line by its field name: `trials=64`, `max_rounds=10`, `confirm=5`,
        `seed=0`, `local=True` (one process, without Ray), `name="mine"` (goes on with the search of
        that name), `fix={"lr": 0.001}`, `positive=["fraud"]`, …

    Returns
    -------
    SearchResult

    Raises
    ------
    UsageError, DataError
        As on the command line, before any work.
    RuntimeError
        If the search was stopped or came to nothing; the message says how to go on.

    Examples
    --------
    >>> import numpy as np, pandas as pd, tempfile
    >>> from launch.api import search
    >>> rng = np.random.default_rng(0)
    >>> rows = pd.DataFrame(rng.normal(size=(600, 3)), columns=["a", "b", "c"])
    >>> rows.loc[:29, ["a", "b", "c"]] += 4
    >>> rows["y"] = [1] * 30 + [0] * 570
    >>> home = tempfile.mkdtemp()
    >>> result = search("iforest", rows, label="y", trials=2, confirm=1, local=True, home=home)
    >>> result.metrics["auroc"].mean > 0.9
    True
    >>> list(result.model.predict(rows.drop(columns="y").head(1)).columns)
    ['score', 'label', 'probability', 'probability_kind', 'p_value']
    """
    return _single(_checked([detector], data, label, home, data_name, options), progress)


def compare(
    detectors: Sequence[str],
    data: pd.DataFrame | str | Path,
    *,
    label: str | None = None,
    home: str | Path = "runs",
    data_name: str = "table",
    progress: bool = False,
    **options: Any,
) -> ComparisonResult:
    """Search several detectors on the same splits, with the same number of trials each.

    Parameters
    ----------
    detectors : sequence of str
        `["all"]` takes every one that fits the data.
    data, label, home, data_name, progress, **options
        As for `search`.

    Returns
    -------
    ComparisonResult
        `table` is a DataFrame with a row per detector, `results` their results by name.

    Raises
    ------
    UsageError, DataError
        As on the command line, before any work.
    RuntimeError
        If no detector came to anything.

    Examples
    --------
    >>> compare(["devnet", "iforest"], "my.csv", label="y", trials=16).table  # doctest: +SKIP
    """
    if isinstance(detectors, str):
        raise UsageError(f"compare takes a list of detectors: compare([{detectors!r}, …], data)")
    ends, output = _ended(_checked(detectors, data, label, home, data_name, options), progress)
    results = {end.plan.label: SearchResult(end, end.summary, output) for end in ends if end.summary is not None}
    failures = {end.plan.label: str(end.error) for end in ends if end.summary is None}
    if not results:
        raise RuntimeError("; ".join(f"{name}: {why}" for name, why in failures.items()))
    return ComparisonResult(results, failures)


def resume(name: str, *, home: str | Path = "runs", progress: bool = False, **options: Any) -> SearchResult:
    """Go on with a search by its name, with the options it was started with; others given here win.

    Parameters
    ----------
    name : str
        `SearchResult.study`, or what was given as `name`.
    home, progress, **options
        As for `search`.

    Raises
    ------
    UsageError
        If no search has that name.
    RuntimeError
        As for `search`.
    """
    check_name(name, "name")
    root = Path(home).expanduser().resolve()
    read = option_file.of_plain(options, "resume")
    kept = saved_options.load(root, name, [flag(option) for option in read]) | read | {"home": root, "resume": name}
    return _single(check(TuneOptions(**kept)), progress)


def _checked(
    detectors: Sequence[str],
    data: pd.DataFrame | str | Path,
    label: str | None,
    home: str | Path,
    data_name: str,
    options: dict[str, Any],
) -> TuneOptions:
    """Arguments as options, checked as the command line does."""
    taken = [name for name in WITHOUT if name in options]
    if taken:
        raise UsageError(f"{taken[0]} is no option here; see help(launch.api.search)")
    read = option_file.of_plain(options, "search")
    if isinstance(data, pd.DataFrame):
        check_name(data_name, "data_name")
        data = write_frame(data, Path(home), data_name)
    given = TuneOptions(detector=",".join(detectors), dataset=str(data), label_column=label, home=Path(home), **read)
    return check(given)


def _single(options: TuneOptions, progress: bool) -> SearchResult:
    """The search of checked options that are of one detector."""
    named = detectors(options)
    if len(named) != 1:
        names = f"{options.detector} is {len(named)} detectors"
        raise UsageError(f"{names}: compare() takes several, search() and resume() one")
    ends, output = _ended(options, progress)
    (end,) = ends
    if end.summary is None:
        raise end.error or RuntimeError(f"the search {end.plan.study} came to nothing")
    return SearchResult(end, end.summary, output)


def _ended(options: TuneOptions, progress: bool) -> tuple[tuple[SearchEnd, ...], str]:
    """The searches of checked options, and what they printed where nobody saw it."""
    output = io.StringIO()
    ends = execute(options, Console() if progress else Console(file=output, width=150))
    unsynced = [end.plan.study for end in ends if end.exit_code == EXIT_UNSYNCED]
    if unsynced:
        warnings.warn(f"the record of {', '.join(unsynced)} in MLflow is not whole; see result.output", stacklevel=3)
    return ends, output.getvalue()
