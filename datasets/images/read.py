"""Read the images that a name means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.images.dataset import ImageDataset
from datasets.images.folders.folder import read as read_folder
from datasets.images.names import Images


def read(
    images: Images, data_dir: Path, *, size: int | None = None, notify: Callable[[str], None] = print
) -> tuple[ImageDataset, int | None]:
    """The images, and the class that is normal; None is each that may be in turn."""
    if images.folder is not None:
        dataset = read_folder(images.folder, notify=notify, size=size, normal=images.word)
        return dataset, None if images.word is None or len(dataset.tasks) == 1 else dataset.task(images.word)
    if size is not None:
        raise DataError(f"`image_size` is for a folder of your own; the images of {images.name} have one size")
    row = CATALOG[images.name]
    load = resolve_name(row.loader)
    if row.anomaly_types:
        return load(data_dir, images.word or row.anomaly_types[0]), None
    dataset = load(row.name, data_dir, notify=notify)
    return dataset, None if images.word is None else dataset.task(images.word)
