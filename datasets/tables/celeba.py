"""CelebA, bald against the rest: 39 binary attributes of 202,599 face photos, 2.24 % anomalies.

Two published files hold it: ADBench's `8_celeba.npz`, and the table of the DevNet authors.
ADBench codes an attribute that is present as 0 and an absent one as 1; values stay as published.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.catalog import files
from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.problems.dataset import Dataset, as_features, as_labels, check_table

# CelebA's own order, without `Bald`, which became the label.
# fmt: off
ATTRIBUTES = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bangs", "Big_Lips", "Big_Nose",
    "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses",
    "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache",
    "Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks",
    "Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick",
    "Wearing_Necklace", "Wearing_Necktie", "Young",
)
# fmt: on


def read(path: Path) -> Dataset:
    """Read either published file, keeping its row order.

    Parameters
    ----------
    path : Path
        `8_celeba.npz` (keys X and y) or `celeba_baldvsnonbald_normalised.csv`
        (39 attribute columns and the label column `class`).

    Returns
    -------
    Dataset
        X uint8 of shape (n, 39), y int8.
    """
    if path.suffix == ".csv":
        X, y, names, notes = _from_csv(path)
    else:
        X, y = read_npz(path)
        names, notes = ATTRIBUTES, ()
    check_table(X, y, str(path))
    if X.shape[1] != len(ATTRIBUTES):
        raise DataError(f"{path} has {X.shape[1]} attribute columns; CelebA has {len(ATTRIBUTES)}")
    return Dataset("celeba", X, y, names, str(path), files.sha256(path), CATALOG["celeba"].licence, notes)


def read_npz(path: Path) -> tuple[NDArray[Any], NDArray[np.int8]]:
    """Rows and labels of a numpy archive in ADBench's form (keys X and y), without unpickling anything."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            X, y = archive["X"], archive["y"]
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}") from error
    except KeyError as error:
        raise DataError(f"{path} has no array {error.args[0].split()[0]!r}; expected the arrays X and y") from error
    except (OSError, EOFError, ValueError, TypeError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        detail = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"{path} is damaged or no npz archive ({detail[0]}); delete it and fetch it again") from error
    return as_features(X, str(path)), as_labels(y, str(path))


def _from_csv(path: Path) -> tuple[NDArray[Any], NDArray[np.int8], tuple[str, ...], tuple[str, ...]]:
    from datasets.tables.csv_table import read_csv  # imports pandas

    X, y, names = read_csv(path, label_columns=("class",))
    if y is None:
        raise DataError(f"{path} has no label column 'class'; take the file as the DevNet authors publish it")
    return X, y, names, (f"read from {path.name}, which has no published checksum",)
