"""A folder of image files as a dataset: normal against anomaly, or classes of which each is normal in turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.images import synthetic_anomalies
from datasets.images.dataset import ImageDataset, checksum
from datasets.images.folders import copies, giveaways
from datasets.images.folders.layout import NORMAL, Layout
from datasets.images.folders.pixel_masks import check_sizes
from datasets.images.folders.reading import SMALLEST, Reading
from datasets.images.folders.recognition import FORM, recognise
from datasets.images.folders.tree import Tree
from datasets.images.names import safe
from datasets.wording import counted

FEWEST, FEWEST_TO_MAKE = 5, 15
"""Normal images needed, and needed where anomalies must be made of some of them."""
MOST_HELD_OUT = 2000


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
    if folder.is_file():
        raise DataError(f"{folder} is a file, not a folder of images; unpack it if it is an archive, and {FORM}")
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
    reading = Reading([*(file for _, file, _ in layout.files), *layout.plain])
    shape = reading.shape(size, notify)
    X, readable, digests = reading.pixels([file for _, file, _ in layout.files], shape)
    files = [entry for entry, there in zip(layout.files, readable, strict=True) if there]
    unlabelled, scored, _ = reading.pixels(layout.plain, shape)
    found = [*reading.odd.lines(folder), *copies.check(tree, files, digests, one_normal=layout.one_normal)]
    if layout.one_normal:
        found += giveaways.check(files, reading.heads)
    class_names, _, tested = zip(*files, strict=True)
    names = tuple(dict.fromkeys(class_names))
    classes, test = np.array([names.index(name) for name in class_names], np.int16), np.array(tested)
    made_up = layout.one_normal and not (~test & (classes > 0)).any()
    if made_up:
        X, classes, test, names, note = _with_synthetic(X, classes, test, names)
        found.append(note)
    for line in found:
        notify(line)
    notes = ["images of a folder: no published figure stands beside these", layout.note(tree), *found]
    masks = tuple(layout.masks.get(file) for _, file, _ in files) if layout.masks else ()
    check_sizes([(file, mask) for (_, file, _), mask in zip(files, masks, strict=False) if mask])
    plain = [file for file, there in zip(layout.plain, scored, strict=True) if there]
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
        unlabelled=unlabelled if plain else None,
        unlabelled_ids=tuple(str(file.relative_to(layout.plain_root or folder)) for file in plain),
        made_up=made_up,
        masks=masks,
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
