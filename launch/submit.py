"""Submit a search as a Ray job: `python launch/submit.py --address http://HEAD:8265 -- devnet celeba ...`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line

ADDRESS = "http://127.0.0.1:8265"


@dataclass(frozen=True)
class SubmitOptions:
    """Submit a search as a Ray job, follow its log, or see, follow and stop a job.

    What follows `--` are the arguments of tune.py. Only the code travels.
    """

    TOPICS: ClassVar[dict[str, str]] = {"address": "The job"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("--address http://HEAD:8265 -- devnet celeba --trials 500 --home /shared/runs", "submits and follows"),
        ("--follow ID", "shows the log of a job from its start"),
    )

    address: Annotated[str, arg(metavar="URL")] = os.environ.get("RAY_API_SERVER_ADDRESS", ADDRESS)
    """The cluster's job server; default: $RAY_API_SERVER_ADDRESS, else this machine's."""
    detach: bool = False
    """Submit and leave."""
    follow: Annotated[str | None, arg(metavar="ID")] = None
    """Show a job's log from its start, and go on with it."""
    status: Annotated[str | None, arg(metavar="ID")] = None
    """Say how a job stands."""
    stop: Annotated[str | None, arg(metavar="ID")] = None
    """Ask a job's search to stop; it can be gone on with."""


def work(options: SubmitOptions, arguments: list[str] | None, console: Console) -> int:
    """Do the one thing that was asked for; the exit code is the job's."""
    from launch.backend import ray_jobs, submission  # Ray: --help need not wait for it

    requests = [name for name in ("follow", "status", "stop") if getattr(options, name) is not None]
    if len(requests) + (arguments is not None) != 1 or (options.detach and arguments is None):
        raise UsageError("give one of: -- and the arguments of tune.py, --follow ID, --status ID, --stop ID")
    if not options.address.startswith(("http://", "https://")):
        raise UsageError(f"--address {options.address}: give the job server's URL, such as http://HEAD:8265")
    if arguments is None:
        job = getattr(options, requests[0])
        jobs = ray_jobs.Jobs.at(options.address)
        if options.follow is not None:
            return ray_jobs.follow(jobs, job, console)
        if options.stop is not None:
            return ray_jobs.stop(jobs, job, console)
        print_line(console, ray_jobs.status_line(jobs.details(job)))
        return 0
    search = submission.read(arguments)
    for note in search.notes:
        print_line(console, note, style="yellow")
    jobs = ray_jobs.Jobs.at(options.address)
    job = ray_jobs.submit(jobs, search, console)
    if options.detach:
        print_line(console, ray_jobs.ways(jobs, job))
        return 0
    return ray_jobs.follow(jobs, job, console)


def main(argv: list[str] | None = None) -> int:
    """Split at `--`, parse, work."""
    given = list(sys.argv[1:] if argv is None else argv)
    cut = given.index("--") if "--" in given else len(given)
    arguments = given[cut + 1 :] if cut < len(given) else None
    return command.main(SubmitOptions, lambda options, console: work(options, arguments, console), given[:cut])


if __name__ == "__main__":
    sys.exit(main())
