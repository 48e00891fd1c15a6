"""What detectors with a generator share: optimisers of several networks, a check of its images, pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.bases.torch_detector import Network, TorchDetector
from trainables.components.optimizers import Adam, FlatOptimizer, Together
from trainables.components.pixels import Pixels
from trainables.components.reconstruction import pixel_errors
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput, ModeCollapse

MEASURED = 128
"""Images of each kind that are compared after a round."""
LEAST_DIVERSITY, COLLAPSED_ROUNDS = 0.01, 5
SETTLED_STEPS = 50
"""Steps of the generator before its images can be called alike: until then its batch normalisation still has much of
the statistics that it began with (.9^50 = .005)."""


@hyperparameters
class AdversarialDetector(TorchDetector[Network]):
    """A detector of images with networks that learn against each other.

    A subclass gives `_network`, whose `pixels` scale images, `_optimizers`, `_epoch`, `_score_rows` and `_restore`.

    Parameters
    ----------
    beta1 : float
        Of Adam: how much of the mean gradient is kept from step to step.
    beta2 : float
        Of Adam: how much of the mean square of the gradient is kept.
    batch_size : int
        Images per batch.
    batches_per_epoch : int
        Batches per pass; 0 is all images once.

    Raises
    ------
    InvalidInput
        With one training image, which batch normalisation cannot take.
    ModeCollapse
        If the generator, after its first fifty steps, makes the same image of every code, five rounds in a row.
    """

    supervision: ClassVar[Supervision] = Supervision.ONE_CLASS
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.IMAGE})

    lr: c.Rate = 2e-4
    beta1: c.Share = 0.5
    beta2: c.Share = 0.999
    batch_size: c.Batch = 64
    batches_per_epoch: c.Batches = 0

    @abstractmethod
    def _optimizers(self) -> dict[str, FlatOptimizer]:
        """Of each network, by name."""

    @abstractmethod
    def _restore(self, images: Tensor) -> Tensor:
        """What comes back of scaled images."""

    def _optimizer(self, groups: Any) -> FlatOptimizer:
        return Together(self._optimizers())

    def _adam(self, network: nn.Module, lr: float | None = None) -> FlatOptimizer:
        group = {"params": list(network.parameters()), "weight_decay": 0.0}
        return Adam([group], self.lr if lr is None else lr, (self.beta1, self.beta2))

    def _begin(self, train: TrainData) -> None:
        if len(train.X) < 2:
            raise InvalidInput(f"{type(self).__name__}: batch normalisation needs two training images or more, got 1")
        self.collapsed_ = 0
        super()._begin(train)

    def _descend_one(self, name: str, loss: Tensor) -> None:
        """One step of the network of that name; the others are left as they are."""
        assert isinstance(self.optimizer_, Together)
        self.optimizer_.descend(name, loss)

    def _generator_steps(self) -> float:
        """Steps of the generator so far."""
        assert isinstance(self.optimizer_, Together)
        return float(self.optimizer_.members["generator"].steps[0])

    @property
    def _pixels(self) -> Pixels:
        pixels = self.network_.pixels
        assert isinstance(pixels, Pixels)
        return pixels

    def _images(self, rows: Tensor) -> Tensor:
        """Scaled images of a batch of training rows, augmented."""
        return self._pixels(rows if self.augment_ is None else self.augment_(rows)).contiguous()

    def _sample(self) -> Tensor:
        """Scaled training images, at most `MEASURED`, to look at after a round."""
        index = torch.randperm(len(self.rows_), device=self.device_)[:MEASURED]
        return self._pixels(self.rows_[index].to(torch.float32)).contiguous()

    def _diversity(self, generated: Tensor, real: Tensor, trained: bool = True) -> float:
        """Mean distance of two generated images over that of two real ones.

        Raises
        ------
        ModeCollapse
            Where it was next to nothing after `COLLAPSED_ROUNDS` rounds in a row in which the generator was trained,
            `SETTLED_STEPS` steps or more since its start.
        """
        spread = float(torch.pdist(real.flatten(1).float()).mean())
        if not spread:  # all images are alike: so should those be that are made
            return 1.0
        diversity = float(torch.pdist(generated.flatten(1).float()).mean()) / spread
        if trained and self._generator_steps() >= SETTLED_STEPS:
            self.collapsed_ = self.collapsed_ + 1 if diversity < LEAST_DIVERSITY else 0
        if self.collapsed_ >= COLLAPSED_ROUNDS:
            raise ModeCollapse(
                f"{type(self).__name__}: for {COLLAPSED_ROUNDS} rounds generated images differ from each other by less "
                f"than {LEAST_DIVERSITY:.0%} of what real ones do"
            )
        return diversity

    def _extra(self) -> dict[str, Any]:
        return {"collapsed": self.collapsed_} if hasattr(self, "collapsed_") else {}

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        self.collapsed_ = int(state.get("collapsed", 0))

    def reconstruct(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What comes back of images (n, h, w, c), pixels 0 to 255, in the same shape and unit."""
        return self._gathered(X, lambda rows: self._pixels.back(self._restore(self._pixels(rows).contiguous())))

    def _error_map(self, X: NDArray[Any]) -> NDArray[np.float32]:
        return pixel_errors(X, self.reconstruct(X))
