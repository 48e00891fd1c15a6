"""How a dataset is cut into development and test rows, and what that means for its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems import cross_validation, label_free, labelling
from datasets.problems.dataset import NO_LABELS, NORMAL_ALONE, Dataset, as_labels, check_table
from datasets.problems.deduplication import (
    FIRST_SEED,
    Rows,
    first_rows,
    group_holdout,
    grouped_fifth,
    holdout,
    large_groups,
    pattern_ids,
    stratified_fifth,
)
from datasets.problems.few_labels import ALL, Labels
from datasets.problems.folds import Folds, group_time_holdout, time_holdout
from datasets.problems.parts import Part
from datasets.problems.problem import Problem
from datasets.problems.rules import BY_GROUP, BY_GROUP_AND_TIME, BY_TIME, Protocol, rules_of
from datasets.problems.seal import Sealed
from datasets.problems.split_notes import split_notes
from datasets.wording import counted, verb
from trainables.core.detector import UNLABELLED


def prepare(
    dataset: Dataset,
    protocol: str | None = None,
    outer_split: int = 0,
    *,
    duplicates: str | None = None,
    unseen: Sequence[str] = (),
    scale: str = "standard",
    labels: Labels = ALL,
    alarm_rate: float | None = None,
    request: Mapping[str, Any] | None = None,
) -> Problem:
    """Cut a dataset by a protocol.

    Parameters
    ----------
    dataset : Dataset
    protocol : str, optional
        A name in `rules.PROTOCOLS`; None takes the dataset's default: by its groups or times where
        it has them.
    outer_split : int
        0 for the published split; N > 0 for another one of the same rules (random_state 42 + N).
    duplicates, unseen, scale
        As in `datasets.request.Request`.
    labels : Labels
        What training may see of the labels.
    alarm_rate : float, optional
        As in `datasets.request.Request`.
    request : mapping, optional
        What to keep of how the problem was made.

    Raises
    ------
    DataError
        If there is no such protocol, or one side of a split has no anomaly or no normal row.
    """
    if labels.contamination is not None and (dataset.y < 0).any():
        raise DataError(
            "`contamination` hides anomalies among rows that are known to be normal, and here rows without a label may "
            "be anything: leave it out"
        )
    free = dataset.labelling in (NORMAL_ALONE, NO_LABELS)
    if alarm_rate is not None and not free:
        raise DataError(f"`alarm_rate`: {dataset.name} has labelled anomalies, and they say where the threshold lies")
    whole = labels.all and not unseen and not outer_split and not free
    rules = rules_of(dataset, protocol, duplicates, sealed=protocol is not None or not whole)
    _check(dataset, outer_split)
    everything = dataset
    if free:
        given = {"labelled_anomalies": not labels.all, "unseen": unseen, "protocol": rules.cross_validated}
        dataset = labelling.labelled(dataset)
        label_free.check_fits(dataset.name, len(dataset.y), given)
    elif rules.cross_validated:
        _check_cross_validated(dataset, outer_split, unseen, labels)
    numbers = np.flatnonzero(everything.y >= 0) if free else np.arange(len(dataset.y))
    cut = _cut(dataset, numbers, rules, outer_split)
    part, folds, develop, test = cut.part, cut.folds, cut.develop, cut.test
    notes = _notes(dataset, rules, cut, labels, asked=protocol is not None)
    if unseen:
        develop = develop[_seen(dataset.name, part.anomaly_types, develop, test, unseen)]
        notes.append(f"anomalies of kind {', '.join(unseen)} are in the test rows alone")
    rate = label_free.ALARM_RATE if alarm_rate is None else alarm_rate
    if free:
        notes += label_free.notes(dataset.labelling, rate)
    said = tuple(note for note in [*notes, *dataset.notes] if note)
    record: dict[str, Any] = {
        "dataset": dataset.name,
        "sha256": dataset.sha256,
        "protocol": rules.name + (label_free.suffix(dataset.labelling) if free else ""),
        "outer_split": outer_split,
    }
    tested = part.take(test)
    kind: Callable[..., Problem] = Problem
    more: dict[str, Any] = {}
    if free:
        assert dataset.schema is not None
        seed = FIRST_SEED + outer_split
        tested = label_free.with_made_up(tested, dataset.schema, seed, part.X)
        kind, more = label_free.LabelFreeProblem, {"rate": rate, "real": part.X}
    problem = kind(
        **record,
        source=dataset.source,
        feature_names=dataset.feature_names,
        note="; ".join(said),
        notes=said,
        counts={"rows": len(dataset.y), "duplicates_dropped": len(dataset.y) - len(part)},
        development=part.take(develop),
        sealed=Sealed(part if rules.cross_validated else tested, part, record),
        schema=dataset.schema,
        scale=scale,
        labels=labels,
        labelling=dataset.labelling,
        **labelling.shown(everything),
        **more,
        unseen=tuple(unseen),
        columns=dataset.columns,
        beside=dataset.beside,
        label=dataset.label,
        anomaly_texts=dataset.anomaly_texts,
        normal_texts=dataset.normal_texts,
        request=dict(request or {}),
        _folds=folds.take(develop),
    )
    for side, rows in problem.sides(tested).items():
        problem.counts[side] = _counted(side, rows, problem)
    if rules.cross_validated:
        return problem
    train, valid = problem._folds.masks(problem.development.y, 0)
    sides = {"training": develop[train], "validation": develop[valid], "test": test}
    of_split = split_notes(
        part, sides, folds, named_groups=dataset.groups is not None, days=dataset.times_are_days, unseen=unseen
    )
    return replace(problem, notes=(*said, *of_split))


@dataclass(frozen=True, eq=False)
class _Cut:
    """The rows that count, and which of them are on which side."""

    part: Part
    folds: Folds
    develop: Rows
    test: Rows
    shared: float
    """Share of the test rows that equal a development row."""
    repeats: int
    """Rows of the dataset that repeat another."""


def _cut(dataset: Dataset, numbers: Rows, rules: Protocol, outer_split: int) -> _Cut:
    """Drop duplicates and part the rows, as the rules say; `numbers` are those of the rows in the file."""
    ids = pattern_ids(dataset.X)
    repeats = len(ids) - (int(ids.max()) + 1)
    part = Part(
        dataset.X, dataset.y, labelling.known(dataset), dataset.anomaly_types, groups=dataset.groups, numbers=numbers
    )  # fmt: skip
    folds = Folds(dataset.groups, dataset.times)
    if rules.drop_duplicates:
        kept = first_rows(ids, dataset.y)
        part, ids, folds = part.take(kept), ids[kept], folds.take(kept)
    if folds.groups is None and rules.by_pattern:
        folds = replace(folds, groups=ids)
    if rules.cross_validated:
        cross_validation.fold_numbers(part.y, folds.groups, 0)  # refuses anomalies that cannot be parted
    develop, test = _sides(rules, part.y, folds, outer_split)
    test = test[part.y[test] >= 0]  # what has no label is not measured
    shared = float(np.isin(ids[test], ids[develop]).mean()) if len(test) else 0.0
    return _Cut(part, folds, develop, test, shared, repeats)


def _notes(dataset: Dataset, rules: Protocol, cut: _Cut, labels: Labels, *, asked: bool) -> list[str]:
    """What must be said of the cut, and of the labels that training sees; the protocol may have been asked for."""
    if rules.cross_validated:
        return [cross_validation.note(cut.part.anomalies, len(cut.test), asked=asked), labels.note()]
    notes = [_note(rules, len(dataset.y), len(cut.part), cut.shared, cut.repeats), labels.note()]
    if cut.folds.groups is not None and (rules.stratified or cut.folds.times is not None):
        called = "group" if dataset.groups is not None else "pattern"
        notes += _of_groups(cut.part, cut.folds, cut.develop, cut.test, called)
    return notes


def _of_groups(part: Part, folds: Folds, develop: Rows, test: Rows, called: str) -> list[str]:
    """What must be said of groups: those that decide, and rows that their groups leave on no side."""
    assert folds.groups is not None
    kept = np.r_[develop, test]
    notes = [large_groups(folds.groups[kept], part.y[kept], np.arange(len(develop), len(kept)), called)]
    if folds.times is not None:
        rows, left = (int((part.y[side] >= 0).sum()) for side in (np.arange(len(part)), kept))
        lost = f"{rows - left:,} of {rows:,} rows left out"
        notes.append(f"{lost}, their group being on the other side of the test's start")
    return notes


def _check(dataset: Dataset, outer_split: int) -> None:
    """Refuse an outer split that does not exist, and rows that cannot be searched on."""
    if outer_split < 0:
        raise DataError(f"outer split {outer_split} does not exist; pass 0 for the published one, or 1, 2, …")
    if outer_split and dataset.times is not None:
        raise DataError(f"`outer_split` {outer_split}: under `time_column` the latest rows are the test, and only they")
    if dataset.schema is None:
        check_table(dataset.X, dataset.y, dataset.name)
    else:
        as_labels(dataset.y[dataset.y >= 0], dataset.name)


def _check_cross_validated(dataset: Dataset, outer_split: int, unseen: Sequence[str], labels: Labels) -> None:
    """Refuse what cross-validation has no place for, and too few anomalies even for it."""
    anomalies = int((dataset.y == 1).sum())
    if anomalies < cross_validation.LEAST:
        raise DataError(
            f"{dataset.name} has {counted(anomalies, 'anomaly')}: to train with one and measure "
            f"on another takes {cross_validation.LEAST} (`protocol` cross-validated), and to seal a fifth of them "
            f"{cross_validation.LEAST_SEALED} (`protocol` holdout)"
        )
    given = {"outer_split": outer_split, "unseen": unseen, "labelled_anomalies": not labels.all}
    if wrong := next((name for name, value in given.items() if value), None):
        raise DataError(f"`{wrong}` and `protocol` cross-validated: that one seals no row and sees every label")


def _sides(rules: Protocol, y: NDArray[Any], folds: Folds, outer_split: int) -> tuple[Rows, Rows]:
    """Development and test rows."""
    groups = folds.groups
    if rules.cross_validated:
        return np.arange(len(y)), np.arange(len(y))
    if folds.times is not None and groups is not None:
        return group_time_holdout(groups, folds.times, y)
    if folds.times is not None:
        return time_holdout(folds.times, y >= 0)
    if not rules.stratified:
        return holdout(len(y), outer_split) if groups is None else group_holdout(groups, outer_split)
    seed = FIRST_SEED + outer_split
    test = stratified_fifth(y, seed) if groups is None else grouped_fifth(groups, y, seed)
    return np.flatnonzero(~test), np.flatnonzero(test)


def _seen(
    dataset: str, anomaly_types: NDArray[np.str_] | None, develop: Rows, test: Rows, unseen: Sequence[str]
) -> NDArray[np.bool_]:
    """Which development rows are of no kind that shall be unseen."""
    if anomaly_types is None:
        raise DataError(f"{dataset} does not say what kind its anomalies are of: pass `type_column`")
    names, counts = np.unique(anomaly_types[anomaly_types != ""], return_counts=True)
    for kind in unseen:
        if kind not in names:
            shown = ", ".join(f"{name} ({count:,})" for name, count in zip(names[:8], counts[:8], strict=True))
            raise DataError(f"`unseen` {kind}: the anomalies of {dataset} are of kind {shown}")
        if not (anomaly_types[test] == kind).any():
            raise DataError(f"`unseen` {kind}: no test row is of that kind; take another `outer_split`")
    return ~np.isin(anomaly_types[develop], list(unseen))


def _note(rules: Protocol, rows: int, kept: int, shared: float, repeats: int) -> str:
    """What must be said beside a figure: the rules, and how much of the test training has seen."""
    if rules.stratified and rules.by_pattern:
        equal = (
            f"{rows:,} rows, {repeats:,} of them {verb(repeats, 'repeats', 'repeat')} another, and equal rows are"
            if repeats
            else "no two rows are"
        )
        return f"protocol {rules.name}: {equal} {'on one side of every split' if repeats else 'equal'}"
    said = [f"{rows - kept:,} of {rows:,} rows dropped as duplicates"] if kept < rows else []
    if rules.by_pattern:
        said.append("no attribute pattern of the test rows is in training")
    elif rules.drop_duplicates and shared:
        said.append(f"{shared:.2%} of the test rows share their attributes with a training row of the other label")
    if rules.by_pattern or rules.drop_duplicates:
        return f"protocol {rules.name}: {'; '.join(said)}" if said else ""
    return (
        f"protocol {rules.name}: duplicates kept, so {shared:.2%} of the test rows have an attribute vector that is "
        "in training"
    )


def _counted(side: str, part: Part, problem: Problem) -> dict[str, int]:
    """Size and anomalies of one side; without both classes it cannot be measured."""
    hides = side == "train" and not problem.labels.all
    if problem.alarm_rate is not None:
        return {"rows": len(part), "anomalies": part.anomalies}
    if not (part.y == 0).any() or (part.anomalies == 0 and not hides):
        lacks = "anomalies" if part.anomalies == 0 else "normal rows"
        raise DataError(
            f"dataset {problem.dataset!r} under protocol {problem.protocol!r}, outer split {problem.outer_split}: "
            f"the {side} side has no {lacks} among its {counted(part, 'row')}; {_way_out(problem)}"
        )
    counts = {"rows": len(part), "anomalies": part.anomalies}
    if side in ("development", "train") and part.target is not None and problem.labels.all:
        counts["unlabelled"] = int((part.target == UNLABELLED).sum())
    return counts | {"labelled": part.known_anomalies} if hides else counts


def _way_out(problem: Problem) -> str:
    """What may help where a side of a split lacks a class."""
    if problem.protocol.startswith(BY_GROUP_AND_TIME.name):
        return (
            "where no group may be on both sides and the test is later, each side needs groups of its own with both "
            "classes: take smaller groups, or `group_column` or `time_column` alone"
        )
    if problem.protocol.startswith(BY_TIME.name):
        return "both classes must be there early and late: take a table of more moments, or split without `time_column`"
    if problem.protocol.startswith(BY_GROUP.name):
        return "take another `outer_split`, smaller groups, or split without `group_column`"
    least = f"{cross_validation.LEAST_SEALED} anomalies" if problem.schema is not None else "more data"
    return f"take another outer split, {least}, or `protocol` cross-validated"
