"""A Gaussian mixture from soft memberships, and its energy, differentiable and in double precision."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from trainables.core.errors import NonFiniteLoss, SingularCovariance


class Mixture(NamedTuple):
    """Weights (k,), means (k, d) and covariances (k, d, d), float64."""

    weights: Tensor
    means: Tensor
    covariances: Tensor


def fit_mixture(z: Tensor, membership: Tensor, jitter: float) -> Mixture:
    """phi_k = mean gamma_k, mu_k and Sigma_k = gamma-weighted mean and covariance of z, plus jitter on the diagonal.

    z is (n, d), gamma the membership (n, k), both float64. A component without any row is a SingularCovariance.
    """
    mass = membership.sum(0)
    if bool((mass.detach() <= 0).any()):
        raise SingularCovariance("a mixture component has no rows left; fewer components or a smaller learning rate")
    means = (membership.t() @ z) / mass[:, None]
    centred = z[None] - means[:, None]  # (k, n, d)
    weighted = centred * (membership.t() / mass[:, None])[:, :, None]
    covariances = weighted.transpose(1, 2) @ centred
    covariances = covariances + jitter * torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
    return Mixture(mass / len(z), means, covariances)


def energy(z: Tensor, mixture: Mixture) -> Tensor:
    """E(z) = -log sum_k phi_k N(z; mu_k, Sigma_k), shape (n,), through the Cholesky factor of Sigma_k.

    Raises
    ------
    SingularCovariance
        If a covariance is not positive definite.
    NonFiniteLoss
        If one is NaN or infinite.
    """
    weights, means, covariances = mixture
    factor, failed = torch.linalg.cholesky_ex(covariances)
    if bool(failed.any()):
        if not bool(torch.isfinite(covariances).all()):
            raise NonFiniteLoss("the covariances of the mixture are NaN or infinite")
        component = int(failed.nonzero()[0, 0])
        raise SingularCovariance(f"covariance {component} of the mixture is not positive definite; raise the jitter")
    centred = (z[None] - means[:, None]).transpose(1, 2)  # (k, d, n)
    whitened = torch.linalg.solve_triangular(factor, centred, upper=False)
    log_det = 2.0 * factor.diagonal(dim1=1, dim2=2).log().sum(1)
    constant = weights.log() - 0.5 * (log_det + z.shape[1] * math.log(2 * math.pi))
    return -torch.logsumexp(constant[:, None] - 0.5 * whitened.square().sum(1), dim=0)
