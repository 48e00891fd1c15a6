"""All finished searches on one dataset, side by side."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import interactive
from analysis.plots.ranking import LEVELS
from analysis.reports import page, study_data
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.common.errors import UsageError
from launch.common.text import cell

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
            s = json.loads((home / "studies" / f"{name}.summary.json").read_text())
            datasets.add(s["dataset"]["name"])
            if s["dataset"]["name"] == dataset:
                last[s["detector"], s["dataset"]["protocol"], str(s["dataset"]["outer_split"])] = name
        except (ValueError, KeyError):
            continue
    if last:
        return list(last.values())
    study = home / "studies" / f"{dataset}.journal"
    if study.is_file() or not datasets:
        study_data.load(home, dataset)
    near = difflib.get_close_matches(dataset, [*datasets, *study_data.names(home)], n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are searches on {', '.join(sorted(datasets))}"
    raise UsageError(f"there is no finished search {dataset!r} in {home}, nor one on a dataset of that name; {hint}")


def comparison(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """One row for each search, as texts, by what its detector saw of the labels and then by AP."""
    order = {level: i for i, level in enumerate(LEVELS)}

    def place(data: StudyData) -> tuple[int, float, str]:
        s = data.summary
        return order.get(s["supervision"], len(order)), -s["test"]["tuned"]["ap"]["mean"], data.name

    rows = []
    for data in sorted(all_of, key=place):
        s = data.summary
        tuned, validation = s["test"]["tuned"], s["best"]["validation"]
        mean = validation["confirmed"]["mean"]
        rows.append(
            {
                "detector": s["detector"],
                "labels seen": s["supervision"],
                "protocol": s["dataset"]["protocol"],
                "AUROC": cell(tuned["auroc"]),
                "AP": cell(tuned["ap"]),
                "AP over published": cell(s["test"]["difference"]["ap"], True) if "difference" in s["test"] else "-",
                "winner's curse": "-" if mean is None else f"{validation['search_score'] - mean:+.4f}",
                "trials": str(sum(s["trials"][k] for k in ("complete", "pruned", "failed"))),
                "fit s": f"{s['seconds']['fit']:.2f}",
                "predict s": f"{s['seconds']['predict']:.3f}",
                "study": data.name,
            }
        )
    return pd.DataFrame(rows)


def sections(all_of: Sequence[StudyData]) -> list[Section]:
    """What the searches came to, and what each cost on the way."""
    found = [Section("detectors", "Detectors", (ACROSS,), table=comparison(all_of))]
    words = (
        "The best validation score that each search had after so many seconds of cores: at equal compute, not at an "
        "equal number of trials."
    )
    for metric in sorted({data.summary["metric"] for data in all_of}):
        curves = {_label(d): d.anytime for d in all_of if d.summary["metric"] == metric}
        drawn = (("Best so far", interactive.anytime(curves, metric.upper())),)
        found.append(Section(f"compute-{metric}", f"At equal compute ({metric.upper()})", (words,), drawn))
    return [*found, Section("seal", "How often the test was read", table=_readings(all_of))]


def _label(data: StudyData) -> str:
    s = data.summary
    return f"{s['detector']} ({s['supervision']}), {s['dataset']['protocol']}, split {s['dataset']['outer_split']}"


def _readings(all_of: Sequence[StudyData]) -> pd.DataFrame:
    """Readings of each sealed test set on record in the home, as texts."""
    found = {
        (d.summary["dataset"]["protocol"], str(d.summary["dataset"]["outer_split"])): str(d.readings) for d in all_of
    }
    rows = [(*place, times) for place, times in sorted(found.items())]
    return pd.DataFrame(rows, columns=["protocol", "outer split", "readings in this home (seal.jsonl)"])


def write(all_of: Sequence[StudyData], dataset: str, folder: Path) -> Path:
    """Write `DATASET.html` and `DATASET.md`; returns the first."""
    best: dict[str, tuple[str, float]] = {}
    for data in all_of:
        s = data.summary
        value = s["test"]["tuned"]["ap"]["mean"]
        if s["supervision"] not in best or value > best[s["supervision"]][1]:
            best[s["supervision"]] = (s["detector"], value)
    verdict = "Highest test AP by what was seen of the labels: " + "; ".join(
        f"{level}: {name} ({value:.4f})" for level, (name, value) in sorted(best.items())
    )
    made = sections(all_of)
    stem = "".join(c if c.isalnum() or c in "._-" else "-" for c in dataset)
    page.write(folder / f"{stem}.md", page.markdown(dataset, verdict + ".", made))
    return page.write(
        folder / f"{stem}.html", page.html(dataset, verdict + ".", "All finished searches on", made, broad=True)
    )
