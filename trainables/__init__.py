"""What can be searched over: one row per detector, loaded only when it is used."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainables.core.detector import Detector

DETECTORS: dict[str, str] = {
    "random": "trainables.random:RandomScores",
    "iforest": "trainables.iforest:IForest",
    "kmeans": "trainables.kmeans:KMeans",
    "devnet": "trainables.devnet:DevNet",
    "logistic": "trainables.logistic:Logistic",
    "gbdt": "trainables.gbdt:GBDT",
    "autoencoder": "trainables.autoencoder:Autoencoder",
    "vae": "trainables.vae:VAE",
    "deepsvdd": "trainables.deepsvdd:DeepSVDD",
    "dagmm": "trainables.dagmm:DAGMM",
    "prenet": "trainables.prenet:PReNet",
    "rosas": "trainables.rosas:RoSAS",
    "feawad": "trainables.feawad:FeaWAD",
    "dif": "trainables.dif:DIF",
    "icl": "trainables.icl:ICL",
    "slad": "trainables.slad:SLAD",
    "neutral": "trainables.neutral:NeuTraL",
    "goad": "trainables.goad:GOAD",
    "rca": "trainables.rca:RCA",
    "cblof": "trainables.cblof:CBLOF",
    "knn": "trainables.knn:KNN",
    "lof": "trainables.lof:LOF",
    "hbos": "trainables.hbos:HBOS",
    "ecod": "trainables.ecod:ECOD",
    "copod": "trainables.copod:COPOD",
    "pca": "trainables.pca:PCA",
    "inne": "trainables.inne:INNE",
    "loda": "trainables.loda:LODA",
    "mahalanobis": "trainables.mahalanobis:Mahalanobis",
    "ocsvm": "trainables.ocsvm:OCSVM",
    "svm": "trainables.svm:SVM",
    "gmm": "trainables.gmm:GMM",
    "mcd": "trainables.mcd:MCD",
    "deepsad": "trainables.deepsad:DeepSAD",
    "hsc": "trainables.hsc:HSC",
    "bce": "trainables.bce:BCE",
    "focal": "trainables.focal:Focal",
    "repen": "trainables.repen:REPEN",
    "fsnet": "trainables.fsnet:FSNet",
    "ae_fc": "trainables.ae_fc:AEFullyConnected",
    "ae_conv": "trainables.ae_conv:AEConvolutional",
    "ae_multi": "trainables.ae_multi:AEMulti",
    "ae_noise_classifier": "trainables.ae_noise_classifier:AENoiseClassifier",
    "ae_aux_decoder": "trainables.ae_aux_decoder:AEAuxiliaryDecoder",
    "fanogan": "trainables.fanogan:FAnoGAN",
    "ganomaly": "trainables.ganomaly:GANomaly",
    "anogan": "trainables.anogan:AnoGAN",
    "dual_gan": "trainables.dual_gan:DualGAN",
}

ALIASES: dict[str, str] = {
    "baseline": "random",
    "dummy": "random",
    "cluster": "kmeans",
    "ae": "autoencoder",
    "svdd": "ocsvm",
}


class UnknownDetector(ValueError):
    """No detector has that name."""


def resolve(name: str) -> str:
    """The name in `DETECTORS` for a name or alias.

    Raises
    ------
    UnknownDetector
        With the nearest name.
    """
    key = ALIASES.get(name.lower(), name.lower())
    if key in DETECTORS:
        return key
    near = difflib.get_close_matches(key, [*DETECTORS, *ALIASES], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownDetector(f"unknown detector {name!r}{hint} (`list` shows all)")


def load(name: str) -> type[Detector]:
    """The class behind a name, an alias or an import string `module:Class`."""
    target = name if ":" in name else DETECTORS[resolve(name)]
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)
