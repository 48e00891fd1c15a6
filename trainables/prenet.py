"""PReNet: anomalies by the relation between two rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainables.bases.deepod_detector import FewLabelDeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import TrainData, hyperparameters

BOTH_UNLABELLED, ONE_ANOMALY, BOTH_ANOMALIES = 0.0, 4.0, 8.0
PARTNERS = 30

Index = NDArray[np.int64]


def pairs(
    rng: np.random.Generator, unlabelled: Index, anomalies: Index, size: int
) -> tuple[Index, Index, NDArray[np.float32]]:
    """Rows that are paired, and the target of each pair: half (u, u), a quarter (u, a), a quarter (a, a).

    Parameters
    ----------
    rng : numpy.random.Generator
    unlabelled, anomalies : ndarray of int
        Row numbers to draw from. The two rows of a pair differ, where there are two.
    size : int
        Pairs.

    Returns
    -------
    first, second : ndarray of int, shape (size,)
    target : ndarray of float32, shape (size,)
        0 for two unlabelled rows, 4 for an unlabelled one and an anomaly, 8 for two anomalies.
    """
    kind = np.arange(size) % 4
    target = np.array([BOTH_UNLABELLED, BOTH_UNLABELLED, ONE_ANOMALY, BOTH_ANOMALIES], np.float32)[kind]
    first, second = np.empty(size, np.int64), np.empty(size, np.int64)
    for place, own, other in ((kind < 2, unlabelled, unlabelled), (kind == 3, anomalies, anomalies)):
        n = int(place.sum())
        i = rng.integers(len(own), size=n)
        step = rng.integers(1, len(own), size=n) if len(own) > 1 else 0
        first[place], second[place] = own[i], other[(i + step) % len(own)]
    mixed = kind == 2
    first[mixed] = rng.choice(unlabelled, int(mixed.sum()))
    second[mixed] = rng.choice(anomalies, int(mixed.sum()))
    return first, second, target


@hyperparameters
class PReNet(FewLabelDeepODDetector):
    """Pairwise relation network: how many of two rows are anomalies.

    phi(x, x') = w . [psi(x); psi(x')] is trained to |phi - y| -> min with y = 0 for two
    unlabelled rows, 4 for an unlabelled row and an anomaly, 8 for two anomalies. The score is
    the mean of phi(x, x') over x' from 30 labelled anomalies and 30 unlabelled rows.

    Parameters
    ----------
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers of psi.
    rep_dim : int, default=128
        Width of psi(x).
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After each hidden layer. No layer has a bias.
    batch_size : int, default=64
        Pairs per batch.
    seed : int, default=0
        Seed of weights, pairs and partners.

    Notes
    -----
    Network and loss are DeepOD 0.4.1's. Since phi is linear in [psi(x); psi(x')], the partners
    of a row add a constant to its score: here all rows have the same partners, drawn once,
    where DeepOD draws others for each row, which only adds noise. A single labelled anomaly
    is paired with itself (DeepOD fails). `steps_per_epoch` bounds what DeepOD does in one
    epoch: the default is bounded for speed, the search space's PUBLISHED holds the published values.
    Deviations of DeepOD from the paper: x always stands first, while the paper scores
    (a, x) and (x, u); the paper's psi is one layer of 20 ReLU units with L2 0.01, trained by
    RMSprop for 50 epochs of 20 batches of 512 pairs.

    References
    ----------
    Pang, Shen, Jin, van den Hengel. Deep Weakly-supervised Anomaly Detection. KDD 2023.
    """

    model: ClassVar[str] = "prenet:PReNet"
    label_share: ClassVar[float] = 0.75

    hidden: c.Widths = (100, 50)
    rep_dim: c.Width = 128

    def _prepare(self, train: TrainData) -> None:
        super()._prepare(train)
        drawn = [np.random.permutation(index)[:PARTNERS] for index in (self.anomalies_, self.others_)]
        self.partners_ = [self._take(index) for index in drawn]

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        for _ in range(self.steps_):
            first, second, target = pairs(rng, self.others_, self.anomalies_, min(self.batch_size, len(self.rows_)))
            yield self._take(first), self._take(second), torch.from_numpy(target)

    def _score_rows(self, rows: Tensor) -> Tensor:
        encode = self.model_.net.enc_net
        own, partner = self.model_.net.out_layer.linear.weight[0].split(self.rep_dim)
        constant = torch.stack([encode(partners).mean(0) for partners in self.partners_]).mean(0) @ partner
        return encode(rows) @ own + constant

    def _extra(self) -> dict[str, Any]:
        return {"partners": [rows.cpu().clone() for rows in self.partners_]}

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        self.partners_ = [rows.to(self.device_) for rows in state["partners"]]
