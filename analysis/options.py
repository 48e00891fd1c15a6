"""What the commands of `analysis/` take: a dataclass of options for each, light enough for a quick `--help`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import Positional, Suppress, UseAppendAction, arg

from launch.config.data_options import DataOptions, TableOptions
from launch.config.shared_options import DataDirOptions, FileOptions, HomeOptions, TrackingOptions, TrustOptions

THESIS = ("fanogan", "vae", "deepsvdd", "dagmm")
"""Detectors of the thesis whose benchmark `digits` repeats."""


@dataclass(frozen=True, kw_only=True)
class ExperimentOptions(DataDirOptions):
    """How much is fitted, on what machine, and where the results go."""

    TOPICS: ClassVar[dict[str, str]] = {"protocol": "What is fitted", "jobs": "Machine", "home": "The record"}

    protocol: Annotated[str | None, arg(metavar="NAME")] = None
    """How the dataset is split; default: its own (report for celeba, holdout for tables, one-vs-rest for images)."""
    published: Annotated[str | None, arg(metavar="NAME")] = None
    """Published configuration to take (report, paper, …) where a detector has it; default: its first one."""
    max_rounds: int = 10
    """Rounds of a fit: epochs, or steps in which trees or rows grow."""
    jobs: Annotated[int | None, arg(metavar="N")] = None
    """Fits at a time, one core each; default: all cores."""
    timeout: Annotated[float, arg(metavar="SECONDS")] = 300.0
    """Longest that a fit with its scoring (a trial, with --tuned) may take: then it is killed and its row says so."""
    retry_failed: bool = False
    """Do fits that failed again."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where results (HOME/grids) and the ledger of the test labels (HOME/seal.jsonl) are."""
    name: Annotated[str | None, arg(metavar="NAME")] = None
    """Name of the results; default: made of the options, so that the same command goes on where it stopped."""


@dataclass(frozen=True)
class GridOptions(ExperimentOptions, DataOptions):
    """Every detector at its published configuration on every dataset.

    Each is fitted on the development rows and measured on the sealed test rows. Nothing is
    chosen by them: the configurations were fixed before.
    """

    TOPICS: ClassVar[dict[str, str]] = {"detectors": "What is fitted"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("all celeba,tables", "every detector on thirteen tables"),
        ("gbdt,iforest my.csv --label-column class --seeds 3", "two detectors on a table of your own"),
    )

    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Detectors joined by commas (names, files, module:Class), or `all`."""
    datasets: Positional[Annotated[str, arg(metavar="DATASETS")]]
    """Datasets joined by commas (names, your own .csv, .parquet or .npz), or `tables`: the twelve of ADBench."""
    outer_splits: int = 1
    """Test splits; 1 is the published one alone."""
    seeds: int = 1
    """Fits of each pair and split, with other seeds; which anomalies are labelled differs, too."""
    published_epochs: bool = False
    """Train each configuration for all the epochs of its source, where it says them, instead of --max-rounds."""
    tuned: Annotated[int | None, arg(metavar="TRIALS")] = None
    """Search so many configurations for each pair (launch/tune.py), in place of the published one."""


@dataclass(frozen=True)
class LabelBudgetOptions(ExperimentOptions, TableOptions):
    """Detectors over the number of labelled anomalies in training.

    Each is fitted at its published configuration on the development rows and measured on the
    sealed test rows.
    """

    TOPICS: ClassVar[dict[str, str]] = {"dataset": "What is fitted"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("celeba devnet,logistic --labels 0,5,20,100,all", "two detectors over the number of labels"),
        ("my.csv devnet,iforest --label-column class", "a table of your own"),
    )

    dataset: Positional[Annotated[str, arg(metavar="DATASET")]]
    """A dataset, or your own table: a .csv, .parquet or .npz file."""
    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Detectors joined by commas (names, files, module:Class), or `all`."""
    labels: Annotated[str, arg(metavar="N,N,…")] = "0,5,20,100,all"
    """Numbers of labelled anomalies; `all` is every label there is, of anomalies and normal rows, with none hidden."""
    contamination: Annotated[float | None, arg(metavar="SHARE")] = 0.02
    """Share of hidden anomalies among unlabelled training rows; None leaves those that are there."""
    outer_split: int = 0
    """Which rows are sealed as test; 0 is the published split."""
    seeds: int = 3
    """Fits at each number, with other seeds and other labelled anomalies."""


