"""Values that people write in options: NAME=VALUE, NAME=LOW:HIGH, 15m, 20GB; `UsageError` for what is none."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from launch.common.errors import UsageError

T = TypeVar("T")
WORDS = {"true": True, "false": False, "none": None}


def fixed(texts: Sequence[str]) -> dict[str, Any]:
    """Hyperparameters of `--fix`, each NAME=VALUE, and each once."""
    return _once("--fix", [_pair(text, "--fix", "margin=5") for text in texts])


def ranges(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Bounds of `--range`, each NAME=LOW:HIGH, and each once."""
    return _once("--range", [_bounds(text) for text in texts])


def seconds(text: str | None, option: str) -> float | None:
    """A time such as 90s, 15m or 2h in seconds."""
    if text is None:
        return None
    number, unit = _amount(text, option, "([smh]?)", "90s, 15m or 2h")
    return number * {"": 1, "s": 1, "m": 60, "h": 3600}[unit]


def size(text: str | None, option: str) -> int | None:
    """A size such as 500MB or 20GB in bytes."""
    if text is None:
        return None
    number, unit = _amount(text, option, "(?i:([KMGT]?)B?)", "500MB or 20GB")
    return int(number * 1000 ** " KMGT".index(unit.upper() or " "))


def _amount(text: str, option: str, unit: str, example: str) -> tuple[float, str]:
    match = re.fullmatch(rf"\s*(\d+(?:\.\d+)?)\s*{unit}\s*", text)
    if not match or float(match[1]) <= 0:
        raise UsageError(f"{option} {text!r}: write it like {example}")
    return float(match[1]), match[2]


def _once(option: str, pairs: Sequence[tuple[str, T]]) -> dict[str, T]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{option} {name} is given more than once: keep one")
    return dict(pairs)


def _pair(text: str, option: str, example: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise UsageError(f"{option} {text!r}: write it like {option} {example}")
    return name.strip(), _value(value.strip())


def _value(text: str) -> Any:
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        value = json.loads(text.replace("(", "[").replace(",)", "]").replace(")", "]"))
    except json.JSONDecodeError:
        return text
    return tuple(value) if isinstance(value, list) else value


def _bounds(text: str) -> tuple[str, tuple[float, float]]:
    example = "lr=1e-4:1e-2"
    name, value = _pair(text, "--range", example)
    low, _, high = str(value).partition(":")
    try:
        return name, (float(low), float(high))  # no high is no number
    except ValueError:
        raise UsageError(f"--range {text!r}: write it like --range {example}") from None
