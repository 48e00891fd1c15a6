"""Folders of small image files for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image


def stripes(kind: str, n: int, seed: int, size: int = 12) -> np.ndarray:
    """Grey images (n, size, size) of stripes across, down or slanting, with noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    place = {"across": rows, "down": columns, "slant": rows + columns}[kind]
    phase = rng.integers(0, 4, (n, 1, 1))
    images = ((place[None] + phase) // 2 % 2) * 160 + 40 + rng.normal(0, 12, (n, size, size))
    return np.clip(images.round(), 0, 255).astype(np.uint8)


def write(folder: Path, images: np.ndarray, suffix: str = ".png") -> None:
    """One file for each image."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{i:03d}{suffix}")


def one_normal(folder: Path, anomalies: bool = True) -> Path:
    """FOLDER/normal and FOLDER/anomaly."""
    write(folder / "normal", stripes("across", 60, 0))
    if anomalies:
        write(folder / "anomaly" / "down", stripes("down", 20, 1))
        write(folder / "anomaly" / "slant", stripes("slant", 20, 2))
    return folder


def classes(folder: Path) -> Path:
    """FOLDER/train/CLASS and FOLDER/val/CLASS."""
    for k, kind in enumerate(("across", "down", "slant")):
        write(folder / "train" / kind, stripes(kind, 40, k))
        write(folder / "val" / kind, stripes(kind, 15, 10 + k))
    return folder


def images(**parts: int) -> Callable[[Path], str]:
    """A `make` of a folder `set` with so many images in each folder; `__` stands for `/`."""
    return folders({name.replace("__", "/"): count for name, count in parts.items()})


def folders(parts: dict[str, int]) -> Callable[[Path], str]:
    """A `make` of a folder `set` with so many images, all of them different, in each folder."""

    def make(folder: Path) -> str:
        fill(folder / "set", parts)
        return f"images:{folder / 'set'}"

    return make


def fill(folder: Path, parts: dict[str, int], seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for name, count in parts.items():
        write(folder / name, rng.integers(0, 256, (count, 16, 16), dtype=np.uint8))
