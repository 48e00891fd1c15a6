"""Numbers of things agree with their words."""

import re
from pathlib import Path

import pytest

from datasets.wording import counted, verb

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("things", "what", "words"),
    [
        (1, "row", "1 row"),
        (0, "row", "0 rows"),
        (2_000, "row", "2,000 rows"),
        ([1, 2], "labelled anomaly", "2 labelled anomalies"),
        (1.0, "core", "1 core"),
        (0.5, "core", "0.5 cores"),
        (3, "search", "3 searches"),
    ],
)
def test_the_word_agrees_with_the_number(things, what, words):
    assert counted(things, what) == words


def test_the_verb_agrees_too():
    assert (verb(1), verb(0), verb([1, 2], "has", "have")) == ("is", "are", "have")


def test_no_text_leaves_the_plural_to_the_reader():
    """`3 time(s)` is neither."""
    texts = [
        path.read_text() for folder in ("launch", "analysis", "datasets") for path in (ROOT / folder).rglob("*.py")
    ]
    assert not [found for text in texts for found in re.findall(r"\b(?:time|row|thread|trial|file)\(s\)", text)]
