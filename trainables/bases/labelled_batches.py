"""Batches of a fixed share of labelled anomalies, for detectors that tell two kinds of rows apart."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from trainables.bases.torch_detector import TorchDetector
from trainables.components.batches import gather
from trainables.components.schedules import stepped
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData
from trainables.networks.mlp import MLP

CONSTRAINTS: dict[str, tuple[c.Constraint, ...]] = {
    "hidden": (c.Sequence(c.Interval(int, 1, 65536)),),
    "lr": (c.Interval(float, 0, 10, closed="right"),),
    "milestones": (c.Sequence(c.Interval(float, 0, 1)),),
    "weight_decay": (c.Interval(float, 0, 10),),
    "anomaly_share": (c.Interval(float, 0, 1, closed="neither"),),
    "batch_size": (c.Interval(int, 2, 1_000_000),),
    "batches_per_epoch": (c.Interval(int, 0, 1_000_000_000),),
    "epochs": (c.Interval(int, 1, 1_000_000),),
}


class LabelledBatches(TorchDetector):
    """Minimises the mean of a loss per row over batches with the anomalies first.

    Anomalies and the other rows of a batch are each drawn with replacement. A subclass gives
    `_width`, `_losses` and `_score_rows`, and `_network` where an MLP does not do.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL
    needs_anomalies: ClassVar[bool] = True

    hidden: Sequence[int]
    milestones: Sequence[float]
    weight_decay: float
    anomaly_share: float
    batch_size: int
    batches_per_epoch: int

    @abstractmethod
    def _width(self) -> int:
        """Width of the network's output."""

    @abstractmethod
    def _losses(self, output: Tensor, anomalous: Tensor) -> Tensor:
        """Loss of each row, shape (n,), from the network's output (n, width) and whether it is an anomaly."""

    def _network(self, row_shape: tuple[int, ...]) -> nn.Module:
        """The one place that knows what a row is: a network for images goes here."""
        return MLP(math.prod(row_shape), self.hidden, self._width())

    def _parameter_groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.network_.parameters()), "weight_decay": self.weight_decay}]

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        self.anomalies_ = torch.from_numpy(np.flatnonzero(anomalous)).to(self.device_)
        self.others_ = torch.from_numpy(np.flatnonzero(~anomalous)).to(self.device_)
        if len(self.others_) == 0:
            self.others_ = self.anomalies_
        per_batch = min(max(1, round(self.batch_size * self.anomaly_share)), self.batch_size - 1)
        self.updates_ = self.batches_per_epoch or max(1, math.ceil(len(train.X) / self.batch_size))
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
            for grad in self.optimizer_.grads:
                grad.zero_()
            loss.backward()
            self._step()
            total += loss.detach()
        return {"loss": float(total) / self.updates_}
