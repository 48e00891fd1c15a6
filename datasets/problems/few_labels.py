"""What training may see of the labels: a few anomalies by name, and hidden ones among the rest.

The protocol of Pang, Shen, van den Hengel (KDD 2019) without its leak: their code makes the
hidden anomalies from all anomalies, those of the test rows included; here they come from the
anomalies of the training rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.errors import DataError
from datasets.problems.parts import Part
from datasets.wording import counted

SWAPPED = 0.05
"""Share of its values that a hidden anomaly takes from another one, as in the official code; here at least one value,
since below 20 columns it would be none, and a hidden anomaly the copy of a labelled one."""


@dataclass(frozen=True)
class Labels:
    """A budget of labels.

    Parameters
    ----------
    anomalies : int, optional
        How many anomalies are labelled; None is all.
    contamination : float, optional
        Share of hidden anomalies among the rows that are not labelled; None leaves those
        that are there.
    """

    anomalies: int | None = None
    contamination: float | None = None

    @property
    def all(self) -> bool:
        """Whether training sees every label."""
        return self.anomalies is None

    def note(self) -> str:
        """The budget for a person; nothing where it is all labels."""
        if self.anomalies is None:
            return ""
        text = counted(self.anomalies, "labelled anomaly")
        if self.contamination is None:
            return f"{text}, the other anomalies hidden among the unlabelled rows"
        return f"{text}, {100 * self.contamination:g} % of the unlabelled rows are hidden anomalies"

    def apply(self, part: Part, seed: int) -> Part:
        """The rows that training gets of a part with all its labels, and what it may know of them.

        The seed decides which anomalies are labelled, and how hidden ones are made. In what is returned
        `y` are the true labels, for counting alone; `target` is what may be used.

        Raises
        ------
        DataError
            If there are fewer anomalies than are to be labelled.
        """
        if self.anomalies is None:
            return part
        rng = np.random.default_rng([seed, 2019])
        anomalous = rng.permutation(np.flatnonzero(part.y == 1))
        if self.anomalies > len(anomalous):
            raise DataError(
                f"`labelled_anomalies` {self.anomalies}: the training rows have {counted(anomalous, 'anomaly')}; "
                "ask for fewer"
            )
        known, others = anomalous[: self.anomalies], anomalous[self.anomalies :]
        target = np.zeros(len(part), np.int8)
        target[known] = -1
        if self.contamination is None:
            return Part(part.X, part.y, target, part.anomaly_types)
        normal = np.flatnonzero(part.y == 0)
        hidden = round(len(normal) * self.contamination / (1 - self.contamination))
        if hidden and not len(anomalous):
            raise DataError("`contamination`: there is no training anomaly to make hidden ones from; pass 0")
        made = self._hidden(part, hidden, others if len(others) else anomalous, anomalous, rng)
        rows = rng.permutation(len(normal) + len(known) + hidden)
        kept = np.concatenate([normal, known])
        X = np.concatenate([part.X[kept], made])[rows]
        y = np.concatenate([part.y[kept], np.ones(hidden, np.int8)])[rows]
        return Part(X, y, np.concatenate([target[kept], np.zeros(hidden, np.int8)])[rows])

    @staticmethod
    def _hidden(part: Part, n: int, sources: np.ndarray, partners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Anomalies with a share of their values from another; each source comes once before any comes twice."""
        if n == 0:
            return part.X[:0]
        drawn = np.concatenate([rng.permutation(sources) for _ in range(-(-n // len(sources)))])[:n]
        made, other = part.X[drawn].copy(), part.X[rng.choice(partners, n)]
        width = made.shape[1]
        swapped = rng.random((n, width)).argsort(axis=1)[:, : max(1, int(SWAPPED * width))]
        np.put_along_axis(made, swapped, np.take_along_axis(other, swapped, 1), 1)
        return made


ALL = Labels()
"""Training sees every label."""
