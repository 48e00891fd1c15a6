"""A whole tuned, confirmed and registered search against one fit of DeepOD's DevNet.

Ours: `launch/tune.py devnet celeba --trials 64` in a fresh home, wall seconds from the start
of the process to its exit. Theirs: one fit with the report's settings on the same training
rows, alone, fit seconds only, at the better of 1 and 2 threads. One after the other.

    python analysis/benchmarks/search_vs_fit.py
    python analysis/benchmarks/search_vs_fit.py --trials 6 --deepod-epochs 2     # a quick look
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from analysis.benchmarks import common
from analysis.benchmarks.arms.deepod_fit import EPOCHS
from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import BenchmarkFailed, arm, environment
from launch.evaluation.summary import Summary, read

AIM, TARGET = 1.0, 0.5
AUROC, AP = 0.955, 0.36
STAGES = ("search", "confirm", "refit", "record")


def search(args: Any, env: dict[str, str]) -> tuple[float, Summary]:
    """Run the command in a fresh home, which must register a model; its wall seconds and its summary."""
    with common.fresh_home() as home:
        target = home / "summary.json"
        command = [sys.executable, str(common.ROOT / "launch" / "tune.py"), "devnet", args.dataset, "--no-standin"]
        command += ["--trials", str(args.trials), "--seed", str(args.seed), "--home", str(home / "runs")]
        command += ["--summary", str(target), *(args.tune or [])]
        seconds, _ = common.timed(command, env)
        summary = read(target)
    if not summary.model_uri:
        raise BenchmarkFailed("the search registered no model")
    return seconds, summary


def better(fits: list[dict[str, Any]]) -> dict[str, Any]:
    """The fit of the fewest seconds."""
    return min(fits, key=lambda fit: fit["full_seconds"])


def main() -> None:
    """Measure both arms and show them."""
    options = common.parser(__doc__)
    options.add_argument("--trials", type=int, default=64)
    options.add_argument("--seed", type=int, default=0, help="of the search, and of the split that both sides train on")
    options.add_argument("--dataset", default="celeba")
    options.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="of DeepOD, each tried; default: 1 2")
    options.add_argument("--deepod-epochs", type=int, default=EPOCHS, help="fewer give a scaled figure, said so")
    options.add_argument(
        "--tune", action="append", metavar="ARG", help="one more argument of tune.py, as --tune=--sampler=random"
    )
    args = options.parse_args()
    started_on = common.machine()
    seconds, summary = search(args, environment(data_dir=args.data_dir))
    where = {"dataset": args.dataset, "seed": args.seed, "epochs": args.deepod_epochs}
    fits = [arm("arms.deepod_fit:fit", environment(n, args.data_dir), threads=n, **where) for n in args.threads]
    theirs = better(fits)
    best, trials, rounds = summary.best.validation, summary.trials, summary.rounds
    confirmed = best.confirmed
    scale = "" if args.deepod_epochs == EPOCHS else f", scaled from {args.deepod_epochs} epochs"
    rows: list[list[Any]] = [[f"tune.py devnet {args.dataset} --trials {args.trials}", seconds, best.auroc, best.ap]]
    rows += [
        [f"DeepOD, {EPOCHS} epochs, {f['threads']} threads{scale}", f["full_seconds"], f["auroc"], f["ap"]]
        for f in fits
    ]
    value = ratio(seconds, theirs["full_seconds"])
    checks = [
        Check("search over fit", value, AIM),
        Check("search over fit, target", value, TARGET),
        Check("validation AUROC of the winner in the search", best.auroc or 0.0, AUROC, at_most=False),
        Check("validation AP of the winner in the search", best.ap or 0.0, AP, at_most=False),
        Check("the same AUROC, mean of the fresh splits", confirmed.auroc or 0.0, AUROC, at_most=False),
        Check("the same AP, mean of the fresh splits", confirmed.ap or 0.0, AP, at_most=False),
    ]
    spent = summary.seconds.stages()
    known = {stage: spent[stage] for stage in STAGES if stage in spent}
    known["start, finish and the rest"] = seconds - sum(known.values())
    notes = [
        "our seconds by stage: " + ", ".join(f"{stage} {value:.1f}" for stage, value in known.items()),
        f"{trials.complete} trials complete, {trials.pruned} stopped early, {trials.failed} failed; "
        f"{rounds.run} of {rounds.without_stopping} rounds were trained",
        f"the winner is {summary.best.origin} trial {summary.best.trial}, "
        f"confirmed {summary.metric.upper()} {confirmed.mean:.4f} on fresh splits, "
        f"search score {best.search_score:.4f}",
    ]
    if scale:
        notes.append("DeepOD's seconds are scaled and its AUROC and AP are those of the shortened fit: no final figure")
    ours = {"seconds": seconds, "summary": summary.plain()}
    numbers = {"ours": ours, "deepod": fits, "ratio": value, "stages": known, "deepod_scaled": bool(scale)}
    columns = ("side", "seconds", "validation AUROC", "validation AP")
    report("Whole search against one fit", columns, rows, checks, notes, started_on, numbers, args.json)


if __name__ == "__main__":
    main()
