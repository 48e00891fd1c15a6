"""Learning rates over a training run, as a share of it, so that they fit any number of epochs."""

from __future__ import annotations

from collections.abc import Sequence


def stepped(lr: float, milestones: Sequence[float], epoch: int, epochs: int) -> float:
    """The learning rate after `epoch` of `epochs` epochs: `lr`, a tenth of the one before from every milestone on.

    Milestones are shares of the whole run, in [0, 1]: .5 of 200 epochs is epoch 100.
    """
    return lr * 0.1 ** sum(epoch >= m * epochs for m in milestones)
