"""Detectors whose network and loss are DeepOD's, trained one epoch at a time."""

from __future__ import annotations

import importlib
import inspect
import math
import random
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.bases.torch_detector import EpochDetector, as_tensor, gpus_to_keep, resolve_device
from trainables.components.batches import bounded
from trainables.components.optimizers import Adam
from trainables.core import constraints as c
from trainables.core.detector import ANOMALY, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput, NonFiniteLoss

HINT = "deepod is not installed; try: pip install --no-deps deepod==0.4.1"
Activation = Literal["ReLU", "LeakyReLU", "Sigmoid", "Tanh"]


def library(module: str) -> Any:
    """A module of DeepOD, imported at its first use: it brings in pandas and all of its models.

    Raises
    ------
    ImportError
        If DeepOD is not there, with the command that installs it: its own pin of torch is one
        that no resolver can satisfy, so that the plain command fails.
    """
    try:
        return importlib.import_module(f"deepod.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "deepod":
            raise
        raise ImportError(HINT) from error


@contextmanager
def seeded(seed: int) -> Iterator[np.random.Generator]:
    """Seed the process's random states, which DeepOD draws from, and put them back afterwards.

    What it yields has the same seed, for draws that need no global state.
    """
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=gpus_to_keep()):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        try:
            yield np.random.default_rng(seed)
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


@hyperparameters
class DeepODDetector(EpochDetector[nn.Module]):
    """One of DeepOD's tabular models; a round is one epoch of at most `steps_per_epoch` batches.

    DeepOD's `fit` owns the loop over epochs. Here its parts are used by themselves: the set-up
    (`training_prepare`), the loss of a batch (`training_forward`), what it does after an epoch
    (`epoch_update`) and the score of a batch (`inference_forward`); batches are drawn here,
    since its loaders take one row at a time.

    A subclass names the `model`, as "module:class", and those of its hyperparameters that are `renamed` from
    DeepOD's; where DeepOD's own will not do, it gives `_batches`, `_loss`, `_score_rows`. Not used: its
    ensembles (each member overwrites the last) and `labels_`.

    Parameters
    ----------
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}
        After each hidden layer.
    weight_decay : float
        L2 in Adam's gradient.
    batch_size : int
        Rows per batch.
    steps_per_epoch : int
        Most batches of an epoch, which is one pass over the rows otherwise; 0 sets no limit.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    scoring_rows: ClassVar[int] = 1024  # at a time
    model: ClassVar[str]
    renamed: ClassVar[Mapping[str, str]] = {}
    serving_needs: ClassVar[tuple[str, ...]] = ("deepod",)

    activation: Activation = "LeakyReLU"
    weight_decay: c.Decay = 1e-5
    batch_size: c.Batch = 64
    steps_per_epoch: c.Batches = 200
    epochs: int = 100

    def _model(self) -> Any:
        """DeepOD's untrained object."""
        module, _, name = self.model.partition(":")
        made = getattr(library(f"models.tabular.{module}"), name)
        renamed = {"activation": "act", "hidden": "hidden_dims", **self.renamed}
        given = {renamed.get(name, name): value for name, value in self.get_params().items()} | {
            "device": str(self.device_),
            "verbose": 0,
            "random_state": self._seed_of(0),
            "n_ensemble": 1,
        }
        taken = inspect.signature(made).parameters.keys() & given.keys()
        return made(**{name: list(given[name]) if isinstance(given[name], tuple) else given[name] for name in taken})

    def _prepare(self, train: TrainData) -> None:
        """Whatever an epoch needs besides `self.rows_`."""

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        """The batches of an epoch: by default all rows once, in random order, or the first steps of that."""
        order = torch.from_numpy(rng.permutation(len(self.rows_))).to(self.device_)
        for index in order[: self.steps_ * self.batch_size].split(self.batch_size):
            if len(index) > 1 or len(order) == 1:  # a leftover row alone has no half to be compared with
                yield self._take(index)

    def _loss(self, batch: Any) -> Tensor:
        """The mean loss of a batch."""
        return self.model_.training_forward(batch, self.model_.net, self.model_.criterion)

    def _score_rows(self, rows: Tensor) -> Tensor:
        """Scores, shape (n,), of float rows on the device, in evaluation mode."""
        return self.model_.inference_forward(rows, self.model_.net, self.model_.criterion)[1]

    def _after_epoch(self) -> None:
        """What has to be brought up to date when the weights have changed."""
        self.model_.epoch_update()

    def _build(self) -> nn.Module:
        """Network and loss, as DeepOD draws them. It is shown no rows: none of that depends on them."""
        self.device_ = resolve_device(self.device)
        if self.device_.type == "cuda":
            torch.cuda.init()  # so that its random state is there to be kept
        width = math.prod(self.row_shape_)
        self._check_width(width)
        rows, labels = np.zeros((2, width), np.float32), np.array([0, 1])
        with seeded(self._seed_of(0)), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model_ = model = self._model()
            model.n_samples, model.n_features = rows.shape
            _, model.net, model.criterion = model.training_prepare(rows, labels)
        return model.net

    def _check_width(self, width: int) -> None:
        """Refuse rows that the method cannot take."""

    def _begin(self, train: TrainData) -> None:
        self.network_ = self._build()
        self.rows_ = as_tensor(train.X.reshape(len(train.X), -1)).to(self.device_)
        self.steps_ = math.ceil(len(self.rows_) / self.batch_size)
        if self.steps_per_epoch:
            self.steps_ = min(self.steps_, self.steps_per_epoch)
        parameters = list(self.network_.parameters())
        self.optimizer_ = Adam([{"params": parameters, "weight_decay": self.weight_decay}], self.lr)
        with seeded(self._seed_of(0)):
            self._prepare(train)

    def _train_round(self) -> dict[str, float]:
        self.network_.train()
        self._reduce("mean")
        total, steps = torch.zeros((), device=self.device_), 0
        with seeded(self._seed_of(self.rounds_done_ + 1)) as rng:
            for batch in self._batches(rng):
                loss = self._loss(batch)
                for grad in self.optimizer_.grads:
                    grad.zero_()
                loss.backward()
                self.optimizer_.step()
                total += loss.detach()
                steps += 1
            self._after_epoch()
        mean = float(total) / max(1, steps)
        if not math.isfinite(mean):
            raise NonFiniteLoss(f"{type(self).__name__}: loss is {mean} in epoch {self.rounds_done_ + 1}")
        return {"loss": mean}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        self.network_.eval()
        self._reduce("none")
        scores = np.empty(len(X), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(X), self.scoring_rows):
                chunk = X[start : start + self.scoring_rows]
                rows = as_tensor(chunk.reshape(len(chunk), -1)).to(self.device_, torch.float32)
                with seeded(self._seed_of(0)):  # whatever is drawn is the same for every row
                    scores[start : start + len(chunk)] = self._score_rows(rows).cpu().numpy()
        return scores

    def _take(self, index: Tensor) -> Tensor:
        return self.rows_[index].to(torch.float32)

    def _reduce(self, how: str) -> None:
        # DeepOD's inference switches its loss to one value per row and never switches it back
        if hasattr(self.model_.criterion, "reduction"):
            self.model_.criterion.reduction = how

    def _seed_of(self, round_: int) -> int:
        return int(np.random.SeedSequence([self.seed, round_]).generate_state(1)[0])


