"""What lies in folders of images: odd and broken files, formats, links, copies."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.image_files import fill, folders, write
from tests.situations.situation import Situation, assert_right


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


SITUATIONS = (
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
        "anomalies that are stored in another way",
        lambda folder: (
            write(folder / "set" / "good", np.random.default_rng(1).integers(0, 256, (20, 16, 16), dtype=np.uint8)),
            write(folder / "set" / "bad", np.random.default_rng(2).integers(0, 256, (8, 20, 20, 3), np.uint8), ".jpg"),
            f"images:{folder / 'set'}",
        )[-1],
        says=(
            "the ending of files alone tells anomalies apart (normal .png; anomalies .jpg)",
            "the size of files alone tells anomalies apart (normal 16 x 16; anomalies 20 x 20)",
            "the mode of files alone tells anomalies apart (normal L; anomalies RGB)",
        ),
    ),
    Situation(
        "a single anomaly",
        folders({"good": 20, "bad": 1}),
        refuses=(
            "the test images have no image of another class",
            "have more of one kind, or none: then some are made",
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


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_files(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
