from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from trainables.core.detector import TrainData
from trainables.core.errors import UntrustedState
from trainables.core.sklearn_state import anomaly_labels, check_tree, dump, flat, load
from trainables.gbdt import GBDT
from trainables.iforest import TRUSTED, IForest

ROWS = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)


class Stranger:
    built = 0

    def __init__(self) -> None:
        self.x = 1

    def __setstate__(self, state: dict) -> None:
        Stranger.built += 1


def test_round_trip() -> None:
    model = LinearRegression().fit(ROWS[:, :3], ROWS[:, 3])
    data = dump(model)
    assert data.dtype == np.uint8
    np.testing.assert_array_equal(load(data, ()).predict(ROWS[:, :3]), model.predict(ROWS[:, :3]))


def test_a_type_that_is_not_listed_is_named_and_never_built() -> None:
    model = LinearRegression()
    model.fit_intercept = Stranger()
    with pytest.raises(UntrustedState, match=r"Stranger.*trusted are sklearn\.tree\._tree\.Tree"):
        load(dump(model), TRUSTED)
    assert Stranger.built == 0
    with pytest.raises(UntrustedState, match=r"_tree\.Tree.*trusted are none"):
        load(dump(IForest(n_estimators=2).fit(ROWS).forest_), ())


def test_a_detector_refuses_the_estimator_of_another() -> None:
    boosted = GBDT(max_iter=3).fit(ROWS, ROWS[:, 0] > 1).state_dict()
    with pytest.raises(UntrustedState, match="TreePredictor"):
        IForest().load_state_dict({**boosted, "forest": boosted["model"]})


@pytest.mark.parametrize("index", [-5, 0, 10**6])
def test_trees_that_cannot_be_walked_are_refused(index: int) -> None:
    """scikit-learn follows stored indices without a look: out of range, it would crash the process."""
    boosted = GBDT(max_iter=2, min_samples_leaf=5).fit(ROWS, ROWS[:, 0] > 1)
    boosted.model_._predictors[1][0].nodes["left"][0] = index % 2**32
    with pytest.raises(UntrustedState, match="child does not exist"):
        boosted.clone().load_state_dict(boosted.state_dict())
    left, right, inner = np.array([1, -1, -1]), np.array([2, -1, -1]), np.array([True, False, False])
    check_tree(left, right, np.array([3, -2, -2]), inner, 4)
    with pytest.raises(UntrustedState, match=r"outside 0\.\.3"):
        check_tree(left, right, np.array([4, -2, -2]), inner, 4)


def test_flat_is_a_view() -> None:
    images = np.zeros((3, 4, 5, 1), np.uint8)
    assert flat(images).shape == (3, 20)
    assert np.shares_memory(flat(images), images)


def test_labels() -> None:
    np.testing.assert_array_equal(anomaly_labels(TrainData(ROWS[:3], np.array([-1, 0, 1], np.int8))), [1, 0, 0])
