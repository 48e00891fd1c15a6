"""Everything that lies in a folder: image files, and what is none, counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datasets.errors import DataError
from datasets.wording import counted

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp", ".jp2", ".j2k", ".jpx",
    ".pgm", ".ppm", ".pbm", ".pnm", ".tga",
)  # fmt: skip
SYSTEM = frozenset(
    ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information",
     "lost+found", "__pycache__", "icon\r")
)  # fmt: skip
"""What file managers and systems leave behind, in lower case; names that begin with a dot are hidden anyway."""
MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"\x00\x00\x00\x0cjP  ")


@dataclass
class Tree:
    """A folder, searched to its depths; links to folders are followed, but none into a folder above itself.

    Attributes
    ----------
    root : Path
    images : list of Path
        Sorted.
    hidden : list of Path
        Hidden files and what systems leave behind, with everything in such folders.
    others : list of Path
        Files that are no images by their names.
    loops : list of Path
        Links that lead to a folder around them.
    without : list of Path
        Folders that have no image, nor has any folder in them.
    """

    root: Path
    images: list[Path] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    loops: list[Path] = field(default_factory=list)
    without: list[Path] = field(default_factory=list)
    _within: dict[Path, list[Path]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> Tree:
        """Search a folder.

        Raises
        ------
        DataError
            If a folder in it cannot be opened.
        """
        tree = cls(root)
        tree._search(root, (os.path.realpath(root),), False)
        for files in (tree.images, tree.hidden, tree.others, tree.loops):
            files.sort()
        return tree

    def _search(self, folder: Path, above: tuple[str, ...], hidden: bool) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(f"{folder} cannot be opened: {error.strerror or error}") from error
        before = len(self.images)
        for entry in entries:
            path = folder / entry.name
            aside = hidden or entry.name.startswith(".") or entry.name.lower() in SYSTEM
            if entry.is_dir():
                real = os.path.realpath(path)
                if real in above:
                    self.loops.append(path)
                elif not (aside and entry.is_symlink()):
                    self._search(path, (*above, real), aside)
            elif aside:
                self.hidden.append(path)
            elif not entry.is_file() and not entry.is_symlink():  # a pipe would be waited for
                self.others.append(path)
            elif path.suffix.lower() in SUFFIXES or (not path.suffix and _looks_like_one(path)):
                self.images.append(path)
                self._within.setdefault(folder, []).append(path)
            else:
                self.others.append(path)
        if len(self.images) == before and not hidden:
            self.without.append(folder)

    def below(self, folder: Path) -> list[Path]:
        """Images of a folder and the folders in it."""
        return sorted(file for there in self.folders(folder) for file in self._within[there])

    def loose(self, folder: Path) -> list[Path]:
        """Images that lie in the folder itself."""
        return self._within.get(folder, [])

    def folders(self, folder: Path) -> list[Path]:
        """Folders with images of their own: the folder itself and those in it."""
        return [there for there in self._within if there.is_relative_to(folder)]

    def children(self, folder: Path) -> list[Path]:
        """Folders in a folder that have images, in order."""
        deeper = (there for there in self.folders(folder) if there != folder)
        return sorted({folder / there.relative_to(folder).parts[0] for there in deeper})

    def left_aside(self) -> str:
        """What of the files is no image, in one line; nothing where there is nothing else."""
        parts = []
        if self.others:
            are = "is no image" if len(self.others) == 1 else "are no images"
            listed = f"{self.suffixes(self.others)}; {self.first(self.others)}"
            parts.append(f"{counted(self.others, 'file')} that {are} by name ({listed})")
        if self.hidden:
            parts.append(f"{counted(self.hidden, 'hidden or system file')} ({self.first(self.hidden)})")
        if self.loops:
            parts.append(f"{counted(self.loops, 'link')} to a folder around itself ({self.first(self.loops)})")
        return f"left aside: {'; '.join(parts)}" if parts else ""

    @staticmethod
    def suffixes(files: Sequence[Path]) -> str:
        """How many files have which ending."""
        counts = Counter(file.suffix.lower() or "no ending" for file in files)
        return ", ".join(f"{n:,} {suffix}" for suffix, n in counts.most_common(5)) + (", …" if len(counts) > 5 else "")

    def first(self, files: Sequence[Path], most: int = 2) -> str:
        """The first names of files, from the folder on."""
        names = [str(file.relative_to(self.root)) for file in files[:most]]
        return ", ".join(names) + (", …" if len(files) > most else "")


def _looks_like_one(path: Path) -> bool:
    """Whether a file without a suffix begins as an image does."""
    try:
        with open(path, "rb") as handle:
            head = handle.read(12)
    except OSError:
        return False
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
