import bz2
import hashlib
import pickle
import socket
import struct
import subprocess
import sys

import numpy as np
import pytest

from datasets.catalog import files
from datasets.catalog.files import Published
from datasets.catalog.images import IMAGE_ROWS
from datasets.errors import DataError, Unreachable
from datasets.images import standard

RNG = np.random.default_rng(0)
OFF = {"download": False, "notify": print}


def message(call) -> str:
    with pytest.raises(DataError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def images(n, *shape):
    return RNG.integers(0, 256, (n, *shape), dtype=np.uint8)


def digits(n):
    return np.arange(n) % 10


def idx(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes())


def write_idx(root, folder, train, test):
    for side, X in (("train", train), ("t10k", test)):
        idx(root / folder / "raw" / f"{side}-images-idx3-ubyte", X)
        idx(root / folder / "raw" / f"{side}-labels-idx1-ubyte", digits(len(X)).astype(np.uint8))


def write_svhn(root, X, y, side):
    from scipy.io import savemat

    savemat(root / f"{side}_32x32.mat", {"X": X.transpose(1, 2, 3, 0), "y": y[:, None].astype(np.uint8)})


def test_fashion_mnist_at_32(tmp_path):
    """A ramp across: a pixel's middle is at (i + 1/2) 28/32 - 1/2 of the old ones, the outermost stay."""
    ramp = np.broadcast_to(8 * np.arange(28, dtype=np.uint8), (20, 28, 28))
    write_idx(tmp_path, "FashionMNIST", ramp, ramp[:10])
    found = standard.at_32("fashion_mnist_32", tmp_path, **OFF)
    assert (found.name, found.X.shape) == ("fashion_mnist_32", (30, 32, 32, 1))
    middle = (np.arange(32) + 0.5) * 28 / 32 - 0.5
    expected = np.rint(8 * np.clip(middle, 0, 27))
    np.testing.assert_allclose(found.X[3, 5, :, 0].astype(float), expected, atol=1)
    assert found.notes[-1] == "resized bilinearly from 28x28"
    whole = standard.load("fashion_mnist", tmp_path, **OFF)
    assert found.augment == whole.augment
    assert found.sha256 != whole.sha256


@pytest.mark.parametrize(
    ("name", "folder", "below"), [("mnist", "MNIST", ""), ("fashion_mnist", "FashionMNIST", "fashion_mnist")]
)
def test_idx_files_as_torchvision_keeps_them(tmp_path, name, folder, below):
    train, test = images(20, 28, 28), images(10, 28, 28)
    write_idx(tmp_path / below, folder, train, test)
    found = standard.load(name, tmp_path, **OFF)
    np.testing.assert_array_equal(found.X[..., 0], np.concatenate([train, test]))
    np.testing.assert_array_equal(found.classes, [*digits(20), *digits(10)])
    np.testing.assert_array_equal(found.official_test, [False] * 20 + [True] * 10)
    assert found.X.shape == (30, 28, 28, 1)
    assert found.X.dtype == np.uint8
    assert found.classes.dtype == np.int16
    assert found.tasks == tuple(range(10))
    assert found.notes == (
        "not the published files: 20 training and 10 test images here, 60,000 training and 10,000 test images there",
    )
    assert found.task({"mnist": "3", "fashion_mnist": "Dress"}[name]) == 3


def test_usps_of_libsvm(tmp_path):
    values = np.full((2, 256), -1.0)
    values[0, :3] = 1.0, 0.0, -0.6
    lines = [
        f"{k} " + " ".join(f"{i + 1}:{v:g}" for i, v in enumerate(row)) for k, row in zip((1, 10), values, strict=True)
    ]
    for name in ("usps.bz2", "usps.t.bz2"):
        (tmp_path / name).write_bytes(bz2.compress("\n".join(lines).encode()))
    found = standard.load("usps", tmp_path, **OFF)
    assert found.X.shape == (4, 16, 16, 1)
    # 127.5 goes to the even neighbour; 51 = 255 * 0.2
    np.testing.assert_array_equal(found.X[0, 0, :4, 0], [255, 128, 51, 0])
    np.testing.assert_array_equal(found.classes, [0, 9, 0, 9])
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(b"1 1:0.5 2:0.5"))
    assert "256 values" in message(lambda: standard.load("usps", tmp_path, **OFF))
    whole = bz2.compress("\n".join(lines).encode())
    (tmp_path / "usps.bz2").write_bytes(whole[: len(whole) // 2])
    assert "usps cannot be read" in message(lambda: standard.load("usps", tmp_path, **OFF))


def test_svhn_calls_the_digit_zero_ten(tmp_path):
    X = images(12, 32, 32, 3)
    write_svhn(tmp_path, X, np.array([10, *range(1, 10), 10, 1]), "train")
    assert "lacks test_32x32.mat" in message(lambda: standard.load("svhn", tmp_path, **OFF))
    write_svhn(tmp_path, X[:3], np.array([1, 10, 2]), "test")
    found = standard.load("svhn", tmp_path, **OFF)
    np.testing.assert_array_equal(found.X, np.concatenate([X, X[:3]]))
    np.testing.assert_array_equal(found.classes, [*range(10), 0, 1, 1, 0, 2])
    assert found.class_names == tuple("0123456789")
    write_svhn(tmp_path, X[:3], np.array([1, 11, 2]), "test")
    assert "labels must be whole numbers 0 to 9" in message(lambda: standard.load("svhn", tmp_path, **OFF))
    (tmp_path / "test_32x32.mat").write_bytes(b"no such file")
    assert "svhn cannot be read" in message(lambda: standard.load("svhn", tmp_path, **OFF))


def test_cifar10_batches(tmp_path, monkeypatch):
    from torchvision.datasets import cifar

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    X = images(12, 32, 32, 3)
    flat = X.transpose(0, 3, 1, 2).reshape(12, -1)
    parts = [*(f"data_batch_{i + 1}" for i in range(5)), "test_batch"]
    for i, name in enumerate(parts):
        (folder / name).write_bytes(pickle.dumps({"data": flat[2 * i : 2 * i + 2], "labels": [i, 9]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["airplane"]}))
    said = message(lambda: standard.load("cifar10", tmp_path, **OFF))
    assert "cifar10 cannot be read" in said  # the checksums differ
    monkeypatch.setattr(cifar, "check_integrity", lambda path, md5=None: True)
    found = standard.load("cifar10", tmp_path, **OFF)
    np.testing.assert_array_equal(found.X, X)
    np.testing.assert_array_equal(found.classes, [0, 9, 1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
    assert found.official_test.sum() == 2
    assert found.augment == "flip,crop=4,jitter=0.01"
    assert not any("per class" in note for note in found.notes)


def prepared(folder, monkeypatch, name="cifar10", **arrays):
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    monkeypatch.setitem(standard.PREPARED, name, Published(path.name, files.sha256(path)))
    return path


def test_prepared_file_comes_first_and_is_checked(tmp_path, monkeypatch):
    X = images(4, 32, 32, 3)
    path = prepared(tmp_path, monkeypatch, x_train=X[:3], y_train=[0, 1, 9], x_test=X[3:], y_test=[2])
    found = standard.load("cifar10", tmp_path, **OFF)
    np.testing.assert_array_equal(found.X, X)
    assert found.notes == ("2,000 training and 500 test images per class; the full set has 5,000 and 1,000",)
    expected = files.sha256(path)
    path.write_bytes(path.read_bytes()[:-50])
    said = message(lambda: standard.load("cifar10", tmp_path, **OFF))
    assert expected in said
    assert files.sha256(path) in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y_train": [0, 1]}, "3 training images, but labels of shape (2,)"),
        ({"y_train": [0, 1, 10]}, "labels must be"),
        ({"y_test": [0.5]}, "labels must be"),
        ({"x_test": np.zeros((1, 8, 8, 3), np.uint8)}, "test images (8, 8, 3)"),
        ({"x_train": np.zeros((3, 5), np.uint8)}, "holds no images"),
        ({"y_test": None}, "lacks the arrays y_test; it has"),
    ],
)
def test_prepared_file_with_something_wrong(tmp_path, monkeypatch, change, words):
    X = images(4, 32, 32, 3)
    arrays = {"x_train": X[:3], "y_train": [0, 1, 9], "x_test": X[3:], "y_test": [2]} | change
    prepared(tmp_path, monkeypatch, **{k: v for k, v in arrays.items() if v is not None})
    assert words in message(lambda: standard.load("cifar10", tmp_path, **OFF))


@pytest.mark.parametrize("name", list(standard.OFFICIAL))
def test_what_is_nowhere_is_named_with_the_way_out(tmp_path, name):
    said = message(lambda: standard.load(name, tmp_path, **OFF))
    row = next(row for row in IMAGE_ROWS if row.name == name)
    for part in (name, str(tmp_path), str(tmp_path / name), row.url, "`data_dir`", *standard.OFFICIAL[name].files):
        assert part in said
    if row.files:
        assert row.files[0].sha256 in said


@pytest.mark.parametrize("name", list(standard.OFFICIAL))
def test_no_network_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, name):
    def fail(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(files, "getproxies", dict)
    said = message(lambda: standard.load(name, tmp_path, download=True, notify=print))
    assert "Name or service not known" in said
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_download_that_breaks_off_leaves_nothing_and_restores_the_time_limit(tmp_path, monkeypatch):
    from torchvision.datasets import utils

    limits = []

    def broken(url, target, chunk_size=0):
        limits.append(socket.getdefaulttimeout())
        with open(target, "wb") as handle:
            handle.write(b"half")
        raise TimeoutError("timed out")

    monkeypatch.setattr(files, "check_host", lambda url: None)
    monkeypatch.setattr(utils, "_get_redirect_url", lambda url, max_hops: url)
    monkeypatch.setattr(utils, "_urlretrieve", broken)
    told = []
    with pytest.raises(DataError, match="timed out"):
        standard.load("svhn", tmp_path, download=True, notify=told.append)
    assert told == ["fetching svhn from http://ufldl.stanford.edu/housenumbers/train_32x32.mat"]
    assert not list(tmp_path.iterdir())
    assert limits == [files.READ_SECONDS]
    assert socket.getdefaulttimeout() is None
    assert issubclass(Unreachable, DataError)


def test_downloaded_files_are_read(tmp_path, monkeypatch):
    def fetched(name, folder, notify):
        write_idx(folder, "MNIST", images(10, 28, 28), images(10, 28, 28))

    monkeypatch.setattr(standard, "_download", fetched)
    assert len(standard.load("mnist", tmp_path, download=True, notify=print).X) == 20


def test_nothing_heavy_is_imported_for_a_prepared_file():
    code = "import datasets.images.standard, datasets.images.digits, sys; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "torchvision", "scipy", "sklearn", "PIL"} & {name.split(".")[0] for name in names}


def test_rows_of_the_catalogue():
    for row in IMAGE_ROWS:
        assert row.modality == "image"
        assert row.default_protocol in row.protocols
        assert bool(row.classes) != bool(row.anomaly_types)
        assert len(row.shape) == 4
    for name, official in standard.OFFICIAL.items():
        row = next(row for row in IMAGE_ROWS if row.name == name)
        assert row.shape[0] == sum(official.published)
        assert row.classes == official.class_names


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "usps", "cifar10"])
def test_real_files(data_dir, name):
    if not (data_dir / f"{name}.npz").is_file():
        pytest.skip(f"{name}.npz is not here")
    found = standard.load(name, data_dir, **OFF)
    row = next(row for row in IMAGE_ROWS if row.name == name)
    assert found.X.shape[1:] == row.shape[1:]
    assert len(found.X) == (25_000 if name == "cifar10" else row.shape[0])
    assert found.sha256[:8] == {
        "mnist": "9b23acf9", "fashion_mnist": "bbf1c3c0", "usps": "7cb58699", "cifar10": "92a34c1f",
    }[name]  # fmt: skip


def test_whole_files_come_before_a_prepared_part(tmp_path, monkeypatch):
    X = np.arange(12 * 32 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(12, 32, 32, 3)
    y = np.arange(12) % 10
    np.savez(tmp_path / "svhn.npz", x_train=X[:8], y_train=y[:8], x_test=X[8:], y_test=y[8:])
    sha256 = hashlib.sha256((tmp_path / "svhn.npz").read_bytes()).hexdigest()
    monkeypatch.setitem(standard.PREPARED, "svhn", Published("svhn.npz", sha256))
    part = standard.load("svhn", tmp_path, **OFF)
    assert len(part.X) == 12
    assert part.official_test.sum() == 4
    assert "10,000 digits of the official test, our split" in " ".join(part.notes)
    write_svhn(tmp_path, X, np.where(y == 0, 10, y), "train")
    write_svhn(tmp_path, X[:3], np.array([1, 10, 2]), "test")
    whole = standard.load("svhn", tmp_path, **OFF)
    assert len(whole.X) == 15
    assert "our split" not in " ".join(whole.notes)
