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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import tyro

from launch.common.help.page import Option, by_topic, options_of, parser_of

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("launch", "analysis", "analysis/benchmarks")
DETECTORS = "<!-- the table of detectors -->"
CLUSTER = "<!-- include launch/cluster/README.md -->"


@dataclass(frozen=True)
class Command:
    """What the parser of a command knows.

    Attributes
    ----------
    path : str
        Of its file in the repository.
    description : str
    options : tuple of Option
    target : type, optional
        The class of the options.
    """

    path: str
    description: str
    options: tuple[Option, ...]
    target: type | None = None

    @property
    def flags(self) -> set[str]:
        """Everything that may stand after the command and begins with a dash."""
        return {name for option in self.options for name in option.names if name.startswith("-")}


class _Parsed(BaseException):
    """Thrown instead of parsing, with the parser."""


def _tyro_cli(target: Any, **options: Any) -> NoReturn:
    known = {k: options[k] for k in ("description", "default", "config") if k in options}
    raise _Parsed(parser_of(target, **known), target)


def _parse_args(parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
    raise _Parsed(parser, None)


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
            parser, target = parsed.args
            return Command(path, (parser.description or "").strip(), tuple(options_of(parser)), target)
    return None


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
    for topic, part in by_topic(found.options, found.target).items():
        lines += [f"## {topic}", "", "| | | default |", "|---|---|---|", *map(_row, part), ""]
    examples = getattr(found.target, "EXAMPLES", ())
    typed = [f"    python {found.path} {arguments}".rstrip() + f"    # {words}" for arguments, words in examples]
    return "\n".join([*lines, *(["## Examples", "", *typed, ""] if typed else [])])


def _row(option: Option) -> str:
    given = ", ".join(f"`{name}{' ' + option.value if option.value else ''}`" for name in option.names)
    cells = [_cell(given), _cell(option.help), _cell(f"`{option.default}`" if option.default else "")]
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
