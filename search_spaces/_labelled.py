"""Ranges that the detectors on batches of labelled anomalies share."""

from __future__ import annotations

from typing import Any

from search_spaces._training import half_a_pass

NETWORKS = {
    "linear": (), "20": (20,), "100-50": (100, 50), "250-20": (250, 20), "256-128": (256, 128), "512-256": (512, 256),
}  # fmt: skip

WIDEST = "512-256"
LARGE = 20_000
"""Rows of a table above which batches of 32, and the widest network, take too long."""

PAPER: dict[str, Any] = {
    "lr": 1e-3,
    "milestones": (0.5, 0.75),
    "weight_decay": 0.0,
    "anomaly_share": 0.5,
    "batch_size": 256,
}
SOURCE = "Ruff et al. 2020, authors' code liznerski/eoe, 200 epochs on CIFAR-10; no table there, so this project's MLP"
FEW_SOURCE = (
    "this project's: the configuration above with fewer updates, since a pass a round draws each of 30 labels in "
    "100,000 rows hundreds of times"
)

REPEATS = 40
"""With 30 labels on CelebA hsc, bce, focal, devnet and repen are best on validation after 100 to 200 updates, with 300
after five times as many: 40 repeats of a label a round, ten rounds (benchmarks/figures/starved_detectors.py)."""


def label_repeats(data: Any, repeats: int = REPEATS) -> int:
    """How often a round may draw a label: the best of training with few can be over before a long round ends.

    Few are fewer than one in a hundred rows; for more there is no limit, which is 0.
    """
    return repeats if 0 < 100 * data.anomalies < data.rows else 0


def batch_size(trial: Any, data: Any) -> int:
    """Rows of a batch: 64 to 512 in tables of more than 20,000 rows, 32 to 512 in others."""
    sizes = [64, 128, 256, 512] if data.rows > LARGE else [32, 64, 128, 256, 512]
    return int(trial.suggest_categorical("batch_size", sizes))


def updates(data: Any, batch_size: int) -> int:
    """Batches of a round: half a pass, and with small batches on a large table as many as at 128 rows.

    DevNet of 256-128 on CelebA comes to the AP of batches of 128 with as many of 64, in three quarters of their time.
    """
    return half_a_pass(data, max(batch_size, 128) if data.rows > LARGE else batch_size)


def hidden(trial: Any, data: Any) -> tuple[int, ...]:
    """Widths of the hidden layers; 512-256 in tables of at most 20,000 rows alone.

    On CelebA it takes twice the time of 256-128, a search comes to try little else, and with half the updates, in the
    same time, its AP was not higher on two fresh splits (.396, .402 against .401, .428).
    """
    names = [name for name in NETWORKS if name != WIDEST or data.rows <= LARGE]
    return NETWORKS[trial.suggest_categorical("hidden", names)]


def training(trial: Any, data: Any, batch_size: int) -> dict[str, Any]:
    """Rate and its schedule, weight decay, share of anomalies in a batch, batches and their number.

    The best rates of bce lay at the upper end when that was .01: 77 % of the best configurations in the upper quarter,
    23 % of all (13 tables of at most 1,500 rows, 13 configurations each).
    """
    return {
        "lr": trial.suggest_float("lr", 1e-5, 3e-2, log=True),
        "milestones": (0.5, 0.75) if trial.suggest_categorical("steps", [True, False]) else (),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "anomaly_share": trial.suggest_float("anomaly_share", 0.03, 0.5),
        "batch_size": batch_size,
        "batches_per_epoch": updates(data, batch_size),
        "label_repeats": label_repeats(data),
    }
