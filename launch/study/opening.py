"""Open a study, or make it: one name stands for one search."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import optuna

from launch.common.errors import UsageError
from launch.study.storage import open_storage


def open_or_create(
    storage: str,
    name: str,
    identity: Mapping[str, Any],
    *,
    sampler: Callable[[int], optuna.samplers.BaseSampler],
    directions: Sequence[Literal["maximize", "minimize"]],
) -> optuna.Study:
    """A new study, or the one of that name to go on with; the caller holds it.

    `identity` is what makes it the same search, kept as the study's user attributes: `UsageError` if the name is
    taken by a search of something else. `sampler` gets how many trials the study has already.
    """
    store = open_storage(storage, mend=True)
    trials, known = 0, {}
    if name in optuna.get_all_study_names(store):
        existing = optuna.load_study(study_name=name, storage=store)
        trials, known = len(existing.get_trials(deepcopy=False)), existing.user_attrs
        for attribute, wanted in identity.items():
            recorded = known.get(attribute, wanted)  # a process may have ended before it wrote that
            if recorded != wanted:
                raise UsageError(
                    f"the study {name} exists with {attribute}={recorded}, and this command has {wanted}; "
                    "go on with the same options, or take another --name"
                )
    study = optuna.create_study(
        storage=store, study_name=name, sampler=sampler(trials), directions=list(directions), load_if_exists=True
    )
    for attribute, value in {**identity, "search_id": uuid.uuid4().hex}.items():
        if attribute not in known:
            study.set_user_attr(attribute, value)
    return study
