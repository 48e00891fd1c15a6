"""Do early rounds tell the end, and does ASHA stop what would have been best?

ASHA is replayed on collected fits, in random orders and by the rule of Ray's: at a rung a trial goes on if its score is
at least the upper quartile of those that came there before it; published configurations are never stopped. Beside it
stands a search that stops nothing and ends after as many rounds. Both choose by one half of the validation rows and
are measured on the other.

ASHA misleads a detector, by a rule that was set before the fits were made, if the first rung hardly tells the end
(Spearman's correlation under .5 in the median of tables) or it stops the best of all in over a third of the replays,
and it is not the better one of the two at as many rounds, in the mean over families of tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.console import Console
from scipy.stats import spearmanr

from analysis.experiment_names import detector_names
from analysis.portfolios.collection import read
from analysis.portfolios.options import FidelityOptions
from analysis.portfolios.scores import Scores, family, scores
from analysis.reports import page
from analysis.reports import table as text_table
from launch.common.errors import UsageError
from launch.config.halving import Halving
from launch.evaluation.intervals import mean_interval
from launch.evaluation.verdict.recommendation import Difference

DRAWS = 200
LEAST_CONFIGURATIONS = 8
LEAST_CORRELATION, MOST_STOPPED = 0.5, 1 / 3


@dataclass(frozen=True)
class OnTable:
    """What early rounds tell on one table.

    Attributes
    ----------
    correlations : dict of int to float
        Spearman's correlation of the score at each rung with the score at the end; NaN where all are the same.
    stopped : float
        Share of replays in which ASHA stops the configuration that is best at the end.
    rounds : float
        Rounds of ASHA as a share of all.
    gain : float
        Measured score of what ASHA chooses less that of a search of as many rounds that stops nothing.
    """

    table: str
    correlations: dict[int, float]
    stopped: float
    rounds: float
    gain: float


@dataclass(frozen=True)
class Fidelity:
    """What early rounds of a detector tell."""

    detector: str
    tables: Sequence[OnTable]

    def correlation(self, rung: int) -> float:
        """Median over tables; NaN where it is on every table."""
        known = [own for one in self.tables if not math.isnan(own := one.correlations[rung])]
        return float(np.median(known)) if known else math.nan

    @property
    def stopped(self) -> float:
        """Mean over tables."""
        return float(np.mean([one.stopped for one in self.tables]))

    def gain(self) -> tuple[float, float, float]:
        """Mean over families of tables, with its 95 % interval."""
        own: dict[str, list[float]] = {}
        for one in self.tables:
            own.setdefault(family(one.table), []).append(one.gain)
        return mean_interval([float(np.mean(values)) for values in own.values()])

    @property
    def misleads(self) -> bool:
        """By the rule above."""
        first = min(self.tables[0].correlations)
        suspicious = self.correlation(first) < LEAST_CORRELATION or self.stopped > MOST_STOPPED
        return suspicious and not self.gain()[0] > 0


def run(options: FidelityOptions, console: Console) -> None:
    """Audit every detector that has rounds; show, and write what was asked for."""
    rows = read(options.fits)
    if not rows:
        raise UsageError(f"--fits {options.fits}: no fits there; analysis/portfolio.py collect makes them")
    there = {row["detector"] for row in rows}
    audited = [one for name in detector_names(options.detectors) if name in there if (one := audit(scores(rows, name)))]
    text_table.show(console, table(audited), "Early rounds and the end")
    if options.output is not None:
        lines = [
            {"detector": one.detector, "table": own.table, "stopped": own.stopped, "rounds": own.rounds}
            | {"gain": own.gain, **{f"round_{rung}": value for rung, value in own.correlations.items()}}
            for one in audited
            for own in one.tables
        ]
        page.write(options.output, pd.DataFrame(lines).to_csv(index=False, float_format="%.4f"))
        console.print(f"Written: {options.output}", highlight=False, soft_wrap=True, markup=False)


def audit(one: Scores, seed: int = 0) -> Fidelity | None:
    """Replay ASHA on every table; None where a fit is one round, or there are too few of them."""
    rounds = max((len(curve) for curve in one.curves.values()), default=0)
    rungs = Halving(rounds).rungs()
    if not rungs or len(one.configurations) < LEAST_CONFIGURATIONS:
        return None
    found = []
    for j, name in enumerate(one.tables):
        whole = [i for i in range(len(one.configurations)) if len(one.curves[i, j]) == rounds]
        if len(whole) < LEAST_CONFIGURATIONS:
            continue
        curves = np.array([one.curves[i, j] for i in whole])
        published = np.array([i in one.published for i in whole])
        correlations = {rung: _spearman(curves[:, rung - 1], curves[:, -1]) for rung in rungs}
        rng, replays = np.random.default_rng(seed), []
        for _ in range(DRAWS):
            order = np.r_[np.flatnonzero(published), rng.permutation(np.flatnonzero(~published))]
            last = replay(curves, order, published, rungs)
            done = np.flatnonzero(last == rounds)
            as_many = order[: max(1, round(last.sum() / rounds))]
            picked = [group[np.argmax(curves[group, -1])] for group in (done, as_many)]
            measured = [one.measure[whole[i], j] for i in picked]
            best = curves[:, -1] == curves[:, -1].max()
            replays.append((not (best & (last == rounds)).any(), last.mean() / rounds, measured[0] - measured[1]))
        stopped, share, gain = np.mean(replays, axis=0)
        found.append(OnTable(name, correlations, float(stopped), float(share), float(gain)))
    return Fidelity(one.detector, found) if found else None


def replay(curves: np.ndarray, order: np.ndarray, spared: np.ndarray, rungs: Sequence[int]) -> np.ndarray:
    """The round in which each trial ends where they come one after the other."""
    seen: dict[int, list[float]] = {rung: [] for rung in rungs}
    last = np.full(len(curves), curves.shape[1])
    quantile = 100 * (1 - 1 / Halving(1).factor)
    for i in order:
        for rung in rungs:
            score, before = curves[i, rung - 1], seen[rung]
            stop = bool(before) and score < np.percentile(before, quantile)
            before.append(score)
            if stop and not spared[i]:
                last[i] = rung
                break
    return last


def _spearman(early: np.ndarray, end: np.ndarray) -> float:
    if np.ptp(early) == 0 or np.ptp(end) == 0:
        return float("nan")
    return float(spearmanr(early, end).statistic)


def table(audited: Sequence[Fidelity]) -> pd.DataFrame:
    """A line for each detector."""
    rows = []
    for one in audited:
        correlations = {rung: one.correlation(rung) for rung in one.tables[0].correlations}
        rungs = {f"round {k}": "-" if math.isnan(own) else f"{own:.2f}" for k, own in correlations.items()}
        rows.append(
            {"detector": one.detector, **rungs, "best stopped": f"{one.stopped:.2f}"}
            | {"rounds": f"{np.mean([own.rounds for own in one.tables]):.2f}"}
            | {"ASHA, as many rounds": Difference(*one.gain()).text()}
            | {"misleads": "yes" if one.misleads else "no"}
        )
    return pd.DataFrame(rows)
