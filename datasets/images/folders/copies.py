"""Images that are in a folder twice: under both names, in training and test, or alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets.errors import DataError
from datasets.images.folders.layout import NORMAL
from datasets.images.folders.tree import Tree
from datasets.wording import counted


def check(
    tree: Tree, files: Sequence[tuple[str, Path, bool]], digests: Sequence[bytes], *, one_normal: bool
) -> list[str]:
    """What to say of equal images, by the digests of their pixels.

    Parameters
    ----------
    tree : Tree
    files : sequence of (class, file, whether it is a test image)
    digests : sequence of bytes
        Of each.
    one_normal : bool
        Whether there are normal images and anomalies, or classes.

    Raises
    ------
    DataError
        If one image is both normal and an anomaly, or in two classes.
    """
    first: dict[bytes, tuple[str, Path, bool]] = {}
    contradictions, leaks, copies = [], [], []
    for entry, digest in zip(files, digests, strict=True):
        name, file, test = entry
        known, earlier, tested = first.setdefault(digest, entry)
        if earlier == file:
            continue
        if known != name and (not one_normal or NORMAL in (known, name)):
            contradictions.append((file, earlier))
        elif test and not tested:
            leaks.append((file, earlier))
        else:
            copies.append((file, earlier))
    if contradictions:
        a, b = (str(file.relative_to(tree.root)) for file in contradictions[0])
        more = f" (and {len(contradictions) - 1:,} more likewise)" if len(contradictions) > 1 else ""
        raise DataError(f"{b} and {a} in {tree.root} are the same image: which is it? Remove one of them{more}")
    said = []
    for pairs, what, of in (
        (leaks, "test image", ("a training image", "training images")),
        (copies, "image", ("another", "others")),
    ):
        if pairs:
            a, b = (str(file.relative_to(tree.root)) for file in pairs[0])
            copies_of = f"is a copy of {of[0]}" if len(pairs) == 1 else f"are copies of {of[1]}"
            said.append(f"{counted(pairs, what)} {copies_of} ({a} is {b})")
    return said
