"""Which rows of a user's table are anomalies: by what labels say, else by which are rare, and always said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.label_words import folded, is_unlabelled
from datasets.problems.dataset import ANOMALIES_ALONE, NORMAL_ALONE, ROWS, UNLABELLED, Labelling
from datasets.tables import label_values
from datasets.tables.label_column import MOST_VALUES
from datasets.tables.label_values import SHOWN, Choice, LabelValue
from trainables.core.preprocessing.cells import as_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ReadLabels:
    """Labels of a table, and how they were read.

    Attributes
    ----------
    y : ndarray of int8
        1 for anomalies, 0 for normal rows, -1 for rows without a label.
    notes : tuple of str
        Which value is the anomaly and why, in a sentence; what to beware of.
    anomaly_texts : tuple of str
        What the column says of anomalies; nothing where it is 1 or true beside 0 or false, which every file says alike.
    normal_texts : tuple of str
        What it says of normal rows, where everything else is an anomaly.
    kinds : ndarray of str or None
        What each anomaly is called, "" for the rest, where there are several kinds, and not too many to measure each.
    """

    y: NDArray[np.int8]
    notes: tuple[str, ...]
    anomaly_texts: tuple[str, ...] = ()
    normal_texts: tuple[str, ...] = ()
    kinds: NDArray[np.str_] | None = None
    labelling: Labelling = ROWS
    """Which rows have labels; of anomalies alone, `y` is 0 for the others, which count as normal."""


def read_labels(
    cells: pd.Series,
    positive: Sequence[str],
    where: str,
    normal: Sequence[str] = (),
    unlabelled: Sequence[str] = (),
) -> ReadLabels:
    """Which rows are anomalies, and which have no label.

    Parameters
    ----------
    cells : Series
        Two values, of which one speaks or is rare; or any number of which one is plainly normal.
    positive, normal : sequence of str
        The values that are anomalies, that are normal; all others are the other then.
    where : str
        What errors call the table.
    unlabelled : sequence of str
        Values of rows without a label, beside empty cells and, where neither `positive` nor `normal` is given alone,
        words such as `pending`.

    Raises
    ------
    DataError
        If no row has a label, one value alone does not say that it is normal, or it is not clear which are anomalies.
    """
    name = str(cells.name)
    texts = _texts(cells, where)
    found = _values(texts)
    without = _without_label(found, positive, normal, unlabelled, f"label column {name!r} of {where} has")
    values = [value for value in found if value not in without]
    texts = texts.mask(folded_texts(texts).isin([value.key for value in without]))
    missing = int(texts.isna().sum())
    if not values:
        raise DataError(
            f"{where}: no row has a label in column {name!r}; name another (`label_column`), or say that there are "
            "none (`no_labels`): then a detector that needs none is chosen by made-up anomalies"
        )
    shown = label_values.shown(values) + (
        f" and {missing:,} row{'s' * (missing > 1)} without a label" if missing else ""
    )
    if positive or normal:
        choice = label_values.given(values, positive, normal, f"label column {name!r} of {where} has {shown}", missing)
    elif len(values) == 1:
        choice = label_values.of_one(values[0], missing, name, f"{where}, label column {name!r}")
    elif len(values) > MOST_VALUES:
        raise DataError(
            f"label column {name!r} of {where} has {len(values):,} different values, among them {shown}: that is no "
            "label; name another (`label_column`), or say which values are normal (`normal`)"
        )
    else:
        choice = label_values.of_several(values, name, f"label column {name!r} of {where} has {shown}", missing)
    return _read(texts, values, choice, name, _told(without, missing))


def folded_texts(texts: pd.Series) -> pd.Series:
    """Labels with one spelling each, see `datasets.label_words.folded`."""
    return texts.map({text: folded(str(text)) for text in texts.dropna().unique()})


def _texts(cells: pd.Series, where: str) -> pd.Series:
    """Labels as texts, NA where there is none."""
    first = next((cell for cell in cells if cell is not None), None) if cells.dtype == object else None
    if isinstance(first, (list, tuple, dict, set, np.ndarray)):
        raise DataError(
            f"{where}, label column {cells.name!r} holds a {type(first).__name__} in each row; make it one value a row"
        )
    if isinstance(first, bytes):
        cells = cells.map(lambda cell: cell.decode(errors="replace") if isinstance(cell, bytes) else cell)
    return as_text(cells)


def _without_label(
    values: Sequence[LabelValue], positive: Sequence[str], normal: Sequence[str], unlabelled: Sequence[str], has: str
) -> list[LabelValue]:
    """The values that say that a row has no label: those given, and words for it.

    Where `positive` or `normal` is given alone, every other value is the other, whatever it says.
    """
    has = f"{has} {label_values.shown(values)}"
    given = label_values.named(values, unlabelled, "unlabelled", has)
    named = label_values.named(values, positive, "positive", has) | label_values.named(values, normal, "normal", has)
    if both := given & named:
        raise DataError(f"`unlabelled` and `positive` or `normal` both name {min(both)!r}: give one")
    words = bool(positive) == bool(normal)
    return [
        value
        for value in values
        if value.key in given or (words and value.key not in named and is_unlabelled(value.name))
    ]


def _told(without: Sequence[LabelValue], missing: int) -> str:
    """How rows without a label are known."""
    empty = missing - sum(value.rows for value in without)
    said = [f"{empty:,} empty"] if empty and without else ["empty"] if empty else []
    return ", ".join([*said, *(f"{value.rows:,} {value.name[:30]!r}" for value in without[:SHOWN])])


def _values(texts: pd.Series) -> list[LabelValue]:
    """The labels, the most common first; spellings of one are one."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for text, rows in texts.value_counts().items():
        spellings.setdefault(folded(str(text)), []).append((str(text), int(rows)))
    values = [
        LabelValue(key, found[0][0], sum(rows for _, rows in found), tuple(text for text, _ in found))
        for key, found in spellings.items()
    ]
    return sorted(values, key=lambda value: (-value.rows, value.key))


