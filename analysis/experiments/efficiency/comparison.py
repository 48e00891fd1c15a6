"""Figures of a study: what each arm held for the best after so many trials or seconds, and differences of arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from analysis.experiments.efficiency.arms import Arm
from analysis.experiments.efficiency.confirming import fit_key, leaders, reference
from launch.evaluation.intervals import mean_interval

TRIALS = (4, 10, 30)
SHARES = (0.25, 0.5, 1.0)
"""Of the CPU seconds of the arm of a cell that took the fewest."""
CURVE = tuple(sorted({*SHARES, *map(float, np.round(np.geomspace(0.03, 1.0, 16), 4))}))
CELL = ["detector", "dataset", "seed"]
LEAST = 4
"""Datasets, or seeds of one, from which on a difference may be called shown: two or three can agree by luck."""


def seconds(line: Mapping[str, Any]) -> list[float]:
    """CPU seconds of a search at the end of each of its trials, with asking for it and recording it."""
    costs = [trial["between"] + sum(own for _, own in trial["rounds"]) for trial in line["trials"]]
    return list(accumulate(costs))


def best(line: Mapping[str, Any], trials: int) -> Mapping[str, Any] | None:
    """What a search had for the best after so many trials: complete, with the highest score."""
    found = leaders(line["trials"][:trials])
    return found[-1] if found else None


def confirmed(line: Mapping[str, Any], trial: Mapping[str, Any], fits: Mapping[str, Mapping[str, Any]]) -> float:
    """Mean score of a trial's configuration on the fresh splits; NaN where a fit failed or is not there."""
    scores = fits.get(fit_key(line, trial["config"]), {}).get("scores", {})
    return float(np.mean([np.nan if score is None else score for score in scores.values()])) if scores else np.nan


