"""The thesis's benchmark on digits: four detectors on each digit of each set, at several numbers of epochs."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from analysis import experiment_names as names
from analysis.experiments import digit_tables, session
from analysis.experiments.run import requests
from analysis.experiments.tasks import Task
from analysis.options import DigitsOptions
from datasets.errors import DataError
from datasets.images import names as image_names
from datasets.images.read import read
from datasets.wording import counted
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.config.shared_options import data_dir


def run(options: DigitsOptions, console: Console) -> int:
    """Check, fit, show; 0, 1 where no fit has metrics, 130 if interrupted."""
    names.check(options, seeds=options.seeds)
    protocol = options.protocol or "multimodal"
    stages = numbers(options.epochs, "--epochs", least=1)
    digits = numbers(options.digits, "--digits", least=0)
    detectors = names.detector_names(options.detectors)
    sets = _sets(options.sets, data_dir(options.data_dir), console)
    candidates = [names.candidate(name, options.published, modality="image") for name in detectors]
    datasets = [f"{name}:{digit}" for name in sets for digit in digits]
    tasks = [
        Task(candidate, request, seed, stages[-1], stages=(0, *stages))
        for request in requests(datasets, protocol, 1, {})
        for seed in range(options.seeds)
        for candidate in candidates
    ]
    why = f"digits: published configurations, {counted(options.seeds, 'seed')}, up to {counted(stages[-1], 'epoch')}"
    done = session.run(tasks, default_name(options, protocol), options, why, console)
    if not any(row["failure"] is None for row in done.rows):
        digit_tables.reasons(console, done.rows)
        return done.code or session.NOTHING
    for name in sets:
        own = [row for row in done.rows if digit_tables.of_set(row, name)]
        if own:
            digit_tables.show(console, name, own, (0, *stages))
    digit_tables.show_average(console, done.rows, sets, stages)
    digit_tables.reasons(console, done.rows)
    digit_tables.notes(console, done.rows, done.test_reads())
    csv = done.results.sibling("csv")
    digit_tables.write_csv(done.rows, csv)
    drawn = digit_tables.pictures(done.rows, sets, stages[-1], done.results.sibling("png"))
    session.say_where(console, done.results.path, csv, *drawn)
    return done.code


def _sets(text: str, folder: Path, console: Console) -> list[str]:
    """Sets that can be read; one that is neither on disk nor reachable is left out, and said, if another is there."""
    readable, reasons = [], []
    for name in names.split(text):
        images = image_names.parse(name)
        if images is None or images.word is not None:
            known = "mnist, svhn_grey, usps_grey, svhn, usps, digits_joint or digits_mnist_usps"
            raise UsageError(f"--sets {name}: give {known}")
        try:
            read(images, folder, notify=lambda message: console.print(message, highlight=False))
            readable.append(name)
        except DataError as error:
            reasons.append(with_flags(str(error)))
    if not readable:
        raise UsageError(reasons[0] if reasons else "--sets: say which")
    for reason in reasons:
        console.print(f"Left out: {reason}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    return readable


def numbers(text: str, option: str, *, least: int) -> tuple[int, ...]:
    """Whole numbers joined by commas, in rising order, once each; else a UsageError."""
    parts = names.split(text)
    if not parts or not all(part.isdecimal() and int(part) >= least for part in parts):
        raise UsageError(f"{option} {text}: give whole numbers from {least} on, joined by commas, such as 20,100")
    return tuple(sorted({int(part) for part in parts}))


def default_name(options: DigitsOptions, protocol: str) -> str:
    """The same for the same configuration, whatever the digits, sets and seeds: more of them go on in one file."""
    stages = numbers(options.epochs, "--epochs", least=1)
    parts = [protocol, f"{stages[-1]}epochs"]
    return names.default_name("digits", parts, (protocol, stages, options.published))
