"""The house's rules that no linter knows: no circles, folders and files of readable size, tests where the code is."""

import subprocess
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from launch.common.environment import ROOT
from tests import conftest

PACKAGES = ("analysis", "launch", "datasets", "search_spaces", "trainables")
MOST_LINES = 400
MOST_FILES = 20
LISTS = ("trainables", "search_spaces", "tests/trainables", "tests/search_spaces")
"""Flat lists: a file for each detector, for its space, and for its tests."""
ACROSS = ("tests", "tests/browser", "tests/faults", "tests/situations", "tests/examples", "tests/docs")
"""Folders of tests that belong to no single folder of the code."""


def files() -> list[Path]:
    """Python files of the repository, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_circle_of_imports():
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)  # lazy imports and those for type checking, too
    # raises CycleError, which names the circle
    order = TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).static_order()
    assert len(list(order)) == len(graph.modules) > 300


def test_no_folder_is_a_drawer():
    counts = Counter(path.parent.as_posix() for path in files())
    full = {folder: n for folder, n in counts.items() if n > MOST_FILES and folder not in LISTS}
    assert not full, f"more than {MOST_FILES} Python files: give them rooms"


def test_no_file_is_too_long():
    lengths = {path.as_posix(): len((ROOT / path).read_text().splitlines()) for path in files()}
    long = {path: n for path, n in lengths.items() if n > MOST_LINES}
    assert not long, f"more than {MOST_LINES} lines: one concern for each file"


def test_tests_mirror_the_tree():
    known = files()
    rooms = {path.parent for path in known if path.parts[0] in PACKAGES} | {Path("launch/cluster")}
    folders = {path.parent for path in known if path.parts[0] == "tests" and path.parent.as_posix() not in ACROSS}
    lost = sorted(folder.as_posix() for folder in folders if Path(*folder.parts[1:]) not in rooms)
    assert not lost, "folders of tests that mirror no folder of the code"


def test_the_long_files_of_tests_are_there():
    assert [name for name in conftest.LONG if not (ROOT / "tests" / name).is_file()] == []
