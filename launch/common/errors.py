"""What is told to a person in one line instead of a traceback."""

from __future__ import annotations


class UsageError(ValueError):
    """The command cannot be done as asked; the message says what to do instead."""


class Interrupted(RuntimeError):
    """The person pressed Ctrl-C; the record is consistent and the message says how to go on."""


class Stopped(RuntimeError):
    """The search cannot go on by itself; what it has is kept, and the message says what to mend."""
