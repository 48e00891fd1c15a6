"""Networks in the manner of DCGAN: strided convolutions 4 x 4, transposed ones back, batch normalisation, no biases."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from trainables.networks.convolutions import halved
from trainables.networks.gan.critic import Body

SLOPE, LAST = 0.2, 4
"""Of the leaky ReLU; and the side of the smallest feature map."""


def features(image: tuple[int, ...], channels: int) -> Body:
    """Images to their last feature map, flat: halved to 4 x 4, twice the channels each time; leaky ReLU after each."""
    sizes, widths = _plan(image, channels)
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise((image[0], *widths))):
        layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False), *([nn.BatchNorm2d(b)] if i else []), nn.LeakyReLU(SLOPE)]
    return Body(nn.Sequential(*layers, nn.Flatten()), widths[-1] * sizes[-1][0] * sizes[-1][1])


def encoder(image: tuple[int, ...], channels: int, latent: int) -> nn.Sequential:
    """Images to codes (n, latent)."""
    body = features(image, channels)
    return nn.Sequential(body.layers, nn.Linear(body.width, latent, bias=False))


def generator(image: tuple[int, ...], channels: int, latent: int) -> nn.Sequential:
    """Codes to images: the mirror of `features`, batch normalisation and ReLU after each layer, tanh at the end."""
    sizes, widths = _plan(image, channels)
    small = (widths[-1], *sizes[-1])
    layers: list[nn.Module] = [
        nn.Linear(latent, small[0] * small[1] * small[2], bias=False), nn.Unflatten(1, small),
        nn.BatchNorm2d(small[0]), nn.ReLU(),
    ]  # fmt: skip
    steps = list(zip(pairwise((image[0], *widths)), pairwise(sizes), strict=True))
    for i, ((out, into), (large, less)) in reversed(list(enumerate(steps))):
        rest = (large[0] - 2 * less[0], large[1] - 2 * less[1])  # what a halving rounded away
        layers.append(nn.ConvTranspose2d(into, out, 4, 2, 1, output_padding=rest, bias=False))
        layers += [nn.BatchNorm2d(out), nn.ReLU()] if i else [nn.Tanh()]
    return nn.Sequential(*layers)


def normal_start(network: nn.Module) -> None:
    """Weights of layers drawn from N(0, .02), those of batch normalisation from N(1, .02); biases 0."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _plan(image: tuple[int, ...], channels: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Sizes from the whole image to the smallest map, and the channels of each smaller one."""
    times, side = 0, min(image[1:])
    while side > LAST or not times:
        times, side = times + 1, side // 2
    return halved((image[1], image[2]), times), [channels << i for i in range(times)]
