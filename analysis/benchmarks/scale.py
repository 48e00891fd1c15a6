"""A search of ten thousand trials: whether the last thousand cost what the first did, and what is left of it.

A detector that does nothing is searched by the command itself, ten rounds a trial, everything recorded. Measured from
outside: seconds a trial, the driver's own CPU seconds and memory, bytes of MLflow's database and of the study. When all
trials but the last twenty have ended the search is killed (SIGKILL, with its cluster) and resumed: the clock runs from
the start of the process to its next trial. It goes on to its end then, and the report is written once more.

    python analysis/benchmarks/scale.py                     # ten thousand trials, about eight minutes
    python analysis/benchmarks/scale.py --trials 500        # a quick look
    python analysis/benchmarks/scale.py --local             # without Ray, one trial after another
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from analysis.benchmarks.arms import search_driver
from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import ROOT, BenchmarkFailed, environment, fresh_home, machine, parser, timed

AIM_RATIO, AIM_SECONDS, AIM_MEMORY, AIM_BYTES, AIM_RESUME = 1.2, 0.05, 200.0, 10.0, 20.0
LEFT = 20
"""Trials that the resumed search still has to run."""
NAME, ROWS, MIB, KIB = "large", 1000, 1 << 20, 1 << 10
PATIENCE, LOOK = 3600.0, 0.1
NOOP = Path(__file__).with_name("arms") / "noop.py"


@contextlib.contextmanager
def command(arguments: Sequence[str], log: Path) -> Iterator[psutil.Popen]:
    """`tune.py` in a session of its own, killed with all that it started."""
    with open(log, "ab") as out:
        process = psutil.Popen(
            [sys.executable, str(ROOT / "launch" / "tune.py"), *arguments],
            env=environment(), cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Events:
    """Events of a spool as they come, each once."""

    def __init__(self, spool: Path) -> None:
        self.spool, self.offset = spool, 0

    def new(self) -> list[dict[str, Any]]:
        """Those that came since the last call."""
        if not self.spool.exists():
            return []
        with open(self.spool, "rb") as file:
            file.seek(self.offset)
            whole, _, _ = file.read().rpartition(b"\n")
        self.offset += len(whole) + bool(whole)
        return [json.loads(line) for line in whole.split(b"\n") if line]


def of_trial(event: dict[str, Any], *names: str) -> bool:
    """Whether an event of one of these names is a trial's."""
    return event["event"] in names and str(event.get("key", "")).startswith("trial-")


@dataclass
class Course:
    """When trials ended, and what the driver had used by then."""

    ends: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def look(self, process: psutil.Process, events: Sequence[dict[str, Any]]) -> None:
        """Note the trials that ended since the last look."""
        times, memory = process.cpu_times(), process.memory_info().rss / MIB
        for event in events:
            if of_trial(event, "end"):
                self.ends.append(event["time"])
                self.cpu.append(times.user + times.system)
                self.memory.append(memory)

    def part(self, first: int, last: int) -> dict[str, float]:
        """Seconds and CPU seconds a trial between two trials, and the memory at the second."""
        number = last - first
        return {
            "seconds": (self.ends[last] - self.ends[first]) / number,
            "driver_cpu_seconds": (self.cpu[last] - self.cpu[first]) / number,
            "memory_mib": self.memory[last],
        }


