"""The report of one search."""

from __future__ import annotations

from pathlib import Path

from analysis.reports import mistake_sections, page, result_sections, search_sections
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.evaluation.verdict.sentences import sentences


def sections(data: StudyData) -> list[Section]:
    """Everything, in the order of reading."""
    summary = data.summary
    made_up = summary.selection == "synthetic"
    mistakes = mistake_sections.sections(data.mistakes, data.name, summary.image, made_up)
    return [*result_sections.sections(data), *mistakes, *search_sections.sections(data)]


def write(data: StudyData, folder: Path) -> Path:
    """Write `NAME.report.html` and `NAME.report.md`; returns the first.

    The PNGs of a search are in `NAME.pictures`, drawn when it ended.
    """
    made, summary = sections(data), data.summary
    verdict = "\n".join(sentences(summary))
    title = f"{summary.detector} on {summary.dataset.name}"
    about = f"Report of the search {data.name} · {summary.supervision} · protocol {summary.dataset.protocol}"
    page.write(folder / f"{data.name}.report.md", page.markdown(title, verdict, made))
    return page.write(folder / f"{data.name}.report.html", page.html(title, verdict, about, made))
