"""`--completion`: what makes bash and zsh complete options, their values, detectors and datasets of a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from launch.common.errors import UsageError
from launch.common.help.page import HELP, Option

SHELLS = {"bash": "", "zsh": "autoload -U +X bashcompinit && bashcompinit\n"}
SCRIPT = """{begin}{function}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words={words}
  case "${{COMP_WORDS[COMP_CWORD - 1]}}" in
{values}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F {function} {command}
"""


def script(shell: str, command: str, options: Iterable[Option]) -> str:
    """What a shell is to read; where nothing fits, it completes names of files.

    Raises
    ------
    UsageError
        For another shell.
    """
    if shell not in SHELLS:
        raise UsageError(f"--completion {shell}: give bash or zsh")
    known = [*options, *HELP]
    words = [name for option in known for name in (names_of(option.names[0]) if option.is_argument else option.names)]
    values = [
        f"    {'|'.join(option.names)}) words={shlex.quote(' '.join(option.choices or names_of(option.value)))} ;;\n"
        for option in known
        if option.value
    ]
    function = "_" + re.sub(r"\W", "_", command)
    listed = shlex.quote(" ".join(words))
    return SCRIPT.format(begin=SHELLS[shell], function=function, command=command, words=listed, values="".join(values))


def names_of(placeholder: str) -> list[str]:
    """What may stand in the place of DETECTOR, DETECTORS, DATASET, DATASETS."""
    if placeholder.startswith("DETECTOR"):
        from trainables import ALIASES, DETECTORS  # as what follows: only to complete

        return sorted({*DETECTORS, *ALIASES, "all"})
    if placeholder.startswith("DATASET"):
        from datasets.catalog.catalog import CATALOG

        return sorted(CATALOG)
    return []
