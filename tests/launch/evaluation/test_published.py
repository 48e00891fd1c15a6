import csv

import pytest

import trainables
from launch.evaluation import published

THIRD = ("a third party", "a third party quoting the paper")
SOURCES = {"report", "recalled", "measured by this project", *THIRD}


UNITS = {"1", "s", "%", "images", "rows", "columns", "epochs", "parameters"}
PARTS = {"dev", "test", "validation", "hidden test", "train", "whole", "example"}
METRICS = {
    "auroc", "ap", "f1_report", "precision_threshold", "recall_threshold", "accuracy", "fit_seconds", "predict_seconds",
    "auroc_mean_of_sets", "accuracy_best", "recall_threshold_max", "precision_threshold_max", "exposed_images_enough",
    "rows", "duplicates", "features", "anomaly_share", "images", "normal_images", "anomalous_images", "epochs",
    "batch_size", "parameters", *(f"{x}_time_over_{y}" for x in ("fit", "predict") for y in ("iforest", "kmeans")),
}  # fmt: skip
NOT_HERE = {
    "-", "exposure", "example", "dummy", "dsvdd", "lightgbm", "svdd", "geo", "it", "geo_plus", "geo_plus+exposure",
    "deepsad+exposure", "focal-starred", "lenet5", "resnet18", "imagenet-resnet18", "resnet50", "dual_gan",
    "pyod-deepsvdd", "pyod-deepsvdd-untrained", *(f"homework-{n}" for n in ("simple", "medium", "strong", "boss")),
}  # fmt: skip


