import bz2

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from datasets.errors import DataError
from datasets.images import digits
from tests.datasets.images.test_standard import write_idx, write_svhn

OFF = {"download": False, "notify": print}


def smooth(n, *shape):
    noise = np.random.default_rng(0).uniform(size=(n, *shape))
    soft = ndimage.gaussian_filter(noise, (0, 1.5, 1.5, 0))
    return (255 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8)


def by_pillow(image: Image.Image) -> np.ndarray:
    image = ImageEnhance.Contrast(image).enhance(digits.CONTRAST)
    image = ImageEnhance.Sharpness(image).enhance(digits.SHARPNESS)
    return np.asarray(image.resize((28, 28), Image.Resampling.BILINEAR), int)


@pytest.mark.parametrize(("name", "shape"), [("svhn", (32, 32, 3)), ("usps", (16, 16, 1))])
def test_preparation_is_that_of_pillow(name, shape):
    X = smooth(20, *shape)
    found = digits.common(name, X)
    assert found.shape == (20, 28, 28, 1)
    assert found.dtype == np.uint8
    for before, after in zip(X, found, strict=True):
        image = Image.fromarray(before if shape[2] == 3 else before[..., 0]).convert("L")
        if name == "svhn":
            image = image.crop((2, 2, 31, 31))
        # Pillow rounds after every step, here once or twice
        assert np.abs(by_pillow(image) - after[..., 0]).max() <= 3


def test_mnist_stays_as_it_is():
    X = smooth(2, 28, 28, 1)
    np.testing.assert_array_equal(digits.common("mnist", X), X)


def test_contrast_and_sharpness_by_hand():
    X = np.full((1, 3, 3, 1), 100, np.float32)
    X[0, 1, 1, 0] = 191  # the mean is 110.1
    np.testing.assert_array_equal(np.unique(digits.contrasted(X, 1.5)), [95, 231])
    # smoothed: (8 * 100 + 5 * 191) / 13 = 135; 135 + 1.5 * 56 = 219
    assert digits.sharpened(X, 1.5)[0, 1, 1, 0] == 219
    assert digits.sharpened(X, 1.5)[0, 0, 0, 0] == 100


def write_usps(folder, n):
    lines = "\n".join(f"{k % 10 + 1} " + " ".join(f"{i}:0.5" for i in range(1, 257)) for k in range(n))
    for name in ("usps.bz2", "usps.t.bz2"):
        (folder / name).write_bytes(bz2.compress(lines.encode()))


def test_the_sets_are_joined_and_each_image_says_where_it_is_from(tmp_path):
    write_idx(tmp_path, "MNIST", smooth(20, 28, 28, 1)[..., 0], smooth(10, 28, 28, 1)[..., 0])
    write_usps(tmp_path, 10)
    with pytest.raises(DataError, match=r"digits_mnist_usps does without SVHN.*train_32x32\.mat"):
        digits.joint("digits_joint", tmp_path, **OFF)
    two = digits.joint("digits_mnist_usps", tmp_path, **OFF)
    assert two.name == "digits_mnist_usps"
    assert set(two.sources) == {"mnist", "usps"}
    for side in ("train", "test"):
        write_svhn(tmp_path, smooth(11, 32, 32, 3), np.array([10, *range(1, 10), 10]), side)
    three = digits.joint("digits_joint", tmp_path, **OFF)
    assert three.X.shape == (20 + 10 + 11 + 10 + 10 + 11, 28, 28, 1)
    np.testing.assert_array_equal(three.official_test, np.arange(72) >= 41)
    assert list(three.sources[:41]) == ["mnist"] * 20 + ["svhn"] * 11 + ["usps"] * 10
    np.testing.assert_array_equal(three.classes[three.sources == "svhn"], 2 * [*range(10), 0])
    assert "contrast of SVHN and USPS times 1.5, sharpness times 2" in three.notes[0]
    assert sum("not the published files" in note for note in three.notes) == 3
    assert three.task("7") == 7
    alone = digits.joint("svhn_grey", tmp_path, **OFF)
    np.testing.assert_array_equal(alone.X, three.X[three.sources == "svhn"])
    assert alone.name == "svhn_grey"


def test_every_digit_of_every_set_is_as_frequent_as_in_the_largest():
    # digit 0: 5 in a, 2 in b; digit 1: 1 in a, 3 in b; digit 2: 2 in a, none in b
    classes = np.array([0] * 5 + [1] + [2] * 2 + [0] * 2 + [1] * 3, np.int16)
    sources = np.array(["a"] * 8 + ["b"] * 5)
    index = digits.balanced_index(classes, sources, np.random.default_rng(0))
    counts = {(s, int(c)): int(((classes == c) & (sources == s))[index].sum()) for s in "ab" for c in range(3)}
    assert counts == {("a", 0): 5, ("b", 0): 5, ("a", 1): 3, ("b", 1): 3, ("a", 2): 2, ("b", 2): 0}
    assert set(index) == set(range(13))  # none is left out
    assert sorted(np.bincount(index)[8:10]) == [2, 3]  # as evenly as can be
    again = digits.balanced_index(classes, sources, np.random.default_rng(0))
    np.testing.assert_array_equal(index, again)
    assert len(digits.balanced_index(classes[:0], sources[:0], np.random.default_rng(0))) == 0
