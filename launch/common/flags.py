"""The fields that errors of data and detectors name, as the flags that a command line has for them."""

from __future__ import annotations

import re

FIELD = re.compile(r"`([a-z_]+)`")
FIELDS = {
    "alarm_rate", "all_normal", "augment", "categorical", "checkpoint_quota", "confirm", "contamination", "data_dir",
    "date_order", "decimal", "drop", "duplicates", "encoding", "fix", "group_column", "home", "image_size",
    "label_column", "labelled_anomalies", "list", "missing", "no_labels", "normal", "numeric", "outer_split",
    "positive", "protocol", "range", "scale", "seed", "sheet", "splits_per_trial", "thousands", "time_column", "trend",
    "trial_timeout", "type_column", "unlabelled", "unseen",
}  # fmt: skip
"""What data and detectors name; other words in backticks are quoted from messages of other libraries."""


def flag(name: str) -> str:
    """The option of a field: `max_rounds` is --max-rounds."""
    return "--" + name.replace("_", "-")


def with_flags(message: str) -> str:
    """A message as whoever typed a command reads it: `label_column` is --label-column."""
    return FIELD.sub(lambda field: flag(field[1]) if field[1] in FIELDS else field[0], message)
