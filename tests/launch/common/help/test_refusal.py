"""Wrong arguments are said in one line."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from tyro.conf import Positional, arg

from launch.common import command


@dataclass(frozen=True)
class Options:
    """Do it."""

    what: Positional[Annotated[str, arg(metavar="WHAT")]]
    """A thing."""
    where: Positional[Annotated[str, arg(metavar="WHERE")]]
    """A place."""
    by: Literal["week", "day", "hour"] | None = None
    """How often."""
    trials: int = 3
    share: float = 0.5


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("a", "b", "--by", "Month"), "--by 'Month': give day, hour or week"),
        (("a", "b", "--by"), "--by needs a value"),
        (("a", "b", "--trials", "many"), "--trials 'many': give a whole number"),
        (("a", "b", "--share", "x"), "--share 'x': give a number"),
        (("a", "b", "--shar", "1"), "there is no option --shar, 1; did you mean --share?"),
        (("a", "b", "c"), "there is no option c"),
        (("a",), "missing: WHERE"),
        ((), "missing: WHAT, WHERE"),
        (("a", "--no-such-option"), "where needs a value"),
    ],
)
@pytest.mark.parametrize("columns", ["50", "200"])
def test_what_is_wrong_is_one_line(arguments, line, columns, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/somewhere/do.py"])
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit) as end:
        command.parse(Options, list(arguments))
    assert end.value.code == 2
    assert capsys.readouterr().err == f"error: {line} (do.py --help)\n"
