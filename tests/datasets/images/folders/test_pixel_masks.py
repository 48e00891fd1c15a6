import json

import numpy as np
import pytest
from PIL import Image

from datasets.errors import DataError
from datasets.images.folders.folder import read
from datasets.images.folders.pixel_masks import read_mask
from datasets.images.split import prepare
from tests.image_files import write

RNG = np.random.default_rng(0)


def noise(n):
    return RNG.integers(0, 256, (n, 16, 16), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    """As MVTec AD has it: the anomaly number i has a mask of its row i; the last one has none."""
    write(tmp_path / "train" / "good", noise(20))
    write(tmp_path / "test" / "good", noise(4))
    write(tmp_path / "test" / "crack", noise(4))
    for i in range(3):
        mask = np.zeros((16, 16), np.uint8)
        mask[i] = 255
        (tmp_path / "ground_truth" / "crack").mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(tmp_path / "ground_truth" / "crack" / f"{i:03d}_mask.png")
    return tmp_path


def problem_of(folder):
    return prepare(read(folder, notify=lambda _: None), "x")


def test_masks_come_with_the_opened_test_alone(folder, tmp_path):
    problem = problem_of(folder)
    assert problem.sealed.masked
    assert problem.development.masks is None
    test = problem.sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")
    assert json.loads((tmp_path / "seal.jsonl").read_text())["rows"] == 8
    assert test.masks.shape == (8, 16, 16)
    normal, anomalous = test.masks[test.y == 0], test.masks[test.y == 1]
    assert not normal.any()
    for i in range(3):
        np.testing.assert_array_equal(np.flatnonzero(anomalous[i].any(1)), [i])
    assert (anomalous[3] == -1).all()


def test_nothing_of_a_mask_is_read_before(folder, tmp_path):
    problem = problem_of(folder)
    for file in (folder / "ground_truth" / "crack").iterdir():
        file.write_bytes(b"changed")
    test = problem.sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")
    assert (test.masks[test.y == 1] == -1).all()


def test_a_mask_of_another_size(folder):
    Image.new("L", (8, 16)).save(folder / "ground_truth" / "crack" / "000_mask.png")
    with pytest.raises(DataError, match=r"000_mask.png is 16 x 8 pixels, and its image .*000.png is 16 x 16"):
        problem_of(folder)


def test_cut_and_resized_as_images_are(tmp_path):
    mask = np.zeros((32, 64), np.uint8)
    mask[8:16, 32:40] = 1  # of a wide image the middle half stays
    Image.fromarray(mask).save(tmp_path / "mask.png")
    fitted = read_mask(tmp_path / "mask.png", (8, 8))
    expected = np.zeros((8, 8), np.int8)
    expected[2:4, 4:6] = 1
    np.testing.assert_array_equal(fitted, expected)


def test_a_small_region_does_not_vanish(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[20, 20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    fitted = read_mask(tmp_path / "mask.png", (8, 8))
    assert fitted[2, 2] == 1
    assert fitted.sum() == 1


def test_nor_does_one_beside_a_large_one(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[40:60, 40:60] = mask[20, 20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    fitted = read_mask(tmp_path / "mask.png", (8, 8))
    assert fitted[2, 2] == 1
    assert fitted[6, 6] == 1


@pytest.mark.parametrize("white", [1, 40, 255])
def test_a_lossy_mask_of_any_brightness(tmp_path, white):
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = white
    Image.fromarray(mask).save(tmp_path / "mask.jpg", quality=95)
    assert (read_mask(tmp_path / "mask.jpg", (64, 64)) == (mask > 0)).mean() > 0.95


def test_a_mask_that_marks_nothing_is_unknown(folder, tmp_path):
    Image.new("L", (16, 16)).save(folder / "ground_truth" / "crack" / "000_mask.png")
    test = problem_of(folder).sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")
    assert [(mask == -1).all() for mask in test.masks[test.y == 1]] == [True, False, False, True]


def test_a_mask_of_an_image_that_is_turned_when_shown(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (16, 8), 90).save(folder / "test" / "crack" / "000.png", exif=exif)  # shown with 16 x 8 pixels
    Image.new("L", (8, 16), 255).save(folder / "ground_truth" / "crack" / "000_mask.png")
    assert problem_of(folder).sealed.masked
    Image.new("L", (16, 8), 255).save(folder / "ground_truth" / "crack" / "000_mask.png")
    with pytest.raises(DataError, match=r"is 8 x 16 pixels, and its image .* is 16 x 8"):
        problem_of(folder)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_modes_of_masks(tmp_path, mode):
    mask = np.zeros((16, 16), np.uint8)
    mask[3:5] = 255
    Image.fromarray(mask).convert(mode).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(np.flatnonzero(read_mask(tmp_path / "mask.png", (16, 16)).any(1)), [3, 4])


def test_masks_with_the_names_of_their_images_beside_the_classes(tmp_path):
    write(tmp_path / "good", noise(30))
    write(tmp_path / "bad", noise(10))
    write(tmp_path / "masks", np.full((10, 16, 16), 255, np.uint8))
    test = problem_of(tmp_path).sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")
    assert (test.masks[test.y == 1] == 1).all()
    assert not test.masks[test.y == 0].any()


def test_a_mask_that_could_be_of_two_images_is_of_none(tmp_path):
    write(tmp_path / "good", noise(30))
    for kind, n in (("crack", 3), ("hole", 2)):
        write(tmp_path / "anomaly" / kind, noise(n))
    write(tmp_path / "masks", np.full((3, 16, 16), 255, np.uint8))
    said: list[str] = []
    found = read(tmp_path, notify=said.append)
    assert [file.name for file in found.masks if file] == ["002.png"]
    assert "masks: 3 images, masks of anomalies, 2 of no anomalous image, or not of one alone" in said


def test_masks_beside_their_images(tmp_path):
    write(tmp_path / "good", noise(30))
    write(tmp_path / "bad", noise(10))
    for i in range(10):
        Image.new("L", (16, 16), 255).save(tmp_path / "bad" / f"{i:03d}_mask.png")
    found = read(tmp_path, notify=lambda _: None)
    assert found.X.shape[0] == 40
    assert sum(file is not None for file in found.masks) == 10
