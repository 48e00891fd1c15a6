"""What a person reads at the end, on one screen."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from launch.common.flags import with_flags
from launch.common.invocation import program
from launch.common.printing import plain_table, print_line
from launch.common.text import clock, short
from launch.display import image_screen
from launch.display.metric_table import ARM_TITLES, anomaly_type_rows, basis, measured_on, metric_rows
from launch.evaluation.metric_labels import OF_IMAGES, OF_TABLES, label
from launch.evaluation.summary import Summary


def show(console: Console, summary: Summary, where: Mapping[str, str]) -> None:
    """Print the verdict, the table, the savings and the next commands; `where` is the record, see `one_search`."""
    console.print()
    console.print(f"[bold]{verdict(summary)}[/]", highlight=False)
    console.print(_table(summary))
    console.print(basis(summary), style="dim", highlight=False, soft_wrap=True)
    if words := summary.test.tuned.beside_chance():
        print_line(console, f"The chosen model is {words}; it is recorded like any other.", "yellow")
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


def verdict(summary: Summary) -> str:
    """The result in one sentence."""
    tuned = summary.test.tuned
    several = f"mean over {len(summary.tasks)} classes, " if summary.tasks else ""
    of = "cross-validated" if summary.test.cross_validated else "test"
    text = (
        f"{summary.detector} on {summary.dataset.name}: {several}{of} AUROC {tuned.auroc.mean:.4f}, "
        f"AP {tuned.ap.mean:.4f}"
    )
    trained = summary.published.trained_text() if summary.published else ""
    trained = f" {trained}" if trained else ""
    if summary.test.cross_validated:
        return f"{text}; not a sealed test, so there is no verdict"
    if summary.published and summary.best.trial == summary.published.trial:
        return text + "; the published configuration won" + trained
    if summary.test.difference:
        gains = summary.test.difference.by_name()
        name = summary.metric if summary.metric in gains else "ap"
        gain = gains[name]
        low, high = gain.low or 0.0, gain.high or 0.0
        word = "above" if low > 0 else "below" if high < 0 else "not distinguishable from"
        spread = f"{gain.mean:+.4f} ({low:+.4f} to {high:+.4f})"
        arm, few = f"the published configuration{trained}", summary.test.too_few()
        text += f", {label(name)} {spread} over {arm}: {few}" if few else f", {label(name)} {spread}: {word} {arm}"
    return text


def _over(summary: Summary) -> str:
    return measured_on(summary) if summary.test.cross_validated else f"the {measured_on(summary)}"


def _scored(summary: Summary) -> str:
    """What a final fit scores; no control has seen labels, so its scores are not by fold."""
    return "all rows" if summary.test.cross_validated else f"the {measured_on(summary)}"


def _table(summary: Summary) -> Table:
    first = "cross-validated, 95 %" if summary.test.cross_validated else f"{measured_on(summary)}, 95 %"
    arms = [ARM_TITLES[arm] for arm in summary.test.arms()]
    table = plain_table(first, *arms, "report", "tuned, train", left=(first,), no_wrap=True)
    for row in metric_rows(summary, OF_IMAGES if summary.image else OF_TABLES):
        table.add_row(row.metric.label, *row.arms.values(), row.report, row.train)
    return table


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
