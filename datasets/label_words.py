"""What people call anomalies and what they call the rest: labels of tables, folders of images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

ANOMALOUS, NORMAL = 1, 0

_NORMAL = """
normal normals norm nominal
good ok okay benign healthy inlier inliers legit legitimate genuine pass passed regular ordinary
valid authentic verified approved acceptable stable undamaged
usual typical clean intact sane ham conform conforming compliant accept accepted nonanomalous faultless
gut normale conforme correcto correct gesund sain sano 正常 良品
"""
_ANOMALOUS = """
anomaly anomalies anomalous anormal abnormal abnormality abnormalities anomalie anomalia anomaliya attack attacks fraud
frauds fraudulent fail fails failed failure failures fault faults faulty defect defects defective outlier outliers
malignant
bad ng reject rejected rejects error errors malicious malware intrusion intruder spam scam phishing suspicious damaged
damage broken invalid fake forged counterfeit unacceptable unstable unauthorized unauthorised
diseased disease sick unhealthy bot deviant deviating novelty unusual irregular illegitimate illegit
schlecht ausschuss defekt fehler mauvais malo 异常 不良
"""
_NOT = frozenset({"no", "non", "not", "without", "kein", "keine", "nicht", "ohne", "sans", "sin"})
_OPPOSITES = {"nok": ANOMALOUS, "nio": ANOMALOUS, "io": NORMAL, "noncompliant": ANOMALOUS}
_WORDS = dict.fromkeys(_NORMAL.split(), NORMAL) | dict.fromkeys(_ANOMALOUS.split(), ANOMALOUS) | _OPPOSITES
_PLAIN = {
    "0": NORMAL, "false": NORMAL, "no": NORMAL, "negative": NORMAL, "neg": NORMAL, "absent": NORMAL, "off": NORMAL,
    "f": NORMAL, "n": NORMAL, "-": NORMAL, "nein": NORMAL, "non": NORMAL,
    "1": ANOMALOUS, "true": ANOMALOUS, "yes": ANOMALOUS, "positive": ANOMALOUS, "pos": ANOMALOUS,
    "present": ANOMALOUS, "on": ANOMALOUS, "t": ANOMALOUS, "y": ANOMALOUS, "+": ANOMALOUS, "ja": ANOMALOUS,
    "oui": ANOMALOUS,
}  # fmt: skip
_QUOTED = re.compile(r"b?(['\"])(.*)\1")
_PAIRED = frozenset({"0", "1", "t", "f", "y", "n", "-", "+", "on", "off", "no", "non"})
"""What says something only beside its opposite: 1 beside 2 is a number, n beside a is the first letter of a word."""


class Strength(Enum):
    """How much a word says of itself: `anomaly` says it all, `positive` and 1 are a convention."""

    NONE = 0
    CONVENTION = 1
    WORD = 2


UNSURE = frozenset(
    {"unknown", "unlabeled", "unlabelled", "unsure", "uncertain", "undefined", "unclear", "background", "pending"}
)
"""Labels that do not say whether a row is normal."""


def folded(text: str) -> str:
    """What is the same for all spellings of a label: case, blanks, 1 and 1.0, 'yes' and b'yes' with their quotes."""
    inside = _QUOTED.fullmatch(text.strip())
    plain = " ".join((inside[2] if inside else text).split()).casefold()
    try:
        number = float(plain)
    except ValueError:
        return plain
    return f"{number:.17g}" if number == number else plain


def negates(text: str, other: str) -> bool:
    """Whether a label is another one with `not`, `non` or `no` before it."""
    joined = [re.sub(r"[\W_]+", "", folded(one)) for one in (text, other)]
    return joined[0] in {f"{negation}{joined[1]}" for negation in ("not", "non", "no")}


def names_labels(text: str) -> bool:
    """Whether a word for anomalies or for normal rows is in a name, whatever it says."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    return bool({*re.findall(r"[^\W\d_]+", apart)} & _WORDS.keys()) or _by_words(text) is not None


def speaks(text: str, beside: Iterable[str] = ()) -> tuple[int | None, Strength]:
    """Whether a label speaks of anomalies or of normal rows, and how clearly.

    Parameters
    ----------
    text : str
        As it stands in the table, or the name of a folder or column.
    beside : iterable of str
        The other labels.

    Returns
    -------
    int or None
        `ANOMALOUS`, `NORMAL`; None where it says neither, or both.
    Strength
    """
    meaning = _by_words(text)
    if meaning is not None:
        return meaning, Strength.WORD
    plain = folded(text)
    meaning = _PLAIN.get(plain)
    opposites = {_PLAIN.get(folded(other)) for other in beside} - {None, meaning}
    if meaning is None or (plain in _PAIRED and not opposites):
        return None, Strength.NONE
    return meaning, Strength.CONVENTION


def _by_words(text: str) -> int | None:
    """What the words of a label say, `not` before one turned round; None where they say nothing or both."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    joined = re.sub(r"[\W_]+", "", apart)
    if joined in _OPPOSITES:
        return _OPPOSITES[joined]
    found, turned = set(), False
    for word in re.findall(r"[^\W\d_]+", apart):
        if word in _NOT:
            turned = True
            continue
        meaning = _WORDS.get(word)
        for start, turns in (("non", True), ("not", True), ("is", False)):
            if meaning is None and word.startswith(start) and word[len(start) :] in _WORDS:
                meaning = abs(_WORDS[word[len(start) :]] - turns)
        if meaning is not None:
            found.add(1 - meaning if turned else meaning)
        turned = False
    return found.pop() if len(found) == 1 else None
