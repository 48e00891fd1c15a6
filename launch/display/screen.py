"""What a person reads at the end, on one screen."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from launch.common.flags import with_flags
from launch.common.invocation import program
from launch.common.printing import plain_table, print_line
from launch.common.text import LONGEST_LINE, clock, short
from launch.display import image_screen
from launch.display.metric_table import ARM_TITLES, anomaly_type_rows, basis, measured_on, metric_rows
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.sentences import doubtful, sentences


def show(console: Console, summary: Summary, where: Mapping[str, str]) -> None:
    """Print the verdict, the table, the savings and the next commands; `where` is the record, see `one_search`."""
    console.print()
    doubt = doubtful(summary)
    for place, words in enumerate(sentences(summary)):
        style = "bold" if place == 0 else ""
        yellow = doubt and (place == 0 or words.startswith("Chance"))
        paragraph(console, words, f"{style} yellow" if yellow else style)
    console.print()
    console.print(metric_table(summary, console))
    paragraph(console, basis(summary), "dim")
    if len(summary.kinds) > 1:
        console.print(_anomaly_types(summary))
    if summary.image:
        for extra in image_screen.tables(summary):
            console.print(extra)
    for line in _controls(summary):
        console.print(line, soft_wrap=True)
    if summary.ensemble:
        auroc, ap = summary.ensemble.auroc.text(), summary.ensemble.ap.text()
        text = f"Registered: the refits as one model, AUROC {auroc}, AP {ap} on {_over(summary)}; its"
        print_line(console, f"{text} intervals are over these alone: other seeds would give another model")
    if summary.dataset.note:
        print_line(console, f"Note: {with_flags(summary.dataset.note)}", "yellow")
    if summary.pareto:
        console.print(_front(summary, where))
    print_line(console, _chosen(summary))
    print_line(console, f"  {short(summary.best.config)}")
    console.print(_saved(summary), highlight=False)
    seconds, readings = summary.seconds, summary.seal_readings
    print_line(
        console,
        f"Time: {clock(seconds.total or 0)} (search {seconds.search:.0f} s, confirmation {seconds.confirm or 0:.0f} s);"
        f" one fit {seconds.fit:.2f} s, scoring {_scored(summary)} {seconds.predict:.3f} s."
        + ("" if summary.test.cross_validated else f" This test set has been read {readings} time(s) in this home."),
    )
    _next(console, summary, where)


def _over(summary: Summary) -> str:
    return measured_on(summary) if summary.test.cross_validated else f"the {measured_on(summary)}"


def _scored(summary: Summary) -> str:
    """What a final fit scores; no control has seen labels, so its scores are not by fold."""
    return "all rows" if summary.test.cross_validated else f"the {measured_on(summary)}"


def paragraph(console: Console, text: str, style: str = "") -> None:
    """Print a text, in a terminal wrapped at words."""
    console.print(Text(text, style=style.strip()), highlight=False, soft_wrap=not console.is_terminal)


def metric_table(summary: Summary, console: Console) -> Table:
    """The metrics as wide as the console takes them: else with intervals below, then without the last columns."""
    rows = metric_rows(summary)
    arms = {ARM_TITLES[arm]: [row.arms.get(arm, "") for row in rows] for arm in rows[0].arms}
    beside = {title: [row.beside(summary)[title] for row in rows] for title in rows[0].beside(summary)}
    columns = arms | beside | {"tuned, train": [row.train for row in rows]}
    kept = list(columns)
    over = "cross-validated" if summary.test.cross_validated else measured_on(summary)
    first = f"{over}, 95 %"
    for stacked in (False, True):
        for last in range(len(kept), len(arms), -1):
            titles = [title.replace(" ", "\n") if stacked else title for title in kept[:last]]
            table = plain_table(first, *titles, left=(first,), no_wrap=not stacked)
            table.columns[0].no_wrap = False
            table.columns[0].max_width = 12 if stacked else None
            for place, row in enumerate(rows):
                cells = [columns[title][place] for title in kept[:last]]
                table.add_row(row.metric.label, *(map(_stacked, cells) if stacked else cells))
            if Measurement.get(console, console.options.update(width=LONGEST_LINE), table).maximum <= console.width:
                return table
    return table


def _stacked(cell: str) -> str:
    """The interval below its metric."""
    return cell.replace(" (", "\n").removesuffix(")")


def _front(summary: Summary, where: Mapping[str, str]) -> Table:
    title = "\nPareto front on validation: no complete trial is both better and faster"
    columns = ("trial", summary.metric, "µs per row", "configuration")
    table = plain_table(*columns, left=("configuration",), title=title)
    for point in summary.pareto or ():
        mark = " (chosen)" if point.trial == summary.best.trial else ""
        table.add_row(f"{point.trial}{mark}", f"{point.score:.4f}", f"{point.latency_us:.3g}", short(point.config))
    table.caption = (
        f"to ship another: {program('launch/retrain.py')} RUN_ID{where['home']} (the trial's run, in MLflow)"
    )
    table.caption_justify = "left"
    return table


def _anomaly_types(summary: Summary) -> Table:
    rows = anomaly_type_rows(summary.kinds)
    columns = list(rows[0])
    table = plain_table(*columns, left=columns[:2], title="\nKinds of anomaly")
    for row in rows:
        table.add_row(*map(Text, row.values()))
    return table


def _chosen(summary: Summary) -> str:
    """The winner, its score in the search and on fresh splits."""
    best, confirmed = summary.best, summary.best.validation.confirmed
    rounds = f"{best.rounds} rounds" + (f", {trained}" if (trained := best.trained_text()) else "")
    gap = ""
    if confirmed.splits:
        spread = "" if confirmed.low is None else f" ({confirmed.low:.4f} to {confirmed.high:.4f})"
        gap = f"; confirmed on {confirmed.splits} fresh splits: {confirmed.mean:.4f}{spread}"
    return (
        f"Chosen: trial {best.trial} ({best.origin}), val {summary.metric} "
        f"{best.validation.search_score:.4f} in the search{gap}, {rounds}"
    )


def _saved(summary: Summary) -> str:
    trials, rounds = summary.trials, summary.rounds
    text = f"Trials: {trials.complete} complete, {trials.pruned} stopped early, {trials.failed} failed; "
    text += rounds.saved_text()
    for name, cause in trials.causes.items():
        text += f"\n  {cause.count} failed with {name}: {cause.first_message}"
    return text


def _next(console: Console, summary: Summary, where: Mapping[str, str]) -> None:
    home, tracking = where["home"], where["tracking"]
    if where.get("replaced"):
        print_line(console, f"Caution: {where['replaced']}", "yellow")
    console.print("\n[bold]Next[/]", highlight=False)
    lines = []
    if summary.model_uri and summary.tasks:
        lines.append(("models", f"one for each class: {', '.join(_models(summary)[:2])}, …  (in {tracking})"))
    elif summary.model_uri:
        lines.append(("model", f"{summary.model_uri}  (version {where['version']}, in {tracking})"))
    if summary.model_uri:
        lines.append(("predict", predict(summary, home)))
    lines += [
        ("compare", _compare(where, home)),
        ("replay", f"{program('launch/replay.py')} {summary.mlflow_run_id}{home}"),
        *([("report", where["report"])] if where.get("report") else []),
        ("pictures", where["pictures"]),
        ("summary", where["summary"]),
    ]
    for name, text in lines:
        print_line(console, f"  {name:<9} {text}")


CONTROLS = {
    "untrained": "the same networks untrained reach",
    "distance_to_mean": "the distance to the mean row reaches",
}


def _controls(summary: Summary) -> Iterator[Text]:
    """What is reached without training, in yellow where training was worth nothing."""
    for name, control in summary.controls.items():
        worthless = control.auroc >= summary.test.tuned.auroc.mean
        message = f"AUROC {control.auroc:.4f}, AP {control.ap:.4f} on {_scored(summary)}"
        yield Text(f"Control: {CONTROLS.get(name, f'{name} reaches')} {message}", style="yellow" if worthless else "")


def predict(summary: Summary, home: str) -> str:
    """The command that scores new rows with the model of a search; of a group, with that of its first class."""
    new = "FOLDER_OF_IMAGES" if summary.image else "new.csv"
    return f"{program('launch/predict.py')} {shlex.quote(_models(summary)[0])} {new}{home}"


def _models(summary: Summary) -> list[str]:
    """The names of the registered models, one for each task."""
    if not summary.tasks:
        return [(summary.model_uri or "").removeprefix("models:/").split("@")[0]]
    return [f"{summary.detector}-{summary.dataset.name}-{task}" for task in summary.tasks]


def _compare(where: Mapping[str, str], home: str) -> str:
    """How to see the finalists side by side: on the server, or on one that is started for it."""
    if where["server"]:
        return f"open, for the finalists side by side, {where['server'].rstrip('/')}{where['ui_path']}"
    page = f"http://127.0.0.1:5000{where['ui_path']}"
    return f"{program('launch/ui.py')}{home}   then open, for the finalists side by side, {page}"
