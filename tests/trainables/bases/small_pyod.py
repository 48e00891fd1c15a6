"""The PyOD detectors with arguments that make them small."""

from __future__ import annotations

from typing import Any

from trainables.cblof import CBLOF
from trainables.copod import COPOD
from trainables.core.detector import Detector
from trainables.ecod import ECOD
from trainables.gmm import GMM
from trainables.hbos import HBOS
from trainables.inne import INNE
from trainables.knn import KNN
from trainables.loda import LODA
from trainables.lof import LOF
from trainables.mcd import MCD
from trainables.pca import PCA

SMALL: dict[type[Detector], dict[str, Any]] = {
    CBLOF: {"n_clusters": 6, "alpha": 0.6},
    KNN: {"rounds": 1},
    LOF: {"rounds": 1},
    HBOS: {},
    ECOD: {},
    COPOD: {},
    PCA: {},
    INNE: {"n_estimators": 20},
    LODA: {"n_random_cuts": 20},
    GMM: {"n_components": 2},
    MCD: {},
}
