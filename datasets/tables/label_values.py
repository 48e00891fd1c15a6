"""Which of a label column's values are anomalies: by what they say, else by which are rare, or as the person says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasets.errors import DataError
from datasets.label_words import ANOMALOUS, NORMAL, UNSURE, Strength, folded, negates, speaks

NEARLY_EVEN = 0.4
"""Where nothing speaks and the rarer of two values has a larger share, rarity says nothing either."""
SHOWN = 6


@dataclass(frozen=True)
class LabelValue:
    """A label with all its spellings."""

    key: str
    name: str
    rows: int
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """The values that are anomalies, by key; why, where it is not what they say."""

    anomalies: frozenset[str]
    why: str = ""
    overruled: str = "`positive` overrules"
    every_other: bool = False
    """Whether whatever is not normal is an anomaly."""
    by_rarity: bool = False
    """Whether nothing but rarity tells."""


def shown(values: Sequence[LabelValue], unit: str = "") -> str:
    """Labels with their numbers of rows; the unit stands behind the first."""
    listed = [f"{value.name[:30]!r} ({value.rows:,}{unit if i == 0 else ''})" for i, value in enumerate(values[:SHOWN])]
    more = len(values) - SHOWN
    return ", ".join(listed) + (f" and {more:,} more" if more > 0 else "")


def _share(values: Iterable[LabelValue], of: Sequence[LabelValue]) -> float:
    return sum(value.rows for value in values) / sum(value.rows for value in of)


def given(
    values: Sequence[LabelValue], positive: Sequence[str], normal: Sequence[str], has: str, missing: int
) -> Choice:
    """What the person says; a value that is in neither list must be in one, where both are given.

    Every label may be an anomaly where other rows have none, and normal in any case.
    """
    by_option = {"positive": named(values, positive, "positive", has), "normal": named(values, normal, "normal", has)}
    keys = {value.key for value in values}
    for option, found in by_option.items():
        if found == keys and option == "positive" and not missing:
            raise DataError(f"`{option}` names every value: {has}")
    both = by_option["positive"] & by_option["normal"]
    if both:
        raise DataError(f"`positive` and `normal` both name {min(both)!r}: give one")
    rest = [value for value in values if value.key not in by_option["positive"] | by_option["normal"]]
    if positive and normal and rest:
        raise DataError(
            f"neither `positive` nor `normal` names {rest[0].name!r} ({rest[0].rows:,} rows): {has}; `unlabelled` "
            f"{rest[0].name} if these rows have no label"
        )
    anomalies = by_option["positive"] if positive else keys - by_option["normal"]
    return Choice(frozenset(anomalies), overruled="", every_other=not positive)


def named(values: Sequence[LabelValue], texts: Sequence[str], option: str, has: str) -> set[str]:
    """The keys of values that an option names, each alone or several with commas."""
    keys = {value.key for value in values}
    found: set[str] = set()
    for text in texts:
        parts = [text] if folded(text) in keys else text.split(",")
        for part in parts:
            if folded(part) not in keys:
                raise DataError(f"`{option}` {part.strip()}: {has}")
            found.add(folded(part))
    return found


def of_one(value: LabelValue, missing: int, column: str, where: str) -> Choice:
    """What the only label says of its rows: that they are normal, or, beside rows without a label, anomalies."""
    meaning, strength = speaks(value.name, ("0", "1"))
    meaning, strength = (meaning, strength) if meaning is not None else speaks(value.name, ("no", "yes"))
    if strength is Strength.CONVENTION and _column_says(column) == NORMAL:
        meaning = 1 - int(meaning or 0)
    share = value.rows / (value.rows + missing)
    if (meaning, strength) == (NORMAL, Strength.WORD):
        return Choice(frozenset(), overruled="`positive` overrules" if missing else "", every_other=True)
    if missing and meaning != NORMAL and (strength is Strength.WORD or share <= NEARLY_EVEN):
        why = "" if meaning == ANOMALOUS else ", being the only label and rare"
        return Choice(frozenset({value.key}), why, "`normal` overrules")
    has = f"{where}: every label is {value.name!r} ({value.rows:,} rows" + (
        f", {missing:,} without)" if missing else ")"
    )
    ways = [f"if these rows are normal, `normal` {value.name}"]
    ways += [f"if they are anomalies, `positive` {value.name}"] if missing else []
    raise DataError(f"{has}; {'; '.join(ways)}; if it is no label, `label_column` or `no_labels`")


def of_several(values: Sequence[LabelValue], column: str, has: str, missing: int) -> Choice:
    """The anomalies of two values or more; beside rows without a label all may be, and rarity tells nothing."""
    choose = _of_two if len(values) == 2 else _of_many
    if not missing:
        return choose(values, column, has)
    if all(speaks(value.name) == (ANOMALOUS, Strength.WORD) for value in values):
        return Choice(frozenset(value.key for value in values), overruled="`normal` overrules")
    try:
        choice = choose(values, column, has)
        if choice.by_rarity:
            raise _ask(has, "some rows have no label, and these labels do not say which are anomalies", values)
    except DataError as error:
        names = ",".join(value.name for value in values[:SHOWN]) + (",…" if len(values) > SHOWN else "")
        raise DataError(f"{error}; `positive` {names} if all are anomalies") from error
    return choice


def _of_two(values: Sequence[LabelValue], column: str, has: str) -> Choice:
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
        return Choice(frozenset({rarer.key}), ", being the rarer", by_rarity=True)
    anomaly = next(
        value for value, meaning in zip(values, meanings, strict=True) if meaning == ANOMALOUS or (
            meaning is None and NORMAL in meanings)
    )  # fmt: skip
    share = _share([anomaly], values)
    if share > 0.5 and (not clear or None in meanings):
        raise _ask(has, f"{anomaly.name!r} should be the anomaly and is {share:.0%} of the rows", values)
    return Choice(frozenset({anomaly.key}))


def _signs(values: Sequence[LabelValue], column: str, has: str) -> Choice:
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
    return Choice(frozenset({rarer.key}), why, by_rarity=about is None)


def _of_many(values: Sequence[LabelValue], _: str, has: str) -> Choice:
    """Of many values those that say normal, where they are most rows: the rest are kinds of anomaly."""
    said = {value.key: speaks(value.name, [other.name for other in values if other is not value]) for value in values}
    ask = "say which are normal (`normal`) or which are anomalies (`positive`), several with commas between them"
    normal = [value for value in values if said[value.key] == (NORMAL, Strength.WORD)]
    if not normal and said[values[0].key][0] == NORMAL and _share(values[:1], values) >= 0.5:
        normal = [values[0]]
    unsure = [value for value in values if value.key in UNSURE or value.key == "-1"]
    if unsure:
        raise DataError(
            f"{has}: {unsure[0].name!r} does not say whether a row is normal; `unlabelled` {unsure[0].name} if these "
            f"rows have no label, or {ask}"
        )
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
    return Choice(anomalies, overruled="`normal` and `positive` overrule", every_other=True)


def _column_says(column: str) -> int | None:
    """What the label column's name says its 1 and true are."""
    meaning, strength = speaks(column)
    return meaning if strength is Strength.WORD else None


def _ask(has: str, why: str, values: Sequence[LabelValue]) -> DataError:
    way = " or ".join(f"`positive` {value.name}" for value in values)
    unsure = next((value for value in values if value.key in UNSURE or value.key == "-1"), None)
    none = f"; `unlabelled` {unsure.name} if these rows have no label" if unsure else ""
    return DataError(f"{has}: {why}; say which is the anomaly, {way}{none}")
