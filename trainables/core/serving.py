"""A trained detector as it is served: score, label and probability of each row.

MLflow's pyfunc loads this module by name and calls `_load_pyfunc`. It needs
`trainables` alone: neither Ray, Optuna, datasets nor the launcher.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

import trainables
from trainables.core import seed_ensemble, state
from trainables.core.custom_detectors import load_class
from trainables.core.detector import make
from trainables.core.errors import BadModel, InvalidInput
from trainables.core.explain import Reason, contributions, reasons
from trainables.core.outside import REMARKS, OutsideTraining
from trainables.core.preprocessing.cells import first_row
from trainables.core.preprocessing.preprocessor import Preprocessor
from trainables.core.raw_arrays import as_images, plain_numbers

OUTPUTS = {
    "score": "double", "label": "long", "probability": "double", "probability_kind": "string", "p_value": "double",
}  # fmt: skip
CODE, PREPROCESSING = "detector.py", "preprocessing.pt"


class ServedModel:
    """Scores rows; labels those at or above the threshold.

    Parameters
    ----------
    folder : path
        What `save` wrote. Its `detector.py`, where it has one, is run: whoever has the
        folder from somebody else must trust them.

    Raises
    ------
    BadModel
        If the folder is not whole.
    UntrustedState
        If its state holds more than data.
    """

    def __init__(self, folder: str | Path) -> None:
        where = Path(folder)
        self.meta: dict[str, Any] = read_meta(where)
        name = _detector(where, self.meta)
        data = (where / "state.pt").read_bytes()
        if hashlib.sha256(data).hexdigest() != self.meta.get("state_sha256", hashlib.sha256(data).hexdigest()):
            raise BadModel(f"{where / 'state.pt'} is not the state that was written for this model: it is damaged")
        try:
            self.preprocessor = _preprocessor(where, self.meta)
            self.features: list[str] = [str(name) for name in self.meta["features"]]
            shape = self.meta.get("image_shape")
            self.image_shape: tuple[int, ...] | None = None if shape is None else tuple(int(n) for n in shape)
            self.threshold = float(self.meta["threshold"])
            self.detector = seed_ensemble.loaded(make(load_class(name), self.meta["params"]), state.loads(data))
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise BadModel(f"the model in {where} is not whole ({type(error).__name__}: {error})") from error

    def coded(self, data: Any) -> NDArray[Any]:
        """Rows as numbers, columns in the order of training; other columns are left aside.

        Parameters
        ----------
        data : DataFrame or array-like of shape (n, d), or of images (n, h, w, c)
            The raw table; where the model has a schema, texts and missing values are welcome.
            Of images, pixels from 0 to 255 in the size that the model was trained on.

        Raises
        ------
        InvalidInput
            If a column is missing or there twice, the width is wrong, or a value is of the wrong kind.
        """
        if self.image_shape is not None:
            return as_images(data, self.image_shape)
        if self.preprocessor is not None:
            return self.preprocessor.schema.encode(_frame(data, self.features))
        if not hasattr(data, "columns"):
            return plain_numbers(data)
        names = [str(c) for c in data.columns]
        if set(self.features) <= set(names):
            twice = [f for f in self.features if names.count(f) > 1]
            if twice:
                raise InvalidInput(f"column {twice[0]!r} is given more than once")
            return plain_numbers(data.iloc[:, [names.index(f) for f in self.features]])
        if len(names) != len(self.features) or not all(n.isdigit() for n in names):
            missing = [f for f in self.features if f not in names]
            subject = "column is" if len(missing) == 1 else "columns are"
            raise InvalidInput(f"{len(missing)} {subject} missing: {', '.join(missing[:5])}")
        return plain_numbers(data)

    def prepared(self, coded: NDArray[Any]) -> NDArray[Any]:
        """Coded rows as the detector takes them: imputed, encoded, scaled."""
        return coded if self.preprocessor is None else self.preprocessor.transform(coded)

    def rows(self, data: Any) -> NDArray[Any]:
        """Raw rows as the detector takes them; see `coded` for errors."""
        return self.prepared(self.coded(data))

    def explain(self, data: Any, top: int = 3) -> list[list[Reason]]:
        """For each row the features that make it anomalous, see `trainables.core.explain`.

        Parameters
        ----------
        data : DataFrame or array-like of shape (n, d)
        top : int
            Features per row, at most.

        Raises
        ------
        BadModel
            If the model was written before models could explain.
        """
        if self.image_shape is not None:
            raise InvalidInput("features are explained for tables; this model takes images")
        if "typical" not in self.meta:
            raise BadModel("this model does not say what is typical; launch/retrain.py makes one that does")
        typical = np.array([np.nan if v is None else v for v in self.meta["typical"]], dtype=np.float64)
        coded = self.coded(data)
        effects = contributions(lambda X: self.detector.decision_function(self.prepared(X)), coded, typical)
        schema = None if self.preprocessor is None else self.preprocessor.schema
        return [
            reasons(row, effect, typical, self.features, schema, top)
            for row, effect in zip(coded, effects, strict=True)
        ]

    def outside(self) -> OutsideTraining:
        """What counts values outside the range of training, for `predict` to look through."""
        schema = None if self.preprocessor is None else self.preprocessor.schema
        return OutsideTraining(self.meta.get("reference"), self.features, schema)

    def score(self, data: Any, outside: OutsideTraining | None = None) -> dict[str, NDArray[Any]]:
        """Arrays `score`, `label`, `probability`, `probability_kind` and `p_value`, each of shape (n,).

        `p_value` is the conformal p-value against normal rows that the model did not train on; models written
        before there was one leave it out.

        Parameters
        ----------
        data : DataFrame or array-like
            As in `coded`.
        outside : OutsideTraining, optional
            Counts the rows' values outside the range of training.

        Raises
        ------
        InvalidInput
            For rows that cannot be scored.
        """
        coded = self.coded(data)
        scores = self.detector.decision_function(self.prepared(coded))
        if not np.isfinite(scores).all():
            row = int(np.flatnonzero(~np.isfinite(scores))[0]) + first_row(data)
            raise InvalidInput(f"row {row} is too far from anything to have a score")
        if outside is not None and self.image_shape is None:
            outside.count(coded)
        kind, probability = self.probability(scores)
        scored = {
            "score": scores,
            "label": (scores >= self.threshold).astype(np.int64),
            "probability": probability,
            "probability_kind": np.full(len(scores), kind, dtype=object),
        }
        if "normal" in self.meta["calibration"]:
            scored["p_value"] = p_values(np.asarray(self.meta["calibration"]["normal"]), scores)
        return scored

    def probability(self, scores: ArrayLike) -> tuple[str, NDArray[np.float64]]:
        """What kind of probability the model has, and its value for each score."""
        return calibrated(self.meta["calibration"], np.asarray(scores, dtype=np.float64))

    def predict(
        self, data: Any, params: Mapping[str, Any] | None = None, outside: OutsideTraining | None = None
    ) -> Any:
        """A DataFrame with one row per row of the input, as pyfunc asks."""
        index = data.index if hasattr(data, "columns") else None
        return pd.DataFrame(self.score(data, outside), index=index)


class PyfuncModel(ServedModel):
    """The same for MLflow's scoring server, which must not show a client more than the message.

    Rows that cannot be scored are the client's mistake, 400; anything else is ours, 500,
    and goes to the server's log. Columns whose values lie outside all of training are remarked.
    """

    def predict(
        self, data: Any, params: Mapping[str, Any] | None = None, outside: OutsideTraining | None = None
    ) -> Any:
        """As `ServedModel.predict`."""
        outside, remarks = outside or self.outside(), REMARKS.get()
        try:
            scored = super().predict(data, params, outside)
            if remarks is not None:
                remarks += outside.sentences()
            return scored
        except Exception as error:
            mlflow = sys.modules.get("mlflow.exceptions")
            if mlflow is None:
                raise
            if isinstance(error, InvalidInput):
                raise mlflow.MlflowException.invalid_parameter_value(str(error)) from error
            logging.getLogger(__name__).exception("these rows could not be scored")
            raise mlflow.MlflowException("the model failed on these rows; the server's log says how") from error


def read_meta(folder: Path) -> dict[str, Any]:
    """What a model says of itself.

    Raises
    ------
    BadModel
        If the folder has no readable `model.json`.
    """
    try:
        meta = json.loads((folder / "model.json").read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise BadModel(f"{folder / 'model.json'} cannot be read: {type(error).__name__}") from error
    if not isinstance(meta, dict) or not isinstance(meta.get("detector"), str):
        raise BadModel(f"{folder / 'model.json'} does not say which detector it is of")
    return meta


def has_code(folder: Path) -> bool:
    """Whether loading a model runs code that came with it."""
    return read_meta(folder).get("detector_file") is not None


def _detector(where: Path, meta: Mapping[str, Any]) -> str:
    """The detector's name, or the file beside the model; nothing else is ever imported."""
    file = meta.get("detector_file")
    if file is None:
        try:
            return trainables.resolve(meta["detector"])
        except trainables.UnknownDetector as error:
            raise BadModel(f"the model in {where} is of a detector that is not here: {error}") from error
    path = where / CODE
    if file != CODE or not path.is_file() or path.is_symlink():
        raise BadModel(f"the model in {where} names {file!r} as its detector; only {CODE} beside it is loaded")
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != meta.get("detector_file_sha256"):
        raise BadModel(f"{path} is not the detector that this model was trained with (sha256 {actual})")
    return str(path)


