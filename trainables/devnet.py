"""DevNet: deep anomaly detection with deviation networks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from trainables.bases.torch_detector import TorchDetector
from trainables.components.batches import bounded
from trainables.components.optimizers import Adam, FlatOptimizer, RMSprop
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.networks.mlp import MLP

CHUNK_BYTES = 4 << 20


def deviation_loss(
    scores: Tensor, anomalous: Tensor, reference_mean: Tensor, reference_std: Tensor, margin: float
) -> Tensor:
    """Deviation loss, one value per row: (1-y)|dev| + y max(0, a - dev), dev = (s - mean r) / std r.

    Parameters
    ----------
    scores : Tensor of shape (n,)
        Scores s.
    anomalous : Tensor of bool of shape (n,)
        y = 1. It must have the shape of `scores`: a (n, 1) against a (n,) would
        broadcast to (n, n), which is what DeepOD 0.4.1 does.
    reference_mean, reference_std : Tensor, scalars
        Mean and standard deviation of the draws r from the prior N(0, 1).
    margin : float
        The margin a.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if scores.shape != anomalous.shape:
        raise ValueError(f"scores {tuple(scores.shape)} and labels {tuple(anomalous.shape)} must have one shape")
    deviation = (scores - reference_mean) / reference_std
    return torch.where(anomalous, (margin - deviation).clamp(min=0.0), deviation.abs())


def deviation_gradient(
    scores: Tensor, anomalous: Tensor, reference_mean: Tensor, reference_std: Tensor, margin: float
) -> Tensor:
    """Derivative of the mean of `deviation_loss` with respect to each score, shape (n,)."""
    deviation = (scores - reference_mean) / reference_std
    slope = torch.where(anomalous, -(deviation < margin).to(scores.dtype), deviation.sign())
    return slope / (reference_std * scores.numel())


