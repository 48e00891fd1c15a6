"""What a detector's class says of itself, read from its source: importing all of them takes seconds."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trainables

ROOT = Path(trainables.__file__).resolve().parents[1]


@dataclass(frozen=True)
class SourceFacts:
    """What is listed of a detector.

    Attributes
    ----------
    summary : str
        First line of the docstring.
    supervision : str
        Name of the member of `Supervision`.
    modality : tuple of str
        Names of members of `Modality`, in the order of the alphabet.
    control : bool
    early_rounds_mislead : bool
    """

    summary: str
    supervision: str
    modality: tuple[str, ...]
    control: bool
    early_rounds_mislead: bool = False


def facts(name: str) -> SourceFacts:
    """Those of a detector in `trainables.DETECTORS`."""
    module, _, cls = trainables.DETECTORS[name].partition(":")

    def members(attribute: str) -> list[str]:
        return sorted(re.findall(rf"{attribute.title()}\.(\w+)", _source(module, cls, attribute)))

    summary = (ast.get_docstring(_classes(module)[cls]) or "").partition("\n")[0]
    (supervision,) = members("supervision")
    flags = (_source(module, cls, name) == "True" for name in ("control", "early_rounds_mislead"))
    return SourceFacts(summary, supervision, tuple(members("modality")), *flags)


def _source(module: str, cls: str, attribute: str) -> str:
    """What a class, or the nearest of its bases, sets an attribute to; nothing where none does."""
    for node in _classes(module)[cls].body:
        if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == attribute:
            return ast.unparse(node.value)
    for base in _classes(module)[cls].bases:
        found = _place(module, ast.unparse(base).partition("[")[0])  # of TorchDetector[MLP] the class
        value = "" if found is None else _source(*found, attribute)
        if value:
            return value
    return ""


def _place(module: str, name: str) -> tuple[str, str] | None:
    """Module and name of the class behind a name; None for one from elsewhere."""
    if name in _classes(module):
        return module, name
    origin, called = _imports(module).get(name, ("", ""))
    return _place(origin, called) if origin.partition(".")[0] == "trainables" else None


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT / module.replace(".", "/")
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8"))


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in _tree(module).body if isinstance(node, ast.ClassDef)}


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Modules and names behind the names that a module imports."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in _tree(module).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
