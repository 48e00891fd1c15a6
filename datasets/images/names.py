"""Which images a name such as `mnist:3`, `faces64:blur` or `images:FOLDER` means."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError

FOLDER = "images"


@dataclass(frozen=True)
class Images:
    """A name taken apart.

    Parameters
    ----------
    name : str
        Of the dataset in the catalogue, or `images`.
    word : str, optional
        What stands after the colon: a class, a kind of anomaly; of a folder, the class after it.
    folder : Path, optional
        Of `images:FOLDER`.
    """

    name: str
    word: str | None = None
    folder: Path | None = None


def parse(text: str) -> Images | None:
    """What a name means, or None where it is no dataset of images."""
    head, colon, word = text.partition(":")
    if head == FOLDER:
        if not word:
            raise DataError("say which folder: images:FOLDER, with FOLDER/normal and, if there are any, FOLDER/anomaly")
        return _folder(word)
    row = CATALOG.get(head)
    if row is None or row.modality != "image":
        return None
    if not colon:
        return Images(head)
    able = [*row.classes, *row.anomaly_types]
    lower = {choice.lower(): choice for choice in able}
    if word.lower() in lower:
        return Images(head, lower[word.lower()])
    if row.classes and word.isdigit() and int(word) < len(row.classes):
        return Images(head, row.classes[int(word)])
    near = difflib.get_close_matches(word.lower(), lower, n=1)
    hint = f"did you mean {head}:{lower[near[0]]}? " if near else ""
    alone = f"{head} alone is all of them, one detector each; " if row.classes else ""
    raise DataError(f"{text}: {head} has no {word!r}; {hint}{alone}after the colon stands one of {', '.join(able)}")


def _folder(word: str) -> Images:
    """A folder, and after another colon the normal class of an ImageNet-style one."""
    path = Path(word).expanduser()
    if not path.is_dir() and ":" in word:
        stem, _, name = word.rpartition(":")
        if Path(stem).expanduser().is_dir():
            return Images(FOLDER, name, Path(stem).expanduser())
    return Images(FOLDER, None, path)


def name_of(images: Images) -> str:
    """What the record calls it: MLflow's names have no colon."""
    stem = images.name if images.folder is None else safe(images.folder.resolve().name)
    if images.folder is not None and stem in CATALOG:
        stem = f"{stem}-folder"
    word = images.word
    if word is None and images.folder is None:
        anomaly_types = CATALOG[images.name].anomaly_types
        word = anomaly_types[0] if anomaly_types else None
    return stem if word is None else f"{stem}-{safe(word)}"


def tasks(images: Images) -> list[str]:
    """The names of single tasks: one for each class that may be normal; of a folder, itself."""
    if images.folder is not None:
        return [f"{FOLDER}:{images.folder.resolve()}" + (f":{images.word}" if images.word else "")]
    row = CATALOG[images.name]
    words = [images.word] if images.word is not None or not row.classes else list(row.classes)
    return [images.name if word is None else f"{images.name}:{word}" for word in words]


LONGEST_NAME = 100
"""Bytes: a file of a study has a time and a suffix behind it, and file systems take 255."""


def safe(word: str, otherwise: str = FOLDER) -> str:
    """A word as names of the record may have it, with the letters of every script; another where nothing is left."""
    kept = "".join(c if c in "._-" or unicodedata.category(c)[0] in "LMN" else " " for c in _composed(word))
    name = "-".join(kept.split()).strip("-._")
    return name.encode()[:LONGEST_NAME].decode(errors="ignore").strip("-._") or otherwise


def _composed(word: str) -> str:
    """Letters with their accents in one character, as all but macOS writes them."""
    return unicodedata.normalize("NFC", word)
