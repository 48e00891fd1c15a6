"""Which of several detectors to take: on what condition, what comes next after it, and what that would cost.

Chosen on validation scores alone: those of each search's winner on the confirmation splits, which are the same for
all. Test figures stand beside the choice and change nothing in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from launch.evaluation.arm_metrics import Interval
from launch.evaluation.intervals import paired_split_interval
from launch.evaluation.metric_labels import label
from launch.evaluation.summary import Summary

MOST_LOSS = 0.02
"""What a cheaper detector may be behind by, where the two cannot be told apart."""
LOSS_OF_LEAD = 0.1
"""And the share of what the best has above chance: .10 against .08 of an AP is a fifth."""
CHEAPER = 0.5
"""The share of the time that makes it cheaper."""
LEAST_SECONDS = 0.05
"""Shorter times are the same: what is measured there is the machine."""
VALID_BY_TRAIN = 0.25
"""Validation rows by training rows of a split, where a record does not say them."""
RULE = (
    "Rule: the highest score on the validation rows of the confirmation. Of detectors that cannot be told apart "
    f"from it and are behind by at most {MOST_LOSS:g} and by at most a tenth of what it has above chance, the "
    "fastest, if it takes half the time or less."
)
"""How one is chosen."""
CONTROL = "random"
"""Is never recommended."""
Conditions = Sequence[tuple[str, tuple[str, ...] | None]]
CONDITIONS: Conditions = (
    ("if you will have labels like these", None),
    ("if only rows known to be normal are there to train on", ("unsupervised", "one-class")),
    ("without labels", ("unsupervised",)),
)
"""On which a detector can be trained, and the levels that can be; None: all."""

MADE_UP: Conditions = (("by made-up anomalies, since none is labelled", None),)
"""The condition where no anomaly is labelled."""


@dataclass(frozen=True)
class Candidate:
    """The winner of one search, as far as a choice between several needs it."""

    name: str
    level: str
    """What it saw of the labels."""
    confirmed: Interval
    """Its score on fresh validation splits."""
    splits: tuple[float, ...] = ()
    """The score of each; empty where they were not kept."""
    fit_seconds: float = math.nan
    predict_seconds: float = math.nan
    test: Interval | None = None
    """The same metric on the test rows; nothing depends on it."""
    measured: str = "on the test rows"
    fresh_splits: int = 0
    """How many splits its confirmed score is a mean of; two give an interval that is as wide as all there is."""

    @property
    def seconds(self) -> float:
        """One fit and one scoring of the test rows; NaN where they are not known."""
        return max(self.fit_seconds + self.predict_seconds, LEAST_SECONDS)  # in this order NaN stays


@dataclass(frozen=True)
class Difference:
    """One score minus another on the same validation rows, with its 95 % interval, where there is one."""

    mean: float
    low: float = math.nan
    high: float = math.nan

    @property
    def distinguishable(self) -> bool:
        """Whether the two can be told apart."""
        return self.low > 0 or self.high < 0

    def text(self) -> str:
        """`-0.0120 (-0.030 to +0.006)`."""
        return f"{self.mean:+.4f}" + ("" if math.isnan(self.low) else f" ({self.low:+.3f} to {self.high:+.3f})")


@dataclass(frozen=True)
class Choice:
    """The detector to take on one condition."""

    condition: str
    chosen: Candidate
    best: Candidate
    """The one with the highest score; another than the chosen one where that is cheaper and as good."""
    runner_up: Candidate | None = None
    cost: Difference | None = None
    """What taking the runner-up instead changes in the score."""
    tied: tuple[str, ...] = ()
    """Others that cannot be told apart from the best."""
    against_labels: Difference | None = None
    """The score minus that of the detector to take where there are labels."""


@dataclass(frozen=True)
class Recommendation:
    """One choice for each condition on which another detector is to be taken, the one with most labels first."""

    metric: str
    choices: tuple[Choice, ...]
    chance: float | None = None
    """The metric of random scores on the validation rows, where that is known."""

    @property
    def detector(self) -> str:
        """The detector to take where there will be labels as there were."""
        return self.choices[0].chosen.name

    def lines(self) -> list[str]:
        """What a person is told, without the rule."""
        told: list[str] = []
        for choice in self.choices:
            told += self._told(choice)
            if choice.against_labels is not None:
                told.append(
                    f"  Against {self.detector} with labels: {label(self.metric)} {choice.against_labels.text()}."
                )
        return told

    def __str__(self) -> str:
        return "\n".join([*self.lines(), RULE])

    def _told(self, choice: Choice) -> list[str]:
        chosen, best, name = choice.chosen, choice.best, label(self.metric)
        test = f"; {chosen.measured} {chosen.test.text()}" if chosen.test is not None else ""
        lines = [f"Recommended {choice.condition}: {chosen.name}, {name} {chosen.confirmed.text()} confirmed{test}."]
        least = chosen.confirmed.mean if chosen.confirmed.low is None else chosen.confirmed.low
        if self.chance is not None and least <= self.chance:
            few = "; two splits cannot show it, --confirm 5 may" if chosen.fresh_splits == 2 else ""
            lines.append(f"  It is not shown to rank better than chance ({name} {self.chance:.4f}){few}.")
        if choice.runner_up is not None and choice.cost is not None:
            place = "Runner-up" if best is chosen else "Highest, and slower"
            lines.append(f"  {place}: {choice.runner_up.name}, {_cost(choice.runner_up, chosen, choice.cost, name)}.")
        return lines


def recommend(
    candidates: Iterable[Candidate],
    metric: str,
    valid_by_train: float,
    chance: float | None = None,
    conditions: Conditions = CONDITIONS,
) -> Recommendation | None:
    """Which detector to take on which condition; None where there is nothing to choose from.

    Parameters
    ----------
    candidates : iterable of Candidate
        Searched on the same data under the same protocol, by the same metric, of which more is better.
    metric : str
    valid_by_train : float
        Validation rows by training rows of a split.
    chance : float, optional
        What random scores reach.
    conditions : sequence of (str, levels)
        On which one is chosen.
    """
    known = [own for own in candidates if math.isfinite(own.confirmed.mean)]
    known = [own for own in known if own.name != CONTROL] or known
    choices: list[Choice] = []
    for condition, levels in conditions:
        fitting = [own for own in known if levels is None or own.level in levels]
        if condition == CONDITIONS[1][0] and not any(own.level == "one-class" for own in fitting):
            continue
        if not fitting:
            continue
        choice = _choice(condition, fitting, valid_by_train, chance or 0.0)
        if choices and choice.chosen.name == choices[-1].chosen.name:
            choices[-1] = _widened(choices[-1], condition)
        else:
            least = difference(choice.chosen, choices[0].chosen, valid_by_train) if choices else None
            choices.append(replace(choice, against_labels=least))
    return Recommendation(metric, tuple(choices), chance) if choices else None


def difference(other: Candidate, own: Candidate, valid_by_train: float) -> Difference:
    """The score of another minus one's own: paired by their splits, and from both intervals where none were kept."""
    shared = min(len(own.splits), len(other.splits))  # the same ones: who is on fewer is on the first of them
    if shared > 1:
        return Difference(*paired_split_interval(other.splits[:shared], own.splits[:shared], valid_by_train))
    mean = other.confirmed.mean - own.confirmed.mean
    halves = [_half(other.confirmed), _half(own.confirmed)]
    if None in halves:
        return Difference(mean)
    half = math.hypot(*(width for width in halves if width is not None))
    return Difference(mean, max(-1.0, mean - half), min(1.0, mean + half))


