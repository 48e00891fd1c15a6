"""What the commands of portfolios and of the fidelity audit take, light enough for a quick `--help`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from tyro.conf import Positional, arg

from launch.config.shared_options import DataDirOptions


@dataclass(frozen=True)
class PortfolioOptions(DataDirOptions):
    """Short lists of configurations that do well on many tables: collect fits, judge, build.

    `collect` trains published and random configurations of every detector on every table, development rows alone,
    and keeps a line of JSON for each fit; it goes on where it stopped. `judge` simulates searches with and without a
    portfolio on tables that did not help to build it. `build` writes the files of search_spaces/portfolios/ for the
    detectors whose short searches gain by them, and removes those of the others.
    """

    TOPICS: ClassVar[dict[str, str]] = {"action": "What to do", "rows": "The fits"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("collect --detectors knn,lof,pca", "fits of three detectors on twelve tables"),
        ("judge", "what their portfolios are worth"),
    )

    action: Positional[Literal["collect", "judge", "build"]]
    """What to do."""
    fits: Annotated[Path, arg(metavar="FILE")] = Path("runs/portfolio/fits.jsonl")
    """The collected fits."""
    detectors: Annotated[str, arg(metavar="NAMES")] = "all"
    """Detectors joined by commas, or `all`."""
    tables: Annotated[str, arg(metavar="NAMES")] = "all"
    """Tables joined by commas, or `all`: twelve of ADBench, and those of --raw."""
    raw: Annotated[Path | None, arg(metavar="DIR")] = None
    """Folder of raw tables: ai4i2020.csv, allhypo.csv, hypothyroid.csv, nsl_kdd_train20.csv,
    vehicle_claims_fraud_oracle.csv."""
    output: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where `build` writes; default: the files that searches read."""
    rows: int = 1500
    """Most training rows of a fit, and most validation rows; the share of anomalies is kept."""
    configurations: Annotated[int, arg(metavar="N")] = 24
    """Random configurations of a detector, the same on all tables."""
    rounds: int = 10
    """Rounds of a fit."""
    seed: int = 0
    """Seed of the split, of training and of the random configurations."""
    fit_seconds: Annotated[float, arg(metavar="SECONDS")] = 6.0
    """CPU seconds after which a fit is ended."""
    detector_seconds: Annotated[float, arg(metavar="SECONDS")] = 120.0
    """CPU seconds for each detector: those that take long get fewer configurations."""


@dataclass(frozen=True)
class FidelityOptions:
    """Do early rounds tell the end, and does ASHA stop what would have been best?

    Reads the fits that `analysis/portfolio.py collect` keeps. For each detector and table: Spearman's correlation of
    the score at each rung with the score at the end; how often ASHA stops the configuration that is best at the end;
    and what it finds in as many rounds beside a search that stops nothing.
    """

    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (("", "every detector that was collected"),)

    fits: Annotated[Path, arg(metavar="FILE")] = Path("runs/portfolio/fits.jsonl")
    """The collected fits."""
    detectors: Annotated[str, arg(metavar="NAMES")] = "all"
    """Detectors joined by commas, or `all`."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Also write each detector and table as CSV."""
