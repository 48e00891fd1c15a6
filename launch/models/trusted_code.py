"""Which code this home wrote: a model's own code is run only if it stands in the home's ledger.

A model folder can say anything of itself, its hashes included. So a home keeps its own
list, `trusted.jsonl`, with one line per model that it wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

import yaml

from launch.common.environment import ROOT
from launch.common.errors import UsageError
from trainables.core import serving

FILES = {"detector": "detector.py", "state": "state.pt", "model": "model.json"}


def ledger_of(home: Path) -> Path:
    """The list of a home."""
    return home.expanduser().resolve() / "trusted.jsonl"


def note(ledger: Path, folder: Path, name: str) -> None:
    """Write down a model folder that was just written here."""
    hashes = {key: file_sha256(folder / file) for key, file in FILES.items() if (folder / file).is_file()}
    line = {"time": time.time(), "name": name, "code": tree_sha256(ROOT / "trainables"), **hashes}
    with open(ledger, "ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def known(ledger: Path, key: str) -> set[str]:
    """Hashes of a kind that the ledger holds; a line that was cut short is passed over."""
    hashes = set()
    lines = ledger.read_text(errors="replace").splitlines() if ledger.is_file() else []
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            hashes.add(json.loads(line)[key])
    return hashes


def check_model(folder: Path, ledger: Path, allow: bool, name: str = "") -> None:
    """Refuse a model that brings code, unless this home wrote that code or the person allows it."""
    if serving.has_code(folder):
        check_file(folder / FILES["detector"], f"the model {name or folder}", ledger, allow)


def check_file(path: Path, whose: str, ledger: Path, allow: bool) -> None:
    """Refuse to run a detector file that no model of this home carries, unless the person allows it."""
    if not (path.is_file() and file_sha256(path) in known(ledger, "detector")):
        _refuse(f"{whose} has code of its own ({path})", ledger, allow)


def _refuse(what: str, ledger: Path, allow: bool) -> None:
    if not allow:
        raise UsageError(
            f"{what} that {ledger.parent} did not write; "
            "--trust-code runs it, which is to run the code of whoever made it"
        )


def check_package(root: Path, ledger: Path, allow: bool, name: str) -> None:
    """Refuse to serve a logged model whose code is neither this checkout's nor that of this home's models.

    `root` is the folder with `MLmodel`: MLflow imports what is in its `code`.
    """
    try:
        flavor = yaml.safe_load((root / "MLmodel").read_text())["flavors"]["python_function"]
        module, code, data = flavor["loader_module"], flavor["code"], root / flavor["data"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise UsageError(f"{name} is not a logged model of this platform: its MLmodel cannot be read") from error
    inside = data.resolve().is_relative_to(root.resolve()) and (data / "model.json").is_file()
    if module != "trainables.core.serving" or code != "code" or not inside:
        raise UsageError(f"{name} is not a logged model of this platform: it is loaded by {module!r}")
    check_model(data, ledger, allow, name)
    trees = {tree_sha256(ROOT / "trainables"), *known(ledger, "code")}
    strangers = [path.name for path in (root / code).iterdir() if path.name not in ("trainables", "__pycache__")]
    if strangers or tree_sha256(root / code / "trainables") not in trees:
        _refuse(f"the model {name} comes with code", ledger, allow)


def file_sha256(path: Path) -> str:
    """Of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree_sha256(folder: Path) -> str:
    """Of the names and contents of all files below a folder, compiled ones aside."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in name.parts:
            total.update(f"{name.as_posix()}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()
