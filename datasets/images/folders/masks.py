"""Masks: pictures of where the anomaly of an image is, found by their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from datasets.images.folders.layout import Layout
from datasets.images.folders.tree import Tree
from datasets.images.folders.words import meaning

ENDING = re.compile(r"[ _.-](mask|masks|gt|ground_?truth|label|seg|segmentation)$", re.IGNORECASE)


def roots_of(tree: Tree) -> list[Path]:
    """The outermost folders that are named as folders of masks are."""
    found = set()
    for there in tree.folders(tree.root):
        parts = there.relative_to(tree.root).parts
        depth = next((i for i, part in enumerate(parts) if meaning(part).use == "masks"), None)
        if depth is not None:
            found.add(tree.root.joinpath(*parts[: depth + 1]))
    return sorted(found)


def files_of(tree: Tree, roots: Sequence[Path]) -> dict[Path, Path]:
    """Every image of the folders of masks, with the folder that it is from; and those beside their images."""
    found = {file: root for root in roots for file in tree.below(root)}
    for file in tree.images:
        if file not in found and is_beside(file, tree.loose(file.parent)):
            found[file] = file.parent
    return found


def is_beside(file: Path, there: Iterable[Path]) -> bool:
    """Whether a file is `NAME_mask` beside an image `NAME`."""
    stem = ENDING.sub("", file.stem)
    return stem != file.stem and any(other.stem == stem for other in there)


def attach(layout: Layout, tree: Tree, files: dict[Path, Path]) -> list[tuple[Path, int, str]]:
    """Give anomalous images their masks; returns what to say of the folders of masks.

    A mask has the name of its image, or that with `_mask` or the like behind it, and lies in the folder of masks
    itself, in a folder of its image's kind there, or beside its image. One that could be of several images is of none.
    """
    if not files:
        return []
    by_stem: dict[str, list[Path]] = {}
    for file in files:
        for stem in {file.stem, ENDING.sub("", file.stem)}:
            by_stem.setdefault(stem, []).append(file)
    normal = layout.files[0][0] if layout.files else ""
    for name, image, _ in layout.files if layout.one_normal else ():
        if name == normal:
            continue
        around = _parts(image, tree.root)
        fit = []
        for mask in by_stem.get(image.stem, ()):
            inner = {part for part in _parts(mask, files[mask]) if not meaning(part).use and not meaning(part).side}
            if inner <= around:
                fit.append((len(around & _parts(mask, tree.root)), mask))
        best = max((near for near, _ in fit), default=0)
        chosen = [mask for near, mask in fit if near == best]
        if len(chosen) == 1:
            layout.masks[image] = chosen[0]
    shared = {mask for mask, n in Counter(layout.masks.values()).items() if n > 1}
    layout.masks = {image: mask for image, mask in layout.masks.items() if mask not in shared}
    used = set(layout.masks.values())
    return [(place, *_said(mine, used, layout.one_normal)) for place, mine in _by_folder(files).items()]


def _parts(file: Path, root: Path) -> set[str]:
    """Names of the folders from one down to a file, in small letters."""
    return {part.casefold() for part in file.relative_to(root).parts[:-1]}


def _by_folder(files: Iterable[Path]) -> dict[Path, list[Path]]:
    grouped: dict[Path, list[Path]] = {}
    for file in sorted(files):
        grouped.setdefault(file.parent, []).append(file)
    return grouped


def _said(files: list[Path], used: set[Path], one_normal: bool) -> tuple[int, str]:
    if not one_normal:
        return len(files), "masks, left out: every class is normal in turn"
    without = sum(file not in used for file in files)
    return len(files), "masks of anomalies" + (
        f", {without:,} of no anomalous image, or not of one alone" if without else ""
    )
