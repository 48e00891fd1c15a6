"""What is known of a dataset before it is read."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.catalog.files import Published


@dataclass(frozen=True)
class DatasetRow:
    """What is known of a dataset before it is read.

    Parameters
    ----------
    name : str
        What the command line calls it.
    summary : str
        One line for `list`.
    loader : str
        "module:function"; takes the file's path, or nothing where there are no files. That of an
        image dataset is called as ``function(name, data_dir, notify=callable)``, or with kinds of
        anomaly as ``function(data_dir, kind)``.
    files : tuple of Published
        Alternatives, best first: any one of them holds the dataset.
    shape : tuple of int
        Rows and columns as published; images, height, width and channels.
    anomalies : int
        Number of rows with label 1; 0 where every class is normal in turn.
    licence, citation : str
        Terms and what to cite.
    url : str
        Where a person reads about it.
    modality : str
        What a row is.
    protocols : tuple of str
        How it may be split.
    default_protocol : str
        How it is split unless told otherwise.
    standin : str, optional
        The generated dataset that takes its place on a first run without network.
    classes : tuple of str
        Names of its classes, where each may be the normal one (`name:class`) and the bare name means all.
    anomaly_types : tuple of str
        Other words after the colon that it knows, such as kinds of anomaly; the first is the default.
    """

    name: str
    summary: str
    loader: str
    files: tuple[Published, ...]
    shape: tuple[int, ...]
    anomalies: int
    licence: str
    citation: str
    url: str
    modality: str = "tabular"
    protocols: tuple[str, ...] = ("report", "raw", "grouped")
    default_protocol: str = "report"
    standin: str | None = None
    classes: tuple[str, ...] = ()
    anomaly_types: tuple[str, ...] = ()
