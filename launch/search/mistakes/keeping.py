"""Rows that the winner gets wrong are kept when a search ends."""

from __future__ import annotations

from launch.evaluation.mistakes import finding
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import HeldOutMistakes
from launch.search.context import SearchContext
from trainables.core.files import atomic_write


def keep_mistakes(search: SearchContext, outcome: Outcome) -> HeldOutMistakes | None:
    """Keep the held-out rows that the winner gets wrong; what cannot be found must not cost the record."""
    plan = search.plan
    for suffix in ("mistakes.json", "mistakes.csv"):  # those of the search before it was extended
        plan.home.study(plan.study, suffix).unlink(missing_ok=True)
    if not plan.looks_at_rows:
        return None
    try:
        shown = search.publisher.reports and not plan.options.no_report
        found, rows = finding.find(plan, outcome, with_effects=shown)
        found.write(plan.home.study(plan.study, "mistakes.json"))
        with atomic_write(plan.home.study(plan.study, "mistakes.csv")) as partial:
            rows.to_csv(partial, index=False)
    except Exception as error:
        search.notify(f"The rows that the model gets wrong could not be found: {type(error).__name__}: {error}")
        return None
    return found.counted()
