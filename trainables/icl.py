"""ICL: a row is normal if a window of its columns can be matched with the rest of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from trainables.bases.deepod_detector import DeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import InvalidInput


@hyperparameters
class ICL(DeepODDetector):
    """Internal contrastive learning: matches each window of k columns with its complement.

    G encodes the window w_j of a row (columns j..j+k-1), F the other d - k columns c_j.
    s(x) = mean_j -log( exp(F(c_j).G(w_j) / tau) / sum_l exp(F(c_j).G(w_l) / tau) )
    over the m = d - k + 1 windows is both what is minimised and the score.

    Parameters
    ----------
    kernel_size : int or "auto", default="auto"
        k, columns of a window. "auto" is 2 up to 40 columns, 10 up to 160, and more beyond.
    temperature : float, default=0.01
        tau.
    max_negatives : int, default=1000
        Most windows that the sum takes, drawn anew for each batch.
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers of F; G's are half of that.
    rep_dim : int, default=128
        Width of F and G.
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After the layers of G and all of F but the first, which has Tanh.
    bias : bool, default=False
        Whether layers, batch normalisation among them, have a bias.
    seed : int, default=0
        Seed of weights, batches and negatives.

    Raises
    ------
    InvalidInput
        If the rows have fewer than 3 columns, or not at least two windows.

    Notes
    -----
    Network and loss are DeepOD 0.4.1's, one network where it adds up several by default (each
    of which overwrites the one before). It normalises F and G over the windows, not over
    their `rep_dim` values, so that the products above are not cosines. Where there are more
    windows than `max_negatives`, scoring draws the same ones for every row; DeepOD draws per
    batch. `steps_per_epoch` bounds an epoch (each takes other rows).

    References
    ----------
    Shenkar, Wolf. Anomaly Detection for Tabular Data with Internal Contrastive Learning. ICLR 2022.
    """

    model: ClassVar[str] = "icl:ICL"
    scoring_rows: ClassVar[int] = 256

    kernel_size: Literal["auto"] | Annotated[int, c.Interval(int, 2, 100_000)] = "auto"
    temperature: Annotated[float, c.Interval(float, 0.0001, math.inf)] = 0.01
    max_negatives: Annotated[int, c.Interval(int, 1, 1_000_000)] = 1000
    hidden: Annotated[Sequence[int], c.Sequence(c.Interval(int, 2, 65536))] = (100, 50)
    rep_dim: c.Width = 128
    bias: bool = False
    steps_per_epoch: int = 100

    def _check_width(self, width: int) -> None:
        if width < 3:
            raise InvalidInput(f"ICL matches a window of columns with the rest: it needs 3 columns, got {width}")
        if self.kernel_size != "auto" and int(self.kernel_size) >= width:
            raise InvalidInput(f"ICL: kernel_size={self.kernel_size} leaves nothing of rows with {width} columns")
