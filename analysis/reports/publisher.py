"""The publisher of a search: matplotlib's pictures and the HTML report, handed to it by `launch/tune.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from launch.config.plan import Plan
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import Summary
from launch.search.publisher import Publisher
from launch.study.study import Study


class ReportPublisher(Publisher):
    """Draws with `analysis.plots`, writes with `analysis.reports`."""

    reports = True

    def pictures(
        self, plan: Plan, study: Study, outcome: Outcome, folder: Path, notify: Callable[[str], None]
    ) -> list[Path]:
        """PNG files in `folder`."""
        try:
            from analysis.reports import search_figures  # when a search ends: it starts without matplotlib
        except ImportError as error:
            notify(f"The pictures could not be drawn: {error}")
            return []
        return search_figures.draw_or_say(plan, study, outcome, folder, notify)

    def report(self, plan: Plan, study: Study, summary: Summary) -> list[Path]:
        """The report of a search as one HTML file, and as Markdown."""
        from analysis.reports import study_data, study_report  # nor does it start with plotly

        data = study_data.load(plan.home.root, plan.study, study=study.study)
        path = study_report.write(replace(data, summary=summary), plan.home.root / "studies")
        return [path, path.with_suffix(".md")]

    def bars(self, summaries: Sequence[tuple[str, Summary]], path: Path) -> Path:
        """A bar chart of AUROC and AP with their intervals."""
        from analysis.reports import search_figures

        return search_figures.bars(summaries, path)

    def comparison(self, plan: Plan, searches: Sequence[tuple[Study, Summary]], name: str) -> Path:
        """One HTML file for all detectors, and the same as Markdown."""
        from analysis.reports import dataset_report, study_data

        root = plan.home.root
        all_of = [
            replace(study_data.load(root, summary.study, study=study.study), summary=summary)
            for study, summary in searches
        ]
        return dataset_report.write(all_of, plan.problem.dataset, root / "studies", f"{name}.report")
