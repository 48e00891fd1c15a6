"""Dataclasses as the plain values that JSON files hold, and back."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
OPTIONAL = {"optional": True}
"""Metadata of a field that plain values leave out where it is None."""


def to_plain(value: Any) -> Any:
    """A dataclass as a dict in the order of its fields, and what it holds likewise; sequences as lists."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: to_plain(own)
            for field in dataclasses.fields(value)
            if (own := getattr(value, field.name)) is not None or not field.metadata.get("optional")
        }
    if isinstance(value, Mapping):
        return {name: to_plain(own) for name, own in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(own) for own in value]
    return value


def from_plain(cls: type[T], value: Any) -> T:
    """The dataclass that `to_plain` wrote; keys that it does not know are passed over.

    Its fields may hold others: alone, or None, or in tuples or mappings. `ValueError` if a field without a default is
    missing, or a value has another shape.
    """
    return cast(T, _read(cls, value))


def _read(kind: Any, value: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(next(k for k in inner if k is not types.NoneType), value)
    if dataclasses.is_dataclass(kind):
        cls, given = cast(type, kind), _shaped(value, Mapping)
        fields = {name: _read(hint, given[name]) for name, hint in _hints(cls).items() if name in given}
        try:
            return cls(**fields)
        except TypeError as error:
            raise ValueError(str(error).replace("__init__()", "").strip()) from error
    if origin is tuple:
        return tuple(_read(inner[0], own) for own in _shaped(value, list | tuple))
    if origin is Mapping:
        return {name: _read(inner[1], own) for name, own in _shaped(value, Mapping).items()}
    return value


def _shaped(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{value!r:.60} stands where a {getattr(kind, '__name__', kind)} should")
    return value


@cache
def _hints(cls: type) -> dict[str, Any]:
    return {field.name: get_type_hints(cls)[field.name] for field in dataclasses.fields(cls)}
