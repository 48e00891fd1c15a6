"""Searches of several detectors on one dataset, side by side: `python analysis/compare.py DETECTORS --dataset D`."""

from __future__ import annotations

import shlex
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
from launch.tracking.client import connect

FIGURES = {"test_tuned_auroc": "AUROC", "test_tuned_ap": "AP", "test_tuned_f1_report": "F1 (97.8th pct)"}


@dataclass(frozen=True)
class Options:
    """The last search of each detector on a dataset, side by side: test figures, lift, seconds, and a link to MLflow.

    Example: compare.py devnet,iforest,kmeans --dataset celeba
    """

    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Names joined by commas, or `all`: every one that was searched."""
    dataset: Annotated[str, arg(metavar="NAME")]
    """As MLflow calls its experiment, such as celeba or mnist-3."""
    protocol: Annotated[str | None, arg(metavar="NAME")] = None
    """Only searches under this protocol; default: that of the last search."""
    port: int = 5000
    """Where launch/ui.py listens, for the link."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""


def comparison(client: Any, detectors: str, dataset: str, protocol: str | None = None) -> Any:
    """The last finished search of each detector on a dataset.

    Returns
    -------
    DataFrame
        By supervision and AP: `detector`, `supervision`, `protocol`, the test figures with `_low` and `_high`,
        `test_difference_ap` and its bounds, `fit_seconds`, `predict_seconds`, `run_id`, `experiment_id`, `study`.

    Raises
    ------
    UsageError
        If one of them was not searched there, with the command that does it.
    """
    from analysis.plots.ranking import LEVELS
    from launch.tracking import queries

    tags = ["detector", "supervision", "dataset", "protocol", "study", "outer_split"]
    metrics = [*(f"{k}%" for k in FIGURES), "test_difference_ap%", "fit_seconds", "predict_seconds", "seal_readings"]
    frame = queries.runs(client, ["final"], tags, metrics)
    known = frame[(frame["dataset"] == dataset) & frame.get("test_tuned_auroc", frame["dataset"]).notna()]
    if known.empty:
        datasets = sorted(set(frame["dataset"].dropna()))
        said = f"there are: {', '.join(datasets)}" if datasets else "there are none at all"
        raise UsageError(f"no search on {dataset!r} has come to an end in this record; {said}")
    chosen = protocol or known["protocol"].iloc[-1]
    own = known[known["protocol"] == chosen].drop_duplicates("detector", keep="last")
    wanted = (
        sorted(own["detector"])
        if detectors.strip() == "all"
        else [d.strip() for d in detectors.split(",") if d.strip()]
    )
    missing = [name for name in wanted if name not in set(own["detector"])]
    if missing or not wanted:
        there = ", ".join(sorted(own["detector"]))
        raise UsageError(
            f"no finished search of {', '.join(missing) or 'nothing'} on {dataset} under protocol {chosen}; there are: "
            f"{there}. To search: python launch/tune.py {','.join(missing)} {dataset}"
        )
    own = own[own["detector"].isin(wanted)].copy()
    own["level"] = [LEVELS.index(level) if level in LEVELS else len(LEVELS) for level in own["supervision"]]
    ordered = own.sort_values(["level", "test_tuned_ap", "detector"], ascending=[True, False, True])
    return ordered.drop(columns="level").reset_index(drop=True)


def texts(frame: Any) -> Any:
    """`comparison` as texts for people."""
    import pandas as pd

    def spread(row: Any, name: str, sign: str = "") -> str:
        if row.get(name) is None or row[name] != row[name]:
            return "-"
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        return f"{row[name]:{sign}.4f}" + (
            f" ({low:{sign}.3f} to {high:{sign}.3f})" if low is not None and low == low else ""
        )

    rows = [
        {
            "detector": row["detector"],
            "labels seen": row["supervision"],
            **{title: spread(row, name) for name, title in FIGURES.items()},
            "AP over published": spread(row, "test_difference_ap", "+"),
            "fit s": f"{row['fit_seconds']:.2f}",
            "predict s": f"{row['predict_seconds']:.3f}",
        }
        for row in frame.to_dict("records")
    ]
    return pd.DataFrame(rows)


def link(frame: Any, server: str) -> str:
    """MLflow's comparison of these runs."""
    from launch.tracking.links import compare_path

    return server.rstrip("/") + compare_path(list(frame["run_id"]), sorted(set(frame["experiment_id"])))


def work(options: Options, console: Any) -> None:
    """Show the table and the link."""
    from analysis.board import terminal
    from launch.common.redaction import shown

    client = connect(options.home, options.tracking_uri)
    frame = comparison(client, options.detectors, options.dataset, options.protocol)
    console.print(f"[bold]{options.dataset}, protocol {frame['protocol'].iloc[0]}, test rows, 95 %[/]", highlight=False)
    terminal.show(console, texts(frame))
    console.print("Detectors that saw labels are not to be ranked against those that did not.", style="dim")
    uri = options.tracking_uri or ""
    remote = uri.startswith("http")
    server = shown(uri) if remote else f"http://127.0.0.1:{options.port}"
    home = "" if options.home == Path("runs") else f" --home {shlex.quote(str(options.home))}"
    first = "" if remote else f"python launch/ui.py --port {options.port}{home}   then open "
    console.print(
        f"Side by side in MLflow: {first}{link(frame, server)}", highlight=False, soft_wrap=True, markup=False
    )


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="compare.py"), work))
