"""A folder of image files as a dataset: normal against anomaly, or classes of which each is normal in turn."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.errors import DataError
from datasets.images import synthetic_anomalies
from datasets.images.dataset import ImageDataset, checksum
from datasets.images.folders.layout import NORMAL, Layout
from datasets.images.folders.recognition import FORM, recognise
from datasets.images.folders.tree import Tree, counted
from datasets.images.names import safe
from datasets.images.rows import ImageRows, check_depth, open_image

MOST, SMALLEST, STEP = 64, 8, 4
"""Longer side of images unless a size is asked for, the shortest side that networks take, and what sides that are
chosen here are multiples of: networks halve them."""
FEWEST, FEWEST_TO_MAKE = 5, 15
"""Normal images needed, and needed where anomalies must be made of some of them."""
MOST_HELD_OUT = 2000
GREY = ("1", "L", "LA", "La")


def read(
    folder: Path, *, notify: Callable[[str], None], size: int | None = None, normal: str | None = None
) -> ImageDataset:
    """Read a folder of image files.

    Either one class is normal, by the names that people give such folders (`datasets.images.folders.words`)::

        FOLDER/normal/…            training images
        FOLDER/anomaly/…           anomalies to choose by; folders in it are kinds (optional)
        FOLDER/test/normal/…       official test images (optional, both or neither)
        FOLDER/test/anomaly/…      or a folder for each kind
        FOLDER/test/…              images without labels, to be scored (optional)
        FOLDER/ground_truth/KIND/… masks of anomalies (optional)

    with the training images in FOLDER or in FOLDER/train; or each of several classes in turn, where no name says
    that it is normal or not::

        FOLDER/train/CLASS/…       or FOLDER/CLASS/…
        FOLDER/val/CLASS/…         official test images (optional), or to choose by, where there is
        FOLDER/test/CLASS/…        which then has the official test images, or
        FOLDER/test/…              images without labels, to be scored

    Images may be in deeper folders, of any size and mode; they are turned as their camera says, grey
    if all are stored grey, else RGB. If their sizes differ or are larger than `MOST`, they are cut to
    the middle part of the common shape and resized bilinearly.

    Parameters
    ----------
    folder : Path
    notify : callable
        Told, a line each, what every folder was taken for, and what was changed or left out.
    size : int, optional
        Height and width wanted, in pixels; unless given, the median height and width, both made smaller
        by one factor where one is above `MOST`, as multiples of `STEP`.
    normal : str, optional
        The name of the folder of normal images, where names do not say it.

    Returns
    -------
    ImageDataset
        Where there is no anomaly to choose by, synthetic ones are made of a third of the normal
        training images, which do not stand as normal ones; a note says so.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder of images; {FORM}")
    if size is not None and size < SMALLEST:
        raise DataError(f"images of {size} x {size} pixels are too small; give a size of {SMALLEST} or more")
    tree = Tree.of(folder)
    layout = recognise(tree, normal)
    for line in layout.said(tree):
        notify(line)
    if layout.one_normal:
        _enough(folder, layout)
    class_names, files, tested = zip(*layout.files, strict=True)
    shape = _shape([*files, *layout.plain], size, notify)
    X = _pixels(files, shape)
    names, notes = tuple(dict.fromkeys(class_names)), ["images of a folder: no published figure stands beside these"]
    notes.append(layout.note(tree))
    classes, test = np.array([names.index(name) for name in class_names], np.int16), np.array(tested)
    made_up = layout.one_normal and not (~test & (classes > 0)).any()
    if made_up:
        X, classes, test, names, note = _with_synthetic(X, classes, test, names)
        notes.append(note)
        notify(note)
    unlabelled = _pixels(layout.plain, shape) if layout.plain else None
    return ImageDataset(
        safe(folder.resolve().name),
        X,
        classes,
        test,
        names,
        (0,) if layout.one_normal else tuple(range(len(names))),
        str(folder),
        checksum(X, classes, test),
        "that of the folder's images",
        tuple(notes),
        unlabelled=unlabelled,
        unlabelled_ids=tuple(str(file.relative_to(layout.plain_root or folder)) for file in layout.plain),
        made_up=made_up,
    )


def _enough(folder: Path, layout: Layout) -> None:
    """Refuse too few normal images."""
    train = [name for name, _, test in layout.files if not test]
    count, alone = train.count(NORMAL), set(train) == {NORMAL}
    needed = FEWEST_TO_MAKE if alone else FEWEST
    if count < needed:
        also = ", since anomalies are made of some where there are none to choose by" if alone else ""
        raise DataError(
            f"{folder} has {counted(count, 'normal image')} to train on; at least {needed} are needed{also}"
        )


def _shape(files: list[Path], size: int | None, notify: Callable[[str], None]) -> tuple[int, int, int]:
    """Height, width and channels that all images get; says so where any is resized."""
    sizes: Counter[tuple[int, int]] = Counter()
    grey = True
    for file in files:
        try:
            with warnings.catch_warnings(action="ignore"), Image.open(file) as image:  # the head alone is read
                width, height = image.size
                mode, turned = image.mode, image.getexif().get(0x0112, 1) >= 5
        except Exception:  # open_image knows what can be wrong, and says it
            image = open_image(file)
            (width, height), mode, turned = image.size, image.mode, False
        check_depth(file, mode)
        grey &= mode in GREY
        sizes[(width, height) if turned else (height, width)] += 1
    if size is not None:
        h = w = size
    else:
        h, w = next(iter(sizes))
        if len(sizes) > 1 or max(h, w) > MOST:
            common = [median(size[axis] for size in sizes.elements()) for axis in (0, 1)]
            less = min(1.0, MOST / max(common))
            h, w = (max(SMALLEST, STEP * round(side * less / STEP)) for side in common)
        h, w = max(h, SMALLEST), max(w, SMALLEST)
    resized = sum(count for shape, count in sizes.items() if shape != (h, w))
    if resized:
        others = [shape for shape in sizes if shape != (h, w)]
        of = f"{len(others):,} sizes" if len(others) > 1 else f"{others[0][0]} x {others[0][1]} pixels"
        images = "1 image" if resized == 1 else f"{resized:,} images"
        notify(f"{images} of {of} {'was' if resized == 1 else 'were'} resized to {h} x {w}")
    return h, w, 1 if grey else 3


def _pixels(files: Sequence[Path], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The images as the models that come of them will get them: by the reader of images to score."""
    out = np.empty((len(files), *shape), np.uint8)
    rows = ImageRows(Path(), shape)
    for i, file in enumerate(files):
        out[i] = rows.read(file)
    return out


def _with_synthetic(
    X: NDArray[np.uint8], classes: NDArray[np.int16], test: NDArray[np.bool_], names: tuple[str, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.bool_], tuple[str, ...], str]:
    """The same, with anomalies made of a third of the normal training images in their place."""
    kinds, normal = synthetic_anomalies.MIXED, np.flatnonzero(~test)
    held, made, which = synthetic_anomalies.of_some(X[normal], kinds, MOST_HELD_OUT)
    chosen = normal[held]
    X, classes = X.copy(), classes.copy()
    X[chosen] = made
    if test.any():  # kinds of its own may have these names
        classes[chosen], names = len(names), (*names, "synthetic")
    else:
        classes[chosen], names = which + len(names), (*names, *kinds)
    note = (
        f"there are no anomalies to choose by: synthetic ones ({', '.join(kinds)}) are made of {len(chosen):,} normal "
        "images that do not stand as normal ones" + ("" if test.any() else "; so are those of the test")
    )
    return X, classes, test, names, note
