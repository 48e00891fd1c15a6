"""`--help` and `--completion`: what a person reads of options, and what bash makes of them."""

import subprocess
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pytest
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.config.options import TuneOptions
from launch.config.shared_options import HomeOptions


@dataclass(frozen=True)
class Options(HomeOptions):
    """Does something.

    In words that go on for longer than one line of eighty columns would, and are wrapped where they have to be.
    """

    TOPICS: ClassVar[dict[str, str]] = {"many": "How much", "way": "How"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (("knn --many 3", "three"),)

    detector: Positional[Annotated[str, arg(metavar="DETECTOR")]]
    """What with."""
    many: int = 7
    """How many."""
    quick: bool = False
    """Less of it."""
    way: Literal["up", "down"] | None = None
    """Where to; default: nowhere."""


EXPECTED = """\
usage: do.py [OPTIONS] DETECTOR

Does something.

In words that go on for longer than one line of eighty columns would, and are
wrapped where they have to be.

Arguments
  DETECTOR              What with.

How much
  --many INT            How many. (default: 7)
  --quick               Less of it.

How
  --way {up,down}       Where to; default: nowhere.

The record
  --home DIR            Where the record lives. (default: runs)

Help
  -h, --help            Show this page.
  --completion {bash,zsh}
                        Print what makes the shell complete options and names;
                        docs say how.

Examples
  do.py knn --many 3
      three
"""


@pytest.fixture
def told(capsys, monkeypatch):
    """What a command prints that ends after it."""

    def run(*arguments, options=Options, name="/somewhere/do.py"):
        monkeypatch.setattr("sys.argv", [name])
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as end:
            command.parse(options, list(arguments))
        assert end.value.code == 0
        return capsys.readouterr().out

    return run


def test_help_is_by_topic_with_defaults_and_examples(told):
    found = told("--help")
    assert found.replace(found.split("Examples\n  ")[1].split(" knn")[0], "do.py") == EXPECTED
    assert told("knn", "-h") == found


def test_every_option_of_a_search_has_a_topic(told):
    page = told("--help", options=TuneOptions)
    assert "\nOptions\n" not in page
    assert max(map(len, page.splitlines())) <= 80
    order = [page.index(f"\n{topic}\n") for topic in ("Arguments", "The search", "The data", "The record", "Examples")]
    assert order == sorted(order)


def test_bash_completes_options_values_and_names(told):
    script = told("--completion", "bash", name="/x/anomaly-do")

    def completed(*words):
        quoted = " ".join(f"'{word}'" for word in ("anomaly-do", *words))
        ask = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _anomaly_do; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, timeout=30)
        assert done.stderr == ""
        return done.stdout.split()

    assert completed("--m") == ["--many"]
    assert completed("dev") == ["devnet"]
    assert completed("--way", "") == ["up", "down"]
    assert completed("--many", "") == []  # bash completes names of files then
    with pytest.raises(UsageError, match="give bash or zsh"):
        command.parse(Options, ["--completion", "fish"])
