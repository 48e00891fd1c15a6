"""The U-net and the discriminator of patches: sizes of the public code, skips, outputs, and the least image."""

from __future__ import annotations

import pytest
import torch

from trainables.core.errors import InvalidInput
from trainables.networks.gan.unet import UNet, patch_discriminator


def test_parameters_of_the_public_code():
    """Kernels 4 x 4 without biases, c to 64-128-256-512 and back; with skips three of the decoder see double."""
    image = (1, 32, 32)
    channels, norms = 64 + 64 * 128 + 128 * 256 + 256 * 512, 2 * (128 + 256)
    down = 16 * channels + norms
    for skips in (True, False):
        double = 2 if skips else 1
        up = 16 * (512 * 256 + double * (256 * 128 + 128 * 64 + 64)) + 2 * (256 + 128 + 64)
        assert sum(p.numel() for p in UNet(image, 1.0, skips, "tanh").parameters()) == down + up
    logits = patch_discriminator(image, 1.0)(torch.zeros(2, *image))
    assert logits.shape == (2, 1, 2, 2)


@pytest.mark.parametrize("image", [(1, 28, 28), (3, 16, 20)])
@pytest.mark.parametrize("skips", [True, False])
def test_any_size(image, skips):
    images = torch.rand(2, *image)
    net = UNet(image, 0.03, skips, "sigmoid")
    restored, code = net.both(images)
    assert restored.shape == images.shape
    assert restored.min() >= 0
    torch.testing.assert_close(net.bottleneck(images), code)
    assert patch_discriminator(image, 0.03)(images).shape[1] == 1


def test_batches_of_one_can_be_learnt_from():
    for image in ((1, 32, 32), (1, 28, 28), (1, 16, 16)):
        one = torch.rand(1, *image)
        assert torch.isfinite(UNet(image, 0.03, True, "none").train()(one)).all()
        assert torch.isfinite(patch_discriminator(image, 0.03).train()(one)).all()


def test_too_small():
    for make in (lambda: UNet((1, 15, 30), 1.0, True, "tanh"), lambda: patch_discriminator((1, 15, 30), 1.0)):
        with pytest.raises(InvalidInput, match="15 x 30 pixels are too small: 16 x 16 is the least"):
            make()
