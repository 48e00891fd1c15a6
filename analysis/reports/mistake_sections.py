"""What the model gets wrong on held-out rows, where it does worst, and on which columns its scores depend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis import interactive
from analysis.interactive.shares import ExplainedRow, strongest
from analysis.reports.section import Section
from datasets.wording import counted, verb
from launch.evaluation.mistakes import segments
from launch.evaluation.mistakes.effects import MOST_ANOMALIES, MOST_NORMAL
from launch.evaluation.mistakes.record import ALARMS, FALSE_ALARM, MISSED, RECALL, Mistake, Mistakes, Rate, View

IMPORTANT = 12
"""Columns in the table of importance."""
FEW = 5
"""Pictures of each class, where there are several."""
HEADS = {
    MISSED: ("lowered by", "raised by"),
    FALSE_ALARM: ("raised by", "lowered by"),
}
FOUND_BY = (
    "Scores are those of models that did not see the row, means over the {splits} it was held out from. These are rows "
    "of your data (--no-mistakes leaves them out)."
)
SHARES = (
    "What raises and lowers a score: a row of typical values alone (medians, most frequent texts) takes over the "
    "values of this row, one column after another, in many orders. What a column adds is the mean of what the score "
    "then gains (its Shapley value), in the unit of the score; all columns together add the score minus that of the "
    "typical row{base}. It says what the model does, not what causes an anomaly."
)
PICTURES = (
    "First picture: the mean size of what a column adds, over the rows below. Second picture: each row, in the "
    "same colours (grey: all other columns); to the right what raises its score, to the left what lowers it."
)


def sections(mistakes: Mistakes | None, name: str, image: bool, made_up: bool = False) -> list[Section]:
    """Sections about mistakes; none where they were not looked for. Anomalies may be made up, as of images."""
    if mistakes is None:
        return []
    made = [_rows(mistakes, kind, name, image, made_up) for kind in (MISSED, FALSE_ALARM)]
    first = next((k for k, one in enumerate(made) if one.figures), None)
    if first is not None:
        bases = [row.shares.typical for view in mistakes.views for row in view.rows if row.shares]
        least, most = f"{min(bases):.4g}", f"{max(bases):.4g}"
        base = f" ({least})" if least == most else f" ({least} to {most}, by split)"
        told = (*made[first].text, SHARES.format(base=base), PICTURES)
        made[first] = replace(made[first], text=told)
    if any(view.segments for view in mistakes.views):
        made.append(_segments(mistakes))
    if mistakes.effects:
        made.append(_effects(mistakes))
    return made


def _rows(mistakes: Mistakes, kind: str, name: str, image: bool, made_up: bool) -> Section:
    rows = "image" if image else "row"
    of = [(view, [own for own in view.rows if own.kind == kind]) for view in mistakes.views]
    wrong = sum(view.missed if kind == MISSED else view.false_alarms for view in mistakes.views)
    total = sum(view.anomalies if kind == MISSED else view.normal for view in mistakes.views)
    splits = "splits" if mistakes.splits > 1 else "split"
    if kind == MISSED:
        anomaly = "made-up anomaly" if made_up else "anomaly"
        text = f"Of {counted(total, anomaly)} that the confirmation held out {wrong:,} "
        text += f"{verb(wrong, 'scores', 'score')} below the threshold: missed."
        if made_up:
            text += " No real anomaly was there to choose by: what is made up may be easier or harder to find."
        order = "lowest"
    else:
        text = f"Of {counted(total, f'normal {rows}')} that it held out {wrong:,} "
        text += f"{verb(wrong, 'scores', 'score')} above the threshold: false alarms."
        order = "highest"
    shown = sum(len(own) for _, own in of)
    if shown:
        count = f"the {shown}" if len(of) == 1 and shown > 1 else "those"
        count = "it" if shown == 1 else f"{count} with the {order} scores"
        what = "The number counts images in the order of their files" if image else "Rows are counted from 0"
        text += f" Here {verb(shown)} {count}{'' if image else f'; all columns are in {name}.mistakes.csv'}."
        text += f" {what}."
    paragraphs = [text]
    if kind == MISSED and shown and not image:
        paragraphs.append(FOUND_BY.format(splits=splits))
    paragraphs += [note for note in mistakes.notes if kind == MISSED]
    title = "What it misses" if kind == MISSED else "False alarms"
    pictures = tuple(
        (_caption(one, view.task), one.picture) for view, own in of for one in _few(own, of) if one.picture
    )
    table = None
    if shown and not image:
        table = pd.DataFrame([_line(one, kind, view) for view, own in of for one in own])
    key = "missed" if kind == MISSED else "false-alarms"
    figures = _shares([(view, one) for view, own in of for one in own])
    return Section(key, title, tuple(paragraphs), figures, table, pictures=pictures, small=True)


def _shares(rows: Sequence[tuple[View, Mistake]]) -> tuple[tuple[str, Any], ...]:
    """What moves the scores of these rows most, and what moves each."""
    explained = [
        ExplainedRow(f"{view.task} {one.row}".strip(), one.shares, view.threshold) for view, one in rows if one.shares
    ]
    sizes = strongest(explained)
    if not sizes:
        return ()
    return (
        ("Which columns", interactive.importance_bars(sizes)),
        ("Row by row", interactive.row_bars(explained, list(sizes))),
    )


def _few(own: list[Mistake], of: list[tuple[View, list[Mistake]]]) -> list[Mistake]:
    return own if len(of) == 1 else own[:FEW]


def _caption(one: Mistake, task: str) -> str:
    of = f"{task}: " if task else ""
    kind = f"{one.anomaly_type}, " if one.anomaly_type else ""
    return f"{of}{kind}{one.score:.4g} (image {one.row:,})"


def _line(one: Mistake, kind: str, view: View) -> dict[str, str]:
    why = (one.lowers, one.raises) if kind == MISSED else (one.raises, one.lowers)
    known = [f"{name} {text}" for name, text in one.known_by.items()]
    line = {"row": ", ".join([str(one.row), *known, *([f"kind {one.anomaly_type}"] if one.anomaly_type else [])])}
    line[f"score (threshold {view.threshold:.4g})"] = f"{one.score:.4g}"
    return line | {head: "; ".join(texts) or "-" for head, texts in zip(HEADS[kind], why, strict=True)}


def _segments(mistakes: Mistakes) -> Section:
    """The worst segments of all models, in both measures."""
    looked_at = sum(view.segments for view in mistakes.views)
    several = len(mistakes.views) > 1
    said = [f"{view.task}: {one}" if several else one for view in mistakes.views for one in view.standing_out]
    if not said:
        said = ["Nowhere is it worse than chance makes the worst of so many."]
    text = (
        f"{counted(looked_at, 'comparison')} {verb(looked_at, 'was', 'were')} made: each value, "
        f"third of a column of numbers, period, group or kind of "
        f"anomaly with at least {segments.FEWEST_ANOMALIES} anomalies (recall) or {segments.FEWEST_NORMAL} normal rows "
        "(false alarms), beside all other held-out rows. The worst of many looks bad by chance, too: the last column "
        "is how often it would be at least as bad if nothing were different there (Fisher's exact test, corrected for "
        "all comparisons after Holm). Intervals are 95 %, of each segment by itself."
    )
    rates = [(view.task, rate) for view in mistakes.views for rate in view.rates]
    if several:
        rates = sorted(rates, key=lambda pair: (pair[1].measure != RECALL, pair[1].chance))[: 2 * segments.SHOWN]
    table = pd.DataFrame([({"class": task} if several else {}) | _rate(rate) for task, rate in rates])
    return Section("segments", "Where it does worst", (" ".join(said[:4]), text), table=table, small=True)


def _rate(rate: Rate) -> dict[str, str]:
    figures = (rate.rate, rate.low, rate.high, rate.elsewhere)
    scale, form = (1, "{:.2f}") if rate.measure == RECALL else (1000, "{:.1f}")
    here, low, high, elsewhere = (form.format(scale * value) for value in figures)
    return {
        "where": rate.segment,
        "what": RECALL if rate.measure == RECALL else f"{ALARMS} in 1,000 normal rows",
        "there": f"{here} ({low} to {high})",
        "elsewhere": elsewhere,
        "of": f"{rate.of:,} {'anomalies' if rate.measure == RECALL else 'normal rows'}",
        "by chance": f"{rate.chance:.2f}" if rate.chance >= 0.01 else "under 0.01",
    }


def _effects(mistakes: Mistakes) -> Section:
    splits = f"the models of {mistakes.splits} splits" if mistakes.splits > 1 else "the model of one split"
    text = (
        f"AP lost: what {splits} lose of their AP ({mistakes.ap:.3f}) on rows that they did not see when a column's "
        "values are drawn from other rows, mean with least and most over the splits. This is measured on a sample of "
        f"at most {MOST_ANOMALIES} anomalies and {MOST_NORMAL} normal rows of each split, weighted to the share of "
        "each, so that this AP differs from the confirmed one. Columns that say the same stand "
        "in for each other, so that each alone looks less important than it is.",
        "The curves: the mean score that held-out rows have if all have one value of the column, the others being as "
        "they are; the band is least and most over the splits, the bars are where the rows are. Where columns go "
        "together, some such rows do not exist, and where there are no bars the curve says little.",
    )
    drawn = tuple((one.column, interactive.effect(one)) for one in mistakes.effects if one.at)
    rows = [
        {
            "column": one.column,
            "AP lost without it": f"{one.loss:.3f}"
            + (f" ({one.loss_low:.3f} to {one.loss_high:.3f})" if mistakes.splits > 1 else ""),
        }
        for one in mistakes.effects[:IMPORTANT]
    ]
    title = "What the scores depend on"
    return Section("effects", title, text, drawn, pd.DataFrame(rows), small=True)
