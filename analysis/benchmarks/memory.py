"""Private memory of a worker must not grow with the dataset: torch detectors train on the one shared copy.

A worker as the search has it (DetectorTrainable, data in Ray's object store) trains DevNet for
a few rounds of a fixed number of batches on 200,000 x 39 and on 60,000 x 32x32x3 uint8 rows, and
on 2,000 rows of either. Shown is what the worker owns alone: what stays after the rounds, and the
largest that a thread in the worker saw meanwhile.

    python analysis/benchmarks/memory.py
    python analysis/benchmarks/memory.py --table-rows 20000 --image-rows 5000 --repeats 1    # a quick look
"""

from __future__ import annotations

import contextlib
import math
import sys
import threading
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from launch.common.environment import prepare

prepare()  # before Ray and MLflow are imported

import ctypes
import gc

import numpy as np
import psutil
import ray
from ray import tune

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import machine, parser
from launch.backend.ray_engine import RayEngine
from trainables.core.detector import TrainData
from trainables.training.ray_trainable import DetectorTrainable, SearchData

AIM_TABLE, AIM_IMAGES = 0.5, 0.05
"""Growth over the dataset's bytes. A row costs its index (8 bytes) and its validation score whatever
its width: a fifth of a row of 39 bytes, nothing beside an image. A copy of the rows would be 1, as floats 4."""
AIM_PEAK = 24.0
"""Rows are scored in chunks of 8 MiB: a few of them may be alive at once, whatever the dataset."""
SHOWN = ("dataset", "before_written", "after_written", "peak_written", "after_uss", "peak_uss")
VALIDATION = 0.2
MIB = 1 << 20
SAMPLE_SECONDS = 0.02


def data(shape: tuple[int, ...], rows: int, rounds: int) -> SearchData:
    """Random uint8 rows, a tenth anomalies, a fifth of them for validation."""
    rng = np.random.default_rng(0)
    high = 2 if len(shape) == 1 else 256
    X = rng.integers(0, high, (rows, *shape), dtype=np.uint8)
    y = (rng.random(rows) < 0.1).astype(np.int8)
    train = rows - int(rows * VALIDATION)
    return SearchData(
        "devnet", TrainData.from_labels(X[:train], y[:train]), X[train:], y[train:], "ap", rounds, (), threads=1
    )


def memory(*, trimmed: bool = False) -> dict[str, float]:
    """MiB that this process owns alone: `uss` as psutil has it, `written` the part that it wrote itself.

    USS also counts pages of shared libraries as long as no other process has them mapped, so it
    moves with what else the machine does; `written` does not. `trimmed` first gives back what the
    allocator keeps of freed memory.
    """
    if trimmed:
        gc.collect()
        with contextlib.suppress(OSError, AttributeError):  # not glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    uss = psutil.Process().memory_full_info().uss
    written = uss
    with contextlib.suppress(OSError):  # not Linux
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
        written = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_Dirty:"))
    return {"uss": uss / MIB, "written": written / MIB}


def worker(shared: SearchData) -> Any:
    """An actor class as Tune makes it, which also watches its own memory."""

    class Watched(DetectorTrainable):
        """The trainable of the search, with a thread that reads the private memory."""

        def watch(self) -> dict[str, float]:
            """Train to the end; what `memory` says before, after, and the largest meanwhile."""
            over, seen = threading.Event(), [memory()]

            def look() -> None:
                while not over.wait(SAMPLE_SECONDS):
                    seen.append(memory())

            before = memory(trimmed=True)
            thread = threading.Thread(target=look)
            thread.start()
            result: dict[str, Any] = {"done": False}
            while not result["done"]:
                result = self.step()
            over.set()
            thread.join()
            if "failure" in result:
                raise RuntimeError(result["failure_message"])
            seen.append(memory())
            moments = {"before": before, "left": seen[-1], "after": memory(trimmed=True)}
            moments["peak"] = {kind: max(one[kind] for one in seen) for kind in before}
            return {f"{moment}_{kind}": value for moment, one in moments.items() for kind, value in one.items()}

    return ray.remote(num_cpus=1)(tune.with_parameters(Watched, data=shared))


def measure(shape: tuple[int, ...], rows: int, args: Any) -> dict[str, float]:
    """Median memory of fresh workers on a dataset of that size, in MiB."""
    shared = data(shape, rows, args.rounds)
    kind = worker(shared)
    params = {"hidden": (100, 50), "batch_size": 512, "batches_per_epoch": args.batches, "optimizer": "adam"}
    found = []
    for _ in range(args.repeats):
        actor = kind.remote(config={"params": params, "seed": 0})
        found.append(ray.get(actor.watch.remote()))
        ray.kill(actor)
    middle = {key: float(median(one[key] for one in found)) for key in found[0]}
    size = (shared.train.X.nbytes + shared.valid_X.nbytes) / MIB
    return {"rows": rows, "dataset": size, **middle}


def growth(small: dict[str, float], large: dict[str, float], what: str) -> float:
    """What a worker owns more on the large dataset, over how much larger that is."""
    return (large[what] - small[what]) / (large["dataset"] - small["dataset"])


def main() -> None:
    """Measure small against large, for tables and for images, and show them."""
    options = parser(__doc__)
    options.add_argument("--table-rows", type=int, default=200_000)
    options.add_argument("--image-rows", type=int, default=60_000)
    options.add_argument("--small-rows", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--batches", type=int, default=20, help="of each round")
    options.add_argument("--repeats", type=int, default=3, help="fresh workers for each size; medians are shown")
    args = options.parse_args()
    started_on = machine()
    cases: list[tuple[str, tuple[int, ...], int, float]] = [
        ("39 attributes", (39,), args.table_rows, AIM_TABLE),
        ("32x32x3 images", (32, 32, 3), args.image_rows, AIM_IMAGES),
    ]
    rows: list[list[Any]] = []
    checks, numbers, notes = [], {}, []
    largest = max(n * math.prod(shape) for _, shape, n, _ in cases)
    engine = RayEngine(address=None, concurrent=None, cpus=1, gpus=0, data_bytes=largest)
    for name, shape, many, aim in cases:
        small, large = measure(shape, args.small_rows, args), measure(shape, many, args)
        numbers[name] = {"small": small, "large": large}
        more = {key: large[key] - small[key] for key in small}
        rows += [[f"{one['rows']:,.0f} x {name}", *(one[key] for key in SHOWN)] for one in (small, large)]
        rows.append(["  growth", *(more[key] for key in SHOWN)])
        checks += [
            Check(f"{name}: growth of what stays, over the dataset's", growth(small, large, "after_written"), aim),
            Check(f"{name}: growth of the largest seen", more["peak_written"], AIM_PEAK, unit=" MiB"),
        ]
        by_uss = f"what stays grew by {more['after_uss']:.1f} and the largest seen by {more['peak_uss']:.1f} MiB"
        notes.append(f"{name}: by USS, {by_uss}")
    engine.close()
    notes += [
        "a private copy of the rows would be a growth of 1, as 32-bit floats of 4",
        "written is the private memory that the worker wrote itself, USS also counts pages of libraries that no "
        "other process happens to have mapped; stays is after the allocator gave back what was freed",
    ]
    columns = ("dataset", "its MiB", "written before", "stays", "largest seen", "USS, stays", "USS, largest")
    report(
        f"Private memory of a worker, {args.rounds} rounds of {args.batches} batches",
        columns, rows, checks, notes, started_on, numbers, args.json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
