"""Generator of nearest-neighbour upsampling and features of strided convolutions, as a public f-AnoGAN has them."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from trainables.networks.gan.critic import Body, cropped, scaled

GENERATOR, FEATURES = (128, 128, 64), (16, 32, 64, 128)
SLOPE = 0.2


class UpsamplingGenerator(nn.Module):
    """z to a quarter of the image by a linear layer, doubled twice, a convolution 3 x 3 after each, tanh at the end."""

    def __init__(self, image: tuple[int, ...], latent: int, width: float, bn_eps: float) -> None:
        super().__init__()
        channels, self.height, self.width = image
        first, second, third = scaled(GENERATOR, width)
        small = (first, -(-self.height // 4), -(-self.width // 4))
        self.layers = nn.Sequential(
            nn.Linear(latent, first * small[1] * small[2]), nn.Unflatten(1, small), nn.BatchNorm2d(first),
            nn.Upsample(scale_factor=2), nn.Conv2d(first, second, 3, padding=1),
            nn.BatchNorm2d(second, eps=bn_eps), nn.LeakyReLU(SLOPE),
            nn.Upsample(scale_factor=2), nn.Conv2d(second, third, 3, padding=1),
            nn.BatchNorm2d(third, eps=bn_eps), nn.LeakyReLU(SLOPE),
            nn.Conv2d(third, channels, 3, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z: Tensor) -> Tensor:
        """Images (n, c, h, w)."""
        return cropped(self.layers(z), self.height, self.width)


def features(image: tuple[int, ...], width: float, bn_eps: float, dropout: float) -> Body:
    """Images to features: convolutions 3 x 3 of stride 2, leaky ReLU, dropout of channels, batch normalisation."""
    widths = (image[0], *scaled(FEATURES, width))
    layers: list[nn.Module] = []
    height, breadth = image[1:]
    for i, (a, b) in enumerate(pairwise(widths)):
        layers += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.LeakyReLU(SLOPE), nn.Dropout2d(dropout)]
        layers += [nn.BatchNorm2d(b, eps=bn_eps)] if i else []
        height, breadth = -(-height // 2), -(-breadth // 2)
    return Body(nn.Sequential(*layers, nn.Flatten()), widths[-1] * height * breadth)
