"""Commands that are shown can be typed as they are."""

import os
import re
import shlex
import shutil
import sys

import pytest

from launch.common import invocation
from launch.common.environment import ROOT
from launch.common.home import Home


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """A place to type in, and what the shell finds by name."""

    def set_up(argv0, *, cwd=tmp_path, executable="/opt/venv/bin/python", found=()):
        monkeypatch.setattr(sys, "argv", [str(argv0)])
        monkeypatch.setattr(sys, "executable", str(executable))
        monkeypatch.setattr(shutil, "which", lambda name: dict(found).get(name))
        monkeypatch.chdir(cwd)

    return set_up


def test_the_interpreter_that_runs(shell):
    shell("launch/tune.py", cwd=ROOT, executable=ROOT / ".venv" / "bin" / "python")
    assert invocation.program("launch/ui.py") == ".venv/bin/python launch/ui.py"


def test_python_alone_where_that_is_the_one(shell):
    shell("launch/tune.py", cwd=ROOT, found={"python": "/opt/venv/bin/python"})
    assert invocation.program("analysis/report.py") == "python analysis/report.py"
    shell("launch/tune.py", cwd=ROOT, found={"python": "/usr/bin/python"})
    assert invocation.program("analysis/report.py") == "/opt/venv/bin/python analysis/report.py"


def test_from_another_folder(shell, tmp_path):
    shell(ROOT / "launch" / "tune.py", executable=tmp_path / "my env" / "bin" / "python")
    words = shlex.split(invocation.program("launch/tune.py"))
    assert words == ["my env/bin/python", str(ROOT / "launch" / "tune.py")]


def test_console_scripts(shell, tmp_path):
    shell("/opt/venv/bin/anomaly-tune", found={"anomaly-label-budget": "/opt/venv/bin/anomaly-label-budget"})
    assert invocation.program("analysis/label_budget.py") == "anomaly-label-budget"
    assert invocation.program("launch/replay.py") == "/opt/venv/bin/anomaly-replay"
    shell(tmp_path / "anomaly-tune")
    assert invocation.program("launch/replay.py") == "./anomaly-replay"


def test_every_script_that_is_named_is_there():
    sources = [path.read_text() for folder in ("launch", "analysis") for path in (ROOT / folder).rglob("*.py")]
    named = set(re.findall(r"""program\(["']([^"']+)["']\)""", "\n".join(sources)))
    assert {"launch/tune.py", "launch/sync.py", "analysis/report.py"} <= named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_home_is_an_argument_unless_it_is_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Home(tmp_path / "runs").arguments() == []
    assert Home(tmp_path / "my runs").arguments() == ["--home", os.path.join(tmp_path, "my runs")]
