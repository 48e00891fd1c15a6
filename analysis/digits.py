"""The thesis's benchmark on digits, whole and resumable: `python analysis/digits.py`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import FlagCreatePairsOff, arg

from analysis.experiments import options as common
from launch.common import command
from launch.common.errors import UsageError
from launch.common.flags import with_flags

NOTHING = 1
THESIS = ("fanogan", "vae", "deepsvdd", "dagmm")


@dataclass(frozen=True)
class Options(common.Common):
    """Four detectors on ten digits of three sets, at four numbers of epochs, with three seeds.

    Each digit is the normal class in turn. A detector is fitted once per digit and seed, on 80 % of
    the digit's training images, and the sealed test images are scored on the way, after each number
    of epochs; 0 is its own networks untrained. Precision and recall are those at the threshold
    that best parts held-out training images (Youden's J). Nothing is chosen by the test. The same command goes on where
    it stopped. Example: digits.py --sets mnist --digits 0,1 --epochs 20 --seeds 1
    """

    detectors: Annotated[str, arg(metavar="NAMES")] = ",".join(THESIS)
    """Detectors joined by commas; of the thesis's four, those that are here."""
    sets: Annotated[str, arg(metavar="NAMES")] = "mnist,svhn,usps"
    """Sets of digits joined by commas; also digits_joint (all three) and digits_mnist_usps."""
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
    max_rounds: Annotated[int, tyro.conf.Suppress] = 1


def work(options: Options, console: Any) -> int:
    """Check, fit, show; 0, 1 where no fit has a figure, 130 if interrupted."""
    from analysis.experiments import digit_tables, session
    from analysis.experiments.run import requests
    from analysis.experiments.tasks import Task
    from launch.config.options import data_dir

    jobs = common.check(options, seeds=options.seeds)
    protocol = options.protocol or "multimodal"
    stages = numbers(options.epochs, "--epochs", least=1)
    digits = numbers(options.digits, "--digits", least=0)
    detectors = _detectors(options.detectors, console)
    sets = _sets(options.sets, data_dir(options), console)  # type: ignore[arg-type]
    names = [f"{one}:{digit}" for one in sets for digit in digits]
    candidates = [common.candidate(d, options.published, modality="image") for d in detectors]
    tasks = [
        Task(one, request, seed, stages[-1], stages=(0, *stages))
        for request in requests(names, protocol, 1, None, None)
        for seed in range(options.seeds)
        for one in candidates
    ]
    name = options.name or default_name(options, protocol)
    why = f"digits: published configurations, {options.seeds} seeds, up to {stages[-1]} epochs"
    results, home, code = session.run(tasks, name, options, jobs, why, console)
    rows = [results.rows[task.key] for task in tasks if task.key in results.rows]
    if not any(row["failure"] is None for row in rows):
        digit_tables.reasons(console, rows)
        return code or NOTHING
    for one in sets:
        own = [row for row in rows if row["dataset"].startswith(f"{one}-")]
        if own:
            digit_tables.show(console, one, own, (0, *stages))
    digit_tables.reasons(console, rows)
    digit_tables.beside(console, rows, session.readings(home, rows))
    digit_tables.write_csv(rows, results.beside("csv"))
    written = [results.path, results.beside("csv")]
    written += digit_tables.pictures(rows, sets, stages[-1], results.beside("png"))
    console.print("\n[bold]Written[/]", highlight=False)
    session.say_where(console, *written)
    return code


def _detectors(text: str, console: Any) -> list[str]:
    """Those that are here; of the thesis's four, what is missing is said."""
    import trainables

    missing = [one for one in common.split(text) if one in THESIS and one not in trainables.DETECTORS]
    if missing:
        console.print(f"Not here yet, left out: {', '.join(missing)}", style="yellow", highlight=False)
    left = [one for one in common.split(text) if one not in missing]
    if not left:
        raise UsageError("--detectors: none of them is here; launch/tune.py --list shows all")
    return common.detector_names(",".join(left))


def _sets(text: str, data_dir: Path, console: Any) -> list[str]:
    """Sets that can be read; one that is neither on disk nor reachable is left out, and said, if another is there."""
    from datasets.errors import DataError
    from datasets.images import names as image_names
    from datasets.images.read import read

    found, reasons = [], []
    for one in common.split(text):
        images = image_names.parse(one)
        if images is None or images.word is not None:
            raise UsageError(f"--sets {one}: give mnist, svhn, usps, digits_joint or digits_mnist_usps")
        try:
            read(images, data_dir, notify=lambda words: console.print(words, highlight=False))
            found.append(one)
        except DataError as error:
            reasons.append(with_flags(str(error)))
    if not found:
        raise UsageError(reasons[0] if reasons else "--sets: say which")
    for words in reasons:
        console.print(f"Left out: {words}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    return found


def numbers(text: str, option: str, *, least: int) -> tuple[int, ...]:
    """Whole numbers joined by commas, in rising order, once each.

    Raises
    ------
    UsageError
    """
    words = common.split(text)
    if not words or not all(word.isdecimal() and int(word) >= least for word in words):
        raise UsageError(f"{option} {text}: give whole numbers from {least} on, joined by commas, such as 20,100")
    return tuple(sorted({int(word) for word in words}))


def default_name(options: Options, protocol: str) -> str:
    """The same for the same configuration, whatever the digits, sets and seeds: more of them go on in one file."""
    stages = numbers(options.epochs, "--epochs", least=1)
    parts = [protocol, f"{stages[-1]}epochs"]
    return common.default_name("digits", parts, (protocol, stages, options.published))


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="digits.py", args=argv, config=(FlagCreatePairsOff,)), work)


if __name__ == "__main__":
    sys.exit(main())
