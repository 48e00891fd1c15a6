"""The fields that errors of data and detectors name, as the flags that a command line has for them."""

from __future__ import annotations

import re

FIELD = re.compile(r"`([a-z_]+)`")


def flag(name: str) -> str:
    """The option of a field: `max_rounds` is --max-rounds."""
    return "--" + name.replace("_", "-")


def with_flags(message: str) -> str:
    """A message as whoever typed a command reads it: `label_column` is --label-column."""
    return FIELD.sub(lambda field: flag(field[1]), message)
