"""Errors of data and detectors name fields; a command shows them as its flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from launch.common.flags import FIELD, FIELDS, with_flags
from launch.config.options import TuneOptions

ROOT = Path(__file__).parents[3]
BELOW = ("datasets", "trainables", "search_spaces")


def messages() -> Iterator[tuple[str, str]]:
    """Every text in the code below launch that is no docstring, with its place."""
    for path in (path for package in BELOW for path in (ROOT / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        statements = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in statements:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def test_fields_become_flags() -> None:
    assert with_flags("pass `label_column`, or see `list`") == "pass --label-column, or see --list"
    assert with_flags("no `Field` and no ` text`") == "no `Field` and no ` text`"
    assert with_flags("`x` and `y` differ; call `fit`") == "`x` and `y` differ; call `fit`"  # a library's words


def test_below_launch_no_message_names_a_flag() -> None:
    flag = re.compile(r"(?<![\w-])--[a-z]")
    own = ("datasets/tables/build_standin.py", "pip install")  # a script of its own, and a command of another program
    assert [(at, text) for at, text in messages() if flag.search(text) and not any(o in at + text for o in own)] == []


def test_every_field_that_is_named_is_an_option_of_a_search() -> None:
    assert {field.name for field in fields(TuneOptions)} >= FIELDS
    named = {(at, name) for at, text in messages() for name in FIELD.findall(text)}
    assert len(named) > 20
    assert {(at, name) for at, name in named if name not in FIELDS} == set()