def comparable(candidates: Sequence[Candidate]) -> dict[str, float]:
    """The confirmed means as if all had been confirmed on as many splits.

    Splits differ in how hard they are. Where some candidates are on the first ones alone, least squares of a mean for
    each candidate and one for each split say by how much those are easier; who is on all keeps the own mean.
    """
    means = {own.name: own.confirmed.mean for own in candidates}
    if len({len(own.splits) for own in candidates}) == 1 or not all(own.splits for own in candidates):
        return means
    cells = [(i, k, score) for i, own in enumerate(candidates) for k, score in enumerate(own.splits)]
    design = np.zeros((len(cells), len(candidates) + max(k + 1 for _, k, _ in cells)))
    for row, (i, k, _) in zip(design, cells, strict=True):
        row[[i, len(candidates) + k]] = 1.0
    ease = np.linalg.lstsq(design, np.array([score for *_, score in cells]))[0][len(candidates) :]
    return {own.name: means[own.name] + float(ease.mean() - ease[: len(own.splits)].mean()) for own in candidates}


def of_summaries(summaries: Sequence[tuple[str, Summary]]) -> Recommendation | None:
    """The recommendation of finished searches, by detector; None where they are not of the same rows and metric."""
    if len({_same(summary) for _, summary in summaries}) != 1:
        return None
    first, paired = summaries[0][1], len({summary.seed for _, summary in summaries}) == 1
    counts = first.dataset.counts
    valid, train = counts.get("valid"), counts.get("train")
    ratio = valid["rows"] / train["rows"] if valid and train else VALID_BY_TRAIN
    chance = chance_of(first.metric, valid["anomalies"] / valid["rows"]) if valid else None
    known = [_candidate(name, summary, paired=paired) for name, summary in summaries]
    return recommend(known, first.metric, ratio, chance, MADE_UP if first.test.made_up else CONDITIONS)