@hyperparameters
class FewLabelDeepODDetector(DeepODDetector):
    """A model that learns from a few labelled anomalies; every other row counts as unlabelled.

    Parameters
    ----------
    steps_per_epoch : int
        Most batches of an epoch, which has one per `batch_size` rows otherwise; 0 sets no limit.
    label_repeats : int
        Most draws of each labelled anomaly in an epoch, in the mean: fewer batches where labels are few (but 5).
        0 sets no limit.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    InvalidInput
        If all of them are labelled anomalies.
    """

    supervision: ClassVar[Supervision] = Supervision.FEW_LABEL
    needs_anomalies: ClassVar[bool] = True
    label_share: ClassVar[float]  # labelled anomalies that a batch draws, over `batch_size`

    label_repeats: c.Batches = 0

    def _prepare(self, train: TrainData) -> None:
        self.anomalies_ = np.flatnonzero(train.target == ANOMALY)
        per_batch = self.label_share * self.batch_size
        self.steps_ = bounded(self.steps_, len(self.anomalies_), per_batch, self.label_repeats)
        self.others_ = np.flatnonzero(train.target != ANOMALY)
        if len(self.others_) == 0:
            raise InvalidInput(f"{type(self).__name__}: all {len(train.X)} training rows are labelled anomalies")

    def _take(self, index: Any) -> Tensor:
        return super()._take(torch.as_tensor(index).to(self.device_))
