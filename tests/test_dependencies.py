"""What is imported is declared, what only some need is an extra, and without the extra one line says so."""

import ast
import builtins
import functools
import importlib
import importlib.metadata
import re
import sys
import tomllib

import pytest

from launch.common.environment import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("analysis", "launch", "datasets", "search_spaces", "trainables")
BY_NAME = {"uvicorn", "pyod"}
"""Used without an import statement: as `python -m uvicorn`, and by the name of a detector's module."""
NO_EXTRA = {"deepod"}
"""Cannot be declared, see pyproject.toml."""


def distributions(requirements):
    """Names as an index knows them."""
    return {re.split(r"[\[<>=!~ ;]", line)[0].lower().replace("_", "-") for line in requirements}


BASE = distributions(PROJECT["dependencies"])
EXTRAS = set().union(*(distributions(lines) for lines in PROJECT["optional-dependencies"].values()))


@functools.cache
def imports():
    """Distributions that are imported, with whether that happens when the module is, by module."""
    known, found = importlib.metadata.packages_distributions(), []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                for name in {name.partition(".")[0] for name in names}:
                    if name not in sys.stdlib_module_names and name not in PACKAGES:
                        owners = {one.lower().replace("_", "-") for one in known.get(name, [name])}
                        owners -= {"mlflow-skinny", "mlflow-tracing"}
                        found.append((path.relative_to(ROOT), owners, node in tree.body))
    return found


def test_every_import_is_declared():
    undeclared = {(str(path), *names) for path, names, _ in imports() if not names & (BASE | EXTRAS | NO_EXTRA)}
    assert not undeclared, "add them to dependencies, or to an extra, in pyproject.toml"


def test_every_dependency_is_used():
    used = set().union(*(names for _, names, _ in imports()))
    assert used | BY_NAME >= BASE - {"psutil"}


def test_an_extra_is_imported_only_when_it_is_needed():
    only_extra = EXTRAS - BASE
    eager = {str(path) for path, names, at_once in imports() if at_once and names & only_extra}
    assert not eager, "import these in the function that needs them"


@pytest.fixture
def without(monkeypatch):
    """Hides a module."""

    def hide(name):
        before = builtins.__import__

        def refuse(module, *arguments, **named):
            if module.partition(".")[0] == name:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return before(module, *arguments, **named)

        for loaded in [module for module in sys.modules if module.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setattr(builtins, "__import__", refuse)
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda n, *more: None if n == name else find_spec(n, *more))

    return hide


def test_images_by_name_say_which_extra_they_need(without):
    from datasets.errors import DataError
    from datasets.images.raw_files import torchvision_files

    without("torchvision")
    for name in ("CIFAR10", "MNIST"):
        with pytest.raises(DataError, match=re.escape("pip install 'anomaly-platform[images]'")):
            torchvision_files(name, ROOT)


def test_studies_say_which_extra_they_need(without, tmp_path):
    from launch import ui

    without("optuna_dashboard")
    (tmp_path / "a.journal").touch()
    assert "pip install 'anomaly-platform[dashboard]'" in ui._no_studies(ui.UiOptions(), tmp_path)
