import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from datasets.errors import DataError
from datasets.images.folders import folder as image_folder
from datasets.images.split import prepare

RNG = np.random.default_rng(0)


def save(path, n=1, size=(16, 16), mode="L", start=0):
    """Images 00.png and on, of width and height `size`."""
    path.mkdir(parents=True, exist_ok=True)
    shape = size[::-1] if mode == "L" else (*size[::-1], len(mode))
    for i in range(start, start + n):
        Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8), mode=None).save(path / f"{i:02}.png")


def read(folder, **options):
    """The dataset, and what was said beside what each folder was taken for."""
    said: list[str] = []
    found = image_folder.read(folder, notify=said.append, **options)
    return found, [line for line in said if not re.match(r"\S+: [\d,]+ images?, ", line)]


def message(folder, **options) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_normal_and_kinds_of_anomaly(tmp_path):
    folder = tmp_path / "my parts (2)"
    save(folder / "normal" / "deep", 8)
    save(folder / "anomaly", 2)
    save(folder / "anomaly" / "scratch", 3)
    save(folder / "anomaly" / "normal", 1)
    found, said = read(folder)
    assert found.name == "my-parts-2"
    assert found.class_names == ("normal", "anomaly", "anomaly-normal", "scratch")
    np.testing.assert_array_equal(np.bincount(found.classes), [8, 2, 1, 3])
    assert found.tasks == (0,)
    assert found.X.shape == (14, 16, 16, 1)
    np.testing.assert_array_equal(found.X[3, ..., 0], np.asarray(Image.open(folder / "normal/deep/03.png")))
    assert not found.official_test.any()
    assert said == []
    assert found.unlabelled is None


def test_official_test_and_images_to_score(tmp_path):
    save(tmp_path / "normal", 8)
    save(tmp_path / "anomaly" / "dent", 3)
    save(tmp_path / "test" / "normal", 4)
    save(tmp_path / "test" / "anomaly" / "dent", 2)
    save(tmp_path / "test" / "anomaly" / "hole", 2)
    save(tmp_path / "test", 2)
    save(tmp_path / "test" / "more", 1)
    found, _ = read(tmp_path)
    assert found.class_names == ("normal", "dent", "hole")
    np.testing.assert_array_equal(found.classes, [0] * 8 + [1] * 3 + [0] * 4 + [1] * 2 + [2] * 2)
    np.testing.assert_array_equal(found.official_test, np.arange(19) >= 11)
    assert found.unlabelled_ids == ("00.png", "01.png", "more/00.png")
    assert found.unlabelled.shape == (3, 16, 16, 1)
    shutil.rmtree(tmp_path / "test" / "anomaly")
    shutil.rmtree(tmp_path / "test" / "more")
    assert "has normal but not anomalies" in message(tmp_path)


def test_no_anomaly_at_all(tmp_path):
    save(tmp_path / "normal", 30, mode="RGB")
    save(tmp_path / "test", 5, mode="RGB")
    found, _ = read(tmp_path)
    assert found.class_names == ("normal", "blur", "patches", "turned")
    assert (found.classes > 0).sum() == 10
    assert "made of 10 normal images that do not stand as normal ones; so are those of the test" in found.notes[-1]
    assert len(found.unlabelled_ids) == 5
    originals = {np.asarray(Image.open(p)).tobytes() for p in (tmp_path / "normal").iterdir()}
    assert {x.tobytes() for x in found.X[found.classes == 0]} < originals
    assert found.sha256 == read(tmp_path)[0].sha256


def test_anomalies_in_the_test_alone(tmp_path):
    save(tmp_path / "normal", 30)
    save(tmp_path / "test" / "normal", 5)
    save(tmp_path / "test" / "anomaly", 5)
    found, _ = read(tmp_path)
    assert found.class_names == ("normal", "anomaly", "synthetic")
    np.testing.assert_array_equal(found.classes[found.official_test], [0] * 5 + [1] * 5)
    np.testing.assert_array_equal(np.bincount(found.classes[~found.official_test]), [20, 0, 10])
    assert prepare(found, "x").counts["test"] == {"rows": 10, "anomalies": 5}


