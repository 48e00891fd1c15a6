"""The doors: every command answers --help at once, from anywhere, as a file and as a console script."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from launch.common.environment import ROOT

SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
DOORS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("launch", "analysis")
    for path in (ROOT / folder).glob("*.py")
    if path.name not in ("__init__.py", "api.py") and re.search(r"\n(def main\(|main = )", path.read_text())
)
SLOW_MODULES = ("torch", "ray", "mlflow", "optuna", "pandas", "sklearn")
TRAP = "raise RuntimeError('a foreign module was imported: ' + __name__)\n"


@pytest.fixture(scope="module")
def traps(tmp_path_factory):
    """A folder on the path with a foreign package called `datasets`, as Hugging Face's is."""
    folder = tmp_path_factory.mktemp("traps")
    (folder / "datasets").mkdir()
    (folder / "datasets" / "__init__.py").write_text(TRAP)
    return folder


def run(arguments, cwd, path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def test_every_door_has_a_console_script():
    targets = {target.partition(":")[0].replace(".", "/") + ".py": name for name, target in SCRIPTS.items()}
    assert sorted(targets) == DOORS
    for door, name in targets.items():
        assert name == "anomaly-" + Path(door).stem.replace("_", "-")


@pytest.mark.parametrize("door", DOORS)
def test_a_door_is_short(door):
    assert len((ROOT / door).read_text().splitlines()) <= 110  # nine of them are for Ctrl-C and the path


@pytest.mark.parametrize("door", DOORS)
def test_own_packages_are_imported_once_the_path_is_theirs(door):
    before, mark, _ = (ROOT / door).read_text().partition('if __name__ == "__main__":  # run as a file')
    assert mark
    imports = re.findall(r"^(?:from|import) (\w+)", before, re.MULTILINE)
    assert not {*imports} & {"analysis", "datasets", "launch", "search_spaces", "trainables"}


def test_doors_as_files(traps, tmp_path):
    """From another folder, with a foreign `datasets` on the path, and nothing slow or from beside the file."""
    code = f"""
import runpy, sys
for door in {DOORS!r}:
    path = {str(ROOT)!r} + "/" + door
    sys.argv[:] = [path, "--help"]
    sys.path[0] = path.rpartition("/")[0]  # as `python path` has it
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        assert end.code == 0, door
    assert sys.path[0] == {str(ROOT)!r}, door
    slow = [name for name in {SLOW_MODULES!r} if name in sys.modules]
    assert not slow, (door, slow)
    beside = [name for name in ("config", "common", "search", "board", "plots") if name in sys.modules]
    assert not beside, (door, beside)
"""
    done = run(["-c", code], tmp_path, [traps])
    assert done.returncode == 0, done.stderr[-3000:]
    for door in DOORS:
        assert f"usage: {Path(door).name} " in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_door_as_its_own_process(traps, tmp_path):
    done = run([ROOT / "launch" / "tune.py", "--help"], tmp_path, [traps])
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("usage: tune.py")


def test_console_scripts(traps, tmp_path):
    """An entry point imports a module and calls its `main`; the repository is installed, not first on the path."""
    code = f"""
import importlib, sys
for name, target in {SCRIPTS!r}.items():
    sys.argv[:] = ["/somewhere/bin/" + name, "--help"]
    module, _, function = target.partition(":")
    try:
        getattr(importlib.import_module(module), function)()
    except SystemExit as end:
        assert end.code == 0, name
"""
    done = run(["-c", code], tmp_path, [traps, ROOT])
    assert done.returncode == 0, done.stderr[-3000:]
    for name in SCRIPTS:
        assert f"usage: {name} " in done.stdout


def test_an_unknown_option_is_said_by_every_door(capsys):
    for target in SCRIPTS.values():
        module = importlib.import_module(target.partition(":")[0])
        with pytest.raises(SystemExit) as end:
            module.main(["build", "two", "--no-such-option"])  # the first is an action of `portfolio`
        assert end.value.code == 2, target
        assert "--no-such-option" in capsys.readouterr().err, target
