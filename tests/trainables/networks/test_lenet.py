from __future__ import annotations

import numpy as np
import pytest
import torch

import search_spaces
from trainables.core.detector import NORMAL, TrainData
from trainables.core.errors import InvalidInput
from trainables.deepsvdd import DeepSVDD
from trainables.networks.convolutions import ConvDecoder, ConvEncoder, convolutions, transposed
from trainables.networks.lenet import LeNet


def images(shape=(28, 28, 1), n=24, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def begun(X, **given):
    made = {"channels": (4, 3), "rep_dim": 5, "pretrain_epochs": 1, "batch_size": 8, "epochs": 2, "device": "cpu"}
    return DeepSVDD(**{**made, **given}).begin(TrainData(X, np.full(len(X), NORMAL, np.int8)))


def test_the_networks_of_the_paper():
    mnist = LeNet((1, 28, 28), (8, 4), 32)
    # conv 5 x 5 without bias 1-8-4, 4 x 7 x 7 to 32, and no affine normalisation
    assert sum(p.numel() for p in mnist.parameters()) == 25 * (8 + 32) + 4 * 49 * 32
    cifar = LeNet((3, 32, 32), (32, 64, 128), 128)
    assert sum(p.numel() for p in cifar.parameters()) == 25 * (3 * 32 + 32 * 64 + 64 * 128) + 128 * 16 * 128
    assert all("bias" not in name for network in (mnist, cifar) for name, _ in network.named_parameters())


@pytest.mark.parametrize("shape", [(1, 16, 16), (1, 28, 28), (3, 20, 27), (3, 64, 64)])
def test_the_decoder_gives_the_size_back(shape):
    network = LeNet(shape, (4, 3), 5)
    x = torch.rand(2, *shape)
    out = network.decoder()(network(x))
    assert out.shape == x.shape
    assert 0 <= out.min() <= out.max() <= 1


def test_pooling_before_leaky_relu_changes_nothing():
    x = torch.randn(3, 2, 8, 8)
    relu, pool = torch.nn.LeakyReLU(), torch.nn.MaxPool2d(2)
    torch.testing.assert_close(relu(pool(x)), pool(relu(x)))


@pytest.mark.parametrize("size", [(8, 8), (9, 13), (28, 28)])
def test_convolutions_there_and_back(size):
    x = torch.rand(2, 3, *size)
    assert transposed((3, *size), (4, 5))(convolutions((3, *size), (4, 5))(x)).shape == x.shape
    z = ConvEncoder((3, *size), (4, 5), 7)(x.flatten(1))
    assert z.shape == (2, 7)
    assert ConvDecoder((3, *size), (4, 5), 7, 2)(z).shape == (2, 2 * x[0].numel())


def test_too_small():
    for build in (lambda: LeNet((1, 4, 4), (2, 2, 2), 3), lambda: convolutions((1, 4, 4), (2, 2, 2))):
        with pytest.raises(InvalidInput, match="cannot be halved 3 times"):
            build()


def test_contrast_bounds_are_those_of_the_training_images():
    X = images()
    detector = begun(X)
    pixels = detector._pixels
    scaled = pixels(torch.from_numpy(X).float())
    assert scaled.min().item() == pytest.approx(0.0, abs=1e-6)
    assert scaled.max().item() == pytest.approx(1.0, abs=1e-6)
    loaded = detector.clone().load_state_dict(detector.state_dict())
    assert loaded._pixels.low == pixels.low


def test_brightness_and_contrast_do_not_matter_under_gcn():
    X = images()
    detector = begun((X // 2).astype(np.uint8))
    dark = (X // 2).astype(np.float32)
    np.testing.assert_allclose(detector.decision_function(dark), detector.decision_function(dark + 60.0), rtol=1e-3)


def test_convolutions_may_begin_as_in_the_official_network():
    """Xavier-uniform: bound gain sqrt(6 / (in + out)), with 25 values of a kernel; the linear layer is torch's."""
    gain = (2 / (1 + 0.01**2)) ** 0.5
    torch.manual_seed(0)
    usual, network = LeNet((3, 8, 8), (32, 64), 16), LeNet((3, 8, 8), (32, 64), 16, xavier=True)
    for layer, fans in zip((network.features[0], network.features[4]), (3 + 32, 32 + 64), strict=True):
        bound = gain * (6 / (25 * fans)) ** 0.5
        assert 0.99 * bound < float(layer.weight.detach().abs().max()) <= bound
    back = network.decoder().convolutions
    for layer, fans in zip(back, (64 + 32, 32 + 3), strict=True):
        bound = gain * (6 / (25 * fans)) ** 0.5
        assert 0.99 * bound < float(layer.weight.detach().abs().max()) <= bound
    bound = (1 / (3 * 25)) ** 0.5  # torch's: 1 / sqrt(in)
    assert 0.98 * bound < float(usual.features[0].weight.detach().abs().max()) <= bound


def test_the_thesis_network_is_that_of_tables_on_pixels():
    config = search_spaces.load("deepsvdd").IMAGES["thesis"][0]
    X = np.random.default_rng(0).integers(0, 256, (70, 8, 8, 1)).astype(np.uint8)
    detector = DeepSVDD(**config, epochs=2, device="cpu").fit(X)
    shapes = [tuple(p.shape) for p in detector.network_.parameters()]
    assert shapes == [(64, 64), (32, 64)]  # no bias terms
    assert np.isfinite(detector.decision_function(X)).all()


def test_pretraining_brings_the_image_back():
    """The loss is the sum over pixels: 784-fold the mean, against which the paper's weight decay is meant."""
    X = np.tile(images((28, 28, 1), 2), (20, 1, 1, 1))
    detector = begun(X, pretrain_epochs=0, lr=5e-3, scaling="unit")
    from trainables.networks.encoder import pretrain

    losses = []
    for epochs in (1, 40):
        torch.manual_seed(0)
        encoder = detector.network_.encoder
        arguments = {"lr": 5e-3, "batch_size": 8, "weight_decay": 0.0, "device": torch.device("cpu")}
        losses.append(
            pretrain(
                encoder, detector.rows_, epochs=epochs, decoder=encoder[1].decoder(), target=encoder[0], **arguments
            )
        )
    assert losses[0] > 30  # of 784 pixels with a variance of 1/12 each: 65 for the mean image
    assert losses[1] < 0.6 * losses[0]


def test_soft_boundary_of_images():
    detector = begun(images(), objective="soft", nu=0.25)
    detector.train_round()
    assert float(detector.network_.radius2) > 0
    assert np.isfinite(detector.decision_function(images())).all()
