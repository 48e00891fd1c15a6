"""What people call folders: normal images, anomalies, training, test, masks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from datasets import label_words
from datasets.label_words import Strength, speaks

Side = Literal["train", "validation", "test"]
Label = Literal["normal", "anomaly"]
Use = Literal["masks", "unlabelled", "container"]

_NORMAL = """negative neg nominal passing undamaged unbroken flawless perfect acceptable uninfected defectless bueno bon
buono 合格 良"""
_ANOMALY = """positive pos anomal ko broken corrupt corrupted flaw flawed infected ill scrap scrapped novel atypical
erroneous incorrect wrong unacceptable nonconforming nonconformity invalid 異常 不良品 缺陷 欠陥 不合格"""
NORMAL, ANOMALY = frozenset(_NORMAL.split()), frozenset(_ANOMALY.split())
"""What folders are called beside the words for labels (`datasets.label_words`)."""
SIDES: dict[str, Side] = {
    **dict.fromkeys(("train", "training", "trainset", "trainingset", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "valset", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing", "testset", "tst", "eval", "evaluation", "holdout", "heldout"), "test"),
}
MASKS = frozenset(
    ("groundtruth", "gt", "mask", "segmentation", "seg", "annotation", "annot", "groundtruthmask", "segmentationmask")
)
UNLABELLED = frozenset(
    ("unlabelled", "unlabeled", "unknown", "unsorted", "unclassified", "new", "todo", "toscore", "predict", "inference")
)
CONTAINERS = frozenset(
    (
        "image",
        "images",
        "img",
        "imgs",
        "picture",
        "pictures",
        "pic",
        "photo",
        "photos",
        "sample",
        "samples",
        "data",
        "dataset",
    )
)
_FILLERS = CONTAINERS | frozenset(
    ("part", "parts", "piece", "pieces", "product", "products", "case", "cases", "class", "set", "only", "folder")
)
_LABELS: dict[frozenset[str], Label] = {NORMAL: "normal", ANOMALY: "anomaly"}
_LABELLED: dict[int | None, Label] = {label_words.NORMAL: "normal", label_words.ANOMALOUS: "anomaly"}
_NEGATIONS = frozenset(("no", "non", "not", "n", "without", "kein", "nicht"))


@dataclass(frozen=True)
class Meaning:
    """What the name of a folder says; nothing where it says nothing."""

    side: Side | None = None
    label: Label | None = None
    use: Use | None = None

    @property
    def speaks(self) -> bool:
        """Whether the name says anything."""
        return self != Meaning()


@cache
def meaning(name: str) -> Meaning:
    """What a folder of this name holds, in any case, singular or plural, with numbers or `images` around it.

    `train_good` says side and label; `Not OK` and `defect-free` are turned round by their negation.
    """
    words = _words(name)
    whole = "".join(words)
    if _any(whole, MASKS):
        return Meaning(use="masks")
    if _any(whole, UNLABELLED):
        return Meaning(use="unlabelled")
    if whole in SIDES:  # a label may be `valid`, a folder of this name is for validation
        return Meaning(side=SIDES[whole])
    label = _label(words)
    if label:
        return Meaning(label=label)
    for fillers in (frozenset[str](), _FILLERS):
        kept = [word for word in words if word not in fillers]
        if not kept:
            return Meaning(use="container") if words and all(word in CONTAINERS for word in words) else Meaning()
        if "".join(kept) in SIDES or (len(kept) == 1 and _any(kept[0], SIDES)):
            return Meaning(side=SIDES.get("".join(kept)) or SIDES[_singular(kept[0], SIDES)])
        if _any("".join(kept), MASKS):
            return Meaning(use="masks")
        for side, rest in ((kept[0], kept[1:]), (kept[-1], kept[:-1])):
            if side in SIDES and (label := _label(rest)):
                return Meaning(side=SIDES[side], label=label)
        if label := _label(kept):
            return Meaning(label=label)
    return Meaning()


def _label(words: list[str]) -> Label | None:
    """What all of the words say together; nothing where one of them says something else."""
    whole = "".join(words)
    for known, its in _LABELS.items():
        if _any(whole, known):
            return its
    label, strength = speaks(whole)
    if strength is Strength.WORD:
        return _LABELLED[label]
    if len(words) > 1:
        if words[0] in _NEGATIONS:
            return _opposite(_label(words[1:]))
        if words[-1] in ("free", "less"):
            return _opposite(_label(words[:-1]))
    singular = whole.removesuffix("s")
    return _label([singular]) if len(words) == 1 and singular != whole else None


def opposites(names: Iterable[str]) -> dict[str, Label]:
    """Labels of two names that say something beside each other alone: yes and no, 1 and 0, true and false."""
    pair = sorted(set(names))
    if len(pair) != 2:
        return {}
    said = {name: speaks(name, pair)[0] for name in pair}
    return {name: _LABELLED[label] for name, label in said.items()} if set(said.values()) == {0, 1} else {}


def _opposite(label: Label | None) -> Label | None:
    if label is None:
        return None
    return "anomaly" if label == "normal" else "normal"


def _words(name: str) -> list[str]:
    """Words of a name: cut at signs and where a capital follows a small letter, without numbers at either end."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    words = re.findall(r"[^\W\d_]+|\d+", text)
    while words and words[0].isdigit():
        words = words[1:]
    while words and words[-1].isdigit():
        words = words[:-1]
    return words


def _any(word: str, known: frozenset[str] | dict[str, Side]) -> bool:
    return _singular(word, known) in known


def _singular(word: str, known: frozenset[str] | dict[str, Side]) -> str:
    """The word as it is known: itself, or without the ending of a plural."""
    endings = (("", ""), ("ies", "y"), ("s", ""), ("es", ""), ("n", ""))
    forms = (word.removesuffix(end) + instead for end, instead in endings if word.endswith(end))
    return next((form for form in forms if form in known), word)
