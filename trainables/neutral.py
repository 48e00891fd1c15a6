"""NeuTraL: a row is normal if its learned views resemble it and not each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from trainables.bases.deepod_detector import DeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters


@hyperparameters
class NeuTraL(DeepODDetector):
    """Neural transformation learning: views of a row are learned together with an encoder.

    K networks turn x into views x_k; z_k is the encoding of x_k (z_0 of x itself) and
    h(a, b) = exp(cos(a, b) / tau). The deterministic contrastive loss

    s(x) = -c sum_k log( h(z_k, z_0) / sum_{l != k} h(z_k, z_l) ),  c = 1 / (K log K), l = 0..K,

    is both what is minimised and the score.

    Parameters
    ----------
    transformations : int, default=11
        K.
    view : {"residual", "mul", "forward"}, default="residual"
        x_k is x + t_k(x), sigmoid(t_k(x)) x, or t_k(x).
    temperature : float, default=0.1
        tau.
    hidden : sequence of int, default=(100, 50)
        Widths of the encoder's hidden layers.
    rep_dim : int, default=128
        Width of z.
    view_hidden : sequence of int, default=(50,)
        Widths of the hidden layers of each t_k.
    bias : bool, default=False
        Whether layers have a bias.

    Notes
    -----
    Network and loss are DeepOD 0.4.1's. Without biases the whole network scales with its input
    and the cosine ignores that: a row and its double get one score unless `bias` is set.
    Deviations: `steps_per_epoch` bounds an epoch (each takes other rows); the paper multiplies
    or adds the views depending on the data set, its encoder is deeper and narrower, and
    its data are one-class, where labels are not used here.

    References
    ----------
    Qiu, Pfrommer, Kloft, Mandt, Rudolph. Neural Transformation Learning for Deep Anomaly
    Detection Beyond Images. ICML 2021.
    """

    model: ClassVar[str] = "neutral:NeuTraL"
    renamed: ClassVar[Mapping[str, str]] = {
        "transformations": "n_trans",
        "view": "trans_type",
        "temperature": "temp",
        "view_hidden": "trans_hidden_dims",
    }

    transformations: Annotated[int, c.Interval(int, 2, 1000)] = 11
    view: Literal["residual", "mul", "forward"] = "residual"
    temperature: Annotated[float, c.Interval(float, 0.01, math.inf)] = 0.1
    hidden: c.Widths = (100, 50)
    rep_dim: c.Width = 128
    view_hidden: c.Widths = (50,)
    bias: bool = False
