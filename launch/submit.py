"""Submit a search as a Ray job: `python launch/submit.py --address http://HEAD:8265 -- devnet celeba ...`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import arg

from launch.common import command
from launch.common.errors import UsageError

ADDRESS = "http://127.0.0.1:8265"


@dataclass(frozen=True)
class Options:
    """Submit a search as a Ray job, follow its log, or see, follow and stop a job.

    What follows `--` are the arguments of tune.py. Only the code travels. Example:
    submit.py --address http://HEAD:8265 -- devnet celeba --trials 500 --home /shared/runs
    """

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


def work(options: Options, arguments: list[str] | None, console: Any) -> int:
    """Do the one thing that was asked; the exit code is the job's.

    Raises
    ------
    UsageError
        Before anything is sent.
    """
    from launch.backend import ray_jobs, submission

    asked = [name for name in ("follow", "status", "stop") if getattr(options, name) is not None]
    if len(asked) + (arguments is not None) != 1 or (options.detach and arguments is None):
        raise UsageError("give one of: -- and the arguments of tune.py, --follow ID, --status ID, --stop ID")
    if not options.address.startswith(("http://", "https://")):
        raise UsageError(f"--address {options.address}: give the job server's URL, such as http://HEAD:8265")
    if arguments is None:
        job = getattr(options, asked[0])
        jobs = ray_jobs.Jobs.at(options.address)
        if asked == ["follow"]:
            return ray_jobs.follow(jobs, job, console)
        if asked == ["status"]:
            console.print(ray_jobs.words(jobs.details(job)), highlight=False, soft_wrap=True, markup=False)
            return 0
        return ray_jobs.stop(jobs, job, console)
    search = submission.read(arguments)
    for note in search.notes:
        console.print(note, style="yellow", highlight=False, soft_wrap=True, markup=False)
    jobs = ray_jobs.Jobs.at(options.address)
    job = ray_jobs.submit(jobs, search, console)
    if options.detach:
        console.print(ray_jobs.ways(jobs, job), highlight=False, soft_wrap=True, markup=False)
        return 0
    return ray_jobs.follow(jobs, job, console)


def main(argv: list[str] | None = None) -> int:
    """Split at `--`, parse, work."""
    given = list(sys.argv[1:] if argv is None else argv)
    cut = given.index("--") if "--" in given else len(given)
    arguments = given[cut + 1 :] if cut < len(given) else None
    return command.run(
        lambda: tyro.cli(Options, args=given[:cut], prog="submit.py", config=(tyro.conf.FlagCreatePairsOff,)),
        lambda options, console: work(options, arguments, console),
    )


if __name__ == "__main__":
    sys.exit(main())
