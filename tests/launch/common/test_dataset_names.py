"""One name for one content: what is written down, and who comes second."""

import json

import pytest

from datasets.request import Request
from launch.common import dataset_names
from launch.common.errors import UsageError
from launch.common.home import Home

ONE, TWO = "3f2a" + "0" * 60, "9b1c" + "0" * 60
FILE = Request("a/train.csv")


@pytest.fixture
def home(tmp_path):
    return Home.at(tmp_path)


def test_the_second_content_of_a_name_has_its_checksum_in_it(home):
    assert dataset_names.name_of(home, FILE, ONE) == "train"
    dataset_names.claim(home, FILE, "train", ONE)
    assert dataset_names.name_of(home, Request("b/train.csv"), TWO) == "train-9b1c"
    dataset_names.claim(home, Request("b/train.csv"), "train-9b1c", TWO)
    assert dataset_names.name_of(home, FILE, ONE) == "train"
    assert dataset_names.name_of(home, Request("b/train.csv"), TWO) == "train-9b1c"
    assert dataset_names.name_of(home, Request("c/moved.csv"), TWO) == "train-9b1c"


def test_a_claim_is_one_line_and_is_made_once(home):
    for _ in range(2):
        dataset_names.claim(home, FILE, "train", ONE)
    (line,) = (home.root / dataset_names.FILE).read_text().splitlines()
    assert json.loads(line) == {"name": "train", "sha256": ONE, "word": None}


def test_who_comes_second_starts_again(home):
    dataset_names.claim(home, FILE, "train", ONE)
    with pytest.raises(UsageError, match="another search took the name train"):
        dataset_names.claim(home, FILE, "train", TWO)


def test_what_is_known_by_name_keeps_it(home):
    dataset_names.claim(home, Request("celeba"), "celeba", ONE)
    assert not (home.root / dataset_names.FILE).exists()
    assert dataset_names.naming(home, print)(Request("celeba"), TWO) == "celeba"


def test_classes_of_one_folder_are_different_data(home, tmp_path):
    (tmp_path / "parts").mkdir()
    cats, dogs = Request(f"images:{tmp_path}/parts:cats"), Request(f"images:{tmp_path}/parts:dogs")
    dataset_names.claim(home, cats, cats.name, ONE)
    assert dataset_names.name_of(home, dogs, ONE) == "parts-dogs"
    assert dataset_names.name_of(home, cats, TWO) == "parts-cats-9b1c"


def test_a_damaged_line_holds_nobody_up(home):
    (home.root / dataset_names.FILE).write_text('{"name": "train", "sha')
    assert dataset_names.name_of(home, FILE, ONE) == "train"


def test_a_name_after_a_damaged_line_is_kept(home):
    (home.root / dataset_names.FILE).write_text('{"name": "test", "sha')
    dataset_names.claim(home, FILE, "train", ONE)
    assert dataset_names.name_of(home, FILE, TWO) == "train-9b1c"
