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
    """Options from the command line and a `--config` file, checked.

    Raises
    ------
    UsageError
        For what no reader of the options could do.
    SystemExit
        With 2 for an unknown option, 0 for `--help`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    path = argument_list.value_of(arguments, "config")
    default = TuneOptions(**_resumed(arguments) | (option_file.read(path) if path is not None else {}))
    # a flag that a file or an earlier command has set already may be said again
    set_already = {flag(field.name) for field in fields(TuneOptions) if getattr(default, field.name) is True}
    arguments = [argument for argument in arguments if argument not in set_already]
    # a list on the command line takes the place of one from there, as every other option does
    given = argument_list.given(arguments)
    repeated = [name for name in ("fix", "range", *LISTS) if flag(name) in given]
    default = replace(default, **cast(Any, dict.fromkeys(repeated, ())))
    return check(parsed(TuneOptions, arguments, default=default))


def _resumed(arguments: list[str]) -> dict[str, Any]:
    """The options of the search to go on with."""
    name = argument_list.value_of(arguments, "resume")
    if name is None:
        return {}
    home = Path(argument_list.value_of(arguments, "home") or TuneOptions.home).expanduser().resolve()
    check_name(name, "--resume")
    return {**saved_options.load(home, name, arguments), "home": home, "resume": name}
