"""REPEN: a representation in which nearest-neighbour distances tell outliers apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.bases.torch_detector import TorchDetector
from trainables.components.batches import bounded, draw_distinct, gather
from trainables.components.lesinn import lesinn
from trainables.components.optimizers import Adadelta, Adam, FlatOptimizer
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, NORMAL, Supervision, TrainData, hyperparameters

LEAST_CANDIDATES = 10


def triplet_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """max(0, margin - (||a - n||^2 - ||a - p||^2)) of each triplet, shape (n,)."""
    far = (anchor - negative).square().sum(1)
    near = (anchor - positive).square().sum(1)
    return (margin - (far - near)).clamp(min=0.0)


def outlier_candidates(scores: NDArray[np.float64], deviations: float) -> NDArray[np.bool_]:
    """Rows with a score above mean + deviations * std; the ten highest where there is none.

    By Cantelli's inequality at most 1 / (1 + deviations^2) of the rows are above it, a
    quarter for the square root of 3.
    """
    threshold = scores.mean() + deviations * scores.std()
    if threshold >= scores.max():
        threshold = np.sort(scores)[max(0, len(scores) - LEAST_CANDIDATES - 1)]
    return scores > threshold


class Representation(nn.Module):
    """One ReLU layer, and the subsamples of training rows that scores are distances to."""

    def __init__(self, width: int, rep_dim: int, ensemble: int, subsample: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, rep_dim)
        self.subsamples: Tensor
        self.register_buffer("subsamples", torch.zeros(ensemble, subsample, width))

    def forward(self, x: Tensor) -> Tensor:
        """z, of shape (..., rep_dim)."""
        return torch.relu(self.layer(x))


@hyperparameters
class REPEN(TorchDetector[Representation]):
    """Representation learning for a random nearest-neighbour detector (LeSiNN).

    LeSiNN scores s_0(x), the mean distance to the nearest row of each of `ensemble` random
    subsamples, split the rows: outlier candidates have s_0 > mean + 1.7321 std. Triplets of an
    anchor a and a positive p among the inliers and a negative n among the candidates, or among the
    labelled anomalies, minimise the mean of max(0, margin - (||z_a - z_n||^2 - ||z_a - z_p||^2)),
    z = relu(W x + b). The score is LeSiNN in the space of z.

    Parameters
    ----------
    rep_dim : int, default=20
        Width of z.
    margin : float, default=1000.0
        The margin.
    ensemble : int, default=50
        Subsamples of LeSiNN.
    subsample : int, default=8
        Rows of a subsample.
    deviations : float, default=1.7321
        Standard deviations above the mean at which candidates begin.
    labelled_share : float, default=0.5
        Share of the negatives that are labelled anomalies, where there are any and candidates too.
    optimizer : {"adadelta", "adam"}, default="adadelta"
        Adadelta with decay .95, or Adam.
    lr : float, default=1.0
        Learning rate.
    batch_size : int, default=256
        Triplets per batch.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 means as many as one pass over the rows takes.
    label_repeats : int, default=0
        Most draws of each labelled anomaly in an epoch, in the mean: fewer batches where labels are few (but 5).
        0 sets no limit.
    seed : int, default=0
        Seed of weights, subsamples and triplets.

    Notes
    -----
    An inlier is an anchor with probability proportional to sum s_0 - s_0(x), a candidate is a
    negative with probability proportional to s_0(x); positives are uniform, and never their
    own anchor. If no score is above the threshold, the ten highest are the candidates.

    Labelled anomalies are neither inliers nor candidates nor rows of a subsample, and labelled
    normal rows are never candidates: a use of the labels beyond the paper. Where no candidate is
    left, as with every label known, each negative is a labelled anomaly; where there is none of
    these either, the unlabelled row with the highest score is the candidate, and where every row
    is labelled normal, the rows are taken as unlabelled. How often labelled anomalies are
    negatives is `labelled_share`: half is what DeepOD 0.4.1 has in its code, which never passes it
    a label, and the authors' public code (GuansongPang/deep-outlier-detection) uses none.
    Other deviations from the public code: the subsamples come from the training rows for new
    rows too (there from the rows that are scored), the last epoch's weights are kept (there
    the lowest loss's), and weights start as torch's linear layers do. DeepOD has a deeper
    network and Adam; it fails on arrays of current NumPy.

    References
    ----------
    Pang, Cao, Chen, Liu. Learning Representations of Ultrahigh-dimensional Data for Random
    Distance-based Outlier Detection. KDD 2018.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL

    rep_dim: c.Width = 20
    margin: c.Positive = 1000.0
    ensemble: Annotated[int, c.Interval(int, 1, 10_000)] = 50
    subsample: Annotated[int, c.Interval(int, 1, 10_000)] = 8
    deviations: Annotated[float, c.Interval(float, 0, 100)] = 1.7321
    labelled_share: Annotated[float, c.Interval(float, 0, 1)] = 0.5
    optimizer: Literal["adadelta", "adam"] = "adadelta"
    lr: float = 1.0
    batch_size: Annotated[int, c.Interval(int, 1, 1_000_000)] = 256
    batches_per_epoch: c.Batches = 0
    label_repeats: c.Batches = 0
    epochs: int = 30

    def _network(self, row_shape: tuple[int, ...]) -> Representation:
        return Representation(math.prod(row_shape), self.rep_dim, self.ensemble, self.subsample)

    def _optimizer(self, groups: Sequence[Mapping[str, Any]]) -> FlatOptimizer:
        return (Adam if self.optimizer == "adam" else Adadelta)(groups, self.lr)

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        self.anomalies_ = torch.from_numpy(np.flatnonzero(anomalous)).to(self.device_)
        others = np.flatnonzero(~anomalous) if not anomalous.all() else np.arange(len(anomalous))
        numbers = torch.from_numpy(others).to(self.device_)
        chosen = numbers[draw_distinct(len(others), self.subsample, self.ensemble, self.device_)]
        rows = self.rows_.flatten(1)
        self.network_.subsamples.copy_(rows[chosen].to(torch.float32))
        scores = lesinn(rows[numbers], self.network_.subsamples).cpu().numpy().astype(np.float64)
        possible = train.target[others] != NORMAL
        if not possible.any() and not anomalous.any():  # one class alone: its labels tell nothing apart
            possible[:] = True
        candidate = outlier_candidates(scores, self.deviations) & possible
        if not candidate.any() and not anomalous.any():  # all scores alike, or too few rows
            candidate = possible & (scores >= scores[possible].max())
        inlier = ~candidate if not candidate.all() else candidate
        self.inliers_, self.candidates_ = numbers[inlier], numbers[candidate]  # a mask indexes as in NumPy
        weights = scores[inlier].sum() - scores[inlier]
        self.anchor_sums_ = self._cumulative(weights)
        if candidate.any():
            self.negative_sums_ = self._cumulative(scores[candidate])

    def _cumulative(self, weights: NDArray[np.float64]) -> Tensor:
        sums = np.cumsum(weights if weights.sum() > 0 else np.ones_like(weights))
        return torch.from_numpy(sums / sums[-1]).to(self.device_)

    def _draw(self, sums: Tensor, n: int) -> Tensor:
        draws = torch.rand(n, dtype=torch.float64, device=self.device_)
        return torch.searchsorted(sums, draws, right=True).clamp_(max=len(sums) - 1)

    def _triplets(self, n: int) -> tuple[Tensor, Tensor, Tensor]:
        """Row numbers of n anchors, positives and negatives."""
        anchors = self._draw(self.anchor_sums_, n)
        # a step of 1..m-1 around the circle of inliers never comes back to the anchor
        m = len(self.inliers_)
        positives = (anchors + 1 + torch.randint(max(1, m - 1), (n,), device=self.device_)) % m
        return self.inliers_[anchors], self.inliers_[positives], self._negatives(n)

    def _negatives(self, n: int) -> Tensor:
        if not len(self.candidates_):
            return self.anomalies_[torch.randint(len(self.anomalies_), (n,), device=self.device_)]
        negatives = self.candidates_[self._draw(self.negative_sums_, n)]
        if len(self.anomalies_):
            labelled = self.anomalies_[torch.randint(len(self.anomalies_), (n,), device=self.device_)]
            use = torch.rand(n, device=self.device_) < self.labelled_share
            negatives = torch.where(use, labelled, negatives)
        return negatives

    def _batches(self) -> Iterator[Tensor]:
        """Rows of each batch: anchors, then positives, then negatives."""
        updates = self.batches_per_epoch or max(1, math.ceil(len(self.rows_) / self.batch_size))
        if len(self.anomalies_):
            updates = bounded(updates, len(self.anomalies_), self.labelled_share * self.batch_size, self.label_repeats)
        triplets = self._triplets(updates * self.batch_size)
        index = torch.cat([t.view(updates, self.batch_size) for t in triplets], 1)
        return gather(self.rows_.flatten(1), index)

    def _epoch(self) -> dict[str, float]:
        losses = []
        for rows in self._batches():
            anchor, positive, negative = self.network_(rows).chunk(3)
            loss = triplet_loss(anchor, positive, negative, self.margin).mean()
            self._descend(loss)
            losses.append(loss.detach())
        return {"loss": float(torch.stack(losses).mean())}

    def _score_rows(self, rows: Tensor) -> Tensor:
        return lesinn(self.network_(rows.flatten(1)), self.network_(self.network_.subsamples))
