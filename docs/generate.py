"""Pages of the documentation that are made from the code: a hook of mkdocs.

Each command gets a page from the options that its parser knows, the table of detectors comes from
`trainables.DETECTORS`, and CONTRIBUTING.md and CHANGELOG.md are taken from the root of the repository.
Nothing of it is committed: `make docs` makes it anew.
"""

from __future__ import annotations

import argparse
import inspect
import re
import runpy
import sys
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import tyro

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("launch", "analysis", "analysis/benchmarks")
DETECTORS = "<!-- the table of detectors -->"
CLUSTER = "<!-- include launch/cluster/README.md -->"
DEFAULT = re.compile(r"\s*\(default: (.*)\)$", re.DOTALL)
NOTHING = ("None", "''", "[]")
ENDS = re.compile(r"\s*\((?:required|optional|repeatable)\)\s*")


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
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str


@dataclass(frozen=True)
class Command:
    """What the parser of a command knows.

    Attributes
    ----------
    path : str
        Of its file in the repository.
    description : str
    options : tuple of Option
    """

    path: str
    description: str
    options: tuple[Option, ...]

    @property
    def flags(self) -> set[str]:
        """Everything that may stand after the command and begins with a dash."""
        return {name for option in self.options for name in option.names if name.startswith("-")}


class _Parsed(BaseException):
    """Thrown instead of parsing, with the parser."""


