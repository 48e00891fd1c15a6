"""Collected fits of one detector as scores of configurations on tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.training.trial import SMOOTHING

RARE = 0.05
"""Share of anomalies below which AP is the metric, as in a search."""
LEAST_RANGE = 0.05
"""Chance and the best of a table are taken to be at least so far apart: less is noise."""
FAMILIES = (("landsat", "satellite", "satimage-2"), ("annthyroid", "allhypo", "hypothyroid"))
"""Tables of one source, which are held out together and count as one."""
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of the configurations of a detector (rows) on tables (columns); NaN where a fit is not there.

    Attributes
    ----------
    configurations : list of str
        Published ones first, in their order; then random ones.
    choose, measure : ndarray
        Scores at the end of training, on the half of the validation rows that chooses and on the other one. A fit
        that failed has the score of chance.
    chance : ndarray
        By table.
    seconds : ndarray
        CPU seconds of each fit.
    curves : dict of (configuration, table) to sequences
        Score on the choosing half after each round, smoothed as in a search.
    said : list of dict of int to dict
        What the space was told of each configuration, by table.
    sizes : list of (rows, features, anomalies)
        Of the training rows of each table.
    """

    detector: str
    configurations: list[str]
    tables: list[str]
    choose: Values
    measure: Values
    chance: Values
    seconds: Values
    curves: dict[tuple[int, int], Values]
    said: list[dict[int, dict[str, Any]]]
    sizes: list[tuple[int, int, int]]

    @property
    def published(self) -> list[int]:
        """Rows of published configurations."""
        return [i for i, name in enumerate(self.configurations) if name.startswith("published")]

    @property
    def random(self) -> list[int]:
        """Rows of random configurations."""
        return [i for i, name in enumerate(self.configurations) if not name.startswith("published")]

    def take(self, tables: Sequence[int]) -> Scores:
        """Those of some tables."""
        rows = list(tables)
        curves = {(i, rows.index(j)): curve for (i, j), curve in self.curves.items() if j in rows}
        return Scores(
            self.detector, self.configurations, [self.tables[j] for j in rows], self.choose[:, rows],
            self.measure[:, rows], self.chance[rows], self.seconds[:, rows], curves,
            [{rows.index(j): own for j, own in said.items() if j in rows} for said in self.said],
            [self.sizes[j] for j in rows],
        )  # fmt: skip

    def normalised(self) -> Values:
        """How far each score, the mean of both halves, is from chance to the best of its table: 0 to 1."""
        both = (self.choose + self.measure) / 2
        far = np.maximum(np.nanmax(both, axis=0, initial=-np.inf) - self.chance, LEAST_RANGE)
        return np.clip((both - self.chance) / far, 0.0, 1.0)


def family(table: str) -> str:
    """What a table counts as: its own name, or that of the tables that it is one with."""
    return next((known[0] for known in FAMILIES if table in known), table)


def scores(rows: Sequence[Mapping[str, Any]], detector: str) -> Scores:
    """The fits of one detector: those of the last space that it had.

    Tables are those that at least half of the configurations were fitted on; configurations are those that were fitted
    on all of these.
    """
    own = [row for row in rows if row["detector"] == detector]
    own = [row for row in own if row["space"] == own[-1]["space"]]
    there: dict[str, set[str]] = {}
    for row in own:
        there.setdefault(row["configuration"], set()).add(row["table"])
    counts = Counter(table for known in there.values() for table in known)
    every = dict.fromkeys(row["table"] for row in own)
    tables = [table for table in every if 2 * counts[table] >= len(there)]
    names = [name for name, known in there.items() if known >= set(tables)]
    names.sort(key=lambda name: not name.startswith("published"))  # stable: the order of collecting otherwise
    shape = (len(names), len(tables))
    choose, measure, seconds = (np.full(shape, np.nan) for _ in range(3))
    chance, curves, said = np.zeros(len(tables)), {}, [dict[int, dict[str, Any]]() for _ in names]
    sizes = [(0, 0, 0)] * len(tables)
    for row in own:
        if row["configuration"] not in names or row["table"] not in tables:
            continue
        i, j = names.index(row["configuration"]), tables.index(row["table"])
        share = row["anomalies"][1] / row["rows"][1]
        metric, chance[j] = ("ap", share) if share < RARE else ("auroc", 0.5)
        failed = row.get("failure") not in (None, "too slow") or not row["choose"][metric]
        curves[i, j] = np.array([]) if failed else smoothed(row["choose"][metric])
        choose[i, j] = chance[j] if failed else curves[i, j][-1]
        measure[i, j] = chance[j] if failed else smoothed(row["measure"][metric])[-1]
        seconds[i, j], said[i][j] = sum(row["seconds"]), row["said"]
        sizes[j] = (row["rows"][0], row["features"], row["anomalies"][0])
    return Scores(detector, names, tables, choose, measure, chance, seconds, curves, said, sizes)


def smoothed(values: Sequence[float]) -> Values:
    """The score of a trial after each round: the mean of the last three."""
    return np.array([np.mean(values[max(0, k + 1 - SMOOTHING) : k + 1]) for k in range(len(values))])
