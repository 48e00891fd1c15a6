"""Is a search worth its seconds? `python analysis/efficiency.py devnet celeba`."""

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
from launch.common.files import output_folder

ARMS = {"tuned": "tpe", "random": "random"}
SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Options:
    """The tuned search against random search and against the published configuration, at equal seconds of trials.

    Both search with ASHA, with the same seeds, from the same published configuration. What each held for the best
    after a quarter, half and all of the seconds that both spent is trained again on fresh splits: that score is
    not the luckiest of many. Test rows are never read.
    """

    detector: Positional[Annotated[str, arg(metavar="DETECTOR")]]
    """A detector."""
    dataset: Positional[Annotated[str, arg(metavar="DATASET")]]
    """A dataset, or your own table."""
    protocol: str | None = None
    """How the data is split, as in tune.py; default: the dataset's own."""
    label_column: Annotated[str | None, arg(metavar="NAME")] = None
    """The label of a table of your own."""
    seeds: int = 3
    """Searches of each kind."""
    trials: int = 32
    """Trials of a search."""
    max_rounds: int = 10
    """Rounds of a full trial."""
    pairs: int = 3
    """Fresh splits."""
    output: Annotated[Path, arg(metavar="FOLDER")] = Path("runs/efficiency")
    """Where table and picture go."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are; default: $ANOMALY_DATA, else data/."""
    local: bool = False
    """One trial at a time in this process, without Ray."""


def best_by(records: Any, seconds: float) -> Any:
    """The complete trial with the highest score among those that ended within so many seconds; None if none."""
    spent, best = 0.0, None
    for record in records:
        spent += sum(row["fit_seconds"] + row["predict_seconds"] for row in record.history)
        if spent > seconds:
            break
        if record.state == "complete" and (best is None or record.score > best.score):
            best = record
    return best


def total(records: Any) -> float:
    """Seconds of all trials."""
    return float(sum(row["fit_seconds"] + row["predict_seconds"] for r in records for row in r.history))


def measure(options: Options, console: Any) -> Any:
    """Search, and confirm what was best at equal seconds.

    Returns
    -------
    DataFrame
        One row for each seed, share of the seconds and arm: `seed`, `share`, `seconds`, `arm`, `search_score`,
        `confirmed`, `trial`.
    """
    import tempfile

    import pandas as pd

    from analysis.experiments.searching import confirmed, searched
    from datasets import request
    from datasets.load import load
    from launch.common.home import Home
    from launch.config.options import data_dir

    asked = request.Request(options.dataset, options.protocol, label_column=options.label_column)
    problem = load(asked, data_dir(options), allow_standin=False)  # type: ignore[arg-type]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder))
        engine = _engine(options, problem)
        try:
            for seed in range(options.seeds):
                plans, ended = {}, {}
                for arm, sampler in ARMS.items():
                    with console.status(f"{arm} search, seed {seed}"):
                        plans[arm], ended[arm] = searched(options, sampler, seed, problem, engine, home)
                limit = min(map(total, ended.values()))
                chosen = [(share, arm, best_by(r, share * limit)) for share in SHARES for arm, r in ended.items()]
                published = next((r for r in ended["tuned"] if r.published), None)
                chosen += [(share, "published", published) for share in SHARES]
                with console.status(f"confirming, seed {seed}"):
                    scores = confirmed([r for _, _, r in chosen if r], plans["tuned"], engine, seed, options.pairs)
                for share, arm, record in chosen:
                    if record is not None:
                        key = repr(sorted(record.params.items()))
                        row = {"seed": seed, "share": share, "seconds": share * limit, "arm": arm}
                        rows.append(
                            {**row, "search_score": record.score, "confirmed": scores[key], "trial": record.number}
                        )
        finally:
            engine.close()
    return pd.DataFrame(rows)


def _engine(options: Options, problem: Any) -> Any:
    from launch.backend.local import LocalEngine

    if options.local:
        return LocalEngine()
    from launch.backend.ray_engine import RayEngine

    return RayEngine(address=None, concurrent=None, cpus=1.0, gpus=0.0, data_bytes=problem.development.X.nbytes)


def table(measured: Any) -> Any:
    """Means over seeds with intervals, and what the tuned search has over the others, seed by seed, as texts."""
    import pandas as pd

    from launch.evaluation.bootstrap import mean_interval

    def said(values: Any, sign: str = "") -> str:
        mean, low, high = mean_interval(list(values))
        return f"{mean:{sign}.4f}" + ("" if low != low else f" ({low:{sign}.3f} to {high:{sign}.3f})")

    rows = []
    for share, own in measured.groupby("share", sort=True):
        wide = own.pivot(index="seed", columns="arm", values="confirmed").dropna()
        if wide.empty or "tuned" not in wide:
            continue
        row = {"of the seconds": f"{100 * share:.0f} %", "CPU s": f"{own['seconds'].mean():.1f}"}
        row |= {arm: said(wide[arm]) for arm in ("tuned", "random", "published") if arm in wide}
        row |= {
            f"tuned - {arm}": said(wide["tuned"] - wide[arm], "+") for arm in ("random", "published") if arm in wide
        }
        rows.append(row)
    return pd.DataFrame(rows)


def work(options: Options, console: Any) -> None:
    """Measure, show, write."""
    from analysis import plots
    from analysis.board import terminal
    from analysis.reports import page
    from launch.config.options import Options as SearchOptions
    from launch.search.planning import detectors

    for name in ("seeds", "trials", "max_rounds", "pairs"):
        if getattr(options, name) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1")
    detectors(SearchOptions(detector=options.detector, dataset=options.dataset))
    output_folder(options.output)
    measured = measure(options, console)
    if measured.empty:
        raise UsageError("no trial was complete within the seconds; give more --trials")
    shown = table(measured)
    console.print(f"[bold]{options.detector} on {options.dataset}: confirmed validation score at equal seconds[/]")
    terminal.show(console, shown)
    console.print(
        f"Means over {measured['seed'].nunique()} seeds with 95 % intervals, each on {options.pairs} fresh splits; "
        "test rows were not read. Time for confirmation is not counted for anybody.",
        style="dim", highlight=False, soft_wrap=True,
    )  # fmt: skip
    stem = f"{Path(options.detector).stem}-{Path(options.dataset).stem}".replace(":", "-")
    paths = [
        page.write(options.output / f"{stem}.csv", measured.to_csv(index=False, float_format="%.6g")),
        page.write(options.output / f"{stem}.md", page.markdown_table(shown) + "\n"),
    ]
    title = f"{Path(options.detector).stem} on {Path(options.dataset).stem}: at equal seconds"
    paths.append(plots.save(plots.equal_seconds(measured, title), options.output / f"{stem}.png"))
    console.print("Written: " + ", ".join(map(str, paths)), highlight=False, soft_wrap=True, markup=False)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="efficiency.py"), work))