def test_the_report_table():
    table = {
        "dummy": (0.5031, 0.0328, 0.0205, None, 0.0027),
        "devnet": (0.9588, 0.3975, 0.3966, 402.9888, 2.0071),
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
        assert row["unit"] in UNITS
        assert row["part"] in PARTS
        assert row["metric"] in METRICS or row["metric"].removesuffix("_deviation") in METRICS
        assert row["detector"] in {*trainables.DETECTORS, *NOT_HERE} or row["detector"].startswith("fanogan")
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
ALL = "mnist+svhn+usps"
JOINT = {
    "fanogan": (77.59, 97.52, 52.69),
    "vae": (49.28, 97.40, 49.28),
    "deepsvdd": (46.14, 97.32, 46.15),
    "dagmm": (54.35, 93.36, 59.18),
}


def test_the_thesis_per_cent_are_fractions():
    for detector, values in THESIS.items():
        found = [published.figure(detector, name, "auroc") for name in ("mnist", "svhn", "usps")]
        assert found == [pytest.approx(value / 100) for value in values]
    for detector, values in JOINT.items():
        metrics = ("auroc", "precision_threshold", "recall_threshold")
        found = [published.figure(detector, ALL, metric) for metric in metrics]
        assert found == [pytest.approx(value / 100) for value in values]
        # an average over sets is not a figure of the joint set
        assert published.beside(detector, "digits_joint", "auroc") is None
    assert published.figure("fanogan+pca", ALL, "auroc") == 0.7419
    assert published.figure("fanogan+pca", "digits_joint", "auroc") is None


def test_what_is_odd_about_the_thesis_is_said_where_it_is():
    """2 AUC - recall is the rate of true negatives if the AUC is one of hard labels: above 1 it is not."""
    impossible = {}
    for detector in THESIS:
        for name in ("mnist", "svhn", "usps"):
            row = next(r for r in published.printed(detector, name) if r["metric"] == "auroc")
            recall = published.figure(detector, name, "recall_threshold")
            assert recall is not None
            negatives = 100 * (2 * row["value"] - recall)
            assert ("cannot be one of hard labels" in row["note"]) == (negatives > 100)
            assert "20/100/150/200 epochs" in row["note"]
            if negatives > 100:
                impossible[detector, name] = round(negatives, 1)
    assert impossible == {
        ("fanogan", "mnist"): 108.3, ("fanogan", "usps"): 128.8, ("vae", "mnist"): 102.1, ("vae", "usps"): 101.7,
        ("fanogan+resnet18", "svhn"): 111.5, ("fanogan+resnet18", "usps"): 120.6,
        ("fanogan+imagenet-resnet18", "mnist"): 104.5, ("fanogan+imagenet-resnet18", "svhn"): 100.4,
    }  # fmt: skip
    copied = [r["detector"] for r in published.rows() if "was probably copied" in r["note"]]
    assert len([name for name in copied if "+" not in name]) == 8
    for detector in ("vae", "deepsvdd"):
        (row,) = (r for r in published.printed(detector, ALL) if r["metric"] == "auroc")
        assert "probably hard labels" in row["note"]


def test_means_of_sets_are_the_means():
    """Column AUC Avg of Table 5.3; Table 5.2's "All" is it for DAGMM alone."""
    for detector, values in THESIS.items():
        average = sum(values) / 300
        whole = published.figure(detector, ALL, "auroc_mean_of_sets")
        assert whole is None or whole == pytest.approx(average, abs=1e-4)
        if detector in JOINT:
            assert (abs(JOINT[detector][0] / 100 - average) < 1e-4) == (detector == "dagmm")


def test_deviations_and_facts_are_no_figures_of_a_test():
    assert published.figure("fanogan", "mnist", "auroc_deviation") == 0.0084
    assert published.figure("-", "mnist", "images") == 10000
    assert {r["value"] for r in published.rows("-", "mnist")} == {60000, 10000}
    assert published.figure("dummy", "celeba", "auroc") == 0.5031  # that of training is .4936
    assert published.beside("example", "faces", "auroc") is None
    assert published.beside("fanogan", "mnist:8", "auroc") is None  # read off a plot


def test_under_what_a_figure_was_measured_is_said():
    said = published.circumstances("vae", "mnist", "auroc")
    assert said.startswith("protocol multimodal-thesis, thesis Table 5.1; mean over ten digits")
    assert published.circumstances("vae", "nowhere", "auroc") == ""
    assert published.beside("dual_gan", "fashion_mnist", "auroc") == (0.9391, "report")
    for detector in ("ae_conv", "dual_gan"):
        said = published.circumstances(detector, "fashion_mnist", "auroc")
        assert said.startswith("protocol balanced")
        assert "hard labels" in said


@pytest.mark.parametrize("detector", ["svdd", "deepsvdd", "geo", "it", "geo_plus", "geo_plus+exposure", "focal"])
def test_classes_of_cifar_have_the_printed_mean(detector):
    """Classes are rounded to a tenth per cent: their mean may be off by half of it, and the printed one as well."""
    classes = [r["value"] for r in published.rows(detector) if r["dataset"].startswith("cifar10:")]
    assert len(classes) == 10
    assert published.figure(detector, "cifar10", "auroc") == pytest.approx(sum(classes) / 10, abs=1e-3)


def test_whose_figures_of_images_are_no_reports():
    for detector, value in (("pyod-deepsvdd", 0.748), ("pyod-deepsvdd-untrained", 0.746)):
        assert published.figure(detector, "mnist", "auroc") is None
        assert published.beside(detector, "mnist", "auroc") == (value, THIRD[0])
    assert {
        r["source"] for r in published.rows(dataset="faces") if r["part"] == "hidden test" and r["unit"] == "1"
    } == {THIRD[0]}
    assert published.beside("ae_fc", "faces", "auroc") == (0.76865, THIRD[0])
    starred = {"svdd", "deepsvdd", "geo", "it", "geo_plus", "geo_plus+exposure", "focal-starred"}
    quoted = [r["detector"] for r in published.rows(dataset="cifar10") if "another paper" in r["note"]]
    assert sorted(quoted) == sorted(starred)
    withdrawn = {r["detector"] for r in published.rows(dataset="cifar10") if "80 Million Tiny Images" in r["note"]}
    withdrawn -= {"exposure"}  # how many images are enough
    assert withdrawn == {"geo_plus+exposure", "deepsad+exposure", "hsc", "focal", "focal-starred", "bce"}
