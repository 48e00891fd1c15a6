"""Tables on a terminal: nothing is cut off."""

import pandas as pd
import pytest
from rich.console import Console

from analysis.reports import table


@pytest.mark.parametrize("width", [40, 80, 200])
def test_what_does_not_fit_beside_each_other_stands_below(capsys, width):
    names = ["annthyroid", "campaign", "ionosphere", "landsat", "magic", "pendigits", "satellite", "satimage-2"]
    row = {"detector": "mahalanobis", "labels seen": "unsupervised"}
    values = {name: f"0.{k}{k}7" for k, name in enumerate([*names, "shuttle", "spambase", "vowels", "wilt", "mean"])}
    table.show(Console(width=width), pd.DataFrame([row | values]), "AUROC")
    out = capsys.readouterr().out
    assert "…" not in out
    assert all(out.split().count(value) == 1 for value in values.values())
    assert all(len(line) <= width for line in out.splitlines())
    assert out.count("mahalanobis") == {40: 13, 80: 3, 200: 1}[width]


def test_sentences_are_folded(capsys):
    frame = pd.DataFrame(
        [{"a": "x", "b": "y", "c": "a long explanation of what is not as it should be, " * 3, "d": "1"}]
    )
    table.show(Console(width=80), frame)
    assert "…" not in (out := capsys.readouterr().out)
    assert out.count("explanation") == 3
    assert out.count("explanation") + out.count("\n") == 7  # one part, of three lines below its head


def test_a_head_stands_above_its_numbers():
    """The first column names the rows, also where it is numbers; a dash is a number that is missing."""
    frame = pd.DataFrame({"trial": ["1", "2", "3"], "AP": ["0.5 ± 0.1", "-", "-"], "state": ["ok", "1 failed", "ok"]})
    made = table.html(frame, {(0, 1)})
    assert made["numeric"] == [False, True, False]
    assert [str(cell["classes"]) for cell in made["rows"][0]] == ["", ' class="number best"', ""]
    assert str(made["rows"][1][1]["classes"]) == ' class="number none"'
