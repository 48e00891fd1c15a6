"""Images per second of f-AnoGAN's GAN over a plain DataLoader loop: the same networks, batch and precision.

    python analysis/benchmarks/gan_training.py

Both sides train the fully connected Wasserstein GAN with gradient penalty of f-AnoGAN's public code in torch, five
steps of the critic for one of the generator, on the images of one MNIST digit, in turns within one process. The plain
side is the loop of most tutorials: a Dataset that makes a tensor of each image as torchvision's MNIST with ToTensor
does, a DataLoader, zero_grad, loss, backward, step, the images for the critic made without a gradient. Beside it stands
the loop as that public code has it, where the critic's gradient goes through the generator, too, for nothing. The
networks alone, on batches that stand ready and without optimisers, say what part of the step is arithmetic. On a CPU
seconds are those of the process, which other work on the machine changes little.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import machine, parser
from analysis.benchmarks.image_training import images
from datasets.wording import counted
from trainables.components.wasserstein import gradient_penalty
from trainables.core.detector import TrainData
from trainables.fanogan import FAnoGAN

AIMS = {"cpu": 1.5, "cuda": 5.0}
BATCH, CRITIC_STEPS = 64, 5
ENGINE, PLAIN, PUBLIC, ALONE = "engine", "DataLoader", "as the public code", "networks alone"


def main() -> int:
    """Run the benchmark; 0 if the aim is met."""
    made = parser(__doc__)
    made.add_argument("--images", type=int, default=2048, help="images of a pass (default 2048)")
    made.add_argument("--repeats", type=int, default=5, help="passes of each side, in turns (default 5)")
    made.add_argument("--threads", type=int, default=1, help="threads of torch (default 1)")
    made.add_argument("--device", choices=["cpu", "cuda"], help="default: a GPU where there is one")
    options = made.parse_args()
    started_on = machine()
    torch.set_num_threads(options.threads)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    X = images(options.data_dir, options.images // BATCH * BATCH)
    sides = {
        ENGINE: engine(X, device),
        PLAIN: plain(X, device, public=False),
        PUBLIC: plain(X, device, public=True),
        ALONE: alone(X, device),
    }
    rates = measured(sides, 2 * len(X), options.repeats, device)
    middle = {name: statistics.median(of) for name, of in rates.items()}
    rows = [[name, f"{rate:,.0f}", f"{middle[ENGINE] / rate:.2f}"] for name, rate in middle.items()]
    ratio, share = (middle[ENGINE] / middle[side] for side in (PLAIN, ALONE))
    result = {"rates": rates, "ratio": ratio, "share": share}
    pairs = [a / b for a, b in zip(rates[ENGINE], rates[PLAIN], strict=True)]
    notes = [
        f"medians of {options.repeats} turns; engine over DataLoader from {min(pairs):.2f} to {max(pairs):.2f}",
        f"arithmetic is {100 * share:.0f} % of the engine's step",
    ]
    check = Check(f"engine over DataLoader, {device}", ratio, AIMS[device], at_most=False)
    title = (
        f"the GAN of f-AnoGAN on {len(X):,} images of an MNIST digit, {device}, {counted(options.threads, 'thread')}"
    )
    report(title, ["side", "images a second", "engine / side"], rows, [check], notes, started_on, result, options.json)
    return 0 if check.met else 1


def detector(device: str) -> FAnoGAN:
    """As published; of so many epochs that all passes are the GAN's."""
    return FAnoGAN(batch_size=BATCH, critic_steps=CRITIC_STEPS, schedule="two-phase", epochs=10_000, device=device)


def engine(X: Any, device: str) -> Callable[[], Any]:
    """Two passes as a trial trains them, and what it measures after them."""
    return detector(device).begin(TrainData(X, np.ones(len(X), np.int8))).train_round


def passes(networks: Any, batches: Iterable[Tensor], device: str, detached: bool, step: Callable[..., None]) -> None:
    """A pass of a plain loop; `step` does what there is to do with a network's loss."""
    for i, real in enumerate(batches):
        z = torch.randn(len(real), 100, device=device)
        fake = networks.generator(z)
        fake = fake.detach() if detached else fake
        penalty = gradient_penalty(networks.critic, real, fake)
        step(networks.critic, networks.critic(fake).mean() - networks.critic(real).mean() + 10.0 * penalty)
        if i % CRITIC_STEPS == 0:
            step(networks.generator, -networks.critic(networks.generator(z)).mean())


def plain(X: Any, device: str, public: bool) -> Callable[[], Any]:
    """Two passes of a plain loop: PIL image, ToTensor, DataLoader, torch's Adam."""
    from PIL import Image
    from torchvision.transforms import ToTensor

    transform = ToTensor()

    class Images(Dataset):
        def __len__(self) -> int:
            return len(X)

        def __getitem__(self, i: int) -> Tensor:
            return 2 * transform(Image.fromarray(X[i, :, :, 0], mode="L")) - 1

    networks = detector(device)._network(X.shape[1:]).to(device)
    parts = (networks.generator, networks.critic)
    optimizers = {id(part): torch.optim.Adam(part.parameters(), 2e-4, (0.5, 0.999)) for part in parts}
    loader = DataLoader(Images(), BATCH, shuffle=True, drop_last=True)

    def step(network: torch.nn.Module, loss: Tensor) -> None:
        optimizers[id(network)].zero_grad()
        loss.backward()
        optimizers[id(network)].step()

    def epoch() -> None:
        for _ in range(2):
            passes(networks, (batch.to(device) for batch in loader), device, not public, step)

    return epoch


def alone(X: Any, device: str) -> Callable[[], Any]:
    """Forward and backward on a batch that stands ready, as often as two passes have batches."""
    networks = detector(device)._network(X.shape[1:]).to(device)
    ready = networks.pixels(torch.from_numpy(X[:BATCH].copy()).to(device, torch.float32)).contiguous()

    def step(network: torch.nn.Module, loss: Tensor) -> None:
        loss.backward(inputs=list(network.parameters()))

    def epoch() -> None:
        passes(networks, [ready] * (2 * len(X) // BATCH), device, True, step)

    return epoch


def measured(sides: dict[str, Callable[[], Any]], n: int, repeats: int, device: str) -> dict[str, list[float]]:
    """Images per second of each side, in turns; a first turn warms up and does not count."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, epoch in sides.items():
            start = clock()
            epoch()
            if device == "cuda":
                torch.cuda.synchronize()
            if turn:
                rates[name].append(n / (clock() - start))
    return rates


if __name__ == "__main__":
    sys.exit(main())
