"""Tables at the widths that terminals have."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from launch.common.printing import print_table

NAMES = ("detector", "labels seen", "AUROC", "AP", "F1, 97.8th pct", "AP over published", "fit s", "predict s")
ROW = (
    "unsupervised", "0.9612 (0.953 to 0.969)", "0.4821 (0.451 to 0.513)", "0.4412 ± 0.040",
    "+0.0561 (+0.031 to +0.082)", "12.31", "0.023",
)  # fmt: skip
ROWS = [("gbdt", *ROW), ("deep_isolation_forest", *ROW)]


def printed(width: int, names=NAMES, rows=ROWS, **how) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_table(console, names, rows, left=names[:2], repeated=2, **how)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_where_there_is_room_a_row_is_a_line():
    lines = printed(200).splitlines()
    assert len(lines) == 1 + len(ROWS)
    assert lines[1].split() == " ".join(ROWS[0]).split()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_figure_is_cut_and_no_word(width):
    text = printed(width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    cells = re.split(r"\s{2,}|\n", text)
    for whole in ("0.9612", "(0.953 to 0.969)", "± 0.040", "+0.0561", "(+0.031 to +0.082)", "12.31", "0.023"):
        assert sum(whole in cell for cell in cells) == len(ROWS)
    assert "deep_isolation_forest" in text


def test_an_interval_goes_below_its_figure_before_columns_do():
    names, rows = NAMES[:4], [row[:4] for row in ROWS]
    lines = printed(72, names, rows).splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["gbdt", "unsupervised", "0.9612", "0.4821"],
        ["(0.953", "to", "0.969)", "(0.451", "to", "0.513)"],
    ]
    assert lines[1].index("0.9612") + len("0.9612") == lines[2].index("0.969)") + len("0.969)")


def test_each_part_begins_with_the_same_columns():
    parts = printed(80).split("\n\n")
    assert len(parts) > 1
    for part in parts:
        assert "gbdt" in part
        assert "labels seen" in part


def test_sentences_are_folded_between_words():
    text = printed(
        50, ("column", "type", "values"), [("amount", "number", "from 0.01 to 25,691.16, the median is 22.00 dollars")]
    )
    assert re.sub(r"\s+", " ", text).endswith("from 0.01 to 25,691.16, the median is 22.00 dollars ")


def test_a_path_longer_than_the_terminal_is_whole():
    path = "checkpoints/" + "a" * 90
    assert path in re.sub(r"\s+", "", printed(60, ("what", "why", "size"), [(path, "left", "3 MB")])).replace(
        "left3MB", ""
    )


def test_styles_and_titles():
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    print_table(console, ("a", "b"), [("x", "bad"), ("y", "good")], title="Title", dim=[1],
                style=lambda name, text: "red" if text == "bad" else "")  # fmt: skip
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[31m" in text
    assert "\x1b[2m" in text
    assert "Title" in text
