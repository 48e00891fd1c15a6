"""What rows, columns and labels decide in a search space stands in the docstring of a function that it uses."""

import inspect
from dataclasses import replace

import pytest

import search_spaces
import trainables
from launch.study.overrides import distributions
from search_spaces import DataInfo

CASES = [
    (name, info)
    for name in trainables.DETECTORS
    for info in (DataInfo(1500, 12, 60), DataInfo(4000, 784, 0, "image"))
    if info.modality in {kind.value for kind in trainables.load(name).modality}
]
WORDS = {"rows": ("rows", "images"), "features": ("columns", "the row", "values"), "anomalies": ("anomalies", "labels")}


@pytest.mark.parametrize(("name", "info"), CASES)
def test_what_the_data_decide_is_said(name, info):
    module = search_spaces.load(name)
    used = [own for own in vars(module).values() if inspect.isfunction(own)]
    said = " ".join(inspect.getdoc(own) or "" for own in used).replace("\n", " ")
    for field, words in WORDS.items():
        larger = replace(info, **{field: 1000 * max(1, getattr(info, field))})
        if distributions(module.space, info) != distributions(module.space, larger):
            assert any(word in said for word in words), field
