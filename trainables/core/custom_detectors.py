"""Detectors by name, and somebody's own from a file, without a fork."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import trainables
from trainables.core.detector import Detector
from trainables.core.errors import BadDetectorFile


def is_file(name: str) -> bool:
    """Whether the name means a file."""
    return name.endswith(".py")


def module_name(path: str | Path) -> str:
    """The name under which the file is imported, the same in every process."""
    full = Path(path).resolve()
    return f"external_{full.stem}_{hashlib.sha256(str(full).encode()).hexdigest()[:8]}"


def load_module(path: str | Path) -> ModuleType:
    """Import a file once per process.

    Raises
    ------
    BadDetectorFile
        If there is no such file, or it cannot be imported.
    """
    full = Path(path).resolve()
    name = module_name(full)
    if name in sys.modules:
        return sys.modules[name]
    if not full.is_file():
        raise BadDetectorFile(f"no detector file {full}")
    spec = importlib.util.spec_from_file_location(name, full)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise BadDetectorFile(f"{full} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def load_class(name: str) -> type[Detector]:
    """The detector class behind a name, an alias, an import string or a file.

    Raises
    ------
    BadDetectorFile
        If the file holds no detector, or several.
    trainables.UnknownDetector
        If no detector has that name.
    """
    if not is_file(name):
        return trainables.load(name)
    module = load_module(name)
    classes = [
        member
        for member in vars(module).values()
        if inspect.isclass(member)
        and issubclass(member, Detector)
        and not inspect.isabstract(member)
        and member.__module__ == module.__name__
    ]
    if len(classes) != 1:
        names = ", ".join(cls.__name__ for cls in classes) or "none"
        raise BadDetectorFile(f"{name} must define exactly one Detector, found {names}")
    return classes[0]


def search_space(name: str) -> Any:
    """An object with `PUBLISHED` and `space` for a file; both may be missing from it."""
    module = load_module(name)
    if not hasattr(module, "PUBLISHED"):
        module.PUBLISHED = {"defaults": ({}, "the constructor's defaults")}  # type: ignore[attr-defined]
    if not hasattr(module, "space"):
        module.space = lambda trial, data: {}  # type: ignore[attr-defined]
    return module
