"""The leaderboard as a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import charts, plots
from analysis.board import cells as board_cells
from analysis.board import overview, searches, tables
from analysis.reports.section import Section
from analysis.statistics import ranks
from datasets.catalog.catalog import CATALOG
from datasets.wording import counted
from launch.common.invocation import program
from launch.evaluation.metric_labels import label
from launch.tracking.queries import Client

ACROSS = (
    "Grouped by what a detector saw of the labels, and ranked within a level alone: one that saw labels is not to be "
    "ranked against one that did not."
)


def sections(cells: pd.DataFrame, client: Client, home: Path, *, across: bool, reference: str) -> list[Section]:
    """Everything that the store says, and the `seal.jsonl` of the home, in the order of reading.

    Parameters
    ----------
    cells : DataFrame
        See `analysis.board.cells.cells`.
    across : bool
        Whether levels of supervision are ranked together, which is said.
    reference : str
        Detector that times are compared with.
    """
    listed = [_board(cells, metric) for metric in ("ap", "auroc")]
    listed += [*_ranks(cells, across), *_training(cells)]
    compared = board_cells.compare_published(cells)
    if len(compared):
        listed.append(_published(compared))
    listed += [*_times(cells, reference), *_compute(client), _searches(client), _test_reads(home)]
    return listed


def _board(cells: pd.DataFrame, metric: str) -> Section:
    text = [
        f"Test {label(metric)}, mean ± half of the 95 % interval over seeds and test rows. {ACROSS} Tuned: the winner "
        "of a search; published: as its paper or library sets it, at as many of its epochs as stand there; untrained: "
        "the same networks before training. The training rows are fixed, but where outer splits differ. Fits of grids "
        "that older versions carried here know nothing of the rows: there ± 0.000 is a detector that no seed changes. "
        "The same work done twice counts once; of several budgets or published configurations the largest, and the "
        "last, stands.",
    ]
    lacking = tables.missing_bars(cells)
    if lacking and metric == "ap":
        missing = "; ".join(f"{column}: {', '.join(names)}" for column, names in list(lacking.items())[:8])
        text.append(
            f"Bars to beat that were not run: {missing}. To add them: "
            f"{program('analysis/grid.py')} random,logistic DATASET."
        )
    title = f"{label(metric)}, detectors by datasets"
    best = tables.best(cells, metric)
    if best:
        text.append("In bold: the highest of its level on a dataset.")
    return Section(f"board-{metric}", title, tuple(text), table=tables.texts(cells, metric), best=best)


def blocks(cells: pd.DataFrame, metric: str, across: bool) -> dict[str, pd.DataFrame]:
    """Detectors by datasets of each level of supervision, or of all together: what is ranked, on real anomalies."""
    real = board_cells.measured(cells)
    wide = tables.board(real[real["configuration"] != "untrained"], metric)
    if across:
        named = wide.reset_index()
        named["name"] = named["name"] + " [" + named["supervision"] + "]"
        return {"all levels": named.drop(columns="supervision").set_index("name")}
    levels = dict.fromkeys(wide.index.get_level_values(0))
    return {str(level): wide.loc[[level]].droplevel("supervision") for level in levels}


def underlying(cells: pd.DataFrame) -> dict[str, str]:
    """The dataset of each column, of a class of images that of all its classes."""
    names = {name for name, row in CATALOG.items() if row.modality == "image"}
    whole = {
        dataset: next((name for name in names if dataset.startswith(f"{name}-")), dataset)
        for dataset in map(str, cells["dataset"].unique())
    }
    return {
        str(cell["column"]): whole[str(cell["dataset"])] for cell in cells[["column", "dataset"]].to_dict("records")
    }


def _ranks(cells: pd.DataFrame, across: bool) -> list[Section]:
    listed = []
    same = underlying(cells)
    for level, wide in blocks(cells, "ap", across).items():
        columns, without, datasets = ranks.complete(wide)
        block = ranks.of_datasets(columns, same)
        if len(block) < 2 or block.shape[1] < 2:
            continue
        averages, pairs, test = ranks.average_ranks(block), ranks.wilcoxon_holm(block), ranks.friedman(block)
        text = [f"By test AP over {counted(block.shape[1], 'dataset')}: {', '.join(map(str, block.columns))}."]
        if block.shape[1] < columns.shape[1]:
            several = "Classes, protocols and budgets of labels of one dataset are one observation here, their mean."
            text.append(several)
        if across:
            mixed = "Levels of supervision are mixed here because it was asked for: a higher rank may be more labels."
            text.append(mixed)
        if without or datasets:
            text.append(f"Left out for gaps: {', '.join([*without, *datasets])}.")
        if test.p is None:
            text.append(f"Friedman: no test, {test.why}.")
        else:
            p = test.p if test.f_p is None else test.f_p
            alike = "the detectors do not all rank alike" if p < 0.05 else "no evidence that they rank differently"
            text.append(
                f"Friedman's chi-squared {test.statistic:.2f}, p = {test.p:.3g}; "
                f"Iman and Davenport's F {test.f:.3g}, p = {p:.3g}: {alike}."
            )
        different, few = "; ".join(ranks.significant(pairs)) or "none differs", ranks.too_few(block)
        text.append(f"Pairs (Wilcoxon, Holm): {different}{'. Note: ' + few if few else ''}.")
        table = pd.DataFrame({"detector": averages.index, "average rank": [f"{v:.2f}" for v in averages]})
        pictures: tuple[tuple[str, str], ...] = ()
        if len(block) < 3 or few:
            text.append("No critical-difference diagram: it says something of three detectors or more that can differ.")
        else:
            figure = plots.critical_difference(averages, ranks.cliques(averages, pairs), f"Average ranks, {level}")
            pictures = ((f"Critical-difference diagram, {level}: bars join what does not differ", png(figure)),)
        name, title = f"ranks-{level.replace(' ', '-')}", f"Ranks, {level}"
        listed.append(Section(name, title, tuple(text), table=table, folded=True, pictures=pictures))
    return listed


def png(figure: Any) -> str:
    """A matplotlib figure as a data URI; the same bytes for the same figure."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=plots.style.DPI, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def published_texts(compared: pd.DataFrame) -> pd.DataFrame:
    """Printed figures beside ours, as texts."""
    return pd.DataFrame(
        {
            "detector": compared["detector"] + " (" + compared["configuration"] + ")",
            "dataset": compared["column"],
            "figure": compared["metric"].map(label),
            "ours": compared["ours"].map("{:.4f}".format),
            "published": compared["published"].map("{:.4f}".format),
            "difference": compared["difference"].map("{:+.4f}".format),
            "source": compared["source"],
            "what is not the same": compared["why"],
        }
    )


