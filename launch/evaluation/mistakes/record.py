"""What is kept of mistakes, as `NAME.mistakes.json` holds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launch.common.files import write_json
from launch.common.plain import OPTIONAL, from_plain, to_plain
from launch.evaluation.summary import HeldOutMistakes

MISSED, FALSE_ALARM = "missed anomaly", "false alarm"
RECALL, ALARMS = "recall", "false alarms"


@dataclass(frozen=True)
class RowShares:
    """What columns add to the score of a row: mean over the models that did not see it, which may not be all splits.

    Attributes
    ----------
    typical : float
        The score of a row with typical values; the shares of all columns add up to the score minus this.
    columns : mapping of str to float
        The strongest columns first; none that adds nothing.
    others : float
        What all others add together.
    """

    typical: float
    columns: Mapping[str, float]
    others: float = 0.0

    def score(self) -> float:
        """The score that they add up to."""
        return self.typical + sum(self.columns.values()) + self.others


@dataclass(frozen=True)
class Mistake:
    """One row.

    Attributes
    ----------
    kind : str
        `MISSED` or `FALSE_ALARM`.
    row : int
        Its number in the file, from 0; of images their number in the order of the files.
    known_by : mapping of str to str
        Identifier, group and moment, where the table has such columns.
    score : float
        Mean over the splits that held it out.
    splits : int
    raises, lowers : tuple of str
        The columns that raise its score over that of a row with typical values, and those that lower it.
    shares : RowShares, optional
    anomaly_type : str
        The kind of an anomaly, where the data name it; of images the class.
    picture : str, optional
        A data URI.
    """

    kind: str
    row: int
    known_by: Mapping[str, str]
    score: float
    splits: int
    raises: tuple[str, ...] = ()
    lowers: tuple[str, ...] = ()
    anomaly_type: str = ""
    picture: str | None = field(default=None, metadata=OPTIONAL)
    shares: RowShares | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Rate:
    """Recall, or the rate of false alarms, in one segment of the rows and elsewhere.

    Attributes
    ----------
    segment : str
        As in `channel = 'web'`.
    measure : str
        `RECALL` or `ALARMS`.
    count, of : int
        Anomalies found of all, or false alarms of normal rows.
    low, high : float
        95 % interval of Wilson.
    elsewhere : float
    chance : float
        How probable it is that the worst of as many segments is at least as bad by chance (Fisher's exact test, Holm).
    """

    segment: str
    measure: str
    count: int
    of: int
    low: float
    high: float
    elsewhere: float
    chance: float

    @property
    def rate(self) -> float:
        """The share."""
        return self.count / self.of


@dataclass(frozen=True)
class Effect:
    """What one column does to scores.

    Attributes
    ----------
    loss, loss_low, loss_high : float
        What AP loses when the column's values are drawn from other rows: mean, least and most over the splits.
    at : tuple
        Numbers, or texts where the column has few values; empty where it was not looked at.
    score : tuple of float
        The mean score if every row had that value, mean over the splits.
    low, high : tuple of float
        The least and the most over the splits.
    edges, shares : tuple of float
        Share of the rows between edges, or with each value.
    """

    column: str
    loss: float
    loss_low: float
    loss_high: float
    at: tuple[Any, ...] = ()
    score: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    moments: bool = False
    """Whether numbers are days since 1970."""


@dataclass(frozen=True)
class View:
    """Mistakes of one model; of several tasks there are several, by name."""

    task: str
    threshold: float
    anomalies: int
    missed: int
    normal: int
    false_alarms: int
    rows: tuple[Mistake, ...]
    rates: tuple[Rate, ...] = ()
    """Segments that are worst in each measure, the least probable first."""
    segments: int = 0
    """How many were looked at."""
    standing_out: tuple[str, ...] = ()
    """Sentences on segments that are worse than chance makes the worst of many."""


@dataclass(frozen=True)
class Mistakes:
    """What a search's winner gets wrong on held-out rows."""

    splits: int
    views: tuple[View, ...]
    effects: tuple[Effect, ...] = ()
    """The most important column first."""
    ap: float | None = field(default=None, metadata=OPTIONAL)
    """Mean over splits, of the rows that effects were measured on."""
    notes: tuple[str, ...] = ()

    def counted(self) -> HeldOutMistakes:
        """The counts of all tasks together, and what stands out in them."""
        names = ("anomalies", "missed", "normal", "false_alarms")
        several = len(self.views) > 1
        return HeldOutMistakes(
            **{name: sum(getattr(view, name) for view in self.views) for name in names},
            standing_out=tuple(
                f"{view.task}: {said}" if several else said for view in self.views for said in view.standing_out
            ),
        )

    def write(self, path: Path) -> None:
        """Write the JSON file in one step."""
        write_json(path, to_plain(self))


def read(path: Path) -> Mistakes | None:
    """What was kept; None where there is nothing, or nothing that this version can read."""
    try:
        return from_plain(Mistakes, json.loads(path.read_text()))
    except (OSError, ValueError):
        return None
