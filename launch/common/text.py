"""Names, values and times as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from launch.common.errors import UsageError
from launch.common.redaction import redact

LETTERS = r"\w.\-\u0300-\u1fff\u3040-\ud7ff"
"""Of every script, with the marks that stand over and under them: what a name may have, as in a class of a pattern."""
NAME = re.compile(rf"[^\W_][{LETTERS}]{{0,99}}")


def check_name(name: str, option: str) -> str:
    """A name that may become a part of a path, of a filter or of a registered name."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{option} {brief(name)}: use letters, digits, dot, dash and underscore, at most 100")
    return name


LONGEST_LINE = 1000


def one_line(text: str) -> str:
    """A message as a terminal may show it: on one line, without secrets and control characters, the end kept."""
    line = "".join(c if c.isprintable() else "?" for c in redact(" ".join(text.split())))
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 150]} … {line[-145:]}"


def brief(value: str) -> str:
    """What a person gave, quoted, not longer than a line."""
    return repr(value if len(value) <= 60 else f"{value[:57]}...")


def short(params: Mapping[str, Any]) -> str:
    """A configuration on one line."""
    return " ".join(f"{name}={_short(value)}" for name, value in params.items())


def _short(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "-".join(map(str, value)) or "linear"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def readable_size(size: int) -> str:
    """Bytes as a person reads them."""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def clock(seconds: float) -> str:
    """Seconds as a person reads them."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
