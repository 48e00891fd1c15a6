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
from trainables.core.detector import TrainData
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
    """

    test: dict[str, Any]
    train: dict[str, Any]
    part: Part
    everything: FitResult | None = None


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
    train = engine.share(TrainData.from_labels(development.X, development.y))
    parts = engine.share({"development": development.X, "test": test.X})
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
            jobs.append(Job(plain_fit, (job, train, parts)))
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
    return TestResult(_compare(test.y, sides, "test"), _means(development.y, sides, "development"), test, everything)


def _on_everything(side: Side, detector: str, problem: Problem, engine: Engine, full_rounds: int, seed: int) -> Job:
    full = problem.full()
    params = side.finalist.record.params
    job = FitJob(detector, params, seed, full_rounds, side.rounds, keep_state=True, key=("full", seed))
    train = engine.share(TrainData.from_labels(full.X, full.y))
    return Job(plain_fit, (job, train, engine.share({"full": full.X})))


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
