"""Which errors of a store pass by themselves, and waiting until they have."""

from __future__ import annotations

import contextlib
import enum
import errno
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import requests
from mlflow.exceptions import MlflowException, RestException
from sqlalchemy import exc as sql

from launch.common.redaction import redact
from launch.tracking.spool import Feeder

T = TypeVar("T")
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
MAX_REJECTIONS = 5
"""A store that answers otherwise, and breaks on one event so often, refuses it."""
TRANSIENT_STATUS = {401, 403, 408, 425, 429}
"""Not the event's fault: nothing is refused because a password expired."""
TRANSIENT_ERRORS = (
    requests.exceptions.RequestException, ConnectionError, TimeoutError,
    sql.OperationalError, sql.InterfaceError, sql.TimeoutError,
)  # fmt: skip
TRANSIENT_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ESTALE}
TRANSIENT_MESSAGE = re.compile(
    r"database (table )?is locked|disk is full|disk I/O error|unable to open database file|readonly database"
    r"|OperationalError|InterfaceError|PendingRollbackError|QueuePool limit|could not connect"
    r"|server closed the connection|connection.{0,40}(already closed|reset|refused|terminat)",
    re.IGNORECASE,
)
BROKEN_MESSAGE = re.compile(r"not a database|disk image is malformed|out-of-date database schema", re.IGNORECASE)


class Failure(enum.Enum):
    """What to do about an error."""

    TRANSIENT = "wait"
    BROKEN = "wait, but not for a store that is only being opened"
    UNCLEAR = "wait, unless it is this event alone"
    REFUSED = "leave the event out"


class EventRefused(Exception):
    """The store will never take this event."""


class StoreAway(Exception):
    """The store is away, and there is nobody left to wait for."""


class StoreUnusable(Exception):
    """There is no usable store at this address."""


def classify(error: BaseException) -> Failure:
    """What to do about an error."""
    for cause in _chain(error):
        if BROKEN_MESSAGE.search(str(cause)):
            return Failure.BROKEN
        if isinstance(cause, requests.exceptions.RetryError) and "too many 500" in str(cause):
            return Failure.UNCLEAR
        if isinstance(cause, requests.exceptions.HTTPError) and cause.response is not None:
            return _status(cause.response.status_code)
        if isinstance(cause, TRANSIENT_ERRORS):
            return Failure.TRANSIENT
        if isinstance(cause, sql.DBAPIError) and cause.connection_invalidated:
            return Failure.TRANSIENT
        if isinstance(cause, OSError) and cause.errno in TRANSIENT_ERRNO:
            return Failure.TRANSIENT
        if isinstance(cause, MlflowException) and TRANSIENT_MESSAGE.search(str(cause)):
            return Failure.TRANSIENT  # a server reports the error of its database as text alone
        if isinstance(cause, RestException):
            return _status(cause.get_http_status_code())
        if isinstance(cause, MlflowException) and str(cause).startswith("API request to"):
            return Failure.UNCLEAR  # an answer, and not of MLflow: a proxy's page, or a server without this call
    return Failure.REFUSED


def _chain(error: BaseException) -> Iterator[BaseException]:
    # causes first: what MLflow makes of a lost connection is "bad request"
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return reversed(chain)


def _status(code: int) -> Failure:
    if code == 500:
        return Failure.UNCLEAR
    return Failure.TRANSIENT if code > 500 or code in TRANSIENT_STATUS else Failure.REFUSED


def message(error: BaseException) -> str:
    """An error on one line of bounded length, without secrets."""
    return redact(" ".join(str(error).split())[:2000])[:300] or type(error).__name__


def root_message(error: BaseException) -> str:
    """The message of the first cause: what a client makes of a refused connection fills a screen."""
    return next((message(cause) for cause in _chain(error) if str(cause).strip()), message(error))


class Retry:
    """Repeats a call until the store takes it, as long as there is somebody to wait for.

    The file `away` is there while the store is away, for the search to see.
    """

    def __init__(self, feeder: Feeder, away: Path, log: Callable[[str], None]) -> None:
        self.feeder, self.away, self.log = feeder, away, log
        self.since: float | None = None
        self.probe: Callable[[], Any] | None = None
        """A call that a store takes that is not away."""

    def __call__(self, action: Callable[[], T], *, opening: bool = False) -> T:
        """The action's value.

        `EventRefused` if the store will never take it, `StoreAway` if it is away and the feeder's patience is over,
        `StoreUnusable` if it is being opened and is no store.
        """
        delay, rejections = FIRST_WAIT, 0
        while True:
            began = time.time()
            try:
                value = action()
            except Exception as error:
                failure = classify(error)
                if failure is Failure.UNCLEAR and self._responds():
                    rejections += 1
                if opening and failure in (Failure.REFUSED, Failure.BROKEN):
                    raise StoreUnusable(root_message(error)) from error
                if failure is Failure.REFUSED or rejections >= MAX_REJECTIONS:
                    self._recovered()
                    raise EventRefused(message(error)) from error
                self._failed(began, root_message(error))
                left = self._left()
                if left <= 0:
                    raise StoreAway(root_message(error)) from error
                self.feeder.wait(min(delay, left))
                delay = min(2 * delay, LONGEST_WAIT)
            else:
                self._recovered()
                return value

    def _responds(self) -> bool:
        if self.probe is not None:
            with contextlib.suppress(Exception):
                self.probe()
                return True
        return False

    def _left(self) -> float:
        if self.feeder.gone is None:
            return float("inf")
        away = time.monotonic() - (time.time() - (self.since or time.time()))
        return max(self.feeder.gone, away) + self.feeder.patience - time.monotonic()

    def _failed(self, since: float, why: str) -> None:
        if self.since is not None:
            return
        self.since = since
        self.log(f"the store is away: {why}")
        with contextlib.suppress(OSError):
            self.away.write_text(json.dumps({"since": since, "why": why}))

    def _recovered(self) -> None:
        if self.since is not None:
            self.log(f"the store is back after {time.time() - self.since:.1f} s")
            self.since = None
            with contextlib.suppress(OSError):
                self.away.unlink(missing_ok=True)