def _published(compared: pd.DataFrame) -> Section:
    text = (
        "Printed figures, with where they are from. A difference is of two experiments, not of two detectors: read why."
    )
    return Section("published", "Beside published figures", (text,), table=published_texts(compared))


def times_texts(cells: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Seconds and ratios as texts; a ratio says of what."""
    times = tables.times(cells, reference)
    return pd.DataFrame(
        {
            "dataset": times["column"],
            "detector": times["detector"],
            "fit s": times["fit_seconds"].map("{:.3f}".format),
            "predict s": times["predict_seconds"].map("{:.4f}".format),
            "µs a row": times["latency_us"].map(lambda v: "-" if v != v else f"{v:.3g}"),
            **{
                f"{what}, times": times[f"{what}_ratio"].map("{:.3g} x ".format) + times["reference"]
                for what in ("fit", "predict")
            },
        }
    )


def _training(cells: pd.DataFrame) -> list[Section]:
    table = overview.training_texts(cells)
    if table.empty:
        return []
    text = (
        "Networks with random weights tell many anomalies apart already. What a detector has learnt is what it gains "
        "over its own networks untrained, on the same rows; where that is nothing or less, its figure is not a merit "
        "of its training. Untrained is at the published configuration where it was run by itself, else at a search's "
        "winner. An untrained autoencoder's error on standardised columns is the distance to the mean row: a detector "
        "by itself where anomalies lie outside, and no merit of the network."
    )
    return [Section("training", "What training is worth", (text,), table=table)]


def _times(cells: pd.DataFrame, reference: str) -> list[Section]:
    text = (
        "Mean seconds of one fit on the development rows and of scoring all test rows, one core, and how many times "
        "those of the reference. Machines differ: ratios of one store say more than its seconds."
    )
    every = times_texts(cells, reference)
    over = overview.speed_texts(cells, reference)
    if every["dataset"].nunique() < 2 or over.empty:
        return [Section("times", "Time", (text,), table=every)]
    mean = f"How many times the seconds of {reference} a detector takes, geometric means over datasets."
    return [
        Section("speed", "Time", (mean,), table=over),
        Section("times", "Time on every dataset", (text,), table=every, folded=True),
    ]


def _compute(client: Client) -> list[Section]:
    curves = searches.anytime(client)
    listed: list[Section] = []
    for (dataset, protocol, metric), own in curves.groupby(["dataset", "protocol", "metric"], sort=True):
        if own["study"].nunique() < 2:
            continue  # nothing to compare
        by_study = {f"{rows['detector'].iloc[0]}, {study}": rows for study, rows in own.groupby("study", sort=True)}
        text = (
            "Best validation score of complete trials after so many seconds of cores: compare at one place on the axis."
        )
        drawn = (("Best so far", charts.anytime(by_study, str(metric).upper())),)
        title = f"At equal compute: {dataset}, {protocol}"
        listed.append(Section(f"compute-{len(listed)}", title, (text,), drawn))
    return listed


def curse_texts(client: Client) -> pd.DataFrame:
    """Searches with what confirmation took from their score, as texts."""
    frame = searches.searches(client)
    return pd.DataFrame(
        {
            "search": frame["study"],
            "dataset": frame["dataset"],
            "metric": frame["metric"],
            "trials": frame["trials"].map("{:.0f}".format),
            "score in the search": frame["search_score"].map("{:.4f}".format),
            "confirmed mean": frame["confirmed_score"].map("{:.4f}".format),
            "gap": frame["gap"].map("{:+.4f}".format),
        }
    )


def _searches(client: Client) -> Section:
    table = curse_texts(client)
    mean = "" if table.empty else f" Mean gap here {table['gap'].astype(float).mean():+.4f}."
    text = "The winner's curse: the best of many scores is partly luck; on fresh splits it is gone." + mean
    return Section("curse", "Winner's curse", (text,), table=table)


def _test_reads(home: Path) -> Section:
    text = (
        "Every reading of test labels in this home: the more often a test set was read, the less a figure of it proves."
    )
    return Section("seal", "How often test sets were read", (text,), table=searches.test_reads(home).astype(str))


def verdict(cells: pd.DataFrame) -> str:
    """Who leads each level of supervision by test AP, over the datasets that all of its detectors have.

    A detector is named where it is the highest on every one of them; else it is said who leads on how many.
    """
    same = underlying(cells)
    parts = [
        f"{level}: {_leader(block)}"
        for level, wide in blocks(cells, "ap", across=False).items()
        if (block := ranks.of_datasets(ranks.complete(wide, 1)[0], same)).size
    ]
    if board_cells.measured(cells).empty:
        return "Every figure is of made-up anomalies, which say nothing of how real ones are found."
    return "Highest test AP, within what was seen of the labels:\n" + ";\n".join(parts) + "."


def _leader(block: pd.DataFrame) -> str:
    """The detector that is the highest everywhere, else how often which one is."""
    highest = block.eq(block.max()).sum(axis=1)
    ordered = sorted(block.index, key=lambda name: (-highest[name], -block.loc[name].mean(), str(name)))
    several, first = block.shape[1], ordered[0]
    if len({str(name).partition(" (")[0] for name in block.index}) == 1:
        return f"{first} ({block.loc[first].mean():.3f}), no other detector was run"
    if highest[first] == several:
        where = f"on {block.columns[0]} alone," if several == 1 else f"on all {several} datasets, mean"
        return f"{first} ({where} {block.loc[first].mean():.3f})"
    counts = ", ".join(f"{name} on {highest[name]}" for name in ordered[:3] if highest[name])
    return f"no detector on every dataset (of {several}: {counts})"


def about(cells: pd.DataFrame) -> str:
    """How much is behind the page."""
    detectors, datasets = cells["detector"].nunique(), cells["column"].nunique()
    return f"{counted(detectors, 'detector')}, {counted(datasets, 'dataset')}, {counted(int(cells['n'].sum()), 'run')}"
