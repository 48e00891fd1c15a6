"""Training with few labels: rounds that do not learn them by heart, and no change where there are enough."""

from __future__ import annotations

import numpy as np
import optuna
import pytest

import search_spaces
from search_spaces import DataInfo
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData, make

BOUNDED = ("hsc", "bce", "focal", "devnet", "repen", "rosas", "prenet", "feawad")
CELEBA = DataInfo(rows=129_663, features=39, anomalies=2900)
FEW = DataInfo(rows=129_380, features=39, anomalies=30)
VOWELS = DataInfo(rows=1165, features=12, anomalies=40)


def sampled(name: str, info: DataInfo) -> list[dict]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [search_spaces.load(name).space(study.ask(), info) for _ in range(10)]


@pytest.mark.parametrize("name", BOUNDED)
def test_rounds_are_bounded_where_labels_are_few_and_nowhere_else(name):
    for info in (CELEBA, VOWELS):
        assert {config["label_repeats"] for config in sampled(name, info)} == {0}
    assert all(config["label_repeats"] in (10, 40) for config in sampled(name, FEW))


@pytest.mark.parametrize("name", ["hsc", "bce", "focal", "devnet", "repen"])
def test_with_all_labels_a_round_is_half_a_pass(name):
    """129,663 / (2 x 128) = 506.5, / (2 x 256) = 253.2, / (2 x 512) = 126.6; 20 at least; of 64 rows as of 128."""
    half = {64: 507, 128: 507, 256: 254, 512: 127}
    assert all(config["batches_per_epoch"] == half[config["batch_size"]] for config in sampled(name, CELEBA))
    assert all(config["batches_per_epoch"] == 20 for config in sampled(name, VOWELS) if config["batch_size"] > 32)


@pytest.mark.parametrize("name", [*BOUNDED, "fsnet", "gbdt"])
def test_what_is_for_few_labels_comes_first_there(name):
    module = search_spaces.load(name)
    assert next(iter(search_spaces.published(module, few_labels=True))) == module.FEW_LABELS
    plain = search_spaces.published(module)
    assert list(plain) == list(module.PUBLISHED)  # no start of a search with all labels is one for few
    for config in search_spaces.published(module, few_labels=True).values():
        make(load_class(name), config)


@pytest.mark.parametrize(
    ("name", "anomalies_in_a_batch"),
    [("hsc", 32), ("devnet", 32), ("repen", 32), ("rosas", 64), ("prenet", 48), ("feawad", 32)],
)
def test_batches_of_a_round_draw_each_label_no_more_than_so_often(name, anomalies_in_a_batch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 4)).astype(np.float32)
    target = np.where(np.arange(3000) < 20, -1, 0).astype(np.int8)
    length = "steps_per_epoch" if name in ("rosas", "prenet", "feawad") else "batches_per_epoch"
    cls = load_class(name)
    for repeats in (0, 20):
        if name in ("rosas", "prenet", "feawad"):
            pytest.importorskip("deepod")
        detector = cls(batch_size=64, label_repeats=repeats, device="cpu", **{length: 0}).begin(TrainData(X, target))
        batches = detector._batches(rng) if name in ("rosas", "prenet", "feawad") else detector._batches()
        expected = int(np.ceil(20 * 20 / anomalies_in_a_batch)) if repeats else 47  # a pass
        assert len(list(batches)) == expected
