"""Are several networks of one shape trained faster together than one after another? DevNet's step, on one core.

One side is what a fit does: for each network its own forward pass, gradient, clip and RMSprop (`MLP`,
`FlatOptimizer`). The other stacks the weights of all: a batched product a layer, the gradient's norm by network, one
step of the optimiser. Both take the same rows from the same weights. CPU milliseconds, the least of the repeats; last
the largest difference of weights after the steps, by the size of the largest weight.

Of five networks (one core of a busy machine): 39-250-20-1 2.3 and 2.0 times as fast in batches of 64 and 128, 1.1 in
512; 39-512-256-1 1.1, 1.3 and .9, and RMSprop makes .1 % of the weights'
size of the last bits of a batched product. So fits are not trained together.

    python analysis/benchmarks/fused.py
    python analysis/benchmarks/fused.py --steps 20 --repeats 1 --networks 5      # a quick look
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import torch
from torch import Tensor, nn

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import machine, parser
from trainables.components.flat_parameters import clip_
from trainables.components.optimizers import RMSprop
from trainables.devnet import deviation_gradient
from trainables.networks.mlp import MLP

COLUMNS, MARGIN, CLIP, LR = 39, 5.0, 1.0, 1e-3
AIM, SAME = 1.3, 1e-5
HIDDEN = ((20,), (250, 20), (512, 256))


def gradient_of(scores: Tensor) -> Tensor:
    """Of the deviation loss, half of the rows being anomalies."""
    anomalous = torch.arange(len(scores)) < len(scores) // 2
    return deviation_gradient(scores, anomalous, torch.tensor(0.0), torch.tensor(1.0), MARGIN)


class Alone:
    """The networks one after another."""

    def __init__(self, networks: list[MLP]) -> None:
        self.networks = networks
        self.optimizers = [RMSprop([{"params": list(n.parameters()), "weight_decay": 0.0}], LR) for n in networks]

    def step(self, rows: Tensor) -> None:
        """One update of each, `rows` of shape (networks, batch, columns)."""
        for network, optimizer, own in zip(self.networks, self.optimizers, rows, strict=True):
            output, inputs = network.forward_trace(own)
            network.backpropagate(inputs, gradient_of(output.squeeze(1)).unsqueeze(1))
            clip_(optimizer.grads, CLIP)
            optimizer.step()

    def weights(self) -> list[Tensor]:
        """Of every layer, stacked over networks."""
        return [
            torch.stack(layer).detach() for layer in zip(*(list(n.parameters()) for n in self.networks), strict=True)
        ]


class Together:
    """The networks as one, each layer stacked."""

    def __init__(self, networks: list[MLP]) -> None:
        stacked = zip(*(list(network.parameters()) for network in networks), strict=True)
        self.parameters = [nn.Parameter(torch.stack([p.detach() for p in layer])) for layer in stacked]
        self.optimizer = RMSprop([{"params": self.parameters, "weight_decay": 0.0}], LR)

    @torch.no_grad()
    def step(self, rows: Tensor) -> None:
        """As `Alone.step`."""
        layers = list(zip(self.parameters[::2], self.parameters[1::2], strict=True))
        x, inputs = rows, [rows]
        for weight, bias in layers[:-1]:
            x = torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2)).relu_()
            inputs.append(x)
        weight, bias = layers[-1]
        output = torch.baddbmm(bias.unsqueeze(1), x, weight.transpose(1, 2)).squeeze(2)
        anomalous = torch.arange(output.shape[1]) < output.shape[1] // 2
        grad = deviation_gradient(output, anomalous.expand_as(output), torch.tensor(0.0), torch.tensor(1.0), MARGIN)
        grad = (grad * len(output)).unsqueeze(2)  # the mean is over the rows of each
        for i in range(len(layers) - 1, -1, -1):
            weight, bias = layers[i]
            torch.bmm(grad.transpose(1, 2), inputs[i], out=weight.grad)
            torch.sum(grad, 1, out=bias.grad)
            if i:
                grad = torch.ops.aten.threshold_backward(torch.bmm(grad, weight), inputs[i], 0.0)
        norms = torch.stack([torch.linalg.vector_norm(p.grad.flatten(1), dim=1) for p in self.parameters])  # type: ignore[union-attr]
        scale = (CLIP / (torch.linalg.vector_norm(norms, dim=0) + 1e-6)).clamp_(max=1.0)
        for p in self.parameters:
            p.grad.mul_(scale.view(-1, *[1] * (p.dim() - 1)))  # type: ignore[union-attr]
        self.optimizer.step()

    def weights(self) -> list[Tensor]:
        """Of every layer."""
        return [p.detach() for p in self.parameters]


SIDES: tuple[type[Alone] | type[Together], ...] = (Alone, Together)


def made(hidden: tuple[int, ...], count: int) -> list[MLP]:
    """Networks whose weights are drawn with other seeds."""
    networks = []
    for seed in range(count):
        torch.manual_seed(seed)
        networks.append(MLP(COLUMNS, hidden))
    return networks


def measured(hidden: tuple[int, ...], batch: int, count: int, steps: int, repeats: int) -> list[Any]:
    """CPU milliseconds of a step of all networks on both sides, their ratio, and how far the weights are apart."""
    torch.manual_seed(0)
    rows = torch.randn(8, count, batch, COLUMNS)
    rows[:, :, : batch // 2] += 0.3
    least, ends = [float("inf")] * 2, []
    for repeat in range(repeats):
        for place, side in enumerate(SIDES):
            trained: Alone | Together = side(made(hidden, count))
            start = time.process_time()
            for i in range(steps):
                trained.step(rows[i % len(rows)])
            least[place] = min(least[place], (time.process_time() - start) / steps * 1000)
            if repeat == 0:
                ends.append(trained.weights())
    apart = max(float((a - b).abs().max() / a.abs().max()) for a, b in zip(*ends, strict=True))
    return ["-".join(map(str, (COLUMNS, *hidden, 1))), batch, count, *least, least[0] / least[1], apart]


def main() -> None:
    """Measure every shape and batch."""
    options = parser(__doc__)
    options.add_argument("--networks", type=int, nargs="+", default=[2, 5, 8])
    options.add_argument("--batches", type=int, nargs="+", default=[64, 128, 512])
    options.add_argument("--steps", type=int, default=100)
    options.add_argument("--repeats", type=int, default=5)
    args = options.parse_args()
    started_on = machine()
    torch.set_num_threads(1)
    rows = []
    for hidden in HIDDEN:
        for batch in args.batches:
            for count in args.networks:
                rows.append(measured(hidden, batch, count, args.steps, args.repeats))
                print(*rows[-1], flush=True)
    checks = [
        Check(f"{shape}, batch {batch}, {count} together: times as fast", ratio, AIM, at_most=False)
        for shape, batch, count, _, _, ratio, _ in rows
    ]
    checks.append(Check("largest difference of weights", max(row[-1] for row in rows), SAME))
    columns = ("network", "batch", "networks", "ms alone", "ms together", "times as fast", "weights apart")
    report("Several networks as one", columns, rows, checks, [], started_on, {"rows": rows}, args.json)


if __name__ == "__main__":
    main()
