"""What lies in a folder that is scored: images, and what is none."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datasets.errors import DataError
from launch.models.score_images import score_images
from tests.image_files import stripes, write


class Model:
    """Scores by the first pixel."""

    image_shape = (12, 12, 1)

    def predict(self, X):
        score = X[:, 0, 0, 0].astype(float)
        return pd.DataFrame({"score": score, "label": 0, "probability": 0.5, "probability_kind": "p"})


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "new", stripes("across", 110, 0))
    return tmp_path / "new"


def scored(folder):
    result = score_images(Model(), folder, folder.parent / "scores.csv")
    return SimpleNamespace(result=result, table=pd.read_csv(folder.parent / "scores.csv"))


def test_a_broken_file_is_named_and_the_others_scored(folder):
    (folder / "broken.png").write_bytes(b"")
    (folder / "notes.txt").write_text("x")
    Image.new("RGBA", (12, 12)).save(folder / "clear.png")
    got = scored(folder)
    assert len(got.table) == got.result.rows == 111
    assert "broken.png" not in set(got.table["ID"])
    said = " ".join(got.result.said)
    assert "1 file cannot be read and is left out" in said
    assert "1 image has transparent pixels" in said
    assert "1 file that is no image by name (1 .txt; notes.txt)" in said


def test_masks_are_not_scored(folder):
    write(folder / "ground_truth", np.zeros((2, 12, 12), np.uint8))
    got = scored(folder)
    assert len(got.table) == 110
    assert "2 masks left out (ground_truth)" in got.result.said


def test_masks_beside_their_images_are_not_scored_either(folder):
    for i in range(2):
        Image.new("L", (12, 12)).save(folder / f"{i:03d}_mask.png")
    got = scored(folder)
    assert len(got.table) == 110
    assert "2 masks left out (000_mask.png, 001_mask.png)" in got.result.said


def test_too_many_broken_files(folder):
    for name in "ab":
        (folder / f"{name}.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="2 of 112 files"):
        scored(folder)
