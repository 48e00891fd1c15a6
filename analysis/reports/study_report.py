"""The report of one search."""

from __future__ import annotations

from pathlib import Path

from analysis.reports import page, result_sections, search_sections
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from launch.display import screen


def verdict(data: StudyData) -> str:
    """The result in one sentence."""
    return screen.verdict(data.summary) + "."


def sections(data: StudyData) -> list[Section]:
    """Everything, in the order of reading."""
    return [*result_sections.sections(data), *search_sections.sections(data)]


def html(data: StudyData) -> str:
    """The report as one HTML file."""
    return _html(data, sections(data))


def markdown(data: StudyData) -> str:
    """Its words and tables as Markdown."""
    return _markdown(data, sections(data))


def write(data: StudyData, folder: Path) -> Path:
    """Write `NAME.report.html` and `NAME.report.md`; returns the first.

    The PNGs of a search are in `NAME.pictures`, drawn when it ended.
    """
    made = sections(data)
    page.write(folder / f"{data.name}.report.md", _markdown(data, made))
    return page.write(folder / f"{data.name}.report.html", _html(data, made))


def _html(data: StudyData, made: list[Section]) -> str:
    summary = data.summary
    about = f"Report of the search {data.name} · {summary.supervision} · protocol {summary.dataset.protocol}"
    return page.html(_title(data), verdict(data), about, made)


def _markdown(data: StudyData, made: list[Section]) -> str:
    return page.markdown(_title(data), verdict(data), made)


def _title(data: StudyData) -> str:
    return f"{data.summary.detector} on {data.summary.dataset.name}"
