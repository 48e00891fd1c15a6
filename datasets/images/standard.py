"""Find, check, read and download the image datasets that everybody has: MNIST, FashionMNIST, USPS, SVHN, CIFAR-10.

Each is looked for as the prepared file of this project (`mnist.npz` with `x_train`, `y_train`,
`x_test`, `y_test`), then as its authors' files where torchvision keeps them (these first where the prepared
file holds a part alone), then downloaded by torchvision. Pixels are the authors' bytes, 0 to 255: scaling is a
matter of detectors.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.catalog import files
from datasets.catalog.images import CLOTHES, DIGITS, PREPARED, THINGS, image_row
from datasets.errors import DataError, Unreachable
from datasets.images.dataset import ImageDataset, as_images, checksum
from datasets.images.pixel_filters import as_bytes, bilinear, chunks, filtered
from datasets.images.raw_files import Arrays, svhn_files, torchvision_datasets, torchvision_files, usps_files

Notify = Callable[[str], None]

KEYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class _Official:
    """How a dataset is published.

    Parameters
    ----------
    torchvision : str
        Its class there, which knows the addresses.
    files : tuple of str
        The authors' files, below the folder that is torchvision's `root`.
    archives : tuple of str
        What they are unpacked from, where that is something else.
    read : callable
        Takes `root`, returns training and test images and labels.
    published : tuple of int
        How many training and test images there are.
    class_names : tuple of str
    augment : str
        Changes that leave such images what they are.
    subset : str
        What the prepared file's figures must say where it is not all of them.
    """

    torchvision: str
    files: tuple[str, ...]
    archives: tuple[str, ...]
    read: Callable[[Path], Arrays]
    published: tuple[int, int]
    class_names: tuple[str, ...]
    augment: str = ""
    subset: str = ""


_IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")


def _idx(folder: str, class_names: tuple[str, ...], augment: str = "") -> _Official:
    names = tuple(f"{folder}/raw/{name}" for name in _IDX)
    packed = tuple(f"{name}.gz" for name in names)
    return _Official(folder, names, packed, partial(torchvision_files, folder), (60_000, 10_000), class_names, augment)


OFFICIAL = {
    "mnist": _idx("MNIST", DIGITS),
    # of the imbalance report: its flips both ways and its turns are all eight symmetries of a square, and so are
    # these; it resizes to 32 x 32 as well: see `at_32`
    "fashion_mnist": _idx("FashionMNIST", CLOTHES, "flip,rotate90,crop=2"),
    "usps": _Official("USPS", ("usps.bz2", "usps.t.bz2"), (), usps_files, (7_291, 2_007), DIGITS),
    "svhn": _Official(
        "SVHN",
        ("train_32x32.mat", "test_32x32.mat"),
        (),
        svhn_files,
        (73_257, 26_032),
        DIGITS,
        subset="SVHN, 10,000 digits of the official test, our split into 7,000 and 3,000; the full set has 73,257 and "
        "26,032: no figure of SVHN as it is published",
    ),
    "cifar10": _Official(
        "CIFAR10",
        tuple(f"cifar-10-batches-py/{name}" for name in _BATCHES),
        ("cifar-10-python.tar.gz",),
        partial(torchvision_files, "CIFAR10"),
        (50_000, 10_000),
        THINGS,
        "flip,crop=4,jitter=0.01",
        "2,000 training and 500 test images per class; the full set has 5,000 and 1,000",
    ),
}


def load(name: str, data_dir: Path, *, notify: Notify, download: bool = True) -> ImageDataset:
    """One of the datasets in `OFFICIAL`, in its authors' order and split.

    Parameters
    ----------
    name : str
        A key of `OFFICIAL`.
    data_dir : Path
        Folder of data files; its folder `name` is looked into as well.
    notify : callable
        Told in one line of a download.
    download : bool
        Whether torchvision may download it into `data_dir`.
    """
    official, folder, roots = OFFICIAL[name], Path(data_dir), (Path(data_dir), Path(data_dir) / name)
    missing = {root: [file for file in official.files if not (root / file).is_file()] for root in roots}
    whole = [root for root in roots if not missing[root]]
    path = find_prepared(name, folder) if name in PREPARED and not (official.subset and whole) else None
    if path is not None:
        return _dataset(name, read_npz(path, KEYS), str(path), official.subset)
    if whole:
        return _from_files(name, whole[0])
    tried = [str(root / PREPARED[name].name) for root in roots if name in PREPARED]
    for root in roots:
        some = len(missing[root]) < len(official.files)
        tried.append(f"{root} (lacks {', '.join(missing[root])})" if some else f"{root / official.files[0]}")
    if download:
        try:
            _download(name, folder, notify)
            return _from_files(name, folder)
        except Unreachable as error:
            tried.append(str(error))
    prepared = f"{PREPARED[name].name} (sha256 {PREPARED[name].sha256}) or " if name in PREPARED else ""
    needed = f"{prepared}{', '.join(official.files)} from {image_row(name).url}"
    raise files.nowhere(name, tried, needed, folder)


def at_32(name: str, data_dir: Path, *, notify: Notify, download: bool = True) -> ImageDataset:
    """FashionMNIST resized bilinearly to 32x32, as the imbalance report has it; arguments as in `load`."""
    dataset = load(name.removesuffix("_32"), data_dir, notify=notify, download=download)
    resize = bilinear(dataset.X.shape[1], 32)
    X = np.concatenate([as_bytes(filtered(dataset.X[part], resize, resize)) for part in chunks(len(dataset.X))])
    sha256, note = checksum(X, dataset.classes, dataset.official_test), "resized bilinearly from 28x28"
    return replace(dataset, name=name, X=X, sha256=sha256, notes=(*dataset.notes, note))


def read_npz(path: Path, keys: tuple[str, ...]) -> tuple[NDArray[Any], ...]:
    """Arrays of a prepared file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            lacking = [key for key in keys if key not in archive]
            if lacking:
                there = ", ".join(archive) or "nothing"
                raise DataError(f"{path} lacks the arrays {', '.join(lacking)}; it has {there}")
            return tuple(archive[key] for key in keys)
    except DataError:
        raise
    except Exception as error:  # zip, zlib, numpy and the disk have one each
        raise DataError(f"{path} cannot be read as an .npz file: {_line(error)}") from error


