"""What a dry run measures is of one detector, not of those before it."""

from types import SimpleNamespace

import numpy as np

from launch.config.halving import Halving
from launch.display import dry_run
from tests.analysis.experiments.small_table import detector
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData

MIB = 1 << 20


def plan_of(path):
    X, y = np.random.default_rng(0).random((20, 3), np.float32), np.arange(20) % 5 == 0
    part = SimpleNamespace(X=X, y=y.astype(np.int8))
    return SimpleNamespace(
        label="mine", detector=path, cls=load_class(path), metric="ap", halving=Halving(1), reference="report",
        published={"report": {}}, options=SimpleNamespace(seed=0, cpus_per_trial=1.0),
        problem=SimpleNamespace(split=lambda seed: SimpleNamespace(train=part, valid=part)),
        train_data=lambda part: TrainData.from_labels(part.X, part.y),
    )  # fmt: skip


def test_memory_of_a_detector_is_not_that_of_the_one_before(tmp_path):
    large = detector(tmp_path / "large.py", f"\n    def _begin(self, train):\n        np.ones({400 * MIB // 8})\n")
    small = detector(tmp_path / "small.py", "")
    megabytes = [dry_run.measure(plan_of(path))[1] for path in (small, large, small)]
    assert megabytes[1] > megabytes[0] + 350
    assert abs(megabytes[2] - megabytes[0]) < 50