def _tyro_cli(target: Any, **options: Any) -> NoReturn:
    known = {k: options[k] for k in ("description", "default", "config") if k in options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        raise _Parsed(tyro.extras.get_parser(target, **known))


def _parse_args(parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
    raise _Parsed(parser)


def command(path: str) -> Command | None:
    """What a file does when it is run, up to where it would parse its arguments; None where it parses none."""
    arguments = [path, "--", "x"] if path.endswith("submit.py") else [path]
    with (
        mock.patch.object(tyro, "cli", _tyro_cli),
        mock.patch.object(argparse.ArgumentParser, "parse_args", _parse_args),
        mock.patch.object(sys, "argv", arguments),
        mock.patch.object(sys, "path", [str(ROOT), *sys.path]),
    ):
        try:
            runpy.run_path(str(ROOT / path), run_name="__main__")
        except _Parsed as parsed:
            parser = parsed.args[0]
            return Command(path, (parser.description or "").strip(), tuple(_options(parser)))
    return None


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if "--help" in action.option_strings:
            continue
        names = tuple(action.option_strings) or (str(action.metavar or action.dest),)
        value = "" if isinstance(action, argparse.BooleanOptionalAction) or action.nargs == 0 else _value(action)
        text = " ".join((action.help or "").replace("%%", "%").split())
        found = DEFAULT.search(text)
        default = found[1] if found else "" if action.default in (None, argparse.SUPPRESS) else str(action.default)
        text = ENDS.sub(" ", DEFAULT.sub("", text)).strip()
        yield Option(names, value if action.option_strings else "", text, "" if default in NOTHING else default)


def _value(action: argparse.Action) -> str:
    if action.metavar:
        return " ".join(action.metavar) if isinstance(action.metavar, tuple) else str(action.metavar)
    return "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()


def commands() -> dict[str, Command]:
    """Every command of the repository by the path of its file."""
    paths = [p.relative_to(ROOT).as_posix() for folder in FOLDERS for p in sorted((ROOT / folder).glob("*.py"))]
    runnable = [p for p in paths if '__name__ == "__main__"' in (ROOT / p).read_text(encoding="utf-8")]
    return {path: found for path in runnable if (found := command(path)) is not None}


def scripts() -> dict[str, str]:
    """Console scripts of the installed package: `module:function` by name."""
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"].get("scripts", {})
    return found


def page(found: Command) -> str:
    """The page of a command."""
    module = found.path.removesuffix(".py").replace("/", ".")
    names = [f"`{name}`" for name, target in scripts().items() if target.partition(":")[0] == module]
    called = " or ".join([f"`python {found.path}`", *names])
    lines = [f"# {Path(found.path).name}", "", called, "", inspect.cleandoc(found.description), ""]
    arguments = [o for o in found.options if not o.names[0].startswith("-")]
    for title, part in (("Arguments", arguments), ("Options", [o for o in found.options if o not in arguments])):
        if part:
            lines += [f"## {title}", "", "| | | default |", "|---|---|---|", *map(_row, part), ""]
    return "\n".join(lines)


def _row(option: Option) -> str:
    given = ", ".join(f"`{name}{' ' + option.value if option.value else ''}`" for name in option.names)
    default = "" if option.default in ("False", "") else f"`{option.default}`"
    cells = [_cell(given), _cell(option.help), _cell(default)]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def detectors() -> str:
    """The table of detectors, and what each was published with."""
    sys.path.insert(0, str(ROOT))
    import search_spaces
    import trainables

    rows, sections = [], []
    for name in sorted(trainables.DETECTORS):
        cls = trainables.load(name)
        documentation = inspect.cleandoc(cls.__doc__ or "")
        summary = documentation.splitlines()[0]
        cells = (
            f"[`{name}`](#{name})",
            cls.supervision.value + (" (needs anomalies)" if cls.needs_anomalies else ""),
            ", ".join(sorted(m.value for m in cls.modality)),
            cls.fidelity.value,
            "yes" if cls.resumable else "no",
            summary,
        )
        rows.append("| " + " | ".join(map(_cell, cells)) + " |")
        aliases = [alias for alias, target in trainables.ALIASES.items() if target == name]
        sections += [f"### {name}", "", summary, ""]
        sections += [f"Also called {', '.join(f'`{one}`' for one in aliases)}.", ""] if aliases else []
        sections += [f"- {reference}" for reference in _references(documentation)] + [""]
        module = search_spaces.load(name)
        for published in ("PUBLISHED", "FEW", "IMAGES"):
            configurations = getattr(module, published, {})
            for key, (config, source) in configurations.items():
                settings = ", ".join(f"{k}={v!r}" for k, v in config.items()) or "no hyperparameters"
                of = {"PUBLISHED": "", "FEW": " with few labels", "IMAGES": " of images"}[published]
                epochs = getattr(module, "EPOCHS", {}).get(key)
                settings += "" if epochs is None else f", {epochs} epochs there"
                sections += [f"- Published configuration{of} `{key}`: {source}. `{settings}`"]
        sections += [""]
    head = ["| name | labels seen | data | a round buys | resumes within training | |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", "## Each detector", "", *sections])


def _references(documentation: str) -> list[str]:
    _, found, rest = documentation.partition("References\n----------\n")
    if not found:
        return []
    text = re.split(r"\n\n|\n\w+\n-{3,}", rest)[0]
    entries: list[str] = []
    for line in text.splitlines():
        complete = not entries or re.search(r"\d{4}( \([^)]*\))?\.?$|\)\.$", entries[-1])
        entries = [*entries, line.strip()] if complete else [*entries[:-1], f"{entries[-1]} {line.strip()}"]
    return entries


def from_root(name: str) -> str:
    """A file of the repository's root as a page: links into docs/ stay links, others become text."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)(?![\w/-]+\.md)[^)]+\)", r"\1", text)


# -- mkdocs ------------------------------------------------------------------------------


def on_config(config: Any) -> Any:
    """Put a page for every command into the navigation."""
    global _commands
    _commands = commands()
    pages: dict[str, list[dict[str, str]]] = {folder: [] for folder in FOLDERS}
    for path in _commands:
        pages[str(Path(path).parent)].append({Path(path).name: _address(path)})
    for entry in config.nav:
        if "Commands" in entry:
            entry["Commands"] = [*entry["Commands"], *({folder: found} for folder, found in pages.items())]
    return config


_commands: dict[str, Command] = {}


def _address(path: str) -> str:
    return f"commands/{Path(path).with_suffix('.md').as_posix()}"


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are in no file of docs/."""
    from mkdocs.structure.files import File

    made = {_address(path): page(found) for path, found in _commands.items()}
    made |= {"contributing.md": from_root("CONTRIBUTING.md"), "changelog.md": from_root("CHANGELOG.md")}
    for address, content in made.items():
        files.append(File.generated(config, address, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the table of detectors, and what lies beside the files of clusters."""
    if DETECTORS in markdown:
        return markdown.replace(DETECTORS, detectors())
    if CLUSTER in markdown:
        return markdown.replace(CLUSTER, from_root("launch/cluster/README.md").partition("\n")[2])
    return markdown
