"""Is a search worth its seconds: the tuned search, random search and the published configuration at equal seconds."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import closing
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from analysis import plots
from analysis.experiments import untracked_search
from analysis.options import EfficiencyOptions
from analysis.reports import page
from analysis.reports import table as text_table
from datasets import request
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.wording import counted
from launch.backend.engine import Engine
from launch.backend.local import LocalEngine
from launch.backend.ray_engine import RayEngine
from launch.common.errors import UsageError
from launch.common.files import output_folder
from launch.common.home import Home
from launch.config.options import TuneOptions
from launch.config.shared_options import data_dir
from launch.evaluation.intervals import mean_interval
from launch.search.planning import detectors
from launch.study.trial import TrialRecord

ARMS = {"tuned": "tpe", "random": "random"}
SHARES = (0.25, 0.5, 1.0)


def run(options: EfficiencyOptions, console: Console) -> None:
    """Measure, show, write."""
    for name in ("seeds", "trials", "max_rounds", "pairs"):
        if getattr(options, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1")
    detectors(TuneOptions(detector=options.detector, dataset=options.dataset))
    output_folder(options.output)
    measured = measure(options, console)
    if measured.empty:
        raise UsageError("no trial was complete within the seconds; give more --trials")
    shown = table(measured)
    console.print(f"[bold]{options.detector} on {options.dataset}: confirmed validation score at equal seconds[/]")
    text_table.show(console, shown)
    console.print(
        f"Means over {counted(measured['seed'].nunique(), 'seed')} with 95 % intervals, each on "
        f"{counted(options.pairs, 'fresh split')}; "
        "test rows were not read. Time for confirmation is not counted for anybody.",
        style="dim", highlight=False, soft_wrap=True,
    )  # fmt: skip
    detector, dataset = Path(options.detector).stem, Path(options.dataset).stem
    stem = f"{detector}-{dataset}".replace(":", "-")
    picture = plots.equal_seconds(measured, f"{detector} on {dataset}: at equal seconds")
    paths = [
        page.write(options.output / f"{stem}.csv", measured.to_csv(index=False, float_format="%.6g")),
        page.write(options.output / f"{stem}.md", text_table.markdown(shown) + "\n"),
        plots.save(picture, options.output / f"{stem}.png"),
    ]
    console.print("Written: " + ", ".join(map(str, paths)), highlight=False, soft_wrap=True, markup=False)


def measure(options: EfficiencyOptions, console: Console) -> pd.DataFrame:
    """Search, and confirm what was best at equal seconds: a row for each seed, share of the seconds and arm."""
    asked = request.Request(options.dataset, options.protocol, **options.of_data())
    problem = load(asked, data_dir(options.data_dir), allow_standin=False)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        size = problem.development.X.nbytes
        engine: Engine = (
            LocalEngine()
            if options.local
            else RayEngine(address=None, concurrent=None, cpus=1.0, gpus=0.0, data_bytes=size)
        )
        with closing(engine):
            for seed in range(options.seeds):
                rows += _of_seed(options, seed, problem, engine, Home.at(Path(folder)), console)
    return pd.DataFrame(rows)


def _of_seed(
    options: EfficiencyOptions, seed: int, problem: Problem, engine: Engine, home: Home, console: Console
) -> list[dict[str, Any]]:
    """Both searches of a seed, and what each arm held for the best after each share of the seconds, confirmed."""
    plans, ended = {}, {}
    for arm, sampler in ARMS.items():
        with console.status(f"{arm} search, seed {seed}"):
            plans[arm] = untracked_search.plan_of(options, sampler, seed, problem, home)
            ended[arm] = untracked_search.search(plans[arm], engine).ended()
    limit = min(map(total, ended.values()))
    chosen = [(share, arm, best_by(r, share * limit)) for share in SHARES for arm, r in ended.items()]
    published = next((record for record in ended["tuned"] if record.published), None)
    chosen += [(share, "published", published) for share in SHARES]
    known = [(share, arm, record) for share, arm, record in chosen if record is not None]
    with console.status(f"confirming, seed {seed}"):
        records = [record for _, _, record in known]
        scores = untracked_search.confirmed(records, plans["tuned"], engine, seed, options.pairs)
    return [
        {
            "seed": seed, "share": share, "seconds": share * limit, "arm": arm, "search_score": record.score,
            "confirmed": scores[untracked_search.key(record)], "trial": record.number,
        }
        for share, arm, record in known
    ]  # fmt: skip


def best_by(records: Sequence[TrialRecord], seconds: float) -> TrialRecord | None:
    """The complete trial with the highest score among those that ended within so many seconds; None if none."""
    ended = [record for k, record in enumerate(records) if total(records[: k + 1]) <= seconds]
    complete = [(record.score, record) for record in ended if record.state == "complete" and record.score is not None]
    return max(complete, key=itemgetter(0))[1] if complete else None


def total(records: Sequence[TrialRecord]) -> float:
    """Seconds of all trials."""
    return float(sum(row["fit_seconds"] + row["predict_seconds"] for record in records for row in record.history))


def table(measured: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with intervals, and what the tuned search has over the others, seed by seed, as texts."""

    def text(values: pd.Series, sign: str = "") -> str:
        mean, low, high = mean_interval(list(values))
        return f"{mean:{sign}.4f}" + ("" if low != low else f" ({low:{sign}.3f} to {high:{sign}.3f})")

    rows = []
    for share in sorted(measured["share"].unique()):
        own = measured[measured["share"] == share]
        wide = own.pivot(index="seed", columns="arm", values="confirmed").dropna()
        if wide.empty or "tuned" not in wide:
            continue
        others = [arm for arm in ("random", "published") if arm in wide]
        row = {"of the seconds": f"{100 * share:.0f} %", "CPU s": f"{own['seconds'].mean():.1f}"}
        row |= {arm: text(wide[arm]) for arm in ("tuned", *others)}
        rows.append(row | {f"tuned - {arm}": text(wide["tuned"] - wide[arm], "+") for arm in others})
    return pd.DataFrame(rows).fillna("")  # an arm may have no complete trial early
