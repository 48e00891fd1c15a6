"""Lines on the screen that a person may copy."""

from __future__ import annotations

from rich.console import Console


def print_line(console: Console, text: str, style: str | None = None) -> None:
    """Print a text as it is: neither wrapped, nor coloured by what is in it, nor read as markup."""
    console.print(text, style=style, highlight=False, soft_wrap=True, markup=False)
