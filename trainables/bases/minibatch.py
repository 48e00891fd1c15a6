"""An epoch of mini-batches with autograd, for detectors whose loss is a mean over any rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from trainables.bases.torch_detector import Network, TorchDetector
from trainables.components.batches import draw_batches, gather
from trainables.core import constraints as c
from trainables.core.detector import TrainData, hyperparameters
from trainables.core.errors import InvalidInput


@hyperparameters
class MinibatchDetector(TorchDetector[Network]):
    """Passes over all rows in a new order each epoch, drawn without regard to labels.

    A subclass gives `_losses` beside a network and a score. Rows that
    do not fill a batch are left out of that epoch. The losses of a round are means over its
    batches. While `_losses` runs, `self.index_` holds the numbers of the batch's rows,
    by which a loss finds their labels (Deep SAD's does).
    `batches_per_epoch` may be a hyperparameter; 0 is one pass.

    Parameters
    ----------
    weight_decay : float
        L2 in the gradient.
    batch_size : int
        Rows per batch.
    """

    weight_decay: c.Decay = 0.0
    batch_size: c.Batch = 128
    batches_per_epoch = 0

    @abstractmethod
    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        """Scalars by name for a batch; `loss` is minimised, the others are reported."""

    def _begin(self, train: TrainData) -> None:
        if getattr(self, "batch_norm", False) and len(train.X) < 2:
            raise InvalidInput(f"{type(self).__name__}: batch normalisation needs two training rows or more, got 1")
        super()._begin(train)

    def _epoch(self) -> dict[str, float]:
        index = draw_batches(len(self.rows_), self.batch_size, self.batches_per_epoch, self.device_)
        totals: dict[str, Tensor] = {}
        for numbers, rows in zip(index, gather(self.rows_, index), strict=True):
            self.index_ = numbers
            with self._precision():
                losses = self._losses(rows if self.augment_ is None else self.augment_(rows))
            self._descend(losses["loss"])
            for name, value in losses.items():
                totals[name] = totals[name] + value.detach() if name in totals else value.detach()
        return {name: float(total) / len(index) for name, total in totals.items()}

    def _all_rows(self, function: Any, rows_at_once: int = 8192, of: Tensor | None = None) -> Tensor:
        """`function` of all training rows, or `of` others, chunk by chunk, in evaluation mode and without gradients."""
        training = self.network_.training
        self.network_.eval()
        with torch.no_grad(), self._precision():
            parts = [
                function(rows.to(torch.float32)) for rows in (self.rows_ if of is None else of).split(rows_at_once)
            ]
        self.network_.train(training)
        return torch.cat(parts)
