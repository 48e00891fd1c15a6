"""Which images a name such as `mnist:3`, `faces64:blur` or `images:FOLDER` means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.errors import DataError

if TYPE_CHECKING:
    from datasets.image_dataset import ImageDataset

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
    """What a name means, or None where it is no dataset of images.

    Raises
    ------
    DataError
        If it has a colon and what stands there is not known.
    """
    from datasets.catalog import CATALOG

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
    able = [*row.classes, *row.kinds]
    lower = {one.lower(): one for one in able}
    if word.lower() in lower:
        return Images(head, lower[word.lower()])
    if row.classes and word.isdigit() and int(word) < len(row.classes):
        return Images(head, row.classes[int(word)])
    near = difflib.get_close_matches(word.lower(), lower, n=1)
    hint = f"did you mean {head}:{lower[near[0]]}? " if near else ""
    one = f"{head} alone is all of them, one detector each; " if row.classes else ""
    raise DataError(f"{text}: {head} has no {word!r}; {hint}{one}after the colon stands one of {', '.join(able)}")


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
    stem = images.name if images.folder is None else _safe(images.folder.resolve().name)
    from datasets.catalog import CATALOG

    if images.folder is not None and stem in CATALOG:
        stem = f"{stem}-folder"
    word = images.word
    if word is None and images.folder is None:
        kinds = CATALOG[images.name].kinds
        word = kinds[0] if kinds else None
    return stem if word is None else f"{stem}-{_safe(word)}"


def tasks(images: Images) -> list[str]:
    """The names of single tasks: one for each class that may be normal; of a folder, itself."""
    from datasets.catalog import CATALOG

    if images.folder is not None:
        return [f"{FOLDER}:{images.folder.resolve()}" + (f":{images.word}" if images.word else "")]
    row = CATALOG[images.name]
    words = [images.word] if images.word is not None or not row.classes else list(row.classes)
    return [images.name if word is None else f"{images.name}:{word}" for word in words]


def read(
    images: Images, data_dir: Path, *, size: int | None = None, notify: Callable[[str], None] = print
) -> tuple[ImageDataset, int | None]:
    """The images, and the class that is normal; None is each in turn.

    Raises
    ------
    DataError
        For anything wrong with them, in one line.
    """
    from datasets.catalog import CATALOG

    if images.folder is not None:
        from datasets.image_folder import read as read_folder

        dataset = read_folder(images.folder, notify=notify, size=size)
        return dataset, _task(dataset, images.word)
    if size is not None:
        raise DataError(f"--image-size is for a folder of your own; the images of {images.name} have one size")
    row = CATALOG[images.name]
    module, function = row.loader.split(":")
    load = getattr(import_module(module), function)
    if row.kinds:
        dataset = load(data_dir, download=True, notify=notify, kind=images.word or row.kinds[0])
        return dataset, _task(dataset, None)
    dataset = load(data_dir, download=True, notify=notify)
    return dataset, _task(dataset, images.word)


def _task(dataset: ImageDataset, word: str | None) -> int | None:
    if word is not None:
        return dataset.task(word)
    return dataset.tasks[0] if len(dataset.tasks) == 1 else None


def _safe(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-._") or FOLDER
