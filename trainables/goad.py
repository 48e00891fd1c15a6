"""GOAD: which random affine view of a row is this?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.deepod_detector import DeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import TrainData, hyperparameters

CENTRE_ROWS = 4096
FAR = 1e6  # the official code's: beyond any distance between codes, so that no view's own centre is the nearest


def squared_distances(points: Tensor, centres: Tensor) -> Tensor:
    """||p - c||^2 of points (..., m, h) and centres (k, h), shape (..., m, k).

    Multiplied out, so that no (..., m, k, h) differences are held: an eighth of DeepOD's time.
    """
    square = points.square().sum(-1, keepdim=True) + centres.square().sum(-1)
    return (square - 2.0 * points @ centres.t()).clamp(min=0.0)


def goad_loss(codes: Tensor, logits: Tensor, alpha: float, margin: float) -> Tensor:
    """Cross-entropy of the view plus alpha times the triplet-centre loss, means over rows and views.

    Parameters
    ----------
    codes : Tensor of shape (n, T, h)
        Codes f(x_t) of the T views of each row. Their centres are the batch's means.
    logits : Tensor of shape (n, T, T)
        Logits over the T classes (axis 1) of each view (axis 2).
    alpha, margin : float
        Weight and margin of max(0, margin + ||f - c_t||^2 - min_{s != t} ||f - c_s||^2).
    """
    n, views, _ = codes.shape
    labels = torch.arange(views, device=codes.device).expand(n, views)
    distances = squared_distances(codes, codes.mean(0))
    own = torch.diagonal(distances, dim1=1, dim2=2)
    nearest = (distances + FAR * torch.eye(views, device=codes.device)).amin(-1)
    return F.cross_entropy(logits, labels) + alpha * (margin + own - nearest).clamp(min=0.0).mean()


@hyperparameters
class GOAD(DeepODDetector):
    """Classification-based detection with random affine transformations.

    A row becomes T views x W_t, W_t ~ N(0, 1)^(d x m); a network f tells them apart, trained on
    cross-entropy + alpha max(0, margin + ||f - c_t||^2 - min_{s != t} ||f - c_s||^2). With c_t
    the mean of f(x W_t) over training rows,

    s(x) = -sum_t log( exp(-d_tt) / sum_u exp(-d_tu) ),  d_tu = max(eps, ||f(x W_t) - c_u||^2).

    Parameters
    ----------
    transformations : int, default=64
        T. Time and memory grow with its square.
    view_dim : int, default=32
        m, the width of a view.
    alpha : float, default=0.1
        Weight of the triplet-centre loss.
    margin : float, default=1.0
        Its margin.
    eps : float, default=0.0
        Least squared distance in the score.
    hidden_dim : int, default=8
        Width of f and of each of its layers, which have no bias.
    layers : int, default=5
        Hidden layers of f.
    batch_size : int, default=64
        Rows per batch, each with all of its views.
    seed : int, default=0
        Seed of transformations, weights and batches.

    Notes
    -----
    The network is DeepOD 0.4.1's, whose default is 256 transformations; the official code's is
    32, to 4 values each. A batch of 64 rows with 256 takes DeepOD 0.9 s on one core, since it
    forms all T^2 differences of codes and centres, and it keeps the views of all rows (6 GB for
    92,000 rows of 39 columns). Here views are made per batch and distances are multiplied out
    (0.12 s; 8 ms with 64). The centres are means over at most 4,096 training rows, the same
    ones each epoch; DeepOD takes the mean of batch means, of all rows, anew at each scoring.
    `steps_per_epoch` bounds an epoch (each takes other rows). The defaults are bounded for speed;
    the search space's PUBLISHED holds the published values. The rows here may hold anomalies, the
    paper's do not.

    References
    ----------
    Bergman, Hoshen. Classification-Based Anomaly Detection for General Data. ICLR 2020.
    """

    model: ClassVar[str] = "goad:GOAD"
    renamed: ClassVar[Mapping[str, str]] = {
        "transformations": "n_trans",
        "view_dim": "trans_dim",
        "layers": "n_layers",
    }
    scoring_rows: ClassVar[int] = 64

    transformations: Annotated[int, c.Interval(int, 2, 4096)] = 64
    view_dim: c.Width = 32
    alpha: c.Weight = 0.1
    margin: c.Weight = 1.0
    eps: c.Weight = 0.0
    hidden_dim: c.Width = 8
    layers: Annotated[int, c.Interval(int, 0, 100)] = 5
    steps_per_epoch: int = 100

    def _build(self) -> nn.Module:
        network = super()._build()
        self.maps_ = torch.from_numpy(self.model_.affine_weights).to(self.device_, torch.float32)
        return network

    def _prepare(self, train: TrainData) -> None:
        drawn = np.sort(np.random.permutation(len(self.rows_))[:CENTRE_ROWS])
        self.centre_rows_ = torch.from_numpy(drawn).to(self.device_)
        self._after_epoch()

    def _views(self, rows: Tensor) -> Tensor:
        """Views of rows, shape (n, view_dim, transformations)."""
        return torch.einsum("nd,tdm->nmt", rows, self.maps_)

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        for rows in super()._batches(rng):
            yield self._views(rows)

    def _loss(self, batch: Any) -> Tensor:
        codes, logits = self.model_.net(batch)
        return goad_loss(codes.permute(0, 2, 1), logits, self.alpha, self.margin)

    def _after_epoch(self) -> None:
        network = self.model_.net.enc
        with torch.no_grad():
            sums = sum(network(self._views(self._take(i))).sum(0) for i in self.centre_rows_.split(self.scoring_rows))
        self.centres_ = (sums / len(self.centre_rows_)).t().contiguous()

    def _score_rows(self, rows: Tensor) -> Tensor:
        codes = self.model_.net.enc(self._views(rows)).permute(0, 2, 1)
        distances = squared_distances(codes, self.centres_).clamp(min=self.eps)
        own = torch.diagonal(distances, dim1=1, dim2=2)
        return (own + torch.logsumexp(-distances, 2)).sum(1)

    def _extra(self) -> dict[str, Any]:
        return {"maps": self.maps_.cpu().clone(), "centres": self.centres_.cpu().clone()}

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        self.maps_ = state["maps"].to(self.device_)
        self.centres_ = state["centres"].to(self.device_)
