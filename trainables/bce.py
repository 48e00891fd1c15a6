"""BCE: a binary classifier of labelled anomalies against the rest."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from trainables.bases.labelled_batches import LabelledBatches
from trainables.core.detector import hyperparameters


@hyperparameters
class BCE(LabelledBatches):
    """Binary cross-entropy on one logit.

    s = phi(x); the mean over a batch of -y log sigma(s) - (1-y) log(1 - sigma(s)) is minimised,
    y = 1 for labelled anomalies. The score is s.

    Notes
    -----
    Rows that are not labelled anomalies count as normal. The paper's setting is images with
    outlier exposure, batches of 128 normal and 128 exposed ones; here the labelled anomalies
    of a table stand in for the exposed images and an MLP for the convolutional network. Adam
    1e-3, 200 epochs and a tenth of the rate after half and three quarters of them are those of
    the authors' code (liznerski/eoe).
    That code scores sigma(s), which ranks alike until it rounds to 1.

    References
    ----------
    Ruff et al. Rethinking Assumptions in Deep Anomaly Detection. ICML 2021 workshop, arXiv 2006.00339 (2020).
    """

    def _losses(self, output: Tensor, anomalous: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(output.squeeze(1), anomalous.to(output.dtype), reduction="none")
