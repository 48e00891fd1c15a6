"""How people lay out and name folders of images: layouts, what lies beside images, what files hold."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.image_files import write
from tests.situations.situation import Situation, assert_right


def images(**parts: int) -> Callable[[Path], str]:
    """A `make` of a folder `set` with so many images in each folder; `__` stands for `/`."""
    return folders({name.replace("__", "/"): count for name, count in parts.items()})


def folders(parts: dict[str, int]) -> Callable[[Path], str]:
    """A `make` of a folder `set` with so many images, all of them different, in each folder."""

    def make(folder: Path) -> str:
        fill(folder / "set", parts)
        return f"images:{folder / 'set'}"

    return make


def fill(folder: Path, parts: dict[str, int], seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for name, count in parts.items():
        write(folder / name, rng.integers(0, 256, (count, 16, 16), dtype=np.uint8))


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
    Situation("images in no folder", folders({".": 20}), refuses=("has no folder of normal images",)),
)


def with_files(*changes: Callable[[Path], None], parts: dict[str, int] | None = None) -> Callable[[Path], str]:
    """A `make` of a folder with normal/ and anomaly/ that has been changed."""

    def make(folder: Path) -> str:
        name = folders(parts or {"normal": 20, "anomaly": 8})(folder)
        for change in changes:
            change(folder / "set")
        return name

    return make


def picture(name: str, mode: str = "L", size: tuple[int, int] = (16, 16), **options) -> Callable[[Path], None]:
    """Writes one image, as Pillow does by the suffix of its name."""

    def change(folder: Path) -> None:
        array = np.random.default_rng(99).integers(0, 256, (*size[::-1], 4), dtype=np.uint8)
        image = Image.fromarray(array)
        (image if mode == "RGBA" else image.convert("RGB").convert(mode)).save(folder / name, **options)

    return change


def moving(name: str) -> Callable[[Path], None]:
    """Writes an image of three frames."""

    def change(folder: Path) -> None:
        rng = np.random.default_rng(7)
        frames = [Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8)) for _ in range(3)]
        frames[0].save(folder / name, save_all=True, append_images=frames[1:])

    return change


def text(name: str, content: bytes = b"no image") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return change


def copied(source: str, name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes((folder / source).read_bytes())

    return change


def link(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(folder / target, target_is_directory=(folder / target).is_dir())


def train_count(n: int):
    def check(problem):
        assert problem.counts["rows"] == n

    return check


FILES = (
    Situation(
        "a folder named x.png",
        with_files(lambda folder: fill(folder, {"normal/x.png": 2}, seed=5)),
        says=("normal: 22 images, normal",),
    ),
    Situation(
        "what systems and cameras leave behind",
        with_files(text("normal/Thumbs.db"), text("normal/.DS_Store"), text("__MACOSX/._000.png"), text("notes.txt")),
        says=("left aside: 1 file that is no image by name (1 .txt; notes.txt)", "3 hidden or system files"),
        check=train_count(28),
    ),
    Situation(
        "formats with other endings",
        with_files(picture("normal/a.jfif", format="JPEG"), picture("normal/b.jp2"), picture("normal/c.PNG")),
        says=("normal: 23 images, normal",),
        unsaid=("left aside",),
    ),
    Situation(
        "an image without an ending",
        with_files(picture("normal/IMG_0001", format="PNG")),
        says=("normal: 21 images, normal",),
    ),
    Situation(
        "anomalies in a format that is not read",
        with_files(text("ng/1.heic"), text("ng/2.heic"), parts={"ok": 20}),
        refuses=("ng has no image files: 2 .heic cannot be read as images",),
    ),
    Situation(
        "an animated GIF and a TIFF of several pages",
        with_files(moving("normal/a.gif"), moving("normal/b.tiff")),
        says=("2 images have several frames or pages: only the first is read (normal/a.gif, normal/b.tiff)",),
    ),
    Situation(
        "transparent pixels",
        with_files(picture("normal/a.png", "RGBA")),
        says=("1 image has transparent pixels", "(normal/a.png)"),
    ),
    Situation(
        "an alpha channel in which nothing is transparent",
        with_files(lambda folder: Image.new("RGBA", (16, 16), (9, 9, 9, 255)).save(folder / "normal" / "a.png")),
        unsaid=("transparent",),
    ),
    Situation(
        "colours for print",
        with_files(picture("normal/a.jpg", "CMYK")),
        says=("1 image has colours for print (CMYK): they are turned into RGB (normal/a.jpg)",),
    ),
    Situation("a palette", with_files(picture("normal/a.png", "P")), says=("set (16 x 16 x 3)",)),
    Situation(
        "16 bits a pixel",
        with_files(lambda folder: Image.fromarray(np.full((16, 16), 40_000, np.uint16)).save(folder / "normal/a.png")),
        refuses=("a.png has 'I;16' pixels of more than 8 bits",),
    ),
    Situation(
        "one broken file among many",
        with_files(text("normal/broken.png"), parts={"normal": 120, "anomaly": 8}),
        says=("1 file cannot be read and is left out:", "broken.png cannot be read as an image"),
        check=train_count(128),
    ),
    Situation(
        "an empty file among many",
        with_files(text("normal/empty.png", b""), parts={"normal": 120, "anomaly": 8}),
        says=("empty.png cannot be read as an image: it is empty",),
    ),
    Situation(
        "a link to nowhere among many",
        with_files(link("normal/lost.png", "nowhere.png"), parts={"normal": 120, "anomaly": 8}),
        says=("1 file cannot be read and is left out:", "lost.png cannot be read as an image"),
    ),
    Situation(
        "more broken files than a share",
        with_files(text("normal/a.png"), text("normal/b.png"), parts={"normal": 120, "anomaly": 8}),
        refuses=("a.png cannot be read as an image", "2 of 130 files", "(up to 1 % is left out)"),
    ),
    Situation(
        "one image under both names",
        with_files(copied("normal/003.png", "anomaly/copy.png")),
        refuses=("normal/003.png and anomaly/copy.png in", "are the same image"),
    ),
    Situation(
        "one image in training and test",
        with_files(
            copied("train/good/003.png", "test/good/copy.png"), parts={"train/good": 20, "test/good": 5, "test/bad": 5}
        ),
        says=("1 test image is a copy of a training image (test/good/copy.png is train/good/003.png)",),
    ),
    Situation(
        "copies of images",
        with_files(copied("normal/003.png", "normal/copy.png"), copied("normal/003.png", "normal/copy2.png")),
        says=("2 images are copies of others (normal/copy.png is normal/003.png)",),
    ),
    Situation(
        "one image far larger than the others",
        with_files(picture("normal/big.png", size=(640, 480)), picture("normal/wide.png", size=(90, 20))),
        says=(
            "1 image is far larger than the others (first: ",
            "big.png, 480 x 640",
            "1 image is cut to less than half",
        ),
    ),
    Situation(
        "a link to the folder around it",
        with_files(link("normal/again", ".")),
        says=("1 link to a folder around itself (normal/again)",),
        check=train_count(28),
    ),
    Situation(
        "a link to a folder of images elsewhere",
        lambda folder: (
            fill(folder / "store", {"images": 6}, seed=3),
            with_files(link("normal/more", "../store/images"))(folder),
        )[1],
        says=("normal: 26 images, normal",),
    ),
)


@pytest.mark.parametrize("situation", NAMES, ids=lambda one: one.name)
def test_names_of_folders(situation, tmp_path):
    assert_right(situation, tmp_path / "there")


@pytest.mark.parametrize("situation", LAYOUTS, ids=lambda one: one.name)
def test_layouts(situation, tmp_path):
    assert_right(situation, tmp_path / "there")


@pytest.mark.parametrize("situation", FILES, ids=lambda one: one.name)
def test_files(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
