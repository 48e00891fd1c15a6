"""From a request to a problem: read the data, cut it by its protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from datasets import remote
from datasets.images import names, split
from datasets.images.read import read as read_images
from datasets.problems import protocols
from datasets.problems.few_labels import Labels
from datasets.problems.problem import Problem
from datasets.request import OF_DATASET, Request, augmentation
from datasets.tables import named, own_table


def load(
    request: Request,
    data_dir: Path,
    *,
    allow_standin: bool = True,
    notify: Callable[[str], None] = print,
    name: Callable[[Request, str], str] = lambda request, sha256: request.name,
) -> Problem:
    """Read the data and cut it by its protocol.

    Parameters
    ----------
    request : Request
    data_dir : Path
    allow_standin : bool
        Whether a stand-in may take the place of celeba.
    notify : callable
        Told in one line what is fetched, or was read in an unforeseen way.
    name : callable
        What the record calls the data of a request, by their checksum.

    Raises
    ------
    DataError
        For anything wrong with the data or the request, in one line.
    """
    request.check()
    images = names.parse(request.dataset)
    if images is not None:
        pictures, task = read_images(images, data_dir, size=request.image_size, notify=notify)
        changes = pictures.augment if request.augment == OF_DATASET else request.augment
        return split.prepare(
            pictures, name(request, pictures.sha256), task, request.protocol, request.outer_split,
            augment=augmentation(changes), request=request.plain(),
        )  # fmt: skip
    if request.is_file:
        dataset = own_table.read(_local(request.dataset, data_dir, notify), request, notify)
        dataset = replace(dataset, name=name(request, dataset.sha256))
    else:
        dataset = named.load(request.dataset, data_dir, allow_standin=allow_standin, notify=notify)
        request = replace(request, dataset=dataset.name)  # a stand-in may have taken its place
    return protocols.prepare(
        dataset,
        request.protocol,
        request.outer_split,
        duplicates=request.duplicates,
        unseen=request.unseen,
        scale=request.scale,
        labels=Labels(request.labelled_anomalies, request.contamination),
        alarm_rate=request.alarm_rate,
        request=request.plain(),
    )


def _local(dataset: str, data_dir: Path, notify: Callable[[str], None]) -> Path:
    """The path of a table, fetched if it lies elsewhere."""
    path = remote.here(dataset)
    where = remote.address(path)
    return Path(path).expanduser() if where is None else remote.fetch(where, data_dir, notify)
