"""What the documentation names exists: linked files, paths in the text, options in commands."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "launch/cluster/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FOLDERS = "launch|analysis|datasets|trainables|search_spaces|tests|examples|docs"
NAMED = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./-]*\w/?)(?![\w*<{{])")
DOTTED = re.compile(r"`((?:launch|analysis|datasets|trainables|search_spaces)(?:\.(?!jsonl)\w+)+)")
COMMAND = re.compile(rf"(?:python|sbatch) ((?:{FOLDERS})/[\w./-]+\.(?:py|sh))([^\n`]*)")
GENERATED = {"contributing.md", "changelog.md"}
NO_FILES = {"trainables/NAME.py", "search_spaces/NAME.py", "launch/artificial.py"}
"""To be written by the reader, and of the past."""


@cache
def generate() -> Any:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def command(path: str) -> Any:
    return generate().command(path)


def flags(path: str) -> set[str]:
    found = command(path)
    return set() if found is None else found.flags


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("page", PAGES, ids=name)


@pages
def test_links_lead_to_files_and_headings(page):
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        address, _, heading = target.partition("#")
        if "://" in target or target.startswith("mailto:") or address in GENERATED:
            continue
        path = page if not address else page.parent / address
        if not path.exists() or (heading and heading not in headings(path)):
            broken.append(target)
    assert not broken, f"{name(page)}: no such {broken}"


def headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w-]+", "", title.lower().replace(" ", "-")) for title in titles}


@pages
def test_paths_in_the_text_exist(page):
    text = page.read_text(encoding="utf-8")
    gone = [path for path in NAMED.findall(text) if path not in NO_FILES and not (ROOT / path).exists()]
    assert not gone, f"{name(page)}: there is no {gone}"


@pages
def test_modules_in_the_text_exist(page):
    gone = [dotted for dotted in DOTTED.findall(page.read_text(encoding="utf-8")) if not is_there(dotted)]
    assert not gone, f"{name(page)}: there is no {gone}"


def is_there(dotted: str) -> bool:
    """A module, or a name in one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:end])
        if end == len(parts) and path.is_dir():
            return True
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
            return end == len(parts) or re.search(rf"\b{parts[end]}\b", file.read_text(encoding="utf-8")) is not None
    return False


@pages
def test_options_of_commands_exist(page):
    wrong = []
    for path, rest in COMMAND.findall(page.read_text(encoding="utf-8")):
        if not path.endswith(".py"):
            continue
        own, _, searched = rest.partition("#")[0].partition(" -- ")
        for where, arguments in ((path, own), ("launch/tune.py", searched)):
            given = {one.split("=")[0] for one in shlex.split(arguments, comments=True) if one.startswith("--")}
            wrong += [f"{where} {flag}" for flag in sorted(given - flags(where) - {"--help"})] if given else []
    assert not wrong, f"{name(page)}: no such option: {wrong}"


@pytest.mark.parametrize("path", [p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "launch").glob("*.py"))])
def test_a_command_gets_a_page_of_all_its_options(path):
    found = command(path)
    if found is None:
        assert "__main__" not in (ROOT / path).read_text(encoding="utf-8")
        return
    page = generate().page(found)
    assert found.description
    assert all(f"`{flag}" in page for flag in found.flags)
    assert all(option.help for option in found.options), f"{path}: an option says nothing of itself"


@pages
def test_console_scripts_in_the_text_exist(page):
    named = set(re.findall(r"\banomaly-[a-z]+", page.read_text(encoding="utf-8"))) - {"anomaly-platform"}
    assert named <= set(generate().scripts()) or not generate().scripts()


def test_a_page_has_arguments_options_values_and_defaults():
    page = generate().page(command("launch/predict.py"))
    assert "| `MODEL` | Registered name" in page
    assert "| `--output FILE` | " in page
    assert "| `--home DIR` | Where the record lives. | `runs` |" in page
    assert "%%" not in generate().page(command("launch/tune.py"))


def test_references_that_are_wrapped_are_one_entry():
    text = "S.\n\nReferences\n----------\nA, B. A long title that\ngoes on. TKDE 2022.\nC. Second. ICML 2018."
    assert generate()._references(text) == ["A, B. A long title that goes on. TKDE 2022.", "C. Second. ICML 2018."]


def test_a_page_of_the_root_keeps_links_into_the_documentation_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(generate(), "ROOT", tmp_path)
    (tmp_path / "A.md").write_text("[a](docs/x.md#y) [b](LICENSE) [c](https://d.org) [e](#f) [g](examples/h.py)")
    assert generate().from_root("A.md") == "[a](x.md#y) b [c](https://d.org) [e](#f) g"
