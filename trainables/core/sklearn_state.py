"""What the detectors backed by scikit-learn share: flat rows, 0/1 labels, and states through skops."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import ANOMALY, TrainData
from trainables.core.errors import InvalidInput, UntrustedState


def flat(X: NDArray[Any]) -> NDArray[Any]:
    """Rows as (n, d): an image becomes one long row; no copy where the memory is contiguous."""
    return X.reshape(len(X), -1)


def anomaly_labels(train: TrainData) -> NDArray[np.int8]:
    """1 for labelled anomalies, 0 for the rest, shape (n,).

    Raises
    ------
    InvalidInput
        If every row is an anomaly: there is nothing to tell them from.
    """
    labels = (train.target == ANOMALY).astype(np.int8)
    if labels.all():
        raise InvalidInput(f"all {len(labels)} training rows are labelled anomalies, a classifier needs others too")
    return labels


def dump(estimator: Any) -> NDArray[np.uint8]:
    """A fitted estimator as the bytes of a skops file, shape (bytes,)."""
    import skops.io  # takes seconds: it walks through all of scikit-learn

    return np.frombuffer(bytearray(skops.io.dumps(estimator)), np.uint8)


def load(data: NDArray[np.uint8], trusted: tuple[str, ...]) -> Any:
    """The estimator from the bytes of `dump`.

    Parameters
    ----------
    data : ndarray of shape (bytes,), uint8
    trusted : tuple of str
        Full names of the types that are let in beside those that skops trusts by itself.

    Raises
    ------
    UntrustedState
        Naming the types that are not in the list. None of them is constructed.
    """
    import skops.io  # see `dump`
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.loads(np.ascontiguousarray(data).tobytes(), trusted=list(trusted))
    except UntrustedTypesFoundException as error:
        summary = str(error).partition("\n")[0].rstrip(".")
        raise UntrustedState(f"{summary}; trusted are {', '.join(trusted) or 'none'}") from error


def check_tree(
    left: NDArray[Any], right: NDArray[Any], feature: NDArray[Any], inner: NDArray[np.bool_], features: int
) -> None:
    """Check that a stored tree can be walked: scikit-learn follows its indices without looking.

    Parameters
    ----------
    left, right, feature : ndarray of int, shape (nodes,)
        Children and split column of each node, parents before children.
    inner : ndarray of bool, shape (nodes,)
        Which nodes are split.
    features : int
        Columns of a row.

    Raises
    ------
    UntrustedState
        If a child or a column does not exist, or the walk could go round in circles.
    """
    parents = np.flatnonzero(inner)
    for child in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        if ((child <= parents) | (child >= len(left))).any():
            raise UntrustedState("a stored tree has a node whose child does not exist")
    columns = feature[inner].astype(np.int64)
    if ((columns < 0) | (columns >= features)).any():
        raise UntrustedState(f"a stored tree splits on a column outside 0..{features - 1}")
