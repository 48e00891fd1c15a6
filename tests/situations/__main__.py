"""Print every situation with its outcome here and now, as a Markdown table."""

import importlib
import pkgutil
import tempfile
from pathlib import Path

import tests.situations as package
from tests.situations.situation import Situation, assert_right, outcome


def situations() -> list[tuple[str, Situation]]:
    """All, with the name of their list."""
    modules = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("test_")]
    return [
        (name.removeprefix("test_"), one)
        for name in sorted(modules)
        for one in getattr(importlib.import_module(f"tests.situations.{name}"), "SITUATIONS", ())
    ]


def main() -> None:
    print("| | situation | outcome | what was said |\n|---|---|---|---|")
    for group, one in situations():
        with tempfile.TemporaryDirectory() as folder:
            got = outcome(one, Path(folder) / "there")
            try:
                assert_right(one, Path(folder) / "again")
                right = "read" if got.code == 0 else "refused"
            except Exception:
                right = f"**wrong** ({'read' if got.code == 0 else f'exit {got.code}'})"
        said = got.said.replace(folder, "").replace("|", "\\|")
        print(f"| {group} | {one.name} | {right} | {said[:300]} |", flush=True)


if __name__ == "__main__":
    main()
