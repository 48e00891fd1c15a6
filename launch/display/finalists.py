"""How the finalists of a search raced, in a sentence and as a table."""

from __future__ import annotations

from collections import Counter

from datasets.wording import counted
from launch.evaluation.summary import Summary, origin_text


def race_text(summary: Summary) -> str:
    """How many finalists raced, and after how many splits those far behind were out; nothing where none was."""
    every = max((own.validation.confirmed.splits for own in summary.finalists), default=0)
    out = Counter(
        own.validation.confirmed.splits
        for own in summary.finalists
        if own.validation.confirmed.splits < every and own.failure is None
    )
    if not out:
        return ""
    left = ", ".join(f"{count} out after {counted(splits, 'split')}" for splits, count in sorted(out.items()))
    return f"{counted(summary.finalists, 'finalist')} raced: {left}"


def speed_text(summary: Summary) -> str:
    """Why the configuration with the highest mean was not chosen; nothing where it was."""
    own = summary.chosen_for_speed
    if own is None:
        return ""
    return (
        f"chosen for its speed: a fit takes {own.seconds:.2g} s, one of trial {own.trial} {own.instead_of:.2g} s; that "
        f"scored {own.behind:.4f} more ({own.low:+.4f} to {own.high:+.4f}), so they cannot be told apart"
    )


def finalist_rows(summary: Summary) -> list[dict[str, str]]:
    """A row for each finalist, in the order of the search."""
    rows = []
    for own in summary.finalists:
        validation, confirmed = own.validation, own.validation.confirmed
        mean = "-" if confirmed.mean is None else f"{confirmed.mean:.4f}"
        spread = "" if confirmed.low is None else f" ({confirmed.low:.4f} to {confirmed.high:.4f})"
        score = validation.search_score
        rows.append(
            {
                "trial": f"{own.trial}{' (chosen)' if own.trial == summary.best.trial else ''}",
                "origin": origin_text(own.origin),
                "in the search": "-" if score is None else f"{score:.4f}",
                "confirmed, 95 % interval": f"{mean}{spread}",
                "fresh splits": str(confirmed.splits),
                **({"failed": own.failure or ""} if any(each.failure for each in summary.finalists) else {}),
            }
        )
    return rows
