"""What all autoencoders of images share: scaling, error, score, pictures."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.reconstruction import ERRORS, reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision
from trainables.networks.image_autoencoder import ImageAutoencoder

SCALINGS = ("symmetric", "unit")
CONSTRAINTS: dict[str, tuple[c.Constraint, ...]] = {
    "score": (c.Options(ERRORS),),
    "scaling": (c.Options(SCALINGS),),
    "lr": (c.Interval(float, 0, 10, closed="right"),),
    "weight_decay": (c.Interval(float, 0, 10),),
    "batch_size": (c.Interval(int, 1, 1_000_000),),
    "epochs": (c.Interval(int, 1, 1_000_000),),
}


class ImageReconstruction(MinibatchDetector):
    """Minimises the mean squared error of scaled images; scores an image by its own error.

    A subclass gives `_network`, an `ImageAutoencoder` whose output lies in the range that `scaling`
    says, and where it has another loss or score, `_losses` or `_score_rows`.
    """

    supervision: ClassVar[Supervision] = Supervision.ONE_CLASS
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.IMAGE})

    score: str
    scaling: str

    @property
    def _net(self) -> ImageAutoencoder:
        assert isinstance(self.network_, ImageAutoencoder)
        return self.network_

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        images = self._net.pixels(rows)
        return {"loss": reconstruction_error(images, self._net(images)).mean()}

    def _score_rows(self, rows: Tensor) -> Tensor:
        images = self._net.pixels(rows)
        return reconstruction_error(images, self._net(images), self.score)

    def reconstruct(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What comes back of images.

        Parameters
        ----------
        X : ndarray of shape (n, h, w, c)
            Pixels 0 to 255.

        Returns
        -------
        ndarray of shape (n, h, w, c), float32, 0 to 255
        """
        return self._gathered(X, lambda rows: self._net.pixels.back(self._net(self._net.pixels(rows))))

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Codes of images (n, h, w, c), shape (n, width of the code)."""
        return self._gathered(X, lambda rows: self._net.encode(self._net.pixels(rows)).flatten(1))

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, width of the code)."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._net.pixels.back(self._net.decode(z)))
