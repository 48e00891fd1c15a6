"""Faces are normal: the face homework's arrays, and a small set of faces against kinds of anomaly."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.catalog import files
from datasets.catalog.images import PREPARED, SYNTHETIC, image_row
from datasets.errors import DataError
from datasets.images import synthetic_anomalies
from datasets.images.dataset import ImageDataset, as_images, checksum
from datasets.images.folders.rows import array_of
from datasets.images.standard import find_prepared, read_npz
from datasets.problems.dataset import is_number

TRAIN, TEST = "trainingset.npy", "testingset.npy"
LABELS = ("testinglabels.npy", "testinglabels.csv")
MOST_HELD_OUT = 2000
"""Training faces that synthetic anomalies are made of, at most: enough to choose by, and the others train."""
FEWEST = 15

_Part = tuple[NDArray[np.uint8], NDArray[np.int16] | int, bool]
"""Images, the class of each or of all, and whether they are test images."""


def faces(data_dir: Path, kind: str = "mixed") -> ImageDataset:
    """The face homework: `trainingset.npy` is normal, `testingset.npy` is to be scored.

    The files are in `data_dir` or its folder `faces`; they cannot be downloaded without signing in.
    With a file of labels for the testing set beside them (`testinglabels.npy` or `testinglabels.csv`,
    a plain column or columns ID and label, 1 for anomalies) the testing set is the official test;
    without, it is `unlabelled`. There are no real anomalies to choose by: synthetic ones are made of
    a third of the training faces, at most `MOST_HELD_OUT`, which do not stand as normal ones.

    Parameters
    ----------
    data_dir : Path
    kind : str
        The kind of synthetic anomaly; "mixed" makes three kinds in equal numbers.

    Returns
    -------
    ImageDataset
        Class 0 is "face"; with labels, "anomaly" are the testing set's and "synthetic" those made
        here; without, one class for each kind made.
    """
    kinds = _kinds("faces", kind)
    path = files.locate(TRAIN, data_dir, "faces")
    if path is None:
        tried = [str(place / TRAIN) for place in (data_dir, data_dir / "faces")]
        needed = f"{TRAIN} and {TEST} from {image_row('faces').url}"
        raise files.nowhere("faces", tried, needed, data_dir, "them")
    folder = path.parent
    if not (folder / TEST).is_file():
        raise DataError(f"{folder} has {TRAIN} but not {TEST}; put {TEST} beside it")
    train, test = (as_images(array_of(folder / name), str(folder / name)) for name in (TRAIN, TEST))
    if train.shape[1:] != test.shape[1:]:
        raise DataError(f"{folder}: {TRAIN} has images of shape {train.shape[1:]}, {TEST} of {test.shape[1:]}")
    labels_file = next((folder / name for name in LABELS if (folder / name).is_file()), None)
    normal, made, which = _synthetic(train, kinds, path, MOST_HELD_OUT)
    note = (
        f"anomalies to choose by are synthetic ({', '.join(kinds)}), made of {len(made):,} training faces that do "
        "not stand as normal ones"
    )
    if labels_file is None:
        note = f"{note}; so are those of the test, since the testing set has no labels"
        parts: list[_Part] = [(normal, 0, False), (made, which + 1, False)]
        return _dataset("faces", parts, ("face", *kinds), str(path), note, unlabelled=test)
    parts = [(normal, 0, False), (made, 2, False), (test, read_labels(labels_file, len(test)), True)]
    return _dataset("faces", parts, ("face", "anomaly", "synthetic"), str(path), note)


def faces64(data_dir: Path, kind: str = "objects") -> ImageDataset:
    """1,200 aligned faces, 64×64 in colour, against anomalies of one kind; no published split.

    Parameters
    ----------
    data_dir : Path
        Has `faces64.npz`, and `tinyimagenet.npz` for "objects"; each may be in a folder of its name.
        They are not published for download.
    kind : {"objects", "blur", "patches", "turned"}
        "objects" are photos of Tiny ImageNet. Anomalies of the other kinds are made of a third of the
        faces, which do not stand as normal ones; that third is the same for all kinds.

    Returns
    -------
    ImageDataset
        Class 0 is "face", class 1 the kind.
    """
    (kind,) = _kinds("faces64", kind)
    path, X = _prepared("faces64", Path(data_dir))
    if kind == "objects":
        other, made = _prepared("tinyimagenet", Path(data_dir))
        normal, source = X, f"{path}; {other}"
        note = "anomalies are photos of Tiny ImageNet's 200 classes"
    else:
        normal, made, _ = _synthetic(X, (kind,), path)
        source = str(path)
        note = f"anomalies are synthetic ({kind}), made of {len(made):,} faces that do not stand as normal ones"
    return _dataset("faces64", [(normal, 0, False), (made, 1, False)], ("face", kind), source, note)


def read_labels(path: Path, n: int) -> NDArray[np.int16]:
    """Labels of n images: 1 for anomalies.

    Parameters
    ----------
    path : Path
        A .npy array of n labels, or a .csv file: one column in the images' order, or two of
        which the first is the image's number from 0, in any order. A first line of words is a heading.
    n : int
    """
    values = np.asarray(array_of(path)).ravel() if path.suffix == ".npy" else _csv_labels(path, n)
    if len(values) != n:
        raise DataError(f"{path} has {len(values):,} labels for {n:,} images")
    if values.dtype.kind not in "iufb" or not np.isin(values, (0, 1)).all():
        raise DataError(f"{path} has labels other than 0 (normal) and 1 (anomaly)")
    return values.astype(np.int16)


def _csv_labels(path: Path, n: int) -> NDArray[np.float64]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as handle:
            rows = [row for row in csv.reader(handle) if any(cell.strip() for cell in row)]
        heading = bool(rows) and not all(map(is_number, rows[0]))
        table = np.array(rows[heading:], np.float64)
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table of numbers: {' '.join(str(error).split())[:200]}") from error
    if table.ndim != 2 or table.shape[1] not in (1, 2):
        raise DataError(f"{path} must have one column, the label, or two, ID and label")
    if table.shape[1] == 1:
        return table[:, 0]
    if not np.array_equal(np.sort(table[:, 0]), np.arange(n)):
        raise DataError(f"{path}: the column ID must have each number from 0 to {n - 1:,} once")
    return table[np.argsort(table[:, 0]), 1]


def _kinds(name: str, kind: str) -> tuple[str, ...]:
    """The kinds of anomaly that a word means."""
    able = image_row(name).anomaly_types
    if kind not in able:
        raise DataError(f"{name}:{kind}: {name} has no kind of anomaly {kind!r}; there is {', '.join(able)}")
    return SYNTHETIC if kind == "mixed" else (kind,)


def _prepared(name: str, data_dir: Path) -> tuple[Path, NDArray[np.uint8]]:
    """A prepared file and its images."""
    path = find_prepared(name, data_dir)
    if path is None:
        file = PREPARED[name]
        raise DataError(
            f"{file.name} is neither in {data_dir.absolute()} nor in its folder {name}, and cannot be downloaded. Put "
            f"{file.name} (sha256 {file.sha256}) there, pass `data_dir` with the folder that has it, or take images "
            "of your own: images:FOLDER"
        )
    return path, as_images(read_npz(path, ("x_train",))[0], str(path))


def _synthetic(
    X: NDArray[np.uint8], kinds: tuple[str, ...], path: Path, most: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int16]]:
    """Faces that stay normal, anomalies made of the others, and the kind of each."""
    if len(X) < FEWEST:
        raise DataError(f"{path} has {len(X)} faces; at least {FEWEST} are needed to make anomalies of some of them")
    held, made, which = synthetic_anomalies.of_some(X, kinds, most)
    return X[~held], made, which


def _dataset(
    name: str,
    parts: list[_Part],
    class_names: tuple[str, ...],
    source: str,
    note: str,
    unlabelled: NDArray[np.uint8] | None = None,
) -> ImageDataset:
    """Images, classes and sides, joined."""
    X = np.concatenate([images for images, *_ in parts])
    classes = np.concatenate([np.broadcast_to(y, len(images)) for images, y, _ in parts]).astype(np.int16)
    official = np.repeat([test for *_, test in parts], [len(images) for images, *_ in parts])
    return ImageDataset(
        name,
        X,
        classes,
        official,
        class_names,
        (0,),
        source,
        checksum(X, classes, official),
        image_row(name).licence,
        (note,),
        "flip",
        unlabelled=unlabelled,
        unlabelled_ids=tuple(map(str, range(len(unlabelled)))) if unlabelled is not None else (),
        made_up=name == "faces",
    )
