"""Where studies are kept: a journal file, or any Optuna storage URL."""

from __future__ import annotations

from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from launch.common.errors import Stopped, UsageError
from launch.common.redaction import shown
from launch.study.journal_file import JournalFile

OptunaStudy = optuna.Study
FrozenTrial = optuna.trial.FrozenTrial
TROUBLE = (OSError, Stopped, StorageInternalError, SQLAlchemyError)
"""What a storage raises when it cannot be read or written."""


def open_storage(url_or_path: str, *, mend: bool = False) -> optuna.storages.BaseStorage:
    """Any Optuna storage URL, or the path of a journal file; `UsageError` if it cannot be opened.

    With `mend`, what a killed process left in a journal is taken away: for the holder of the study alone.
    """
    try:
        if "://" in url_or_path:
            from launch.study.patient_storage import PatientStorage

            return PatientStorage(url_or_path)
        file = JournalFile(url_or_path)
        if mend:
            file.mend()
        return optuna.storages.JournalStorage(file)
    except Exception as error:
        where, why = shown(url_or_path), str(error).replace(url_or_path, shown(url_or_path))
        raise UsageError(f"the study storage {where} cannot be opened: {why}") from error


def load_study(name: str, url_or_path: str) -> OptunaStudy:
    """A study that is there; `UsageError` if there is none of that name, or its storage cannot be opened."""
    storage = open_storage(url_or_path)
    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError as error:
        raise UsageError(f"there is no study {name} in {shown(url_or_path)}") from error


def journal(home: Path, name: str) -> str:
    """Path of the journal file of a study."""
    folder = home / "studies"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.journal")
