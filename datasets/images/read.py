"""Read the images that a name means."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.images.dataset import ImageDataset
from datasets.images.folder import read as read_folder
from datasets.images.names import Images


def read(
    images: Images, data_dir: Path, *, size: int | None = None, notify: Callable[[str], None] = print
) -> tuple[ImageDataset, int | None]:
    """The images, and the class that is normal; None is each in turn.

    Raises
    ------
    DataError
        For anything wrong with them, in one line.
    """
    if images.folder is not None:
        dataset = read_folder(images.folder, notify=notify, size=size)
        return dataset, _task(dataset, images.word)
    if size is not None:
        raise DataError(f"`image_size` is for a folder of your own; the images of {images.name} have one size")
    row = CATALOG[images.name]
    module, function = row.loader.split(":")
    load = getattr(import_module(module), function)
    if row.anomaly_types:
        dataset = load(data_dir, download=True, notify=notify, kind=images.word or row.anomaly_types[0])
        return dataset, _task(dataset, None)
    dataset = load(data_dir, download=True, notify=notify)
    return dataset, _task(dataset, images.word)


def _task(dataset: ImageDataset, word: str | None) -> int | None:
    if word is not None:
        return dataset.task(word)
    return dataset.tasks[0] if len(dataset.tasks) == 1 else None
