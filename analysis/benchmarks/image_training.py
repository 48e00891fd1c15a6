"""Images per second of this project's engine over a plain DataLoader loop: the same network, batch and precision.

    python analysis/benchmarks/image_training.py

Both sides train the network of ae_conv as the face homework has it, on the images of one MNIST
digit, with Adam, on all cores, in turns within one process. The plain side is the loop of most
tutorials: a Dataset that makes a tensor of each image as torchvision's MNIST with ToTensor does, a
DataLoader, zero_grad, loss, backward, step; once in the training process, as a DataLoader does by default,
and once with worker processes, which take cores of their own beyond `--threads`. The network alone,
forward and backward on one batch that stands ready, is timed as well: neither side can be much faster
than that, so its rate over the DataLoader's is the bound of the ratio.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import machine, parser
from datasets.images.names import parse
from datasets.images.read import read
from datasets.wording import counted
from launch.common.environment import ROOT
from trainables.ae_conv import AEConvolutional
from trainables.core.detector import TrainData

DIGIT = 3
AIMS = {"cpu": 2.0, "cuda": 5.0}
SIDES = ENGINE, PLAIN, WORKERS, ALONE = "engine", "DataLoader", "DataLoader with workers", "network alone"


def main() -> int:
    """Run the benchmark; 0 if the aim is met."""
    made = parser(__doc__)
    made.add_argument("--images", type=int, default=4096, help="images of an epoch (default 4096)")
    made.add_argument("--batches", type=int, nargs="+", default=[128, 32], help="batch sizes; the first has the aim")
    made.add_argument("--repeats", type=int, default=5, help="epochs of each side, in turns (default 5)")
    made.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of torch (default: all cores)")
    made.add_argument("--workers", type=int, default=2, help="of the second DataLoader; 0 leaves it out (default 2)")
    made.add_argument("--device", choices=["cpu", "cuda"], help="default: a GPU where there is one")
    options = made.parse_args()
    started_on = machine()
    torch.set_num_threads(options.threads)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    X = images(options.data_dir, options.images)
    rows: list[list[Any]] = []
    result: dict[int, Any] = {}
    for batch in options.batches:
        sides = {ENGINE: engine(X, batch, device), PLAIN: plain(X, batch, device, 0)}
        if options.workers:
            sides[WORKERS] = plain(X, batch, device, options.workers)
        sides[ALONE] = alone(X, batch, device)
        rates = measure(sides, len(X) // batch * batch, options.repeats)
        result[batch] = figures(rates)
        rows.append([str(batch), *cells(result[batch])])
    head = ["batch", "engine", "DataLoader", f"{options.workers} workers", "network alone"]
    head += ["engine / DataLoader", "its bound", f"engine / {options.workers} workers", "network's share"]
    best = options.batches[0]
    check = Check(f"engine over DataLoader, batch {best}, {device}", result[best]["ratio"], AIMS[device], at_most=False)
    where = f"{device}, {counted(options.threads, 'thread')}"
    title = f"ae_conv on {len(X):,} images of MNIST's {DIGIT}, images per second, {where}"
    notes = ["medians of epochs taken in turns; in brackets the least and largest ratio of two neighbouring epochs"]
    notes.append("the network's share is what its forward and backward take of the time of the engine's epoch")
    if not check.met and result[best]["bound"] < AIMS[device]:
        notes.append("the aim is beyond the bound: without any cost besides the network it could not be met here")
    report(title, head, rows, [check], notes, started_on, {str(k): v for k, v in result.items()}, options.json)
    return 0 if check.met else 1


def figures(rates: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Ratios of medians, from images per second of each side in the order of the turns.

    `ratio` is of engine and DataLoader, its `bound` the network's over the DataLoader's, `share` the engine's over
    the network's, `spread` the least and largest ratio of one turn; with workers there are two of theirs, too.
    """
    middle = {name: statistics.median(of) for name, of in rates.items()}
    found: dict[str, Any] = {"rates": {name: list(of) for name, of in rates.items()}}
    for prefix, other in (("", PLAIN), ("workers_", WORKERS)):
        if other in rates:
            pairs = [a / b for a, b in zip(rates[ENGINE], rates[other], strict=True)]
            found |= {f"{prefix}ratio": middle[ENGINE] / middle[other], f"{prefix}spread": [min(pairs), max(pairs)]}
    return found | {"bound": middle[ALONE] / middle[PLAIN], "share": middle[ENGINE] / middle[ALONE]}