@dataclass(frozen=True)
class DigitsOptions(ExperimentOptions):
    """Four detectors on ten digits of three sets, at four numbers of epochs, with three seeds.

    Each digit is the normal class in turn. A detector is fitted once per digit and seed, on 80 % of
    the digit's training images, and the sealed test images are scored on the way, after each number
    of epochs; 0 is its own networks untrained. Precision and recall are those at the threshold
    that best parts held-out training images (Youden's J). Nothing is chosen by the test. The same command goes on where
    it stopped.
    """

    TOPICS: ClassVar[dict[str, str]] = {"detectors": "What is fitted", "timeout": "Machine"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("", "the whole benchmark"),
        ("--sets mnist --digits 0,1 --epochs 20 --seeds 1", "a small part of it"),
    )

    detectors: Annotated[str, arg(metavar="NAMES")] = ",".join(THESIS)
    """Detectors joined by commas; of the thesis's four, those that are here."""
    sets: Annotated[str, arg(metavar="NAMES")] = "mnist,svhn_grey,usps_grey"
    """Sets of digits joined by commas, by default those of the thesis, 28x28 grey; also svhn and usps as they are
    published, digits_joint (all three) and digits_mnist_usps."""
    digits: Annotated[str, arg(metavar="DIGITS")] = "0,1,2,3,4,5,6,7,8,9"
    """Normal classes joined by commas."""
    epochs: Annotated[str, arg(metavar="NUMBERS")] = "20,100,150,200"
    """After how many epochs the test images are scored; the largest is the whole training."""
    seeds: int = 3
    """Fits of each detector on each digit."""
    protocol: Annotated[str | None, arg(metavar="NAME")] = "multimodal"
    """How images are split: multimodal, multimodal-thesis (left-over training images are tested) or one-vs-rest."""
    published: Annotated[str | None, arg(metavar="NAME")] = "thesis"
    """Published configuration to take, where a detector has it; else its first one."""
    timeout: Annotated[float, arg(metavar="SECONDS")] = 7200.0
    """Longest that a fit with its scoring may take: then it is killed and its row says so."""
    max_rounds: Annotated[int, Suppress] = 1


@dataclass(frozen=True)
class EfficiencyOptions(TableOptions, DataDirOptions):
    """Ways to search against each other, over detectors, datasets and seeds, at equal trials and equal CPU seconds.

    Every arm searches with the same seeds from the same published configuration, in this process. What each held for
    the best is trained again on fresh splits, the same for all arms: that score is not the luckiest of many. Test
    rows are never read. Stopped and started again, it goes on; further arms, seeds and datasets join what is there.

    Arms: published (no search), random, tpe (never stopping a trial early), random+asha, tpe+asha (always, with
    2.5 times the trials, which take about as long), these four without a portfolio; no-portfolio and default (as
    tune.py); and any options of tune.py by --arm.
    """

    TOPICS: ClassVar[dict[str, str]] = {"detectors": "The comparison"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet celeba", "one detector on one dataset"),
        ("gbdt,iforest vowels,wilt,magic --rows 1500 --metric ap", "several, on tables cut to 1,500 rows"),
        ("knn my.csv --label-column class --arm qmc:sampler=qmc", "a table and an arm of your own"),
    )

    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Detectors joined by commas, or `all`."""
    datasets: Positional[Annotated[str, arg(metavar="DATASETS")]]
    """Datasets joined by commas (names, your own tables), or `tables`: the twelve of ADBench."""
    arms: Annotated[str, arg(metavar="NAMES")] = "published,random,random+asha,default"
    """Arms by name, joined by commas."""
    arm: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="NAME:OPTION=VALUE,…")] = ()
    """An arm of your own: options of tune.py, as in qmc:sampler=qmc,stop_above=0. Repeatable."""
    against: Annotated[str, arg(metavar="ARM")] = "random"
    """The arm that the others are compared with."""
    protocol: str | None = None
    """How the data is split, as in tune.py; default: the dataset's own."""
    rows: Annotated[int | None, arg(metavar="N")] = None
    """Cut development rows to so many, with the same share of anomalies; default: all."""
    metric: Literal["auto", "ap", "auroc", "f1"] = "auto"
    """What is searched for, as in tune.py."""
    seeds: int = 8
    """Searches of each arm on each dataset; one pass over everything is done before the next seed begins."""
    trials: int = 30
    """Trials of a search."""
    max_rounds: int = 10
    """Rounds of a full trial."""
    pairs: int = 3
    """Fresh splits."""
    fits: Annotated[Path | None, arg(metavar="FILE")] = None
    """Fits of analysis/portfolio.py: the portfolio tried on a table is then what the tables of other families make."""
    output: Annotated[Path, arg(metavar="FOLDER")] = Path("runs/efficiency")
    """Where searches are kept, and table and picture go."""
    show: bool = False
    """Search no more: only show what is there."""
    local: Annotated[bool, Suppress] = False
    """Every search is in this process; taken for commands of before."""