def reference_moments(n: int, draws: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of `draws` draws from N(0, 1), n times over, each of shape (n,).

    They are drawn from their own distributions, which is the same thing: the mean is
    N(0, 1/l), and (l - 1) var is chi-squared with l - 1 degrees of freedom, independent.
    """
    mean = torch.randn(n, device=device) / math.sqrt(draws)
    freedom = torch.full((n,), float(draws - 1), device=device)
    return mean, (torch.distributions.Chi2(freedom).sample() / freedom).sqrt()


@hyperparameters
class DevNet(TorchDetector[MLP]):
    """Deviation network: a scorer whose anomalies stand `margin` deviations above a prior.

    s = phi(x) is one linear output of a ReLU network. Each batch draws r_1..r_l ~ N(0, 1)
    and minimises the mean of (1-y)|dev| + y max(0, a - dev), dev = (s - mean r) / std r.
    The score of a row is s.

    Parameters
    ----------
    hidden : sequence of int, default=(20,)
        Widths of the hidden layers; empty makes the scorer linear.
    margin : float, default=5.0
        The margin a, in standard deviations.
    reference_draws : int, default=5000
        l, the number of draws from the prior per batch.
    lr : float, default=1e-3
        Learning rate.
    l2 : float, default=0.01
        lambda of lambda ||W||^2 on the hidden weights, as in the official code.
    anomaly_share : float, default=0.5
        Share of labelled anomalies in a batch (drawn with replacement).
    dropout : float, default=0.0
        Dropout after each hidden layer.
    schedule : {"constant", "cosine"}, default="constant"
        Learning rate over the updates of `epochs` epochs.
    clip_norm : float, default=1.0
        Limit of the gradient's 2-norm; 0 does not clip.
    batch_size : int, default=512
        Rows per batch.
    batches_per_epoch : int, default=20
        Updates per epoch; 0 means as many as one pass over the rows takes.
    label_repeats : int, default=0
        Most draws of each labelled anomaly in an epoch, in the mean: fewer batches where labels are few (but 5).
        0 sets no limit.
    optimizer : {"rmsprop", "adam"}, default="rmsprop"
        RMSprop with decay .9, or Adam.
    bias : bool, default=True
        Whether layers have biases.
    seed : int, default=0
        Seed of weights, batches and draws.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.

    Notes
    -----
    Rows that are not labelled anomalies count as normal, as in the paper. Deviations from
    the official code (GuansongPang/deviation-network): weights start as torch's linear
    layers do, not Glorot-uniform; batches are drawn with replacement; `clip_norm` limits the gradient
    of the deviation loss, and that of `l2` comes on top, where Keras clips both together; the weights
    are those after the last epoch, there those of the epoch with the least training loss. Libraries differ
    more: DeepOD 0.4.1 broadcasts the loss over pairs of rows, PyOD 3.6 swaps its
    arguments; neither is followed.

    References
    ----------
    Pang, Shen, van den Hengel. Deep Anomaly Detection with Deviation Networks. KDD 2019.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL
    needs_anomalies: ClassVar[bool] = True

    hidden: c.Widths = (20,)
    margin: c.Positive = 5.0
    reference_draws: Annotated[int, c.Interval(int, 2, 1_000_000)] = 5000
    l2: c.Decay = 0.01
    anomaly_share: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.5
    dropout: c.Share = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    clip_norm: c.Weight = 1.0
    batch_size: c.Batch = 512
    batches_per_epoch: c.Batches = 20
    label_repeats: c.Batches = 0
    optimizer: Literal["rmsprop", "adam"] = "rmsprop"
    bias: bool = True

    def _network(self, row_shape: tuple[int, ...]) -> MLP:
        return MLP(math.prod(row_shape), self.hidden, bias=self.bias, dropout=self.dropout)

    def _parameter_groups(self) -> list[dict[str, Any]]:
        decayed = [m.weight for m in self.network_.modules() if isinstance(m, nn.Linear)][:-1] if self.l2 else []
        rest = [p for p in self.network_.parameters() if all(p is not d for d in decayed)]
        # the gradient of lambda ||W||^2 is 2 lambda W, and that of torch's weight_decay w is w W
        groups = [{"params": decayed, "weight_decay": 2 * self.l2}, {"params": rest, "weight_decay": 0.0}]
        return [group for group in groups if group["params"]]

    def _optimizer(self, groups: Sequence[Mapping[str, Any]]) -> FlatOptimizer:
        return (Adam if self.optimizer == "adam" else RMSprop)(groups, self.lr)

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        self.anomalies_ = torch.from_numpy(np.flatnonzero(anomalous)).to(self.device_)
        self.normals_ = torch.from_numpy(np.flatnonzero(~anomalous)).to(self.device_)
        if len(self.normals_) == 0:
            self.normals_ = self.anomalies_
        self.per_batch_ = min(max(1, round(self.batch_size * self.anomaly_share)), self.batch_size - 1)
        updates = self.batches_per_epoch or max(1, math.ceil(len(train.X) / self.batch_size))
        self.updates_ = bounded(updates, len(self.anomalies_), self.per_batch_, self.label_repeats)
        self.anomalous_ = torch.arange(self.batch_size, device=self.device_) < self.per_batch_

    def _batches(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Rows of each batch (anomalies first), mean and deviation of its reference draws."""
        width = math.prod(self.row_shape_)
        chunk = max(1, CHUNK_BYTES // (4 * self.batch_size * width))
        device, batch, k = self.device_, self.batch_size, self.per_batch_
        for start in range(0, self.updates_, chunk):
            n = min(chunk, self.updates_ - start)
            anomalies = self.anomalies_[torch.randint(len(self.anomalies_), (n, k), device=device)]
            normals = self.normals_[torch.randint(len(self.normals_), (n, batch - k), device=device)]
            index = torch.cat([anomalies, normals], 1)
            rows = self.rows_.index_select(0, index.view(-1)).to(torch.float32).view(n, batch, width)
            yield from zip(rows, *reference_moments(n, self.reference_draws, device), strict=True)

    def _epoch(self) -> dict[str, float]:
        network = self.network_
        done = self.rounds_done_ * self.updates_
        for i, (rows, mean, std) in enumerate(self._batches()):
            if self.schedule == "cosine":
                progress = min(1.0, (done + i) / (self.epochs * self.updates_))
                self.optimizer_.lr = self.lr * 0.5 * (1.0 + math.cos(math.pi * progress))
            output, inputs = network.forward_trace(rows)
            scores = output.squeeze(1)
            gradient = deviation_gradient(scores, self.anomalous_, mean, std, self.margin)
            network.backpropagate(inputs, gradient.unsqueeze(1))
            self._step(self.clip_norm)
        # of the last batch alone: the loss itself is not needed to train, and costs a tenth of a step
        return {"loss": float(deviation_loss(scores, self.anomalous_, mean, std, self.margin).mean())}

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows.flatten(1)).squeeze(1)