@pytest.mark.parametrize("stem", ["train", "."])
def test_classes(tmp_path, stem):
    for k, name in enumerate(("cat", "dog", "emu")):
        save(tmp_path / stem / name, 6 + k)
        save(tmp_path / "val" / name, 2)
    save(tmp_path / "test", 3)
    found, _ = read(tmp_path)
    assert found.class_names == ("cat", "dog", "emu")
    assert found.tasks == (0, 1, 2)
    assert found.task("dog") == 1
    np.testing.assert_array_equal(found.classes, [0] * 6 + [1] * 7 + [2] * 8 + [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(found.official_test, np.arange(27) >= 21)
    assert len(found.unlabelled) == 3
    assert prepare(found, "x-dog", 1).counts["test"] == {"rows": 6, "anomalies": 4}
    save(tmp_path / "val" / "yak", 1)
    assert "has the classes yak, which" in message(tmp_path)


def test_validation_images_are_to_choose_by_where_there_is_a_test(tmp_path):
    for side, n in (("train", 6), ("val", 2), ("test", 3)):
        for name in ("cat", "dog"):
            save(tmp_path / side / name, n)
    found, _ = read(tmp_path)
    np.testing.assert_array_equal(found.official_test, np.arange(22) >= 16)
    np.testing.assert_array_equal(np.bincount(found.classes[found.official_test]), [3, 3])


def test_sizes_and_modes(tmp_path):
    save(tmp_path / "normal", 3, (200, 100), "RGB")
    save(tmp_path / "normal", 2, (100, 60), "L", start=3)
    save(tmp_path / "normal", 1, (300, 300), "RGBA", start=5)
    save(tmp_path / "anomaly", 1, (64, 32), "RGB")
    found, said = read(tmp_path)
    assert found.X.shape == (7, 32, 64, 3)  # the median is 200 wide and 100 high
    assert said[0] == "6 images of 3 sizes were resized to 32 x 64"
    assert said[1].startswith("1 image has transparent pixels")
    grey = found.X[3]
    assert (grey == grey[..., :1]).all()
    found, said = read(tmp_path, size=24)
    assert found.X.shape == (7, 24, 24, 3)
    assert said[0] == "7 images of 4 sizes were resized to 24 x 24"
    first = Image.open(tmp_path / "normal/00.png")
    expected = first.resize((24, 24), Image.Resampling.BILINEAR, box=(50, 0, 150, 100))
    np.testing.assert_array_equal(found.X[0], np.asarray(expected))
    assert "give a size of 8 or more" in message(tmp_path, size=4)


def test_one_size_and_the_camera(tmp_path):
    (tmp_path / "normal").mkdir()
    for i in range(6):
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was turned: shown, it is 16 wide and 24 high
        pixels = np.zeros((16, 24), np.uint8)
        pixels[:, :8] = 255
        pixels[0, 12] = i  # no copies
        Image.fromarray(pixels).save(tmp_path / "normal" / f"{i}.png", exif=exif)
    save(tmp_path / "anomaly", 1, (16, 24))
    found, said = read(tmp_path)
    assert found.X.shape == (7, 24, 16, 1)
    assert said == []
    assert found.X[0, 0].min() == 255
    assert found.X[0, -1].max() == 0
    assert found.X[5, 12].max() == 5


def test_sides_that_are_chosen_can_be_halved(tmp_path):
    save(tmp_path / "normal", 6, (640, 488))
    save(tmp_path / "anomaly", 1, (17, 9))
    assert read(tmp_path)[0].X.shape[1:] == (48, 64, 1)


def test_one_small_size_stays(tmp_path):
    save(tmp_path / "normal", 6, (17, 9))
    save(tmp_path / "anomaly", 1, (17, 9))
    found, said = read(tmp_path)
    assert found.X.shape[1:] == (9, 17, 1)
    assert said == []


def test_one_large_size_is_said(tmp_path):
    save(tmp_path / "normal", 6, (128, 128))
    save(tmp_path / "anomaly", 1, (128, 128))
    assert read(tmp_path)[1] == ["7 images of 128 x 128 pixels were resized to 64 x 64"]


def test_folders_that_cannot_be(tmp_path):
    assert "is no folder of images; put normal images into" in message(tmp_path / "nothing")
    said = message(tmp_path)
    for part in ("no folder of normal images", "no folder in it has images", "FOLDER/normal", "FOLDER/CLASS"):
        assert part in said
    save(tmp_path / "cat", 3)
    assert f"only {tmp_path / 'cat'} has images" in message(tmp_path)
    (tmp_path / "cat").rename(tmp_path / "anomalies")
    (tmp_path / "normal").mkdir()
    assert f"{tmp_path / 'normal'} has no image files" in message(tmp_path)
    (tmp_path / "normal").rmdir()
    assert "has no normal images to train on, but anomalies" in message(tmp_path)
    save(tmp_path / "normal", 1)
    assert "has 1 normal image to train on; at least 5 are needed" in message(tmp_path)
    shutil.rmtree(tmp_path / "anomalies")
    assert "has 1 normal image to train on; at least 15 are needed, since anomalies are made" in message(tmp_path)


def test_a_folder_that_cannot_be_opened(tmp_path, monkeypatch):
    save(tmp_path / "normal", 8)
    opened = os.scandir

    def scandir(folder):
        if str(folder).endswith("normal"):
            raise PermissionError(13, "Permission denied")
        return opened(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert message(tmp_path) == f"{tmp_path / 'normal'} cannot be opened: Permission denied"


def test_the_note_says_what_folders_were_taken_for(tmp_path):
    for name, n in (
        ("train/good", 20),
        ("test/good", 4),
        ("test/crack", 3),
        ("test/hole", 3),
        ("ground_truth/hole", 3),
    ):
        save(tmp_path / name, n)
    assert read(tmp_path)[0].notes[1] == (
        "folders were taken for normal (train/good, test/good), anomalies (test/crack, test/hole), "
        "masks (ground_truth/hole)"
    )


def test_files_that_cannot_be_read_are_named(tmp_path):
    save(tmp_path / "normal", 8)
    save(tmp_path / "anomaly", 1)
    file = tmp_path / "normal" / "05.png"
    whole = file.read_bytes()
    for broken in (b"", b"no image", whole[: len(whole) // 2]):
        file.write_bytes(broken)
        assert f"{file} cannot be read as an image" in message(tmp_path)
    Image.fromarray(np.full((16, 16), 40_000, np.uint16)).save(file)
    assert "more than 8 bits" in message(tmp_path)
