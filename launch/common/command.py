"""What every command shares: environment, options, console, and errors on one line."""

from __future__ import annotations

import contextlib
import errno
import io
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from launch.common.environment import prepare
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.interrupts import ending_at_once
from launch.common.invocation import typed
from launch.common.terminals import survive_any_terminal
from launch.common.text import brief, one_line

if TYPE_CHECKING:  # a second of start-up that --help need not wait for
    from rich.console import Console

PLACE = (errno.ENAMETOOLONG, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EDQUOT)

T = TypeVar("T")


def main(options: type[T], work: Callable[[T, Console], int | None] | str, argv: list[str] | None = None) -> int:
    """Read options from the command line and `run`; the docstrings of their class are the help.

    Work may be named, as in `package.module:function`: it is looked up after parsing, so that --help is quick.
    """

    def resolved(given: T, console: Console) -> int | None:
        with loading(console):
            function = pkgutil.resolve_name(work) if isinstance(work, str) else work
        code: int | None = function(given, console)
        return code

    return run(lambda: parse(options, argv), resolved)


def parse(options: type[T], argv: list[str] | None = None, *, default: T | None = None) -> T:
    """Options of a class from arguments; a wrong one, and `--help`, end the process."""
    import tyro  # only commands need it, not what they share with the rooms

    name, given = Path(sys.argv[0]).name, sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(given) or given[:1] == ["--completion"]:
        _tell(options, name, given, default)
    start = tyro.MISSING_NONPROP if default is None else default
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(options, args=argv, prog=name, default=start, config=(tyro.conf.FlagCreatePairsOff,))
    except SystemExit as end:
        from launch.common.help.refusal import refusal

        print(f"error: {refusal(said.getvalue(), name)}", file=sys.stderr)
        raise end from None


def _tell(options: type[T], name: str, given: Sequence[str], default: T | None) -> NoReturn:
    """Print the help, or what completes the command, and end the process."""
    import tyro

    from launch.common.help import completion, page

    how: dict[str, Any] = {} if default is None else {"default": default}
    how["config"] = (tyro.conf.FlagCreatePairsOff,)
    if given[:1] == ["--completion"]:
        shell = given[1] if len(given) > 1 else ""
        print(completion.script(shell, name, page.options_of(page.parser_of(options, **how))), end="")
    else:
        print(page.page(options, name, typed(sys.argv[0]), **how))
    sys.exit(0)


def run(parse: Callable[[], T], work: Callable[[T, Console], int | None]) -> int:
    """Parse, work, and turn what a person can mend into one line.

    Returns the exit code: that of `work`, None being 0; 2 for what the person can mend, 130 if interrupted.
    """
    prepare()
    survive_any_terminal()
    try:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return _run(parse, work)
    except KeyboardInterrupt as error:
        with contextlib.suppress(OSError):
            print(f"given up. {error}" if str(error) else "given up", file=sys.stderr)
        return 130


def _run(parse: Callable[[], T], work: Callable[[T, Console], int | None]) -> int:
    try:
        options = parse()
    except UsageError as error:
        return complain(str(error))
    # after parsing: `--help` need not wait for them
    from datasets.errors import DataError
    from trainables.core.errors import BadDetectorFile, BadModel, DetectorError

    try:
        return work(options, console()) or 0
    except (UsageError, DataError, DetectorError, BadDetectorFile, BadModel) as error:
        return complain(str(error))
    except OSError as error:
        if error.errno not in PLACE or error.filename is None:
            raise
        return complain(f"{brief(str(error.filename))} cannot be used: {error.strerror}")


@contextlib.contextmanager
def loading(console: Console) -> Iterator[None]:
    """For imports that take seconds: a terminal shows that something moves, and Ctrl-C ends the command on the spot."""
    from launch.common.printing import waiting

    with ending_at_once(), waiting(console, "Loading libraries"):
        yield


def complain(message: str) -> int:
    """Say on one line of standard error what is wrong; returns the exit code."""
    print(f"error: {one_line(with_flags(message))}", file=sys.stderr)
    return 2


def console() -> Console:
    """A console as wide as the terminal; where there is none, wide enough for the tables."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=150)
