"""What a node finds out about itself.

Functions here travel by value, so that a node which lacks this code can still say so: they
need nothing but Python and Ray's own pyarrow, and return plain values.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LIBRARIES = ("ray", "optuna", "torch", "numpy", "scikit-learn", "pandas")
CODE = ("trainables", "datasets", "search_spaces", "launch")


def probe(storage: str, seen: str, mine: str, content: bytes, detector: str | None, tracking: str | None) -> dict:
    """Everything that must be alike on every node of a search.

    `storage` is the path or URI of a folder, `seen` and `mine` are names in it: of a file that somebody else wrote,
    and of the one to write here, both with the same content. Trials import the file `detector`; `tracking` is an
    HTTP server.
    """
    facts = {"hostname": socket.gethostname(), "cores": os.cpu_count() or 1, "gpu_names": gpu_names()}
    facts |= {"versions": versions(), **code(), **shared(storage, seen, mine, content)}
    facts["detector"] = None if detector is None else digest(detector)
    facts["tracking"] = None if tracking is None else answers(tracking)
    return facts


def versions() -> dict[str, str | None]:
    """Versions of Python and of the libraries; a build's own suffix (+cpu, +cu130) is no difference."""
    installed: dict[str, str | None] = {"Python": ".".join(map(str, sys.version_info[:2]))}
    for name in LIBRARIES:
        try:
            installed[name] = importlib.metadata.version(name).partition("+")[0]
        except importlib.metadata.PackageNotFoundError:
            installed[name] = None
    return installed


def code() -> dict[str, Any]:
    """Where our packages are imported from, a hash over their sources, or what stands in the way."""
    total, where = hashlib.sha256(), ""
    try:
        for name in CODE:
            folder = Path(str(importlib.import_module(name).__file__)).parent
            where = where or str(folder.parent)
            places = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
            for place in places:
                if not any(part.startswith(".") for part in place.split("/")):
                    total.update(f"{name}/{place}\0".encode() + (folder / place).read_bytes() + b"\0")
    except Exception as error:
        return {"code": None, "where": f"{type(error).__name__}: {error}"}
    return {"code": total.hexdigest(), "where": where}


def shared(storage: str, seen: str, mine: str, content: bytes) -> dict[str, Any]:
    """Read what another wrote to the storage, then write a file of our own; says what went wrong, if anything."""
    facts: dict[str, Any] = {"storage": "", "free": None}
    try:
        problem = "" if read(storage, seen) == content else "another file of that name is there"
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    if problem:
        return {**facts, "storage": f"it does not see what another machine wrote there ({problem})"}
    try:
        write(storage, mine, content)
    except Exception as error:
        return {**facts, "storage": f"it cannot write there ({type(error).__name__}: {error})"}
    if "://" not in storage:
        facts["free"] = shutil.disk_usage(storage).free
    return facts


def filesystem(storage: str) -> tuple[Any, str]:
    """The file system of a path or URI, and the path in it."""
    from pyarrow import fs

    return fs.FileSystem.from_uri(storage) if "://" in storage else (fs.LocalFileSystem(), storage)


def read(storage: str, name: str, patience: float = 3.0) -> bytes:
    """A small file; network storage may show a new one a moment later."""
    files, root = filesystem(storage)
    end = time.monotonic() + patience
    while True:
        try:
            with files.open_input_stream(f"{root}/{name}") as stream:
                return stream.read()
        except FileNotFoundError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def write(storage: str, name: str, content: bytes) -> None:
    """A small file, and the folders above it."""
    files, root = filesystem(storage)
    files.create_dir(f"{root}/{name}".rpartition("/")[0], recursive=True)
    with files.open_output_stream(f"{root}/{name}") as stream:
        stream.write(content)


def digest(path: str) -> str | None:
    """SHA-256 of a file; None where it is not."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).is_file() else None


def answers(uri: str) -> str:
    """Nothing if a server answers, whatever it says; else why not."""
    try:
        with urllib.request.urlopen(uri, timeout=5):
            return ""
    except urllib.error.HTTPError:
        return ""
    except Exception as error:
        return str(getattr(error, "reason", error))


def gpu_names() -> list[str]:
    """Names of the NVIDIA GPUs."""
    if shutil.which("nvidia-smi") is None:
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in out.splitlines() if line.strip()]