def _preprocessor(where: Path, meta: Mapping[str, Any]) -> Preprocessor | None:
    """What makes rows out of a raw table, where the model has such a thing."""
    wanted = meta.get("preprocessing_sha256")
    if wanted is None:
        return None
    data = (where / PREPROCESSING).read_bytes() if (where / PREPROCESSING).is_file() else b""
    if hashlib.sha256(data).hexdigest() != wanted:
        raise BadModel(f"{where / PREPROCESSING} is not what was written for this model: it is damaged or gone")
    return Preprocessor.from_state(state.loads(data))


def _frame(data: Any, features: list[str]) -> Any:
    """A table with the names of training; an array, or columns 0, 1, …, are taken in order."""
    if not hasattr(data, "columns"):
        data = pd.DataFrame(np.asarray(data))
    names = [str(c) for c in data.columns]
    in_order = [[str(i) for i in range(len(features))], [f"x{i}" for i in range(len(features))]]
    if names in in_order and not set(features) <= set(names):
        data = data.set_axis(features, axis=1)
    return data


def calibrated(calibration: Mapping[str, Any], scores: NDArray[np.float64]) -> tuple[str, NDArray[np.float64]]:
    """Probability of each score.

    ``isotonic``: the score's quantile among reference scores (`mid_ranks`), through a monotone curve
    fitted on held-out labels: the probability of being an anomaly. ``conformal_p``: as `p_values`.
    """
    reference = np.asarray(calibration["reference"], dtype=np.float64)
    if calibration["kind"] == "conformal_p":
        return "conformal_p", p_values(reference, scores)
    quantile = mid_ranks(reference, scores)
    probability = np.interp(quantile, calibration["quantile"], calibration["probability"])
    return "isotonic", probability.astype(np.float64)


