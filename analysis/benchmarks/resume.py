"""How soon a killed search of 500 trials asks for its next trial, against a new search's first.

A search of a detector that does nothing is killed (SIGKILL, with its cluster) after 500 trials have
ended, resumed and killed again as soon as it has asked, a few times over. The clock runs from the
start of the process to the event of the trial in the spool. Beside it the same for a new search,
in turns: what remains is what 500 trials cost.

    python analysis/benchmarks/resume.py
    python analysis/benchmarks/resume.py --trials 50 --repeats 1    # a quick look
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import ROOT, BenchmarkFailed, environment, fresh_home, machine, parser

AIM_SECONDS = 10.0
PATIENCE = 600.0
NOOP = Path(__file__).with_name("arms") / "noop.py"


@contextmanager
def command(arguments: Sequence[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`tune.py` in a session of its own, killed with all that it started."""
    with open(log, "ab") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "launch" / "tune.py"), *arguments],
            env=env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def events(spool: Path, offset: int) -> list[dict[str, Any]]:
    """Whole lines of a spool from an offset on."""
    if not spool.exists():
        return []
    with open(spool, "rb") as file:
        file.seek(offset)
        *lines, _ = file.read().split(b"\n")
    return [json.loads(line) for line in lines if line]


def wait(found: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    """What `found` returns once it is something; a failure if the process ends before, or nothing comes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return value
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise BenchmarkFailed(f"nothing came; the search said:\n{log.read_text(errors='replace')[-1500:]}")


def first_asked(arguments: Sequence[str], env: dict[str, str], spool: Path, log: Path) -> float:
    """Seconds from the start of a command to the first trial that it asks for; it is killed then."""
    offset = spool.stat().st_size if spool.exists() else 0
    start = time.time()

    def asked() -> float | None:
        began = (e for e in events(spool, offset) if e["event"] in ("run", "reopen") and e["key"].startswith("trial-"))
        return next((e["time"] for e in began), None)

    with command(arguments, env, log) as process:
        return float(wait(asked, process, log)) - start


def main() -> None:
    """Make the search, kill and resume it, and show."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, default=500, help="that have ended when the search is killed")
    options.add_argument("--repeats", type=int, default=3, help="resumes, and new searches in turns with them")
    options.add_argument("--dataset", default="celeba")
    args = options.parse_args()
    started_on, env = machine(), environment(data_dir=args.data_dir)
    resumed, new = [], []
    with fresh_home() as home:
        log = home / "log"
        search = ["noop", args.dataset, "--detector-path", str(NOOP), "--no-standin", "--home", str(home)]
        search += ["--scheduler", "none", "--trials", str(args.trials + 50)]
        spool = home / "studies" / "large.spool.jsonl"

        def ended() -> int:
            count = sum(e["event"] == "end" for e in events(spool, 0))
            return count if count >= args.trials else 0

        with command([*search, "--name", "large"], env, log) as process:
            count = wait(ended, process, log)
        for i in range(args.repeats):
            resumed.append(first_asked(["--resume", "large", "--home", str(home)], env, spool, log))
            other = f"new-{i}"
            new.append(first_asked([*search, "--name", other], env, home / "studies" / f"{other}.spool.jsonl", log))
    ours, theirs = float(median(resumed)), float(median(new))
    rows = [
        [f"resume after {count} trials", ours, min(resumed), max(resumed)],
        ["a new search", theirs, min(new), max(new)],
    ]
    checks = [Check(f"resume of a search of {count} trials asks for its next trial", ours, AIM_SECONDS, unit=" s")]
    notes = [f"a resume takes {ratio(ours, theirs):.2f} times as long as a new search to its first trial"]
    numbers = {"resumed": resumed, "new": new, "ended": count}
    columns = ("command", "seconds to the first trial, median", "least", "most")
    report("Resume", columns, rows, checks, notes, started_on, numbers, args.json)


if __name__ == "__main__":
    main()
