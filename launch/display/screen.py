"""What a person reads at the end, on one screen."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from datasets.wording import counted
from launch.common.flags import with_flags
from launch.common.invocation import program
from launch.common.printing import plain_table, print_line, print_rows
from launch.common.text import clock, short
from launch.display import image_screen, label_free, mistakes
from launch.display.finalists import race_text, speed_text
from launch.display.metric_table import ARM_TITLES, anomaly_type_rows, basis, measured_on, metric_rows
from launch.evaluation.summary import Summary, edges_text, origin_text
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
    show_metrics(console, summary)
    paragraph(console, basis(summary), "dim")
    if len(summary.kinds) > 1:
        print_rows(console, anomaly_type_rows(summary.kinds), left=("in training",), title="\nKinds of anomaly")
    if summary.image:
        image_screen.show(console, summary)
    for sentence in mistakes.lines(summary):
        paragraph(console, sentence)
    for line in _controls(summary):
        paragraph(console, *line)
    if summary.ensemble:
        auroc, ap = summary.ensemble.auroc.text(), summary.ensemble.ap.text()
        text = f"Registered: the refits as one model, AUROC {auroc}, AP {ap} on {_over(summary)}; its"
        paragraph(console, f"{text} intervals are over these alone: other seeds would give another model")
    if summary.test.made_up:
        paragraph(console, label_free.TRUST, "yellow")
    if summary.dataset.note:
        note = with_flags(summary.dataset.note)
        paragraph(console, f"Note: {note}", "yellow" if "caution" in note else "")
    if summary.pareto:
        console.print(_front(summary, where))
    paragraph(console, _chosen(summary))
    paragraph(console, f"  {short(summary.best.config)}")
    paragraph(console, _saved(summary))
    if summary.edges:
        paragraph(console, edges_text(summary.edges, summary.detector))
    seconds, times = summary.seconds, counted(summary.seal_readings, "time")
    paragraph(
        console,
        f"Time: {clock(seconds.total or 0)} (search {seconds.search:.0f} s, confirmation {seconds.confirm or 0:.0f} s);"
        f" one fit {seconds.fit:.2f} s, scoring {_scored(summary)} {seconds.predict:.3f} s."
        + ("" if summary.test.cross_validated else f" This test set has been read {times} in this home."),
    )
    if where.get("scores"):
        console.print(label_free.highest(Path(where["scores"])))
    _next(console, summary, where)


def _over(summary: Summary) -> str:
    return measured_on(summary) if summary.test.cross_validated else f"the {measured_on(summary)}"


def _scored(summary: Summary) -> str:
    """What a final fit scores; no control has seen labels, so its scores are not by fold."""
    return "all rows" if summary.test.cross_validated else f"the {measured_on(summary)}"


def paragraph(console: Console, text: str, style: str = "") -> None:
    """Print a text, in a terminal wrapped at words."""
    console.print(Text(text, style=style.strip()), highlight=False, soft_wrap=not console.is_terminal)


def show_metrics(console: Console, summary: Summary) -> None:
    """Print the metrics by arm, then those of baseline and chance."""
    first = f"{'cross-validated' if summary.test.cross_validated else measured_on(summary)}, 95 %"
    rows = metric_rows(summary)
    arms = {arm: ARM_TITLES[arm] for arm in rows[0].arms}
    print_rows(console, [
        {first: row.metric.label, **{title: row.arms.get(arm, "") for arm, title in arms.items()}}
        | row.beside(summary) | {"tuned, train": row.train}
        for row in rows
    ])  # fmt: skip


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


def _chosen(summary: Summary) -> str:
    """The winner, its score in the search and on fresh splits."""
    best, confirmed = summary.best, summary.best.validation.confirmed
    rounds = counted(best.rounds or 0, "round") + (f", {trained}" if (trained := best.trained_text()) else "")
    gap, over = "", f" (mean of {best.validation.search_splits} splits)" if best.validation.search_splits else ""
    if confirmed.splits:
        spread = "" if confirmed.low is None else f" ({confirmed.low:.4f} to {confirmed.high:.4f})"
        gap = f"; confirmed on {counted(confirmed.splits, 'fresh split')}: {confirmed.mean:.4f}{spread}"
    speed, race = (
        f". {text[:1].upper()}{text[1:]}" if text else "" for text in (speed_text(summary), race_text(summary))
    )
    return (
        f"Chosen: trial {best.trial} ({origin_text(best.origin)}), validation {summary.metric.upper()} "
        f"{best.validation.search_score:.4f} in the search{over}{gap}, {rounds}{speed}{race}"
    )


def _saved(summary: Summary) -> str:
    trials, rounds = summary.trials, summary.rounds
    text = f"Trials: {trials.complete} complete, {trials.pruned} stopped early, {trials.failed} failed"
    if rounds.run < rounds.without_stopping or rounds.whole_fit_seconds is not None:
        text += f"; {rounds.saved_text()}"
    text += trials.end_text()
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
        *([("scores", where["scores"])] if where.get("scores") else []),
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


def _controls(summary: Summary) -> Iterator[tuple[str, str]]:
    """What is reached without training, in yellow where training was worth nothing."""
    for name, control in summary.controls.items():
        worthless = control.auroc >= summary.test.tuned.auroc.mean
        message = f"AUROC {control.auroc:.4f}, AP {control.ap:.4f} on {_scored(summary)}"
        yield f"Control: {CONTROLS.get(name, f'{name} reaches')} {message}", "yellow" if worthless else ""


def predict(summary: Summary, home: str, how: str = " --top 10", task: int = 0) -> str:
    """The command that scores new rows with the model of a search; of a group, with that of one class."""
    new = "FOLDER_OF_IMAGES" if summary.image else "new.csv"
    return f"{program('launch/predict.py')} {shlex.quote(_models(summary)[task])} {new}{how}{home}"


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
