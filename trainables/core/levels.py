"""What a detector saw of the labels: the levels in their order, within which detectors are ranked."""

from __future__ import annotations

LEVELS = ("unsupervised", "one-class", "few-label", "outlier-exposure", "supervised", "supervised-pretrained")
"""From nothing to everything."""


def level_order(level: str) -> int:
    """The place of a level among all; one that nobody knows comes last."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
