"""The verdict: what rose and what fell, what chance and the simplest baseline have, what a thousand rows look like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from scipy.stats import norm

from launch.evaluation.arm_metrics import ArmComparison, ArmMetrics, Interval
from launch.evaluation.intervals import LEVEL, holm
from launch.evaluation.metric_labels import RANKING, phrase
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.baseline import NAMES

JUDGED = (*RANKING, "recall_threshold", "precision_threshold")
"""What may be said to be higher or lower than elsewhere."""
ANOMALIES = 10
"""As many anomalies, at least, are among the rows of which it is said how many alarms they raise."""
WIDE = 0.25
"""Share of a number from which half its interval is said, too."""
LEARNS = ("few-label", "supervised", "supervised-pretrained")
"""Levels of supervision that learn from labels."""


def sentences(summary: Summary) -> list[str]:
    """The result; beside the published configuration; beside chance and baseline; in alarms. Each is a line."""
    said = [_reached(summary), _beside_published(summary), _simplest(summary), day(summary.test, summary.image)]
    return [line for line in said if line]


def verdict(summary: Summary) -> str:
    """The same as one text."""
    return " ".join(sentences(summary))


def doubtful(summary: Summary) -> bool:
    """Whether the model is not shown to be better than chance, or than the baseline."""
    if _beside_chance(summary.test.tuned, share_of_anomalies(summary)):
        return True
    over = summary.test.over_baseline
    return over is not None and not summary.test.too_few() and _order(summary.metric)[0] not in _moved(over)[0]


def _reached(summary: Summary) -> str:
    several = f"mean over {len(summary.tasks)} classes, " if summary.tasks else ""
    of = "cross-validated" if summary.test.cross_validated else "test"
    reached = ", ".join(
        f"{phrase(name)} {summary.test.tuned.by_name()[name].mean:.3f}" for name in _order(summary.metric)
    )
    if summary.test.made_up:
        return (
            f"{summary.detector} on {summary.dataset.name}: nothing was measured on real anomalies, since none is "
            f"labelled; on made-up ones {reached}."
        )
    end = "; not a sealed test, so there is no verdict" if summary.test.cross_validated else ""
    return f"{summary.detector} on {summary.dataset.name}: {several}{of} {reached}{end}."


def _beside_published(summary: Summary) -> str:
    published, difference = summary.published, summary.test.difference
    if published is None or summary.test.cross_validated:
        return ""
    trained = f" {words}" if (words := published.trained_text()) else ""
    if summary.best.trial == published.trial:
        return f"The published configuration{trained} was chosen."
    if difference is None:
        return ""
    arm, own = f"the published configuration{trained}", difference.by_name()
    leading = _order(summary.metric)[0]
    if few := summary.test.too_few():
        return f"Against {arm}: {_listed(own, [leading])}: {few}."
    higher, lower = _moved(difference, _order(summary.metric))
    if not higher and not lower:
        return f"Not distinguishable from {arm} ({phrase(leading)} {_signed(own[leading])})."
    parts = [f"{word} in {_listed(own, names)}" for names, word in ((higher, "higher"), (lower, "lower")) if names]
    return f"Against {arm}: {', but '.join(parts)}{'' if higher else ', higher in nothing'}."


def _simplest(summary: Summary) -> str:
    baseline = summary.baseline.detector if summary.baseline else None
    of = (summary.detector, summary.supervision, summary.metric)
    return beside_simplest(replace(summary.test, prevalence=share_of_anomalies(summary)), *of, baseline)


def beside_simplest(test: ArmComparison, detector: str, supervision: str, metric: str, baseline: str | None) -> str:
    """What chance and the baseline have on the same rows, and whether the detector is better than they are.

    `test` must have its prevalence; `metric` is what chose.
    """
    order, share = _order(metric), test.prevalence or 0.0
    chance = {"auroc": 0.5, "ap": share}
    text = "Chance has " + " and ".join(f"{phrase(name)} {chance[name]:.3g}" for name in order)
    if words := _beside_chance(test.tuned, share):
        text += f": this model is {words}"
    if baseline is None or test.baseline is None or test.over_baseline is None:
        return f"{text}."
    figures, over = test.baseline.by_name(), test.over_baseline.by_name()
    learns = ", which learns from the labels," if baseline == "logistic" and supervision not in LEARNS else ""
    text += f"; {NAMES[baseline]}{learns} has "
    text += " and ".join(f"{phrase(name)} {figures[name].mean:.3f}" for name in order)
    if test.cross_validated:
        return f"{text}."
    if few := test.too_few():
        return f"{text}: {few}."
    better, worse = _moved(test.over_baseline, order)
    if better:
        but = f", but worse in {_listed(over, worse)}" if worse else ""
        return f"{text}: {detector} is better in {_listed(over, better)}{but}."
    if worse:
        return f"{text}: {detector} is worse in {_listed(over, worse)}, and not worth using here."
    return f"{text}: {detector} is not shown to be better ({phrase(order[0])} {_signed(over[order[0]])})."


def day(test: ArmComparison, image: bool) -> str:
    """How many alarms rows like those of the test raise at the threshold, right and false ones; nothing if unknown.

    Older searches did not keep the share of false alarms.
    """
    if test.made_up and test.false_alarms is not None:
        flags = round(1_000 * test.false_alarms.mean)
        between = _between(test.false_alarms, 1_000)
        return f"Of 1,000 rows like those of training, it flags about {flags:,}{between} at its threshold."
    recall, false, share = test.tuned.recall_threshold, test.false_alarms, test.prevalence
    if recall is None or false is None or not share:
        return ""
    rows = next((n for n in (1_000, 10_000, 100_000) if n * share >= ANOMALIES), 1_000_000)
    anomalies, what = round(rows * share), "images" if image else "rows"
    right, wrong = round(rows * share * recall.mean), round(rows * (1 - share) * false.mean)
    of = f"Of {rows:,} such {what}, about {anomalies:,} of which are anomalies,"
    if not right and not wrong:
        return f"{of} it flags none: all {anomalies:,} are missed{_between(recall, rows * share, 'found')}."
    found = f"{right:,} right{_between(recall, rows * share)}, {wrong:,} false{_between(false, rows * (1 - share))}"
    missed = max(0, anomalies - right)
    return f"{of} it raises about {right + wrong:,} alarms: {found}; it misses {missed:,}."


def share_of_anomalies(summary: Summary) -> float:
    """Of the rows that the figures are over; of a group of tasks the mean."""
    counts = summary.dataset.counts["test"]
    return summary.test.prevalence or counts["anomalies"] / max(1, counts["rows"])


def _between(interval: Interval, rows: float, word: str = "") -> str:
    """The interval of a number of rows, where it is wide."""
    if interval.low is None or interval.high is None:
        return ""
    low, high = round(rows * interval.low), round(rows * interval.high)
    if (interval.high - interval.low) / 2 <= WIDE * interval.mean or high - low < 2:
        return ""
    return f" ({low:,} to {high:,}{f' {word}' if word else ''})"


def _beside_chance(tuned: ArmMetrics, share: float) -> str:
    """As `ArmMetrics.beside_chance`, also where AP alone is no better than the share of anomalies."""
    if words := tuned.beside_chance():
        return words
    at_least = tuned.ap.mean if tuned.ap.low is None else tuned.ap.low
    return "not shown to be better than chance in AP" if at_least <= share else ""


def _order(metric: str) -> list[str]:
    """The metrics that rank, first the one that chose, or AP where that does not rank."""
    leading = metric if metric in RANKING else "ap"
    return sorted(RANKING, key=lambda name: name != leading)


def _moved(difference: ArmMetrics, order: Sequence[str] = RANKING) -> tuple[list[str], list[str]]:
    """The metrics that are higher, and those that are lower.

    The first metric is judged by its interval. The others are three chances more to find something, so that together
    they err as often as one: Holm's correction, of what their intervals leave to chance.
    """
    own = difference.by_name()
    names = [name for name in dict.fromkeys((*order, *JUDGED)) if name in own and own[name].low is not None]
    others = [name for name in names if name != order[0]]
    chances = dict(zip(others, holm([_chance(own[name]) for name in others]), strict=True))
    clear = [name for name in names if chances.get(name, 0.0) <= 1 - LEVEL]
    higher = [name for name in clear if (low := own[name].low) is not None and low > 0]
    lower = [name for name in clear if (high := own[name].high) is not None and high < 0]
    return higher, lower


def _chance(interval: Interval) -> float:
    """How probable a mean so far from 0 is without a difference, by a normal distribution as wide as the interval."""
    half = max(abs(end - interval.mean) for end in (interval.low, interval.high) if end is not None)
    return (
        float(2 * norm.sf(abs(interval.mean) / half * norm.ppf((1 + LEVEL) / 2))) if half else float(not interval.mean)
    )


def _listed(own: dict[str, Interval], names: Iterable[str]) -> str:
    """`AP (+0.056, +0.030 to +0.081) and AUROC (…)`."""
    *parts, last = [f"{phrase(name)} ({_signed(own[name])})" for name in names]
    return f"{', '.join(parts)} and {last}" if parts else last


def _signed(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.mean:+.3f}"
    return f"{interval.mean:+.3f}, {interval.low:+.3f} to {interval.high:+.3f}"