def find_prepared(name: str, data_dir: Path) -> Path | None:
    """The prepared file of that name, its checksum compared; None where it is in none of the places."""
    path = files.locate(PREPARED[name].name, data_dir, name)
    if path is not None:
        files.check(path, PREPARED[name].sha256)
    return path


def _from_files(name: str, root: Path) -> ImageDataset:
    """From the authors' files."""
    official = OFFICIAL[name]
    where = str(root / official.files[0])
    try:
        arrays = official.read(root)
    except DataError:
        raise
    except Exception as error:  # torchvision, scipy, bz2 and pickle have one each
        raise DataError(
            f"{name} cannot be read from {where} and its fellows ({_line(error)}); delete them to fetch them again"
        ) from error
    counts = len(arrays[0]), len(arrays[2])
    here, there = ("{:,} training and {:,} test images".format(*pair) for pair in (counts, official.published))
    note = "" if counts == official.published else f"not the published files: {here} here, {there} there"
    return _dataset(name, arrays, where, note)


def _dataset(name: str, arrays: tuple[NDArray[Any], ...], source: str, note: str) -> ImageDataset:
    """Checked and joined, training images first."""
    official = OFFICIAL[name]
    train, test = as_images(arrays[0], f"{source} (training)"), as_images(arrays[2], f"{source} (test)")
    if train.shape[1:] != test.shape[1:]:
        raise DataError(f"{source}: training images have shape {train.shape[1:]}, test images {test.shape[1:]}")
    classes = []
    for X, y, side in ((train, arrays[1], "training"), (test, arrays[3], "test")):
        y = np.asarray(y)
        if y.shape != (len(X),):
            raise DataError(f"{source}: {len(X):,} {side} images, but labels of shape {y.shape}")
        if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= len(official.class_names):
            raise DataError(f"{source}: {side} labels must be whole numbers 0 to {len(official.class_names) - 1}")
        classes.append(y.astype(np.int16))
    X, y = np.concatenate([train, test]), np.concatenate(classes)
    official_test = np.arange(len(X)) >= len(train)
    return ImageDataset(
        name,
        X,
        y,
        official_test,
        official.class_names,
        tuple(range(len(official.class_names))),
        source,
        checksum(X, y, official_test),
        image_row(name).licence,
        (note,) if note else (),
        official.augment,
    )


def _download(name: str, folder: Path, notify: Notify) -> None:
    """Let torchvision download the files; those that are there and whole are kept."""
    published = torchvision_datasets()
    official = OFFICIAL[name]
    known: Any = getattr(published, official.torchvision)
    urls = [known.mirrors[0]] if official.archives and hasattr(known, "mirrors") else []
    wanted: list[tuple[str, str, str]] = []
    if hasattr(known, "split_list"):
        wanted = [known.split_list[side] for side in ("train", "test")]
        urls = [url for url, *_ in wanted]
    url = urls[0] if urls else known.url
    files.check_writable(folder, official.files[0])
    if not (official.archives and all((folder / file).is_file() for file in official.archives)):
        files.check_host(url)
        notify(f"fetching {name} from {url}")
    try:
        with _limited():
            if not wanted:
                known(root=folder, train=True, download=True)
            for address, file, md5 in wanted:
                try:
                    published.utils.download_url(address, folder, file, md5)
                finally:  # what broke off would be taken for the file
                    if (folder / file).is_file() and not published.utils.check_integrity(folder / file, md5):
                        (folder / file).unlink()
    except (OSError, RuntimeError, EOFError) as error:
        raise Unreachable(f"could not download {url}: {_line(error)}") from error


@contextmanager
def _limited() -> Iterator[None]:
    """Give up on a server that does not answer: torchvision sets no limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(files.READ_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _line(error: BaseException) -> str:
    """An error of a library in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".rstrip(": ")