def p_values(reference: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Conformal p-value of each score: (1 + reference scores at least as high) / (n + 1); small is anomalous.

    Of rows like those of the reference that the model did not train on, a share of at most p has a p-value of
    at most p (Vovk, Gammerman, Shafer. Algorithmic Learning in a Random World. 2005).

    Parameters
    ----------
    reference : ndarray of shape (n,)
        In rising order.
    scores : ndarray of shape (m,)
    """
    at_least = len(reference) - np.searchsorted(reference, scores, side="left")
    return np.asarray((1.0 + at_least) / (len(reference) + 1.0), dtype=np.float64)


def mid_ranks(reference: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantile of each score among reference scores, 0 to 1: that of equal scores is the middle of their places.

    Parameters
    ----------
    reference : ndarray of shape (n,)
        In rising order. Between two of them the quantile is interpolated, beyond them it is 0 or 1.
    scores : ndarray of shape (m,)
    """
    distinct, first, counts = np.unique(reference, return_index=True, return_counts=True)
    last = len(reference) - 1
    return np.interp(scores, distinct, first + (counts - 1) / 2, left=0, right=last) / max(1, last)


def save(
    folder: Path,
    meta: Mapping[str, Any],
    trained: Mapping[str, Any],
    detector_file: Path | None = None,
    preprocessor: Preprocessor | None = None,
) -> None:
    """Write a model folder that `ServedModel` reads.

    Parameters
    ----------
    folder : Path
    meta : mapping
        `detector`, `params`, `features`, `threshold`, `calibration` and whatever the record needs.
    trained : mapping
        The detector's state.
    detector_file : Path, optional
        Source of a detector that is not in `trainables`; it travels with the model.
    preprocessor : Preprocessor, optional
        What makes the detector's rows out of a raw table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    full = dict(meta)
    if detector_file is not None:
        source = detector_file.read_bytes()
        (folder / CODE).write_bytes(source)
        full |= {"detector_file": CODE, "detector_file_sha256": hashlib.sha256(source).hexdigest()}
    if preprocessor is not None:
        state.save(preprocessor.state_dict(), folder / PREPROCESSING)
        full["preprocessing_sha256"] = hashlib.sha256((folder / PREPROCESSING).read_bytes()).hexdigest()
    state.save(trained, folder / "state.pt")
    full["state_sha256"] = hashlib.sha256((folder / "state.pt").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(full, indent=1))


def _load_pyfunc(data_path: str) -> PyfuncModel:
    return PyfuncModel(data_path)