def cells(found: Mapping[str, Any]) -> list[str]:
    """A line of the table."""
    rates = found["rates"]
    shown = [f"{statistics.median(rates[name]):,.0f}" if name in rates else "-" for name in SIDES]
    ratios = [
        f"{found[f'{p}ratio']:.2f} ({found[f'{p}spread'][0]:.2f}-{found[f'{p}spread'][1]:.2f})"
        if f"{p}ratio" in found
        else "-"
        for p in ("", "workers_")
    ]
    return [*shown, ratios[0], f"{found['bound']:.2f}", ratios[1], f"{100 * found['share']:.0f} %"]


def images(data_dir: str | None, n: int) -> Any:
    """So many training images of the digit."""
    folder = Path(data_dir or os.environ.get("ANOMALY_DATA") or ROOT / "data").expanduser()
    dataset, task = read(parse(f"mnist:{DIGIT}"), folder, notify=lambda words: None)  # type: ignore[arg-type]
    return dataset.X[(dataset.classes == task) & ~dataset.official_test][:n]


def detector(batch: int, device: str) -> Any:
    """The face homework's network."""
    return AEConvolutional(channels=(12, 24, 48), batch_size=batch, epochs=10_000, device=device)


def engine(X: Any, batch: int, device: str) -> Callable[[], Any]:
    """An epoch as a trial trains it."""
    made = detector(batch, device).begin(TrainData(X, np.ones(len(X), np.int8)))
    return made.train_round


def plain(X: Any, batch: int, device: str, workers: int) -> Callable[[], Any]:
    """An epoch of a plain loop: PIL image, ToTensor, DataLoader, torch's Adam."""
    from PIL import Image
    from torchvision.transforms import ToTensor

    transform = ToTensor()

    class Images(Dataset):
        def __len__(self) -> int:
            return len(X)

        def __getitem__(self, i: int) -> torch.Tensor:
            return transform(Image.fromarray(X[i, :, :, 0], mode="L"))

    network = detector(batch, device)._network(X.shape[1:]).to(device)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loader = DataLoader(Images(), batch, shuffle=True, drop_last=True, num_workers=workers)

    def epoch() -> None:
        for images in loader:
            scaled = 2 * images.to(device) - 1
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                restored = network(scaled)
            loss = torch.nn.functional.mse_loss(restored.float(), scaled)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def alone(X: Any, batch: int, device: str) -> Callable[[], Any]:
    """Forward and backward on one batch that stands ready, as often as an epoch has batches."""
    network = detector(batch, device)._network(X.shape[1:]).to(device)
    rows = torch.from_numpy(X[:batch].copy()).to(device, torch.float32)
    scaled = network.pixels(rows)

    def epoch() -> None:
        for _ in range(len(X) // batch):
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                restored = network(scaled)
            torch.nn.functional.mse_loss(restored.float(), scaled).backward()

    return epoch


def measure(sides: dict[str, Callable[[], Any]], n: int, repeats: int) -> dict[str, list[float]]:
    """Images per second of each side, one epoch of each in turn; a first one warms up and does not count."""
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, epoch in sides.items():
            start = time.perf_counter()
            epoch()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if turn:
                rates[name].append(n / (time.perf_counter() - start))
    return rates


if __name__ == "__main__":
    sys.exit(main())
