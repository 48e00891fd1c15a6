"""States of the PyOD detectors: what is no fit is refused before any library indexes into it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.trainables.bases.small_pyod import SMALL
from trainables.cblof import CBLOF
from trainables.copod import COPOD
from trainables.core import state
from trainables.core.detector import Detector
from trainables.core.errors import UntrustedState
from trainables.ecod import ECOD
from trainables.gmm import GMM
from trainables.hbos import HBOS
from trainables.knn import KNN
from trainables.loda import LODA
from trainables.pca import PCA

rng = np.random.default_rng(0)
ROWS = rng.gamma(2, size=(300, 5)).astype(np.float32)
NEW = rng.gamma(2, size=(80, 5)).astype(np.float32)


@pytest.mark.parametrize("cls", SMALL)
def test_hostile_states_are_refused(cls: type[Detector]) -> None:
    good = cls(**SMALL[cls]).fit(ROWS).state_dict()
    assert cls(**SMALL[cls]).load_state_dict(state.loads(state.dumps(good))).decision_function(NEW).shape == (80,)
    for name, value in good["arrays"].items():
        for bad in ("x", value[..., None], value[..., :-1], value[:0], np.full(value.shape, np.nan)):
            hostile = {**good, "arrays": {**good["arrays"], name: bad}}
            with pytest.raises(UntrustedState):
                cls(**SMALL[cls]).load_state_dict(hostile)
        less = {key: one for key, one in good["arrays"].items() if key != name}
        with pytest.raises(UntrustedState):
            cls(**SMALL[cls]).load_state_dict({**good, "arrays": less})


@pytest.mark.parametrize(
    ("cls", "name", "change"),
    [
        (ECOD, "distinct", lambda a: a[::-1] + 1),
        (COPOD, "distinct", lambda a: np.r_[-a[0], a[1:]]),
        (ECOD, "up_to", lambda a: a - 300),
        (COPOD, "values", lambda a: a[::-1]),
        (PCA, "scale", np.zeros_like),
        (KNN, "rows", lambda a: a[:5]),
        (GMM, "precisions", lambda a: -a),
        (GMM, "precisions", lambda a: a[:, :1]),
        (GMM, "weights", np.zeros_like),
        (CBLOF, "large", np.zeros_like),
        (HBOS, "hist_", lambda a: -a),
        (LODA, "histograms_", np.zeros_like),
    ],
)
def test_impossible_values_are_refused(cls: type[Detector], name: str, change: Any) -> None:
    good = cls(**SMALL[cls]).fit(ROWS).state_dict()
    hostile = {**good, "arrays": {**good["arrays"], name: change(good["arrays"][name])}}
    with pytest.raises(UntrustedState):
        cls(**SMALL[cls]).load_state_dict(hostile)
