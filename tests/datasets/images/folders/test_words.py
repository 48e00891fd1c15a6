import pytest

from datasets.images.folders.words import Meaning, meaning

NORMAL = """normal Normal NORMAL good ok OK Okay pass passed Healthy clean negative inlier inliers normals 0_normal
normal_images goodParts defect-free nondefective non-defective No_Defect not_anomalous anomaly-free regular benign i.O.
正常 without_defects undamaged no_anomalies 01-good normal2"""
ANOMALY = """anomaly anomalies anomalous Abnormal ABNORMALITIES abnormals bad BAD ng nok NotOK not_ok no_good defect
defects defective Defective-Parts fail failed faulty fault faults broken outlier Outliers positive 1_anomaly
anomalous_images n.i.O. 异常 not-normal unhealthy damaged rejects"""
NOTHING = "cats dogs 0 1 scratch crack MT_Blowhole goodyear badger normandy passenger test_bench imagenet yes no"


@pytest.mark.parametrize("name", NORMAL.split())
def test_normal(name):
    assert meaning(name) == Meaning(label="normal")


@pytest.mark.parametrize("name", ANOMALY.split())
def test_anomaly(name):
    assert meaning(name) == Meaning(label="anomaly")


@pytest.mark.parametrize("name", NOTHING.split())
def test_names_that_say_nothing(name):
    assert not meaning(name).speaks


@pytest.mark.parametrize(
    ("name", "side"),
    [("train", "train"), ("Training", "train"), ("val", "validation"), ("valid", "validation"), ("Test", "test"),
     ("testing", "test"), ("train_images", "train"), ("test set", "test"), ("validation", "validation")],
)  # fmt: skip
def test_sides(name, side):
    assert meaning(name) == Meaning(side=side)


def test_side_and_label_in_one():
    assert meaning("train_good") == Meaning(side="train", label="normal")
    assert meaning("AnomalyTest") == Meaning(side="test", label="anomaly")


@pytest.mark.parametrize("name", ["ground_truth", "GroundTruth", "masks", "mask", "gt", "mask_images"])
def test_masks(name):
    assert meaning(name) == Meaning(use="masks")


def test_other_uses():
    assert meaning("Images") == Meaning(use="container")
    assert meaning("unlabeled") == Meaning(use="unlabelled")
