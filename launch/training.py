"""From the rows of a split to what a detector may see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainables.core.detector import TrainData

if TYPE_CHECKING:
    from datasets.parts import Part


def train_data(part: Part) -> TrainData:
    """Training rows for a detector: of the labels, what the part says may be seen."""
    if part.target is None:
        return TrainData.from_labels(part.X, part.y)
    return TrainData(part.X, part.target)
