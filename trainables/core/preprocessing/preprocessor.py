"""From coded columns to what detectors take: imputed, one-hot, scaled, fitted on training rows alone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, QuantileTransformer, RobustScaler, StandardScaler

from trainables.core import sklearn_state
from trainables.core.errors import InvalidInput, NotFitted
from trainables.core.preprocessing.dates import DateParts, date_parts
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, TIME, Schema

SCALES = ("standard", "minmax", "robust", "quantile", "none")
MOST_CATEGORIES = 30
TRUSTED = ("numpy.dtype",)


class Preprocessor:
    """Imputes, encodes and scales the columns of a table.

    Numbers: missing ones become the median, then the column is scaled. 0/1 columns: missing
    ones become the more frequent value, and they are not scaled, since a rare 1 would weigh
    most of all. Texts: one column of 0/1 for each, `MOST_CATEGORIES` columns at most, of which
    the last is for all rarer ones together; a missing text is a text of its own where training rows have
    one. A text that no training row has becomes one of the rarer ones, or all zeros where
    there are none. Every column with missing values in training gets a 0/1 column that says
    where. Dates: their places in a day, a week and a year, as far as training rows cover these, and their
    differences from each other are numbers; days since 1970 only where the schema wants the trend.
    Columns that are constant over the training rows are dropped.

    Parameters
    ----------
    schema : Schema
    scale : {"standard", "minmax", "robust", "quantile", "none"}, default="standard"
        How numbers are scaled: by mean and deviation, to [0, 1], by median and interquartile
        range, to a normal distribution by ranks, or not.

    Notes
    -----
    All parts are scikit-learn's.
    """

    def __init__(self, schema: Schema, scale: str = "standard") -> None:
        if scale not in SCALES:
            raise InvalidInput(f"scale={scale!r} must be one of {', '.join(SCALES)}")
        self.schema, self.scale = schema, scale
        self.model_: Any = None
        self.dates_ = DateParts()

    def fit(self, X: NDArray[Any]) -> Self:
        """Learn from coded rows, shape (n, d), NaN where a value is missing.

        Raises
        ------
        InvalidInput
            If no column varies.
        """
        coded = np.asarray(X, dtype=np.float64)
        dates = date_parts(coded, self.schema)
        rows = dates.beside(coded)
        model = make_pipeline(self._columns(rows), VarianceThreshold())
        try:
            with _quietly():
                model.fit(rows)
        except ValueError as error:
            if "No feature" not in str(error) and "0 feature" not in str(error):
                raise
            raise InvalidInput("no column varies over the training rows: there is nothing to learn from") from error
        self.model_, self.dates_ = model, dates
        return self

    def _columns(self, rows: NDArray[np.float64]) -> Any:
        kinds = [column.kind for column in self.schema.columns]
        texts = [j for j, kind in enumerate(kinds) if kind == CATEGORICAL]
        flags = [j for j, kind in enumerate(kinds) if kind == BOOLEAN]
        others = [j for j, kind in enumerate(kinds) if kind not in (CATEGORICAL, BOOLEAN)]
        gaps = [j for j in (*others, *flags) if np.isnan(rows[:, j]).any()]
        numbers = [j for j in others if kinds[j] != TIME or self.schema.columns[j].trend]
        numbers += range(len(kinds), rows.shape[1])
        parts: list[tuple[str, Any, list[int]]] = []
        if numbers:
            parts.append(
                (
                    "numeric",
                    make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), *self._scaler(len(rows))),
                    numbers,
                )
            )
        if flags:
            parts.append(("boolean", SimpleImputer(strategy="most_frequent", keep_empty_features=True), flags))
        if texts:
            encoder = OneHotEncoder(
                handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
            )
            parts.append(("categorical", encoder, texts))
        if gaps:
            parts.append(("missing", MissingIndicator(features="all"), gaps))
        if not parts:
            raise InvalidInput("the training rows cover no cycle of their dates: there is nothing to learn from")
        return ColumnTransformer(parts, sparse_threshold=0.0)

    def _scaler(self, rows: int) -> list[Any]:
        if self.scale == "quantile":
            return [QuantileTransformer(n_quantiles=min(1000, rows), output_distribution="normal", random_state=0)]
        scalers = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}
        return [scalers[self.scale]()] if self.scale in scalers else []

    def transform(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Rows for a detector, shape (n, width), float32.

        Raises
        ------
        NotFitted
            Before `fit`.
        """
        if self.model_ is None:
            raise NotFitted("Preprocessor: fit it before transforming")
        with _quietly(), np.errstate(over="ignore"):
            rows = self.model_.transform(self.dates_.beside(np.asarray(X, dtype=np.float64)))
            return np.ascontiguousarray(rows, dtype=np.float32)

    @property
    def width(self) -> int:
        """Columns of a transformed row."""
        if self.model_ is None:
            raise NotFitted("Preprocessor: fit it first")
        return int(self.model_[-1].get_support().sum())

    def state_dict(self) -> dict[str, Any]:
        """What was learnt, as arrays and plain values."""
        if self.model_ is None:
            raise NotFitted("Preprocessor has no state before fit()")
        state = {"scale": self.scale, "schema": self.schema.plain(), "model": sklearn_state.dump(self.model_)}
        return state | ({"dates": self.dates_.plain()} if self.dates_.width else {})

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Preprocessor:
        """The preprocessor behind what `state_dict` returned."""
        made = cls(Schema.from_plain(state["schema"]), state["scale"])
        made.model_ = sklearn_state.load(state["model"], TRUSTED)
        made.dates_ = DateParts.from_plain(state.get("dates"))
        return made


@contextmanager
def _quietly() -> Iterator[None]:
    """Without scikit-learn's warnings of new categories and empty columns, both of which are provided for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found unknown categories")
        warnings.filterwarnings("ignore", message="Skipping features without any observed")
        yield
