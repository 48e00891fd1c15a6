import numpy as np
import pytest

from trainables import load
from trainables.core.errors import InvalidInput
from trainables.core.raw_arrays import as_images
from trainables.core.serving import ServedModel, save

SHAPE = (8, 8, 1)


@pytest.fixture
def model(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (40, *SHAPE), dtype=np.uint8)
    detector = load("random")(seed=0).fit(X)
    meta = {
        "detector": "random",
        "params": {"seed": 0},
        "features": [],
        "image_shape": list(SHAPE),
        "threshold": 0.5,
        "calibration": {"kind": "conformal_p", "reference": [0.1, 0.5, 0.9]},
    }
    save(tmp_path, meta, detector.state_dict())
    return ServedModel(tmp_path), X


def test_bytes_floats_and_grey_without_a_channel_are_one(model):
    served, X = model
    scores = served.score(X)["score"]
    for same in (X.astype(float), X[..., 0], X.tolist()):
        np.testing.assert_array_equal(served.score(same)["score"], scores)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((2, 8, 9, 1)), r"takes images of shape \(n, 8, 8, 1\), got \(2, 8, 9, 1\)"),
        (np.zeros((0, 8, 8, 1)), "takes images"),
        (np.full((1, 8, 8, 1), 256.0), "from 0 to 255"),
        (np.full((1, 8, 8, 1), np.nan), "from 0 to 255"),
        (np.full((1, 8, 8, 1), 0.5), "go from 0 to 1"),
        (np.full((1, 8, 8, 1), "a"), "must be numbers"),
    ],
)
def test_what_is_no_image_of_the_model(model, rows, words):
    with pytest.raises(InvalidInput, match=words):
        model[0].score(rows)


def test_an_image_is_not_explained_by_columns(model):
    with pytest.raises(InvalidInput, match="takes images"):
        model[0].explain(model[1])


def test_black_images_are_bytes():
    assert as_images(np.zeros((1, *SHAPE)), SHAPE).dtype == np.uint8
