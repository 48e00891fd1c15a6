"""What trials run on: this process, this machine or a cluster; checked before there is a record."""

from __future__ import annotations

import os

import torch
from rich.console import Console

from datasets.problems.problem import Problem
from launch.backend import preflight
from launch.backend.engine import Engine
from launch.backend.local import LocalEngine
from launch.backend.ray_engine import RayEngine
from launch.common.errors import UsageError
from launch.config.options import TuneOptions
from launch.config.plan import Plan


def check_resources(options: TuneOptions) -> None:
    """Refuse what this machine cannot give a single trial; a cluster is asked when it is joined.

    Raises
    ------
    UsageError
    """
    if options.address or options.local:
        return
    cores = os.cpu_count() or 1
    if options.cpus_per_trial > cores:
        raise UsageError(f"--cpus-per-trial {options.cpus_per_trial:g}: this machine has {cores} cores")
    if options.gpus_per_trial and options.gpus_per_trial > (gpus := torch.cuda.device_count()):
        raise UsageError(f"--gpus-per-trial {options.gpus_per_trial:g}: torch sees {gpus} GPUs on this machine")


def start_engine(options: TuneOptions, problem: Problem) -> Engine:
    """The engine that the options ask for."""
    if options.local:
        return LocalEngine(max(1, int(options.cpus_per_trial)))
    return RayEngine(
        address=options.address,
        concurrent=options.concurrent,
        cpus=options.cpus_per_trial,
        gpus=options.gpus_per_trial,
        data_bytes=problem.development.X.nbytes,
    )


def check_cluster(plan: Plan, uri: str, console: Console) -> None:
    """See that the nodes of a cluster can do what trials need.

    Raises
    ------
    UsageError
    """
    preflight.check(
        console,
        storage=plan.home.checkpoints(plan.options.storage),
        data_bytes=plan.problem.development.X.nbytes,
        detector=plan.detector_path or None,
        tracking_uri=uri,
    )
