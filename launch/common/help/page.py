"""`--help`: options by topic, with what they are if they are not given, and examples to copy."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import shutil
import sys
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, cast

MOST_COLUMNS, COLUMN = 100, 24
DEFAULT = re.compile(r"\s*\(default: (.*)\)$", re.DOTALL)
ENDS = re.compile(r"\s*\((?:required|optional|repeatable)\)\s*")
NOTHING = ("None", "''", "[]", "False", "")
ARGUMENTS, OTHERS, LAST = "Arguments", "Options", "The record"


@dataclass(frozen=True)
class Option:
    """One option or argument of a command.

    Attributes
    ----------
    names : tuple of str
        As in `("--trials",)`; the placeholder of an argument that has no name.
    value : str
        What it takes; empty for a flag.
    help, default : str
    choices : tuple of str
        What its value may be, where that is one of a few words.
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str
    choices: tuple[str, ...] = ()

    @property
    def is_argument(self) -> bool:
        """Whether it has no name."""
        return not self.names[0].startswith("-")


def parser_of(options: Any, **how: Any) -> argparse.ArgumentParser:
    """What argparse would know of a class of options."""
    import tyro

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # nothing else of tyro's says what the options are
        made: Any = tyro.extras.get_parser(options, **how)
    return cast(argparse.ArgumentParser, made)


def options_of(parser: argparse.ArgumentParser) -> Iterator[Option]:
    """What a parser knows, but for --help."""
    for action in parser._actions:
        if "--help" in action.option_strings:
            continue
        names = tuple(action.option_strings) or (str(action.metavar or action.dest),)
        value = "" if isinstance(action, argparse.BooleanOptionalAction) or action.nargs == 0 else _value(action)
        text = " ".join((action.help or "").replace("%%", "%").split())
        found = DEFAULT.search(text)
        default = found[1] if found else "" if action.default in (None, argparse.SUPPRESS) else str(action.default)
        text = ENDS.sub(" ", DEFAULT.sub("", text)).strip()
        stated = default in NOTHING or "MISSING" in default or "default:" in text.lower()
        default = "" if stated else default
        value = value.replace("{None,", "{")
        choices = tuple(re.findall(r"[\w-]+", value)) if value.startswith("{") else ()
        yield Option(names, value if action.option_strings else "", text, default, choices)


def _value(action: argparse.Action) -> str:
    if action.metavar:
        return " ".join(action.metavar) if isinstance(action.metavar, tuple) else str(action.metavar)
    return "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()


def topics(options: type) -> dict[str, str]:
    """The topic of each option by its flag.

    A class of options says in `TOPICS` with which field a topic begins; it goes on to the next one.
    """
    found: dict[str, str] = {}
    for cls in reversed(options.__mro__):
        begins, topic = vars(cls).get("TOPICS", {}), None
        for name in vars(cls).get("__annotations__", {}):
            topic = begins.get(name, topic)
            if topic is not None or name not in found:
                found[name] = topic or OTHERS
    order = [field.name for field in fields(options)]
    return {"--" + name.replace("_", "-"): found[name] for name in order}


def by_topic(options: Iterable[Option], cls: type | None) -> dict[str, list[Option]]:
    """Options by their topic: arguments first, then the command's own, what many have last."""
    known = {} if cls is None else topics(cls)
    grouped: dict[str, list[Option]] = {}
    for option in options:
        topic = ARGUMENTS if option.is_argument else known.get(option.names[0], OTHERS)
        grouped.setdefault(topic, []).append(option)
    own = {} if cls is None else {*vars(cls).get("TOPICS", {}).values()}
    order = sorted(grouped, key=lambda topic: (topic != ARGUMENTS, topic == LAST, bool(own) and topic not in own))
    return {topic: grouped[topic] for topic in order}


HELP = [
    Option(("-h", "--help"), "", "Show this page.", ""),
    Option(("--completion",), "{bash,zsh}", "Print what makes the shell complete options and names; docs say how.", ""),
]


def page(cls: type, program: str, command: str, **how: Any) -> str:
    """The text of --help of a command that takes a class of options.

    Parameters
    ----------
    program, command : str
        What it is called, and how it is typed here.
    **how
        See `tyro.extras.get_parser`.
    """
    width = min(shutil.get_terminal_size().columns, MOST_COLUMNS)
    options = list(options_of(parser_of(cls, **how)))
    arguments = [option for option in options if option.is_argument]
    usage = " ".join([program, "[OPTIONS]", *(option.names[0] for option in arguments)])
    parts = [f"usage: {usage}", *_paragraphs(inspect.getdoc(cls) or "", width)]
    for topic, of in {**by_topic(options, cls), "Help": HELP}.items():
        parts.append("\n".join([_bold(topic), *(_entry(option, width) for option in of)]))
    examples = getattr(cls, "EXAMPLES", ())
    if examples:
        parts.append("\n".join([_bold("Examples"), *(_example(command, *one, width=width) for one in examples)]))
    return "\n\n".join(parts)


def _paragraphs(text: str, width: int) -> list[str]:
    return [textwrap.fill(" ".join(part.split()), width) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _entry(option: Option, width: int) -> str:
    """An option and its words, which begin in a column of their own."""
    name = f"  {', '.join(option.names)} {option.value}".rstrip()
    words = f"{option.help} (default: {option.default})" if option.default else option.help
    lines = textwrap.wrap(words, width - COLUMN, break_on_hyphens=False) or [""]
    first = [f"{name:<{COLUMN}}{lines.pop(0)}"] if len(name) <= COLUMN - 2 else [name]
    return "\n".join([*first, *(" " * COLUMN + line for line in lines)])


def _example(command: str, arguments: str, words: str, *, width: int) -> str:
    line = f"  {command} {arguments}".rstrip()
    return "\n".join([line, *textwrap.wrap(words, width, initial_indent=" " * 6, subsequent_indent=" " * 6)])


def _bold(text: str) -> str:
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\033[1m{text}\033[0m"
