"""What a home calls the tables and folders that people bring: one name for one content.

`datasets.jsonl` holds a line for every name that a search was started under; what an older version searched is taken
from the ledger of test readings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.images.protocols import IMAGE_PROTOCOLS
from datasets.problems import seal
from datasets.request import Request, is_own
from launch.common import locks
from launch.common.errors import UsageError
from launch.common.home import Home

FILE = "datasets.jsonl"


@dataclass(frozen=True)
class Known:
    """One line: a name, the content that it stands for, and what of a folder of images is normal."""

    name: str
    sha256: str
    word: str | None = None
    certain: bool = True
    """Whether `word` is known."""


def name_of(home: Home, request: Request, sha256: str) -> str:
    """What the record calls data of this content.

    The name of the file or folder; that which the content had before, where it was moved or renamed; and with the first
    digits of the checksum, where another content has the name.
    """
    return _chosen(list(_known(home.root)), request.name, sha256, request.word)


def claim(home: Home, request: Request, name: str, sha256: str) -> None:
    """Write down that a name stands for a content; a UsageError if another search took it for another one meanwhile."""
    path = home.root / FILE
    if not is_own(request.dataset):
        return
    with locks.waiting(path):
        if any(one.name == name and one.sha256 == sha256 for one in _lines(path)):
            return
        known = list(_known(home.root))
        if _chosen(known, name, sha256, request.word) != name:
            raise UsageError(f"another search took the name {name} for other data just now: start this one again")
        line = json.dumps({"name": name, "sha256": sha256, "word": request.word}, ensure_ascii=False)
        with open(path, "ab+") as handle:
            if handle.seek(0, os.SEEK_END):
                handle.seek(-1, os.SEEK_END)
                line = line if handle.read(1) == b"\n" else f"\n{line}"  # a crash cut the last one short
            handle.write(f"{line}\n".encode())


def naming(home: Home, notify: Callable[[str], None]) -> Callable[[Request, str], str]:
    """`name_of` for `datasets.load.load`, which says where a name is not that of the file."""

    def named(request: Request, sha256: str) -> str:
        if not is_own(request.dataset):
            return request.name
        name = name_of(home, request, sha256)
        if name != request.name:
            known = any(one.name == name and one.sha256 == sha256 for one in _known(home.root))
            why = "these very data had that name before" if known else f"{request.name} stands for other data here"
            notify(f"{request.dataset} is called {name} in the record: {why} (sha256 {sha256[:12]}…)")
        return name

    return named


def _chosen(known: list[Known], name: str, sha256: str, word: str | None) -> str:
    holders = {one.name: one.sha256 for one in known}
    if holders.get(name) == sha256:
        return name
    before = [one.name for one in known if one.certain and (one.sha256, one.word) == (sha256, word)]
    if before and holders[before[-1]] == sha256:
        return before[-1]
    for candidate in (name, f"{name}-{sha256[:4]}", f"{name}-{sha256[:12]}"):
        if holders.get(candidate, sha256) == sha256:
            return candidate
    return f"{name}-{sha256}"


def _known(root: Path) -> Iterator[Known]:
    """Every name of a home, the last holder of one last."""
    own = list(_lines(root / FILE))
    written = {one.name for one in own}
    for entry in seal.entries(root / "seal.jsonl"):
        name, sha256 = str(entry["dataset"]), str(entry.get("sha256", ""))
        if sha256 and name not in written:
            yield Known(name, sha256, certain=entry["protocol"] not in IMAGE_PROTOCOLS)
    yield from own


def _lines(path: Path) -> Iterator[Known]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            yield Known(str(entry["name"]), str(entry["sha256"]), entry.get("word"))
        except (ValueError, KeyError, TypeError):
            continue
