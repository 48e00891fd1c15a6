"""The command line of a search: a file, a resumed search and arguments become checked options."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

from launch.common.command import parse as parsed
from launch.common.flags import flag
from launch.common.text import check_name
from launch.config import arguments as argument_list
from launch.config import option_file, saved_options
from launch.config.data_options import LISTS
from launch.config.options import TuneOptions, check


def parse(argv: list[str] | None = None) -> TuneOptions:
    """Options from the command line, a `--config` file and the search to go on with, checked.

    `UsageError` for what no reader of the options could do; an unknown option and `--help` end the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    return check(unchecked(arguments, _resumed(arguments)))


def unchecked(arguments: list[str], resumed: dict[str, Any] | None = None) -> TuneOptions:
    """Options from arguments and a `--config` file; others are as in the search to go on with."""
    path = argument_list.value_of(arguments, "config")
    default = TuneOptions(**(resumed or {}) | (option_file.read(path) if path is not None else {}))
    # a flag that a file or an earlier command has set already may be said again
    set_already = {flag(field.name) for field in fields(TuneOptions) if getattr(default, field.name) is True}
    arguments = [argument for argument in arguments if argument not in set_already]
    # a list on the command line takes the place of one from there, as every other option does
    given = argument_list.given(arguments)
    repeated = [name for name in ("fix", "range", *LISTS) if flag(name) in given]
    default = replace(default, **cast(Any, dict.fromkeys(repeated, ())))
    return parsed(TuneOptions, arguments, default=default)


def _resumed(arguments: list[str]) -> dict[str, Any]:
    """The options of the search to go on with."""
    name = argument_list.value_of(arguments, "resume")
    if name is None:
        return {}
    home = Path(argument_list.value_of(arguments, "home") or TuneOptions.home).expanduser().resolve()
    check_name(name, "--resume")
    return {**saved_options.load(home, name, arguments), "home": home, "resume": name}
