"""What all autoencoders of images share: scaling, error, score, pictures."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from trainables.bases.minibatch import MinibatchDetector
from trainables.bases.torch_detector import Network
from trainables.components.reconstruction import Error, pixel_errors, reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import Modality, Supervision, hyperparameters
from trainables.networks.image_autoencoder import ImageAutoencoder


@hyperparameters
class ImageReconstruction(MinibatchDetector[Network]):
    """Minimises the mean squared error of scaled images; scores an image by its own error.

    A subclass gives `_network`, an `ImageAutoencoder` whose output lies in the range that `scaling`
    says, and where it has another loss or score, `_losses` or `_score_rows`.

    Parameters
    ----------
    score : {"mse", "rmse", "l1"}
        Error of an image.
    scaling : {"symmetric", "unit"}
        Pixels in -1 to 1 with a tanh, or 0 to 1 with a sigmoid at the end.
    batch_size : int
        Images per batch.
    """

    supervision: ClassVar[Supervision] = Supervision.ONE_CLASS
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.IMAGE})

    score: Error = "mse"
    scaling: Literal["symmetric", "unit"] = "symmetric"
    batch_size: Annotated[int, c.Interval(int, 1, 1_000_000)] = 128

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
        """What comes back of images (n, h, w, c), pixels 0 to 255, in the same shape and unit."""
        return self._gathered(X, lambda rows: self._net.pixels.back(self._net(self._net.pixels(rows))))

    def _error_map(self, X: NDArray[Any]) -> NDArray[np.float32]:
        return pixel_errors(X, self.reconstruct(X))

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Codes of images (n, h, w, c), shape (n, width of the code)."""
        return self._gathered(X, lambda rows: self._net.encode(self._net.pixels(rows)).flatten(1))

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, width of the code)."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._net.pixels.back(self._net.decode(z)))
