"""What tells anomalies apart before any pixel is looked at: how files are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.images.folders.layout import NORMAL

FEWEST, MOST_VALUES = 3, 3
"""Images on each side below which nothing is said, and values of a property above which each image has its own."""


def check(files: Sequence[tuple[str, Path, bool]], heads: Mapping[Path, tuple[tuple[int, int], str]]) -> list[str]:
    """What to say where all normal images are stored in another way than all anomalies; test images are not asked.

    Parameters
    ----------
    files : sequence of (class, file, whether it is a test image)
    heads : mapping of Path to ((height, width), mode)
        As they are stored.
    """
    sides = [
        [file for name, file, test in files if not test and (name == NORMAL) == normal] for normal in (True, False)
    ]
    if min(map(len, sides)) < FEWEST:
        return []
    said = []
    for what, of in (
        ("ending", lambda file: file.suffix.lower()),
        ("size", lambda file: "{} x {}".format(*heads[file][0])),
        ("mode", lambda file: heads[file][1]),
    ):
        normal, anomalous = ({of(file) for file in side} for side in sides)
        if normal.isdisjoint(anomalous) and max(len(normal), len(anomalous)) <= MOST_VALUES:
            said.append(
                f"the {what} of files alone tells anomalies apart (normal {', '.join(sorted(normal))}; anomalies "
                f"{', '.join(sorted(anomalous))}): a detector may learn that instead; save all in one form"
            )
    return said
