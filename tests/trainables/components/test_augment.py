import numpy as np
import pytest
import torch

from trainables.components.augment import Augmentation
from trainables.core.errors import InvalidHyperparameter


@pytest.fixture
def images():
    return torch.arange(2 * 4 * 4 * 1, dtype=torch.float32).view(2, 4, 4, 1).repeat(200, 1, 1, 1)


def test_text_there_and_back():
    for text in ("flip", "flip,rotate90,crop=2", "vflip,jitter=0.01,noise=0.001"):
        assert str(Augmentation.parse(text)) == text
    assert Augmentation.parse("") is None
    assert Augmentation.parse(" none ") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flipp", "did you mean flip"),
        ("crop", "crop=4"),
        ("crop=0", "1 to 64"),
        ("crop=2.5", "whole pixels"),
        ("jitter=2", "between 0 and 1"),
        ("noise=x", "could not convert"),
        ("flip=1", "no value"),
    ],
)
def test_what_cannot_be_meant(text, words):
    with pytest.raises(InvalidHyperparameter, match=words):
        Augmentation.parse(text)


def test_a_flip_mirrors_half_of_the_images_left_to_right(images):
    torch.manual_seed(0)
    out = Augmentation(flip=True)(images)
    same, mirrored = (out == images).all((1, 2, 3)), (out == images.flip(2)).all((1, 2, 3))
    assert (same ^ mirrored).all()
    assert 140 < int(mirrored.sum()) < 260


def test_turns_are_quarters_and_all_four_come(images):
    torch.manual_seed(0)
    out = Augmentation(rotate90=True)(images)
    which = torch.stack([(out == torch.rot90(images, k, (1, 2))).all((1, 2, 3)) for k in range(4)])
    assert (which.sum(0) == 1).all()
    assert (which.sum(1) > 60).all()


def test_a_shift_moves_pixels_and_mirrors_the_border():
    image = torch.tensor([[0.0, 1, 2, 3]]).view(1, 1, 4, 1).expand(500, 1, 4, 1)
    torch.manual_seed(0)
    out = Augmentation(crop=1)(image)[:, 0, :, 0]
    found = {tuple(row) for row in out.int().tolist()}
    assert found == {(1, 0, 1, 2), (0, 1, 2, 3), (1, 2, 3, 2)}


def test_jitter_stays_in_range_and_noise_has_its_deviation(images):
    torch.manual_seed(0)
    out = Augmentation(jitter=0.5)(images * 8)
    assert out.min() >= 0
    assert out.max() <= 255
    assert not torch.equal(out, images * 8)
    grey = torch.full((50, 20, 20, 1), 100.0)
    noisy = Augmentation(noise=0.02)(grey) - grey
    assert noisy.std().item() == pytest.approx(255 * 0.02, rel=0.05)


def test_the_batch_itself_stays_and_the_seed_decides(images):
    kept = images.clone()
    every = Augmentation(flip=True, vflip=True, rotate90=True, crop=1, jitter=0.1, noise=0.01)
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(every(images))
    assert torch.equal(images, kept)
    np.testing.assert_array_equal(drawn[0].numpy(), drawn[1].numpy())
