"""What a search needs to run as a job somewhere else: checked arguments, and the files that they name."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.request import absolute, dataset_name
from launch.common.errors import UsageError
from launch.common.flags import flag
from launch.common.invocation import program
from launch.common.redaction import has_secret, shown
from launch.common.text import check_name
from launch.config.arguments import spelled, with_value
from launch.config.command_line import unchecked
from launch.config.options import TuneOptions, check

SENT = ("config", "detector_path", "enqueue")
"""Options that name files which travel with the code."""
THERE = ("home", "data_dir", "storage", "export", "summary")
"""Options that name places on the cluster."""
FOLDER = "given"
LASTS = (
    "a job runs in a copy of the code, which is thrown away: give an absolute path on storage that outlives the head"
)


@dataclass(frozen=True)
class Submission:
    """A search that is ready to be sent."""

    name: str
    """The study's, by which it can be gone on with."""
    arguments: list[str]
    """For tune.py, in the copy of the code."""
    files: dict[str, Path]
    """What travels beside the code, by where it goes."""
    home: str
    notes: tuple[str, ...] = ()
    """What the person should know."""


def read(arguments: list[str]) -> Submission:
    """The arguments of tune.py, made fit for the job; `UsageError` for what would fail there, or lose something."""
    arguments = [spelled(argument) for argument in arguments]
    options = _parsed(arguments)
    _refuse(options, arguments)
    if absolute(options.dataset) != options.dataset:
        raise UsageError(f"{options.dataset}: give the absolute path of data on storage that every node sees")
    files: dict[str, Path] = {}
    for option in SENT:
        path = getattr(options, option)
        if path is not None:
            place = f"{FOLDER}/{option}/{path.name}"
            files[place] = path.expanduser().resolve()
            arguments = with_value(arguments, option, place)
    name = options.resume or options.name
    if name is None:
        single = options.detector != "all" and "," not in options.detector
        data = dataset_name(options.dataset)
        label = f"{options.detector}-{data}" if single else data
        name = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', label)[:80]}-{time.strftime('%Y%m%d-%H%M%S')}"
        arguments = with_value(arguments, "name", name)
    notes = []
    if options.data_dir is None and options.resume is None:
        notes.append("No --data-dir: the head's $ANOMALY_DATA is used, else the data is fetched anew by every job.")
    return Submission(name, arguments, files, str(options.home), tuple(notes))


def _parsed(arguments: list[str]) -> TuneOptions:
    """The options as tune.py reads them; what only the cluster can know is left out."""
    try:
        options = unchecked(arguments)
    except SystemExit as error:
        if error.code == 0:  # --help was answered
            raise
        raise UsageError("tune.py does not take these arguments; see above") from error
    seen = replace(options, export=None, summary=None, resume=None)
    if options.resume is not None and not options.detector:  # in its home, which this machine may not see
        seen = replace(seen, detector="random", dataset="celeba")
    return replace(check(seen), export=options.export, summary=options.summary, resume=options.resume)


def _refuse(options: TuneOptions, arguments: list[str]) -> None:
    if options.list:
        raise UsageError(f"--list needs no cluster: {program('launch/tune.py')} --list")
    if options.local or options.address is not None:
        raise UsageError("leave out --local and --address: the job joins the cluster that it runs on")
    if options.resume is not None:
        check_name(options.resume, "--resume")
    values = [options.tracking_uri, options.study_storage, options.storage, *arguments]
    for given in values:
        if given is not None and has_secret(given):
            raise UsageError(
                f"{shown(given)} holds a secret, which the cluster would show to everybody; leave it out and set it in "
                "the cluster's environment: MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD, PGPASSWORD, AWS_…"
            )
    if options.home == TuneOptions.home:
        raise UsageError(f"--home is missing: {LASTS}, such as --home /shared/runs")
    for name in THERE:
        value = getattr(options, name)
        if value is not None and "://" not in str(value) and not Path(value).is_absolute():
            raise UsageError(f"{flag(name)} {value}: {LASTS}")
    for name in ("tracking_uri", "study_storage"):
        value = getattr(options, name) or ""
        if value.startswith("sqlite:///") and not value.startswith("sqlite:////"):
            raise UsageError(f"{flag(name)} {value}: {LASTS} (sqlite:////PATH, with four slashes)")
