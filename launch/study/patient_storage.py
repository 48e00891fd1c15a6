"""A study's database that may be away for a while: calls wait for it instead of ending the search.

A server that restarts closes every connection and refuses new ones for seconds. Only such
errors are waited for; a full disk or a wrong table is told at once. Every call of Optuna may
be made twice: values and attributes are set, not added, and a trial that was told already stays told.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.exc import DBAPIError

from launch.common.redaction import shown

PATIENCE = 600.0
"""Seconds that a call waits for the database."""
CONNECT_SECONDS = 5
"""After these a server that does not answer is away."""
CALLS = (
    "create_new_study", "set_study_user_attr", "set_study_system_attr", "get_study_id_from_name",
    "get_study_name_from_id", "get_study_directions", "get_study_user_attrs", "get_study_system_attrs",
    "get_all_studies", "_create_new_trial", "_set_trial_param", "get_trial_id_from_study_id_trial_number",
    "_get_best_trial_id", "set_trial_intermediate_value", "set_trial_user_attr", "set_trial_system_attr",
    "get_trial", "_get_trials",
)  # fmt: skip
"""What Optuna's cache asks of the database; none of them calls another."""
AWAY = ("08", "57P01", "57P02", "57P03")
"""SQLSTATEs: connection lost, shut down, crashed, not yet up."""


class PatientStorage(RDBStorage):
    """Optuna's database storage, with patience."""

    def __init__(self, url: str) -> None:
        limited = url.startswith(("postgresql", "mysql"))
        connect = {"connect_timeout": CONNECT_SECONDS} if limited else {}
        super().__init__(url, engine_kwargs={"pool_pre_ping": True, "connect_args": connect})

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Any = None) -> bool:
        """As Optuna's; where the answer to a first try was lost, the second finds it done."""
        tries: list[int] = []

        def tell() -> bool:
            tries.append(1)
            try:
                return RDBStorage.set_trial_state_values(self, trial_id, state, values) or (
                    len(tries) > 1 and RDBStorage.get_trial(self, trial_id).state == state
                )
            except optuna.exceptions.UpdateFinishedTrialError:
                if len(tries) > 1 and RDBStorage.get_trial(self, trial_id).state == state:
                    return True
                raise

        return bool(self._patiently(tell))

    def _patiently(self, call: Callable[[], Any]) -> Any:
        start, pause = time.monotonic(), 0.25
        while True:
            try:
                return call()
            except optuna.exceptions.StorageInternalError as error:
                if not away(error) or time.monotonic() - start > PATIENCE:
                    raise
            if pause == 0.25:
                print(f"The study's database {shown(self.url)} is away; waiting for it …", file=sys.stderr)
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


def _patient(name: str) -> Callable[..., Any]:
    plain = getattr(RDBStorage, name)

    @functools.wraps(plain)
    def call(self: PatientStorage, *arguments: Any, **options: Any) -> Any:
        return self._patiently(lambda: plain(self, *arguments, **options))

    return call


for _name in CALLS:
    setattr(PatientStorage, _name, _patient(_name))


def away(error: BaseException) -> bool:
    """Whether the error says that the database cannot be reached now, or is locked."""
    cause = error.__cause__
    if not isinstance(cause, DBAPIError):
        return False
    if cause.connection_invalidated:
        return True
    original: Any = cause.orig
    if hasattr(original, "sqlstate"):  # none: there was no connection to have one
        return original.sqlstate is None or original.sqlstate.startswith(AWAY)
    return "locked" in str(original)
