"""The options of a search that are not of its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import Positional, UseAppendAction, arg


@dataclass(frozen=True)
class SearchOptions:
    """What to search over, how, on what machines, and where the record goes."""

    TOPICS: ClassVar[dict[str, str]] = {
        "list": "What to do",
        "trials": "The search",
        "fix": "What is tried",
        "time_budget": "Time and failures",
        "concurrent": "Machines",
        "no_retrain": "What comes out",
        "protocol": "The data",
        "home": "The record",
    }

    detector: Positional[Annotated[str, arg(metavar="DETECTOR")]] = ""
    """A detector, several joined by commas, or `all` (see --list)."""
    dataset: Positional[Annotated[str, arg(metavar="DATASET")]] = ""
    """A dataset (see --list), or your own table: a .csv, .parquet or .npz file."""

    list: bool = False
    """Show detectors and datasets, and stop; with words, as in `--list images`, only those that have them."""
    dry_run: bool = False
    """Show what would run: trials, memory, estimated time. Measures one round."""
    resume: Annotated[str | None, arg(metavar="NAME")] = None
    """Go on with the search of this name, with the options it was started with; others given here win."""
    moved_to: Annotated[str | None, arg(metavar="PATH")] = None
    """With --resume: where the data are now, if they were moved or renamed; refused if they are not the same."""
    config: Annotated[Path | None, arg(metavar="FILE")] = None
    """YAML or JSON file with any of these options; the command line wins."""

    trials: int = 64
    """Configurations to try, published ones included."""
    sampler: Literal["tpe", "random", "grid", "qmc", "gp"] = "tpe"
    """How configurations are chosen."""
    scheduler: Literal["auto", "asha", "none"] = "auto"
    """Whether weak trials are stopped early; auto is asha, and none for detectors whose early rounds mislead (see
    --list)."""
    stop_above: Annotated[float, arg(metavar="SECONDS")] = 1.0
    """Weak trials are stopped early only where a whole fit takes longer than this; 0 stops them always."""
    max_rounds: int = 10
    """Rounds of a full trial: epochs, or steps in which trees or rows grow."""
    metric: Literal["auto", "ap", "auroc", "f1"] = "auto"
    """What is searched for; auto is ap where anomalies are under 5 % of validation, else auroc."""
    objective: Annotated[str | None, arg(metavar="AIMS")] = None
    """`ap,latency` searches for both and shows the Pareto front; alone the same as --metric."""
    max_latency: Annotated[float | None, arg(metavar="US")] = None
    """Choose among configurations that score a row in so many microseconds, as measured in the search;
    default: any."""
    splits_per_trial: Annotated[int, arg(metavar="N")] = 1
    """Validation splits on which each trial trains and is scored, at N times its cost."""
    confirm: Annotated[int | None, arg(metavar="INT")] = None
    """Fresh splits on which the finalists race; those far behind are left early. 0 trusts the search; default: 5, of
    several detectors 2 for those with slow fits."""
    reference_epochs: Annotated[int | None, arg(metavar="N")] = None
    """Most epochs of the published configuration to compare with, of those of its source; default: --max-rounds."""
    seed: int = 0
    """Seed of the validation split, of training and of the sampler."""

    fix: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="NAME=VALUE")] = ()
    """Fix a hyperparameter in sampled configurations. Repeatable."""
    range: Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="NAME=LOW:HIGH")] = ()
    """Search a hyperparameter in another range. Repeatable."""
    enqueue: Annotated[Path | None, arg(metavar="FILE")] = None
    """JSON list of configurations to try first."""
    no_portfolio: bool = False
    """Leave out the configurations that did well on other tables, which are tried after the published ones."""
    detector_path: Annotated[Path | None, arg(metavar="FILE")] = None
    """Somebody's own detector: a Python file with one Detector class."""

    time_budget: Annotated[str | None, arg(metavar="TIME")] = None
    """Time for search and confirmation of each detector: 90s, 15m, 2h; default: no limit."""
    trial_timeout: Annotated[str | None, arg(metavar="TIME")] = None
    """Longest that a trial may take (90s, 15m, 2h); one that hangs is ended by name and its slot freed. Default: no
    limit."""
    stop_after_failures: Annotated[int, arg(metavar="N")] = 5
    """Stop when the first N trials all fail for one reason; 0 never does."""
    auto_batch: bool = False
    """A trial that runs out of memory starts again with half its batch, which is recorded."""

    concurrent: Annotated[int | None, arg(metavar="INT")] = None
    """Trials at a time; default: as many as cores and GPUs allow."""
    cpus_per_trial: float = 1.0
    """Cores of a trial."""
    gpus_per_trial: float = 0.0
    """GPUs of a trial; may be a fraction."""
    local: bool = False
    """Everything in this process, one trial at a time, without Ray: for debugging."""
    address: Annotated[str | None, arg(metavar="ADDRESS")] = None
    """A Ray cluster to join; default: one in this machine."""
    storage: Annotated[str | None, arg(metavar="PATH")] = None
    """Path or bucket for checkpoints that every node sees; default: HOME/checkpoints."""
    checkpoint_quota: Annotated[str | None, arg(metavar="SIZE")] = None
    """Space that checkpoints may take together: 500MB, 20GB. Trials whose share is too small go on without.
    Default: no limit."""

    no_retrain: bool = False
    """Stop after the test: re-train and register nothing."""
    ensemble_seeds: Annotated[int | None, arg(metavar="N")] = None
    """Register the mean of the standardised scores of N refits (2 to 5), trained on development rows, as one model."""
    export: Annotated[Path | None, arg(metavar="FILE")] = None
    """Also write the final model as a joblib file."""
    no_report: bool = False
    """Leave out the report, an HTML file of some 5 MB; analysis/report.py writes it later."""
    no_mistakes: bool = False
    """Do not look at held-out rows that the model gets wrong: no row of the data is shown then."""
    summary: Annotated[Path | None, arg(metavar="FILE")] = None
    """Also write the summary as JSON."""

    protocol: Annotated[str | None, arg(metavar="NAME")] = None
    """How the dataset is split; default: its own (report for celeba, holdout for tables, one-vs-rest for images)."""
    outer_split: int = 0
    """Which rows are sealed as test; 0 is the published split."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are or go; default: $ANOMALY_DATA, else data/."""
    no_standin: bool = False
    """Refuse the generated stand-in where celeba can neither be found nor fetched."""

    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives: mlflow.db, artifacts, studies, checkpoints, seal.jsonl."""
    name: Annotated[str | None, arg(metavar="NAME")] = None
    """Name of the study; an existing one is continued. Default: DETECTOR-DATASET-TIME."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    tracking_spool: bool = False
    """Start even if the MLflow server does not answer: the record waits on disk (launch/sync.py carries it)."""
    study_storage: Annotated[str | None, arg(metavar="URL")] = None
    """Optuna storage; default: a journal file in the home."""
