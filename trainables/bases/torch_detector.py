"""Epochs, seeds, optimiser, chunked scoring and exact resume for detectors in torch."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.components import flat_parameters
from trainables.components.optimizers import Adam, FlatOptimizer
from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, TrainData, check_rows, hyperparameters
from trainables.core.errors import InvalidHyperparameter, NonFiniteLoss, NotFitted

Network = TypeVar("Network", bound=nn.Module)

SCORING_BYTES, SCORING_BYTES_GPU = 256 << 10, 64 << 20
SCORING_ROWS = 8192


@hyperparameters
class EpochDetector(Detector, Generic[Network]):
    """A detector whose round is one epoch of gradient steps on `self.network_`.

    The randomness of epoch r depends on `seed` and r alone, so a state taken between
    epochs continues bit for bit. The global random state of the process is left as it was.

    Parameters
    ----------
    lr : float
        Learning rate of Adam.
    epochs : int
        Rounds of a whole training run.
    seed : int
        Seed of weights and batches.
    device : str
        "auto", "cpu" or "cuda".

    Raises
    ------
    NonFiniteLoss
        If training diverges.
    """

    fidelity: ClassVar[Fidelity] = Fidelity.EPOCHS
    rounds_parameter: ClassVar[str | None] = "epochs"

    lr: c.Rate = 1e-3
    epochs: c.Epochs = 50
    seed: int = 0
    device: str = "auto"

    @abstractmethod
    def _build(self) -> Network:
        """A fresh network on `device_`, which it sets."""

    def _extra(self) -> dict[str, Any]:
        """What a state holds besides network and optimiser."""
        return {}

    def _load_extra(self, state: Mapping[str, Any]) -> None:
        """Restore `_extra`."""

    def _state(self) -> dict[str, Any]:
        state = {"network": {k: v.cpu().clone() for k, v in self.network_.state_dict().items()}, **self._extra()}
        if hasattr(self, "optimizer_"):
            state["optimizer"] = self.optimizer_.state_dict()
        return state

    def _load_state(self, state: Mapping[str, Any]) -> None:
        if not hasattr(self, "optimizer_"):
            self.network_ = self._build()
        self.network_.load_state_dict(state["network"])
        self._load_extra(state)
        if hasattr(self, "optimizer_") and "optimizer" in state:
            self.optimizer_.load_state_dict(state["optimizer"])


class TorchDetector(EpochDetector[Network]):
    """A detector with a network and an epoch of its own.

    A subclass gives `_network`, `_prepare`, `_epoch` and `_score_rows`; it calls `self._descend` with
    the loss of a batch, or `self._step` after its gradients are in place.
    """

    @abstractmethod
    def _network(self, row_shape: tuple[int, ...]) -> Network:
        """A freshly initialised network."""

    def _prepare(self, train: TrainData) -> None:
        """Whatever an epoch needs besides `self.rows_`."""

    @abstractmethod
    def _epoch(self) -> dict[str, float]:
        """Train one epoch; return mean losses by name."""

    @abstractmethod
    def _score_rows(self, rows: Tensor) -> Tensor:
        """Scores, shape (n,), of float rows on the device, in evaluation mode."""

    def _parameter_groups(self) -> list[dict[str, Any]]:
        """Groups of `params` with their `weight_decay`; by default every parameter alike."""
        return [{"params": list(self.network_.parameters()), "weight_decay": getattr(self, "weight_decay", 0.0)}]

    def _optimizer(self, groups: Sequence[Mapping[str, Any]]) -> FlatOptimizer:
        """The optimiser of groups of parameters, which it makes views of one flat buffer each."""
        return Adam(groups, self.lr)

    def _build(self) -> Network:
        self.device_ = resolve_device(self.device)
        with torch.random.fork_rng(devices=gpus_to_keep()):
            return self._network(self.row_shape_).to(self.device_)

    def _begin(self, train: TrainData) -> None:
        self.device_ = resolve_device(self.device)
        self.rows_ = as_tensor(train.X).to(self.device_)
        self.augment_ = train.augment
        with torch.random.fork_rng(devices=gpus_to_keep()):
            torch.manual_seed(self._seed_of(0))
            self.network_ = self._network(self.row_shape_).to(self.device_)
            self.network_.train()
            self.optimizer_ = self._optimizer(self._parameter_groups())
            self._prepare(train)

    def _train_round(self) -> dict[str, float]:
        with torch.random.fork_rng(devices=gpus_to_keep()):
            torch.manual_seed(self._seed_of(self.rounds_done_ + 1))
            self.network_.train()
            losses = self._epoch()
        for name, value in losses.items():
            if not math.isfinite(value):
                raise NonFiniteLoss(f"{type(self).__name__}: {name} is {value} in epoch {self.rounds_done_ + 1}")
        return losses

    def _descend(self, loss: Tensor) -> None:
        """One step against the gradient of a loss."""
        for grad in self.optimizer_.grads:
            grad.zero_()
        loss.backward()
        self._step()

    def _step(self, clip_norm: float = 0.0) -> None:
        if clip_norm:
            flat_parameters.clip_(self.optimizer_.grads, clip_norm)
        self.optimizer_.step()

    def _precision(self) -> torch.autocast:
        """Where networks run in bfloat16 and losses in float32: images on a GPU. Elsewhere all is float32."""
        mixed = self.device_.type == "cuda" and len(self.row_shape_) > 1
        return torch.autocast(self.device_.type, torch.bfloat16, enabled=mixed)

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        scores = np.empty(len(X), dtype=np.float32)
        for chunk, results in self._in_chunks(X, self._score_rows):
            scores[chunk] = results.cpu().numpy()
        return scores

    def _in_chunks(self, X: NDArray[Any], function: Callable[[Tensor], Tensor]) -> Iterator[tuple[slice, Tensor]]:
        """`function` of float rows on the device, chunk by chunk, in evaluation mode, with the place of each chunk."""
        self.network_.eval()
        # small chunks stay in the cache, and one array for all results keeps the heap from growing
        room = SCORING_BYTES if self.device_.type == "cpu" else SCORING_BYTES_GPU
        step = min(SCORING_ROWS, max(64, room // (4 * math.prod(X.shape[1:]))))
        with torch.inference_mode(), self._precision():
            for start in range(0, len(X), step):
                rows = as_tensor(X[start : start + step]).to(self.device_, torch.float32)
                yield slice(start, start + step), function(rows).to(torch.float32)

    def _gathered(self, X: NDArray[Any], function: Callable[[Tensor], Tensor]) -> NDArray[np.float32]:
        """`function` of rows, or of codes, chunk by chunk, as one array."""
        if not hasattr(self, "network_"):
            raise NotFitted(f"{type(self).__name__}: fit it first")
        return np.concatenate([results.cpu().numpy() for _, results in self._in_chunks(check_rows(X), function)])

    def _seed_of(self, round_: int) -> int:
        return int(np.random.SeedSequence([self.seed, round_]).generate_state(1, np.uint64)[0] >> 1)


def gpus_to_keep() -> list[int]:
    """GPUs whose global random state a seed would change: `torch.manual_seed` seeds them all."""
    return list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []


def resolve_device(name: str) -> torch.device:
    """`auto` is the first GPU this process may use, else the CPU.

    Raises
    ------
    InvalidHyperparameter
        If a GPU is asked for by name and there is none.
    """
    if name == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InvalidHyperparameter(f"device={name!r}, but torch sees no GPU here; use device='auto' or 'cpu'")
    return torch.device(name)


def as_tensor(X: NDArray[Any]) -> Tensor:
    """A tensor on the array's own memory. It may be read-only and shared: it is never written to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(X)
