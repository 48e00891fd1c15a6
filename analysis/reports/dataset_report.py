"""All finished searches on one dataset, side by side."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import charts
from analysis.reports import page, result_sections, study_data
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.common.errors import UsageError
from launch.common.home import Home
from launch.common.invocation import program
from launch.common.text import short
from launch.evaluation import summary as summaries
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.recommendation import RULE, Recommendation, of_summaries, why_none
from launch.evaluation.verdict.sentences import verdict

COSTS = (
    "Seconds are of one fit of the chosen configuration, and of scoring the test rows. Search minus confirmed: by how "
    "much the score that chose a configuration is above its score on fresh splits."
)


def searches(home: Path, dataset: str) -> list[str]:
    """Names of the finished searches on a dataset: of each detector and protocol the last.

    Raises
    ------
    UsageError
        If there is none, with the datasets that there are.
    """
    last: dict[tuple[str, str, str], str] = {}
    datasets: set[str] = set()
    for name in study_data.names(home):
        try:
            summary = summaries.read(home / "studies" / f"{name}.summary.json")
        except ValueError:
            continue
        datasets.add(summary.dataset.name)
        if summary.dataset.name == dataset:
            last[summary.detector, summary.dataset.protocol, str(summary.dataset.outer_split)] = name
    if last:
        return list(last.values())
    study = home / "studies" / f"{dataset}.journal"
    if study.is_file() or not datasets:
        study_data.load(home, dataset)
    near = difflib.get_close_matches(dataset, [*datasets, *study_data.names(home)], n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are searches on {', '.join(sorted(datasets))}"
    raise UsageError(f"there is no finished search {dataset!r} in {home}, nor one on a dataset of that name; {hint}")


def _place(data: StudyData) -> tuple[float, float, str]:
    return -(data.summary.best.validation.confirmed.mean or 0.0), -data.summary.test.tuned.ap.mean, data.name


def recommendation(all_of: Sequence[StudyData]) -> Recommendation | None:
    """Which one to take; None of one alone, and where their rows differ."""
    return of_summaries(_named(all_of)) if len(all_of) > 1 else None


def _named(all_of: Sequence[StudyData]) -> list[tuple[str, Summary]]:
    return [(data.summary.detector, data.summary) for data in all_of]


def comparison(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """What each search came to, one row each, as texts, best on validation first."""
    rows, metrics = [], {data.summary.metric for data in all_of}
    metric, *others = sorted(metrics)
    compared = "ap" if others else metric
    several = len({_problem(data) for data in all_of}) > 1
    for data in sorted(all_of, key=_place):
        summary, test = data.summary, data.summary.test
        mean = summary.best.validation.confirmed.mean
        row = {"detector": summary.detector, "labels seen": summary.supervision}
        if several:
            row["protocol"] = _problem(data)
        named = f"{summary.metric.upper()} " if others else ""
        row["confirmed" if others else f"confirmed {metric.upper()}"] = "-" if mean is None else f"{named}{mean:.4f}"
        row |= {"test AUROC": test.tuned.auroc.text(), "test AP": test.tuned.ap.text()}
        above = test.difference.by_name()[compared].text(signed=True) if test.difference else "-"
        rows.append(row | {f"test {compared.upper()} over published": above})
    return pd.DataFrame(rows)


def costs(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """What each search took, and how to find it, in the same order."""
    rows = []
    for data in sorted(all_of, key=_place):
        summary, validation = data.summary, data.summary.best.validation
        score, mean = validation.search_score, validation.confirmed.mean
        trained = summary.published.trained_text() if summary.published else ""
        rows.append({
            "detector": summary.detector, "trials": str(summary.trials.total()), "fit s": f"{summary.seconds.fit:.3f}",
            "predict s": f"{summary.seconds.predict:.3f}",
            "search minus confirmed": "-" if mean is None or score is None else f"{score - mean:+.4f}",
            "published was trained": trained or "-", "study": data.name,
        })  # fmt: skip
    return pd.DataFrame(rows)


def sections(all_of: Sequence[StudyData]) -> list[Section]:
    """What the searches came to, and what each cost on the way."""
    found = recommendation(all_of)
    said: tuple[str, ...] = ()
    if found is not None:
        said = (*map(str.strip, found.lines()), RULE)
    elif len(all_of) > 1:
        said = (f"No recommendation: {why_none(_named(all_of))}.",)
    listed = [Section("detectors", "Detectors", said, table=comparison(all_of))]
    text = (
        "The best validation score that each search had after so many seconds of cores: at equal compute, not at an "
        "equal number of trials."
    )
    for metric in sorted({data.summary.metric for data in all_of}):
        curves = {_label(d): d.anytime for d in all_of if d.summary.metric == metric}
        drawn = (("Best so far", charts.anytime(curves, metric.upper())),)
        listed.append(Section(f"compute-{metric}", f"At equal compute ({metric.upper()})", (text,), drawn))
    listed.append(Section("seal", "How often the test was read", table=_test_reads(all_of)))
    listed.append(Section("cost", "What each search took", (COSTS,), table=costs(all_of)))
    return listed + [_search(data, k) for k, data in enumerate(sorted(all_of, key=_place))]


def _search(data: StudyData, number: int) -> Section:
    """One search in short."""
    summary, trials = data.summary, data.summary.trials
    text = (
        verdict(summary),
        f"Chosen: trial {summary.best.trial} of {trials.total()}, of which {trials.pruned} were stopped early and "
        f"{trials.failed} failed: {short(summary.best.config)}.",
        f"Its own report: {program('analysis/report.py')} {data.name}{where(data.home)}",
    )
    title = f"{summary.detector} ({summary.supervision})"
    return Section(f"search-{number}", title, text, table=result_sections.metrics_table(summary), folded=True)


def where(home: Path) -> str:
    """What a command says to mean a home."""
    return "".join(f" {shlex.quote(word)}" for word in Home(home).arguments())


def _label(data: StudyData) -> str:
    return f"{data.summary.detector} ({data.summary.supervision}), {_problem(data)}"


def _problem(data: StudyData) -> str:
    return f"{data.summary.dataset.protocol}, split {data.summary.dataset.outer_split}"


def _test_reads(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """Readings of each sealed test set on record in the home, as texts."""
    rows = {(d.summary.dataset.protocol, str(d.summary.dataset.outer_split), str(d.readings)) for d in all_of}
    return pd.DataFrame(sorted(rows), columns=["protocol", "outer split", "readings in this home (seal.jsonl)"])


def write(all_of: Sequence[StudyData], dataset: str, folder: Path, stem: str | None = None) -> Path:
    """Write `DATASET.html` and `DATASET.md`, or files of another stem; returns the first."""
    found = recommendation(all_of)
    if found is not None:
        verdict = found.lines()[0]
    else:
        best = {data.summary.supervision: data.summary for data in sorted(all_of, key=_place, reverse=True)}
        leaders = [f"{level}: {own.detector} ({own.test.tuned.ap.mean:.4f})" for level, own in sorted(best.items())]
        verdict = f"Highest on validation by what was seen of the labels, with test AP: {'; '.join(leaders)}."
    made = sections(all_of)
    own = stem is None
    stem = re.sub(r"[^\w.-]", "-", dataset) if stem is None else stem
    page.write(folder / f"{stem}.md", page.markdown(dataset, verdict, made))
    about = "The last search of each detector on" if own else "Searches of one command on"
    whole = page.html(dataset, verdict, about, made, broad=True)
    return page.write(folder / f"{stem}.html", whole)
