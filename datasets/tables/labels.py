"""Which rows of a user's table are anomalies: by what labels say, else by which are rare, and always said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.label_words import ANOMALOUS, NORMAL, UNSURE, Strength, folded, negates, speaks
from datasets.tables.label_column import MOST_VALUES
from trainables.core.preprocessing.cells import as_text

if TYPE_CHECKING:
    import pandas as pd

NEARLY_EVEN = 0.4
"""Where nothing speaks and the rarer of two values has a larger share, rarity says nothing either."""
SHOWN = 6


@dataclass(frozen=True, eq=False)
class ReadLabels:
    """Labels of a table, and how they were read.

    Attributes
    ----------
    y : ndarray of int8
        1 for anomalies.
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


@dataclass(frozen=True)
class _Value:
    """A label with all its spellings."""

    key: str
    name: str
    rows: int
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class _Choice:
    """The values that are anomalies, by key; why, where it is not what they say."""

    anomalies: frozenset[str]
    why: str = ""
    overruled: str = "`positive` overrules"
    every_other: bool = False
    """Whether whatever is not normal is an anomaly."""


def read_labels(cells: pd.Series, positive: Sequence[str], where: str, normal: Sequence[str] = ()) -> ReadLabels:
    """Which rows are anomalies.

    Parameters
    ----------
    cells : Series
        Two values, of which one speaks or is rare; or any number of which one is plainly normal.
    positive, normal : sequence of str
        The values that are anomalies, that are normal; all others are the other then.
    where : str
        What errors call the table.

    Raises
    ------
    DataError
        If a label is missing, there is one value alone, or it is not clear which are anomalies.
    """
    name = str(cells.name)
    texts = _texts(cells, where)
    values = _values(texts)
    shown = _shown(values)
    if len(values) == 1 and not (positive or normal):
        raise DataError(f"{where}: every label in column {name!r} is {values[0].name!r}, so nothing can be measured")
    if positive or normal:
        choice = _given(values, positive, normal, f"label column {name!r} of {where} has {shown}")
    elif len(values) > MOST_VALUES:
        raise DataError(
            f"label column {name!r} of {where} has {len(values):,} different values, among them {shown}: that is no "
            "label; name another (`label_column`), or say which values are normal (`normal`)"
        )
    else:
        choose = _of_two if len(values) == 2 else _of_many
        choice = choose(values, name, f"label column {name!r} of {where} has {shown}")
    return _read(texts, values, choice, name)


def folded_texts(texts: pd.Series) -> pd.Series:
    """Labels with one spelling each, see `datasets.label_words.folded`."""
    return texts.map({text: folded(str(text)) for text in texts.dropna().unique()})


def _texts(cells: pd.Series, where: str) -> pd.Series:
    """Labels as texts, every one there."""
    first = next((cell for cell in cells if cell is not None), None) if cells.dtype == object else None
    if isinstance(first, (list, tuple, dict, set, np.ndarray)):
        raise DataError(
            f"{where}, label column {cells.name!r} holds a {type(first).__name__} in each row; make it one value a row"
        )
    if isinstance(first, bytes):
        cells = cells.map(lambda cell: cell.decode(errors="replace") if isinstance(cell, bytes) else cell)
    texts = as_text(cells)
    empty = np.flatnonzero(texts.isna().to_numpy())
    if len(empty):
        rows = ", ".join(str(row) for row in empty[:3]) + (", …" if len(empty) > 3 else "")
        several = len(empty) > 1
        raise DataError(
            f"{where}, label column {cells.name!r}: row{'s' if several else ''} {rows} "
            f"{'have' if several else 'has'} no label ({len(empty):,} of {len(texts):,} rows; empty, NA and None are "
            "no labels); remove them, or write into the column what they are"
        )
    return texts


