"""How the search went, what it cost, on what data, and how to do it again."""

from __future__ import annotations

import json
import re
import shlex

import pandas as pd

from analysis import charts, interactive
from analysis.charts.space import DRAWN
from analysis.reports.section import Section
from analysis.reports.study_data import StudyData
from datasets.problems.label_free import is_made_up
from datasets.wording import counted
from launch.common.invocation import interpreter, program
from launch.common.text import clock, short
from launch.evaluation.summary import DatasetSummary, edges_text, origin_text
from launch.study.importance import FEWEST

MOST = 6
"""Hyperparameters in a drawing of many."""


def sections(data: StudyData) -> list[Section]:
    """Sections about the search, in the order of reading."""
    listed = [_course(data), _space(data), _timeline(data)]
    if len(data.trials[data.trials["failure"] != ""]):
        listed.append(_failures(data))
    return [*listed, _cost(data), _data_card(data), _reproduce(data)]


def trials_table(data: StudyData) -> pd.DataFrame:
    """The best 25 trials by their score in the search, as texts."""
    best = _best_trials(data)
    return pd.DataFrame(
        {
            "trial": best["number"].astype(str),
            "state": best["state"].replace("pruned", "stopped early"),
            "origin": best["origin"],
            "score": best["score"].map("{:.4f}".format).replace("nan", "-"),
            "rounds": best["rounds"].astype(str),
            "seconds": best["seconds"].map("{:.2f}".format),
            "configuration": best["config"].map(short),
        }
    )


def _best_trials(data: StudyData) -> pd.DataFrame:
    return data.trials.sort_values(["score", "number"], ascending=[False, True], na_position="last").head(25)


def _course(data: StudyData) -> Section:
    metric, counts, rounds = data.summary.metric.upper(), data.summary.trials, data.summary.rounds
    message = (
        f"{counted(counts.total(), 'trial')}: {counts.complete} complete, {counts.pruned} stopped early by ASHA, "
        f"{counts.failed} failed; {rounds.saved_text()}{counts.end_text()}. "
        "A trial's score is the mean of its last three validation rounds. Pale lines are what was stopped: if some of "
        "them were still rising steeply, more rounds before the first stop may pay."
    )
    if data.summary.portfolio is not None:
        message += f" {data.summary.portfolio.text()}"
    drawn = (
        ("Learning curves of all trials", charts.learning_curves(data.trials, data.rounds, metric)),
        ("Optimisation history", charts.optimisation_history(data.trials, metric)),
    )
    numbers = _best_trials(data)["number"].tolist()
    winner = numbers.index(data.summary.best.trial) if data.summary.best.trial in numbers else None
    return Section("search", "The search", (message,), drawn, trials_table(data), winner, folded=True)


def hyperparameters(data: StudyData) -> list[str]:
    """Names of what was searched, those that matter most first."""
    return list(data.importance) or sorted({p for t in data.study.get_trials(deepcopy=False) for p in t.params})


def _space(data: StudyData) -> Section:
    metric, importance = data.summary.metric.upper(), data.importance
    params = hyperparameters(data)
    complete = int((data.trials["state"] == "complete").sum())
    drawn_from = f"{counted(complete, 'complete trial')} alone: a stopped one has no score after all rounds."
    text = (
        f"The pictures are of {drawn_from} Importances take {FEWEST} complete trials."
        if complete < FEWEST
        else f"From {drawn_from} With fewer than about twenty, read importances as hints. Importance says what made "
        "good trials good within these ranges, not what would matter outside them."
    )
    if complete > DRAWN:
        text += f" Drawn are the best and a sample of them, {DRAWN:,} in all."
    drawn = (
        ("Importance of hyperparameters", charts.importances(importance)),
        ("Parallel coordinates", interactive.parallel_coordinates(data.study, params[:MOST], metric)),
        ("Slices", interactive.slices(data.study, params[:4], metric)),
        (
            f"Contour of the {'two most important' if importance else 'first two'}",
            interactive.contour(data.study, params, metric),
        ),
    )
    table = pd.DataFrame([{"hyperparameter": k, "importance": f"{v:.3f}"} for k, v in importance.items()])
    edges = (edges_text(data.summary.edges, data.summary.detector),) if data.summary.edges else ()
    return Section("space", "Hyperparameters", (text, *edges), drawn, table if len(table) else None, folded=True)


def _timeline(data: StudyData) -> Section:
    places, drawn = data.places, (("Timeline", charts.timeline(data.places)),)
    if places.empty:
        return Section("timeline", "Timeline of the workers", figures=drawn, folded=True)
    by_worker = places.assign(seconds=places["end"] - places["start"]).groupby(["node", "worker"])
    workers = by_worker.agg(trials=("number", "nunique"), seconds=("seconds", "sum")).reset_index()
    span, busy = float(places["end"].max()), float(workers["seconds"].sum())
    text = (
        f"{counted(workers, 'worker')} on {counted(places['node'].nunique(), 'node')}, {clock(span)} in all; "
        f"together they worked "
        f"{100 * busy / max(1e-9, span * len(workers)):.0f} % of that time. Gaps are a worker that waited."
    )
    table = workers.assign(seconds=workers["seconds"].map("{:.1f}".format)).astype(str)
    return Section("timeline", "Timeline of the workers", (text,), drawn, table, folded=True)


