"""The bias-free LeNets of Deep SVDD, and the decoders of their pre-training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.convolutions import halved

KERNEL = 5


class LeNet(nn.Module):
    """Blocks of convolution 5 x 5, batch normalisation, leaky ReLU and max-pooling, then one linear layer.

    Without bias terms and without affine normalisation: a network that could map every image
    onto the centre would (Ruff et al. 2018, propositions 1 and 2).

    An image is (channels, height, width), and each block halves height and width: `channels` (8, 4) are the
    paper's network for MNIST, (32, 64, 128) that for CIFAR-10. With `xavier` the convolutions, and those of the
    decoder, begin Xavier-uniform with the gain of leaky ReLU.
    """

    def __init__(
        self,
        image: tuple[int, ...],
        channels: Sequence[int],
        rep_dim: int,
        batch_norm: bool = True,
        *,
        xavier: bool = False,
    ) -> None:
        super().__init__()
        self.sizes = halved((image[1], image[2]), len(channels))
        self.channels, self.rep_dim, self.batch_norm = (image[0], *channels), rep_dim, batch_norm
        self.xavier = xavier
        layers: list[nn.Module] = []
        for a, b in pairwise(self.channels):
            layers.append(nn.Conv2d(a, b, KERNEL, padding=KERNEL // 2, bias=False))
            if batch_norm:
                layers.append(nn.BatchNorm2d(b, eps=1e-4, affine=False))
            # pooling first: leaky ReLU rises, so the order changes nothing but the time
            layers += [nn.MaxPool2d(2), nn.LeakyReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(self.channels[-1] * math.prod(self.sizes[-1]), rep_dim, bias=False)
        if xavier:
            _xavier(self)

    def forward(self, images: Tensor) -> Tensor:
        """Representations (n, rep_dim) of images (n, c, h, w)."""
        return self.head(self.features(images).flatten(1))

    def decoder(self) -> LeNetDecoder:
        """A freshly initialised decoder that mirrors this network."""
        decoder = LeNetDecoder(self.channels, self.sizes, self.rep_dim, self.batch_norm)
        if self.xavier:
            _xavier(decoder)
        return decoder


def _xavier(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(module.weight, gain=nn.init.calculate_gain("leaky_relu"))


class LeNetDecoder(nn.Module):
    """Linear layer, then for each block upsampling and transposed convolution 5 x 5; sigmoid at the end.

    It takes the encoder's channels, the image's first, and the sizes of the image before and after each block.
    """

    def __init__(
        self, channels: Sequence[int], sizes: Sequence[tuple[int, int]], rep_dim: int, batch_norm: bool
    ) -> None:
        super().__init__()
        self.sizes, self.first = list(sizes), channels[-1]
        self.head = nn.Linear(rep_dim, channels[-1] * math.prod(sizes[-1]), bias=False)
        back = list(reversed(channels))
        self.convolutions = nn.ModuleList(
            nn.ConvTranspose2d(a, b, KERNEL, padding=KERNEL // 2, bias=False) for a, b in pairwise(back)
        )
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(n, eps=1e-4, affine=False) if batch_norm else nn.Identity() for n in back[:-1]
        )

    def forward(self, z: Tensor) -> Tensor:
        """Images (n, c, h, w) in 0 to 1."""
        x = self.head(z).view(len(z), self.first, *self.sizes[-1])
        for norm, convolution, size in zip(self.norms, self.convolutions, reversed(self.sizes[:-1]), strict=True):
            x = convolution(F.interpolate(F.leaky_relu(norm(x)), size=size))
        return x.sigmoid()
