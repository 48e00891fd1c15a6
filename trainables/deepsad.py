"""Deep SAD: a small ball around the unlabelled rows that labelled anomalies are pushed out of."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.schedules import stepped
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.deepsvdd import STATISTICS_ROWS, centre_of
from trainables.networks.ball import BallNetwork, estimate_statistics
from trainables.networks.encoder import Encoder, pretrain

EPS = 1e-6


def semi_supervised_loss(distance: Tensor, target: Tensor, eta: float) -> Tensor:
    """Loss of each row: d where unlabelled, eta (d + 1e-6)^y where labelled, y = +1 or -1.

    d are squared distances to the centre, targets -1 labelled anomaly, 0 unlabelled, +1 labelled normal, as
    numbers of the type of d.
    """
    return torch.where(target == 0, distance, eta * (distance + EPS) ** target)


@hyperparameters
class DeepSAD(MinibatchDetector[BallNetwork]):
    """Deep semi-supervised anomaly detection: Deep SVDD that pushes labelled anomalies away.

    d(x) = ||phi(x) - c||^2 with a bias-free encoder phi and a fixed centre c. The loss is one
    mean over the rows of a batch: d for unlabelled rows, eta (d + 1e-6)^y for labelled ones,
    y = +1 normal and -1 anomaly. The score is d.

    Parameters
    ----------
    hidden : sequence of int, default=(32, 16)
        Widths of the encoder's hidden layers (leaky ReLU).
    rep_dim : int, default=8
        Width of phi(x).
    eta : float, default=1.0
        Weight of labelled rows.
    batch_norm : bool, default=True
        Batch normalisation without affine parameters after each hidden layer.
    pretrain_epochs : int or None, default=10
        Epochs as an autoencoder before the centre is fixed; 0 starts from random weights, None is as
        many as `epochs`.
    pretrain_weight_decay : float, default=5e-4
        L2 in the gradient of pre-training.
    milestone : float, default=1/3
        Share of `epochs` after which the learning rate falls to a tenth; 0 keeps it constant, and
        so does 1. Pre-training has a constant rate.
    lr : float, default=1e-4
        Learning rate of Adam, in pre-training too.
    batches_per_epoch : int, default=0
        Batches per epoch, in pre-training too; 0 is one pass.
    epochs : int, default=150
        Rounds of a whole training run; pre-training belongs to the first.

    Notes
    -----
    Labelled rows come into a batch as often as they are in the table and weigh 1/n like the
    rest: with thirty labels among a hundred thousand rows most batches have none, and `eta` is
    the way to weigh them up. Where every row is labelled, `eta` multiplies the whole loss: with
    Adam it then changes nothing but the weight of the loss against `weight_decay`.
    On CelebA (92,000 rows, thirty labels, 2 % unlabelled anomalies, ten
    epochs of the default configuration) AUROC/AP are .893/.216 at eta 1, .925/.285 at 10 and
    .936/.303 at 100. Without labels this is Deep SVDD.

    c is the mean embedding of all rows but the labelled anomalies after pre-training, with
    coordinates below .1 moved to +-.1 (0 to +.1). Deviations from the official code
    (lukasruff/Deep-SAD-PyTorch): there the mean includes labelled anomalies, and a coordinate
    that is exactly 0 stays; the decoder ends in a sigmoid after min-max scaling, here it is
    linear and the rows are taken as they come; without pre-training, the statistics of batch
    normalisation are those of up to 8,192 rows when c is computed, there 0 and 1; its 150
    epochs of pre-training are `pretrain_epochs`, None. As there, pre-training sees every row, and the
    rows that do not fill a batch are left out of an epoch. DeepOD 0.4.1 has the same loss, but
    draws batches half of anomalies and takes c from them, so that c lies between the kinds.

    References
    ----------
    Ruff et al. Deep Semi-Supervised Anomaly Detection. ICLR 2020.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL

    hidden: c.Widths = (32, 16)
    rep_dim: c.Width = 8
    eta: Annotated[float, c.Interval(float, 0, 1e6)] = 1.0
    batch_norm: bool = True
    pretrain_epochs: Annotated[int, c.Interval(int, 0, 1_000_000)] | None = 10
    pretrain_weight_decay: c.Decay = 5e-4
    milestone: Annotated[float, c.Interval(float, 0, 1)] = 1 / 3
    lr: float = 1e-4
    weight_decay: float = 5e-7
    batches_per_epoch: c.Batches = 0
    epochs: int = 150

    def _network(self, row_shape: tuple[int, ...]) -> BallNetwork:
        encoder = Encoder(math.prod(row_shape), self.hidden, self.rep_dim, self.batch_norm)
        return BallNetwork(encoder, self.rep_dim)

    def _prepare(self, train: TrainData) -> None:
        self.target_ = torch.from_numpy(train.target).to(self.device_, torch.float32)
        if self.batch_norm:
            sample = torch.randperm(len(self.rows_), device=self.device_)[:STATISTICS_ROWS]
            estimate_statistics(self.network_, self.rows_[sample].to(torch.float32))
        self._fix_centre()

    def _fix_centre(self) -> None:
        kept = self.target_ != ANOMALY
        embedded = self._all_rows(self.network_.encoder)
        self.network_.centre.copy_(centre_of(embedded[kept] if kept.any() else embedded))

    def _pretrain(self) -> None:
        pretrain(
            self.network_.encoder,
            self.rows_,
            epochs=self.epochs if self.pretrain_epochs is None else self.pretrain_epochs,
            lr=self.lr,
            batch_size=self.batch_size,
            weight_decay=self.pretrain_weight_decay,
            device=self.device_,
            batches_per_epoch=self.batches_per_epoch,
        )
        self._fix_centre()

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        return {"loss": semi_supervised_loss(self.network_(rows), self.target_[self.index_], self.eta).mean()}

    def _epoch(self) -> dict[str, float]:
        if self.rounds_done_ == 0 and self.pretrain_epochs != 0:
            self._pretrain()
        milestones = (self.milestone,) if self.milestone else ()
        self.optimizer_.lr = stepped(self.lr, milestones, self.rounds_done_, self.epochs)
        return super()._epoch()

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows)
