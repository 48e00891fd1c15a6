"""All finished searches on one dataset, side by side."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import charts
from analysis.reports import page, study_data
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.common.errors import UsageError
from launch.evaluation import summary as summaries
from trainables.core.levels import level_order

ACROSS = "Detectors that saw labels are not to be ranked against those that did not: read each level by itself."


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


def _place(data: StudyData) -> tuple[int, float, str]:
    return level_order(data.summary.supervision), -data.summary.test.tuned.ap.mean, data.name


def comparison(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """One row for each search, as texts, by what its detector saw of the labels and then by AP."""
    rows = []
    for data in sorted(all_of, key=_place):
        summary = data.summary
        test, validation = summary.test, summary.best.validation
        score, mean = validation.search_score, validation.confirmed.mean
        row = {"detector": summary.detector, "labels seen": summary.supervision, "protocol": summary.dataset.protocol}
        row |= {"AUROC": test.tuned.auroc.text(), "AP": test.tuned.ap.text()}
        row["AP over published"] = test.difference.ap.text(signed=True) if test.difference else "-"
        if summary.published and (trained := summary.published.trained_text()):
            row["AP over published"] += f", {trained}"
        row["winner's curse"] = "-" if mean is None or score is None else f"{score - mean:+.4f}"
        row |= {"trials": str(summary.trials.total()), "fit s": f"{summary.seconds.fit:.2f}"}
        rows.append(row | {"predict s": f"{summary.seconds.predict:.3f}", "study": data.name})
    return pd.DataFrame(rows)


def sections(all_of: Sequence[StudyData]) -> list[Section]:
    """What the searches came to, and what each cost on the way."""
    listed = [Section("detectors", "Detectors", (ACROSS,), table=comparison(all_of))]
    text = (
        "The best validation score that each search had after so many seconds of cores: at equal compute, not at an "
        "equal number of trials."
    )
    for metric in sorted({data.summary.metric for data in all_of}):
        curves = {_label(d): d.anytime for d in all_of if d.summary.metric == metric}
        drawn = (("Best so far", charts.anytime(curves, metric.upper())),)
        listed.append(Section(f"compute-{metric}", f"At equal compute ({metric.upper()})", (text,), drawn))
    return [*listed, Section("seal", "How often the test was read", table=_test_reads(all_of))]


def _label(data: StudyData) -> str:
    summary, dataset = data.summary, data.summary.dataset
    return f"{summary.detector} ({summary.supervision}), {dataset.protocol}, split {dataset.outer_split}"


def _test_reads(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """Readings of each sealed test set on record in the home, as texts."""
    rows = {(d.summary.dataset.protocol, str(d.summary.dataset.outer_split), str(d.readings)) for d in all_of}
    return pd.DataFrame(sorted(rows), columns=["protocol", "outer split", "readings in this home (seal.jsonl)"])


def write(all_of: Sequence[StudyData], dataset: str, folder: Path) -> Path:
    """Write `DATASET.html` and `DATASET.md`; returns the first."""
    best: dict[str, str] = {}
    for summary in sorted((data.summary for data in all_of), key=lambda summary: -summary.test.tuned.ap.mean):
        best.setdefault(summary.supervision, f"{summary.detector} ({summary.test.tuned.ap.mean:.4f})")
    leaders = "; ".join(f"{level}: {leader}" for level, leader in sorted(best.items()))
    verdict, made = f"Highest test AP by what was seen of the labels: {leaders}.", sections(all_of)
    stem = re.sub(r"[^\w.-]", "-", dataset)
    page.write(folder / f"{stem}.md", page.markdown(dataset, verdict, made))
    whole = page.html(dataset, verdict, "All finished searches on", made, broad=True)
    return page.write(folder / f"{stem}.html", whole)
