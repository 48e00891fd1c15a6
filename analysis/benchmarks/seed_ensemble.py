"""Is the mean of five seeds' standardised scores better than one seed? On validation rows; test rows are never read.

For each dataset and split of the development rows the published configuration is trained with five seeds. Compared are
the mean of the five seeds' metric and the metric of the mean of their standardised scores (`--ensemble-seeds 5`).

    python analysis/benchmarks/seed_ensemble.py
    python analysis/benchmarks/seed_ensemble.py --on devnet:vowels --splits 2    # a quick look
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import numpy as np

import search_spaces
from analysis.benchmarks.checks import report
from analysis.benchmarks.common import machine, parser
from datasets.load import load
from datasets.problems.parts import Split
from datasets.request import Request
from datasets.train_data import train_data
from launch.config.shared_options import data_dir
from launch.evaluation.calibration import median_and_range
from launch.evaluation.intervals import mean_interval
from trainables.core import metrics
from trainables.core.seed_ensemble import standardised
from trainables.training.fit import FitJob, plain_fit

ON = (
    "devnet:celeba", "devnet:annthyroid", "devnet:vowels", "devnet:satellite", "autoencoder:pendigits",
    "autoencoder:landsat", "vae:fashion_mnist:shirt", "deepsvdd:mnist:8",
)  # fmt: skip
SEEDS, ROUNDS, FIRST_SPLIT = 5, 10, 8000


def compared(detector: str, params: dict[str, Any], split: Split) -> tuple[float, float]:
    """Mean AP of the seeds, and AP of their mean."""
    train, scores = train_data(split.train, detector), []
    for seed in range(SEEDS):
        fit = plain_fit(FitJob(detector, params, seed, ROUNDS), train, {"valid": split.valid.X})
        assert fit.training_quantiles is not None
        ((median, spread),) = median_and_range(fit.training_quantiles)
        scores.append(standardised(fit.scores["valid"], median, spread))
    alone = [metrics.ranking(split.valid.y, own)["ap"] for own in scores]
    return float(np.mean(alone)), metrics.ranking(split.valid.y, np.mean(scores, axis=0))["ap"]


def main() -> None:
    """Measure every pair and print both sides."""
    options = parser(__doc__)
    options.add_argument("--on", nargs="+", default=list(ON), metavar="DETECTOR:DATASET")
    options.add_argument("--splits", type=int, default=4)
    args = options.parse_args()
    started_on, rows, numbers = machine(), [], []
    folder = data_dir(Path(args.data_dir) if args.data_dir else None)
    for pair in args.on:
        detector, _, dataset = pair.partition(":")
        problem = load(Request(dataset), folder, allow_standin=False)
        params = next(iter(search_spaces.published(search_spaces.load(detector), modality=problem.modality).values()))
        values = [compared(detector, params, problem.split(FIRST_SPLIT + i)) for i in range(args.splits)]
        alone, together = np.transpose(values)
        mean, low, high = mean_interval(together - alone)
        difference = f"{mean:+.4f} ({low:+.4f} to {high:+.4f})"
        rows.append([detector, dataset, f"{alone.mean():.4f}", f"{together.mean():.4f}", difference])
        numbers.append({"detector": detector, "dataset": dataset, "values": values})
        print(*rows[-1], file=sys.stderr, flush=True)
    mean, low, high = mean_interval([np.mean([b - a for a, b in own["values"]]) for own in numbers])
    notes = [
        f"mean AP of {args.splits} splits at {ROUNDS} rounds, published configurations; over the {len(numbers)} pairs "
        f"{mean:+.4f} ({low:+.4f} to {high:+.4f}), 95 % intervals of Student's t over "
        "splits that share rows: somewhat too narrow"
    ]
    columns = ["detector", "dataset", "one seed", f"{SEEDS} seeds as one", "difference"]
    report("Seed ensemble", columns, rows, [], notes, started_on, {"measured": numbers}, args.json)


if __name__ == "__main__":
    main()