def _failures(data: StudyData) -> Section:
    failed = data.trials[data.trials["failure"] != ""]
    rows = [
        (cause, str(len(own)), own["message"].iloc[0], short(own["config"].iloc[0]))
        for cause, own in failed.groupby("failure")
    ]
    table = pd.DataFrame(rows, columns=["failure", "trials", "first message", "first configuration"])
    text = "Failed trials are told to the search as failures, so that it looks elsewhere; they cost what they ran."
    return Section("failures", "Failures", (text,), table=table)


def cost_table(data: StudyData) -> pd.DataFrame:
    """Seconds by stage, CPU and GPU seconds of trials, and what early stopping saved, as texts."""
    resources, rounds, seconds = data.summary.resources, data.summary.rounds, data.summary.seconds
    cpus, gpus = (resources.cpus_per_trial, resources.gpus_per_trial) if resources else (1.0, 0.0)
    spent = float(data.trials["seconds"].sum())
    saved = spent / max(1, rounds.run) * (rounds.without_stopping - rounds.run)
    rows = [(f"{stage} (wall clock)", clock(value)) for stage, value in seconds.stages().items()]
    rows += [
        ("trials, CPU seconds", f"{spent * cpus:,.1f}"),
        ("trials, GPU seconds", f"{spent * gpus:,.1f}"),
        ("saved by early stopping, CPU seconds (at the mean cost of a round)", f"{saved * cpus:,.1f}"),
        ("one fit of the winner, seconds", f"{seconds.fit:.3f}"),
        (
            f"scoring {'all' if data.summary.test.cross_validated else 'all test'} rows, seconds",
            f"{seconds.predict:.4f}",
        ),
    ]
    memory = data.trials["peak_memory_mb"].max()
    rows += [] if pd.isna(memory) else [("largest memory of a worker, MB", f"{memory:,.0f}")]
    return pd.DataFrame(rows, columns=["", "cost"])


def _cost(data: StudyData) -> Section:
    metric = data.summary.metric.upper()
    text = (
        "What the best validation score cost: every later step of the curve was bought with that many seconds of cores."
    )
    drawn = (("Best score over CPU seconds", charts.anytime({data.summary.detector: data.anytime}, metric)),)
    return Section("cost", "Cost", (text,), drawn, cost_table(data))


def data_table(dataset: DatasetSummary) -> pd.DataFrame:
    """Parts of the data with rows, anomalies and prevalence, as texts."""
    rows = []
    names = {"valid": "validation"}
    if dataset.protocol.startswith("cross-validated"):
        names["test"] = "all, out of fold"
    for part, n in dataset.counts.items():
        if isinstance(n, dict) and "rows" in n:
            without = n.get("unlabelled", 0)
            share = f"{100 * n['anomalies'] / max(1, n['rows'] - without):.2f} %"
            several = f"{n['rows']:,}" + (f", {without:,} without a label" if without else "")
            made_up = " made up" if is_made_up(dataset.protocol) else ""
            rows.append((names.get(part, part), several, f"{n['anomalies']:,}{made_up}", share))
    return pd.DataFrame(rows, columns=["part", "rows", "anomalies", "prevalence"])


def _data_card(data: StudyData) -> Section:
    dataset, counts = data.summary.dataset, data.summary.dataset.counts
    paragraphs = [
        f"{dataset.name}, protocol {dataset.protocol}, outer split {dataset.outer_split}. Source: {dataset.source}; "
        f"SHA-256 {dataset.sha256}.",
        f"Labels: the detector is {data.summary.supervision}; choices were made with selection = "
        f"{data.summary.selection}. "
        + (
            "No label is sealed: the figures are of the rows that chose."
            if data.summary.test.cross_validated
            else f"These test labels have been read {counted(data.readings, 'time')} in this home (seal.jsonl): "
            f"the more often, "
            "the less a figure of them proves."
        ),
    ]
    if counts.get("duplicates_dropped"):
        paragraphs.append(
            f"Dropped as duplicates: {counts['duplicates_dropped']:,} of {counted(counts['rows'], 'row')}."
        )
    if dataset.readings:
        paragraphs.append(f"Cells were read so: {'; '.join(dataset.readings)}.")
    if dataset.note:
        paragraphs.append(f"Note: {dataset.note}.")
    return Section("data", "Data", tuple(paragraphs), table=data_table(dataset))


def _reproduce(data: StudyData) -> Section:
    home, run, how, best = shlex.quote(str(data.home)), data.summary.mlflow_run_id, data.summary.how, data.summary.best
    lines = [re.sub("^python ", lambda _: f"{shlex.quote(interpreter())} ", how.command)] if how else []
    lines += [f"{program('launch/replay.py')} {run} --home {home}"] if run else []
    lines += [f"{program('analysis/report.py')} {data.name} --home {home}"]
    paragraphs = []
    if how:
        versions = ", ".join(f"{name} {version}" for name, version in how.versions.items())
        paragraphs.append(f"Commit {how.commit}; {versions}; seed {data.summary.seed}.")
    paragraphs.append(f"Winner, trial {best.trial} ({origin_text(best.origin)}), {counted(best.rounds or 0, 'round')}:")
    code = json.dumps(best.config, default=list) + "\n\n" + "\n".join(lines)
    return Section("reproduce", "How to reproduce", tuple(paragraphs), code=code)
