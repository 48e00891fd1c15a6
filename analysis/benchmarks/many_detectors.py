"""Several detectors on a small table: side by side, and one search after another, as before.

Both sides are `launch/tune.py` on scikit-learn's wine (178 rows, the first cultivar is the anomaly). A time budget that
is never reached makes the searches follow each other. CPU seconds are those of the command and of every process
that it started, by kind, as they were last seen; unlike wall seconds they hardly hang on what else the machine does.

    python analysis/benchmarks/many_detectors.py
    python analysis/benchmarks/many_detectors.py --detectors all --trials 8 --skip-sequence
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import psutil
from sklearn.datasets import load_wine

from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import ROOT, BenchmarkFailed, environment, fresh_home, machine, parser

AIM_SECONDS, AIM_RATIO = 180.0, 2.0
KINDS = {
    "shared_writer": "MLflow", "writer_process": "MLflow", "ray::": "workers", "default_worker": "workers",
    "raylet": "Ray", "gcs_server": "Ray", "/ray/": "Ray",
}  # fmt: skip
"""What a command line with such a word is counted as."""
SAMPLE_SECONDS = 0.2


def kind_of(command: str) -> str:
    """What a process is counted as, by its command line."""
    return next((kind for word, kind in KINDS.items() if word in command), "other")


def measured(command: list[str]) -> dict[str, Any]:
    """Run a command; its wall seconds, and CPU seconds and processes by kind."""
    start, seen = time.monotonic(), dict[int, tuple[str, float]]()
    with subprocess.Popen(command, cwd=ROOT, env=environment(1), stdout=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                there = [watched, *watched.children(recursive=True)]
            except psutil.Error:
                there = []
            for own in there:
                try:
                    times, line = own.cpu_times(), " ".join(own.cmdline())
                except psutil.Error:
                    continue
                kind = "command" if own.pid == process.pid else kind_of(line)
                known = seen.get(own.pid, (kind, 0.0))[0]
                seen[own.pid] = (known if known == "workers" else kind, times.user + times.system)
            time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise BenchmarkFailed(f"{' '.join(command)} ended with exit code {process.returncode}")
    cpu: dict[str, float] = {}
    for kind, seconds in seen.values():
        cpu[kind] = cpu.get(kind, 0.0) + seconds
    number = Counter(kind for kind, _ in seen.values())
    return {"seconds": time.monotonic() - start, "cpu": cpu, "processes": dict(number)}


def main() -> None:
    """Measure both sides and show them."""
    options = parser(__doc__)
    options.add_argument("--detectors", default="random,ecod,iforest,knn,logistic,gbdt,devnet,vae")
    options.add_argument("--trials", type=int, default=8)
    options.add_argument("--skip-sequence", action="store_true", help="one side alone: the other takes long")
    args = options.parse_args()
    started_on, sides = machine(), ["side by side", *([] if args.skip_sequence else ["in turn"])]
    found: dict[str, dict[str, Any]] = {}
    for name in sides:
        with fresh_home() as home:
            wine = load_wine(as_frame=True).frame
            wine.assign(target=(wine["target"] == 0).astype(int)).to_csv(home / "wine.csv", index=False)
            command = [sys.executable, "launch/tune.py", args.detectors, str(home / "wine.csv"), "--label-column"]
            command += ["target", "--trials", str(args.trials), "--home", str(home / "runs")]
            found[name] = measured([*command, *(["--time-budget", "24h"] if name == "in turn" else [])])
    rows = [
        [name, side["seconds"], sum(side["cpu"].values())]
        + [
            f"{side['cpu'].get(kind, 0.0):.1f} ({side['processes'].get(kind, 0)})"
            for kind in ("command", "workers", "MLflow")
        ]
        for name, side in found.items()
    ]
    checks = [Check("wall time side by side", found["side by side"]["seconds"], AIM_SECONDS, unit=" s")]
    if "in turn" in found:
        cpu = {name: sum(side["cpu"].values()) for name, side in found.items()}
        saved = ratio(cpu["in turn"], cpu["side by side"])
        checks.append(Check("CPU time in turn over side by side", saved, AIM_RATIO, at_most=False))
    columns = ("searches", "wall s", "CPU s", "command (processes)", "workers", "MLflow")
    title = f"{args.detectors}, {args.trials} trials each, on 178 rows"
    report(title, columns, rows, checks, [], started_on, found, args.json)


if __name__ == "__main__":
    main()
