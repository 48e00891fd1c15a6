import subprocess
import sys

import numpy as np
import pytest

from datasets.catalog import catalog, files
from datasets.errors import DataError, Unreachable
from datasets.tables import celeba
from datasets.tables.named import load

NAME = "8_celeba.npz"


@pytest.fixture
def offline(monkeypatch):
    def fail(url, *args, **kwargs):
        raise Unreachable(f"could not download {url}: no network in this test")

    monkeypatch.setattr(files, "fetch", fail)


@pytest.fixture
def anything_published(monkeypatch):
    """Take any file for the published one, to see what the reader says of its content."""
    monkeypatch.setattr(files, "check", lambda path, expected: "")


def message_of(folder, **options) -> str:
    with pytest.raises(DataError) as caught:
        load("celeba", folder, **{"download": False, "allow_standin": False, **options})
    assert "\n" not in str(caught.value)
    return str(caught.value)


HEAVY = {"pandas", "sklearn", "pooch", "requests", "ray", "optuna", "mlflow", "torch", "trainables", "launch"}


def imported_by(code: str) -> set[str]:
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_catalogue_is_cheap():
    assert not imported_by("import datasets.catalog.catalog") & (HEAVY | {"numpy"})


def test_loading_and_splitting_need_only_numpy():
    code = (
        "from datasets.problems import protocols; from datasets.tables import named; from pathlib import Path;"
        "protocols.prepare(named.load('celeba-standin', Path('.'))).split(0)"
    )
    assert not imported_by(code) & (HEAVY - {"trainables"})  # names of labels, which need numpy alone


def test_unknown_name_gets_the_nearest():
    with pytest.raises(DataError, match=r"unknown dataset 'celebb'; did you mean celeba\? `list` shows all"):
        catalog.find("celebb")
    with pytest.raises(DataError, match=r"unknown dataset 'zzz'; `list` shows all"):
        load("zzz", None)


@pytest.mark.parametrize("download", [True, False])
def test_missing_file_brings_the_standin_announced(tmp_path, offline, download):
    said: list[str] = []
    dataset = load("celeba", tmp_path, download=download, notify=said.append)
    assert dataset.name == "celeba-standin"
    assert len(said) == 1
    assert "celeba-standin" in said[0]
    assert "generated" in said[0]


def test_missing_file_without_standin_says_everything(tmp_path, offline):
    message = message_of(tmp_path, download=True)
    row = catalog.find("celeba").files[0]
    assert row.sha256 is not None
    for part in (NAME, row.sha256, row.url, str(tmp_path), celeba_csv(), "no network in this test", "`data_dir`"):
        assert str(part) in message


def celeba_csv() -> str:
    return catalog.find("celeba").files[1].name


def test_another_version_in_place_is_refused_even_with_a_standin(tmp_path):
    np.savez(tmp_path / NAME, X=np.eye(39), y=np.arange(39) % 2)
    message = message_of(tmp_path, allow_standin=True, download=True)
    assert "expected sha256 1cadfdea" in message
    assert f"found {files.sha256(tmp_path / NAME)}" in message
    assert "delete it" in message


def test_truncated_real_file(tmp_path, data_dir, monkeypatch):
    whole = (data_dir / NAME).read_bytes()
    for size in (0, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / NAME).write_bytes(whole[:size])
        assert "is not the published file" in message_of(tmp_path)
        with pytest.raises(DataError, match="is damaged or no npz archive"):
            celeba.read(tmp_path / NAME)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    (tmp_path / NAME).write_bytes(flipped)
    with pytest.raises(DataError, match="is damaged or no npz archive"):
        celeba.read(tmp_path / NAME)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"X": np.eye(39), "y": np.full(39, 3)}, "found 3"),
        ({"X": np.full((39, 39), np.nan), "y": np.arange(39) % 2}, "NaN"),
        ({"X": np.eye(39), "y": np.zeros(39)}, "no anomalies"),
        ({"X": np.eye(38), "y": np.arange(38) % 2}, "38 attribute columns; CelebA has 39"),
        ({"X": np.eye(39), "y": np.arange(38) % 2}, "39 rows but 38 labels"),
        ({"X": np.eye(39)}, "has no array 'y'"),
        ({"X": np.array([[object()]]), "y": np.zeros(1)}, "damaged"),
    ],
)
def test_bad_content_is_named(tmp_path, anything_published, arrays, expected):
    np.savez(tmp_path / NAME, **arrays)
    message = message_of(tmp_path)
    assert expected in message
    assert NAME in message


def test_an_npy_in_disguise_and_a_folder(tmp_path, anything_published):
    with open(tmp_path / NAME, "wb") as handle:
        np.save(handle, np.eye(3))
    assert "damaged or no npz archive" in message_of(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        celeba.read(tmp_path / "nothing.npz")


def test_devnet_csv_equals_the_npz(tmp_path, celeba_table):
    import pandas as pd

    X, y, names = celeba_table
    pd.DataFrame(X.astype(float), columns=names).assign(**{"class": y}).to_csv(tmp_path / celeba_csv(), index=False)
    dataset = load("celeba", tmp_path, download=False, allow_standin=False)
    np.testing.assert_array_equal(dataset.X, X)
    np.testing.assert_array_equal(dataset.y, y)
    assert dataset.X.dtype == np.uint8
    assert dataset.feature_names == tuple(names)
    assert dataset.sha256 == files.sha256(tmp_path / celeba_csv())
    assert "no published checksum" in dataset.notes[0]


def test_devnet_csv_without_labels(tmp_path):
    (tmp_path / celeba_csv()).write_text("a,b\n0,1\n")
    assert "no label column 'class'" in message_of(tmp_path)


@pytest.fixture
def celeba_table():
    generator = np.random.default_rng(0)
    return (generator.random((500, 39)) < 0.5).astype(np.uint8), np.arange(500) % 20 == 0, [f"A{i}" for i in range(39)]
