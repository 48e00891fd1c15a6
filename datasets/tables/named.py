"""Tables by name: read from the data folder, downloaded there, or a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from datasets.catalog import files
from datasets.catalog.adbench import LICENCE, TABLES
from datasets.catalog.catalog import find
from datasets.catalog.row import DatasetRow
from datasets.errors import DataError, Unreachable
from datasets.problems.dataset import Dataset
from datasets.request import Request


def load(
    name: str,
    data_dir: Path,
    *,
    allow_standin: bool = True,
    download: bool = True,
    notify: Callable[[str], None] = print,
) -> Dataset:
    """Read a dataset from the data folder, downloading it there first if need be.

    Parameters
    ----------
    name : str
        A name in the catalogue.
    data_dir : Path
        The folder of dataset files as published.
    allow_standin : bool
        Whether a generated stand-in may take the place of a dataset that is
        neither on disk nor reachable. It is announced, and carries its own name.
    download : bool
        Whether to try the network.
    notify : callable
        Told in one line of a download or a stand-in.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        If the name is unknown, the file is damaged or not the published one, the
        folder cannot be written, or the dataset is nowhere to be had.
    """
    row = find(name)
    if row.modality != "tabular":
        raise DataError(f"{name} is of images: datasets.load.load reads it")
    module, function = row.loader.split(":")
    read = getattr(import_module(module), function)
    if not row.files:
        return read()
    folder = Path(data_dir)
    for file in row.files:
        if (path := files.locate(file.name, folder)) is not None:
            files.check(path, file.sha256)
            return read(path)
    tried = [str(folder / file.name) for file in row.files]
    for file in row.files:
        if not download or file.url is None or file.sha256 is None:
            continue
        try:
            return read(files.fetch(file.url, file.name, file.sha256, folder, notify))
        except Unreachable as error:
            tried.append(str(error))
    if allow_standin and row.standin is not None:
        notify(
            f"{name} is neither in {folder} nor to be had from the network: going on with {row.standin}, which is "
            "generated; its scores stand beside no published number"
        )
        return load(row.standin, folder)
    raise DataError(_missing(row, folder, tried))


def _missing(row: DatasetRow, folder: Path, tried: list[str]) -> str:
    """Name the file, its checksum, the places tried and the way out."""
    best = row.files[0]
    checksum = f" (sha256 {best.sha256})" if best.sha256 else ""
    return (
        f"dataset {row.name!r} is not there; tried: {'; '.join(tried)}. Get {best.name}{checksum} from "
        f"{best.url or row.url} and put it in {folder.absolute()}, or pass `data_dir` with the folder that has it"
    )


def read(path: Path) -> Dataset:
    """Read one of the tables.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    from datasets.tables.own_table import read as read_own  # imports pandas

    name = next(name for name, row in TABLES.items() if row[0] == path.name)
    dataset = read_own(path, Request(str(path), label_column="label"))
    return replace(dataset, name=name, licence=LICENCE, notes=())
