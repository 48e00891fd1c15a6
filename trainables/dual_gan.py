"""GAN with two discriminators: restores normal images and is kept from restoring known anomalies."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.adversarial import AdversarialDetector
from trainables.components.batches import draw_batches
from trainables.components.optimizers import FlatOptimizer, Together
from trainables.components.pixels import Pixels
from trainables.components.reconstruction import reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput
from trainables.networks.gan.transposed import normal_start
from trainables.networks.gan.unet import UNet, patch_discriminator
from trainables.networks.image_autoencoder import channels_first


def abc_loss(distance: Tensor) -> Tensor:
    """Mean of -log(1 - e^-d) over the distances d of images: large where an anomaly comes back well."""
    return -torch.log(-torch.expm1(-distance.clamp(min=1e-6))).mean()


def patch_loss(images: Tensor, restored: Tensor, patch: int, count: int) -> Tensor:
    """Mean of the `count` largest mean |x - x'| over square patches that overlap by half, of each image."""
    side = min(patch, *images.shape[2:])
    means = F.avg_pool2d((images - restored).abs().mean(1, keepdim=True), side, max(1, side // 2)).flatten(1)
    return means.topk(min(count, means.shape[1]), dim=1).values.mean()


def judged(logits: Tensor, real: bool) -> Tensor:
    """Mean binary cross-entropy of logits for images that are to be taken for real, or not."""
    return F.softplus(-logits if real else logits).float().mean()


class DualGANNetwork(nn.Module):
    """A generator that restores images, a discriminator of normal ones, and one of anomalies."""

    def __init__(self, generator: UNet, normal: nn.Module, anomalous: nn.Module | None, scaling: str) -> None:
        super().__init__()
        self.pixels = Pixels(scaling)
        self.generator, self.normal, self.anomalous = generator, normal, anomalous
        normal_start(self)


@hyperparameters
class DualGAN(AdversarialDetector[DualGANNetwork]):
    """GAN with two discriminators: s(x) = mean |x - G(x)|.

    With x' = G(x) and d = mean |x - x'| a U-net G minimises, on a batch of normal images,
    w_l1 d + w_latent mean |b(x) - b(x')| + w_patch P(x, x') + w_normal BCE(D_N(x'), 1), b being its bottleneck and
    P the mean of the largest errors of patches; and on a batch of labelled anomalies
    w_abc mean -log(1 - e^-d) + w_anomalous BCE(D_A(x'), 0). The discriminators judge patches:
    D_N learns ½ (BCE(D_N(x), 1) + BCE(D_N(x'), 0)) on normal images, D_A the same on anomalies.

    Parameters
    ----------
    width : float, default=1.0
        Factor of the channels of all networks.
    discriminators : {1, 2}, default=2
        With 1 there is no D_A, and anomalies count by w_abc alone.
    skips : bool, default=True
        Whether the decoder sees the encoder's maps.
    output : {"tanh", "sigmoid", "none"}, default="tanh"
        At the end of G; with "sigmoid" pixels are scaled to 0 to 1, else to -1 to 1.
    weight_l1 : float, default=1.0
        w_l1.
    weight_latent : float, default=1.0
        w_latent.
    weight_patch : float, default=1.5
        w_patch.
    weight_normal : float, default=1.0
        w_normal.
    weight_abc : float, default=1.0
        w_abc.
    weight_anomalous : float, default=1.0
        w_anomalous.
    weight_discriminator : float, default=0.5
        Weight of D_A's own loss; D_N's has 1.
    patch : int, default=8
        Side of the patches; the next one is half of it further.
    patch_count : int, default=10
        How many of the largest errors count.
    patch_gradient : bool, default=True
        Whether the patches' loss trains G. In the public code it does not, because it is copied out of the graph.
    halvings : int, default=3
        How often the learning rate is halved, at equal distances over `epochs`.
    lr : float, default=1e-4
        Learning rate of all networks.
    batch_size : int, default=16
        Images of a batch of each kind.
    epochs : int, default=200
        Passes over the normal images; anomalies are drawn with replacement.

    Raises
    ------
    MissingAnomalies
        If the training images hold no labelled anomaly.
    InvalidInput
        If there is no normal image, or one is smaller than 16 x 16.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats, of 16 x 16 pixels at least. It learns from labelled
    anomalies: on sets of several classes, such as `mnist`, `protocol` balanced gives it some. The paper knows no
    tables.
    The discriminators step before G. Weights, networks and schedule are those of a public implementation that is in all
    likelihood the authors' (images of 128 x 128 there, with patches of 32); a report with the same method has others.
    The default batch is this project's; there it is 1.

    References
    ----------
    Kim, Jeong, Kim, Choi, Nam. GAN-Based Anomaly Detection in Imbalance Problems. ECCV workshops 2020.
    """

    supervision: ClassVar[Supervision] = Supervision.SUPERVISED
    needs_anomalies: ClassVar[bool] = True

    width: Annotated[float, c.Interval(float, 0, 8, closed="right")] = 1.0
    discriminators: Literal[1, 2] = 2
    skips: bool = True
    output: Literal["tanh", "sigmoid", "none"] = "tanh"
    weight_l1: c.Weight = 1.0
    weight_latent: c.Weight = 1.0
    weight_patch: c.Weight = 1.5
    weight_normal: c.Weight = 1.0
    weight_abc: c.Weight = 1.0
    weight_anomalous: c.Weight = 1.0
    weight_discriminator: c.Weight = 0.5
    patch: Annotated[int, c.Interval(int, 1, 1024)] = 8
    patch_count: Annotated[int, c.Interval(int, 1, 65536)] = 10
    patch_gradient: bool = True
    halvings: Annotated[int, c.Interval(int, 0, 100)] = 3
    lr: float = 1e-4
    batch_size: Annotated[int, c.Interval(int, 1, 1_000_000)] = 16
    epochs: int = 200

    def _network(self, row_shape: tuple[int, ...]) -> DualGANNetwork:
        image = channels_first(row_shape)
        generator = UNet(image, self.width, self.skips, self.output)
        normal = patch_discriminator(image, self.width)
        anomalous = patch_discriminator(image, self.width) if self.discriminators == 2 else None
        return DualGANNetwork(generator, normal, anomalous, "unit" if self.output == "sigmoid" else "symmetric")

    def _optimizers(self) -> dict[str, FlatOptimizer]:
        net = self.network_
        made = {"generator": self._adam(net.generator), "normal": self._adam(net.normal)}
        return made if net.anomalous is None else {**made, "anomalous": self._adam(net.anomalous)}

    def _prepare(self, train: TrainData) -> None:
        anomalous = train.target == ANOMALY
        if anomalous.all():
            raise InvalidInput("DualGAN learns to restore normal images, and the training images have none")
        self.normal_, self.anomalies_ = (
            torch.from_numpy(np.flatnonzero(of)).to(self.device_) for of in (~anomalous, anomalous)
        )

    def _epoch(self) -> dict[str, float]:
        assert isinstance(self.optimizer_, Together)
        for member in self.optimizer_.members.values():
            member.lr = self.lr * 0.5 ** (self.rounds_done_ * (self.halvings + 1) // self.epochs)
        index = draw_batches(len(self.normal_), self.batch_size, self.batches_per_epoch, self.device_)
        totals: dict[str, Tensor] = {}
        for numbers in index:
            anomalies = torch.randint(len(self.anomalies_), (len(numbers),), device=self.device_)
            losses = {
                **self._learn_normal(self._batch(self.normal_[numbers])),
                **self._learn_anomalies(self._batch(self.anomalies_[anomalies])),
            }
            self._descend_one("generator", losses["generator"] + losses.pop("generator_anomalous"))
            for name, loss in losses.items():
                totals[name] = totals.get(name, 0.0) + loss.detach()
        return {name: float(total) / len(index) for name, total in totals.items()}

    def _batch(self, numbers: Tensor) -> Tensor:
        return self._images(self.rows_[numbers].to(torch.float32))

    def _learn_normal(self, images: Tensor) -> dict[str, Tensor]:
        """A step of D_N; the generator's loss and its parts."""
        net = self.network_
        with self._precision():
            restored, bottleneck = net.generator.both(images)
            own = self._discriminate(net.normal, images, restored)
        self._descend_one("normal", own)
        with self._precision():
            again = net.generator.bottleneck(restored)
            adversarial = judged(net.normal(restored), real=True)
        shown = restored if self.patch_gradient else restored.detach()
        parts = {
            "l1": F.l1_loss(restored.float(), images),
            "latent": F.l1_loss(again.float(), bottleneck.float()),
            "patch": patch_loss(images, shown.float(), self.patch, self.patch_count),
            "adversarial_normal": adversarial,
        }
        weights = (self.weight_l1, self.weight_latent, self.weight_patch, self.weight_normal)
        total = torch.stack([w * loss for w, loss in zip(weights, parts.values(), strict=True)]).sum()
        return {"generator": total, "discriminator_normal": own, **parts}

    def _learn_anomalies(self, images: Tensor) -> dict[str, Tensor]:
        """A step of D_A, where there is one; the generator's loss on anomalies and its parts."""
        net = self.network_
        with self._precision():
            restored = net.generator(images)
        parts = {"abc": abc_loss(reconstruction_error(images, restored, "l1"))}
        total = self.weight_abc * parts["abc"]
        if net.anomalous is not None:
            with self._precision():
                own = self._discriminate(net.anomalous, images, restored)
            self._descend_one("anomalous", self.weight_discriminator * own)
            with self._precision():
                adversarial = judged(net.anomalous(restored), real=False)
            total = total + self.weight_anomalous * adversarial
            parts |= {"discriminator_anomalous": own, "adversarial_anomalous": adversarial}
        return {"generator_anomalous": total, **parts}

    def _discriminate(self, discriminator: nn.Module, images: Tensor, restored: Tensor) -> Tensor:
        real, made = discriminator(images), discriminator(restored.detach())
        return 0.5 * (judged(real, real=True) + judged(made, real=False))

    def _score_rows(self, rows: Tensor) -> Tensor:
        images = self._pixels(rows).contiguous()
        return reconstruction_error(images, self.network_.generator(images), "l1")

    def _restore(self, images: Tensor) -> Tensor:
        return self.network_.generator(images)

    def _error_map(self, X: Any) -> Any:
        return np.abs(self.reconstruct(X) - X.astype(np.float32)).mean(-1)
