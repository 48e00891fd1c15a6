"""How a search went: learning curves, history, importance, workers, score over seconds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.charts.chart import Chart, Part, Series
from datasets.wording import counted

STATES = {"complete": ("sky", "complete"), "pruned": ("pale", "pruned"), "failed": ("vermilion", "failed")}
CYCLE = ("blue", "vermilion", "green", "purple", "orange", "sky", "black")


DRAWN, DRAWN_BEST = 1000, 100
"""Of more trials than the first so many are drawn: the best, and an even sample of the others."""
NARROW = 1 / 1000
"""Bars of one lane that are nearer to each other than this share of the whole are one: no screen shows them apart."""


def learning_curves(trials: pd.DataFrame, rounds: pd.DataFrame, metric: str) -> Chart:
    """Validation score of every trial over its rounds; the best and the published one stand out and are named.

    The best is the complete trial of the highest score.

    Parameters
    ----------
    trials : DataFrame
        Columns `number`, `state` ("complete", "pruned" or "failed"), `score`, `published`.
    rounds : DataFrame
        Columns `number`, `round`, `score`.
    metric : str
        What the scores are, for the axis.

    Raises
    ------
    ValueError
        If a state is unknown.
    """
    title, counts = f"Learning curves{_sampled(trials)}", _counts(trials)
    known = rounds[rounds["number"].isin(rounds.loc[rounds["score"].notna(), "number"])]
    curves: dict[int, Part] = {
        int(str(n)): (own["round"].tolist(), own["score"].tolist()) for n, own in known.groupby("number")
    }
    if not curves:
        return Chart(title, nothing=_nothing(trials))
    complete = trials[(trials["state"] == "complete") & trials["score"].notna()]
    best = next((int(n) for n in _best_first(complete) if n in curves), None)
    published = [int(n) for n in trials.loc[trials["published"].astype(bool), "number"] if n in curves]
    drawn, series = set(_drawn(trials)["number"]), []
    for state, (colour, text) in STATES.items():
        numbers = [n for n in trials.loc[trials["state"] == state, "number"] if n in curves]
        if counts[state]:
            parts = [curves[n] for n in numbers if n in drawn and n != best and n not in published]
            marker = {"complete": "", "pruned": "circle", "failed": "x"}[state]
            series.append(
                Series(f"{text} ({counts[state]})", parts, colour, width=1.0, opacity=0.75, marker=marker)  # type: ignore[arg-type]
            )
    for n in [*(n for n in published if n != best), *([] if best is None else [best])]:
        roles = ["best"] * (n == best) + ["published"] * (n in published)
        last = pd.Series(curves[n][1]).dropna().iloc[-1]
        series.append(
            Series(
                f"{', '.join(roles)}: trial {n}", [curves[n]], "blue" if n == best else "orange", width=2.6,
                end_label=f"trial {n} ({', '.join(roles)})\n{last:.4f}",
                hover=f"trial {n}, round %{{x}}: %{{y:.4f}}",
            )
        )  # fmt: skip
    return Chart(title, "round", f"validation {metric}", series, whole_x=True)


def optimisation_history(trials: pd.DataFrame, metric: str) -> Chart:
    """Score of every trial in the order of its number, with the best complete one so far; failed ones on the axis.

    Parameters and errors are those of `learning_curves`.
    """
    title, counts = f"Optimisation history{_sampled(trials)}", _counts(trials)
    ordered = trials.sort_values("number")
    scored = ordered[ordered["score"].notna()]
    if scored.empty:
        return Chart(title, nothing=_nothing(trials))
    hover = "trial %{x}: %{y:.4f}"
    series = []
    last = int(ordered["number"].iloc[-1]) + 0.5  # the line goes to the end of the axis
    complete = scored[scored["state"] == "complete"]
    if len(complete):
        rises = complete[~complete["score"].cummax().duplicated()] if len(complete) > DRAWN else complete
        best = rises["score"].cummax().tolist()
        numbers = [*rises["number"].tolist(), last]
        winner = int(_best_first(complete).iloc[0])
        label = f"trial {winner}\n{best[-1]:.4f}"
        series.append(Series("best so far", [(numbers, [*best, best[-1]])], "blue", "steps", width=2, end_label=label))
    drawn = _drawn(scored)
    for state in ("complete", "pruned"):
        own = drawn[drawn["state"] == state]
        if len(own):
            points = [(own["number"].tolist(), own["score"].tolist())]
            colour, text = ("grey" if state == "pruned" else "sky"), f"{state} ({counts[state]})"
            hollow = state == "pruned"
            series.append(Series(text, points, colour, "dots", marker="circle", hollow=hollow, hover=hover))
    failed = ordered[ordered["state"] == "failed"]["number"].tolist()
    if failed:
        text = f"failed ({counts['failed']}), on the axis"
        on_axis = [(failed, [None] * len(failed))]
        series.append(Series(text, on_axis, "vermilion", "dots", marker="x", hover="trial %{x}"))
    published = scored[scored["published"].astype(bool)]
    if len(published):
        points = [(published["number"].tolist(), published["score"].tolist())]
        series.append(Series("published configuration", points, "orange", "dots", marker="diamond", hover=hover))
    return Chart(title, "trial", f"validation {metric}", series, whole_x=True, x_range=(-0.5, last))


def importances(importance: Mapping[str, float]) -> Chart:
    """Importance of each hyperparameter for the score (PED-ANOVA), the most important on top."""
    title = "Importance of the hyperparameters"
    if not importance:
        return Chart(title, nothing="No importances: too few trials were complete.")
    ordered = sorted(importance.items(), key=lambda pair: -pair[1])
    names = [name for name, _ in ordered]
    bars = Series("", [([value for _, value in ordered], names)], kind="bars", hover="%{y}: %{x:.3f}")
    return Chart(title, "importance (share of the total)", "hyperparameter", [bars], rows=names)


def timeline(places: pd.DataFrame) -> Chart:
    """Which worker did which trial when, a line for each worker of each node.

    Parameters
    ----------
    places : DataFrame
        Columns `number`, `state`, `node`, `worker`, `start`, `end`; seconds from the start of the search.
    """
    if places.empty:
        return Chart("Who did what when", nothing="Where trials ran was not recorded.")
    numbers, many = places.groupby("state")["number"].nunique(), len(places) > DRAWN
    places = _merged(places) if many else places
    lanes = places["node"].astype(str) + " · " + places["worker"].astype(str)
    order = places.assign(lane=lanes).sort_values(["node", "worker"])["lane"]
    series = []
    for state, (colour, text) in STATES.items():
        own = places[places["state"] == state]
        if len(own):
            lengths = (own["end"] - own["start"]).round(3).tolist()
            series.append(
                Series(
                    f"{text} ({numbers[state]})", [(lengths, lanes[own.index].tolist())], colour, "bars",
                    base=own["start"].round(3).tolist(), ids=own["number"].tolist(),
                    hover=("from " if many else "") + "trial %{customdata}: %{x:.1f} s",
                )
            )  # fmt: skip
    rows = list(dict.fromkeys(order))
    return Chart("Who did what when", "seconds since the first trial began", series=series, rows=rows)


def anytime(curves: Mapping[str, pd.DataFrame], metric: str) -> Chart:
    """Best validation score so far over the CPU seconds that were spent: of each search `seconds` and `best`.

    Its last row is the end of the search.
    """
    known = {name: own for name, own in curves.items() if len(own)}
    if not known:
        return Chart("Best score over seconds", nothing="No trial was complete.")
    series = [
        Series(
            name, [(own["seconds"].round(3).clip(0.001).tolist(), own["best"].round(5).tolist())],
            CYCLE[k % len(CYCLE)], "steps",
            hover="%{x:.3g} s: %{y:.4f}",
        )
        for k, (name, own) in enumerate(known.items())
    ]  # fmt: skip
    y = f"best validation {metric} so far"
    return Chart("Best score over seconds", "CPU seconds of trials", y, series, log_x=True)


def _drawn(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials to draw, by their numbers: all of a few, else the best and an even sample of the others."""
    if len(trials) <= DRAWN:
        return trials
    best = trials["number"].isin(_best_first(trials)[:DRAWN_BEST])
    others = trials[~best]
    return trials[best | trials["number"].isin(others["number"][:: -(-len(others) // (DRAWN - DRAWN_BEST))])]


def _sampled(trials: pd.DataFrame) -> str:
    """What a title says of trials that are not all drawn."""
    return f": the {DRAWN_BEST} best of {len(trials):,} trials and a sample" if len(trials) > DRAWN else ""


def _merged(places: pd.DataFrame) -> pd.DataFrame:
    """Stretches of work of one state that follow each other closely on a lane, as one with the first one's number."""
    ordered = places.sort_values(["node", "worker", "start"])
    before = ordered.shift()
    apart = ordered["start"] - before["end"] > NARROW * (places["end"].max() - places["start"].min())
    new = apart | (ordered[["node", "worker", "state"]] != before[["node", "worker", "state"]]).any(axis=1)
    whole = {"number": "first", "state": "first", "node": "first", "worker": "first", "start": "first", "end": "last"}
    return ordered.groupby(new.cumsum()).agg(whole).reset_index(drop=True)


def _best_first(trials: pd.DataFrame) -> pd.Series:
    """Numbers of trials, of equal scores the first one first."""
    return trials.sort_values(["score", "number"], ascending=[False, True])["number"]


def _counts(trials: pd.DataFrame) -> dict[str, int]:
    """Trials by state, which must be a known one."""
    for number, state in zip(trials["number"], trials["state"], strict=True):
        if state not in STATES:
            raise ValueError(f"trial {number}: unknown state {state!r}, it is one of {', '.join(STATES)}")
    return {state: int((trials["state"] == state).sum()) for state in STATES}


def _nothing(trials: pd.DataFrame) -> str:
    """Why there is no curve."""
    return f"No score in {counted(trials, 'trial')}." if len(trials) else "No trials to show."
