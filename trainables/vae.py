"""Variational autoencoder: rows are improbable that a generative model of all rows does not restore."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.pixels import Pixels, unit_pixels
from trainables.components.reconstruction import least, pixel_errors, reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision, hyperparameters
from trainables.networks.convolutions import ConvDecoder, ConvEncoder
from trainables.networks.dense import dense
from trainables.networks.vae import VariationalAutoencoder, draw

SCORING_ROUND = 1 << 32  # beyond every epoch: the draws of scoring are nobody else's


def kl_divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, diag sigma^2) || N(0, I)) = 1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2), shape (n,)."""
    return 0.5 * (mean.square() + logvar.exp() - 1.0 - logvar).sum(1)


def negative_log_likelihood(rows: Tensor, restored: Tensor, variance: Tensor | None) -> Tensor:
    """-log N(x; x', diag v), summed over features, over the last axis; no variance means 1."""
    error = (rows - restored).square()
    spread = rows.shape[-1] * math.log(2 * math.pi)
    if variance is None:
        return 0.5 * (error.sum(-1) + spread)
    return 0.5 * ((error / variance + variance.log()).sum(-1) + spread)


@hyperparameters
class VAE(MinibatchDetector[VariationalAutoencoder]):
    """Variational autoencoder: L = mean over rows of reconstruction + beta |KL - capacity|.

    q(z|x) = N(mu(x), sigma^2(x)), z = mu + sigma eps, eps ~ N(0, I). KL is that of q to
    N(0, I), in nats, summed over the latent units. The reconstruction term is, with
    `variance="unit"`, ||x - x'||^2 summed over features, or with "learnt" the negative log
    likelihood sum_j [(x_j - x'_j)^2 / v_j + log v_j + log 2 pi] / 2, v from the decoder.

    The score of a row is the mean squared error of the reconstruction of mu, or with
    `score="probability"` An and Cho's reconstruction probability as
    -1/L sum_l log N(x; x'(z_l), v(z_l)), z_l ~ q(z|x).

    Parameters
    ----------
    network : {"dense", "conv"}, default="dense"
        Of images: fully connected on the pixels, or convolutions 4 x 4 of stride 2 with a dense
        code; the decoder mirrors it. Tables are always dense.
    hidden : sequence of int, default=(400,)
        Widths of the dense encoder's hidden layers; the decoder has them in reverse.
    channels : sequence of int, default=(32, 64)
        Of the convolutions.
    latent : int, default=200
        Units of z.
    beta : float, default=1.0
        Weight of the KL term (the thesis's gamma). Against an error that is the *mean* over
        D features, the same balance is a weight of beta / D: 784-fold smaller on MNIST.
    capacity : float, default=0.0
        C of |KL - C| per row, in nats (Burgess et al. 2018). At 0 the term is beta KL.
    variance : {"unit", "learnt"}, default="learnt"
        Variance v of the decoder's Gaussian: 1, or one per feature and row from the decoder.
    score : {"mse", "probability"}, default="probability"
        What a row scores. With unit variance the two differ only by the draws.
    draws : int, default=10
        L, used for `score="probability"` alone.
    activation : {"relu", "leaky_relu", "tanh"}, default="relu"
        Between layers.
    dropout : float, default=0.0
        Dropout after each activation.
    trim : float, default=0.0
        Share of a batch, the rows with the largest reconstruction terms, that the loss leaves out: for
        training rows that hold anomalies. 0 leaves out none.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 means one pass over the rows.
    seed : int, default=0
        Seed of weights, batches and draws.

    Notes
    -----
    One advantage over an autoencoder: the code has a known distribution that training fills
    without holes, so that neighbouring codes decode to similar rows, new rows can be drawn from
    it, and a score may be a likelihood. One problem: the KL term and the averaging over draws
    cost sharpness. Images come back blurred, details that make an anomaly are lost in normal
    rows as well, and with a strong decoder or a large beta units of the code fall back to the
    prior and carry nothing (posterior collapse).

    Images (n, h, w, c), pixels 0 to 255, are scaled to 0 to 1 and x' is behind a sigmoid, so
    that errors are in that unit; the networks of tables are linear there.
    Labels are not used: labelled anomalies are trained on like every other row.
    One eps is drawn per row and update. The draws for scoring depend on `seed` alone and are
    the same L points for every row, so a score does not depend on which rows come with it.
    Under unit variance the squared error is twice the negative log likelihood, so beta = 1
    there is the evidence bound of a decoder with variance 1/2.
    Deviations: An and Cho train on normal rows alone; sigma^2 = softplus(h) instead of exp(h),
    since exp overflows on the far rows of heavy-tailed tables; v = 1e-3 + softplus(h), which
    cannot run to zero on a column that is always right. PyOD 3.6's VAE is not followed: it clamps
    the KL term into [0, capacity], which with its default capacity 0 leaves no KL at all,
    and it draws z when it scores.

    References
    ----------
    Kingma, Welling. Auto-Encoding Variational Bayes. ICLR 2014.
    An, Cho. Variational Autoencoder Based Anomaly Detection Using Reconstruction Probability. SNU 2015.
    Burgess et al. Understanding Disentangling in beta-VAE. arXiv 1804.03599, 2018.
    Liu, Wang, Luo, Zhou. RCA: A Deep Collaborative Autoencoder Approach for Anomaly Detection. IJCAI 2021.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})

    network: Literal["dense", "conv"] = "dense"
    hidden: c.Widths = (400,)
    channels: c.Channels = (32, 64)
    latent: c.Width = 200
    beta: c.Weight = 1.0
    capacity: c.Weight = 0.0
    variance: Literal["unit", "learnt"] = "learnt"
    score: Literal["mse", "probability"] = "probability"
    draws: Annotated[int, c.Interval(int, 1, 10_000)] = 10
    activation: Literal["relu", "leaky_relu", "tanh"] = "relu"
    dropout: c.Share = 0.0
    trim: c.Trim = 0.0
    batches_per_epoch: c.Batches = 0
    epochs: int = 100

    def _network(self, row_shape: tuple[int, ...]) -> VariationalAutoencoder:
        width, learnt = math.prod(row_shape), self.variance == "learnt"
        pixels = Pixels("unit") if len(row_shape) == 3 else None
        if pixels is not None and self.network == "conv":
            image = (row_shape[2], *row_shape[:2])
            return VariationalAutoencoder(
                ConvEncoder(image, self.channels, 2 * self.latent),
                ConvDecoder(image, self.channels, self.latent, 1 + learnt),
                learnt,
                pixels,
            )
        inward = (width, *self.hidden, 2 * self.latent)
        outward = (self.latent, *reversed(self.hidden), width * (1 + learnt))
        encoder, decoder = (dense(w, activation=self.activation, dropout=self.dropout) for w in (inward, outward))
        return VariationalAutoencoder(encoder, decoder, learnt, pixels)

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        network = self.network_
        rows = network.scaled(rows)
        mean, logvar = network.encode(rows)
        restored, variance = network.decode(draw(mean, logvar, torch.randn_like(mean)))
        if variance is None:
            errors = (rows - restored).square().sum(1)
        else:
            errors = negative_log_likelihood(rows, restored, variance)
        kept = least(errors, self.trim)
        reconstruction, kl = errors[kept].mean(), kl_divergence(mean, logvar)[kept]
        loss = reconstruction + self.beta * (kl - self.capacity).abs().mean()
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl.mean()}

    def _score_rows(self, rows: Tensor) -> Tensor:
        network = self.network_
        rows = network.scaled(rows)
        if self.score == "mse":
            return reconstruction_error(rows, network(rows))
        mean, logvar = network.encode(rows)
        total = torch.zeros(len(rows), device=rows.device)
        for noise in self._noise().to(rows.device):
            total += negative_log_likelihood(rows, *network.decode(draw(mean, logvar, noise)))
        return total / self.draws

    def reconstruct(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What comes back of images (n, h, w, c), pixels 0 to 255, through the mean of the code, in the same unit."""
        return unit_pixels(self._gathered(X, lambda rows: self.network_(self.network_.scaled(rows))), self.row_shape_)

    def _error_map(self, X: NDArray[Any]) -> NDArray[np.float32]:
        return pixel_errors(X, self.reconstruct(X))

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Means of the codes of images (n, h, w, c), shape (n, latent)."""
        return self._gathered(X, lambda rows: self.network_.encode(self.network_.scaled(rows))[0])

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, latent)."""
        codes = np.asarray(Z, np.float32)
        return unit_pixels(self._gathered(codes, lambda z: self.network_.decode(z)[0]), self.row_shape_)

    def _noise(self) -> Tensor:
        """The eps of scoring, shape (draws, latent)."""
        generator = torch.Generator().manual_seed(self._seed_of(SCORING_ROUND))
        return torch.randn(self.draws, self.latent, generator=generator)
