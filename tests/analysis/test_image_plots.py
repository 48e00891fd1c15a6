import numpy as np
import pytest
from torch import nn

from analysis import plots
from analysis.plots.latent_edits import architecture, latent_edit_data
from analysis.plots.reconstructions import chosen


class Linear:
    """A code of two values: pixels are 10 z[0] on the left and 20 z[1] on the right."""

    def __init__(self):
        self.network_ = nn.ModuleDict({"encoder": nn.Linear(8, 2), "decoder": nn.Linear(2, 8)})

    def encode(self, X):
        return np.stack([X[:, 0, 0, 0] / 10, X[:, 0, -1, 0] / 20], 1).astype(np.float32)

    def decode(self, Z):
        out = np.zeros((len(Z), 2, 4, 1), np.float32)
        out[:, :, :2, 0] = 10 * Z[:, 0, None, None]
        out[:, :, 2:, 0] = 20 * Z[:, 1, None, None]
        return out

    def reconstruct(self, X):
        return self.decode(self.encode(X))


@pytest.fixture
def images():
    z = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 5.0]], np.float32)
    return Linear().decode(z)


def test_which_images_are_shown():
    y = np.array([0, 0, 0, 1, 1, 1])
    scores = np.array([0.1, 0.9, 0.2, 0.8, 0.05, 0.7])
    groups = chosen(y, scores, 3)
    assert groups["most normal"].tolist() == [4, 0, 2]
    assert groups["most anomalous"].tolist() == [1, 3, 5]
    assert groups["most wrongly ranked"].tolist() == [1, 2, 4]  # two normal ones too high, one anomaly too low


def test_fewer_images_than_asked_for_and_one_side_alone():
    groups = chosen([1, 1], [0.5, 0.5], 6)
    assert groups["most normal"].tolist() == groups["most anomalous"].tolist() == [0, 1]
    assert groups["most wrongly ranked"].tolist() == [0, 1]


def test_edits_by_hand(images):
    data = latent_edit_data(Linear(), images, [1])
    # z = (2, 3): z[0] doubled moves half of the pixels by 20; z[1] doubled the other half by 60;
    # z[1] at its mean, 3, moves nothing
    assert list(data.edits) == ["z[0] doubled", "z[1] doubled (largest variance)", "z[1] at its mean"]
    assert [v[0] for v in data.changed.values()] == pytest.approx([10.0, 30.0, 0.0])
    np.testing.assert_array_equal(data.restored, images[1:2])
    assert data.architecture == "encoder: 8-2\ndecoder: 2-8"


def test_architecture_of_convolutions():
    network = nn.ModuleDict({"encoder": nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 4))})
    assert architecture(network) == "encoder: conv3 1>4, conv4 4>8"


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_drawn(tmp_path, channels):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (9, 8, 10, channels), dtype=np.uint8)
    y, scores = np.arange(9) % 2, rng.normal(size=9)
    figure = plots.reconstructions(X, lambda x: x / 2, scores, y, k=4, title="$ is no mathematics")
    assert plots.save(figure, tmp_path / "r.png").stat().st_size > 5000
    texts = [t.get_text() for band in figure.subfigs for t in band.texts] + [
        band._suptitle.get_text() for band in figure.subfigs
    ]
    assert {"most normal", "most anomalous", "most wrongly ranked"} <= set(texts)


def test_edits_are_drawn(tmp_path, images):
    figure = plots.latent_edits(latent_edit_data(Linear(), images, [0, 2]), title="edits")
    assert plots.save(figure, tmp_path / "e.png").stat().st_size > 5000
    assert any("L1 to restored: 5.00" in ax.get_xlabel() for ax in figure.axes)


def test_nothing_to_show(tmp_path):
    empty = np.zeros((0, 8, 8, 1), np.uint8)
    assert plots.reconstructions(empty, lambda x: x, [], [], title="none").axes
