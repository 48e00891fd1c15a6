"""A figure with its interval, as the tables of a search print it."""

from __future__ import annotations

from collections.abc import Mapping


def cell(v: Mapping[str, float], signed: bool = False) -> str:
    """`0.9138 (0.906-0.921)`; a difference as `+0.0913 (+0.083 to +0.100)`."""
    if signed:
        return f"{v['mean']:+.4f} ({v['low']:+.3f} to {v['high']:+.3f})"
    return f"{v['mean']:.4f} ({v['low']:.3f}-{v['high']:.3f})"


def flat(prefix: str, figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Means and bounds under the names that MLflow shows: `PREFIX_auroc`, `PREFIX_auroc_low`, …"""
    return {
        f"{prefix}_{name}{'' if bound == 'mean' else f'_{bound}'}": value
        for name, interval in figures.items()
        for bound, value in interval.items()
    }