def wait(found: Callable[[], Any], process: psutil.Popen, log: Path) -> Any:
    """What `found` returns once it is something; a failure if the process ends before, or nothing comes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        if process.poll() is not None:
            break
        time.sleep(LOOK)
    raise BenchmarkFailed(f"nothing came; the search said:\n{log.read_text(errors='replace')[-1500:]}")


def table(path: Path) -> Path:
    """A small table of draws with a column of labels."""
    problem = search_driver.artificial_problem("noop", ROWS).development
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x0", "x1", "x2", "x3", "class"])
        writer.writerows([*row, label] for row, label in zip(problem.X.tolist(), problem.y.tolist(), strict=True))
    return path


def killed(home: Path, trials: int, options: Sequence[str]) -> Course:
    """Search until so many trials have ended, and kill it."""
    data, log = table(home / "table.csv"), home / "log"
    search = ["noop", str(data), "--label-column", "class", "--detector-path", str(NOOP), "--home", str(home)]
    search += ["--name", NAME, "--trials", str(trials + LEFT), "--max-rounds", "10", "--confirm", "1", *options]
    course, events = Course(), Events(home / "studies" / f"{NAME}.spool.jsonl")
    with command(search, log) as process:

        def ended() -> bool:
            course.look(process, events.new())
            return len(course.ends) >= trials

        wait(ended, process, log)
    return course


def resumed(home: Path) -> dict[str, float]:
    """Go on with the search to its end: seconds to its next trial, and to the end of the command."""
    spool, log = home / "studies" / f"{NAME}.spool.jsonl", home / "log"
    events = Events(spool)
    events.new()
    start = time.time()

    def asked() -> float | None:
        return next((event["time"] for event in events.new() if of_trial(event, "run", "reopen")), None)

    with command(["--resume", NAME, "--home", str(home)], log) as process:
        first = float(wait(asked, process, log)) - start
        if process.wait(PATIENCE):
            raise BenchmarkFailed(f"the resumed search said:\n{log.read_text(errors='replace')[-1500:]}")
    return {"next_trial": first, "to_the_end": time.time() - start}


def left(home: Path, trials: int) -> dict[str, float]:
    """What the search left: KiB a trial, and what writing its report takes."""
    studies = home / "studies"
    seconds, _ = timed([sys.executable, str(ROOT / "analysis" / "report.py"), NAME, "--home", str(home)], environment())
    files = {"mlflow": home / "mlflow.db", "journal": studies / f"{NAME}.journal"}
    files["spool"] = studies / f"{NAME}.spool.jsonl"
    return {
        **{f"{name}_kib": path.stat().st_size / KIB / trials for name, path in files.items()},
        "report_seconds": seconds,
        "report_mib": (studies / f"{NAME}.report.html").stat().st_size / MIB,
    }


def main() -> None:
    """Search, kill, resume, report, and show."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, default=10_000, help="that have ended when the search is killed")
    options.add_argument("--local", action="store_true", help="without Ray")
    options.add_argument("--sampler", default="tpe")
    options.add_argument("--home", type=Path, metavar="DIR", help="a new folder to keep what it made")
    args = options.parse_args()
    started_on = machine()
    with contextlib.nullcontext(args.home) if args.home else fresh_home() as home:
        home.mkdir(parents=True, exist_ok=True)
        course = killed(home, args.trials, ["--sampler", args.sampler, *(["--local"] if args.local else [])])
        again, rest = resumed(home), left(home, args.trials + LEFT)
    chunk = min(1000, args.trials // 5)
    last = len(course.ends) - 1
    parts = {f"trials 1 to {chunk}": course.part(0, chunk)}
    if 2 * chunk < last:
        parts[f"the middle {chunk}"] = course.part((last - chunk) // 2, (last + chunk) // 2)
    parts[f"the last {chunk}"] = course.part(last - chunk, last)
    rows = [[name, *part.values()] for name, part in parts.items()]
    first_part, *_, last_part = parts.values()
    whole = (course.ends[last] - course.ends[0]) / last
    growth = course.memory[last] - course.memory[min(chunk, last) // 10]
    checks = [
        Check("last thousand over first", ratio(last_part["seconds"], first_part["seconds"]), AIM_RATIO),
        Check("seconds a trial", whole, AIM_SECONDS, unit=" s"),
        Check("growth of the driver's memory", growth, AIM_MEMORY, unit=" MiB"),
        Check("MLflow's database", rest["mlflow_kib"], AIM_BYTES, unit=" KiB a trial"),
        Check("resume to the next trial", again["next_trial"], AIM_RESUME, unit=" s"),
    ]
    cpu = ratio(last_part["driver_cpu_seconds"], first_part["driver_cpu_seconds"])
    notes = [
        f"of the driver's CPU seconds the last thousand over the first is {cpu:.2f}",
        f"the study's journal has {rest['journal_kib']:.1f} KiB a trial, the spool {rest['spool_kib']:.1f}",
        f"from the resume to the end of the command {again['to_the_end']:.1f} s",
        f"the report alone takes {rest['report_seconds']:.1f} s and has {rest['report_mib']:.1f} MiB",
    ]
    numbers = {"parts": parts, "resume": again, "left": rest, "course": asdict(course) if args.trials <= 1000 else {}}
    columns = ("", "s a trial", "driver's CPU s a trial", "driver's memory, MiB")
    report(f"Scale, {args.trials:,} trials", columns, rows, checks, notes, started_on, numbers, args.json)


if __name__ == "__main__":
    main()
