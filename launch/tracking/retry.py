"""Which troubles with a store pass, and waiting until they have."""

from __future__ import annotations

import contextlib
import enum
import errno
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from launch.common.redaction import redact

T = TypeVar("T")
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
STRIKES = 5
"""A store that answers otherwise, and breaks on one event so often, refuses it."""
PASSING_STATUS = {401, 403, 408, 425, 429}
"""Not the event's fault: nothing is refused because a password expired."""
PASSING_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ESTALE}
PASSING_WORDS = re.compile(
    r"database (table )?is locked|disk is full|disk I/O error|unable to open database file|readonly database"
    r"|OperationalError|InterfaceError|PendingRollbackError|QueuePool limit|could not connect"
    r"|server closed the connection|connection.{0,40}(already closed|reset|refused|terminat)",
    re.IGNORECASE,
)
BROKEN_WORDS = re.compile(r"not a database|disk image is malformed|out-of-date database schema", re.IGNORECASE)


class Trouble(enum.Enum):
    """What to do about an error."""

    PASSES = "wait"
    BROKEN = "wait, but not for a store that is only being opened"
    UNCLEAR = "wait, unless it is this event alone"
    REFUSED = "leave the event out"


class Refused(Exception):
    """The store will never take this event."""


class Away(Exception):
    """The store is away, and there is nobody left to wait for."""


class Unusable(Exception):
    """There is no usable store at this address."""


class Feeder(Protocol):
    """Who appends to the spool."""

    patience: float
    gone: float | None
    """`time.monotonic()` when it closed the spool or died."""

    def wait(self, seconds: float) -> None:
        """Sleep, but wake when it goes."""


class Nobody:
    """No feeder: one attempt."""

    patience = 0.0
    gone: float | None = 0.0

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


def judge(error: BaseException) -> Trouble:
    """What kind of trouble an error is."""
    import requests
    from mlflow.exceptions import MlflowException, RestException
    from sqlalchemy import exc as sql

    for one in _chain(error):
        if BROKEN_WORDS.search(str(one)):
            return Trouble.BROKEN
        if isinstance(one, requests.exceptions.RetryError) and "too many 500" in str(one):
            return Trouble.UNCLEAR
        if isinstance(one, requests.exceptions.HTTPError) and one.response is not None:
            return _status(one.response.status_code)
        if isinstance(one, requests.exceptions.RequestException | ConnectionError | TimeoutError):
            return Trouble.PASSES
        if isinstance(one, sql.OperationalError | sql.InterfaceError | sql.TimeoutError):
            return Trouble.PASSES
        if isinstance(one, sql.DBAPIError) and one.connection_invalidated:
            return Trouble.PASSES
        if isinstance(one, OSError) and one.errno in PASSING_ERRNO:
            return Trouble.PASSES
        if isinstance(one, MlflowException) and PASSING_WORDS.search(str(one)):
            return Trouble.PASSES  # a server tells the trouble of its database in words alone
        if isinstance(one, RestException):
            return _status(one.get_http_status_code())
        if isinstance(one, MlflowException) and str(one).startswith("API request to"):
            return Trouble.UNCLEAR  # an answer, and not of MLflow: a proxy's page, or a server without this call
    return Trouble.REFUSED


def _chain(error: BaseException) -> Iterator[BaseException]:
    # causes first: what MLflow makes of a lost connection is "bad request"
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or one.__context__
    return reversed(found)


def _status(code: int) -> Trouble:
    if code == 500:
        return Trouble.UNCLEAR
    return Trouble.PASSES if code > 500 or code in PASSING_STATUS else Trouble.REFUSED


def words(error: BaseException) -> str:
    """An error on one line of bounded length, without secrets."""
    return redact(" ".join(str(error).split())[:2000])[:300] or type(error).__name__


def root(error: BaseException) -> str:
    """The first cause in words: what a client makes of a refused connection fills a screen."""
    return next((words(one) for one in _chain(error) if str(one).strip()), words(error))


class Patience:
    """Repeats a call until the store takes it, as long as there is somebody to wait for.

    Parameters
    ----------
    feeder : Feeder
    away : Path
        A file that is there while the store is away, for the search to see.
    say : callable
        Takes a line for the log.
    """

    def __init__(self, feeder: Feeder, away: Path, say: Callable[[str], None]) -> None:
        self.feeder, self.away, self.say = feeder, away, say
        self.since: float | None = None
        self.answers: Callable[[], Any] | None = None
        """A call that a store takes that is not away."""

    def __call__(self, action: Callable[[], T], *, opening: bool = False) -> T:
        """The action's value.

        Raises
        ------
        Refused
            If the store will never take it.
        Away
            If it is away and the feeder's patience is over.
        Unusable
            If it is being opened and is no store.
        """
        delay, strikes = FIRST_WAIT, 0
        while True:
            began = time.time()
            try:
                value = action()
            except Exception as error:
                trouble = judge(error)
                if trouble is Trouble.UNCLEAR and self._answers():
                    strikes += 1
                if opening and trouble in (Trouble.REFUSED, Trouble.BROKEN):
                    raise Unusable(root(error)) from error
                if trouble is Trouble.REFUSED or strikes >= STRIKES:
                    self._back()
                    raise Refused(words(error)) from error
                self._went(began, root(error))
                left = self._left()
                if left <= 0:
                    raise Away(root(error)) from error
                self.feeder.wait(min(delay, left))
                delay = min(2 * delay, LONGEST_WAIT)
            else:
                self._back()
                return value

    def _answers(self) -> bool:
        if self.answers is None:
            return False
        try:
            self.answers()
        except Exception:
            return False
        return True

    def _left(self) -> float:
        if self.feeder.gone is None:
            return float("inf")
        away = time.monotonic() - (time.time() - (self.since or time.time()))
        return max(self.feeder.gone, away) + self.feeder.patience - time.monotonic()

    def _went(self, since: float, why: str) -> None:
        if self.since is not None:
            return
        self.since = since
        self.say(f"the store is away: {why}")
        with contextlib.suppress(OSError):
            self.away.write_text(json.dumps({"since": since, "why": why}))

    def _back(self) -> None:
        if self.since is not None:
            self.say(f"the store is back after {time.time() - self.since:.1f} s")
            self.since = None
            self.clear()

    def clear(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):
            self.away.unlink(missing_ok=True)
