# ruff: noqa: RUF001
"""Streams that take any text: what a terminal has no letters for is written in ASCII."""

from __future__ import annotations

import codecs
import sys
import unicodedata

ASCII = {
    "…": "...", "–": "-", "—": "-", "−": "-", "±": "+/-", "×": "x", "µ": "u", "μ": "u", "σ": "sigma", "Δ": "delta",
    "≥": ">=", "≤": "<=", "→": "->", "·": "*", "•": "*", "€": "EUR", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
HANDLER = "launch.ascii"


def survive_any_terminal() -> None:
    """Let no character end a command: an ASCII or cp1252 terminal shows what is nearest to it, or `?`."""
    codecs.register_error(HANDLER, _nearest)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
        if reconfigure is not None and encoding != "utf8":
            reconfigure(errors=HANDLER)
        elif reconfigure is not None:  # half of a surrogate: a path that is not UTF-8
            reconfigure(errors="backslashreplace")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(map(_ascii, text)), error.end


def _ascii(character: str) -> str:
    if character in ASCII:
        return ASCII[character]
    if "─" <= character <= "╿":  # box lines
        return "|" if character in "│┃║" else "-" if character in "─━═" else "+"
    if "▀" <= character <= "▟":  # bars
        return "#"
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain or "?"
