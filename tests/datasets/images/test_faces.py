import numpy as np
import pytest

from datasets.catalog import files
from datasets.catalog.files import Published
from datasets.catalog.images import PREPARED
from datasets.errors import DataError
from datasets.images import faces
from datasets.images.split import prepare


def message(call) -> str:
    with pytest.raises(DataError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def images(n, seed=0, side=16):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def rows(X):
    return {image.tobytes() for image in X}


@pytest.fixture
def homework(tmp_path):
    np.save(tmp_path / "trainingset.npy", images(60))
    np.save(tmp_path / "testingset.npy", images(20, seed=1))
    return tmp_path


@pytest.fixture
def small(tmp_path, monkeypatch):
    """faces64 and Tiny ImageNet of a few images."""
    for name, n, seed in (("faces64", 60, 0), ("tinyimagenet", 25, 1)):
        path = tmp_path / f"{name}.npz"
        np.savez(path, x_train=images(n, seed))
        monkeypatch.setitem(PREPARED, name, Published(path.name, files.sha256(path)))
    return tmp_path


def test_homework_without_labels(homework):
    found = faces.faces(homework)
    assert found.class_names == ("face", "blur", "patches", "turned")
    assert found.tasks == (0,)
    np.testing.assert_array_equal(np.bincount(found.classes), [40, 7, 7, 6])
    assert not found.official_test.any()
    np.testing.assert_array_equal(found.unlabelled, images(20, seed=1))
    assert found.unlabelled_ids == tuple(str(i) for i in range(20))
    assert rows(found.X[found.classes == 0]) < rows(images(60))
    assert "made of 20 training faces that do not stand as normal ones; so are those of the test" in found.notes[0]
    assert found.sha256 == faces.faces(homework).sha256


def test_no_anomaly_is_made_of_a_normal_face(homework):
    found = faces.faces(homework, kind="turned")
    assert found.class_names == ("face", "turned")
    ways = [found.X[found.classes == 1]]
    ways += [np.rot90(ways[0], k, (1, 2)) for k in (1, 2, 3)] + [ways[0][:, ::-1]]
    origins = set().union(*(rows(np.ascontiguousarray(way)) for way in ways)) & rows(images(60))
    normal = rows(found.X[found.classes == 0])
    assert len(origins) == 20
    assert not origins & normal
    assert origins | normal == rows(images(60))


def test_most_faces_train(homework, monkeypatch):
    monkeypatch.setattr(faces, "MOST_HELD_OUT", 9)
    np.testing.assert_array_equal(np.bincount(faces.faces(homework).classes), [51, 3, 3, 3])


LABELS = [1, 0] * 10


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("testinglabels.npy", np.array(LABELS)),
        ("testinglabels.csv", "ID,label\n" + "".join(f"{i},{LABELS[i]}\n" for i in reversed(range(20)))),
        ("testinglabels.csv", "label\n" + "\n".join(map(str, LABELS))),
        ("testinglabels.csv", "\n".join(map(str, LABELS)) + "\n\n"),
        ("testinglabels.csv", "".join(f"{i},{LABELS[i]:.1f}\r\n" for i in range(20))),
    ],
)
def test_homework_with_labels(homework, name, content):
    folder = homework / "faces"  # the files may lie in a folder of their own
    folder.mkdir()
    for file in list(homework.glob("*.npy")):
        file.rename(folder / file.name)
    if name.endswith("npy"):
        np.save(folder / name, content)
    else:
        (folder / name).write_text(content)
    found = faces.faces(homework)
    assert found.class_names == ("face", "anomaly", "synthetic")
    np.testing.assert_array_equal(found.classes[-20:], LABELS)
    np.testing.assert_array_equal(found.official_test, np.arange(80) >= 60)
    np.testing.assert_array_equal(found.X[-20:], images(20, seed=1))
    assert (found.classes == 2).sum() == 20
    assert found.unlabelled is None
    assert "choose by are synthetic" in found.notes[0]
    assert "of the test" not in found.notes[0]
    problem = prepare(found, "faces")
    assert problem.counts["test"] == {"rows": 20, "anomalies": 10}
    assert problem.counts["development"] == {"rows": 60, "anomalies": 20}
    assert not problem.split(0).train.y.any()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("ID,label\n" + "".join(f"{i + 1},0\n" for i in range(20)), "each number from 0 to 19 once"),
        ("label\n0\n1\n", "2 labels for 20 images"),
        ("\n".join(["2"] * 20), "other than 0 (normal) and 1 (anomaly)"),
        ("\n".join(["nan"] * 20), "other than 0"),
        ("label\n0\nx\n", "cannot be read as a table of numbers"),
        ("1,2,3\n", "must have one column"),
        ("", "must have one column"),
    ],
)
def test_wrong_labels(homework, content, words):
    (homework / "testinglabels.csv").write_text(content)
    said = message(lambda: faces.faces(homework))
    assert words in said
    assert "testinglabels.csv" in said


