"""What is wrong with arguments, in one line: tyro says it in a box of several paragraphs."""

from __future__ import annotations

import re

PLAINER = (
    (r"invalid choice (.+) for argument '(\S+)'\. Expected one of \((.*)\)\.?", r"\2 \1: give one of \3"),
    (r"Missing value for argument '(\S+)'\..*", r"\1 needs a value"),
    (r"Error parsing (\S+): invalid literal for int\(\) with base 10: (.*)", r"\1 \2: give a whole number"),
    (r"Error parsing (\S+): could not convert string to float: (.*)", r"\1 \2: give a number"),
    (r"Unrecognized options: (.*)", r"there is no option \1"),
)
"""Texts of tyro, and what is said instead."""


def refusal(box: str, program: str) -> str:
    """The first paragraph of a box, the option that may have been meant, and where the help is."""
    lines = box.rstrip().splitlines()
    lines = lines[1:-1] if box.startswith("╭") else lines[2:]  # without the title
    raw = [line[2:].rstrip(" │") for line in lines]
    paragraphs: list[list[str]] = [[]]
    for line in raw:
        if line and not line.strip("─-"):
            paragraphs.append([])
        else:
            paragraphs[-1].append(line)
    first, *others = [" ".join(" ".join(lines).split()) for lines in paragraphs]
    if first.startswith("Missing from"):  # its arguments stand four places in, what they are eight
        first = f"missing: {', '.join(line.strip() for line in paragraphs[0] if re.match(r' {4}[^ ]', line))}"
        unknown = [text.partition(": ")[2] for text in others if text.startswith("Unrecognized")]
        first += f"; there is no option {', '.join(unknown[0].split())}" if unknown else ""
    for pattern, instead in PLAINER:
        first = re.sub(pattern, instead, first)
    if "give one of" in first:
        before, _, choices = first.partition("give one of ")
        known = sorted(choice for choice in re.findall(r"'([^']*)'", choices) if choice != "None")
        first = f"{before}give {' or '.join([', '.join(known[:-1]), known[-1]] if known[1:] else known)}"
    near = re.search(r"Perhaps you meant:?\s+(-\S+)", " ".join(others))
    meant = f"; did you mean {near.group(1).rstrip(',')}?" if near else ""
    return f"{first.rstrip('. ')}{meant} ({program} --help)"
