"""Does a race between more finalists choose better than a few finalists on all splits, and in how much time?

Confirmations by several rules are drawn, all from the same scores. Of made-up searches: their configurations truly
differ by `--spread`, and a score has the luck of a split, `--luck`. Of real searches, one for each table, detector and
seed: the best distinct configurations and the published one are trained on many fresh splits; five of these, in random
order, decide, and the mean on all others says how good the choice is. Regret is how far the choice is from the best
configuration of the search. Scores of real searches are kept in a file. Test rows are never read.

    python analysis/benchmarks/searching/racing.py
    python analysis/benchmarks/searching/racing.py --cells racing.jsonl --jobs annthyroid:devnet:16 --seeds 3
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from launch.common.environment import prepare

prepare()  # before Ray is imported

import numpy as np
from numpy.typing import NDArray

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import fresh_home, machine, parser
from analysis.experiments import untracked_search
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from launch.backend.local import LocalEngine
from launch.common.home import Home
from launch.config.shared_options import data_dir
from launch.evaluation.confirm import LOOKS, Confirmation
from launch.evaluation.race.elimination import still_racing
from launch.evaluation.race.finalist import Finalist

SPLITS = 5
"""Of a confirmation."""
TRIALS = 20
"""Complete ones of a made-up search."""
RULES: dict[str, tuple[int, bool]] = {
    **{f"{count} on all splits": (count, False) for count in (3, 5, 8)},
    **{f"race of {count}": (count, True) for count in (4, 5, 6, 8)},
}
"""Finalists, and whether they race."""


def chosen(
    search: NDArray[np.float64], fresh: NDArray[np.float64], finalists: int, *, race: bool, ratio: float = 0.25
) -> tuple[int, NDArray[np.intp]]:
    """Which configuration, of those in the order of the search, a rule chooses; and how many fits of each it takes."""
    going, fits = np.arange(min(finalists, len(search))), np.zeros(len(search), np.intp)
    fits[going] = SPLITS
    for look in LOOKS if race else ():
        fits[going] = look
        known = np.c_[search[going], fresh[going, :look]]
        going = going[still_racing(known, ratio)]
        fits[going] = SPLITS
    return int(going[np.argmax(fresh[going].mean(1))]), fits


def made_up(spread: float, luck: float, draws: int) -> dict[str, tuple[float, float]]:
    """Mean regret and fits of each rule, the published configuration left out."""
    rng = np.random.default_rng(0)
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in RULES}
    for _ in range(draws):
        truth = rng.normal(0, spread, TRIALS)
        search = truth + rng.normal(0, luck, TRIALS)
        order = np.argsort(-search)
        fresh = truth[order, None] + rng.normal(0, luck, (TRIALS, SPLITS))
        for name, (finalists, race) in RULES.items():
            best, fits = chosen(search[order], fresh, finalists, race=race)
            found[name].append((truth.max() - truth[order][best], int(fits.sum())))
    return {
        name: (float(np.mean([a for a, _ in own])), float(np.mean([b for _, b in own]))) for name, own in found.items()
    }


def replayed(cell: dict[str, Any], draws: int) -> dict[str, tuple[float, float, float]]:
    """Mean regret, fits and seconds of each rule on a measured search, without its published configuration."""
    rng = np.random.default_rng(0)
    kept = slice(None, -1 if cell["published"] else None)
    search, scores = np.array(cell["search_scores"][kept], float), np.array(cell["scores"][kept])
    seconds = np.array(cell["seconds"][kept])
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in RULES}
    for _ in range(draws):
        order = rng.permutation(scores.shape[1])
        truth = scores[:, order[SPLITS:]].mean(1)
        for name, (finalists, race) in RULES.items():
            best, fits = chosen(search, scores[:, order[:SPLITS]], finalists, race=race, ratio=cell["valid_by_train"])
            found[name].append((truth.max() - truth[best], fits.sum(), float(fits @ seconds)))
    means = {name: np.mean(own, 0).tolist() for name, own in found.items()}
    return {name: (regret, fits, spent) for name, (regret, fits, spent) in means.items()}


def measured(problem: Problem, detector: str, trials: int, seed: int, most: int, splits: int) -> dict[str, Any]:
    """Scores of the best distinct configurations of a search, and last of the published one, by fresh split."""
    engine = LocalEngine()
    start = time.process_time()
    with fresh_home() as folder:
        plan = untracked_search.plan_of(
            detector, problem, Home.at(folder), trials=trials, seed=seed, confirm=splits, local=True, no_mistakes=True
        )
        study = untracked_search.search(plan, engine).study
    searched = time.process_time() - start
    distinct = {repr(sorted(own.params.items())): own for own in reversed(study.ranked()) if not own.published}
    ranked = [record for record in study.ranked() if record in distinct.values()][:most]
    published = next(record for record in study.records.values() if record.origin == plan.reference)
    chosen = [Finalist(record, False) for record in ranked] + [Finalist(published, True)]
    start = time.process_time()
    Confirmation(chosen, plan, engine).all()
    sound = [finalist for finalist in chosen if not finalist.failure]
    return {
        "table": problem.dataset, "detector": detector, "trials": trials, "seed": seed, "metric": plan.metric,
        "search_scores": [finalist.record.score for finalist in sound],
        "seconds": [finalist.record.seconds_per_round * plan.full_rounds(finalist.record.params) for finalist in sound],
        "scores": [finalist.by_split() for finalist in sound], "valid_by_train": sound[0].valid_by_train,
        "published": sound[-1].published, "search_cpu": searched, "confirm_cpu": time.process_time() - start,
    }  # fmt: skip


def cells(path: Path, jobs: list[str], seeds: int, trials: int, most: int, data: Any) -> list[dict[str, Any]]:
    """Every cell, read or measured; the cheap jobs of a seed come before the next seed."""
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    problems: dict[str, Problem] = {}
    for seed in range(seeds):
        for job in jobs:
            table, detector, splits = job.split(":")
            if any((one["table"], one["detector"], one["seed"]) == (table, detector, seed) for one in known):
                continue
            if table not in problems:
                request = Request(dataset=table)
                problems[table] = load(request, data_dir(data), allow_standin=False, notify=lambda line: None)
            known.append(measured(problems[table], detector, trials, seed, most, int(splits)))
            with path.open("a") as lines:
                lines.write(json.dumps(known[-1]) + "\n")
            print(
                table,
                detector,
                seed,
                f"{known[-1]['search_cpu']:.0f} s",
                f"{known[-1]['confirm_cpu']:.0f} s",
                flush=True,
            )
    return known


def main() -> None:
    """Draw made-up confirmations, and those of real searches; measure what is not known of these yet."""
    options = parser(__doc__)
    options.add_argument("--spread", type=float, nargs="+", default=[0.012, 0.006], help="how far trials truly differ")
    options.add_argument("--luck", type=float, default=0.02, help="deviation of a score over splits")
    options.add_argument("--draws", type=int, default=2000)
    options.add_argument("--cells", type=Path, metavar="FILE", help="where scores of real searches are kept")
    options.add_argument("--jobs", nargs="+", default=[], metavar="TABLE:DETECTOR:SPLITS", help="real searches")
    options.add_argument("--seeds", type=int, default=3, help="searches of each kind, seeds 0, 1, …")
    options.add_argument("--trials", type=int, default=32, help="of a real search")
    options.add_argument("--finalists", type=int, default=10, help="so many are measured, beside the published one")
    args = options.parse_args()
    if args.jobs and not args.cells:
        options.error("--jobs are kept in a file: say which with --cells")
    started_on, rows = machine(), []
    for spread in args.spread:
        for name, (regret, fits) in made_up(spread, args.luck, args.draws).items():
            rows.append([f"made up, spread {spread:g}", name, regret, fits, ""])
    real = cells(args.cells, args.jobs, args.seeds, args.trials, args.finalists, args.data_dir) if args.cells else []
    for cell in real:
        for name, (regret, fits, seconds) in replayed(cell, min(args.draws, 500)).items():
            rows.append([f"{cell['table']} {cell['detector']}, seed {cell['seed']}", name, regret, fits, seconds])
    columns = ("search", "rule", "regret", "fits", "seconds")
    notes = [f"Of {SPLITS} splits. The published configuration, which is trained on all by every rule, is left out"]
    report("Racing of finalists", columns, rows, [], notes, started_on, {"rows": rows, "cells": real}, args.json)


if __name__ == "__main__":
    main()