def measured(
    lines: Sequence[Mapping[str, Any]], arms: Sequence[Arm], fits: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """A row for each cell, point and arm, of the cells in which every arm has searched.

    `kind` is `trials` or `seconds`, `at` how many trials, or which share of the seconds. Until a search has a complete
    trial, it holds the published configuration.
    """
    cells: dict[tuple[Any, ...], dict[str, Mapping[str, Any]]] = {}
    for line in lines:
        if line["failure"] is None:
            cells.setdefault(tuple(line[name] for name in CELL), {})[line["arm"]] = line
    searching = [arm.name for arm in arms if arm.searches]
    rows: list[dict[str, Any]] = []
    for names, found in cells.items():
        if not all(name in found for name in searching):
            continue
        spent = {name: seconds(found[name]) for name in searching}
        limit = min(own[-1] for own in spent.values())
        published = reference(found[searching[0]])
        for kind, at in [("trials", n) for n in _points(found)] + [("seconds", share) for share in CURVE]:
            for arm in (arm.name for arm in arms):
                line = found.get(arm, found[searching[0]])
                held = None
                if arm in found:
                    n = int(at) if kind == "trials" else sum(own <= at * limit for own in spent[arm])
                    held = best(line, n)
                trial = held or published
                if trial is not None:
                    cost = at * limit if kind == "seconds" else spent[arm][: int(at)][-1] if arm in spent else 0.0
                    rows.append({
                        **dict(zip(CELL, names, strict=True)), "kind": kind, "at": float(at), "arm": arm,
                        "seconds": cost, "trial": trial["number"], "search_score": trial["score"],
                        "confirmed": confirmed(line, trial, fits),
                    })  # fmt: skip
    return pd.DataFrame(rows)


def _points(found: Mapping[str, Mapping[str, Any]]) -> list[int]:
    """Numbers of trials at which arms are compared, and the most that all were asked for; some spaces have no more."""
    most = min(line["asked"] for line in found.values())
    return [*(n for n in TRIALS if n < most), most]


def differences(frame: pd.DataFrame, against: str) -> pd.DataFrame:
    """By how much the confirmed score of each arm is above that of another in the same cell, at each point."""
    columns = [*CELL, "kind", "at"]
    other = frame[frame["arm"] == against].set_index(columns)["confirmed"].rename("other")
    found = frame[frame["arm"] != against].join(other, on=columns)
    return found.assign(difference=found["confirmed"] - found["other"]).dropna(subset=["difference"])


def over_tables(values: pd.Series) -> tuple[float, float, float]:
    """Mean of a value of cells, with its 95 % interval: t over means of datasets, of one dataset over those of seeds.

    Each detector counts the same within a dataset. Seeds of one dataset are not independent observations of what a
    search is worth on another, so that it is datasets that count.
    """
    unit = _unit(values)
    means = values.groupby([unit, "detector"]).mean().groupby(unit).mean()
    return mean_interval(means.to_numpy())


def _unit(values: pd.Series) -> str:
    return "dataset" if values.index.get_level_values("dataset").nunique() > 1 else "seed"


def regret(frame: pd.DataFrame) -> pd.DataFrame:
    """Normalised regret of each row: 0 is the best confirmed score of any arm in the cell, 1 the lowest.

    The range is the mean over seeds, since that of one cell may be nothing but noise.
    """
    of_cell = frame.groupby(CELL)["confirmed"]
    width = (of_cell.max() - of_cell.min()).groupby(["detector", "dataset"]).mean().rename("width")
    widths = frame.join(width.where(width > 0), on=["detector", "dataset"])["width"]
    return frame.assign(regret=(of_cell.transform("max") - frame["confirmed"]) / widths)


def table(frame: pd.DataFrame, against: str) -> pd.DataFrame:
    """Each arm at each point: score, difference with interval, in how many searches higher and lower, what is shown."""
    differ = differences(frame, against)
    shown = frame[(frame["kind"] == "trials") | frame["at"].isin(SHARES)]
    rows = []
    for (kind, at), own in shown.groupby(["kind", "at"], sort=False):
        for arm in dict.fromkeys(own["arm"]):
            mine = own[own["arm"] == arm]
            row = {
                "at": _point(own), "arm": arm,
                "CPU s": f"{mine['seconds'].mean():.2f}", "score": f"{_mean(mine, 'confirmed'):.4f}",
                "regret": f"{_mean(mine, 'regret'):.3f}",
            }  # fmt: skip
            found = differ[(differ["kind"] == kind) & (differ["at"] == at) & (differ["arm"] == arm)]
            rows.append(row | _against(found.set_index(CELL)["difference"], against, same=arm == against))
    return pd.DataFrame(rows)


def apart(frame: pd.DataFrame, against: str, column: str) -> pd.DataFrame:
    """Differences at all of the seconds, for each detector or each dataset (the column) by itself."""
    last = differences(frame[(frame["kind"] == "seconds") & (frame["at"] == 1.0)], against)
    rows = [
        {column: name, "arm": arm, **_against(own.set_index(CELL)["difference"], against)}
        for (name, arm), own in last.groupby([column, "arm"], sort=False)
    ]
    return pd.DataFrame(rows)


def _point(frame: pd.DataFrame) -> str:
    kind, at = frame["kind"].iloc[0], float(frame["at"].iloc[0])
    return f"{at:.0f} trials" if kind == "trials" else f"{100 * at:.0f} % of seconds"


def _mean(frame: pd.DataFrame, column: str) -> float:
    """Every detector on every dataset counts the same."""
    return float(frame.groupby(["detector", "dataset"])[column].mean().mean())


def _against(values: pd.Series, against: str, *, same: bool = False) -> dict[str, str]:
    if same or values.empty:
        return {f"minus {against}": "", "higher / lower": "", "shown": ""}
    mean, low, high = over_tables(values)
    text = f"{mean:+.4f}" + ("" if low != low else f" ({low:+.4f} to {high:+.4f})")
    enough = values.index.get_level_values(_unit(values)).nunique() >= LEAST
    word = "higher" if enough and low > 0 else "lower" if enough and high < 0 else "not shown"
    return {f"minus {against}": text, "higher / lower": f"{(values > 0).sum()} / {(values < 0).sum()}", "shown": word}


def curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean normalised regret of each arm at shares of the seconds, with its interval: `arm`, `at`, mean, low, high."""
    rows = []
    for (arm, at), own in frame[frame["kind"] == "seconds"].groupby(["arm", "at"], sort=False):
        values = own.set_index(CELL)["regret"].dropna()
        if len(values):
            rows.append((arm, at, *over_tables(values)))
    return pd.DataFrame(rows, columns=["arm", "at", "mean", "low", "high"])
