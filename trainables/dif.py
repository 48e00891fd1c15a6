"""DIF: isolation forests on random neural representations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from torch import Tensor, nn

from trainables.bases.deepod_detector import Activation, library, seeded
from trainables.bases.torch_detector import as_tensor, resolve_device
from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput, NotFitted
from trainables.core.sklearn_state import check_tree, flat

CHUNK = 8192


class Tree(NamedTuple):
    """The nodes of an isolation tree, parents before children; a leaf's children are -1."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    column: NDArray[np.int64]
    threshold: NDArray[np.float64]
    size: NDArray[np.int64]


class Member(NamedTuple):
    """A random representation tanh((net(x) - mean) / scale) and the trees on it."""

    network: nn.Module
    mean: Tensor
    scale: Tensor
    trees: list[Tree]


def average_path(size: NDArray[np.int64]) -> NDArray[np.float64]:
    """c(m) = 2 (ln(m-1) + gamma) - 2 (m-1)/m, the mean length of an unsuccessful search; c(2) = 1, c(1) = 0."""
    m = np.maximum(size, 3).astype(float)
    return np.select([size <= 1, size == 2], [0.0, 1.0], 2 * (np.log(m - 1) + np.euler_gamma) - 2 * (m - 1) / m)


def walk(tree: Tree, Z: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth h and mean deviation g of each row in a tree, each of shape (n,).

    h counts the splits on the row's path, plus c(size) of its leaf; g is the mean of
    |z_column - threshold| over those splits.
    """
    n = len(Z)
    node, alive = np.zeros(n, np.int64), np.arange(n)
    splits, deviation = np.zeros(n), np.zeros(n)
    while True:
        at = node[alive]
        inner = tree.left[at] != -1
        alive, at = alive[inner], at[inner]
        if len(alive) == 0:
            break
        value, threshold = Z[alive, tree.column[at]], tree.threshold[at]
        node[alive] = np.where(value <= threshold, tree.left[at], tree.right[at])
        splits[alive] += 1
        deviation[alive] += np.abs(value - threshold)
    return splits + average_path(tree.size[node]), deviation / (splits + 1e-6)


@hyperparameters
class DIF(Detector):
    """Deep isolation forest: isolation trees on the outputs of random, untrained networks.

    Member m maps rows by a network with weights ~ N(0, 1), standardises and squashes,
    z = tanh((net_m(x) - mean) / std), and grows trees on it. With h the mean depth in them, c
    that of a search among `max_samples` rows, and g the mean distance |z_j - threshold| to the
    splits on the way,

    s(x) = mean_m 2^(-h_m(x) / c) g_m(x).

    Parameters
    ----------
    members : int, default=50
        Representations of the whole ensemble.
    trees : int, default=6
        Trees on each.
    max_samples : int, default=256
        Rows drawn without replacement for each tree; more than there are is all of them.
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers of a network.
    rep_dim : int, default=128
        Width of a representation.
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="ReLU"
        After each hidden layer.
    bias : bool, default=False
        Whether layers have a bias.
    rounds : int, default=10
        Round r of R grows the ensemble to ceil(members r / R).
    seed : int, default=0
        Seed of weights, rows and splits.
    device : str, default="auto"
        "auto", "cpu" or "cuda", for the networks; trees are on the CPU.

    Raises
    ------
    InvalidInput
        If there is a single training row.

    Notes
    -----
    Networks are DeepOD 0.4.1's, and so are the seeds of the members: with the same seed they are
    the same ensemble, and score training rows alike. Deviation from DeepOD and from the
    authors' code: those standardise a representation anew with the mean and deviation of the
    rows that are being scored, so that a score hangs on the rows around it (and a row by
    itself is always scored as the mean); here mean and deviation are the training rows'.

    References
    ----------
    Xu, Pang, Wang, Wang. Deep Isolation Forest for Anomaly Detection. IEEE TKDE, 2023.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    fidelity: ClassVar[Fidelity] = Fidelity.TREES
    serving_needs: ClassVar[tuple[str, ...]] = ("deepod",)
    rounds_parameter: ClassVar[str | None] = "rounds"

    members: Annotated[int, c.Interval(int, 1, 10_000)] = 50
    trees: Annotated[int, c.Interval(int, 1, 10_000)] = 6
    max_samples: Annotated[int, c.Interval(int, 2, 1_000_000_000)] = 256
    hidden: c.Widths = (100, 50)
    rep_dim: c.Width = 128
    activation: Activation = "ReLU"
    bias: bool = False
    rounds: Annotated[int, c.Interval(int, 1, 100_000)] = 10
    seed: int = 0
    device: str = "auto"

    def _begin(self, train: TrainData) -> None:
        if len(train.X) < 2:
            raise InvalidInput("DIF splits rows from each other: it needs 2 training rows, got 1")
        self.device_ = resolve_device(self.device)
        self.rows_ = flat(train.X)
        self.sample_ = min(self.max_samples, len(self.rows_))
        self.members_: list[Member] = []
        library("core.networks.base_networks")

    def _train_round(self) -> dict[str, float]:
        wanted = math.ceil(self.members * min(self.rounds_done_ + 1, self.rounds) / self.rounds)
        # DeepOD's own way to draw them
        seeds = np.random.RandomState(self.seed).randint(0, 100_000, self.members)
        for seed in seeds[len(self.members_) : wanted]:
            self.members_.append(self._grow(int(seed)))
        return {}

    def _network(self) -> nn.Module:
        return library("core.networks.base_networks").MLPnet(
            math.prod(self.row_shape_), list(self.hidden), self.rep_dim, activation=self.activation, bias=self.bias
        )

    def _grow(self, seed: int) -> Member:
        with seeded(seed):
            network = self._network()
            torch.manual_seed(seed)
            for layer in network.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight)
        network.to(self.device_).requires_grad_(False)
        Z = torch.cat(list(self._outputs(network, self.rows_)))
        parts = Z.split(CHUNK)  # views: neither sums in float64 nor squashing hold a second table
        mean = torch.stack([part.double().sum(0) for part in parts]).sum(0) / len(Z)
        squares = torch.stack([(part.double() - mean).square().sum(0) for part in parts]).sum(0)
        scale = (squares / len(Z)).sqrt()
        scale[scale < 1e-9 * (1 + mean.abs())] = 1.0  # a value that is the same for all rows
        member = Member(network, mean.float(), scale.float(), [])
        for part in parts:
            part.copy_(squash(member, part))
        forest = IsolationForest(n_estimators=self.trees, max_samples=self.sample_, random_state=seed)
        for grown in forest.fit(Z.numpy()).estimators_:
            tree = grown.tree_
            left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
            column = tree.feature.astype(np.int64)
            size = tree.n_node_samples.astype(np.int64)
            member.trees.append(Tree(left, right, column, np.array(tree.threshold), size))
        return member

    def _outputs(self, network: nn.Module, X: NDArray[Any]) -> Iterator[Tensor]:
        for start in range(0, len(X), CHUNK):
            with torch.inference_mode():
                out = network(as_tensor(X[start : start + CHUNK]).to(self.device_, torch.float32))
            yield out.cpu()

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if not self.members_:
            raise NotFitted("DIF has no trees yet: train a round before scoring")
        rows = flat(X)
        search = float(average_path(np.array([self.sample_]))[0])
        total = np.zeros(len(rows))
        for member in self.members_:
            start = 0
            for out in self._outputs(member.network, rows):
                Z = squash(member, out).numpy()
                depths, deviations = zip(*(walk(tree, Z) for tree in member.trees), strict=True)
                part = 2.0 ** (-np.mean(depths, axis=0) / search) * np.mean(deviations, axis=0)
                total[start : start + len(part)] += part
                start += len(part)
        return total / len(self.members_)

    def _state(self) -> dict[str, Any]:
        return {
            "sample": self.sample_,
            "members": [
                {
                    "network": {k: v.cpu().clone() for k, v in member.network.state_dict().items()},
                    "mean": member.mean.clone(),
                    "scale": member.scale.clone(),
                    "trees": [tree._asdict() for tree in member.trees],
                }
                for member in self.members_
            ],
        }

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.device_ = resolve_device(self.device)
        self.sample_ = int(state["sample"])
        self.members_ = []
        for saved in state["members"]:
            trees = [Tree(**tree) for tree in saved["trees"]]
            for tree in trees:
                check_tree(tree.left, tree.right, tree.column, tree.left != -1, self.rep_dim)
            with seeded(0):
                network = self._network()
            network.load_state_dict(saved["network"])
            network.to(self.device_).requires_grad_(False)
            self.members_.append(Member(network, saved["mean"], saved["scale"], trees))


def squash(member: Member, outputs: Tensor) -> Tensor:
    """The representation of rows from what the member's network makes of them."""
    return torch.tanh((outputs - member.mean) / member.scale)
