"""FSNet: a prototypical network with two prototypes, normal and anomalous."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.torch_detector import TorchDetector
from trainables.components.batches import draw_distinct, gather
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.networks.mlp import MLP

ROWS_AT_ONCE = 8192


def log_odds(z: Tensor, normal: Tensor, anomalous: Tensor) -> Tensor:
    """log p(anomaly) - log p(normal) = ||z - c_0||^2 - ||z - c_1||^2, shape (n,)."""
    return (z - normal).square().sum(1) - (z - anomalous).square().sum(1)


def episode_loss(z: Tensor, shots: int) -> Tensor:
    """Mean of -log p(own class) over the queries of one episode.

    Parameters
    ----------
    z : Tensor of shape (2, shots + queries, d)
        Embeddings of normal rows and of anomalies, the support of each first.
    shots : int
        Rows of support in a class.
    """
    normal, anomalous = z[:, :shots].mean(1)
    odds = log_odds(z[:, shots:].flatten(0, 1), normal, anomalous).view(2, -1)
    # -log sigma(-odds) for normal queries, -log sigma(odds) for anomalous ones
    return torch.cat([F.softplus(odds[0]), F.softplus(-odds[1])]).mean()


class Prototypes(nn.Module):
    """An embedding and the prototypes of the training rows, which no gradient trains."""

    def __init__(self, n_in: int, hidden: Sequence[int], rep_dim: int) -> None:
        super().__init__()
        self.embed = MLP(n_in, hidden, rep_dim)
        self.centres: Tensor
        self.register_buffer("centres", torch.zeros(2, rep_dim))

    def forward(self, x: Tensor) -> Tensor:
        """Log odds of an anomaly, shape (n,)."""
        return log_odds(self.embed(x), self.centres[0], self.centres[1])


@hyperparameters
class FSNet(TorchDetector[Prototypes]):
    """Few-shot network: class probabilities from distances to the mean embedding of each class.

    p(k | x) = softmax_k(-||f(x) - c_k||^2) for k = normal, anomaly, with c_k the mean of f over
    the class's support. An episode draws `shots` rows of support and `queries` other rows of each
    class and minimises the mean of -log p(k | x) over the queries. The score is
    ||f(x) - c_0||^2 - ||f(x) - c_1||^2 = log p(anomaly) / p(normal), with the c_k of all training rows.

    Parameters
    ----------
    hidden : sequence of int, default=(100,)
        Widths of the hidden layers (ReLU); empty makes f linear.
    rep_dim : int, default=64
        Width of f(x).
    shots : int, default=5
        Rows of support of each class in an episode.
    queries : int, default=15
        Queries of each class in an episode.
    halve_every : float, default=0.0
        Share of `epochs` after which the learning rate halves, again and again; 0 keeps it.
    weight_decay : float, default=0.0
        L2 in the gradient.
    episodes_per_epoch : int, default=100
        Updates per epoch.
    seed : int, default=0
        Seed of weights and episodes.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.

    Notes
    -----
    Rows that are not labelled anomalies count as normal. Squared Euclidean distance, means of
    embeddings as prototypes, Adam 1e-3, no weight decay, 5 shots and 100 episodes an epoch are those
    of the paper and its code (jakesnell/prototypical-networks); 15 queries are those of
    its miniImageNet experiments. Chosen here, since the paper knows neither tables nor
    anomalies: two classes that are the same in every episode and in use (there 20 or 60
    classes drawn anew, and unseen ones in use), an MLP, the
    prototypes of all training rows for scoring, and the score itself, whose ranking is that of
    p(anomaly | x) without rounding to 1. There the rate halves every 2,000 episodes, which ten
    epochs do not reach: `halve_every` is off. Support and queries of a class are different rows; with fewer
    anomalies than `shots` + `queries` they repeat.

    References
    ----------
    Snell, Swersky, Zemel. Prototypical Networks for Few-shot Learning. NeurIPS 2017.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL
    needs_anomalies: ClassVar[bool] = True

    hidden: c.Widths = (100,)
    rep_dim: c.Width = 64
    shots: Annotated[int, c.Interval(int, 1, 10_000)] = 5
    queries: Annotated[int, c.Interval(int, 1, 10_000)] = 15
    halve_every: Annotated[float, c.Interval(float, 0, 1)] = 0.0
    weight_decay: c.Decay = 0.0
    episodes_per_epoch: Annotated[int, c.Interval(int, 1, 1_000_000_000)] = 100

    def _network(self, row_shape: tuple[int, ...]) -> Prototypes:
        return Prototypes(math.prod(row_shape), self.hidden, self.rep_dim)

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        anomalies = torch.from_numpy(np.flatnonzero(anomalous)).to(self.device_)
        normals = torch.from_numpy(np.flatnonzero(~anomalous)).to(self.device_)
        self.classes_ = (normals if len(normals) else anomalies, anomalies)
        self._set_prototypes()

    @torch.no_grad()
    def _set_prototypes(self) -> None:
        parts = self.rows_.flatten(1).split(ROWS_AT_ONCE)
        z = torch.cat([self.network_.embed(part.to(torch.float32)) for part in parts])
        self.network_.centres.copy_(torch.stack([z[numbers].mean(0) for numbers in self.classes_]))

    def _episodes(self) -> Iterator[Tensor]:
        """Rows of each episode, shape (2, shots + queries, d): normal, then anomalous."""
        k, n = self.shots + self.queries, self.episodes_per_epoch
        index = torch.cat([m[draw_distinct(len(m), k, n, self.device_)] for m in self.classes_], 1)
        for rows in gather(self.rows_.flatten(1), index):
            yield rows.view(2, k, -1)

    def _epoch(self) -> dict[str, float]:
        if self.halve_every:
            # 1e-9: a third of nine epochs must not round to just below three
            self.optimizer_.lr = self.lr * 0.5 ** int(self.rounds_done_ / (self.halve_every * self.epochs) + 1e-9)
        total = torch.zeros((), device=self.device_)
        for rows in self._episodes():
            z = self.network_.embed(rows.flatten(0, 1)).view(2, -1, self.rep_dim)
            loss = episode_loss(z, self.shots)
            self._descend(loss)
            total += loss.detach()
        self._set_prototypes()
        return {"loss": float(total) / self.episodes_per_epoch}

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows.flatten(1))
