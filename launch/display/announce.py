"""What a person is told of the data before the search starts."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console

from datasets.problems.problem import Problem
from datasets.request import is_path
from datasets.tables.joint_leaks import Joint, joint_giveaways
from datasets.tables.leaks import giveaways
from datasets.tables.own_table import columns_table
from datasets.wording import counted
from launch.common.flags import with_flags
from launch.common.printing import print_line, print_table
from launch.config.plan import Plan
from launch.display import label_free
from launch.evaluation.search_splits import caution

MOST_COLUMNS = 40


def announce(console: Console, plan: Plan) -> None:
    """Print what the columns are, how many rows each side has, what training knows, and what looks wrong."""
    problem, counts = plan.problem, plan.problem.counts
    if problem.modality == "image":
        print_line(console, images_message(plan))
        return
    if problem.columns and is_path(str(problem.request.get("dataset"))):
        _show_columns(console, problem)
    if problem.alarm_rate is not None:
        console.print(label_free.before(plan), highlight=False, soft_wrap=True)
        _say_notes(console, problem)
        return
    share = 100 * counts["valid"]["anomalies"] / counts["valid"]["rows"]
    console.print(
        f"[bold]{problem.dataset}[/], protocol {problem.protocol}"
        + (f", outer split {problem.outer_split}" if problem.outer_split else "")
        + f": {counts['train']['rows']:,} training ({counted(counts['train']['anomalies'], 'anomaly')}"
        + (f", {unlabelled:,} without a label" if (unlabelled := counts["train"].get("unlabelled")) else "")
        + "), "
        f"{counts['valid']['rows']:,} validation ({counts['valid']['anomalies']:,}) and "
        + ("no" if problem.cross_validated else f"{counts['test']['rows']:,}")
        + " sealed test rows"
        + ("" if problem.cross_validated else f" ({counts['test']['anomalies']:,})")
        + f", {share:.2f} % anomalies. "
        f"Searching for {plan.metric.upper()} on validation.",
        highlight=False,
        soft_wrap=True,
    )
    _say_notes(console, problem)
    message = training_message(problem, plan.supervision)
    if message:
        print_line(console, message)
    if few := caution(counts["valid"]["anomalies"], plan.splits, plan.options.fresh_splits):
        print_line(console, with_flags(few), "bold yellow")
    alone = giveaways(problem)
    for name, auroc in alone:
        print_line(
            console,
            f"Column {name!r} alone tells anomalies apart (AUROC {auroc:.4f} on the development rows): does it say "
            f"what the label says? {_drop([name])} leaves it out",
            "bold yellow",
        )
    joint = joint_giveaways(problem, [name for name, _ in alone])
    if joint is not None:
        print_line(console, joint_message(joint), "bold yellow")


def portfolio_message(plans: Sequence[Plan]) -> str:
    """What must be said of portfolios before a search: that its table knows them, that options forbid some of them,
    that nothing is left for the sampler. Nothing where none of that is so.
    """
    said = []
    knowing = [plan.label for plan in plans if plan.portfolio.knows_table and plan.portfolio.configurations]
    if knowing:
        of = "" if len(plans) == 1 else f" of {', '.join(knowing)}"
        said.append(
            f"This table helped to build the portfolio{of}, which is tried first: on it the search does better than on "
            "a new one (--no-portfolio leaves it out)."
        )
    for plan in plans:
        given, tried = len(plan.initial), len(plan.portfolio.configurations)
        if plan.portfolio.left_out:
            said.append(f"{plan.label}: {plan.portfolio.left_out} configurations of the portfolio; they are not tried.")
        if tried and plan.trials <= given + tried and len(plans) == 1:
            left = max(0, plan.trials - given)
            said.append(
                f"No trial is left for the sampler: {counted(min(given, plan.trials), 'published or enqueued one')}, "
                f"{left} of the portfolio."
            )
    return with_flags(" ".join(said))


def _say_notes(console: Console, problem: Problem) -> None:
    for note in map(with_flags, problem.notes):
        named = note.startswith(problem.dataset)  # a name stays as it is
        line = note if named else note[:1].upper() + note[1:]
        print_line(console, line, "bold yellow" if note.startswith("caution") else None)


def joint_message(joint: Joint) -> str:
    """That columns together tell the label, what it was found by, and what leaves them out."""
    names, many = ", ".join(map(repr, joint.columns)), len(joint.columns) > 1
    ask = f"{'do they' if many else 'does it'} say what the label says?"
    way = f"{_drop(joint.columns)} leaves {'them' if many else 'it'} out"
    by = "by a small decision tree, cross-validated on the development rows"
    if joint.by_name:
        speaking = f"{names}, whose name{'s speak' if many else ' speaks'} of labels"
        return f"Few questions tell anomalies apart (F1 {joint.told:.3f} {by}), some of them to {speaking}: {ask} {way}"
    beside = f" (of the same kind, beside them: {', '.join(map(repr, joint.beside))})" if joint.beside else ""
    columns = f"Columns {names} together tell" if many else f"Column {names} tells"
    return f"{columns} {100 * joint.told:.3g} % of the anomalies apart from every other row ({by}): {ask} {way}{beside}"


def _drop(names: Sequence[str]) -> str:
    return " ".join(f"--drop {shlex.quote(name)}" for name in names)


def images_message(plan: Plan) -> str:
    """Which images train, choose and test, and what a detector sees of them."""
    problem, counts = plan.problem, plan.problem.counts
    tasks = len(problem.tasks)
    several, each = (f", {tasks} classes normal in turn, one detector each", " a class") if tasks > 1 else ("", "")
    shape = " x ".join(str(n) for n in problem.row_shape)
    masks = ""
    if problem.sealed.masked:
        masks = " Masks of test images are sealed with them: " + (
            "pixel AUROC and per-region overlap will stand beside AUROC."
            if plan.error_maps
            else f"{plan.label} leaves no error map to hold against them."
        )
    by = "labels" if problem.selection == "labelled" else "made-up anomalies"
    return (
        f"{problem.dataset} ({shape}), protocol {problem.protocol}{several}: "
        f"{round(counts['train']['rows'] / tasks):,} training images{each}, "
        f"{counts['valid']['rows']:,} to choose by and "
        f"{counts['test']['rows']:,} sealed ones ({counted(counts['test']['anomalies'], 'anomaly')}{each}). "
        f"The detector is {plan.supervision}; {by} choose, "
        f"by {plan.metric.upper()}.{masks}"
    )


def training_message(problem: Problem, supervision: str) -> str:
    """What a detector of this supervision trains on, where it is not simply every row with its label."""
    train = problem.counts["train"]
    if not problem.labels.all:
        hidden = train["anomalies"] - train["labelled"]
        return (
            f"Training knows {counted(train['labelled'], 'anomaly')}; {hidden:,} more are hidden among the other rows. "
            f"Validation keeps the labels of its {counted(problem.counts['valid']['anomalies'], 'anomaly')}: "
            f"they choose."
        )
    if "unlabelled" in train:
        return _of_unlabelled(train, supervision)
    if supervision == "unsupervised":
        share = 100 * train["anomalies"] / train["rows"]
        return f"It trains without labels on rows of which {share:.2f} % are anomalies (--labelled-anomalies 0 --contamination 0 gives it none)."  # noqa: E501
    return ""


def _of_unlabelled(train: Mapping[str, int], supervision: str) -> str:
    """What a detector makes of training rows without a label."""
    without, anomalies = train["unlabelled"], train["anomalies"]
    normal = train["rows"] - without - anomalies
    if supervision == "unsupervised":
        return f"It trains on all {train['rows']:,} rows, whatever their label."
    if supervision == "supervised" and normal:
        return f"It trains on the {anomalies + normal:,} rows that have a label; those without are not used."
    if supervision == "supervised":
        return f"It takes the {without:,} rows without a label for normal."
    known = f" and {normal:,} labelled normal" if normal else ""
    return f"It learns the {anomalies:,} labelled anomalies beside {without:,} rows without a label{known}."


def _show_columns(console: Console, problem: Problem) -> None:
    columns = columns_table(problem.columns)
    rows = [list(map(with_flags, row)) for row in columns[:MOST_COLUMNS]]
    left_out = [place for place, row in enumerate(rows) if row[1] == "left out"]
    names, title = ("column", "type", "missing", "values"), f"Columns of {problem.source}"
    print_table(console, names, rows, left=("column", "type", "values"), title=title, dim=left_out)
    if len(columns) > MOST_COLUMNS:
        print_line(console, f"and {len(columns) - MOST_COLUMNS} more columns")
