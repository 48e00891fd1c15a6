"""NeuTraL: a row is normal if its learned views resemble it and not each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from trainables.bases.deepod_detector import ACTIVATIONS, TRAINING, WIDTH, DeepODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import Supervision, hyperparameters


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
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After each hidden layer.
    bias : bool, default=False
        Whether layers have a bias.
    lr : float, default=1e-3
        Learning rate of Adam.
    weight_decay : float, default=1e-5
        L2 in Adam's gradient.
    batch_size : int, default=64
        Rows per batch.
    steps_per_epoch : int, default=200
        Most batches of an epoch, which is one pass over the rows otherwise; 0 sets no limit.
    epochs : int, default=100
        Rounds of a whole training run.
    seed : int, default=0
        Seed of weights and batches.
    device : str, default="auto"
        "auto", "cpu" or "cuda".

    Raises
    ------
    NonFiniteLoss
        If training diverges.

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

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {
        "transformations": (c.Interval(int, 2, 1000),),
        "view": (c.Options(("residual", "mul", "forward")),),
        "temperature": (c.Interval(float, 0.01, math.inf),),
        "hidden": (c.Sequence(WIDTH),),
        "rep_dim": (WIDTH,),
        "view_hidden": (c.Sequence(WIDTH),),
        "activation": (c.Options(ACTIVATIONS),),
        "bias": (c.Options((True, False)),),
        **TRAINING,
    }

    transformations: int = 11
    view: Literal["residual", "mul", "forward"] = "residual"
    temperature: float = 0.1
    hidden: Sequence[int] = (100, 50)
    rep_dim: int = 128
    view_hidden: Sequence[int] = (50,)
    activation: str = "LeakyReLU"
    bias: bool = False
    lr: float = 1e-3
    weight_decay: float = 1e-5
    batch_size: int = 64
    steps_per_epoch: int = 200
    epochs: int = 100
    seed: int = 0
    device: str = "auto"

    def _model(self, **common: Any) -> Any:
        return library("models.tabular.neutral").NeuTraL(
            n_trans=self.transformations,
            trans_type=self.view,
            temp=self.temperature,
            hidden_dims=list(self.hidden),
            rep_dim=self.rep_dim,
            trans_hidden_dims=list(self.view_hidden),
            act=self.activation,
            bias=self.bias,
            **common,
        )
