# ruff: noqa: RUF001
"""No character ends a command, whatever the terminal can show."""

import io
import sys

import pytest

from launch.common.terminals import survive_any_terminal

TEXT = "1 – 2 … ± 3 µs │─┼ █ é 中 \udcff"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "1 - 2 ... +/- 3 us |-+ # e ? ?"),
        ("cp1252", "1 – 2 … ± 3 µs |-+ # é ? ?"),
        ("utf-8", "1 – 2 … ± 3 µs │─┼ █ é 中 \\udcff"),
    ],
)
def test_what_is_nearest_is_written(monkeypatch, encoding, shown):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    survive_any_terminal()
    print(TEXT, end="", flush=True)
    assert raw.getvalue().decode(encoding) == shown


def test_a_stream_that_cannot_be_set_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    survive_any_terminal()
    print(TEXT)
