"""DAGMM: deep autoencoding Gaussian mixture model."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.gaussian_mixture import Mixture, energy, fit_mixture
from trainables.components.pixels import Pixels, unit_pixels
from trainables.components.reconstruction import pixel_errors
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import NotFitted
from trainables.networks.dagmm import DAGMMNetwork
from trainables.networks.dense import dense


def diagonal_penalty(covariances: Tensor) -> Tensor:
    """Sum of 1 / Sigma_kjj over components and dimensions, a scalar."""
    return covariances.diagonal(dim1=1, dim2=2).reciprocal().sum()


def mixture_of(z: Tensor, membership: Tensor, jitter: float) -> Mixture:
    """`fit_mixture` one component at a time: of all training rows, a copy per component would not fit."""
    parts = [fit_mixture(z, membership[:, [k]], jitter) for k in range(membership.shape[1])]
    return Mixture(*(torch.cat(part) for part in zip(*parts, strict=True)))


@hyperparameters
class DAGMM(MinibatchDetector[DAGMMNetwork]):
    """Deep autoencoding Gaussian mixture model: low density of code and reconstruction error.

    z = [z_c, ||x - x'|| / ||x||, cos(x, x')] from an autoencoder with code z_c; memberships
    gamma = softmax(estimation network of z); phi, mu, Sigma are their moments over a batch.
    E(z) = -log sum_k phi_k N(z; mu_k, Sigma_k) and
    L = mean ||x - x'||^2 + lambda_energy mean E + lambda_covariance sum_kj 1 / Sigma_kjj.
    The score of a row is E(z) under the mixture of all training rows.

    Parameters
    ----------
    hidden : sequence of int, default=(60, 30, 10)
        Widths between row and code, with tanh; the decoder has them in reverse.
    latent : int, default=1
        Units of z_c.
    components : int, default=4
        K, Gaussians of the mixture.
    estimation : int, default=10
        Hidden tanh units of the estimation network.
    dropout : float, default=0.5
        Dropout after them, in training alone.
    lambda_energy : float, default=0.1
        Weight of the energy.
    lambda_covariance : float, default=0.005
        Weight of the penalty on small variances.
    jitter : float, default=1e-6
        Added to the diagonal of every covariance, before energy and penalty.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 means one pass over the rows.
    seed : int, default=0
        Seed of weights, batches and dropout.

    Raises
    ------
    SingularCovariance
        If a covariance is not positive definite in spite of the jitter, or a component has
        lost every row.
    NotFitted
        On scoring before the end of the first epoch: there is no mixture yet.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, are flattened and scaled to 0 to 1; the networks are the
    same. Labels are not used: labelled anomalies are trained on like every other row (the paper
    trains on normal rows, and studies up to 5 % contamination).
    At the end of every epoch phi, mu and Sigma are computed once over all training rows, with
    the weights as they are and without dropout; they are part of the state. Mixture and energy
    are in float64, through Cholesky factors. In the paper the code and the decoder's output are
    linear, the rest is tanh; so it is here. Deviations: the jitter; a norm below 1 % of the mean
    norm of the training rows counts as that much, since a row of zeros has no relative
    distance; weights start as torch's linear layers do.
    The widths are the paper's for its 120-column table. Narrow tables take its others: 12-4
    (6 columns, K = 2), or 10 with latent 2 (274 columns and few rows, K = 2).

    References
    ----------
    Zong et al. Deep Autoencoding Gaussian Mixture Model for Unsupervised Anomaly Detection. ICLR 2018.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})

    hidden: c.Widths = (60, 30, 10)
    latent: Annotated[int, c.Interval(int, 1, 256)] = 1
    components: Annotated[int, c.Interval(int, 1, 256)] = 4
    estimation: c.Width = 10
    dropout: c.Share = 0.5
    lambda_energy: c.Weight = 0.1
    lambda_covariance: c.Weight = 0.005
    jitter: Annotated[float, c.Interval(float, 0, 1)] = 1e-6
    lr: float = 1e-4
    batch_size: int = 1024
    batches_per_epoch: c.Batches = 0
    epochs: int = 200

    def _network(self, row_shape: tuple[int, ...]) -> DAGMMNetwork:
        widths = (math.prod(row_shape), *self.hidden, self.latent)
        encoder, decoder = dense(widths, activation="tanh"), dense(widths[::-1], activation="tanh")
        estimation = dense((self.latent + 2, self.estimation, self.components), activation="tanh", dropout=self.dropout)
        pixels = Pixels("unit") if len(row_shape) == 3 else None
        return DAGMMNetwork(encoder, decoder, estimation, self.latent, self.components, pixels)

    def _prepare(self, train: TrainData) -> None:
        norms = self._all_rows(lambda rows: self.network_.scaled(rows).norm(dim=1))
        # a hundredth: it reaches rows of next to nothing alone, and bounds what a relative distance can be there
        self.network_.least_norm.copy_((0.01 * norms.mean()).clamp(min=1e-12))

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        rows = self.network_.scaled(rows)
        restored, z32 = self.network_(rows)
        z = z32.to(torch.float64)
        mixture = fit_mixture(z, self.network_.membership(z32), self.jitter)
        reconstruction = (rows - restored).square().sum(1).mean()
        mean_energy = energy(z, mixture).mean()
        penalty = diagonal_penalty(mixture.covariances)
        loss = reconstruction + self.lambda_energy * mean_energy + self.lambda_covariance * penalty
        return {"loss": loss, "reconstruction": reconstruction, "energy": mean_energy, "penalty": penalty}

    def _epoch(self) -> dict[str, float]:
        losses = super()._epoch()
        network = self.network_
        z = self._all_rows(lambda rows: network(network.scaled(rows))[1])
        with torch.no_grad():
            network.eval()  # no dropout in the memberships
            mixture = mixture_of(z.to(torch.float64), network.membership(z), self.jitter)
            network.train()
            energy(z[:1].to(torch.float64), mixture)  # a singular one is a failure of training, not of scoring
            for buffer, value in zip((network.weights, network.means, network.covariances), mixture, strict=True):
                buffer.copy_(value)
        return losses

    def _score_rows(self, rows: Tensor) -> Tensor:
        network = self.network_
        if not bool(network.weights.any()):
            raise NotFitted("DAGMM: its mixture exists after the first epoch; call train_round() before scoring")
        mixture = Mixture(network.weights, network.means, network.covariances)
        return energy(network(network.scaled(rows))[1].to(torch.float64), mixture)

    def reconstruct(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What the decoder restores of images (n, h, w, c), pixels 0 to 255, in the same shape and unit."""
        network = self.network_
        return unit_pixels(self._gathered(X, lambda rows: network(network.scaled(rows))[0]), self.row_shape_)

    def _error_map(self, X: NDArray[Any]) -> NDArray[np.float32]:
        return pixel_errors(X, self.reconstruct(X))
