"""How people name folders of images and lay them out."""

import pytest

from tests.image_files import folders, images
from tests.situations.situation import Situation, assert_right


def sides(problem):
    """Rows and anomalies that are validated by and tested on."""
    return {side: tuple(problem.counts[side].values()) for side in ("valid", "test")}


def classes(*names: str, selection: str = "labelled", test: tuple[int, int] | None = None):
    """A check: the names of classes, by what is chosen, rows and anomalies of the test."""

    def check(problem):
        assert problem.of.names == names
        assert problem.selection == selection
        if test is not None:
            assert sides(problem)["test"] == test

    return check


ONE_NORMAL = classes("normal", "anomaly")

NAMES = tuple(
    Situation(
        f"{normal}/ beside {anomaly}/",
        folders({normal: 20, anomaly: 8}),
        says=(f"{normal}: 20 images, normal", f"{anomaly}: 8 images, anomalies"),
        check=ONE_NORMAL,
        unsaid=("synthetic", "left"),
    )
    for normal, anomaly in (
        ("normal", "anomaly"),
        ("normal", "abnormal"),
        ("normal", "anomalies"),
        ("Normal", "Anomaly"),
        ("good", "bad"),
        ("OK", "NG"),
        ("PASS", "FAIL"),
        ("Negative", "Positive"),
        ("normal_images", "anomalous images"),
        ("defect-free", "defect"),
        ("i.O", "n.i.O"),
        ("valid", "invalid"),
        ("正常", "异常"),
        ("no", "yes"),
    )
)

