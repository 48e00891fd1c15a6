"""Words of a command line before they are parsed: what an option was given, or another value for it."""

from __future__ import annotations

from collections.abc import Sequence

from launch.common.flags import flag


def spelled(argument: str) -> str:
    """An option with dashes: underscores are taken as well."""
    name, sign, value = argument.partition("=")
    return name.replace("_", "-") + sign + value if argument.startswith("--") else argument


def given(arguments: Sequence[str]) -> set[str]:
    """Every word that may be an option, values after `=` cut off."""
    return {argument.split("=")[0] for argument in arguments}


def value_of(arguments: Sequence[str], name: str) -> str | None:
    """What a field was given last; None if it was not."""
    value = None
    for i, argument in enumerate(arguments):
        if argument == flag(name) and i + 1 < len(arguments):
            value = arguments[i + 1]
        elif argument.startswith(f"{flag(name)}="):
            value = argument.split("=", 1)[1]
    return value


def with_value(arguments: Sequence[str], name: str, value: str) -> list[str]:
    """The arguments with another value for a field."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip or argument.startswith(f"{flag(name)}="):
            skip = False
        elif argument == flag(name):
            skip = True
        else:
            kept.append(argument)
    return [*kept, flag(name), value]
