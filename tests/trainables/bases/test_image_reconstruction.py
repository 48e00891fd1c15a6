"""Error maps of reconstruction detectors."""

import numpy as np
import pytest

from trainables import load


def images(n=40):
    return np.random.default_rng(0).integers(0, 256, (n, 16, 16, 3), dtype=np.uint8)


def test_the_mean_of_an_error_map_is_the_score():
    X = images()
    detector = load("ae_fc")(hidden=(8,), latent=2, epochs=1, score="mse", scaling="unit", device="cpu").fit(X)
    # the score is in units of 0 to 1, the map in those of pixels
    np.testing.assert_allclose(detector.error_map(X).mean((1, 2)) / 255**2, detector.decision_function(X), rtol=1e-4)


@pytest.mark.parametrize("name", ["ae_conv", "vae"])
def test_an_error_is_where_the_anomaly_is(name):
    X = np.full((60, 16, 16, 1), 90, np.uint8)
    detector = load(name)(epochs=3, batch_size=16, device="cpu").fit(X)
    changed = X[:1].copy()
    changed[0, 3:6, 8:11] = 255
    found = detector.error_map(changed)[0]
    assert np.unravel_index(found.argmax(), found.shape)[0] in range(3, 6)
    assert np.unravel_index(found.argmax(), found.shape)[1] in range(8, 11)
