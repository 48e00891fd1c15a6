"""What the benchmarks share: options, processes that are timed, the data.

Each benchmark measures both arms in one run, one after the other, every arm in a
process of its own, so that neither warms up or slows down the other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datasets.problems import protocols
from datasets.problems.problem import Problem
from datasets.tables import named
from launch.common.provenance import commit, versions
from launch.evaluation.intervals import mean_interval

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
LIMIT_SECONDS = 7200


class BenchmarkFailed(RuntimeError):
    """One arm did not come to its end; its last text are in the message."""


def parser(text: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has; `text` is the script's docstring."""
    made = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers as JSON")
    made.add_argument("--data-dir", metavar="DIR", help="where dataset files are; default: $ANOMALY_DATA, else data/")
    return made


def environment(threads: int | None = None, data_dir: str | None = None) -> dict[str, str]:
    """The environment of an arm: this one, without settings of threads other than the given number."""
    made = {k: v for k, v in os.environ.items() if k not in THREADS}
    if threads is not None:
        made |= dict.fromkeys(THREADS, str(threads))
    if data_dir:
        made["ANOMALY_DATA"] = str(Path(data_dir).expanduser().resolve())
    made |= {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return made


def timed(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, str]:
    """Run a command to its end, which must be good; wall seconds and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(
        command, env=dict(env), cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=LIMIT_SECONDS
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        text = (done.stderr.strip() or done.stdout.strip())[-1500:]
        raise BenchmarkFailed(f"{' '.join(command)} ended with exit code {done.returncode}:\n{text}")
    return seconds, done.stdout


def arm(function: str, env: Mapping[str, str], **arguments: Any) -> dict[str, Any]:
    """What `module:function` of this folder returns, called in a process of its own."""
    code = f"""
import json, pkgutil, sys
print("\\n" + json.dumps(pkgutil.resolve_name("{__package__}.{function}")(**json.loads(sys.argv[1]))))
"""
    _, output = timed([sys.executable, "-c", code, json.dumps(arguments, default=str)], env)
    result: dict[str, Any] = json.loads(output.rstrip().splitlines()[-1])
    return result


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A home that nobody has used, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def load(name: str, data_dir: str | None = None) -> Problem:
    """A dataset under the report's protocol; never a stand-in for it, never downloaded."""
    folder = Path(data_dir or os.environ.get("ANOMALY_DATA") or ROOT / "data").expanduser().resolve()
    return protocols.prepare(named.load(name, folder, allow_standin=False, download=False), "report")


def interval(values: Sequence[float]) -> str:
    """Mean and half the 95 % interval, in words; of one value there is no interval."""
    mean, low, high = mean_interval(values)
    return f"{mean:.4f}" if len(values) < 2 else f"{mean:.4f} ± {(high - low) / 2:.4f}"


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    head, changed = commit()
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "git_commit": head,
        "git_changed_files": changed,
        "versions": versions(),
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
