"""Deep SVDD: a network that maps rows into a small ball; what falls outside is anomalous."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.pixels import Pixels
from trainables.components.reconstruction import least
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision, TrainData, hyperparameters
from trainables.networks.ball import BallNetwork, estimate_statistics
from trainables.networks.encoder import Encoder, pretrain
from trainables.networks.lenet import LeNet

LEAST_CENTRE = 0.1
STATISTICS_ROWS, PROVISIONAL_ROWS = 8192, 1024
"""Rows for the statistics of batch normalisation, and for statistics and centre that pre-training will replace."""


def soft_boundary_loss(distance: Tensor, radius2: Tensor | float, nu: float) -> Tensor:
    """R^2 + 1/(nu n) sum max(0, d - R^2) for squared distances d, a scalar."""
    return radius2 + (distance - radius2).clamp(min=0.0).mean() / nu


def centre_of(z: Tensor, least: float = LEAST_CENTRE) -> Tensor:
    """Mean of the embeddings, with coordinates nearer to 0 than `least` moved to +-least (0 to +least).

    Near 0 a coordinate could be met by all-zero weights, whatever the row.
    """
    centre = z.mean(0)
    return torch.where(centre.abs() < least, torch.where(centre < 0, -least, least), centre)


@hyperparameters
class DeepSVDD(MinibatchDetector[BallNetwork]):
    """Deep support vector data description: distance to the centre of a learnt ball.

    d(x) = ||phi(x) - c||^2 with a bias-free encoder phi and a fixed centre c. The hard
    objective is the mean of d; the soft one R^2 + 1/(nu n) sum max(0, d - R^2). Both have
    weight decay. The score is d, or d - R^2 with the soft objective (which ranks alike).

    Parameters
    ----------
    hidden : sequence of int, default=(32, 16)
        Of tables: widths of the encoder's hidden layers (leaky ReLU).
    rep_dim : int, default=8
        Width of phi(x).
    network : {"lenet", "dense"}, default="lenet"
        Of images: the paper's LeNet, or the network of tables on flattened pixels.
    channels : sequence of int, default=(8, 4)
        Of images: channels of the blocks of the LeNet, each of which halves the image.
    start : {"uniform", "xavier"}, default="uniform"
        Of images: how the LeNet's convolutions begin, as torch's do or Xavier-uniform with the gain
        of leaky ReLU, as the official network for CIFAR-10 does.
    scaling : {"gcn", "unit", "symmetric"}, default="gcn"
        Of images: what happens to pixels first, see `trainables.components.pixels`.
    objective : {"hard", "soft"}, default="hard"
        One-class or soft-boundary objective.
    nu : float, default=0.1
        Share of rows that may lie outside the soft boundary; the hard objective has none.
    batch_norm : bool, default=True
        Batch normalisation without affine parameters after each hidden layer.
    pretrain_epochs : int or None, default=10
        Epochs as an autoencoder before the centre is fixed; 0 starts from random weights, None
        is as many as `epochs`, times `pretrain_share`.
    pretrain_share : float, default=1.0
        How many times `epochs` the pre-training has, where `pretrain_epochs` is None.
    pretrain_milestone : float or None, default=None
        Share of pre-training after which its learning rate falls to a tenth; None is `milestone`.
    pretrain_weight_decay : float, default=5e-4
        L2 in the gradient of pre-training.
    milestone : float, default=1/3
        Share of `epochs` after which the learning rate falls to a tenth; 0 keeps it constant, and
        so does 1.
    trim : float, default=0.0
        Share of a batch, the rows with the largest distances, that the hard objective leaves out: for
        training rows that hold anomalies. 0 leaves out none. The soft objective has nu for that.
    lr : float, default=1e-4
        Learning rate of Adam, in pre-training too.
    epochs : int, default=150
        Rounds of a whole training run; the whole pre-training belongs to the first.

    Notes
    -----
    Labels are not used: labelled anomalies are trained on like every other row, while the
    paper's training rows are all normal.
    Images (n, h, w, c), pixels 0 to 255: the paper's LeNet and preprocessing, per-image contrast
    normalisation with the L1 norm and then min-max with constants of the training images (the
    official code ships such constants for each class; here they are taken from the images at
    hand). The network is that for MNIST by default; (32, 64, 128) with rep_dim 128 is that for
    CIFAR-10. Pre-training minimises the sum of squared errors of an image behind a sigmoid, as
    there; its decoder begins with a linear layer where the official one reshapes the
    representation after a batch normalisation, so that rep_dim may be any number, and its upsampling meets
    every image size.
    c is the mean embedding of all training rows before the first update (after
    pre-training), with coordinates below .1 moved to +-.1. Before the first round it is
    that of random weights (over 1,024 rows, where pre-training follows), so that an
    untrained detector scores. With the soft objective R^2 is the 1 - nu quantile of d over
    all training rows at the start of every epoch. Deviations from the official code
    (lukasruff/Deep-SVDD-PyTorch): it takes R from the last batch and leaves it 0 for ten
    epochs; a coordinate of c that is exactly 0 moves too; without pre-training, the
    statistics of batch normalisation are those of up to 8,192 rows when c is computed (with
    the initial 0 and 1, c would lie far from every row). For tables the network is the one
    that the authors use in Deep SAD's code, and the rows are taken as they come. PyOD 3.6's
    DeepSVDD ends in a ReLU, so that neither embedding nor centre has a negative coordinate.

    References
    ----------
    Ruff et al. Deep One-Class Classification. ICML 2018.
    Ruff et al. Deep Semi-Supervised Anomaly Detection. ICLR 2020.
    Liu, Wang, Luo, Zhou. RCA: A Deep Collaborative Autoencoder Approach for Anomaly Detection. IJCAI 2021.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})

    hidden: c.Widths = (32, 16)
    rep_dim: c.Width = 8
    network: Literal["lenet", "dense"] = "lenet"
    channels: c.Channels = (8, 4)
    start: Literal["uniform", "xavier"] = "uniform"
    scaling: Literal["unit", "symmetric", "gcn"] = "gcn"
    objective: Literal["hard", "soft"] = "hard"
    nu: Annotated[float, c.Interval(float, 0, 1, closed="right")] = 0.1
    batch_norm: bool = True
    pretrain_epochs: Annotated[int, c.Interval(int, 0, 1_000_000)] | None = 10
    pretrain_share: Annotated[float, c.Interval(float, 0, 1000)] = 1.0
    pretrain_milestone: Annotated[float, c.Interval(float, 0, 1)] | None = None
    pretrain_weight_decay: c.Decay = 5e-4
    milestone: Annotated[float, c.Interval(float, 0, 1)] = 1 / 3
    trim: c.Trim = 0.0
    lr: float = 1e-4
    weight_decay: float = 5e-7
    batch_size: int = 200
    epochs: int = 150

    def _network(self, row_shape: tuple[int, ...]) -> BallNetwork:
        if len(row_shape) == 1:
            return BallNetwork(Encoder(row_shape[0], self.hidden, self.rep_dim, self.batch_norm), self.rep_dim)
        h, w, channels = row_shape
        inner: Encoder | LeNet
        if self.network == "dense":
            inner = Encoder(h * w * channels, self.hidden, self.rep_dim, self.batch_norm)
        else:
            xavier = self.start == "xavier"
            inner = LeNet((channels, h, w), self.channels, self.rep_dim, self.batch_norm, xavier=xavier)
        return BallNetwork(nn.Sequential(Pixels(self.scaling), inner), self.rep_dim)

    @property
    def _pixels(self) -> Pixels | None:
        """What scales images; None for tables."""
        first = self.network_.encoder[0] if isinstance(self.network_.encoder, nn.Sequential) else None
        return first if isinstance(first, Pixels) else None

    def _prepare(self, train: TrainData) -> None:
        if self._pixels is not None:
            self._pixels.fit(self.rows_)
        order = torch.randperm(len(self.rows_), device=self.device_)
        if self.batch_norm:
            sample = order[: PROVISIONAL_ROWS if self._pretraining else STATISTICS_ROWS]
            estimate_statistics(self.network_, self.rows_[sample].to(torch.float32))
        self._fix_centre(self.rows_[order[:PROVISIONAL_ROWS]] if self._pretraining else self.rows_)

    def _fix_centre(self, rows: Tensor) -> None:
        embedded = self._all_rows(self.network_.encoder, of=rows)
        self.network_.centre.copy_(centre_of(embedded.to(torch.float32)))

    @property
    def _pretraining(self) -> int:
        """Epochs of it."""
        return round(self.epochs * self.pretrain_share) if self.pretrain_epochs is None else self.pretrain_epochs

    def _pretrain(self) -> None:
        epochs = self._pretraining
        if not epochs:
            return
        encoder = self.network_.encoder
        inner = encoder[1] if isinstance(encoder, nn.Sequential) else None
        pretrain(
            encoder,
            self.rows_,
            epochs=epochs,
            lr=self.lr,
            batch_size=self.batch_size,
            weight_decay=self.pretrain_weight_decay,
            device=self.device_,
            decoder=inner.decoder() if isinstance(inner, LeNet | Encoder) else None,
            milestone=self.milestone if self.pretrain_milestone is None else self.pretrain_milestone,
            target=self._pixels,
        )
        self._fix_centre(self.rows_)

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        distance = self.network_(rows)
        if self.objective == "soft":
            return {"loss": soft_boundary_loss(distance, self.network_.radius2, self.nu), "distance": distance.mean()}
        return {"loss": distance[least(distance, self.trim)].mean()}

    def _epoch(self) -> dict[str, float]:
        if self.rounds_done_ == 0:
            self._pretrain()
        late = self.milestone and self.rounds_done_ >= self.milestone * self.epochs
        self.optimizer_.lr = self.lr * (0.1 if late else 1.0)
        if self.objective == "soft":
            # numpy's quantile: torch's refuses more than 2^24 values
            distances = self._all_rows(self.network_).cpu().numpy()
            self.network_.radius2.fill_(float(np.quantile(distances, 1.0 - self.nu)))
        return super()._epoch()

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows) - self.network_.radius2
