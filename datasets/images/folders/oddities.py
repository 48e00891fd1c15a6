"""What is odd about image files: broken ones, several frames, transparency, colours for print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.errors import DataError
from datasets.wording import counted

BROKEN_SHARE = 0.01
"""Of all files, how many may be broken: these are left out and named; above it something else is wrong."""


@dataclass
class Oddities:
    """Files of which not everything is read, in the order of reading.

    Attributes
    ----------
    broken : dict of Path to str
        Files that cannot be read, and why.
    frames, transparent, printed : list of Path
        Files with several frames or pages, with pixels that are not opaque, in the colours of print (CMYK).
    """

    broken: dict[Path, str] = field(default_factory=dict)
    frames: list[Path] = field(default_factory=list)
    transparent: list[Path] = field(default_factory=list)
    printed: list[Path] = field(default_factory=list)

    def look(self, file: Path, image: Any) -> None:
        """Take down what is odd about an opened image."""
        if getattr(image, "is_animated", False) and image.format != "MPO":  # a camera's, with its own preview
            self.frames.append(file)
        if image.mode == "CMYK":
            self.printed.append(file)
        if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
            alpha = image if "A" in image.getbands() else image.convert("RGBA")
            if alpha.getchannel(alpha.getbands()[-1]).getextrema()[0] < 255:
                self.transparent.append(file)

    def leave_out(self, file: Path, error: DataError, of: int) -> None:
        """Take down a broken file.

        Raises
        ------
        DataError
            If too many of all files are broken.
        """
        self.broken[file] = str(error)
        if len(self.broken) > BROKEN_SHARE * of:
            first = next(iter(self.broken.values()))
            share = f"; so far {len(self.broken):,} of {of:,} files" if len(self.broken) > 1 else ""
            raise DataError(f"{first}{share}; mend or remove what is broken (up to 1 % is left out)") from error

    def lines(self, root: Path) -> list[str]:
        """What to say of the files of a folder."""
        said = []
        if self.broken:
            what, verb = counted(len(self.broken), "file"), "is" if len(self.broken) == 1 else "are"
            said.append(f"{what} cannot be read and {verb} left out: {_some(list(self.broken.values()), '; ')}")
        for files, what in (
            (self.frames, "several frames or pages: only the first is read"),
            (self.transparent, "transparent pixels: transparency is left out, and what lies below is shown"),
            (self.printed, "colours for print (CMYK): they are turned into RGB"),
        ):
            if files:
                verb, named = "has" if len(files) == 1 else "have", _some([_within(root, file) for file in files])
                said.append(f"{counted(files, 'image')} {verb} {what} ({named})")
        return said


def _within(root: Path, file: Path) -> Path:
    return file.relative_to(root) if root in file.parents else file


def _some(things: Sequence[object], between: str = ", ", most: int = 2) -> str:
    return between.join(map(str, things[:most])) + (f"{between}…" if len(things) > most else "")
