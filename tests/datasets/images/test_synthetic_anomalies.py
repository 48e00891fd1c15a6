import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from datasets.images import synthetic_anomalies as synthetic
from datasets.images.pixel_filters import bilinear, filtered, gaussian


def images(n=12, h=16, w=16, c=3):
    return np.random.default_rng(1).integers(0, 256, (n, h, w, c), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(16, 16, 3), (28, 28, 1), (8, 8, 1), (20, 15, 3)])
@pytest.mark.parametrize("kind", list(synthetic.KINDS))
def test_every_image_is_changed_the_input_is_not_and_seeds_decide(kind, shape):
    X = images(12, *shape)
    kept, make = X.copy(), synthetic.KINDS[kind]
    first, again, other = (make(X, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(X, kept)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == X.shape
    assert first.dtype == np.uint8
    assert (first != X).any((1, 2, 3)).all()


def test_blur_is_gaussian():
    X = images(40, 64, 64, 3)
    found = synthetic.blur(X, np.random.default_rng(0)).astype(int)
    inner = (slice(18, -18), slice(18, -18))
    for before, after in zip(X[:5], found, strict=False):
        errors = [
            np.abs(ndimage.gaussian_filter(before.astype(float), (64 * s, 64 * s, 0)) - after)[inner].max()
            for s in synthetic.BLURS
        ]
        assert min(errors) < 1


def test_patches_come_from_another_image():
    X = np.repeat(np.arange(10, dtype=np.uint8)[:, None, None, None] * 25, 20, 1).repeat(20, 2)
    found = synthetic.patches(X, np.random.default_rng(0))
    for i, image in enumerate(found):
        (other,) = set(np.unique(image)) - {25 * i}
        rows, columns, _ = np.nonzero(image == other)
        box = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert box == (image == other).sum()  # one rectangle
        assert 0.01 < box / 400 < 0.2
    with pytest.raises(ValueError, match="two images"):
        synthetic.patches(X[:1], np.random.default_rng(0))


def test_patches_show_on_a_plain_background():
    X = np.zeros((30, 28, 28, 1), np.uint8)
    X[:, 11:17, 11:17] = np.random.default_rng(0).integers(50, 256, (30, 6, 6, 1))
    assert (synthetic.patches(X, np.random.default_rng(0)) != X).any((1, 2, 3)).all()


def test_turned_keeps_the_pixels():
    X = images(40)
    found = synthetic.turned(X, np.random.default_rng(0))
    ways = [np.rot90(X, k, (1, 2)) for k in (1, 2, 3)] + [X[:, ::-1]]
    same = np.array([(way == found).all((1, 2, 3)) for way in ways])
    assert (same.sum(0) == 1).all()
    assert same.any(1).all()


def test_erase_and_noise():
    X = images(8, 32, 32)
    changed = (synthetic.erase(X, np.random.default_rng(0)) != X).any(3).mean((1, 2))
    assert ((changed > 0.03) & (changed < 0.3)).all()
    grey = np.full((300, 16, 16, 1), 128, np.uint8)
    deviations = synthetic.noise(grey, np.random.default_rng(0)).std((1, 2, 3)) / 255
    assert deviations.min() == pytest.approx(synthetic.NOISES[0], rel=0.2)
    assert deviations.max() == pytest.approx(synthetic.NOISES[-1], rel=0.25)  # some is cut off


def test_kinds_are_made_in_equal_numbers():
    X = images(30)
    made, which = synthetic.make(X, ("blur", "turned", "noise"), np.random.default_rng(0))
    np.testing.assert_array_equal(np.bincount(which), [10, 10, 10])
    turned = made[which == 1].reshape(10, -1)
    np.testing.assert_array_equal(np.sort(turned), np.sort(X[which == 1].reshape(10, -1)))


def test_a_third_is_held_out():
    for n, most, expected in ((30, None, 10), (30, 4, 4), (31, None, 10), (2, None, 0)):
        held = synthetic.held_out(n, np.random.default_rng(0), most)
        assert held.shape == (n,)
        assert held.sum() == expected


@pytest.mark.parametrize(("before", "after"), [(16, 28), (29, 28), (64, 20)])
def test_resizing_is_that_of_pillow(before, after):
    X = images(3, before, before, 1)
    found = filtered(X, bilinear(before, after), bilinear(before, after))
    for image, small in zip(X, found, strict=True):
        expected = Image.fromarray(image[..., 0]).resize((after, after), Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(expected, float) - small[..., 0]).max() <= 1


def test_weights_sum_to_one():
    for matrix in (gaussian(16, 2.0), bilinear(16, 28), bilinear(29, 28)):
        np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-6)
