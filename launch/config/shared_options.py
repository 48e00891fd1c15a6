"""The options that many commands share: where the record lives, where data are, what code is trusted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import arg

from launch.common.environment import ROOT


@dataclass(frozen=True, kw_only=True)
class HomeOptions:
    """Which record is meant."""

    TOPICS: ClassVar[dict[str, str]] = {"home": "The record"}

    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""


@dataclass(frozen=True, kw_only=True)
class TrackingOptions(HomeOptions):
    """Which record and which MLflow store are meant."""

    TOPICS: ClassVar[dict[str, str]] = {"tracking_uri": "The record"}

    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""


@dataclass(frozen=True, kw_only=True)
class TrustOptions(TrackingOptions):
    """Which record is meant, and whether code of models and records from elsewhere is run."""

    TOPICS: ClassVar[dict[str, str]] = {"trust_code": "The record"}

    trust_code: bool = False
    """Run the detector code that a model or a record from elsewhere brings, even if this home did not write it."""


@dataclass(frozen=True, kw_only=True)
class ThresholdOptions:
    """From which score on a row is labelled anomalous."""

    TOPICS: ClassVar[dict[str, str]] = {"threshold": "The threshold"}

    threshold: Annotated[str | None, arg(metavar="SCORE|SHARE%")] = None
    """Label at or above this score, as in 0.35; or, as in 2.2%, at or above the score that this share of rows like
    those of training reaches, as the report's threshold explorer has it. Default: the model's own."""


@dataclass(frozen=True, kw_only=True)
class DataDirOptions:
    """Where dataset files are."""

    TOPICS: ClassVar[dict[str, str]] = {"data_dir": "The data"}

    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are or go; default: $ANOMALY_DATA, else data/."""


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How a table's file is read."""

    TOPICS: ClassVar[dict[str, str]] = {"encoding": "The file"}

    encoding: Annotated[str | None, arg(metavar="NAME")] = None
    """How a text file is encoded, as in utf-8, cp1252, shift_jis; default: found from its bytes."""
    sheet: Annotated[str | None, arg(metavar="NAME")] = None
    """Which sheet of an Excel workbook; default: the one that has a table."""


@dataclass(frozen=True, kw_only=True)
class RecordedDataOptions(DataDirOptions):
    """Where the data of a record are."""

    TOPICS: ClassVar[dict[str, str]] = {"moved_to": "The data"}

    moved_to: Annotated[str | None, arg(metavar="PATH")] = None
    """Where your file or folder is now, if it was moved or renamed; refused if its content is another one."""


def data_dir(option: Path | None) -> Path:
    """Where dataset files are: the option, else $ANOMALY_DATA, else data/ in this repository."""
    given = option or os.environ.get("ANOMALY_DATA")
    return Path(given).expanduser().resolve() if given else ROOT / "data"
