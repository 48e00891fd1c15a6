"""SLAD: how many columns a vector was made from, told from the vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from trainables.bases.deepod_detector import DeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import TrainData, hyperparameters
from trainables.core.errors import InvalidInput

MIXED = 16  # batches that are transformed at a time


@hyperparameters
class SLAD(DeepODDetector):
    """Scale learning: predicts the scale of random subspaces of a row.

    A transformation draws c subsets of columns and maps each by a fixed random matrix to h
    values; its scale is (magnify / h) times the sum of the weights of its columns, where
    a column's weight is its mean absolute correlation with the others, scaled to 0..1. A network
    predicts the c scales from the c vectors. The Jensen-Shannon divergence between the softmax
    of both (as DeepOD computes it, see Notes) is what is minimised, and its mean over `transformations` is the score.

    Parameters
    ----------
    transformations : int, default=20
        Transformations, each with its own c subsets.
    group_size : int, default=10
        c, vectors of a transformation.
    subspace_sizes : int, default=50
        Most different sizes of subsets that are drawn from 1..d.
    unified_dim : int, default=128
        h, values that each subset is mapped to.
    magnify : float, default=200.0
        Factor of the scales.
    hidden : sequence of int, default=(100,)
        Widths of the network's hidden layers.
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After each hidden layer. No layer has a bias.
    batch_size : int, default=128
        Transformed rows per batch.
    steps_per_epoch : int, default=200
        Batches of an epoch; 0 is as many as two passes over the rows take.
    seed : int, default=0
        Seed of subsets, matrices, weights and batches.

    Raises
    ------
    InvalidInput
        If the rows have fewer than 2 columns.

    Notes
    -----
    Transformations, network and loss are DeepOD 0.4.1's. Its divergence takes the softmax twice
    and measures from the mixture, so that it is not the Jensen-Shannon divergence of the paper
    and not zero where prediction and scale agree. DeepOD transforms 1 to 50
    times the rows once, in front (2 GB for 92,000 rows of 39 columns), and goes through them in
    every epoch; here each epoch draws rows and transformations anew, `steps_per_epoch` batches of
    them: on fewer than 12,800 rows more than DeepOD's, whose epochs are ten times as many (on 196 rows of
    ionosphere AUROC .908 on held-out rows, with DeepOD's 47 batches .876: four splits, ten epochs). Where all
    columns have one weight, it is 1 (DeepOD divides 0 by 0). As in DeepOD, columns have weight 1 from
    50 columns on, and up to 10 columns a subset may hold one twice.

    References
    ----------
    Xu, Wang, Wei, Jian, Liu, Wang, Li. Fascinating Supervisory Signals and Where to Find Them:
    Deep Anomaly Detection with Scale Learning. ICML 2023.
    """

    model: ClassVar[str] = "slad:SLAD"
    renamed: ClassVar[Mapping[str, str]] = {
        "transformations": "n_slad_ensemble",
        "group_size": "distribution_size",
        "subspace_sizes": "subspace_pool_size",
        "unified_dim": "n_unified_features",
        "magnify": "magnify_factor",
    }
    scoring_rows: ClassVar[int] = 256

    transformations: Annotated[int, c.Interval(int, 1, 10_000)] = 20
    group_size: Annotated[int, c.Interval(int, 2, 1000)] = 10
    subspace_sizes: Annotated[int, c.Interval(int, 1, 100_000)] = 50
    unified_dim: c.Width = 128
    magnify: c.Positive = 200.0
    hidden: c.Widths = (100,)
    batch_size: int = 128

    def _check_width(self, width: int) -> None:
        if width < 2:
            raise InvalidInput(f"SLAD tells subsets of columns apart: it needs 2 columns, got {width}")

    def _prepare(self, train: TrainData) -> None:
        with np.errstate(invalid="ignore", divide="ignore"):  # a column that never changes correlates with nothing
            weights = self.model_._cal_f_weight(train.X.reshape(len(train.X), -1))
        self.model_.f_weight = weights if np.isfinite(weights).all() else np.ones_like(weights)
        self.steps_ = self.steps_per_epoch or math.ceil(2 * len(self.rows_) / self.batch_size)

    def _transform(self, rows: Tensor, which: int) -> tuple[Tensor, Tensor]:
        """Vectors, shape (n, c, h), and scales, shape (n, c), of rows under one transformation."""
        model, subsets, rows = self.model_, self.model_.subspace_indices_lst[which], rows.cpu()
        with torch.no_grad():
            vectors = torch.stack(
                [model.affine_network_lst[len(one)].linear(rows[:, torch.from_numpy(one)]) for one in subsets], 1
            )
        weights = np.array([model.f_weight[one].sum() for one in subsets])
        scales = torch.from_numpy(weights / self.unified_dim * self.magnify).to(torch.float32)
        return vectors, scales.expand(len(rows), -1)

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        for start in range(0, self.steps_, MIXED):
            size = min(MIXED, self.steps_ - start) * self.batch_size
            which = rng.integers(self.transformations, size=size)
            chosen = self.rows_[torch.from_numpy(rng.integers(len(self.rows_), size=size)).to(self.device_)]
            parts = [self._transform(chosen[torch.from_numpy(which == i)].float(), i) for i in np.unique(which)]
            vectors, scales = (torch.cat(part) for part in zip(*parts, strict=True))
            for index in torch.from_numpy(rng.permutation(size)).split(self.batch_size):
                yield vectors[index], scales[index]

    def _score_rows(self, rows: Tensor) -> Tensor:
        total = torch.zeros(len(rows), device=rows.device)
        for which in range(self.transformations):
            total += self.model_.training_forward(self._transform(rows, which), self.model_.net, self.model_.criterion)
        return total / self.transformations

    def _extra(self) -> dict[str, Any]:
        model = self.model_
        matrices = [model.affine_network_lst[size].linear.weight for size in model.len_pool]
        return {
            "sizes": np.array(model.len_pool),
            "matrices": [matrix.detach().clone() for matrix in matrices],
            "subsets": [[np.array(subset) for subset in subsets] for subsets in model.subspace_indices_lst],
            "weights": np.array(model.f_weight),
        }

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        model = self.model_
        model.len_pool = np.array(state["sizes"])
        for size, matrix in zip(model.len_pool, state["matrices"], strict=True):
            model.affine_network_lst[size].linear.weight.data.copy_(matrix)
        model.subspace_indices_lst = state["subsets"]
        model.f_weight = state["weights"]
