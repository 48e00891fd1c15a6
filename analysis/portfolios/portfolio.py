"""Collect fits, judge portfolios on tables that did not help to build them, build those that help."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console

import search_spaces
import trainables
from analysis.experiment_names import detector_names, split
from analysis.portfolios import choice
from analysis.portfolios.collection import PROBES, Collection, about, read
from analysis.portfolios.options import PortfolioOptions
from analysis.portfolios.scores import Scores, scores
from analysis.portfolios.tables import known
from analysis.portfolios.tables import read as read_table
from analysis.reports import table as text_table
from datasets.wording import counted
from launch.common.errors import UsageError
from launch.common.files import write_json
from launch.config.shared_options import data_dir
from launch.evaluation.verdict.recommendation import Difference
from launch.study.overrides import distributions
from search_spaces import DataInfo
from search_spaces.portfolios import FOLDER, Portfolio
from search_spaces.positions import NotInSpace, share_of
from trainables.core.detector import Modality


def run(options: PortfolioOptions, console: Console) -> None:
    """Do what the command says."""
    detectors = [name for name in detector_names(options.detectors) if _searched(name)]
    if options.action == "collect":
        return _collect(options, detectors, console)
    rows = read(options.fits)
    if not rows:
        raise UsageError(f"--fits {options.fits}: no fits there; `collect` makes them")
    there = {row["detector"] for row in rows}
    found = [scores(rows, name) for name in detectors if name in there]
    judged = {one.detector: choice.judge(one) for one in found if len(one.random) >= choice.BUDGETS[0]}
    text_table.show(console, table(list(judged.values())), "Gain of a search by its portfolio, on tables left out")
    if options.action == "build":
        sums = _checksums(options)
        for one in found:
            if _write(one, judged.get(one.detector), rows, sums, options):
                console.print(f"{one.detector}: a portfolio", highlight=False)
    return None


def _searched(name: str) -> bool:
    """Whether a detector takes tables, learns, and has something to search."""
    cls = trainables.load(name)
    space = search_spaces.load(name).space
    return Modality.TABULAR in cls.modality and not cls.control and bool(distributions(space, PROBES[0]))


def _collect(options: PortfolioOptions, detectors: Sequence[str], console: Console) -> None:
    requests = known(options.raw)
    wanted = list(requests) if options.tables == "all" else split(options.tables)
    for name in wanted:
        if name not in requests:
            raise UsageError(f"--tables {name}: there are {', '.join(requests)}")
    folder = data_dir(options.data_dir)
    tables = [read_table(name, requests[name], folder, options.rows) for name in wanted]
    options.fits.parent.mkdir(parents=True, exist_ok=True)
    collection = Collection(options.fits, options.seed, options.rounds, options.fit_seconds)
    console.print(f"{counted(len(collection.done), 'fit')} there, {counted(len(tables), 'table')}", highlight=False)
    for row in collection.collect(detectors, tables, options.configurations, options.detector_seconds):
        words = row.get("failure") or f"{counted(len(row['seconds']), 'round')}, {sum(row['seconds']):.2f} s"
        console.print(f"{row['detector']}, {row['configuration']}, {row['table']}: {words}", highlight=False)


def table(judged: Sequence[choice.Judged]) -> pd.DataFrame:
    """A line for each detector, and one for the mean of those with enough fits: gain with its 95 % interval over
    families of tables, by number of trials.
    """

    def texts(intervals: Sequence[tuple[float, float, float]]) -> dict[str, str]:
        cells = [Difference(*one).text() for one in intervals]
        return {f"{trials} trials": cell for trials, cell in zip(choice.BUDGETS, cells, strict=True)}

    rows = [
        {"detector": one.detector, "random": str(one.candidates)}
        | texts([one.interval(trials) for trials in choice.BUDGETS])
        | {"portfolio": "yes" if one.helps else "no" if one.enough else "too few fits"}
        for one in judged
    ]
    if enough := [one for one in judged if one.enough]:
        mean = texts([choice.over_detectors(enough, trials) for trials in choice.BUDGETS])
        rows.append({"detector": f"mean of {len(enough)}", "random": "", **mean, "portfolio": ""})
    return pd.DataFrame(rows)


def _checksums(options: PortfolioOptions) -> dict[str, str]:
    """Of every table that is there, by which a search knows one that helped to build its portfolio."""
    folder = data_dir(options.data_dir)
    return {
        name: read_table(name, request, folder, options.rows).problem.sha256
        for name, request in known(options.raw).items()
    }


def _write(
    one: Scores,
    judged: choice.Judged | None,
    rows: Sequence[Mapping[str, Any]],
    sums: Mapping[str, str],
    options: PortfolioOptions,
) -> bool:
    """Write a detector's portfolio, or remove it where it does not help; returns whether there is one."""
    path = (options.output or FOLDER) / f"{one.detector}.json"
    if judged is None or not judged.helps:
        path.unlink(missing_ok=True)
        return False
    if missing := [name for name in one.tables if name not in sums]:
        raise UsageError(f"--raw: say where {', '.join(missing)} are, to know them again")
    configurations = [said for i in choice.greedy(one) if (said := in_words(one, i)) is not None]
    if not configurations:  # of a space of which today's has nothing left
        path.unlink(missing_ok=True)
        return False
    head = about(options.fits)
    built = {
        "by": "analysis/portfolio.py build",
        "random_configurations": len(one.random),
        "gain": {str(trials): [round(v, 4) for v in judged.interval(trials)] for trials in choice.BUDGETS},
        "versions": head["versions"],
        "commit": head["commit"],
    }
    tables = {name: sums[name] for name in one.tables}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"detector": one.detector, "built": built, "tables": tables, "configurations": configurations})
    return True


def in_words(one: Scores, i: int) -> dict[str, Any] | None:
    """A configuration in the words of today's space: the share of a range that depends on the data, else the value.

    None where the space does not have it.
    """
    space, depending = search_spaces.load(one.detector).space, relative(one.detector)
    on = [(DataInfo(*one.sizes[j]), said) for j, said in one.said[i].items()]
    words: dict[str, Any] = {}
    try:
        for name in dict.fromkeys(name for _, said in on for name in said):
            own = [(distributions(space, info).get(name), said[name]) for info, said in on if name in said]
            shares = [share_of(range_, value) for range_, value in own if range_ is not None]
            if shares and name in depending:
                words[name] = {"share": round(statistics.median(shares), 4)}
            elif shares:
                words[name] = own[0][1]
    except NotInSpace:
        return None
    portfolio = Portfolio(one.detector, [words], {}, {})
    return words if all(portfolio.on(space, info) for info, _ in on) else None


def relative(detector: str) -> set[str]:
    """Hyperparameters whose range depends on the data."""
    space = search_spaces.load(detector).space
    first, *others = (distributions(space, info) for info in (DataInfo(80, 3, 8), *PROBES))
    return {name for name in first if any(other.get(name) != first[name] for other in others)}
