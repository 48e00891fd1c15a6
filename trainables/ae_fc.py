"""Fully connected autoencoder of images: what a narrow network cannot restore is anomalous."""

from __future__ import annotations

from trainables.bases.image_reconstruction import ImageReconstruction
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.image_autoencoder import ImageAutoencoder, channels_first, fully_connected


@hyperparameters
class AEFullyConnected(ImageReconstruction[ImageAutoencoder]):
    """Fully connected autoencoder: the error with which an image comes back through a narrow network.

    Pixels in [-1, 1] are flattened; D-h1-...-latent and the mirrored decoder, ReLU between layers
    and tanh at the end, minimise the mean squared error. The score of an image is its own error:
    mean squared, its root, or mean absolute, over pixels and channels.

    Parameters
    ----------
    hidden : sequence of int, default=(128, 64, 12)
        Widths between image and code; the decoder has them in reverse.
    latent : int, default=3
        Width of the code, which is linear.
    score : {"mse", "rmse", "l1"}, default="mse"
        Error of an image: mean squared, its root (which ranks alike), or mean absolute.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. The widths are
    those of the homework's 64 x 64 x 3 faces (12288-128-64-12-3). Deviation: batches that are not
    full are left out of an epoch, others each time.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    Hinton, Salakhutdinov. Reducing the Dimensionality of Data with Neural Networks. Science 2006.
    """

    hidden: c.Widths = (128, 64, 12)
    latent: c.Width = 3

    def _network(self, row_shape: tuple[int, ...]) -> ImageAutoencoder:
        return fully_connected(channels_first(row_shape), self.hidden, self.latent, self.scaling)