def _values(texts: pd.Series) -> list[_Value]:
    """The labels, the most common first; spellings of one are one."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for text, rows in texts.value_counts().items():
        spellings.setdefault(folded(str(text)), []).append((str(text), int(rows)))
    values = [
        _Value(key, found[0][0], sum(rows for _, rows in found), tuple(text for text, _ in found))
        for key, found in spellings.items()
    ]
    return sorted(values, key=lambda value: (-value.rows, value.key))


def _shown(values: Sequence[_Value], unit: str = "") -> str:
    """Labels with their numbers of rows; the unit stands behind the first."""
    listed = [f"{value.name[:30]!r} ({value.rows:,}{unit if i == 0 else ''})" for i, value in enumerate(values[:SHOWN])]
    more = len(values) - SHOWN
    return ", ".join(listed) + (f" and {more:,} more" if more > 0 else "")


def _share(values: Iterable[_Value], of: Sequence[_Value]) -> float:
    return sum(value.rows for value in values) / sum(value.rows for value in of)


def _given(values: Sequence[_Value], positive: Sequence[str], normal: Sequence[str], has: str) -> _Choice:
    """What the person says; a value that is in neither list must be in one, where both are given."""
    named = {"positive": _named(values, positive, "positive", has), "normal": _named(values, normal, "normal", has)}
    keys = {value.key for value in values}
    for option, found in named.items():
        if found == keys:
            raise DataError(f"`{option}` names every value: {has}")
    both = named["positive"] & named["normal"]
    if both:
        raise DataError(f"`positive` and `normal` both name {min(both)!r}: give one")
    rest = [value for value in values if value.key not in named["positive"] | named["normal"]]
    if positive and normal and rest:
        raise DataError(f"neither `positive` nor `normal` names {rest[0].name!r} ({rest[0].rows:,} rows): {has}")
    anomalies = named["positive"] if positive else keys - named["normal"]
    return _Choice(frozenset(anomalies), overruled="", every_other=not positive)


def _named(values: Sequence[_Value], given: Sequence[str], option: str, has: str) -> set[str]:
    """The keys of values that an option names, each alone or several with commas."""
    keys = {value.key for value in values}
    named: set[str] = set()
    for text in given:
        parts = [text] if folded(text) in keys else text.split(",")
        for part in parts:
            if folded(part) not in keys:
                raise DataError(f"`{option}` {part.strip()}: {has}")
            named.add(folded(part))
    return named


def _of_two(values: Sequence[_Value], column: str, has: str) -> _Choice:
    """The anomaly of two values: by what they and their column say, else the rarer."""
    rarer = values[1]
    if {value.key for value in values} == {"-1", "1"}:
        return _signs(values, column, has)
    said = [speaks(value.name, [other.name for other in values if other is not value]) for value in values]
    meanings = [meaning for meaning, _ in said]
    if meanings == [None, None]:
        names = [value.name for value in values]
        meanings = [NORMAL if negates(*names) else None, NORMAL if negates(*names[::-1]) else None]
    clear = any(strength is Strength.WORD for _, strength in said)
    if not clear and meanings.count(None) == 0:
        about = _column_says(column)
        clear = about is not None
        if about == NORMAL:
            meanings = [1 - int(meaning or 0) for meaning in meanings]
    unsure = next((value for value in values if value.key in UNSURE), None)
    if unsure is not None or (meanings[0] == meanings[1] and meanings[0] is not None):
        why = f"{unsure.name!r} does not say whether a row is normal" if unsure else "both mean the same"
        raise _ask(has, why, values)
    if meanings == [None, None]:
        if _share([rarer], values) > NEARLY_EVEN:
            even = "equally many" if values[0].rows == rarer.rows else "nearly as many of one as of the other"
            raise _ask(has, f"{even}, and neither says which it is", values)
        return _Choice(frozenset({rarer.key}), ", being the rarer")
    anomaly = next(
        value for value, meaning in zip(values, meanings, strict=True) if meaning == ANOMALOUS or (
            meaning is None and NORMAL in meanings)
    )  # fmt: skip
    share = _share([anomaly], values)
    if share > 0.5 and (not clear or None in meanings):
        raise _ask(has, f"{anomaly.name!r} should be the anomaly and is {share:.0%} of the rows", values)
    return _Choice(frozenset({anomaly.key}))


def _signs(values: Sequence[_Value], column: str, has: str) -> _Choice:
    """The anomaly of -1 and 1: scikit-learn has -1, others 1."""
    rarer = values[1]
    about = _column_says(column)
    by_name = {ANOMALOUS: "1", NORMAL: "-1", None: rarer.key}[about]
    share = _share([rarer], values)
    if by_name != rarer.key:
        raise _ask(has, f"by its name {by_name} is the anomaly, which is {1 - share:.0%} of the rows", values)
    if about is None and share > NEARLY_EVEN:
        raise _ask(has, "scikit-learn has -1 for anomalies, others 1, and neither is rare", values)
    why = ", being the rarer (as in scikit-learn)" if rarer.key == "-1" else ", being the rarer (scikit-learn has -1)"
    return _Choice(frozenset({rarer.key}), why)


def _of_many(values: Sequence[_Value], _: str, has: str) -> _Choice:
    """Of many values those that say normal, where they are most rows: the rest are kinds of anomaly."""
    said = {value.key: speaks(value.name, [other.name for other in values if other is not value]) for value in values}
    ask = "say which are normal (`normal`) or which are anomalies (`positive`), several with commas between them"
    normal = [value for value in values if said[value.key] == (NORMAL, Strength.WORD)]
    if not normal and said[values[0].key][0] == NORMAL and _share(values[:1], values) >= 0.5:
        normal = [values[0]]
    unsure = [value for value in values if value.key in UNSURE or value.key == "-1"]
    if unsure:
        raise DataError(f"{has}: {unsure[0].name!r} does not say whether a row is normal; {ask}, or remove those rows")
    if not normal:
        raise DataError(f"{has}: {ask}, for example `normal` {values[0].name}")
    share = _share(normal, values)
    names = ",".join(value.name for value in normal)
    if share < 0.5:
        raise DataError(
            f"{has}: {names} should be normal and {'are' if len(normal) > 1 else 'is'} {share:.0%} of the rows; {ask}: "
            f"`normal` {names} if that is meant"
        )
    anomalies = frozenset(value.key for value in values) - {value.key for value in normal}
    return _Choice(anomalies, overruled="`normal` and `positive` overrule", every_other=True)


def _column_says(column: str) -> int | None:
    """What the label column's name says its 1 and true are."""
    meaning, strength = speaks(column)
    return meaning if strength is Strength.WORD else None


