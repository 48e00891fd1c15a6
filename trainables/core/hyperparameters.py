"""Annotated attributes of a detector as its hyperparameters, with those of its bases."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

from trainables.core.constraints import Constraint, Options

Class = TypeVar("Class")
SECTIONS = ("", "Parameters", "Attributes", "Raises", "Notes", "References")
HEADING = re.compile(r"^(\w+)\n-{3,}\n", re.M)


@dataclass_transform(kw_only_default=True, eq_default=False)
def hyperparameters(cls: type[Class]) -> type[Class]:
    """A detector's annotated attributes as hyperparameters: its constructor takes them by keyword and stores them.

    A value may be what its annotation says: `Annotated[int, Interval(int, 1, 10)]`, a `Literal`, `bool`, None, or a
    union of them; what a plain `int` may be stands in `parameter_constraints`, of the class or of a base. A subclass
    has the hyperparameters of its bases, too, where it names one itself with its own default. Those, and what its
    bases raise, are added to its documentation.
    """
    declared: dict[str, Any] = dict(vars(cls).get("parameter_constraints", {}))
    made = dataclass(kw_only=True, eq=False, repr=False)(cls)
    inherited: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited |= vars(base).get("parameter_constraints", {})
    names = inspect.signature(made.__init__).parameters
    try:
        hints = get_type_hints(cls, include_extras=True)
    except (NameError, TypeError, AttributeError):  # what a type checker alone understands: such a class declares all
        hints = {}
    annotated = {name: accepted(hints[name]) for name in names if name in hints}
    constraints = inherited | {name: allowed for name, allowed in annotated.items() if allowed} | declared
    made.parameter_constraints = constraints  # type: ignore[attr-defined]
    made.__doc__ = documentation(made, list(names))
    return made


def accepted(hint: Any) -> tuple[Constraint, ...]:
    """What a value of an annotation may be; empty where the annotation does not say."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return tuple(extra for extra in hint.__metadata__ if isinstance(extra, Constraint))
    if origin is Literal:
        return (Options(arguments),)
    if origin in (Union, UnionType):
        parts = [accepted(part) for part in arguments]
        return tuple(one for part in parts for one in part) if all(parts) else ()
    return (Options((True, False)),) if hint is bool else (Options((None,)),) if hint is NoneType else ()


def documentation(cls: type, names: list[str]) -> str:
    """A docstring with the parameters and errors of the bases behind the class's own."""
    own = _sections(cls.__doc__)
    for base in cls.__mro__[1:]:
        for title in ("Parameters", "Raises"):
            entries = _entries(own.get(title, ""))
            for name, entry in _entries(_sections(base.__doc__).get(title, "")).items():
                if title == "Parameters" and name in names:
                    head, _, text = entry.partition("\n")
                    value = f", default={getattr(cls, name)!r}" if hasattr(cls, name) else ""
                    entry = f"{head.partition(', default=')[0]}{value}\n{text}"
                elif title == "Parameters":
                    continue
                entries.setdefault(name, entry)
            if entries:
                own[title] = "\n".join(entries.values())
    order = sorted(own, key=lambda title: SECTIONS.index(title) if title in SECTIONS else len(SECTIONS))
    parts = [f"{title}\n{'-' * len(title)}\n{own[title]}" if title else own[title] for title in order]
    return textwrap.indent("\n\n".join(parts), "    ").lstrip() + "\n    "


def _sections(docstring: str | None) -> dict[str, str]:
    """The sections of a numpydoc docstring by title; what comes first has none."""
    text = inspect.cleandoc(docstring or "")
    headings = list(HEADING.finditer(text))
    first = headings[0].start() if headings else len(text)
    ends = [*(one.start() for one in headings), len(text)][1:]
    return {"": text[:first].strip()} | {
        one[1]: text[one.end() : end].rstrip() for one, end in zip(headings, ends, strict=True)
    }


def _entries(section: str) -> dict[str, str]:
    """The entries of a section by name: an entry is a line and the indented ones below it."""
    starts = [one.start() for one in re.finditer(r"^(?=\S)", section, re.M)]
    entries = [section[a:b].rstrip() for a, b in pairwise([*starts, len(section)])]
    return {re.split(r" ?[:\n]", entry)[0]: entry for entry in entries}
