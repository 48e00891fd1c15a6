"""RCA: two autoencoders, each trained on the rows that the other finds easy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor, nn

from trainables.bases.deepod_detector import DeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import TrainData, hyperparameters
from trainables.core.errors import InvalidInput


@contextmanager
def thinned(network: nn.Module) -> Iterator[None]:
    """Drop units at random, the same ones for every row: `network` is then one of a family.

    Every dropout layer in evaluation mode multiplies by a mask of its own, kept units by
    1 / (1 - p), as long as this lasts. A mask is drawn from torch's global state when its
    layer is first run.
    """
    masks: dict[nn.Module, Tensor] = {}

    def drop(layer: nn.Module, _: Any, output: Tensor) -> Tensor:
        assert isinstance(layer, nn.Dropout)
        if layer not in masks:
            kept = torch.rand(output.shape[-1], device=output.device) >= layer.p
            masks[layer] = kept.to(output.dtype) / (1.0 - layer.p)
        return output * masks[layer]

    hooks = [layer.register_forward_hook(drop) for layer in network.modules() if isinstance(layer, nn.Dropout)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@hyperparameters
class RCA(DeepODDetector):
    """Robust collaborative autoencoders: rows that one of them cannot reconstruct are kept from the other.

    Of a batch, each autoencoder A_1, A_2 takes a step on ||A(x) - x||^2 over the share beta of
    the rows that the *other* reconstructs best. beta falls from 1 to 1 - `anomaly_share`, by
    anomaly_share / (alpha epochs) an epoch. The score is the mean of
    ||A_1(x) - x||^2 + ||A_2(x) - x||^2 over `members` networks thinned by dropout.

    Parameters
    ----------
    anomaly_share : float, default=0.02
        Share of the rows of a batch that is left out in the end.
    alpha : float, default=0.5
        Share of the epochs after which it is reached.
    dropout : float, default=0.5
        Dropout after each hidden layer, in training and in scoring.
    members : int, default=10
        Thinned networks whose errors are averaged.
    hidden : sequence of int, default=(100, 50)
        Widths of the encoders' hidden layers; the decoders mirror them.
    rep_dim : int, default=128
        Width of the code.
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After each hidden layer. No layer has a bias.
    epochs : int, default=100
        Rounds of a whole training run; also the unit in which beta falls.
    seed : int, default=0
        Seed of weights, batches and dropout.

    Raises
    ------
    InvalidInput
        If there is a single training row.

    Notes
    -----
    Network, loss and selection are DeepOD 0.4.1's. In scoring, DeepOD drops units for each row
    anew, so that a score hangs on the rows around it; here each of the `members` networks drops
    the same units for all rows, which is also what the paper averages over. A leftover batch of
    one row, of which DeepOD selects none and turns every weight to NaN, is left out.
    `steps_per_epoch` bounds an epoch (each takes other rows). The default is bounded for
    speed; the search space's PUBLISHED holds the published values.

    References
    ----------
    Liu, Wang, Luo, Zhou. RCA: A Deep Collaborative Autoencoder Approach for Anomaly Detection. IJCAI 2021.
    """

    model: ClassVar[str] = "rca:RCA"
    renamed: ClassVar[Mapping[str, str]] = {"anomaly_share": "anom_ratio"}

    anomaly_share: Annotated[float, c.Interval(float, 0, 0.5)] = 0.02
    alpha: Annotated[float, c.Interval(float, 0, 1, closed="right")] = 0.5
    dropout: c.Share = 0.5
    members: Annotated[int, c.Interval(int, 1, 1000)] = 10
    hidden: c.Widths = (100, 50)
    rep_dim: c.Width = 128

    def _prepare(self, train: TrainData) -> None:
        if len(train.X) < 2:
            raise InvalidInput("RCA compares the rows of a batch: it needs 2 training rows, got 1")

    def _score_rows(self, rows: Tensor) -> Tensor:
        total = torch.zeros(len(rows), device=rows.device)
        for _ in range(self.members):
            with thinned(self.model_.net):
                total += super()._score_rows(rows)
        return total / self.members

    def _extra(self) -> dict[str, Any]:
        return {"beta": float(self.model_.beta)}

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        self.model_.beta = float(state["beta"])
