"""Training rows as detectors take them, and the way there for any other rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems.parts import Part

if TYPE_CHECKING:
    from trainables.core.preprocessing.preprocessor import Preprocessor
    from trainables.core.preprocessing.schema import Schema


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training rows, preprocessed, with the preprocessor that was fitted on them alone.

    Attributes
    ----------
    train : Part
        As a detector takes them, with what it may see of the labels.
    preprocessor : Preprocessor or None
        None where rows are taken as they are.
    """

    train: Part
    preprocessor: Preprocessor | None = None

    def rows(self, X: NDArray[Any]) -> NDArray[Any]:
        """Other rows, preprocessed as the training rows were."""
        if self.preprocessor is None:
            return X
        return self.preprocessor.transform(X) if len(X) else np.empty((0, self.preprocessor.width), np.float32)

    def part(self, part: Part) -> Part:
        """Another part, preprocessed as the training rows were."""
        return part if self.preprocessor is None else replace(part, X=self.rows(part.X))


def prepare_rows(train: Part, schema: Schema | None, scale: str) -> Prepared:
    """Fit the preprocessor on training rows, and apply it to them.

    Raises
    ------
    DataError
        If there is no training row, or no column varies over them.
    """
    if schema is None:
        return Prepared(train)
    if not len(train):
        raise DataError("no row is left to train on: take another outer split, fewer groups on one side, or more data")
    # scikit-learn takes seconds, and tables of numbers alone are taken as they are
    from trainables.core.errors import InvalidInput
    from trainables.core.preprocessing.preprocessor import Preprocessor

    try:
        preprocessor = Preprocessor(schema, scale).fit(train.X)
    except InvalidInput as error:
        raise DataError(str(error)) from error
    return Prepared(replace(train, X=preprocessor.transform(train.X)), preprocessor)
