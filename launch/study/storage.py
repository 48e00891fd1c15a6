"""Where studies are kept: a journal file, or any Optuna storage URL. One name stands for one search."""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from datasets.request import is_own, without_place
from launch.common.errors import Stopped, UsageError
from launch.common.redaction import shown
from launch.study.journal_file import JournalFile

OptunaStudy = optuna.Study
FrozenTrial = optuna.trial.FrozenTrial
TROUBLE = (OSError, Stopped, StorageInternalError, SQLAlchemyError)
"""What a storage raises when it cannot be read or written."""
READING = "reading_sha256"
"""The attribute that says what a table's cells were read as."""


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


def open_or_create(
    storage: str,
    name: str,
    identity: Mapping[str, Any],
    *,
    sampler: Callable[[optuna.Study | None], optuna.samplers.BaseSampler],
    directions: Sequence[Literal["maximize", "minimize"]],
    unrecorded: Mapping[str, Any] | None = None,
    metric_names: Sequence[str] = (),
) -> optuna.Study:
    """A new study, or the one of that name to go on with; the caller holds it.

    `identity` is what makes it the same search, kept as the study's user attributes: `UsageError` if the name is
    taken by a search of something else. `sampler` gets the study that is there. `unrecorded` is what an
    attribute stands for that a study with trials lacks because it is older than it. `metric_names` are for people, by
    the directions.
    """
    store = open_storage(storage, mend=True)
    existing, known = None, {}
    if name in optuna.get_all_study_names(store):
        existing = optuna.load_study(study_name=name, storage=store)
        known = existing.user_attrs
        begun = bool(existing.get_trials(deepcopy=False))
        for attribute, wanted in identity.items():
            # a process may have ended before it wrote that
            recorded = known.get(attribute, (unrecorded or {}).get(attribute, wanted) if begun else wanted)
            if recorded != wanted and not _moved(attribute, known, identity):
                if attribute == READING:
                    raise UsageError(
                        f"the columns of this table are read otherwise than when the study {name} was begun by an "
                        "older version: its trials and new ones would not see the same features; take another --name"
                    )
                out = "go on with the same options"
                if attribute == "dataset_sha256":
                    out = "put the data back as they were, say where they are now (--moved-to)"
                raise UsageError(
                    f"the study {name} exists with {attribute}={recorded}, and this command has {wanted}; "
                    f"{out}, or take another --name"
                )
    study = optuna.create_study(
        storage=store, study_name=name, sampler=sampler(existing), directions=list(directions), load_if_exists=True
    )
    if metric_names and study.metric_names != list(metric_names):
        with warnings.catch_warnings(category=optuna.exceptions.ExperimentalWarning, action="ignore"):
            study.set_metric_names(list(metric_names))
    for attribute, value in {**identity, "search_id": uuid.uuid4().hex}.items():
        if attribute not in known:
            study.set_user_attr(attribute, value)
    return study


def begun_with(study: optuna.Study, name: str, value: Any, older: Any) -> Any:
    """What a study keeps under a name from its beginning on: `value` of a new one, `older` of one of before that."""
    if study.user_attrs.get(name) is None:
        study.set_user_attr(name, older if study.get_trials(deepcopy=False) else value)
    return study.user_attrs[name]


def _moved(attribute: str, known: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Whether all that is different is where the same data lie, and what they are called there."""
    if attribute not in ("dataset", "request") or known.get("dataset_sha256") != identity.get("dataset_sha256"):
        return False
    then, now = json.loads(known.get("request", "{}")), json.loads(identity.get("request", "{}"))
    return bool(then and now) and is_own(now["dataset"]) and without_place(then) == without_place(now)


def journal(home: Path, name: str) -> str:
    """Path of the journal file of a study."""
    folder = home / "studies"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.journal")
