"""The options that the experiments share, and what the names in them mean."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import arg

from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.text import check_name

LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Common:
    """How much is fitted, on what machine, and where the results go."""

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
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are or go; default: $ANOMALY_DATA, else data/."""
    name: Annotated[str | None, arg(metavar="NAME")] = None
    """Name of the results; default: made of the options, so that the same command goes on where it stopped."""


@dataclass(frozen=True)
class Candidate:
    """A detector with its published configuration.

    Attributes
    ----------
    name : str
        What loads it: a name in the table, a file, or an import string.
    label : str
        What people read.
    config : dict
    published : str
        What the configuration is called.
    supervision : str
        "?" where it could not be loaded.
    modalities : frozenset of str
    needs_anomalies : bool
    failure : (cause, message) or None
        Why it could not be loaded.
    untrained : bool
        Whether it stands beside its own networks before training.
    """

    name: str
    label: str
    config: dict[str, Any]
    published: str = ""
    supervision: str = "?"
    modalities: frozenset[str] = frozenset()
    needs_anomalies: bool = False
    failure: tuple[str, str] | None = None
    untrained: bool = False


def check(options: Common, **counts: int) -> int:
    """Refuse numbers that mean nothing; returns how many fits run at a time.

    Raises
    ------
    UsageError
    """
    jobs = len(os.sched_getaffinity(0)) if options.jobs is None else options.jobs
    for name, value in {"max-rounds": options.max_rounds, "jobs": jobs, **counts}.items():
        if value < 1:
            raise UsageError(f"--{name} must be at least 1, got {value}")
    if not options.timeout > 0:
        raise UsageError(f"--timeout must be above 0 seconds, got {options.timeout:g}")
    if options.name is not None:
        check_name(options.name, "--name")
    if options.protocol is not None:
        from datasets.images.protocols import IMAGE_PROTOCOLS
        from datasets.problems.protocols import find_protocol

        if options.protocol not in IMAGE_PROTOCOLS:
            find_protocol(options.protocol)
    return jobs


def detector_names(text: str) -> list[str]:
    """Detectors joined by commas, or `all`; names, files and import strings, once each.

    Raises
    ------
    UsageError
        For an unknown name, with the nearest one.
    """
    import trainables
    from trainables.core import custom_detectors

    given = split(text)
    if given == ["all"]:
        return list(trainables.DETECTORS)
    found = []
    for name in given:
        if custom_detectors.is_file(name):
            path = Path(name).expanduser().resolve()
            if not path.is_file():
                raise UsageError(f"there is no detector file {path}")
            found.append(str(path))
        elif ":" in name:
            found.append(name)
        else:
            try:
                found.append(trainables.resolve(name))
            except trainables.UnknownDetector as error:
                words = with_flags(str(error)).replace("(--list shows", "(launch/tune.py --list shows")
                raise UsageError(words) from error
    return list(dict.fromkeys(found))


def dataset_names(text: str) -> list[str]:
    """Datasets joined by commas, `tables` among them for those of ADBench; paths of files are absolute.

    Images of several classes, such as `mnist`, become one dataset for each normal class, as in `mnist:3`.

    Raises
    ------
    UsageError, DataError
        For an unknown name, with the nearest one, and for a file that is not there.
    """
    from datasets.catalog import adbench, catalog
    from datasets.images import names as image_names
    from datasets.request import is_path

    found = []
    for name in split(text):
        if name == "tables":
            found += list(adbench.TABLES)
        elif (images := image_names.parse(name)) is not None:
            found += image_names.tasks(images)
        elif is_path(name):
            path = Path(name).expanduser().resolve()
            if not path.is_file():
                raise UsageError(f"there is no file {path}")
            found.append(str(path))
        else:
            found.append(catalog.find(name).name)
    return list(dict.fromkeys(found))


def refuse_swapped(detectors: str, datasets: str, right: str) -> None:
    """Say so if datasets stand in the place of detectors and the other way round.

    Raises
    ------
    UsageError
    """
    import trainables
    from datasets.catalog import catalog
    from datasets.request import is_path

    known = {*trainables.DETECTORS, *trainables.ALIASES, "all"}
    looks_like_data = [n in catalog.CATALOG or n == "tables" or is_path(n) for n in split(detectors)]
    if all(looks_like_data) and all(n.lower() in known for n in split(datasets)):
        raise UsageError(f"{datasets} are detectors and {detectors} is data, the other way round: {right}")


def candidate(
    name: str, published: str | None = None, *, few_labels: bool = False, modality: str = "tabular"
) -> Candidate:
    """A detector by name, with its published configuration of that name, else with the reference."""
    from launch.evaluation import untrained_control
    from trainables.core import custom_detectors, failures

    label = Path(name).stem if custom_detectors.is_file(name) else name.rpartition(":")[2]
    try:
        cls = custom_detectors.load_class(name)
        called, config = _published(name, published, few_labels, modality)
    except Exception as error:  # whatever somebody's module does when it is imported
        return Candidate(name, label, {}, failure=failures.name(error))
    kinds = frozenset(m.value for m in cls.modality)
    untrained = untrained_control.wanted(cls)
    return Candidate(
        name, label, config, called, cls.supervision.value, kinds, cls.needs_anomalies, untrained=untrained
    )


def _published(name: str, wanted: str | None, few_labels: bool, modality: str) -> tuple[str, dict[str, Any]]:
    import search_spaces
    from trainables.core import custom_detectors

    if custom_detectors.is_file(name):
        module: Any = custom_detectors.search_space(name)
    elif ":" in name:  # an import string has the constructor's defaults
        return "defaults", {}
    else:
        module = search_spaces.load(name)
    known = search_spaces.published(module, few_labels=few_labels, modality=modality)
    called = wanted if wanted is not None and wanted in known else next(iter(known))
    return called, known[called]


def split(text: str) -> list[str]:
    """Names joined by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def default_name(kind: str, parts: Sequence[str], identity: object) -> str:
    """A name that a person can read and that is the same for the same options."""
    words = re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(parts)).strip("-._")[:LONGEST_NAME].rstrip("-._")
    return f"{kind}-{words}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:6]}"


def few_words(text: str, what: str) -> str:
    """Names joined by commas for the name of a file: themselves, or how many."""
    names = [Path(part).stem if "/" in part or part.endswith(".py") else part for part in split(text)]
    return "-".join(names) if len(names) <= 3 else f"{len(names)}-{what}"