def _ask(has: str, why: str, values: Sequence[_Value]) -> DataError:
    way = " or ".join(f"`positive` {value.name}" for value in values)
    return DataError(f"{has}: {why}; say which is the anomaly, {way}")


def _many(share: float) -> str:
    return f"caution: {share:.0%} of the rows are anomalies; is it not the other way round?" if share > 0.5 else ""


def _read(texts: pd.Series, values: Sequence[_Value], choice: _Choice, name: str) -> ReadLabels:
    """The labels as chosen, and the sentence about it."""
    anomalous = [value for value in values if value.key in choice.anomalies]
    normal = [value for value in values if value.key not in choice.anomalies]
    keys = folded_texts(texts)
    y = keys.isin([value.key for value in anomalous]).to_numpy(bool).astype(np.int8)
    total = f" ({y.sum():,} rows)" if len(anomalous) > 1 else ""
    is_, are = ("is", "the anomaly") if len(anomalous) == 1 else ("are", "anomalies")
    note = (
        f"label {name!r}: {_shown(anomalous, '' if total else ' rows')} {is_} {are}{total}{choice.why}, "
        f"{_shown(normal)} {'is' if len(normal) == 1 else 'are'} normal"
    )
    spelled = [value for value in values if len(value.spellings) > 1]
    if spelled:
        note += f"; {' and '.join(map(repr, spelled[0].spellings[:3]))} are taken for one"
    note += f"; {choice.overruled}" if choice.overruled else ""
    caution = _many(float(y.mean()))
    names: Mapping[str, str] = {value.key: value.name for value in anomalous}
    several = 1 < len(anomalous) <= MOST_VALUES
    kinds = keys.map(lambda key: names.get(key, "")).to_numpy(dtype=str) if several else None
    plain = {value.key for value in anomalous} <= {"1", "true"} and {value.key for value in normal} <= {"0", "false"}
    spellings = [[text for value in side for text in value.spellings] for side in (anomalous, normal)]
    return ReadLabels(
        y, (note, caution) if caution else (note,), () if plain else tuple(sorted(spellings[0])),
        tuple(sorted(spellings[1])) if choice.every_other and not plain else (), kinds,
    )  # fmt: skip
