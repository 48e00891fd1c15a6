"""A bias-free MLP encoder, its mirrored decoder and autoencoder pre-training.

Deep SVDD and Deep SAD pull rows towards a fixed centre. A bias term would let the network map
every row onto it, whatever its input (Ruff et al. 2018, proposition 2), so there is none.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from trainables.components.batches import draw_batches, gather
from trainables.components.optimizers import Adam


class _Stack(nn.Module):
    """Bias-free linear layers with leaky ReLU, and where asked batch normalisation, between them."""

    def __init__(self, widths: Sequence[int], batch_norm: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in pairwise(widths[:-1]):
            layers.append(nn.Linear(a, b, bias=False))
            if batch_norm:  # its shift would be a bias term: not affine
                layers.append(nn.BatchNorm1d(b, eps=1e-4, affine=False))
            layers.append(nn.LeakyReLU())
        layers.append(nn.Linear(widths[-2], widths[-1], bias=False))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.flatten(1))


class Encoder(_Stack):
    """n_in -> hidden... -> rep_dim without bias terms; leaky ReLU (slope .01) between layers.

    Rows of more dimensions are flattened. Batch normalisation without affine parameters (eps 1e-4) comes before
    each leaky ReLU; in training mode it needs batches of at least two rows.
    """

    def __init__(self, n_in: int, hidden: Sequence[int], rep_dim: int, batch_norm: bool = False) -> None:
        super().__init__((n_in, *hidden, rep_dim), batch_norm)
        self.widths, self.batch_norm = (n_in, *hidden, rep_dim), batch_norm

    def decoder(self) -> nn.Module:
        """A freshly initialised decoder that mirrors this encoder, with a linear output."""
        return _Stack(self.widths[::-1], self.batch_norm)


def pretrain(
    encoder: nn.Module,
    rows: Tensor,
    *,
    epochs: int,
    lr: float,
    batch_size: int,
    weight_decay: float,
    device: torch.device,
    decoder: nn.Module | None = None,
    batches_per_epoch: int = 0,
    milestone: float = 0.0,
    target: Callable[[Tensor], Tensor] | None = None,
) -> float:
    """Train `encoder` as one half of an autoencoder with squared error and Adam.

    All randomness comes from torch's current state. The encoder's weights are written in
    place, so views of them, such as a flat optimiser's, stay valid.

    Parameters
    ----------
    encoder : nn.Module
        On `device`. Without a `decoder` it must have a method `decoder()`, as `Encoder` has.
    rows : Tensor of shape (n, ...)
        Bytes or floats on `device`.
    epochs : int
        Passes; 0 leaves the encoder as it is.
    lr, batch_size, weight_decay : float, int, float
        Of Adam; the decay is L2 in the gradient.
    decoder : nn.Module, optional
        Maps the encoder's output back to rows (flattened or not); it is trained in place.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 is one pass.
    milestone : float, default=0.0
        Share of the epochs after which the learning rate falls to a tenth; 0 keeps it constant.
    target : callable, optional
        What the decoder shall give back of a batch, such as its scaled images. The loss then is
        the *sum* of squares over the values of an image, averaged over images, against which the
        weight decay of the papers is meant; without it, the mean over all values of the rows.

    Returns
    -------
    float
        Mean loss of the last epoch; NaN where there was none.
    """
    if not epochs:
        return float("nan")
    decoder = (encoder.decoder() if decoder is None else decoder).to(device)  # type: ignore[operator]
    # a copy, because the encoder's weights may already be views into an optimiser's flat buffer
    model = nn.Sequential(copy.deepcopy(encoder), decoder).train()
    optimizer = Adam([{"params": list(model.parameters()), "weight_decay": weight_decay}], lr)
    total = torch.zeros((), device=device)
    for epoch in range(epochs):
        optimizer.lr = lr * (0.1 if milestone and epoch >= milestone * epochs else 1.0)
        index = draw_batches(len(rows), batch_size, batches_per_epoch, device)
        total.zero_()
        for batch in gather(rows, index):
            with torch.autocast(device.type, torch.bfloat16, enabled=target is not None and device.type == "cuda"):
                output = model(batch).flatten(1).to(torch.float32)
            if target is None:
                loss = nn.functional.mse_loss(output, batch.flatten(1))
            else:
                loss = (output - target(batch).flatten(1)).square().sum(1).mean()
            optimizer.grads[0].zero_()
            loss.backward()
            optimizer.step()
            total += loss.detach()
    encoder.load_state_dict(model[0].state_dict())
    return float(total) / len(index)
