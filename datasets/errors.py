"""What can be wrong with data; every message is one line, written for the user.

Whatever reads, checks or cuts data in this package raises `DataError` for anything that is wrong with them: a file
that is missing, damaged or of another kind, a name that is not known, a value that cannot be. Docstrings say it again
only where more is to be known of it.

Messages name the fields of a request in backticks, as in `label_column`: a command shows them as its flags.
"""

from __future__ import annotations


class DataError(ValueError):
    """Anything wrong with data: a missing or damaged file, bad labels, an impossible split."""


class Unreachable(DataError):
    """A file could not be downloaded because the network or the server did not answer."""
