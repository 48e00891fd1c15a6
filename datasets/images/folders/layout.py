"""Which files of a folder are what, and how that is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from datasets.images.folders.tree import Tree
from datasets.wording import counted

NORMAL, ANOMALY = "normal", "anomaly"
MOST_SAID = 24
"""Folders that are named one by one."""
MOST_NOTED = 6
"""Folders of one use that are named in the record."""


@dataclass
class Layout:
    """Which files are what.

    Parameters
    ----------
    one_normal : bool
        Whether class 0 alone may be normal.
    files : list of (class, file, whether it is a test image)
        Training images, then test images.
    plain : list of Path
        Images of the test folder without a label.
    plain_root : Path, optional
        From where their names are counted.
    masks : dict of Path to Path
        Of anomalous images the picture of where the anomaly is.
    roles : list of (folder, number of images, what they are)
        Of every folder.
    """

    one_normal: bool
    files: list[tuple[str, Path, bool]] = field(default_factory=list)
    plain: list[Path] = field(default_factory=list)
    plain_root: Path | None = None
    masks: dict[Path, Path] = field(default_factory=dict)
    roles: list[tuple[Path, int, str]] = field(default_factory=list)

    def add(self, name: str, files: Iterable[Path], test: bool) -> None:
        """Images of a class."""
        self.files += [(name, file, test) for file in files]

    def said(self, tree: Tree) -> list[str]:
        """What every folder was taken for, one a line, and what is not read."""
        lines = [f"{self._name(tree, path)}: {counted(n, 'image')}, {what}" for path, n, what in self.roles]
        if len(lines) > MOST_SAID:
            lines = [*lines[:MOST_SAID], f"… and {len(lines) - MOST_SAID:,} more folders likewise"]
        aside = tree.left_aside()
        return [*lines, aside] if aside else lines

    def note(self, tree: Tree) -> str:
        """The same as one phrase for the record: folders of one use together, without what is not read."""
        grouped: dict[str, list[str]] = {}
        for path, _, what in self.roles:
            use = "masks" if what.startswith("masks") else re.split(r"[,:]| of kind ", what)[0]
            grouped.setdefault(use, []).append(self._name(tree, path))
        listed = (
            f"{use} ({', '.join(names[:MOST_NOTED])}{', …' if len(names) > MOST_NOTED else ''})"
            for use, names in grouped.items()
        )
        return f"folders were taken for {', '.join(listed)}"

    @staticmethod
    def _name(tree: Tree, path: Path) -> str:
        return path.relative_to(tree.root).as_posix() if path != tree.root else tree.root.name