def why_none(summaries: Sequence[tuple[str, Summary]]) -> str:
    """Why `of_summaries` gives none of these."""
    if len({_same(summary) for _, summary in summaries}) > 1:
        return "these are not searches of the same rows by the same metric"
    return "no score was confirmed on a fresh validation split, and nothing is chosen by test figures"


def _candidate(name: str, summary: Summary, *, paired: bool) -> Candidate:
    """What a choice needs of a search; splits of another seed are other splits."""
    confirmed, seconds = summary.best.validation.confirmed, summary.seconds
    mean = math.nan if confirmed.mean is None else confirmed.mean
    where = f"on the test {'images' if summary.image else 'rows'}"
    where = (
        "out of fold" if summary.test.cross_validated else "on other made-up ones" if summary.test.made_up else where
    )
    return Candidate(
        name,
        summary.supervision,
        Interval(mean, confirmed.low, confirmed.high),
        tuple(confirmed.scores or ()) if paired else (),
        seconds.fit if seconds.fit or seconds.predict else math.nan,  # older summaries do not have them
        seconds.predict,
        summary.test.tuned.by_name().get(summary.metric),
        where,
        confirmed.splits or 0,
    )


def chance_of(metric: str, anomalies: float) -> float | None:
    """What random scores reach where anomalies have this share of the rows; None where that is not known."""
    return {"auroc": 0.5, "ap": anomalies}.get(metric)


def _choice(condition: str, fitting: Sequence[Candidate], ratio: float, chance: float) -> Choice:
    means = comparable(fitting)
    ranked = sorted(fitting, key=lambda own: (-means[own.name], own.seconds, own.name))
    best = ranked[0]
    most_loss = min(MOST_LOSS, LOSS_OF_LEAD * max(0.0, best.confirmed.mean - chance))
    behind = {own.name: difference(own, best, ratio) for own in ranked[1:]}
    tied = [own for own in ranked[1:] if not behind[own.name].distinguishable]
    cheap = [
        own for own in tied if behind[own.name].mean >= -most_loss and own.seconds <= CHEAPER * best.seconds
    ]  # a time that is not known is no short one
    chosen = min(cheap, key=lambda own: own.seconds, default=best)
    runner_up = next((own for own in ranked if own is not chosen), None)
    cost = None if runner_up is None else difference(runner_up, chosen, ratio)
    return Choice(condition, chosen, best, runner_up, cost, tuple(own.name for own in tied))


def _widened(choice: Choice, condition: str) -> Choice:
    """The same detector on one more condition."""
    unlabelled = condition == CONDITIONS[-1][0]
    return replace(choice, condition="with or without labels" if unlabelled else f"{choice.condition}, and {condition}")


def _same(summary: Summary) -> tuple[str, ...]:
    data = summary.dataset
    request = json.dumps(data.request, sort_keys=True, default=str)
    return data.sha256, data.protocol, str(data.outer_split), request, summary.metric


def _half(interval: Interval) -> float | None:
    return None if interval.low is None or interval.high is None else (interval.high - interval.low) / 2


def _cost(other: Candidate, own: Candidate, cost: Difference, metric: str) -> str:
    """What taking another detector changes."""
    if math.isnan(cost.low):
        apart = "one split cannot tell them apart"
    elif not cost.distinguishable:
        two = 2 in (own.fresh_splits, other.fresh_splits)
        apart = "two splits cannot tell them apart" if two else "not distinguishable"
    else:
        apart = "better" if cost.mean > 0 else "worse"
    times = ""
    if not math.isnan(other.fit_seconds + own.fit_seconds):
        times = f"; one fit {_seconds(other.fit_seconds)} instead of {_seconds(own.fit_seconds)}"
    return f"{metric} {cost.text()}, {apart}{times}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds:,.0f} s"
