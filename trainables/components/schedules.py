"""Learning rates over a training run, as a share of it, so that they fit any number of epochs."""

from __future__ import annotations

from collections.abc import Sequence


def stepped(lr: float, milestones: Sequence[float], epoch: int, epochs: int) -> float:
    """The learning rate of one epoch, a tenth of the one before at every milestone.

    Parameters
    ----------
    lr : float
        The first learning rate.
    milestones : sequence of float
        Shares of the whole run, in [0, 1]: .5 of 200 epochs is epoch 100.
    epoch : int
        Epochs done before this one.
    epochs : int
        Epochs of the whole run.
    """
    return lr * 0.1 ** sum(epoch >= m * epochs for m in milestones)
