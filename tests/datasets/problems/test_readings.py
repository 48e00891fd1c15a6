"""What is kept of how cells were read."""

from dataclasses import replace

import numpy as np

from datasets.problems.dataset import ColumnReport, Dataset
from datasets.problems.problem import MOST_READINGS
from datasets.problems.protocols import prepare


def problem(*abouts):
    X = np.random.default_rng(0).normal(size=(60, 1)).astype(np.float32)
    y = (np.arange(60) % 4 == 0).astype(np.int8)
    data = Dataset("t", X, y, ("a",), "here", "0", "none")
    reports = tuple(ColumnReport(f"c{k}", "numeric", about, 0) for k, about in enumerate(abouts))
    return prepare(replace(data, columns=reports))


def test_what_is_plain_is_not_told():
    found = problem(
        "1 to 3", "1 to 2; '1,5' read as 1.5, as no currency has three decimals", "'n/a' (3 cells) read as missing"
    )
    assert found.readings == (
        "c1: '1,5' read as 1.5, as no currency has three decimals",
        "c2: 'n/a' (3 cells) read as missing",
    )


def test_of_many_columns_the_first_are_told():
    found = problem(*["'1,5' read as 1.5"] * (MOST_READINGS + 3))
    assert len(found.readings) == MOST_READINGS + 1
    assert found.readings[-1] == "3 more likewise"
