"""What a person reads at the end, on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from launch.common.flags import with_flags
from launch.common.text import cell, clock, short
from launch.display import image_screen

FIGURES = {"auroc": "AUROC", "ap": "AP", "f1_report": "F1, 97.8th pct", "f1_threshold": "F1, own cut"}
OF_IMAGES = {
    "auroc": "AUROC",
    "ap": "AP",
    "precision_threshold": "precision, own cut",
    "recall_threshold": "recall, own cut",
}


def show(console: Console, s: Mapping[str, Any], where: Mapping[str, str]) -> None:
    """Print the verdict, the table, the savings and the next commands.

    Parameters
    ----------
    console : Console
    s : mapping
        A summary.
    where : mapping
        `home`, `tracking`, `pictures`, `ui_path`.
    """
    console.print()
    console.print(f"[bold]{verdict(s)}[/]", highlight=False)
    console.print(_table(s))
    if s.get("kinds") and len(s["kinds"]) > 1:
        console.print(_kinds(s["kinds"]))
    if s.get("modality") == "image":
        for extra in image_screen.tables(s):
            console.print(extra)
    for line in _controls(s):
        console.print(line, soft_wrap=True)
    note = s["dataset"]["note"]
    if note:
        console.print(f"Note: {with_flags(note)}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    if s.get("pareto"):
        console.print(_front(s, where))
    best, confirmed = s["best"], s["best"]["validation"]["confirmed"]
    gap = ""
    if confirmed["splits"]:
        spread = f" ({confirmed['low']:.4f} to {confirmed['high']:.4f})" if "low" in confirmed else ""
        gap = f"; confirmed on {confirmed['splits']} fresh splits: {confirmed['mean']:.4f}{spread}"
    console.print(
        f"Chosen: trial {best['trial']} ({best['origin']}), val {s['metric']} "
        f"{best['validation']['search_score']:.4f} in the search{gap}, {best['rounds']} rounds",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"  {short(best['config'])}", highlight=False, soft_wrap=True, markup=False)
    console.print(_saved(s), highlight=False)
    seconds = s["seconds"]
    console.print(
        f"Time: {clock(seconds['total'])} (search {seconds['search']:.0f} s, confirmation {seconds['confirm']:.0f} s); "
        f"one fit {seconds['fit']:.2f} s, scoring the test rows {seconds['predict']:.3f} s. "
        f"This test set has been read {s['seal_readings']} time(s) in this home.",
        highlight=False,
        soft_wrap=True,
    )
    _next(console, s, where)


def verdict(s: Mapping[str, Any]) -> str:
    """The result in one sentence."""
    tuned = s["test"]["tuned"]
    auroc, ap = tuned["auroc"]["mean"], tuned["ap"]["mean"]
    text = f"{s['detector']} on {s['dataset']['name']}: test AUROC {auroc:.4f}, AP {ap:.4f}"
    difference = s["test"].get("difference")
    if s.get("tasks"):
        text = text.replace("test AUROC", f"mean over {len(s['tasks'])} classes, test AUROC")
    if s["published"] and s["best"]["trial"] == s["published"]["trial"]:
        return text + "; the published configuration won"
    if difference:
        key = "auroc" if s["metric"] == "auroc" and s.get("modality") == "image" else "ap"
        d = difference[key]
        word = "above" if d["low"] > 0 else "below" if d["high"] < 0 else "not distinguishable from"
        spread = f"{d['mean']:+.4f} ({d['low']:+.4f} to {d['high']:+.4f})"
        text += f", {key.upper()} {spread}: {word} the published configuration"
    return text


def _table(s: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    rows = "images" if s.get("modality") == "image" else "rows"
    table.add_column(f"test {rows}, 95 %", no_wrap=True)
    sides = [("tuned", "tuned"), ("published", "published config"), ("difference", "difference")]
    for key, title in sides:
        if key in s["test"]:
            table.add_column(title, justify="right", no_wrap=True)
    image = s.get("modality") == "image"
    table.add_column("report", justify="right", no_wrap=True)
    table.add_column("tuned, train", justify="right", no_wrap=True)
    for key, title in (OF_IMAGES if image else FIGURES).items():
        cells = [cell(s["test"][side][key], side == "difference") for side, _ in sides if side in s["test"]]
        printed = s["report"].get(key)
        cells.append("-" if printed is None else f"{printed:.4f}")
        cells.append(f"{s['train']['tuned'][key]:.4f}")
        table.add_row(title, *cells)
    return table


def _front(s: Mapping[str, Any], where: Mapping[str, Any]) -> Table:
    table = Table(
        box=None, pad_edge=False, header_style="bold", title_justify="left",
        title="\nPareto front on validation: no complete trial is both better and faster",
    )  # fmt: skip
    for name in ("trial", s["metric"], "µs per row", "configuration"):
        table.add_column(name, justify="left" if name == "configuration" else "right")
    for one in s["pareto"]:
        mark = " (chosen)" if one["trial"] == s["best"]["trial"] else ""
        table.add_row(f"{one['trial']}{mark}", f"{one['score']:.4f}", f"{one['latency_us']:.3g}", short(one["config"]))
    table.caption = f"to ship another: python launch/retrain.py RUN_ID{where['home']} (the trial's run, in MLflow)"
    table.caption_justify = "left"
    return table


def _kinds(kinds: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title="\nKinds of anomaly", title_justify="left")
    for name in ("kind, against all normal rows", "in training", "test anomalies", "AUROC", "AP"):
        table.add_column(name, justify="left" if name.startswith(("kind", "in")) else "right")
    for kind, one in kinds.items():
        cells = [cell(one[k]) for k in ("auroc", "ap")]
        table.add_row(Text(kind), "never" if one["unseen"] else "yes", f"{one['anomalies']:,}", *cells)
    return table


def _saved(s: Mapping[str, Any]) -> str:
    trials, rounds = s["trials"], s["rounds"]
    share = 100 * (1 - rounds["run"] / max(1, rounds["without_stopping"]))
    text = f"Trials: {trials['complete']} complete, {trials['pruned']} stopped early, {trials['failed']} failed; "
    text += f"early stopping saved {share:.0f} % of the rounds ({rounds['run']} of {rounds['without_stopping']} run)"
    for cause, one in trials["causes"].items():
        text += f"\n  {one['count']} failed with {cause}: {one['first_message']}"
    return text


def _next(console: Console, s: Mapping[str, Any], where: Mapping[str, str]) -> None:
    home, tracking = where["home"], where["tracking"]
    console.print("\n[bold]Next[/]", highlight=False)
    lines = []
    if s["model_uri"] and s.get("tasks"):
        stem = f"{s['detector']}-{s['dataset']['name']}"
        names = ", ".join(f"{stem}-{task}" for task in list(s["tasks"])[:2])
        lines.append(("models", f"one for each class: {names}, …  (in {tracking})"))
    elif s["model_uri"]:
        lines.append(("model", f"{s['model_uri']}  (version {where['version']}, in {tracking})"))
    if s["model_uri"]:
        lines.append(("predict", predict(s, home)))
    lines += [
        ("compare", _compare(where, home)),
        ("replay", f"python launch/replay.py {s['mlflow_run_id']}{home}"),
        *([("report", where["report"])] if where.get("report") else []),
        ("pictures", where["pictures"]),
        ("summary", where["summary"]),
    ]
    for name, text in lines:
        console.print(f"  {name:<9} {text}", highlight=False, soft_wrap=True, markup=False)


def _controls(s: Mapping[str, Any]) -> Iterator[Text]:
    """What the winner's networks reach without training, in yellow where training was worth nothing."""
    rows = "images" if s.get("modality") == "image" else "rows"
    for name, figures in s.get("controls", {}).items():
        worthless = figures["auroc"] >= s["test"]["tuned"]["auroc"]["mean"]
        words = f"AUROC {figures['auroc']:.4f}, AP {figures['ap']:.4f} on the test {rows}"
        yield Text(f"Control: the same networks {name} reach {words}", style="yellow" if worthless else "")


