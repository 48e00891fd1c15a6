"""A folder of image files as a dataset: normal against anomaly, or classes of which each is normal in turn."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.errors import DataError
from datasets.images import synthetic_anomalies
from datasets.images.dataset import ImageDataset, checksum
from datasets.images.names import safe
from datasets.images.rows import ImageRows, check_depth, found_in, image_files, open_image

NORMAL, ANOMALY, TEST = "normal", "anomaly", "test"
MOST, SMALLEST, STEP = 64, 8, 4
"""Longer side of images unless a size is asked for, the shortest side that networks take, and what sides that are
chosen here are multiples of: networks halve them."""
FEWEST, FEWEST_TO_MAKE = 5, 15
"""Normal images needed, and needed where anomalies must be made of some of them."""
MOST_HELD_OUT = 2000
GREY = ("1", "L", "LA", "La")


@dataclass
class _Layout:
    """Which files are what.

    Parameters
    ----------
    one_normal : bool
        Whether class 0 alone may be normal.
    files : list of (class, file, whether it is a test image)
        Training images, then test images.
    plain : list of Path
        Images of the test folder that are in no folder of a class.
    """

    one_normal: bool
    files: list[tuple[str, Path, bool]] = field(default_factory=list)
    plain: list[Path] = field(default_factory=list)

    def add(self, name: str, files: Iterable[Path], test: bool) -> None:
        self.files += [(name, file, test) for file in files]


def read(folder: Path, *, notify: Callable[[str], None], size: int | None = None) -> ImageDataset:
    """Read a folder of image files.

    Either one class is normal::

        FOLDER/normal/…            training images
        FOLDER/anomaly/…           anomalies to choose by; folders in it are kinds (optional)
        FOLDER/test/normal/…       official test images (optional, both or neither)
        FOLDER/test/anomaly/…
        FOLDER/test/…              images without labels, to be scored (optional)

    or each of several classes in turn, where there is no folder `normal`::

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
        Told in one line if images are resized.
    size : int, optional
        Height and width wanted, in pixels; unless given, the median height and width, both made smaller
        by one factor where one is above `MOST`, as multiples of `STEP`.

    Returns
    -------
    ImageDataset
        Where there is no anomaly to choose by, synthetic ones are made of a third of the normal
        training images, which do not stand as normal ones; a note says so.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder of images; {_wanted(folder)}")
    if size is not None and size < SMALLEST:
        raise DataError(f"images of {size} x {size} pixels are too small; give a size of {SMALLEST} or more")
    layout = _one_normal(folder) if (folder / NORMAL).is_dir() else _several(folder)
    class_names, files, tested = zip(*layout.files, strict=True)
    shape = _shape([*files, *layout.plain], size, notify)
    X = _pixels(files, shape)
    names, notes = tuple(dict.fromkeys(class_names)), ["images of a folder: no published figure stands beside these"]
    classes, test = np.array([names.index(name) for name in class_names], np.int16), np.array(tested)
    made_up = layout.one_normal and not (~test & (classes > 0)).any()
    if made_up:
        X, classes, test, names, note = _with_synthetic(X, classes, test, names)
        notes.append(note)
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
        unlabelled_ids=tuple(str(file.relative_to(folder / TEST)) for file in layout.plain),
        made_up=made_up,
    )


def _one_normal(folder: Path) -> _Layout:
    """FOLDER/normal, FOLDER/anomaly and FOLDER/test."""
    layout = _Layout(one_normal=True)
    layout.add(NORMAL, image_files(folder / NORMAL), False)
    if (folder / ANOMALY).is_dir():
        _add_kinds(layout, folder / ANOMALY, False)
    labelled = [(folder / TEST / name).is_dir() for name in (NORMAL, ANOMALY)]
    if any(labelled):
        if not all(labelled):
            there, lacking = (NORMAL, ANOMALY) if labelled[0] else (ANOMALY, NORMAL)
            raise DataError(
                f"{folder / TEST} has {there} but not {lacking}; a test needs both, and images without labels lie in "
                f"{folder / TEST} itself"
            )
        layout.add(NORMAL, image_files(folder / TEST / NORMAL), True)
        _add_kinds(layout, folder / TEST / ANOMALY, True)
    if (folder / TEST).is_dir():
        known = (folder / TEST / NORMAL, folder / TEST / ANOMALY)
        layout.plain = [f for f in found_in(folder / TEST) if not any(place in f.parents for place in known)]
    train = [name for name, _, test in layout.files if not test]
    count, needed = train.count(NORMAL), FEWEST_TO_MAKE if set(train) == {NORMAL} else FEWEST
    if count < needed:
        also = "" if needed == FEWEST else f", since anomalies are made of some where {folder / ANOMALY} has none"
        images = "1 image" if count == 1 else f"{count} images"
        raise DataError(f"{folder / NORMAL} has {images}; at least {needed} are needed{also}")
    return layout


def _add_kinds(layout: _Layout, place: Path, test: bool) -> None:
    """Add a folder of anomalies: each folder in it is a kind."""
    kinds: dict[str, list[Path]] = {}
    for file in image_files(place):
        inner = file.relative_to(place).parts
        name = inner[0] if len(inner) > 1 else ANOMALY
        kinds.setdefault(f"{ANOMALY}-{name}" if name == NORMAL else name, []).append(file)
    for kind, files in sorted(kinds.items()):
        layout.add(kind, files, test)


def _several(folder: Path) -> _Layout:
    """FOLDER/train/CLASS or FOLDER/CLASS, FOLDER/val and FOLDER/test."""
    train = folder / "train" if _classes(folder / "train") else folder
    names = [name for name in _classes(train) if train != folder or name not in ("val", TEST)]
    if len(names) < 2:
        only = f"only {train / names[0]} has images" if names else "no folder in it has images"
        raise DataError(f"{folder} has no folder {NORMAL}, and {only}; {_wanted(folder)}")
    layout = _Layout(one_normal=False)
    for name in names:
        layout.add(name, image_files(train / name), False)
    tested = bool(_classes(folder / TEST))
    for held in (folder / "val", folder / TEST):
        unknown = [name for name in _classes(held) if name not in names]
        if unknown:
            raise DataError(f"{held} has the classes {', '.join(unknown[:5])}, which {train} has not")
        for name in _classes(held):
            # with a test of its own, the validation images are for choosing
            layout.add(name, image_files(held / name), held.name == TEST or not tested)
    if not tested and (folder / TEST).is_dir():
        layout.plain = found_in(folder / TEST)
    layout.files.sort(key=lambda entry: entry[2])
    return layout


def _classes(folder: Path) -> list[str]:
    """Folders with images, in order."""
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".") and found_in(p))


def _wanted(folder: Path) -> str:
    return (
        f"looked for {folder / NORMAL} (and, if there are any, {folder / ANOMALY} and {folder / TEST}), or for two or "
        f"more classes as {folder / 'train' / 'CLASS'} or {folder / 'CLASS'}"
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
