import csv

import pytest

from launch.evaluation import published

THIRD = ("a third party", "a third party quoting the paper")
SOURCES = {"report", "recalled", "measured by this project", *THIRD}


def test_the_report_table():
    table = {
        "dummy": (0.5031, 0.0328, 0.0205, None, 0.0027),
        "devnet": (0.9588, 0.3975, 0.3966, 402.99, 2.0071),
        "iforest": (0.5983, 0.0591, 0.0727, 0.9112, 0.1613),
        "kmeans": (0.5552, 0.0506, 0.0695, 1.3521, 0.0151),
    }
    metrics = ("auroc", "ap", "f1_report", "fit_seconds", "predict_seconds")
    for detector, values in table.items():
        assert tuple(published.figure(detector, "celeba", m) for m in metrics) == values
    artificial = tuple(published.figure("devnet", "celeba-artificial", m) for m in metrics[:3])
    assert artificial == (0.3936, 0.0161, 0.0)


@pytest.mark.parametrize(("other", "printed", "percent"), [("iforest", 4419.31, 44126), ("kmeans", 29794.33, 29705)])
def test_the_time_ratios_are_printed_wrong_and_say_so(other, printed, percent):
    metric = f"fit_time_over_{other}"
    assert published.figure("devnet", "celeba", metric) == printed
    ours, theirs = (published.figure(name, "celeba", "fit_seconds") for name in ("devnet", other))
    assert ours is not None
    assert theirs is not None
    own = ours / theirs
    assert round(100 * (own - 1)) == percent
    (row,) = (r for r in published.rows("devnet", "celeba") if r["metric"] == metric)
    assert "slip" in row["note"]
    assert f"{percent:,} %" in row["note"]


def test_only_the_report_is_a_figure():
    assert published.figure("repen", "celeba", "auroc") is None
    assert published.figure("logistic", "celeba", "auroc") is None
    assert published.figure("devnet", "mnist", "auroc") is None
    assert [r["value"] for r in published.rows("repen") if r["metric"] == "auroc"] == [0.894]


def test_every_row_is_whole():
    rows = published.rows()
    with published.FILE.open(newline="") as lines:
        header = next(csv.reader(lines))
    assert header == ["detector", "dataset", "protocol", "part", "metric", "value", "unit", "source", "note"]
    assert {r["source"] for r in rows} == SOURCES
    keys = [(r["detector"], r["dataset"], r["protocol"], r["part"], r["metric"], r["source"]) for r in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert all(row[name] != "" and row[name] is not None for name in header)
        assert row["unit"] in {"1", "s", "%"}
        assert (row["source"] == "recalled") == ("from memory" in row["note"])


def test_rows_are_copies():
    published.rows()[0]["value"] = -1
    assert published.rows()[0]["value"] != -1


def test_what_is_printed_of_images():
    digits = [published.beside("deepsvdd", f"mnist:{d}", "auroc") or (0.0, "") for d in range(10)]
    assert [source for _, source in digits] == [THIRD[1]] * 10
    mean = published.beside("deepsvdd", "mnist", "auroc")
    assert mean == (0.663, "report")  # the thesis's stands before what a third party quotes
    quoted = [r for r in published.rows("deepsvdd", "mnist") if r["source"] == THIRD[1]]
    assert quoted[0]["value"] == pytest.approx(sum(value for value, _ in digits) / 10, abs=5e-4)
    for detector in ("hsc", "bce"):
        classes = [r["value"] for r in published.rows(detector) if r["dataset"].startswith("cifar10:")]
        assert len(classes) == 10
        whole = published.figure(detector, "cifar10", "auroc")
        assert whole == pytest.approx(sum(classes) / 10, abs=1e-3)
    assert published.beside("devnet", "nowhere", "auroc") is None
    assert published.beside("gbdt", "celeba", "auroc") is None  # this project's own


THESIS = {
    "fanogan": (79.67, 55.73, 90.24),
    "fanogan+resnet18": (76.74, 84.63, 86.58),
    "fanogan+imagenet-resnet18": (78.94, 79.10, 69.99),
    "fanogan+resnet50": (69.67, 74.99, 66.22),
    "fanogan+lenet5": (50.67, 48.46, 50.64),
    "vae": (78.82, 48.75, 79.53),
    "deepsvdd": (66.30, 48.91, 71.43),
    "dagmm": (60.44, 51.02, 51.58),
}
JOINT = {
    "fanogan": (77.59, 97.52, 52.69),
    "vae": (49.28, 97.40, 49.28),
    "deepsvdd": (46.14, 97.32, 46.15),
    "dagmm": (54.35, 93.36, 59.18),
}


def test_the_thesis_per_cent_are_fractions_and_say_what_is_odd():
    for detector, values in THESIS.items():
        found = [published.figure(detector, name, "auroc") for name in ("mnist", "svhn", "usps")]
        assert found == [pytest.approx(value / 100) for value in values]
    for detector, values in JOINT.items():
        metrics = ("auroc", "precision_threshold", "recall_threshold")
        found = [published.figure(detector, "digits_joint", metric) for metric in metrics]
        assert found == [pytest.approx(value / 100) for value in values]
    rows = [r for r in published.rows() if r["protocol"] == "multimodal-thesis"]
    assert len(rows) == 3 * len(THESIS) + 3 * len(JOINT) + 1  # and the mean that stands for PCA
    assert all("hard labels" in r["note"] for r in rows)
    # a mean of all sets is not a figure of the joint set
    assert published.figure("fanogan+pca", "digits_joint", "auroc") is None


def test_whose_figures_of_images_are_no_reports():
    for detector, value in (("pyod-deepsvdd", 0.748), ("pyod-deepsvdd-untrained", 0.746)):
        assert published.figure(detector, "mnist", "auroc") is None
        assert published.beside(detector, "mnist", "auroc") == (value, THIRD[0])
    assert {r["source"] for r in published.rows(dataset="faces")} == {THIRD[0]}
    assert published.beside("ae_fc", "faces", "auroc") == (0.76865, THIRD[0])
    starred = {"svdd", "deepsvdd", "geo", "it", "geo_plus", "geo_plus+exposure", "focal-starred"}
    quoted = [r["detector"] for r in published.rows(dataset="cifar10") if "another paper" in r["note"]]
    assert sorted(quoted) == sorted(starred)
    withdrawn = {r["detector"] for r in published.rows(dataset="cifar10") if "80 Million Tiny Images" in r["note"]}
    assert withdrawn == {"geo_plus+exposure", "deepsad+exposure", "hsc", "focal", "focal-starred", "bce"}
