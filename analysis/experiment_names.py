"""What the names and numbers in the options of an experiment mean: detectors, datasets, the name of its results."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import search_spaces
import trainables
from analysis.options import ExperimentOptions
from datasets.catalog import adbench, catalog
from datasets.images import names as image_names
from datasets.images.protocols import IMAGE_PROTOCOLS
from datasets.problems.rules import find_protocol
from datasets.request import is_path
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.text import check_name
from launch.config.data_options import TableOptions
from launch.evaluation import untrained_control
from trainables.core import custom_detectors, failures
from trainables.core.detector import Detector

LONGEST_NAME = 60


@dataclass(frozen=True)
class Candidate:
    """A detector with its published configuration.

    Attributes
    ----------
    name : str
        What loads it: a name in the table, a file, or an import string; `label` is what people read.
    config, published : dict, str
        The configuration, and what it is called.
    supervision, modalities, needs_anomalies : str, frozenset of str, bool
        Of the class; "?" and nothing where it could not be loaded.
    failure : (cause, message) or None
        Why it could not be loaded.
    untrained : bool
        Whether it is compared with its own networks before training.
    epochs : int or None
        For how many its source trains the configuration, where it says so.
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
    epochs: int | None = None

    def rounds(self, most: int, *, whole: bool = False) -> int:
        """For how many rounds it is fitted: those of its source, at most so many unless `whole`."""
        return most if self.epochs is None else self.epochs if whole else min(most, self.epochs)


def check(options: ExperimentOptions, **counts: int) -> None:
    """Refuse numbers and names that mean nothing by a UsageError."""
    for name, value in {"max-rounds": options.max_rounds, "jobs": options.jobs, **counts}.items():
        if value is not None and value < 1:
            raise UsageError(f"--{name} must be at least 1, got {value}")
    if not options.timeout > 0:
        raise UsageError(f"--timeout must be above 0 seconds, got {options.timeout:g}")
    if options.name is not None:
        check_name(options.name, "--name")
    if options.protocol is not None and options.protocol not in IMAGE_PROTOCOLS:
        find_protocol(options.protocol)


def detector_names(text: str) -> list[str]:
    """Detectors joined by commas, or `all`; names, files and import strings, once each, else a UsageError."""
    given = split(text)
    if given == ["all"]:
        return list(trainables.DETECTORS)
    detectors = []
    for name in given:
        if custom_detectors.is_file(name):
            detectors.append(_file(name, "detector file"))
        elif ":" in name:
            detectors.append(name)
        else:
            try:
                detectors.append(trainables.resolve(name))
            except trainables.UnknownDetector as error:
                message = with_flags(str(error)).replace("(--list shows", "(launch/tune.py --list shows")
                raise UsageError(message) from error
    return list(dict.fromkeys(detectors))


def dataset_names(text: str) -> list[str]:
    """Datasets joined by commas, `tables` among them for those of ADBench; paths of files are absolute.

    Images of several classes, such as `mnist`, become one dataset for each normal class, as in `mnist:3`. An
    unknown name is an error that says the nearest one, and so is a file that is not there.
    """
    datasets = []
    for name in split(text):
        if name == "tables":
            datasets += list(adbench.TABLES)
        elif (images := image_names.parse(name)) is not None:
            datasets += image_names.tasks(images)
        elif is_path(name):
            datasets.append(_file(name, "file or folder"))
        else:
            datasets.append(catalog.find(name).name)
    return list(dict.fromkeys(datasets))


def _file(name: str, what: str) -> str:
    path = Path(name).expanduser().resolve()
    if not (path.is_file() or (what == "file or folder" and path.is_dir())):
        raise UsageError(f"there is no {what} {path}")
    return str(path)


def refuse_swapped(detectors: str, datasets: str, right: str) -> None:
    """A UsageError if datasets stand in the place of detectors and the other way round."""
    known = {*trainables.DETECTORS, *trainables.ALIASES, "all"}
    looks_like_data = [n in catalog.CATALOG or n == "tables" or is_path(n) for n in split(detectors)]
    if all(looks_like_data) and all(n.lower() in known for n in split(datasets)):
        raise UsageError(f"{datasets} are detectors and {detectors} is data, the other way round: {right}")


def candidate(
    name: str, published: str | None = None, *, few_labels: bool = False, modality: str = "tabular"
) -> Candidate:
    """A detector by name, with its published configuration of that name, else with the reference."""
    label = Path(name).stem if custom_detectors.is_file(name) else name.rpartition(":")[2]
    try:
        cls = custom_detectors.load_class(name)
        called, config, epochs = _published(cls, name, published, few_labels, modality)
    except Exception as error:  # whatever somebody's module does when it is imported
        return Candidate(name, label, {}, failure=failures.name(error))
    modalities = frozenset(m.value for m in cls.modality)
    untrained = untrained_control.wanted(cls)
    return Candidate(
        name,
        label,
        config,
        called,
        cls.supervision.value,
        modalities,
        cls.needs_anomalies,
        untrained=untrained,
        epochs=epochs,
    )


def _published(
    cls: type[Detector], name: str, wanted: str | None, few_labels: bool, modality: str
) -> tuple[str, dict[str, Any], int | None]:
    if custom_detectors.is_file(name):
        module: Any = custom_detectors.search_space(name)
    elif ":" in name:  # an import string has the constructor's defaults
        return "defaults", {}, None
    else:
        module = search_spaces.load(name)
    known = search_spaces.published(module, few_labels=few_labels, modality=modality)
    called = wanted if wanted is not None and wanted in known else next(iter(known))
    return called, known[called], search_spaces.whole_epochs(module, cls).get(called)


def split(text: str) -> list[str]:
    """Names joined by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def default_name(kind: str, parts: Sequence[str], identity: object) -> str:
    """A name that a person can read and that is the same for the same options."""
    words = re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(parts)).strip("-._")[:LONGEST_NAME].rstrip("-._")
    return f"{kind}-{words}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:6]}"


def said(options: TableOptions, *besides: str) -> tuple[tuple[str, object], ...]:
    """What options say of the data, as far as it is not the default, for the name of results; some named otherwise."""
    return tuple((name, value) for name, value in options.of_data().items() if name not in besides)


def few_words(text: str, what: str) -> str:
    """Names joined by commas for the name of a file: themselves, or how many."""
    names = [Path(part).stem if "/" in part or part.endswith(".py") else part for part in split(text)]
    return "-".join(names) if len(names) <= 3 else f"{len(names)}-{what}"