LAYOUTS = (
    Situation(
        "train and test, each with normal/ and anomaly/",
        images(train__normal=20, train__anomaly=6, test__normal=6, test__anomaly=5),
        says=("train/anomaly: 6 images, anomalies", "test/anomaly: 5 images, anomalies, sealed test"),
        check=classes("normal", "anomaly", test=(11, 5)),
    ),
    Situation(
        "the layout of MVTec AD",
        images(train__good=20, test__good=6, test__crack=5, test__hole=4, ground_truth__crack=5, ground_truth__hole=4),
        says=("test/crack: 5 images, anomalies of kind crack, sealed test", "ground_truth/hole: 4 images, masks"),
        check=classes("normal", "crack", "hole", "synthetic", selection="synthetic", test=(15, 9)),
    ),
    Situation(
        "the layout of BTAD",
        images(train__ok=20, test__ok=6, test__ko=5, ground_truth__ko=5),
        says=("test/ko: 5 images, anomalies, sealed test",),
        check=classes("normal", "anomaly", "synthetic", selection="synthetic", test=(11, 5)),
    ),
    Situation(
        "the layout of VisA",
        images(Data__Images__Normal=20, Data__Images__Anomaly=5, Data__Masks__Anomaly=5),
        says=("Data/Images/Normal: 20 images, normal", "Data/Masks/Anomaly: 5 images, masks of anomalies"),
        check=ONE_NORMAL,
    ),
    Situation(
        "all of MVTec AD: several datasets",
        images(bottle__train__good=9, bottle__test__good=3, cable__train__good=9, cable__test__good=3),
        refuses=("set holds 2 datasets (bottle, cable): name one, as in images:",),
    ),
    Situation(
        "normal and anomaly, and a labelled test with other names",
        images(normal=20, anomaly=6, test__defect=5, test__good=5),
        says=("test/defect: 5 images, anomalies, sealed test", "test/good: 5 images, normal, sealed test"),
        check=classes("normal", "anomaly", test=(10, 5)),
    ),
    Situation(
        "validation images",
        images(train__good=20, valid__good=6, valid__bad=5, test__good=6, test__bad=5),
        says=("valid/bad: 5 images, anomalies, to choose by", "valid/good: 6 images, normal, joined to the training"),
        check=classes("normal", "anomaly", test=(11, 5)),
    ),
    Situation(
        "sides within the folders of labels",
        images(good__train=20, good__test=5, bad__test=4),
        says=("good/test: 5 images, normal, sealed test", "bad/test: 4 images, anomalies, sealed test"),
        check=classes("normal", "anomaly", "synthetic", selection="synthetic", test=(9, 4)),
    ),
    Situation(
        "sides and labels in one name",
        images(train_normal=20, train_anomaly=6, test_normal=6, test_anomaly=5),
        says=("test_anomaly: 5 images, anomalies, sealed test",),
        check=classes("normal", "anomaly", test=(11, 5)),
    ),
    Situation(
        "an unpacked archive with a folder around all",
        folders({"parts/good": 20, "parts/bad": 5, "__MACOSX/parts/good": 20}),
        says=("parts/good: 20 images, normal", "20 hidden or system files (__MACOSX"),
        check=ONE_NORMAL,
    ),
    Situation(
        "masks beside the classes",
        images(good=20, bad=5, masks=5),
        says=("masks: 5 images, masks of anomalies",),
        check=ONE_NORMAL,
    ),
    Situation(
        "one normal folder among kinds of anomaly",
        images(good=20, crack=5, hole=6),
        says=("crack: 5 images, anomalies of kind crack",),
        check=classes("normal", "crack", "hole"),
    ),
    Situation(
        "a folder that is neither",
        images(normal=20, abnormal=5, other=7, unlabeled=3),
        says=(
            "other: 7 images, left out: its name says neither",
            "unlabeled: 3 images, left out: images without a label",
        ),
        check=ONE_NORMAL,
    ),
    Situation(
        "two folders that could both be normal",
        images(normal=20, good=9, bad=5),
        refuses=("good (9 images), normal (20 images) could all be normal", "as in images:"),
    ),
    Situation(
        "two folders that could be normal, and which is is said",
        lambda folder: images(normal=20, good=9, bad=5)(folder) + ":normal",
        says=("normal: 20 images, normal", "good: 9 images, anomalies"),
        check=classes("normal", "bad", "good"),
    ),
    Situation(
        "names that do not say which is normal",
        images(cats=20, dogs=20),
        says=("cats: 20 images, class cats", "2 classes normal in turn"),
    ),
    Situation(
        "one name that speaks of anomalies, and one that does not speak",
        images(parts=20, defects=5),
        refuses=("which images of", "No name of parts (20 images) says it", ":parts"),
    ),
    Situation(
        "normal images beside a folder of training images",
        images(normal=20, train__good=20, test__good=5, test__bad=5),
        refuses=("has training images in normal and in train/good",),
    ),
    Situation(
        "anomalies within normal images",
        images(normal=20, normal__defect=3),
        refuses=("is normal by its name, and has defect in it",),
    ),
    Situation(
        "a test of anomalies alone",
        images(train__good=20, test__bad=5),
        refuses=("has bad but not normal images",),
    ),
    Situation("anomalies alone", images(defects=20), refuses=("has no normal images to train on, but defects",)),
    Situation(
        "normal images alone",
        images(ok=20),
        says=("ok: 20 images, normal", "synthetic ones (blur, patches, turned) are made of 6 normal images"),
        check=classes("normal", "blur", "patches", "turned", selection="synthetic"),
    ),
    Situation("images in no folder", folders({".": 20}), refuses=("its 20 images lie in no folder of a class",)),
    Situation(
        "images in training and validation without classes",
        images(images__train=20, images__val=5),
        refuses=("its 25 images lie in no folder of a class", "put normal images into FOLDER/normal"),
    ),
    Situation(
        "the layout of MVTec LOCO, whose images have several masks each",
        images(
            train__good=20,
            validation__good=5,
            test__good=5,
            test__logical_anomalies=5,
            ground_truth__logical_anomalies__002=2,
        ),
        says=(
            "test/logical_anomalies: 5 images, anomalies of kind logical_anomalies, sealed test",
            "ground_truth/logical_anomalies/002: 2 images, masks of anomalies, 2 of no anomalous image",
        ),
        unsaid=("pixel AUROC",),
    ),
    Situation(
        "an archive of images",
        lambda folder: f"images:{(folder / 'parts.zip').write_bytes(b'PK') and folder / 'parts.zip'}",
        refuses=("parts.zip is a file, not a folder of images; unpack it",),
    ),
)


SITUATIONS = (*NAMES, *LAYOUTS)


@pytest.mark.parametrize("situation", NAMES, ids=lambda one: one.name)
def test_names_of_folders(situation, tmp_path):
    assert_right(situation, tmp_path / "there")


@pytest.mark.parametrize("situation", LAYOUTS, ids=lambda one: one.name)
def test_layouts(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