def test_wrong_homework_files(tmp_path, homework):
    np.save(homework / "testingset.npy", images(4, side=8))
    assert "shape (16, 16, 3), testingset.npy of (8, 8, 3)" in message(lambda: faces.faces(homework))
    np.save(homework / "testingset.npy", images(4) / 255)
    assert "whole numbers" in message(lambda: faces.faces(homework))
    (homework / "testingset.npy").write_bytes(b"no array")
    assert "testingset.npy cannot be read" in message(lambda: faces.faces(homework))
    (homework / "testingset.npy").unlink()
    assert "put testingset.npy beside it" in message(lambda: faces.faces(homework))
    np.save(homework / "testingset.npy", images(4))
    np.save(homework / "trainingset.npy", images(9))
    assert "has 9 faces; at least 15" in message(lambda: faces.faces(homework))
    (homework / "trainingset.npy").unlink()
    said = message(lambda: faces.faces(homework))
    for part in (str(tmp_path / "faces" / "trainingset.npy"), "testingset.npy", "kaggle", "`data_dir`"):
        assert part in said
    assert "there is mixed, blur, patches, turned" in message(lambda: faces.faces(homework, kind="objects"))


def test_faces_against_objects(small):
    found = faces.faces64(small)
    assert found.class_names == ("face", "objects")
    assert found.tasks == (0,)
    np.testing.assert_array_equal(found.X, np.concatenate([images(60), images(25, seed=1)]))
    np.testing.assert_array_equal(np.bincount(found.classes), [60, 25])
    assert not found.official_test.any()
    problem = prepare(found, "faces64-objects")
    assert problem.counts["test"] == {"rows": 17, "anomalies": 5}


@pytest.mark.parametrize("kind", ["blur", "patches", "turned"])
def test_faces_against_changed_faces(small, kind):
    found = faces.faces64(small, kind=kind)
    assert found.class_names == ("face", kind)
    np.testing.assert_array_equal(np.bincount(found.classes), [40, 20])
    normal = rows(found.X[found.classes == 0])
    assert normal == rows(faces.faces64(small, kind="turned").X[:40])  # the same faces for all kinds
    assert not normal & rows(found.X[found.classes == 1])
    assert f"synthetic ({kind})" in found.notes[0]


def test_faces64_that_is_not_there_or_damaged(tmp_path, small):
    assert "there is objects, blur" in message(lambda: faces.faces64(small, kind="noise"))
    (small / "tinyimagenet.npz").unlink()
    assert "tinyimagenet.npz is neither in" in message(lambda: faces.faces64(small))
    (small / "faces64.npz").write_bytes(b"x")
    assert "is not the published file: expected sha256" in message(lambda: faces.faces64(small))
    (small / "faces64.npz").unlink()
    assert "images:FOLDER" in message(lambda: faces.faces64(small))


def test_real_faces(data_dir):
    if not (data_dir / "faces64.npz").is_file():
        pytest.skip("faces64.npz is not here")
    found = faces.faces64(data_dir, kind="turned")
    assert found.X.shape == (1200, 64, 64, 3)
    assert found.sha256.startswith("82a06cec")
