"""Data that cannot be searched on: one clear line, exit code 2, before any work."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.launch.conftest import CSV, table, write_csv

DEVNET = ("devnet", "celeba")


# -- data ----------------------------------------------------------------------------


def changed(tmp_path: Path, edit) -> Path:
    folder = write_csv(tmp_path / "changed", *table(300))
    path = folder / CSV
    path.write_text(edit(path.read_text()))
    return folder


def cell(text: str, row: int, column: int, value: str) -> str:
    lines = text.splitlines()
    cells = lines[row + 1].split(",")
    cells[column] = value
    lines[row + 1] = ",".join(cells)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda t: cell(t, 7, 3, ""), ["NaN", "row 7", "column 3", "Bags_Under_Eyes"]),
        (lambda t: cell(t, 7, 3, "inf"), ["infinite", "row 7"]),
        (lambda t: cell(t, 7, 3, "blue"), ["Bags_Under_Eyes", "'blue'"]),
        (lambda t: cell(t, 7, 39, "2"), ["labels other than 0", "2"]),
        (lambda t: cell(t, 7, 39, ""), ["label"]),
        (lambda t: re.sub(r",[01]$", ",0", t, flags=re.M), ["no anomalies"]),
        (lambda t: re.sub(r",[01]$", ",1", t, flags=re.M), ["only anomalies"]),
        (lambda t: t.replace(",class", ",clas"), ["class"]),
        (lambda t: "".join(line.split(",", 1)[1] + "\n" for line in t.splitlines()), ["38", "39"]),
        (lambda t: t.splitlines()[0] + "\n", ["no table of rows"]),
        (lambda t: "", ["cannot be read"]),
        (lambda t: t[:-1] + ",1,1,1\n", ["cannot be read"]),
    ],
)
def test_tables(refuse, tmp_path, edit, words):
    line = refuse(*DEVNET, "--data-dir", changed(tmp_path, edit))
    assert CSV in line
    assert all(w in line for w in words), line


def test_split_without_anomalies(refuse, tmp_path):
    X, y = table(300)
    y[:] = 0
    y[5] = 1
    line = refuse(*DEVNET, "--data-dir", write_csv(tmp_path / "one", X, y))
    assert "no anomalies" in line
    assert "'report'" in line


def npz(tmp_path: Path) -> Path:
    X, y = table(500)
    np.savez_compressed(tmp_path / "8_celeba.npz", X=X.astype(float), y=y)
    return tmp_path / "8_celeba.npz"


def test_archives_that_are_not_the_published_one(refuse, tmp_path):
    path = npz(tmp_path)
    line = refuse(*DEVNET, "--data-dir", tmp_path)  # sound, but another file
    assert "is not the published file" in line
    assert "1cadfdea" in line
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"PK\x03\x04nonsense", bytes(len(whole))):
        path.write_bytes(damaged)
        assert str(path) in refuse(*DEVNET, "--data-dir", tmp_path)


def test_data_that_is_nowhere(refuse, tmp_path, monkeypatch):
    from datasets.catalog import files
    from datasets.errors import Unreachable

    def unreachable(url, *rest):
        raise Unreachable(f"could not download {url}: no network")

    monkeypatch.setattr(files, "fetch", unreachable)
    line = refuse(*DEVNET, "--data-dir", tmp_path / "none", "--no-standin")
    assert "8_celeba.npz" in line
    assert "sha256 1cadfdea" in line
    assert "no network" in line
    assert "--data-dir" in line