def predict(s: Mapping[str, Any], home: str) -> str:
    """The command that scores new rows with the model of a search; of a group, with that of its first class."""
    name = s["model_uri"].removeprefix("models:/").split("@")[0]
    if s.get("tasks"):
        name = f"{s['detector']}-{s['dataset']['name']}-{next(iter(s['tasks']))}"
    new = "FOLDER_OF_IMAGES" if s.get("modality") == "image" else "new.csv"
    return f"python launch/predict.py {name} {new}{home}"


def _compare(where: Mapping[str, str], home: str) -> str:
    """How to see the finalists side by side: on the server, or on one that is started for it."""
    if where["server"]:
        return f"open, for the finalists side by side, {where['server'].rstrip('/')}{where['ui_path']}"
    return f"python launch/ui.py{home}   then open, for the finalists side by side, http://127.0.0.1:5000{where['ui_path']}"


def show_many(console: Console, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Several detectors side by side, with what each saw of the labels."""
    table = Table(
        box=None, pad_edge=False, header_style="bold", title="\nAll detectors, test rows", title_justify="left"
    )
    for name in ("detector", "labels seen", "AUROC", "AP", "F1 (97.8th pct)", "fit s", "predict s"):
        table.add_column(name, justify="left" if name in ("detector", "labels seen") else "right")
    for name, s in sorted(rows, key=lambda r: -r[1]["test"]["tuned"]["ap"]["mean"]):
        tuned = s["test"]["tuned"]
        cells = [cell(tuned[k]) for k in ("auroc", "ap", "f1_report")]
        table.add_row(name, s["supervision"], *cells, f"{s['seconds']['fit']:.2f}", f"{s['seconds']['predict']:.3f}")
    console.print(table)
    console.print("Detectors that saw labels are not to be ranked against those that did not.", style="dim")
