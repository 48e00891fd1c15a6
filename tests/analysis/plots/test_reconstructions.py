import re
from typing import Any

import numpy as np
import pytest
from torch import nn

import trainables
from analysis import plots
from analysis.plots.latent_edits import architecture, latent_edit_data
from analysis.plots.reconstructions import chosen
from trainables.core.detector import make


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


def test_equal_scores_stay_in_their_order_and_odd_groups_have_one_more_normal():
    y = np.array([1, 0, 1, 0, 0, 1])
    groups = chosen(y, np.ones(6), 5)
    assert groups["most normal"].tolist() == groups["most anomalous"].tolist() == [0, 1, 2, 3, 4]
    assert groups["most wrongly ranked"].tolist() == [1, 3, 4, 0, 2]


def test_normal_images_alone():
    groups = chosen([0, 0, 0], [0.3, 0.1, 0.2], 2)
    assert groups["most normal"].tolist() == [1, 2]
    assert groups["most anomalous"].tolist() == [0, 2]
    assert groups["most wrongly ranked"].tolist() == [0]  # its half: there is no anomaly to fill the other


def test_edits_by_hand(images):
    data = latent_edit_data(Linear(), images, [1])
    # z = (2, 3): z[0] doubled moves half of the pixels by 20; z[1] doubled the other half by 60;
    # z[1] at its mean, 3, moves nothing
    assert list(data.edits) == ["z[0] doubled", "z[1] doubled (largest variance)", "z[1] at its mean"]
    assert [v[0] for v in data.changed.values()] == pytest.approx([10.0, 30.0, 0.0])
    np.testing.assert_array_equal(data.restored, images[1:2])
    assert data.architecture == "encoder: 8-2\ndecoder: 2-8"


def test_a_code_of_one_value_is_edited_twice(images):
    class Narrow(Linear):
        def encode(self, X):
            return super().encode(X)[:, :1]

        def decode(self, Z):
            return super().decode(np.concatenate([Z, np.zeros_like(Z)], 1))

    data = latent_edit_data(Narrow(), images, [0, 2])
    assert list(data.edits) == ["z[0] doubled", "z[0] at its mean"]
    # z[0] is 1 and 3, their mean over all three is 2: half of the pixels move by 10 or 30, then by 10
    assert data.changed["z[0] doubled"] == pytest.approx([5.0, 15.0])
    assert data.changed["z[0] at its mean"] == pytest.approx([5.0, 5.0])


@pytest.mark.parametrize("name", ["ae_fc", "ae_conv", "ae_multi", "ae_noise_classifier", "ae_aux_decoder", "vae"])
def test_architecture_of_every_detector_with_a_code(name):
    detector: Any = make(trainables.load(name), {"device": "cpu"})
    detector.row_shape_ = (16, 16, 3)
    text = architecture(detector._network(detector.row_shape_))
    assert {"encoder", "decoder"} <= set(re.findall(r"^(\w+): ", text, re.M)) or "autoencoder: " in text
    assert re.search(r"\d+-\d+|conv\d 3>\d+", text)


def test_architecture_goes_by_type_not_by_name():
    class ConvEncoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Conv2d(3, 8, 4), nn.Flatten(), nn.Linear(32, 5), nn.Linear(7, 2))

    back = nn.Sequential(nn.Linear(2, 32), nn.ConvTranspose2d(8, 3, 4))
    network = nn.ModuleDict({"encoder": ConvEncoder(), "scale": nn.ReLU(), "decoder": back})
    assert architecture(network) == "encoder: conv4 3>8, 32-5, 7-2\ndecoder: 2-32, deconv4 8>3"
    assert architecture(nn.Linear(4, 2)) == "4-2"


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
    # a frame of each group with its title, and three lines of pictures with a bar beside the errors
    assert [band.get_suptitle() for band in figure.subfigs] == ["most normal", "most anomalous", "most wrongly ranked"]
    maps = [image for band in figure.subfigs for ax in band.axes[8:12] for image in ax.images]
    assert len(maps) == 12
    assert len({image.get_clim() for image in maps}) == 1
    i = int(np.argmin(scores))
    np.testing.assert_allclose(np.asarray(maps[0].get_array()), (X[i] / 2).mean(2), rtol=1e-6)
    assert figure.subfigs[0].axes[8].get_xlabel() == f"{'anomaly' if y[i] else 'normal'}\n{scores[i]:.4g}"


def test_edits_are_drawn(tmp_path, images):
    figure = plots.latent_edits(latent_edit_data(Linear(), images, [0, 2]), title="edits")
    assert plots.save(figure, tmp_path / "e.png").stat().st_size > 5000
    assert any("L1 to restored: 5.00" in ax.get_xlabel() for ax in figure.axes)


def test_nothing_to_show(tmp_path):
    empty = np.zeros((0, 8, 8, 1), np.uint8)
    assert plots.reconstructions(empty, lambda x: x, [], [], title="none").axes
