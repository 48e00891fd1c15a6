"""What a search from Python returns: metrics, model, trials, paths; and several beside each other."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from datasets.wording import counted
from launch.common.errors import UsageError
from launch.common.text import short
from launch.display.metric_table import measured_on
from launch.evaluation import metric_labels
from launch.evaluation.arm_metrics import Interval
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.recommendation import Recommendation, of_summaries
from launch.evaluation.verdict.sentences import verdict
from launch.search.one_search import SearchEnd
from trainables.core.serving import ServedModel

COLUMNS = ("auroc", "ap", "f1_threshold")
"""Metrics in the table of a comparison."""


@dataclass(frozen=True)
class SearchResult:
    """What a search came to."""

    end: SearchEnd
    """The search itself, with its plan and study."""
    summary: Summary
    """Everything that the command line shows; `summary.plain()` is its JSON."""
    output: str = ""
    """What the command line would have printed."""

    @property
    def study(self) -> str:
        """Name of the search: `search(..., name=result.study)` goes on with it."""
        return self.end.plan.study

    @property
    def metrics(self) -> Mapping[str, Interval]:
        """Metrics on the sealed test rows by name (`auroc`, `ap`, …), each with `mean`, `low` and `high`."""
        return MappingProxyType(self.summary.test.tuned.by_name())

    @property
    def verdict(self) -> str:
        """What the command line says first: beside the published configuration, the simplest baseline and chance."""
        return verdict(self.summary)

    @property
    def best_params(self) -> Mapping[str, object]:
        """The configuration that was chosen."""
        return self.summary.best.config

    @property
    def report_path(self) -> Path | None:
        """The report, one HTML file; None where there is none."""
        path = self.end.plan.home.study(self.study, "report.html")
        return path if path.is_file() else None

    @property
    def model(self) -> ServedModel:
        """The winner, trained on every row: `model.predict(frame)` has score, label and probability of raw rows.

        Raises
        ------
        UsageError
            If there is none, or one for each class of the dataset; see `models`.
        """
        if len(self.models) != 1:
            have = ", ".join(self.models) or "none: the search was to train none (no_retrain)"
            raise UsageError(f"{self.study} has not one model; it has {have}")
        return next(iter(self.models.values()))

    @cached_property
    def models(self) -> Mapping[str, ServedModel]:
        """The models by the task that each is of; for a table there is one, by the dataset's name."""
        plan = self.end.plan
        folder = plan.home.study(self.study, "model")
        folders = {task or plan.problem.dataset: folder / task for task in plan.problem.tasks}
        return {name: ServedModel(path) for name, path in folders.items() if (path / "model.json").is_file()}

    @cached_property
    def trials(self) -> pd.DataFrame:
        """Every trial: number, state, origin, score, rounds, seconds, failure, and a column per hyperparameter."""
        rows = []
        for record in self.end.study.records.values():
            row = {
                "number": record.number,
                "state": record.state,
                "origin": record.origin,
                "score": record.score,
                "rounds": len(record.history),
                "seconds": round(record.seconds, 3),
                "failure": record.failure or None,
            }
            # no hyperparameter hides a column
            rows.append(row | {f"param_{k}" if k in row else k: v for k, v in record.params.items()})
        return pd.DataFrame(rows).sort_values("number", ignore_index=True)

    @cached_property
    def mistakes(self) -> pd.DataFrame:
        """Held-out validation rows that are missed by most, and the most certain false alarms, with their reasons.

        Empty where there are none, or where they were not looked for (`no_mistakes`).
        """
        path = self.end.plan.home.study(self.study, "mistakes.csv")
        try:
            return pd.read_csv(path)
        except (FileNotFoundError, pd.errors.EmptyDataError):
            return pd.DataFrame()

    def __repr__(self) -> str:
        trials = counted(self.summary.trials.total(), "trial")
        return f"SearchResult({self.verdict} {trials}; study {self.study!r})"

    def _repr_html_(self) -> str:
        shown = metric_labels.shown(self.summary.report)
        rows = [(name, interval.text()) for name, interval in self.metrics.items() if name in shown]
        rows += [("configuration", short(self.best_params)), ("trials", str(self.summary.trials.total()))]
        rows += [("study", self.study), ("report", str(self.report_path or "none"))]
        cells = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
        over = "cross-validated" if self.summary.test.cross_validated else f"sealed {measured_on(self.summary)}"
        title = html.escape(f"{self.summary.detector} on {self.summary.dataset.name}, {over}")
        return f"<table><caption>{title}</caption>{cells}</table><p>{html.escape(self.verdict)}</p>"


@dataclass(frozen=True)
class ComparisonResult:
    """What several detectors came to on the same splits, by detector."""

    results: dict[str, SearchResult]
    failures: dict[str, str]
    """Detectors that came to nothing, and why."""

    @property
    def recommendation(self) -> Recommendation | None:
        """Which one to take, on what condition, and what the runner-up would cost; printed, it is the screen's text."""
        return of_summaries([(name, result.summary) for name, result in self.results.items()])

    @property
    def table(self) -> pd.DataFrame:
        """A row per detector, best AP first: mean and 95 % interval of test metrics, trials, seconds."""
        rows = []
        for name, result in self.results.items():
            row: dict[str, object] = {"detector": name}
            for metric in COLUMNS:
                interval = result.metrics.get(metric)
                for bound in ("mean", "low", "high"):
                    value = None if interval is None else getattr(interval, bound)
                    row[metric if bound == "mean" else f"{metric}_{bound}"] = value
            rows.append(row | {"trials": result.summary.trials.total(), "seconds": result.summary.seconds.total})
        return pd.DataFrame(rows).set_index("detector").sort_values("ap", ascending=False)

    def __repr__(self) -> str:
        failed = "".join(f"\n{name}: {why}" for name, why in self.failures.items())
        return f"{self.table[['auroc', 'ap', 'trials']].round(4)}{failed}\n{self.recommendation or ''}"

    def _repr_html_(self) -> str:
        failed = "".join(f"<p>{html.escape(f'{name}: {why}')}</p>" for name, why in self.failures.items())
        failed += f"<pre>{html.escape(str(self.recommendation or ''))}</pre>"
        return self.table.round(4).to_html() + failed