@dataclass(frozen=True)
class DriftOptions(TrustOptions, FileOptions):
    """Hold new rows and their scores against the rows that a registered model was trained on.

    Labels are not needed. Training is known by shares over bins that the model carries, not by its rows. Scores
    are compared with those of rows that the model's configuration did not train on.
    """

    TOPICS: ClassVar[dict[str, str]] = {"model": "The check"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet-my new.csv", "what differs from the rows of training"),
        ("devnet-my new.csv --fail", "the same, for a job that runs every night"),
        ("devnet-my log.csv --by day --webhook URL --fail", "a row for each day, and who is told"),
    )

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="NEW")]]
    """A file or folder of parts with the model's columns; for a model of images a folder of them, or .npy or .npz."""
    by: Literal["hour", "day", "week", "month"] | None = None
    """Measure each hour, day, week or month of the rows by itself, and write a page."""
    time_column: Annotated[str | None, arg(metavar="NAME")] = None
    """Which column says when rows were made; default: that of the search, or the model's only column of dates."""
    webhook: Annotated[str | None, arg(metavar="URL")] = None
    """Where to POST a JSON object with `text` if anything drifted, as chat programs take it."""
    fail: bool = False
    """Exit with 4 if anything drifted: for a job that runs every night."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where the table goes (.csv; the picture or the page beside it); default: NEW with .drift.csv."""


@dataclass(frozen=True)
class ArtificialOptions(TrustOptions, DataDirOptions):
    """The source report's second mode: a trained model on artificial data of the same shape.

    Without a file the data are independent bits with the training marginals, and labels
    drawn at 2.2 % that depend on nothing, so AUROC .5 is what to expect.
    """

    TOPICS: ClassVar[dict[str, str]] = {"model": "The artificial data"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet-celeba", "data that depend on nothing"),
        ("devnet-celeba other.csv", "a table of the same shape"),
    )

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path | None, arg(metavar="[DATA]")]] = None
    """CSV of the same shape, with or without a label column."""
    rows: int = 23_023
    """Rows to draw where there is no file."""
    seed: int = 0
    """Seed of the draw."""
    output: Annotated[Path, arg(metavar="DIR")] = Path("artificial")
    """Where the histograms go."""


@dataclass(frozen=True)
class LeaderboardOptions(TrackingOptions):
    """Every detector on every dataset that was run, with intervals, ranks, times and published figures.

    Reads the searches and fits of an MLflow store; grids of the home that it does not have yet are carried to it
    first. Writes one HTML file, Markdown and CSV, the same bytes from the same store.
    """

    TOPICS: ClassVar[dict[str, str]] = {"view": "What is shown"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("", "everything, by AP"),
        ("--datasets celeba --view times", "one dataset, seconds"),
    )

    view: Literal["ap", "auroc", "times", "training", "published", "curse"] = "ap"
    """What the terminal shows; the page has everything."""
    detectors: Annotated[str | None, arg(metavar="NAMES")] = None
    """Only these, joined by commas."""
    datasets: Annotated[str | None, arg(metavar="NAMES")] = None
    """Only these, joined by commas, as MLflow calls their experiments."""
    across_levels: bool = False
    """Rank detectors that saw labels together with those that did not; the page says so."""
    reference: Annotated[str, arg(metavar="DETECTOR")] = "iforest"
    """Whose times are 1."""
    output: Annotated[Path | None, arg(metavar="FOLDER")] = None
    """Where to write; default: HOME/leaderboard."""


@dataclass(frozen=True)
class CompareOptions(TrackingOptions):
    """The last search of each detector on a dataset, side by side: test figures, lift, seconds, a link to MLflow."""

    TOPICS: ClassVar[dict[str, str]] = {"detectors": "What is compared"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("all --dataset celeba", "every detector that was searched on it"),
        ("devnet,iforest,kmeans --dataset celeba", "three of them"),
    )

    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Names joined by commas, or `all`: every one that was searched."""
    dataset: Annotated[str, arg(metavar="NAME")]
    """As MLflow calls its experiment, such as celeba or mnist-3."""
    protocol: Annotated[str | None, arg(metavar="NAME")] = None
    """Only searches under this protocol; default: that of the last search."""
    port: int = 5000
    """Where launch/ui.py listens, for the link."""


@dataclass(frozen=True)
class ReportOptions(HomeOptions):
    """Write the report of a finished search: one HTML file that needs no network, Markdown, and PNGs.

    STUDY is the name of a search; the name of a dataset (an experiment in MLflow) stands for all finished searches
    on it: one report each, and one that compares them.
    """

    TOPICS: ClassVar[dict[str, str]] = {"study": "The report"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("last", "the search that ended last"),
        ("celeba", "every search on a dataset, and one page that compares them"),
    )

    study: Positional[Annotated[str, arg(metavar="STUDY|EXPERIMENT")]]
    """Name of a search, or of a dataset; `last` is the search that ended last."""
    output: Annotated[Path | None, arg(metavar="FOLDER")] = None
    """Where to write; default: HOME/studies for a search, HOME/reports for a dataset."""
    study_storage: Annotated[str | None, arg(metavar="URL")] = None
    """Optuna storage of the study, where it is not a journal in the home."""
