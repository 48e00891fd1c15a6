"""The search space that a study was begun with: a study never holds trials of two spaces."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import optuna
from optuna.distributions import IntDistribution, distribution_to_json, json_to_distribution

from launch.common.errors import UsageError
from launch.study.overrides import OverridingTrial, Space, branches

SPACE = "space"
"""The study attribute with the distributions of all branches; studies of older versions lack it."""


def described(distributions: Mapping[str, Any]) -> str:
    """Distributions as the text that a study keeps."""
    return json.dumps({name: distribution_to_json(one) for name, one in distributions.items()})


def going_on(
    space: Space, data: Any, study: optuna.Study, names: Collection[str], overridden: Collection[str] = ()
) -> Space:
    """The space of a study that has trials: today's where it is the same, else the one that it was begun with.

    Ranges and choices are those on record, and a hyperparameter that is no longer searched still is. Where that cannot
    be, a configuration is refused as soon as one is to be drawn, with a `UsageError`.

    Parameters
    ----------
    space : callable
        Today's, with overrides built in.
    data : search_spaces.DataInfo
        What is searched on.
    study : optuna.Study
        The study.
    names : collection of str
        Hyperparameters of the detector.
    overridden : collection of str
        Those that the command sets otherwise: they are left to it.
    """
    trials = [trial for trial in study.get_trials(deepcopy=False) if trial.distributions]
    if kept := study.user_attrs.get(SPACE):
        then = {name: json_to_distribution(one) for name, one in json.loads(kept).items()}
    else:
        then = {name: one for trial in trials for name, one in trial.distributions.items()}
    then = {name: one for name, one in then.items() if name not in overridden}
    if not trials or not then:
        return space
    now, _ = branches(space, data)
    probe = OverridingTrial()
    space(probe, data)
    # of an older version's study a branch may not have been asked for yet
    new = [name for name in now if name not in then and name not in overridden and (kept or name in probe.seen)]
    gone = [name for name in then if name not in now]
    drawn = [trial.params for trial in trials if trial.user_attrs.get("origin") == "sampled"]
    lost = [name for name in gone if name not in names or any(name not in params for params in drawn)]
    changed = [name for name in then if name in now and then[name] != now[name]]
    if not (new or gone or changed):
        return space

    def as_then(trial: Any, data: Any) -> dict[str, Any]:
        proxy = _AsThen(trial, then)
        return {**space(proxy, data), **{name: proxy.ask(name) for name in gone}}

    lost += [*new, *(name for name in changed if type(then[name]) is not type(now[name]))]
    if not lost:
        try:
            branches(as_then, data)
        except (KeyError, ValueError, TypeError):  # a choice that today's space does not know
            lost = changed
    return _refused(study.study_name, lost) if lost else as_then


class _AsThen:
    """Asks a trial for what is on record, whatever the range or the choices are today."""

    def __init__(self, trial: Any, then: Mapping[str, Any]) -> None:
        self.trial, self.then = trial, then

    def ask(self, name: str) -> Any:
        """A value of the distribution on record."""
        one = self.then[name]
        if hasattr(one, "choices"):
            return self.trial.suggest_categorical(name, one.choices)
        kind = "int" if isinstance(one, IntDistribution) else "float"
        return getattr(self.trial, f"suggest_{kind}")(name, one.low, one.high, step=one.step, log=one.log)

    def __getattr__(self, kind: str) -> Callable[..., Any]:  # suggest_float, suggest_int, suggest_categorical

        def suggest(name: str, *arguments: Any, **how: Any) -> Any:
            return self.ask(name) if name in self.then else getattr(self.trial, kind)(name, *arguments, **how)

        return suggest


def _refused(study: str, names: list[str]) -> Space:
    """A space of which nothing can be drawn."""

    def space(trial: Any, data: Any) -> dict[str, Any]:
        named = ", ".join(sorted(set(names)))
        raise UsageError(
            f"the study {study} was begun with another search space ({named}), and its trials and new ones would not "
            "compare; take another --name, or no more --trials than it has"
        )

    return space
