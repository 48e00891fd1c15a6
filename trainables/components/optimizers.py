"""Adam, RMSprop and Adadelta over a few flat tensors, through torch's own functional kernels, alone or together.

`torch.optim`'s classes import the compiler when the first one is made: 1.1 s in every
worker process, which is more than many trials take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim.adadelta import adadelta
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop

from trainables.components.flat_parameters import flatten, views

Group = Mapping[str, Any]


class FlatOptimizer:
    """Keeps moments beside flat parameters and steps them in place.

    Parameters
    ----------
    groups : sequence of mapping
        `params` and `weight_decay` of each; the parameters of a group are moved into one flat
        `tensor`, of which they become views.
    lr : float
        Learning rate; assign `lr` to change it.
    """

    kept: ClassVar[int] = 2
    """Tensors kept per parameter."""

    def __init__(self, groups: Sequence[Group], lr: float) -> None:
        self.groups = [{**group, "tensor": flatten(group["params"])} for group in groups]
        self.lr = lr
        self.moments = [[torch.zeros_like(g["tensor"]) for _ in range(self.kept)] for g in self.groups]
        self.steps = [torch.zeros((), device=g["tensor"].device) for g in self.groups]

    @property
    def grads(self) -> list[Tensor]:
        """The flat gradients."""
        return [g["tensor"].grad for g in self.groups]

    @torch.no_grad()
    def step(self) -> None:
        """One update from the gradients in place."""
        for group, moments, steps in zip(self.groups, self.moments, self.steps, strict=True):
            self._update(group["tensor"], moments, steps, group["weight_decay"])

    def _update(self, tensor: Tensor, moments: list[Tensor], steps: Tensor, weight_decay: float) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        """Begin anew: moments and step counts of 0."""
        for kept in (*self.steps, *(moment for moments in self.moments for moment in moments)):
            kept.zero_()

    def state_dict(self) -> dict[str, Any]:
        """A copy of moments, without what lies between the views, and of step counts."""
        return {
            "moments": [
                [torch.cat(views(moment, group["params"])).cpu() for moment in moments]
                for group, moments in zip(self.groups, self.moments, strict=True)
            ],
            "steps": [s.cpu().clone() for s in self.steps],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        for group, mine, theirs in zip(self.groups, self.moments, state["moments"], strict=True):
            sizes = [p.numel() for p in group["params"]]
            for moment, packed in zip(mine, theirs, strict=True):
                for target, source in zip(views(moment, group["params"]), packed.split(sizes), strict=True):
                    target.copy_(source)
        for target, source in zip(self.steps, state["steps"], strict=True):
            target.copy_(source)


class Adam(FlatOptimizer):
    """Adam (Kingma & Ba, 2015) with torch's defaults: betas .9 and .999, eps 1e-8; L2 enters the gradient."""

    def __init__(self, groups: Sequence[Group], lr: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        super().__init__(groups, lr)
        self.betas = betas

    def _update(self, tensor: Tensor, moments: list[Tensor], steps: Tensor, weight_decay: float) -> None:
        first, second = moments
        adam(
            [tensor],
            [tensor.grad],  # type: ignore[list-item]
            [first],
            [second],
            [],
            [steps],
            foreach=False,
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=self.lr,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
        )


class RMSprop(FlatOptimizer):
    """RMSprop (Tieleman & Hinton, 2012) with Keras's defaults: decay .9, eps 1e-7, no momentum."""

    kept = 1

    def _update(self, tensor: Tensor, moments: list[Tensor], steps: Tensor, weight_decay: float) -> None:
        rmsprop(
            [tensor],
            [tensor.grad],  # type: ignore[list-item]
            moments,
            [],
            [],
            [steps],
            foreach=False,
            lr=self.lr,
            alpha=0.9,
            eps=1e-7,
            weight_decay=weight_decay,
            momentum=0.0,
            centered=False,
        )


class Adadelta(FlatOptimizer):
    """Adadelta (Zeiler, 2012) with Keras's defaults: decay .95, eps 1e-7; `lr` is 1 there."""

    def _update(self, tensor: Tensor, moments: list[Tensor], steps: Tensor, weight_decay: float) -> None:
        adadelta(
            [tensor],
            [tensor.grad],  # type: ignore[list-item]
            [moments[0]],
            [moments[1]],
            [steps],
            foreach=False,
            lr=self.lr,
            rho=0.95,
            eps=1e-7,
            weight_decay=weight_decay,
            maximize=False,
        )


class Together(FlatOptimizer):
    """Optimisers of several networks by name, of which a step takes one, as one state."""

    def __init__(self, members: Mapping[str, FlatOptimizer]) -> None:
        self.members = dict(members)
        self.groups = [group for member in self.members.values() for group in member.groups]

    @property
    def grads(self) -> list[Tensor]:
        """The flat gradients of all."""
        return [grad for member in self.members.values() for grad in member.grads]

    def descend(self, name: str, loss: Tensor) -> None:
        """One step of one network against the gradient of a loss; the others are left as they are."""
        member = self.members[name]
        for grad in member.grads:
            grad.zero_()
        loss.backward(inputs=[p for group in member.groups for p in group["params"]])
        member.step()

    def step(self) -> None:
        """One update of each."""
        for member in self.members.values():
            member.step()

    def state_dict(self) -> dict[str, Any]:
        """Those of the members by name."""
        return {name: member.state_dict() for name, member in self.members.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        for name, member in self.members.items():
            member.load_state_dict(state[name])
