"""Tables by name: read from the data folder, downloaded there, or a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

from datasets.catalog import files
from datasets.catalog.catalog import CATALOG, find
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
    data_dir : Path
        The folder of dataset files as published.
    allow_standin : bool
        Whether a generated stand-in may take the place of a dataset that is
        neither on disk nor reachable. It is announced, and carries its own name.
    download : bool
        Whether to try the network.
    notify : callable
        Told in one line of a download or a stand-in.
    """
    row = find(name)
    if row.modality != "tabular":
        raise DataError(f"{name} is of images: datasets.load.load reads it")
    read = resolve_name(row.loader)
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
    best = row.files[0]
    checksum = f" (sha256 {best.sha256})" if best.sha256 else ""
    raise files.nowhere(name, tried, f"{best.name}{checksum} from {best.url or row.url}", folder)


def read(path: Path) -> Dataset:
    """Read one of the tables."""
    from datasets.tables.own_table import read as read_own  # imports pandas

    row = next(row for row in CATALOG.values() if path.name in {file.name for file in row.files})
    dataset = read_own(path, Request(str(path), label_column="label"))
    return replace(dataset, name=row.name, licence=row.licence, notes=())
