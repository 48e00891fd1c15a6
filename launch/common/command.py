"""What the smaller commands share: paths, environment, checks of names, errors on one line."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from launch.common.environment import prepare
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.text import NAME, brief, one_line

if TYPE_CHECKING:
    pass

PLACE = (errno.ENAMETOOLONG, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EDQUOT)


def run(parse: Callable[[], Any], work: Callable[[Any, Any], int | None]) -> int:
    """Parse, work, and turn what a person can mend into one line and exit code 2.

    Parameters
    ----------
    parse : callable
        Returns the options.
    work : callable
        Takes options and console; returns an exit code, or None for 0.
    """
    prepare()
    options = parse()
    from datasets.errors import DataError
    from trainables.core.custom_detectors import BadDetectorFile
    from trainables.core.errors import DetectorError
    from trainables.core.serving import BadModel

    try:
        return work(options, console()) or 0
    except (UsageError, DataError, DetectorError, BadDetectorFile, BadModel) as error:
        print(f"error: {one_line(with_flags(str(error)))}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in PLACE:
            raise
        print(f"error: {brief(str(error.filename))} cannot be used: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def console() -> Any:
    """A console as wide as the terminal; where there is none, wide enough for the tables."""
    import sys

    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=150)


def check_name(value: str, option: str) -> str:
    """A name that may become a part of a path, of a filter or of a registered name.

    Raises
    ------
    UsageError
        If it holds anything but letters, digits, dot, dash and underscore.
    """
    if not NAME.fullmatch(value):
        raise UsageError(f"{option} {brief(value)}: use letters, digits, dot, dash and underscore, at most 100")
    return value
