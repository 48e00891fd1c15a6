import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from datasets.errors import DataError
from datasets.images.dataset import ImageDataset, as_images, checksum
from datasets.images.protocols import IMAGE_PROTOCOLS
from datasets.images.split import prepare
from datasets.train_data import knows_anomalies, supervision_of, train_data
from trainables import load
from trainables.components.augment import Augmentation

PER_CLASS, TESTED = 50, 20


def dataset(classes: int = 4, official: bool = True, tasks=None) -> ImageDataset:
    """Images whose first pixel is their class and whose next two are their number: each can be told."""
    n = classes * (PER_CLASS + TESTED)
    rng = np.random.default_rng(0)
    c = np.tile(np.arange(classes), n // classes).astype(np.int16)
    X = rng.integers(0, 256, (n, 8, 8, 1), dtype=np.uint8)
    X[:, 0, 0, 0], X[:, 0, 1, 0], X[:, 0, 2, 0] = c, np.arange(n) // 256, np.arange(n) % 256
    test = (np.arange(n) >= classes * PER_CLASS) & official
    names = tuple("abcdefgh"[:classes])
    return ImageDataset("toy", X, c, test, names, tasks or tuple(range(classes)), "s", checksum(X, c, test), "l")


def number(X) -> set[int]:
    return set((X[:, 0, 1, 0].astype(int) * 256 + X[:, 0, 2, 0]).tolist())


def opened(problem, tmp_path):
    return problem.sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")


def test_one_vs_rest(tmp_path):
    problem = prepare(dataset(), "toy-c", 2)
    split, test = problem.split(0), opened(problem, tmp_path)
    assert (split.train.X[:, 0, 0, 0] == 2).all()
    assert len(split.train) == 40
    assert not split.train.y.any()
    assert len(split.valid) == 4 * 10
    np.testing.assert_array_equal(split.valid.y, split.valid.X[:, 0, 0, 0] != 2)
    np.testing.assert_array_equal(test.y, test.X[:, 0, 0, 0] != 2)
    assert len(test) == 4 * TESTED
    assert not number(split.train.X) & number(split.valid.X)
    assert not (number(split.train.X) | number(split.valid.X)) & number(test.X)
    assert len(problem.whole().train) == PER_CLASS
    assert len(problem.everything().train) == PER_CLASS + TESTED
    assert set(test.anomaly_types[test.y == 1]) == {"a", "b", "d"}
    assert problem.counts["test"] == {"rows": 80, "anomalies": 60}


def test_all_classes_share_one_array(tmp_path):
    problem = prepare(dataset(), "toy")
    split, test = problem.split(3), opened(problem, tmp_path)
    assert problem.tasks == ("a", "b", "c", "d")
    assert split.valid.y.shape == (40, 4)
    assert test.y.shape == (80, 4)
    train = train_data(split.train, "autoencoder")
    for k, task in enumerate(train.tasks):
        rows = train.X[task.rows]
        assert np.shares_memory(rows, split.train.X)
        assert (rows[:, 0, 0, 0] == k).all()
        alone = prepare(dataset(), "toy-x", k).split(3)
        assert number(rows) == number(alone.train.X)
        assert number(split.valid.X) == number(alone.valid.X)
    assert problem.counts["tasks"] == 4


def test_multimodal_keeps_a_fifth_of_the_class_from_the_final_fits():
    problem = prepare(dataset(), "toy-a", 0, "multimodal")
    trained, reference = problem.whole().train, problem.reference()
    assert len(trained) == 40
    assert not number(trained.X) & number(reference.X)
    assert int((reference.y == 0).sum()) == 10
    other = prepare(dataset(), "toy-a", 0, "multimodal", 1).whole().train
    assert number(other.X) != number(trained.X)


def test_multimodal_thesis_tests_on_what_is_left_over(tmp_path):
    problem = prepare(dataset(), "toy-a", 0, "multimodal-thesis")
    test = opened(problem, tmp_path)
    # of the class: its 20 test images and a fifth of 50; of the others: test images and four fifths
    assert int((test.y == 0).sum()) == TESTED + 10
    assert int((test.y == 1).sum()) == 3 * (TESTED + 40)
    assert len(problem.whole().train) == 40
    split = problem.split(0)
    assert not (number(split.train.X) | number(split.valid.X)) & number(test.X)
    assert int((split.valid.y == 1).sum()) == 30
    with pytest.raises(DataError, match="one normal class"):
        prepare(dataset(), "toy", None, "multimodal-thesis")


def test_balanced_knows_as_many_anomalies_as_normal_images(tmp_path):
    problem = prepare(dataset(), "toy-b", 1, "balanced")
    test = opened(problem, tmp_path)
    assert problem.counts["development"] == {"rows": 2 * PER_CLASS, "anomalies": PER_CLASS}
    train = problem.split(0).train
    assert int((train.y == 0).sum()) == 40
    assert int((train.y == 1).sum()) == 41  # of 17 + 17 + 16 a fifth of each validates
    assert len(test) == 80  # the official ones, all of them
    assert int(test.balanced.sum()) == 2 * TESTED
    assert int(test.y[test.balanced].sum()) == TESTED
    assert knows_anomalies(train_data(train, "devnet"))
    assert len(train_data(train, "autoencoder").X) == 40  # learns nothing from anomalies: gets none
    assert (train_data(train, "autoencoder").target == 1).all()


def test_balanced_of_all_classes(tmp_path):
    problem = prepare(dataset(), "toy", None, "balanced")
    train, test = problem.split(0).train, opened(problem, tmp_path)
    group = train_data(train, "devnet")
    for k, task in enumerate(group.tasks):
        classes = group.X[task.rows][:, 0, 0, 0]
        np.testing.assert_array_equal(task.target, np.where(classes == k, 1, -1))
        assert (classes != k).sum() > 0
    assert test.balanced.shape == test.y.shape == (80, 4)
    assert (test.balanced.sum(0) == 2 * TESTED).all()


def test_kinds_of_anomaly_all_choose_and_are_never_trained_on(tmp_path):
    data = dataset(official=False, tasks=(0,))
    problem = prepare(data, "toy")
    split, test = problem.split(0), opened(problem, tmp_path)
    assert problem.protocol == "kinds"
    assert (split.train.X[:, 0, 0, 0] == 0).all()
    assert int(split.valid.y.sum()) == int(problem.development.y.sum())
    assert not number(test.X) & number(problem.development.X)
    assert prepare(data, "toy", None, None, 1).sealed.rows == problem.sealed.rows
    assert number(opened(prepare(data, "toy", None, None, 1), tmp_path).X) != number(test.X)


def test_copies_of_an_image_stand_on_one_side(tmp_path):
    data = dataset(official=False, tasks=(0,))
    X = data.X.copy()
    X[4::8] = X[0::8]  # every second normal image is the copy of another one
    problem = prepare(replace(data, X=X), "toy")
    assert not number(opened(problem, tmp_path).X) & number(problem.development.X)


def test_copies_of_training_images_in_the_official_test_are_said():
    data = dataset()
    X = data.X.copy()
    last = np.flatnonzero(data.official_test & (data.classes == 0))[:3]
    X[last] = X[np.flatnonzero(~data.official_test & (data.classes == 0))[:3]]
    assert "3 of 80 test images are among" in prepare(replace(data, X=X), "toy-a", 0).note
    assert "among the normal" not in prepare(data, "toy-a", 0).note


@pytest.mark.parametrize("protocol", ["one-vs-rest", "multimodal", "multimodal-thesis", "balanced"])
def test_test_images_reach_nothing_that_is_chosen_by(protocol):
    """Other test images and other test labels: the same training, validation and reference images."""
    data = dataset()
    X, classes = data.X.copy(), data.classes.copy()
    hidden = data.official_test
    X[hidden, 3:] = 255 - X[hidden, 3:]
    classes[hidden] = np.roll(classes[hidden], 1)
    X[hidden, 0, 0, 0] = classes[hidden]
    one, two = (prepare(d, "toy-a", 0, protocol) for d in (data, replace(data, X=X, classes=classes)))
    for a, b in (
        (one.split(5).train, two.split(5).train),
        (one.split(5).valid, two.split(5).valid),
        (one.reference(), two.reference()),
        (one.whole().train, two.whole().train),
    ):
        np.testing.assert_array_equal(a.X, b.X)
        np.testing.assert_array_equal(a.y, b.y)


def test_the_seal_holds_for_images_too(tmp_path):
    problem = prepare(dataset(), "toy-a", 0)
    for thing in (problem, problem.sealed):
        with pytest.raises(TypeError, match="sealed"):
            pickle.dumps(thing)
    pickle.dumps(problem.split(0))
    opened(problem, tmp_path)
    line = json.loads((tmp_path / "seal.jsonl").read_text())
    assert (line["dataset"], line["protocol"], line["rows"]) == ("toy-a", "one-vs-rest", 80)
    assert "array" not in repr(problem)


def test_what_cannot_be_is_one_clear_error():
    data = dataset()
    for protocol, words in (("multimodl", "did you mean multimodal"), ("report", "there is one-vs-rest")):
        with pytest.raises(DataError, match=words):
            prepare(data, "toy-a", 0, protocol)
    with pytest.raises(DataError, match="not for images of one normal class"):
        prepare(dataset(official=False, tasks=(0,)), "toy", None, "balanced")
    few = replace(data, classes=np.where((data.classes == 0) & (np.arange(280) > 10), 1, data.classes).astype(np.int16))
    with pytest.raises(DataError, match="'a' has 3 training images"):
        prepare(few, "toy-a", 0)
    with pytest.raises(DataError, match="outer split -1"):
        prepare(data, "toy-a", 0, None, -1)
    with pytest.raises(DataError, match="one of a, b, c, d"):
        data.task("9")
    assert data.task("3") == data.task("D") == 3


def test_augmentation_travels_and_is_said():
    problem = prepare(dataset(), "toy-a", 0, augment=Augmentation(flip=True, crop=2))
    assert "changed at random (flip,crop=2)" in problem.note
    assert train_data(problem.split(0).train, "autoencoder").augment == Augmentation(flip=True, crop=2)
    assert train_data(prepare(dataset(), "toy").split(0).train, "autoencoder").augment is None


def test_supervision_is_what_was_seen():
    assert supervision_of(load("autoencoder"), True) == "one-class"
    assert supervision_of(load("autoencoder"), False) == "unsupervised"
    assert supervision_of(load("devnet"), True) == "few-label"
    assert supervision_of(load("random"), True) == "unsupervised"


def test_pixels_that_are_none():
    assert as_images(np.ones((2, 8, 8)), "x").dtype == np.uint8
    for bad, words in ((np.full((2, 8, 8), 0.5), "whole numbers"), (np.zeros((2, 8)), "expected shape")):
        with pytest.raises(DataError, match=words):
            as_images(bad, "x")


def test_protocols_have_their_names():
    assert list(IMAGE_PROTOCOLS) == [p.name for p in IMAGE_PROTOCOLS.values()]
