"""What data are called in the record: names of every script, one name for one content."""

import hashlib
import json
import unicodedata

import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

TABLE, OTHER = table(), table(seed=1)
SHA = hashlib.sha256(TABLE.to_csv(index=False).encode()).hexdigest()
ELSE = hashlib.sha256(OTHER.to_csv(index=False).encode()).hexdigest()


def called(name):
    def check(problem):
        assert problem.dataset == name

    return check


def in_home(lines, name="train.csv", file="datasets.jsonl"):
    """A file beside a home that has these lines."""

    def make(folder):
        home = folder / "home-of-the-test"
        home.mkdir()
        (home / file).write_text("".join(json.dumps(line) + "\n" for line in lines))
        return as_csv(TABLE, name)(folder)

    return make


def read(dataset, sha256):
    """A line of the ledger of test readings."""
    return {"dataset": dataset, "sha256": sha256, "protocol": "holdout", "outer_split": 0, "detector": "iforest"}


SITUATIONS = (
    Situation("a Chinese name", as_csv(TABLE, "数据.csv"), says=("数据, protocol",), check=called("数据")),
    Situation("a name with umlauts", as_csv(TABLE, "Prüfung Größe.csv"), check=called("Prüfung-Größe")),
    Situation("accents in two characters, as macOS writes", as_csv(TABLE, unicodedata.normalize("NFD", "café.csv")),
              check=called("café")),
    Situation("vowel signs of Hindi", as_csv(TABLE, "हिन्दी.csv"), check=called("हिन्दी")),
    Situation("a name of signs alone", as_csv(TABLE, "(!).csv"), check=called("table")),
    Situation("a name as long as may be", as_csv(TABLE, "測" * 80 + ".csv"), check=called("測" * 33)),
    Situation("slashes and colons cannot be in a name", as_csv(TABLE, "a:b%20c@d.csv"), check=called("a-b-20c-d")),
    Situation("a name that is free", in_home([{"name": "other", "sha256": ELSE}]), check=called("train"),
              unsaid=("in the record",)),
    Situation("the same file again", in_home([{"name": "train", "sha256": SHA}]), check=called("train"),
              unsaid=("in the record",)),
    Situation("another file of that name was searched", in_home([{"name": "train", "sha256": ELSE}]),
              says=(f"is called train-{SHA[:4]} in the record: train stands for other data here",),
              check=called(f"train-{SHA[:4]}")),
    Situation("the file was renamed", in_home([{"name": "train", "sha256": SHA}], "final.csv"),
              says=("is called train in the record: these very data had that name before",), check=called("train")),
    Situation("renamed to a name that stands for other data",
              in_home([{"name": "train", "sha256": SHA}, {"name": "final", "sha256": ELSE}], "final.csv"),
              check=called("train")),
    Situation("an older home", in_home([read("train", SHA)], file="seal.jsonl"), check=called("train"),
              unsaid=("in the record",)),
    Situation("an older home that called it otherwise", in_home([read("M-ller", SHA)], "Müller.csv", "seal.jsonl"),
              says=("is called M-ller in the record",), check=called("M-ller")),
    Situation("an older home with two files of one name",
              in_home([read("train", SHA), read("train", ELSE)], file="seal.jsonl"),
              says=(f"train-{SHA[:4]}",), check=called(f"train-{SHA[:4]}")),
)  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_names(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
