"""Batches of a fixed share of labelled anomalies, for detectors that tell two kinds of rows apart."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from trainables.bases.torch_detector import TorchDetector
from trainables.components.batches import bounded, gather
from trainables.components.schedules import stepped
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.networks.mlp import MLP


@hyperparameters
class LabelledBatches(TorchDetector[MLP]):
    """Minimises the mean of a loss per row over batches with the anomalies first.

    Anomalies and the other rows of a batch are each drawn with replacement. A subclass gives
    `_losses`, and where the network has more than one output that is the score, `_width` and `_score_rows`.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers (ReLU); empty makes it linear.
    milestones : sequence of float
        Shares of `epochs` after which the learning rate falls to a tenth.
    weight_decay : float
        L2 in the gradient.
    anomaly_share : float
        Share of labelled anomalies in a batch (drawn with replacement).
    batch_size : int
        Rows per batch.
    batches_per_epoch : int
        Batches per epoch; 0 means as many as one pass over the rows takes.
    label_repeats : int
        Most draws of each labelled anomaly in an epoch, in the mean: fewer batches where labels are few (but 5).
        0 sets no limit.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL
    needs_anomalies: ClassVar[bool] = True

    hidden: c.Widths = (100, 50)
    milestones: Annotated[Sequence[float], c.Sequence(c.Interval(float, 0, 1))] = (0.5, 0.75)
    weight_decay: c.Decay = 0.0
    anomaly_share: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.5
    batch_size: c.Batch = 256
    batches_per_epoch: c.Batches = 0
    label_repeats: c.Batches = 0
    epochs: c.Epochs = 200

    def _width(self) -> int:
        """Width of the network's output."""
        return 1

    @abstractmethod
    def _losses(self, output: Tensor, anomalous: Tensor) -> Tensor:
        """Loss of each row, shape (n,), from the network's output (n, width) and whether it is an anomaly."""

    def _network(self, row_shape: tuple[int, ...]) -> MLP:
        """The one place that knows what a row is: a network for images goes here."""
        return MLP(math.prod(row_shape), self.hidden, self._width())

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        self.anomalies_ = torch.from_numpy(np.flatnonzero(anomalous)).to(self.device_)
        self.others_ = torch.from_numpy(np.flatnonzero(~anomalous)).to(self.device_)
        if len(self.others_) == 0:
            self.others_ = self.anomalies_
        per_batch = min(max(1, round(self.batch_size * self.anomaly_share)), self.batch_size - 1)
        updates = self.batches_per_epoch or max(1, math.ceil(len(train.X) / self.batch_size))
        self.updates_ = bounded(updates, len(self.anomalies_), per_batch, self.label_repeats)
        self.anomalous_ = torch.arange(self.batch_size, device=self.device_) < per_batch

    def _batches(self) -> Iterator[Tensor]:
        """Rows of each batch of an epoch, the anomalies first."""
        k, n, device = int(self.anomalous_.sum()), self.updates_, self.device_
        anomalies = self.anomalies_[torch.randint(len(self.anomalies_), (n, k), device=device)]
        others = self.others_[torch.randint(len(self.others_), (n, self.batch_size - k), device=device)]
        return gather(self.rows_, torch.cat([anomalies, others], 1))

    def _epoch(self) -> dict[str, float]:
        self.optimizer_.lr = stepped(self.lr, self.milestones, self.rounds_done_, self.epochs)
        total = torch.zeros((), device=self.device_)
        for rows in self._batches():
            with self._precision():
                loss = self._losses(self.network_(rows.flatten(1)), self.anomalous_).mean()
            self._descend(loss)
            total += loss.detach()
        return {"loss": float(total) / self.updates_}

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows.flatten(1)).squeeze(1)
