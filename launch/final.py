"""Break the seal once: refit winner and published, score them on test, then train on everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis import metrics
from analysis.bootstrap import bootstrap_figures
from launch import calibration
from launch.confirm import Finalist
from launch.engine import Engine, Job, JobFailure
from launch.kinds import by_kind
from launch.training import train_data
from trainables.core.fit import FitJob, FitResult, plain_fit

if TYPE_CHECKING:
    from datasets.parts import Part
    from datasets.problem import Problem

SEEDS = tuple(range(5))
EVERYTHING = -1
FIGURES = ("auroc", "ap", "f1_report", "f1_threshold")


@dataclass
class Side:
    """Winner or published, refitted on development with each of the seeds.

    Attributes
    ----------
    finalist : Finalist
    rounds : int
    quantile : float
        Threshold, as a quantile of the scores on the training rows.
    fits : dict of int to FitResult
        By seed.
    """

    finalist: Finalist
    rounds: int
    quantile: float
    fits: dict[int, FitResult] = field(default_factory=dict)

    def scores(self, part: str) -> NDArray[np.float64]:
        """Scores of a part, shape (seeds, n)."""
        return np.stack([self.fits[s].scores[part] for s in SEEDS])

    def thresholds(self) -> list[float]:
        """One threshold per seed."""
        return [calibration.threshold(self.quantile, self.fits[s].scores["development"]) for s in SEEDS]

    def seconds(self) -> tuple[float, float]:
        """Mean seconds of a fit, and of scoring the test rows."""
        fits = self.fits.values()
        return (
            float(np.mean([f.fit_seconds for f in fits])),
            float(np.mean([f.predict_seconds for f in fits])),
        )


@dataclass(frozen=True)
class TestResult:
    """What the test rows said.

    Attributes
    ----------
    test : dict
        `tuned`, `published`, `difference`: figures with mean, low, high.
    train : dict
        `tuned`, `published`: figures on the development rows they were fitted on.
    part : Part
        The test rows, open now.
    everything : FitResult or None
        The winner trained on every row, for use; no figure is taken from it.
    kinds : dict
        The winner's figures for each kind of anomaly, where the table names them.
    """

    test: dict[str, Any]
    train: dict[str, Any]
    part: Part
    everything: FitResult | None = None
    kinds: dict[str, Any] = field(default_factory=dict)


class RefitFailed(RuntimeError):
    """A refit of the winner or the published configuration failed."""


def refit_and_test(
    sides: Mapping[str, Side],
    *,
    detector: str,
    problem: Problem,
    test: Part,
    engine: Engine,
    full_rounds: int,
    retrain_seed: int | None,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
) -> TestResult:
    """Fit each side with each seed on development, score development and test, compare.

    With `retrain_seed` the winner is trained on every row beside them: all is chosen
    by now, and a core less stands idle. Where the winner is the published configuration,
    it is fitted once and stands on both sides.

    Raises
    ------
    RefitFailed
        If a fit fails or is interrupted.
    """
    development = problem.development
    shared = _shared(problem, test, engine)
    jobs: list[Job] = []
    places: list[tuple[Side, int]] = []
    if retrain_seed is not None:
        jobs.append(_on_everything(sides["tuned"], detector, problem, engine, full_rounds, retrain_seed))
        places.append((sides["tuned"], EVERYTHING))
    for name in sorted(sides):  # published before tuned: the longer first
        side = sides[name]
        if name == "published" and side is sides["tuned"]:
            continue
        for seed in SEEDS:
            job = FitJob(detector, side.finalist.record.params, seed, full_rounds, side.rounds, key=(name, seed))
            jobs.append(Job(plain_fit, (job, *shared[seed])))
            places.append((side, seed))
    done, everything = 0, None
    for index, result in engine.map(jobs, stop):
        side, seed = places[index]
        if isinstance(result, JobFailure):
            raise RefitFailed(f"the refit of configuration {side.finalist.record.number} failed: {result.message}")
        if seed == EVERYTHING:
            everything = result
        else:
            side.fits[seed] = result
        done += 1
        on_done(done, len(jobs))
    if done < len(jobs):
        raise RefitFailed("the refits were interrupted")
    kinds = by_kind(test.y, sides["tuned"].scores("test"), test.kinds, problem.unseen)
    trained = _means(development.y, sides, "development")
    return TestResult(_compare(test.y, sides, "test"), trained, test, everything, kinds)


def _on_everything(side: Side, detector: str, problem: Problem, engine: Engine, full_rounds: int, seed: int) -> Job:
    prepared = problem.everything(seed)
    params = side.finalist.record.params
    job = FitJob(detector, params, seed, full_rounds, side.rounds, keep_state=True, key=("full", seed))
    rows = {"full": prepared.rows(problem.full().X)}
    return Job(plain_fit, (job, engine.share(train_data(prepared.train)), engine.share(rows)))


def _shared(problem: Problem, test: Part, engine: Engine) -> dict[int, tuple[Any, Any]]:
    """Training rows and rows to score for each seed; other seeds see other labels where not all are seen."""
    found: dict[int, tuple[Any, Any]] = {}
    for seed in SEEDS:
        if problem.labels.all and found:
            found[seed] = found[SEEDS[0]]
            continue
        prepared = problem.whole(seed)
        rows = {"development": prepared.rows(problem.development.X), "test": prepared.rows(test.X)}
        found[seed] = engine.share(train_data(prepared.train)), engine.share(rows)
    return found


def _compare(y: NDArray[Any], sides: Mapping[str, Side], part: str) -> dict[str, Any]:
    tuned, published = sides["tuned"], sides.get("published")
    found = bootstrap_figures(
        y,
        tuned.scores(part),
        published.scores(part) if published else None,
        tuned.thresholds(),
        published.thresholds() if published else None,
    )
    return {side: {k: _plain(v) for k, v in figures.items()} for side, figures in found.items()}


def _plain(interval: Mapping[str, float]) -> dict[str, float]:
    return {k: round(float(v), 6) for k, v in interval.items() if np.isfinite(v)}


def _means(y: NDArray[Any], sides: Mapping[str, Side], part: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, side in sides.items():
        rows = [metrics.figures(y, s, t) for s, t in zip(side.scores(part), side.thresholds(), strict=True)]
        found[name] = {k: round(float(np.mean([r[k] for r in rows])), 6) for k in FIGURES}
    return found
