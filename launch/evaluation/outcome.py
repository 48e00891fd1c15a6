"""What a search came to: the chosen configurations, their refits, their test metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.parts import Part
from launch.common.text import flat
from launch.evaluation import calibration
from launch.evaluation.confirm import Finalist
from launch.evaluation.per_kind import SEEN, UNSEEN
from trainables.training.fit import FitResult


@dataclass
class Outcome:
    """What a search came to.

    Attributes
    ----------
    best, published : Finalist
        The published one may be the best; None where there is none that ran.
    confirmed : int
        Pairs of the confirmation; 0 if it was skipped.
    result : TestResult
    seconds : dict
        By stage.
    readings : int
        How often this test set has been read, this time included.
    chosen : list of Finalist
    """

    best: Finalist
    published: Finalist | None
    confirmed: int
    result: TestResult
    sides: dict[str, Side]
    seconds: dict[str, float]
    readings: int
    chosen: list[Finalist] = field(default_factory=list)
    model_folder: Path | None = None


def test_figures(outcome: Outcome) -> dict[str, float]:
    """Flat figures of the final test, by the names that MLflow shows."""
    rows: dict[str, float] = {}
    for side, figures in outcome.result.test.items():
        rows |= flat(f"test_{side}", figures)
    for task, sides in outcome.result.tasks.items():
        rows |= {f"test_tuned_{name}_{task}": sides["tuned"][name]["mean"] for name in ("auroc", "ap")}
    for side, figures in outcome.result.balanced.items():
        rows |= {f"test_balanced_{side}_{name}": figures[name]["mean"] for name in ("auroc", "ap")}
    for control, figures in outcome.result.controls.items():
        rows |= {f"test_{control}_{name}": v for name, v in figures.items()}
    for group, short in ((SEEN, "seen"), (UNSEEN, "unseen")):
        if group in outcome.result.kinds:
            rows |= {f"test_{short}_kinds_{k}": outcome.result.kinds[group][k]["mean"] for k in ("auroc", "ap")}
    for side, means in outcome.result.train.items():
        rows |= {f"train_{side}_{name}": v for name, v in means.items()}
    fit, predict = outcome.sides["tuned"].seconds()
    mean, low, high = outcome.best.interval()
    rows |= {"fit_seconds": fit, "predict_seconds": predict, "confirmed_score": mean}
    if outcome.confirmed > 1:
        rows |= {"confirmed_score_low": low, "confirmed_score_high": high}
    rows |= {"search_score": outcome.best.record.score or 0.0, "seal_readings": outcome.readings}
    return rows


SEEDS = tuple(range(5))


EVERYTHING = -1


REFERENCE = "reference"


FIGURES = ("auroc", "ap", "f1_report", "f1_threshold", "precision_threshold", "recall_threshold")


@dataclass
class Side:
    """Winner or published, refitted on development with each of the seeds.

    Attributes
    ----------
    finalist : Finalist
    rounds : int
    quantile : float or tuple of float
        Threshold, as a quantile of the scores on the reference rows; of a group one for each task.
    fits : dict of int to FitResult
        By seed.
    """

    finalist: Finalist
    rounds: int
    quantile: calibration.Quantile
    fits: dict[int, FitResult] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, Any]:
        """The configuration."""
        return self.finalist.record.params

    def scores(self, part: str) -> NDArray[np.float64]:
        """Scores of a part, shape (seeds, n), of a group (seeds, n, tasks)."""
        return np.stack([self.fits[s].scores[part] for s in SEEDS])

    def thresholds(self, y: NDArray[Any]) -> NDArray[np.float64]:
        """One threshold per seed, of a group also per task, from the labels of the reference rows."""
        return np.array([calibration.thresholds(self.quantile, y, self.fits[s].scores[REFERENCE]) for s in SEEDS])

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
        `tuned`, `published`, `difference`: figures with mean, low, high; of a group means over its tasks.
    train : dict
        `tuned`, `published`: figures on the reference rows, which they were fitted on.
    part : Part
        The test rows, open now.
    everything : FitResult or None
        The winner trained on every row, for use; no figure is taken from it.
    kinds : dict
        The winner's figures for each kind of anomaly, where the data name them.
    tasks : dict
        As `test`, for each task of a group.
    balanced : dict
        As `test`, on the balanced selection of the test rows, where the protocol has one.
    controls : dict
        Mean AUROC and AP of what did not learn: the winner's configuration untrained, where it trains by epochs.
    """

    test: dict[str, Any]
    train: dict[str, Any]
    part: Part
    everything: FitResult | None = None
    kinds: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Any] = field(default_factory=dict)
    balanced: dict[str, Any] = field(default_factory=dict)
    controls: dict[str, Any] = field(default_factory=dict)