def _many(share: float) -> str:
    return f"caution: {share:.0%} of the rows are anomalies; is it not the other way round?" if share > 0.5 else ""


def _read(texts: pd.Series, values: Sequence[LabelValue], choice: Choice, name: str, without: str) -> ReadLabels:
    """The labels as chosen, and sentences about them; `without` says how rows without a label are known."""
    anomalous = [value for value in values if value.key in choice.anomalies]
    normal = [value for value in values if value.key not in choice.anomalies]
    keys = folded_texts(texts)
    y = keys.isin([value.key for value in anomalous]).to_numpy(bool).astype(np.int8)
    total = f" ({y.sum():,} rows)" if len(anomalous) > 1 else ""
    missing = texts.isna().to_numpy(bool)
    labelling: Labelling = ROWS if anomalous and normal else ANOMALIES_ALONE if anomalous else NORMAL_ALONE
    if labelling != ANOMALIES_ALONE:
        y[missing] = UNLABELLED
    is_, are = ("is", "the anomaly") if len(anomalous) == 1 else ("are", "anomalies")
    said = (
        f"{label_values.shown(anomalous, '' if total else ' rows')} {is_} {are}{total}{choice.why}, "
        if anomalous
        else ""
    )
    rest = f"{label_values.shown(normal, '' if anomalous else ' rows')} {'is' if len(normal) == 1 else 'are'} normal"
    note = f"label {name!r}: {said}{rest if normal else 'no row is labelled normal'}"
    spelled = [value for value in values if len(value.spellings) > 1]
    if spelled:
        note += f"; {' and '.join(map(repr, spelled[0].spellings[:3]))} are taken for one"
    note += f"; {choice.overruled}" if choice.overruled else ""
    caution = _many(float((y[y >= 0] == 1).mean()))
    notes = [note, *([caution] if caution else []), *_unlabelled_notes(labelling, int(missing.sum()), without)]
    names: Mapping[str, str] = {value.key: value.name for value in anomalous}
    several = 1 < len(anomalous) <= MOST_VALUES
    kinds = keys.map(lambda key: names.get(key, "")).to_numpy(dtype=str) if several else None
    plain = {value.key for value in anomalous} <= {"1", "true"} and {value.key for value in normal} <= {"0", "false"}
    spellings = [[text for value in side for text in value.spellings] for side in (anomalous, normal)]
    return ReadLabels(
        y, tuple(notes), () if plain else tuple(sorted(spellings[0])),
        tuple(sorted(spellings[1])) if choice.every_other and not plain else (), kinds, labelling,
    )  # fmt: skip


def _unlabelled_notes(labelling: Labelling, missing: int, known: str) -> list[str]:
    """What rows without a label are used for, and what that means for figures."""
    if not missing:
        return []
    rows = f"{missing:,} row{'s' if missing > 1 else ''} without a label ({known})"
    if labelling == ANOMALIES_ALONE:
        return [
            f"only anomalies are labelled: {rows} count as normal. Anomalies among them count as false alarms, so "
            "precision is at least what is shown, and AUROC and AP are too low rather than too high"
        ]
    if labelling == NORMAL_ALONE:
        return [f"{rows}: neither trained on nor measured"]
    return [
        f"{rows}: for training alone, no figure is over them; precision, AP and probabilities hold where anomalies "
        "are as frequent as among the labelled rows"
    ]
